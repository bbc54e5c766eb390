/* What came is held against what the script expects, field by field: for each there is a segment
 * that differs in it alone, and the words that say so. */
#include "support/script.h"
#include <criterion/criterion.h>

#define BEGIN                                                                                      \
	"0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 bind(3, ..., ...) = 0\n"                  \
	"+0 listen(3, 1) = 0\n"
#define OPEN                                                                                       \
	BEGIN "+0 < S 0:0(0) win 65535 <mss 1000>\n+0 > S. 0:0(0) ack 1 <...>\n"                   \
	      "+0 < . 1:1(0) ack 1 win 65535\n+0 accept(3, ..., ...) = 4\n"

static const struct tcpsim_profile *const LINUX = &tcpsim_profile_linux;
static const struct tcpsim_profile *const FREEBSD = &tcpsim_profile_freebsd;

static void passes(const char *head, const char *events)
{
	char *text = g_strconcat(head, events, NULL);

	script_expect_pass(LINUX, text);
	g_free(text);
}

/* The last line is told so. */
static void told(const struct tcpsim_profile *profile, const char *head, const char *events,
	enum script_verdict verdict, const char *message)
{
	char *text = g_strconcat(head, events, NULL);
	int lines = 0;

	for (const char *at = text; *at != '\0'; at++)
		lines += *at == '\n';
	script_expect_told(profile, text, verdict, lines, message);
	g_free(text);
}

static void differs(const char *events, const char *message)
{
	told(LINUX, OPEN "+0 write(4, ..., 10) = 10\n", events, SCRIPT_FAIL, message);
}

Test(script_match, each_field_alone)
{
	passes(OPEN "+0 write(4, ..., 10) = 10\n",
		"+0 > (ttl 64, noecn) 8080 > 0 P. 1:11(10) ack 1 win 64240\n");
	differs("+0 > . 1:11(10) ack 1\n", "flags P. instead of .");
	differs("+0 > P.5 1:11(10) ack 1\n", "flags P.0 instead of P.5");
	differs("+0 > P. 2:12(10) ack 1\n", "seq 1 instead of 2");
	differs("+0 > P. 1:10(9) ack 1\n", "length 10 instead of 9");
	differs("+0 > P. 1:11(10) ack 2\n", "ack 1 instead of 2");
	differs("+0 > P. 1:11(10) ack 1 win 5\n", "win 64240 instead of 5");
	differs("+0 > P. 1:11(10) ack 1 urg 3\n", "urg 0 instead of 3");
	differs("+0 > 81 > 0 P. 1:11(10) ack 1\n", "source port 8080 instead of 81");
	differs("+0 > 8080 > 81 P. 1:11(10) ack 1\n", "instead of 81");
	differs("+0 > P. 1:11(10) ack 1 <nop,nop,TS val 1 ecr 2>\n",
		"options none instead of <nop,nop,TS val 1 ecr 2>");
	differs("+0 > P. 1:11(10) ack 1 <01010101>\n", "options none instead of <01010101>");
	differs("+0 > (ttl 63) P. 1:11(10) ack 1\n", "ttl 64 instead of 63");
	differs("+0 > P. 1:11(10) ack 1 /udp(9 > 10)\n", "tunnel none instead of udp(9 > 10)");
	differs("+0 > icmp echo_request\n", "packet TCP instead of ICMP");
}

#define SIGNED                                                                                     \
	BEGIN "+0 setsockopt(3, SOL_TCP, TCP_MD5SIG, {tcpm_addr=inet_addr(\"192.0.2.1\"), "        \
	      "tcpm_key=\"secret\"}, 216) = 0\n"
#define SIGNED_SYN "+0 < S 0:0(0) win 65535 <mss 1000,md5 valid,nop,nop>\n"

Test(script_match, a_valid_digest_is_the_secrets)
{
	passes("--tcp_md5_secret=secret\n" SIGNED SIGNED_SYN,
		"+0 > S. 0:0(0) ack 1 <nop,nop,md5 valid,mss 1460>\n");
	told(LINUX, "--tcp_md5_secret=secret\n" SIGNED SIGNED_SYN,
		"+0 > S. 0:0(0) ack 1 <nop,nop,md5 000102030405060708090a0b0c0d0e0f,mss 1460>\n",
		SCRIPT_FAIL, "options <nop,nop,md5 ");
	told(LINUX, "--tcp_md5_secret=secrets\n" SIGNED SIGNED_SYN, "+0 > S. 0:0(0) ack 1 <...>\n",
		SCRIPT_FAIL, "nothing was sent");
	told(LINUX, SIGNED, SIGNED_SYN, SCRIPT_FAULT,
		"`md5 valid` is made with a secret; give it with --tcp_md5_secret=...");
}

/* The host has one key for each direction, and the peer but one. */
Test(script_match, another_digest_is_told)
{
	told(FREEBSD,
		"--tcp_md5_secret=ours\n0 `echo 'add 192.168.0.1 192.0.2.1 tcp 1 -A tcp-md5 "
		"\"theirs\"; add 192.0.2.1 192.168.0.1 tcp 2 -A tcp-md5 \"ours\";' | setkey -c`\n"
		"+0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n"
		"+0 setsockopt(3, IPPROTO_TCP, TCP_MD5SIG, [1], 4) = 0\n"
		"+0 bind(3, ..., ...) = 0\n+0 listen(3, 1) = 0\n" SIGNED_SYN,
		"+0 > S. 0:0(0) ack 1 <mss 1460,nop,nop,md5 valid>\n", SCRIPT_FAIL,
		"md5 another instead of the digest that --tcp_md5_secret makes");
}

Test(script_match, the_type_of_service_in_part_and_whole)
{
	static const char TOS[] = "+0 setsockopt(4, SOL_IP, IP_TOS, [0xb8], 4) = 0\n"
				  "+0 write(4, ..., 10) = 10\n";
	char *head = g_strconcat(OPEN, TOS, NULL);

	passes(head, "+0 > (tos 0xb8) P. 1:11(10) ack 1\n");
	passes(head, "+0 > (dscp ef) P. 1:11(10) ack 1\n");
	told(LINUX, head, "+0 > (tos 0xb9) P. 1:11(10) ack 1\n", SCRIPT_FAIL,
		"tos 0xb8 instead of 0xb9");
	told(LINUX, head, "+0 > (dscp le) P. 1:11(10) ack 1\n", SCRIPT_FAIL,
		"tos 0xb8 instead of 0x04");
	told(LINUX, head, "+0 > (ect0) P. 1:11(10) ack 1\n", SCRIPT_FAIL,
		"tos 0xb8 instead of 0x02");
	told(LINUX, head, "+0 > (ect01) P. 1:11(10) ack 1\n", SCRIPT_FAIL,
		"tos 0xb8 instead of 0x00 with ECT");
	told(LINUX, head, "+0 > (dscp ef, ect01) P. 1:11(10) ack 1\n", SCRIPT_FAIL,
		"tos 0xb8 instead of 0xb8 with ECT");
	g_free(head);
	passes("`sysctl -q net.ipv4.tcp_ecn=1`\n" BEGIN,
		"+0 < SEW 0:0(0) win 65535 <mss 1000>\n+0 > SE. 0:0(0) ack 1 <...>\n"
		"+0 < . 1:1(0) ack 1 win 65535\n+0 accept(3, ..., ...) = 4\n"
		"+0 write(4, ..., 10) = 10\n+0 > (dscp 0, ect01) P. 1:11(10) ack 1\n");
}

Test(script_match, options_one_by_one)
{
	static const char SYN[] =
		BEGIN "+0 < S 0:0(0) win 65535 <mss 1000,nop,nop,sackOK,nop,wscale 7>\n";

	passes(SYN, "+0 > S. 0:0(0) ack 1 <mss 1460,nop,nop,sackOK,nop,wscale 10>\n");
	passes(SYN, "+0 > S. 0:0(0) ack 1 <020405b4010104020103030a>\n");
	told(LINUX, SYN, "+0 > S. 0:0(0) ack 1 <mss 1461,nop,nop,sackOK,nop,wscale 10>\n",
		SCRIPT_FAIL,
		"options <mss 1460,nop,nop,sackOK,nop,wscale 10> instead of <mss 1461");
	told(LINUX, SYN, "+0 > S. 0:0(0) ack 1 <mss 1460,nop,nop,sackOK>\n", SCRIPT_FAIL,
		"instead of <mss 1460,nop,nop,sackOK>");
	told(LINUX, SYN, "+0 > S. 0:0(0) ack 1\n", SCRIPT_FAIL, "instead of none");
	told(LINUX, SYN, "+0 > S. 0:0(0) ack 1 <mss 1460,sackOK,nop,nop,nop,wscale 10>\n",
		SCRIPT_FAIL, "options <mss 1460,nop,nop,sackOK");
	told(LINUX, SYN, "+0 > S. 0:0(0) ack 1 <020405b5010104020103030a>\n", SCRIPT_FAIL,
		"instead of <020405b5010104020103030a>");
}

/* With a tick of the script's, timestamps are compared by how they advance. */
Test(script_match, timestamps_advance_with_the_clock)
{
	static const char TIMED[] = "--tcp_ts_tick_usecs=1000\n" BEGIN
				    "+0 < S 0:0(0) win 65535 <mss 1000,sackOK,TS val 700 ecr 0>\n"
				    "+0 > S. 0:0(0) ack 1 <mss 1460,sackOK,TS val 100 ecr 700>\n"
				    "+0 < . 1:1(0) ack 1 win 65535 <nop,nop,TS val 700 ecr 100>\n"
				    "+0 accept(3, ..., ...) = 4\n+.1 write(4, ..., 10) = 10\n";

	passes(TIMED, "+0 > P. 1:11(10) ack 1 <nop,nop,TS val 200 ecr 700>\n");
	passes(TIMED, "+0 > P. 1:11(10) ack 1 <nop,nop,TS val ... ecr 700>\n");
	told(LINUX, TIMED, "+0 > P. 1:11(10) ack 1 <nop,nop,TS val 300 ecr 700>\n", SCRIPT_FAIL,
		"TS val 200 instead of 300");
	told(LINUX, TIMED,
		"+0 > P. 1:11(10) ack 1 <nop,nop,TS val 200 ecr 700>\n"
		"+0 < . 1:1(0) ack 11 win 65535 <nop,nop,TS val 700 ecr 150>\n",
		SCRIPT_FAIL, "no segment with `TS val 150` was sent, so what `ecr 150` echoes is");
	passes(TIMED, "+0 > P. 1:11(10) ack 1 <nop,nop,TS val 200 ecr 700>\n"
		      "+0 < . 1:1(0) ack 11 win 65535 <nop,nop,TS val 700 ecr 200!>\n");
	passes("--tcp_ts_ecr_scaled\n", TIMED + sizeof("--tcp_ts_tick_usecs=1000\n") - 1);
}

/* Several that go together count as the one that the script has. */
Test(script_match, several_segments_for_one)
{
	static const char TWO[] = OPEN "+0 write(4, ..., 2000) = 2000\n";

	passes(TWO, "+0 > P. 1:2001(2000) ack 1\n");
	told(LINUX, "--strict_segments\n",
		OPEN "+0 write(4, ..., 2000) = 2000\n"
		     "+0 > P. 1:2001(2000) ack 1\n",
		SCRIPT_FAIL, "flags . instead of P., length 1000 instead of 2000");
	told(LINUX, OPEN,
		"+0 setsockopt(4, SOL_TCP, TCP_NODELAY, [1], 4) = 0\n+0 write(4, ..., 10) = 10\n"
		"+0 write(4, ..., 30) = 30\n+0 write(4, ..., 10) = 10\n"
		"+0 > P. 1:51(50) ack 1\n",
		SCRIPT_FAIL, "segments their sizes differ instead of one, or several that go");
}

Test(script_match, what_must_not_end_a_script)
{
	struct script_result *result = script_run_text(LINUX,
		"--non_fatal=packet,syscall\n" OPEN "+0 write(4, ..., 10) = 10\n"
		"+0 > P. 1:11(10) ack 2\n+0 read(4, ..., 10) = 7\n"
		"+0 write(4, ..., 10) = 10\n+2 > P. 11:21(10) ack 1\n");

	cr_expect_eq(result->verdict, SCRIPT_PASS, "%s", result->message);
	cr_assert_geq(result->warnings->len, 1);
	cr_expect_str_eq(g_ptr_array_index(result->warnings, 0), "10: ack 1 instead of 2");
	script_result_free(result);
}

Test(script_match, what_no_connection_can_send)
{
	told(LINUX, "", "0 > . 1:1(0) ack 1\n", SCRIPT_FAIL, "no connection is known that could");
	told(LINUX, "", "0 < icmp unreachable host_unreachable [1:1(0)]\n", SCRIPT_FAIL,
		"no connection is known that this ICMP message could be about");
	told(LINUX, OPEN, "+0 > udp (10)\n", SCRIPT_FAULT,
		"only TCP and ICMP packets without outer headers are run");
	told(LINUX, OPEN, "+0 > ipv4 192.0.2.1 > 192.0.2.2: . 1:1(0)\n", SCRIPT_FAULT,
		"only TCP and ICMP packets without outer headers are run");
	told(LINUX, BEGIN, "+0 < S 0:0(0) win 1 <FO COOKIE>\n", SCRIPT_FAULT,
		"COOKIE is not defined; give it with -D COOKIE=...");
	told(LINUX, OPEN, "+0 < . 1:65501(65500) ack 1 win 1\n", SCRIPT_FAULT,
		"a payload of 65500 bytes does not fit a packet");
}

/* The tunnel's two ports are the peer's and the host's. */
Test(script_match, a_tunnel_carries_the_segments)
{
	static const char TUNNEL[] =
		"--udp_encapsulation=tcp\n`sysctl net.inet.tcp.udp_tunneling_port=9811`\n" BEGIN
		"+0 < S 0:0(0) win 65535 <mss 1000> /udp(1234 > 9811)\n";

	told(FREEBSD, TUNNEL, "+0 > S. 0:0(0) ack 1 <...> /udp(9811 > 1235)\n", SCRIPT_FAIL,
		"tunnel udp(9811 > 1234) instead of udp(9811 > 1235)");
	told(FREEBSD, TUNNEL, "+0 > S. 0:0(0) ack 1 <...>\n", SCRIPT_FAIL,
		"tunnel udp(9811 > 1234) instead of none");
}

Test(script_match, addresses_of_the_other_family)
{
	passes("--ip_version=ipv6\n" BEGIN,
		"+0 < S 0:0(0) win 65535 <mss 1000>\n+0 > S. 0:0(0) ack 1 <mss 1440>\n"
		"+0 < . 1:1(0) ack 1 win 65535\n+0 accept(3, ..., ...) = 4\n"
		"+0 write(4, ..., 2000) = 2000\n+0 > P. 1:2001(2000) ack 1\n"
		"+0 < icmp packet_too_big mtu 1280 [1:1001(1000)]\n");
	passes("--ip_version=ipv4-mapped-ipv6\n" BEGIN,
		"+0 < S 0:0(0) win 65535 <mss 1000>\n+0 > S. 0:0(0) ack 1 <mss 1460>\n");
	told(LINUX, "--ip_version=ipv6\n" OPEN, "+0 < icmp unreachable frag_needed [1:1(0)]\n",
		SCRIPT_FAULT, "ICMPv6 unreachable has no code 'frag_needed'; write code_N");
	passes("--ip_version=ipv6\n" OPEN, "+0 < icmp router_advertisement mtu 1300\n"
					   "+0 write(4, ..., 10) = 10\n+0 > P. 1:11(10) ack 1\n");
}
