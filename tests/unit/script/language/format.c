/* Packets as text: every part of one is read, is printed in its canonical form, and what cannot be
 * is told with its place. */
#include "script/language/format.h"
#include "script/language/format_packet.h"
#include "script/language/icmp.h"
#include "script/language/load.h"
#include "script/language/parser.h"
#include <criterion/criterion.h>
#include <string.h>

/* Read and printed; and the print reads as itself. */
static void prints(const char *text, const char *expected)
{
	GError *error = NULL;
	struct script *script = script_parse("t.pkt", text, strlen(text), NULL, &error);
	GString *out = g_string_new(NULL);

	cr_assert_not_null(script, "%s: %s", text, error != NULL ? error->message : "");
	format_script(script, out);
	cr_expect_str_eq(out->str, expected);
	script_free(script);
	if (strcmp(text, expected) != 0)
		prints(expected, expected);
	g_string_free(out, TRUE);
}

static void same(const char *text)
{
	prints(text, text);
}

static void told(const char *text, const char *message)
{
	GError *error = NULL;
	struct script *script = script_parse("t.pkt", text, strlen(text), NULL, &error);
	const char *got = error != NULL ? error->message : "";

	cr_expect_null(script, "%s", text);
	cr_expect(g_str_has_prefix(got, "t.pkt:") && strstr(got, message) != NULL,
		"%s: %s instead of %s", text, got, message);
	script_free(script);
	g_clear_error(&error);
}

Test(script_text, what_stands_before_a_segment)
{
	same("0 < (ttl 4, tos 0xb8) . 1:1(0) ack 1 win 1\n");
	prints("0 > [hlim 4,class 7] . 1:1(0)\n", "0 > (ttl 4, tos 0x7) . 1:1(0)\n");
	same("0 > (flowlabel 0xfffff) . 1:1(0)\n");
	same("0 > (ect01) . 1:1(0)\n");
	same("0 > (noecn) . 1:1(0)\n");
	prints("0 > (ecn ce) . 1:1(0)\n", "0 > (ce) . 1:1(0)\n");
	prints("0 > (dscp ef) . 1:1(0)\n", "0 > (dscp 0x2e) . 1:1(0)\n");
	prints("0 > (dscp af43, ect1) . 1:1(0)\n", "0 > (tos 0x99) . 1:1(0)\n");
	prints("0 > (ect0, dscp le) . 1:1(0)\n", "0 > (tos 0x6) . 1:1(0)\n");
	prints("0 > (ect01, dscp 63) . 1:1(0)\n", "0 > (dscp 0x3f, ect01) . 1:1(0)\n");
	prints("0 > (dscp cs7, ecn ect01) . 1:1(0)\n", "0 > (dscp 0x38, ect01) . 1:1(0)\n");
	prints("0 > (dscp voice-admit, ttl 1) . 1:1(0)\n", "0 > (ttl 1, dscp 0x2c) . 1:1(0)\n");
}

Test(script_text, what_cannot_stand_before_a_segment)
{
	told("0 > (ect0, ce) . 1:1(0)\n", "the ECN bits are given twice; keep one");
	told("0 > (dscp 1, dscp 2) . 1:1(0)\n", "the code point is given twice; keep one");
	told("0 > (ect0, tos 1) . 1:1(0)\n", "the type of service is given twice; keep one");
	told("0 > (dscp cs8) . 1:1(0)\n", "expected a code point (a number, cs0 to cs7");
	told("0 > (dscp 64) . 1:1(0)\n", "a code point must lie between 0 and 63, found 64");
	told("0 > (ecn 1) . 1:1(0)\n", "expected noecn, ect0, ect1, ce or ect01, found '1'");
	told("0 > (hop 1) . 1:1(0)\n", "expected ttl, hlim, tos, class, dscp, ecn, flowlabel");
	told("0 > (ttl x) . 1:1(0)\n", "expected a time to live, found 'x'");
	told("0 < (ect01) . 1:1(0) win 1\n", "ect01 is only for outbound packets");
	told("0 > (ttl 1 . 1:1(0)\n", "expected ')'");
}

Test(script_text, outer_headers)
{
	same("0 > ipv4 192.0.2.1 > 192.0.2.2: ipv6 2001:db8::1 > 2001:db8::2: . 1:1(0)\n");
	same("0 > (ttl 9) . 1:1(0)\n");
	same("0 > mpls label 0, tc 0: . 1:1(0)\n");
	prints("0 > GREv0 flags 1: . 1:1(0)\n", "0 > gre flags 1: . 1:1(0)\n");
	told("0 > gre flags 1 . 1 1(0)\n", "expected the end of this on the same line");
	told("0 > ipv4 192.0.2.1 < 192.0.2.2: . 1:1(0)\n", "expected '>'");
	told("0 > sctp: INIT[]\n", "sctp packets are not of TCP");
}

Test(script_text, options_of_every_kind)
{
	same("0 > . 1:1(0) <mss 1,wscale 2,sackOK,nop,nop,eol>\n");
	same("0 > . 1:1(0) <TS val 1 ecr 2,nop,nop>\n");
	same("0 > . 1:1(0) <AccECN0 e0b 1 ceb 2 e1b 3,nop>\n");
	prints("0 > . 1:1(0) <ECN e0b 1,nop,nop,nop>\n",
		"0 > . 1:1(0) <AccECN0 e0b 1,nop,nop,nop>\n");
	prints("0 > . 1:1(0) <AccECN1 ee1b 7 eceb 8 ee0b 9,nop>\n",
		"0 > . 1:1(0) <AccECN1 e1b 7 ceb 8 e0b 9,nop>\n");
	same("0 > . 1:1(0) <AccECN0,nop,nop>\n");
	same("0 > . 1:1(0) <exp-AccECN0 e0b 1 ceb 2,nop,nop>\n");
	same("0 > . 1:1(0) <exp-AccECN1 e1b 3,nop>\n");
	same("0 > . 1:1(0) <exp-tarr>\n");
	same("0 > . 1:1(0) <exp-tarr 100,nop,nop,nop>\n");
	same("0 > . 1:1(0) <exp-abcd 0102,nop,nop>\n");
	same("0 > . 1:1(0) <exp-1234>\n");
	prints("0 > S 0:0(0) <exp-FO 0a0b0c0d>\n", "0 > S 0:0(0) <FOEXP 0a0b0c0d>\n");
	same("0 > S 0:0(0) <FOEXP 0a0b0c0d,FO 01020304,nop,nop>\n");
	same("0 > S 0:0(0) <FO COOKIE>\n");
	same("0 > S 0:0(0) <md5 000102030405060708090a0b0c0d0e0f,nop,nop>\n");
	prints("0 > S 0:0(0) <gen-200 aabb>\n", "0 > S 0:0(0) <gen-200 aabb>\n");
	same("0 > S 0:0(0) <gen-77,nop,nop>\n");
	same("0 > . 1:1(0) <TS val ... ecr 5!,nop,nop>\n");
	prints("0 > S 0:0(0) <020405b4>\n", "0 > S 0:0(0) <020405b4>\n");
}

Test(script_text, options_that_make_no_header)
{
	told("0 > . 1:1(0) <mss 65536>\n", "a segment size must lie between 0 and 65535");
	told("0 > . 1:1(0) <wscale 256,nop>\n", "a shift must lie between 0 and 255");
	told("0 > . 1:1(0) <exp-12345 01>\n", "expected FO, AccECN0, AccECN1, tarr or an exper");
	told("0 > . 1:1(0) <exp>\n", "expected '-'");
	told("0 > . 1:1(0) <gen 7>\n", "expected -KIND after gen");
	told("0 > . 1:1(0) <ECN x>\n", "expected e0b or e1b");
	told("0 > . 1:1(0) <ECN e0b 16777216>\n", "a counter of 24 bits must lie between");
	told("0 > . 1:1(0) <blah>\n", "expected a TCP option (mss, wscale, sackOK");
	told("0 > . 1:1(0) <sack 1:2 3:4 5:6 7:8,TS val 1 ecr 2>\n",
		"the options take 44 bytes; a header holds 40");
	told("0 > . 1:1(0) <nop>\n", "the options take 1 bytes, no multiple of 4; add 3");
}

Test(script_text, segments_of_every_kind)
{
	same("0 > - 1:1(0)\n");
	same("0 > SFRPUEWA. 1:2(1) ack 3 win 4 urg 5\n");
	same("0 > 1234 > 80 S 0:0(0)\n");
	same("0 > .0 1:1(0) ack 1\n");
	same("0 > R 1:1(0) [code 3, pen 9]\n");
	told("0 > P.5E 1:1(0)\n", "ACE is given both as a digit and by letters; keep one");
	told("0 > X 1:1(0)\n", "flags (letters of FSRPEWAU");
	told("0 < . 1:1(0) win 1 <...>\n", "<...> is only for outbound segments; list the options");
	told("0 < . ...(0) win 1\n", "...(0) is only for outbound segments; give the sequence");
	told("0 > 65536 > 80 S 0:0(0)\n", "a port must lie between 0 and 65535");
}

Test(script_text, messages_of_icmp_and_datagrams)
{
	same("0 < icmp echo_request id 7\n");
	same("0 < icmp type_9 code_1\n");
	same("0 < icmp unreachable port_unreachable [udp(100)]\n");
	same("0 < icmp unreachable frag_needed mtu 68 [raw(8)]\n");
	same("0 < udp (100)\n");
	same("0 < udp 53 > 54 (100)\n");
	told("0 < icmp 7\n", "expected an ICMP type");
	told("0 < icmp unreachable mtu x\n", "expected an MTU");
	told("0 < icmp unreachable frag_needed mut 5\n", "mtu, id, [quoted packet]");
}

static void expect_icmp(uint8_t type, uint8_t code, bool v6, const char *expected)
{
	GString *out = g_string_new(NULL);

	icmp_text(type, code, v6, out);
	cr_expect_str_eq(out->str, expected);
	g_string_free(out, TRUE);
}

Test(script_text, icmp_has_names_and_numbers)
{
	expect_icmp(3, 4, false, "icmp unreachable frag_needed");
	expect_icmp(3, 99, false, "icmp unreachable code_99");
	expect_icmp(1, 3, true, "icmp unreachable address_unreachable");
	expect_icmp(77, 5, false, "icmp type_77 code_5");
	cr_expect_eq(icmp_type_number("type_255", false), 255);
	cr_expect_eq(icmp_type_number("type_256", false), -1);
	cr_expect_eq(icmp_type_number("type_", true), -1);
	cr_expect_eq(icmp_type_number("kind_3", true), -1);
	cr_expect_eq(icmp_code_number("unreachable", "code_17", false), 17);
	cr_expect_eq(icmp_code_number("unreachable", "frag_needed", true), -1);
	cr_expect_eq(icmp_code_number("unreachable", NULL, true), 0);
}

static void expect_bytes(const char *bytes, size_t len, const char *expected)
{
	GString *out = g_string_new(NULL);

	format_option_bytes((const uint8_t *)bytes, len, out);
	cr_expect_str_eq(out->str, expected);
	g_string_free(out, TRUE);
}

/* What a segment brought, well made or not. */
Test(script_text, options_off_the_wire)
{
	expect_bytes("\1\2\4\5\264\0", 6, "<nop,mss 1460,eol>");
	expect_bytes("\2\3\1", 3, "<gen-2 01>");
	expect_bytes("\3\4\1\1\4\3\1\10\3\1", 10, "<gen-3 0101,gen-4 01,gen-8 01>");
	expect_bytes("\5\6\0\0\0\1", 6, "<gen-5 00000001>");
	expect_bytes("\xac\4\1\2", 4, "<gen-172 0102>");
	expect_bytes("\xfe\3\1", 3, "<gen-254 01>");
	expect_bytes("\x13\2", 2, "<gen-19>");
	expect_bytes("\1\7\1", 3, "<nop,malformed 0701>");
	expect_bytes("\7\5\1", 3, "<malformed 070501>");
	expect_bytes("\7", 1, "<malformed 07>");
}

Test(script_text, scripts_keep_their_frame)
{
	same("--mtu=1500\n--strict_segments\n`first`\n0 `a`\n#ifdef Linux\n0 `b`\n#endif\n"
	     "#ifdef FreeBSD\n0 `c`\n#endif\n0 %{print(1)}%\n`last`\n");
	same("0 f(\"a\\\"b\\\\c\\x01\"...) = 0\n");
	told("`a`\n", "expected an event");
	told("#endif\n0 `a`\n", "an #endif without its #ifdef; remove it");
	told("-1 `a`\n", "expected a time that is not negative");
	told("x `a`\n", "expected a time in seconds");
	told("1000000000 `a`\n", "expected a time under a thousand million seconds");
	told("2~1 > . 1:1(0)\n", "the range of times runs backwards; give the earlier one first");
	told("1~2 `a`\n", "a range of times is only for outbound packets; give one time");
	told("--mtu=\n", "expected a value");
	told("\"text\" 0\n", "found a string \"text\"");
	told("%{ }% 0\n", "found code %{ }%");
	told("0 f(`x`) = 0\n", "found a command `x`");
	told("0 f(1) = 0 (note\n", "expected a text in parentheses");
}

static void packet_told(const char *text, bool outbound, const char *message)
{
	GError *error = NULL;
	struct script *script = script_parse_packet(text, outbound, &error);

	cr_expect_null(script, "%s", text);
	cr_expect_str_eq(error != NULL ? error->message : "", message);
	g_clear_error(&error);
}

/* A packet alone, as the testkit takes it: places are columns of its own text. */
Test(script_text, a_packet_alone)
{
	GError *error = NULL;
	struct script *script = script_parse_packet("S 0:0(0) <mss 1460>", true, &error);

	cr_assert_not_null(script);
	cr_expect_eq(script->events->packet.options->len, 4);
	cr_expect(script->events->packet.outbound);
	script_free(script);
	packet_told("S 0:0(0) x", true,
		"column 10: expected ack, win, urg, <options> or the end of the packet, found 'x'");
	packet_told("S 0:0(0) 7", true, "column 10: expected the end of the packet, found '7'");
	packet_told(
		"S 0:0(0)", false, "column 1: an inbound segment needs its window; add `win N`");
}
