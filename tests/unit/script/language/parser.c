/* The script language: what is read, what is refused with which words, and that text -> tree ->
 * text is stable. */
#include "script/language/parser.h"
#include "script/language/format.h"
#include <criterion/criterion.h>
#include <string.h>
#include <tcpsim/segment.h>

static struct script *parsed(const char *text)
{
	GError *error = NULL;
	struct script *script = script_parse("t.pkt", text, strlen(text), NULL, &error);

	cr_assert_not_null(script, "%s", error != NULL ? error->message : "");
	return script;
}

static void expect_formatted(const char *text, const char *expected)
{
	struct script *script = parsed(text), *again;
	GString *out = g_string_new(NULL), *twice = g_string_new(NULL);

	format_script(script, out);
	cr_expect_str_eq(out->str, expected);
	again = parsed(out->str);
	format_script(again, twice);
	cr_expect_str_eq(twice->str, out->str);
	script_free(script);
	script_free(again);
	g_string_free(out, TRUE);
	g_string_free(twice, TRUE);
}

static void expect_refused(const char *text, const char *message)
{
	GError *error = NULL;
	struct script *script = script_parse("t.pkt", text, strlen(text), NULL, &error);

	cr_assert_null(script);
	cr_assert_not_null(error);
	cr_expect_str_eq(error->message, message);
	g_clear_error(&error);
}

Test(script_parser, segment_keeps_every_part)
{
	expect_formatted("0 < (ttl 4,ect0) 80 > 8080 SEW. 0:0(0) ack 1 win 5 urg 2 <mss "
			 "1460,nop,wscale 7>\n",
		"0 < (ttl 4, ect0) 80 > 8080 SEW. 0:0(0) ack 1 win 5 urg 2 <mss 1460,nop,wscale "
		"7>\n");
}

Test(script_parser, digit_among_flags_is_ace)
{
	struct script *script = parsed("0 > P.5 1:2(1) ack 1\n");

	cr_expect_eq(script->events->packet.ace, 5);
	cr_expect_eq(script->events->packet.flags, TCPSIM_PSH | TCPSIM_ACK);
	script_free(script);
}

Test(script_parser, dot_and_digit_are_flags_and_no_number)
{
	struct script *script = parsed("0 > .5 1:1(0) ack 1\n");

	cr_expect_eq(script->events->packet.ace, 5);
	cr_expect_eq(script->events->packet.flags, TCPSIM_ACK);
	script_free(script);
}

Test(script_parser, blank_before_the_dot_of_the_flags_is_taken)
{
	expect_formatted("0 > F  . 1:1(0) ack 2\n", "0 > F. 1:1(0) ack 2\n");
}

Test(script_parser, times_of_every_kind)
{
	expect_formatted("+ 0.00 > . 1:1(0)\n1.5~1.75 > . 1:1(0)\n+.3~+.303 > . 1:1(0)\n* > . "
			 "1:1(0)\n.25 `a`\n",
		"+0 > . 1:1(0)\n1.5~1.75 > . 1:1(0)\n+0.3~+0.303 > . 1:1(0)\n* > . 1:1(0)\n0.25 "
		"`a`\n");
}

Test(script_parser, fraction_of_a_second_is_exact)
{
	struct script *script = parsed("0.290001 `x`\n");

	cr_expect_eq(script->events->time_ns, 290001000);
	script_free(script);
}

Test(script_parser, blocking_call_has_an_end)
{
	expect_formatted("1.00...6.00 connect (3, ..., ...) = -1 ETIMEDOUT (Operation timed out)\n",
		"1...6 connect(3, ..., ...) = -1 ETIMEDOUT (Operation timed out)\n");
}

Test(script_parser, note_without_an_error_is_kept)
{
	expect_formatted("0 fcntl(3, F_GETFL) = 0x02 (flags O_RDWR)\n",
		"0 fcntl(3, F_GETFL) = 0x2 (flags O_RDWR)\n");
}

Test(script_parser, comments_with_quotes_vanish)
{
	expect_formatted("/* `` \" */\n// %{ `\n0 `a` // tail\n", "0 `a`\n");
}

Test(script_parser, adjacent_strings_join_and_escapes_are_undone)
{
	struct script *script = parsed("0 f(\"a\\x01\" \"\\n\") = 0\n");
	const struct script_expr *arg = script->events->call.args;

	cr_expect_eq(arg->string.len, 3);
	cr_expect_arr_eq(arg->string.bytes, "a\x01\n", 3);
	script_free(script);
}

Test(script_parser, messages_and_structs)
{
	expect_formatted("0 recvmsg(4, {msg_name(...)=..., msg_iov(1)=[{...,0}], msg_flags=A|B, "
			 "msg_control=[{cmsg_level=1,cmsg_type=2,cmsg_data={scm_sec=0,scm_nsec=2}}]"
			 "}, 0) = 0\n",
		"0 recvmsg(4, {msg_name(...)=..., msg_iov(1)=[{..., 0}], msg_flags=A|B, "
		"msg_control=[{cmsg_level=1, cmsg_type=2, cmsg_data={scm_sec=0, scm_nsec=2}}]}, 0) "
		"= 0\n");
}

Test(script_parser, options_of_both_dialects)
{
	expect_formatted(
		"0 > . ...(0) <nop,nop,sack 1:2 3:4>\n0 < . 0:0(0)! win 1 <ECN e1b 1 ceb 2>\n"
		"0 > S 0:0(0) <exp-FO,FO abcd>\n0 > . 1:1(0) <TS val ... ecr 7!,md5 valid>\n"
		"0 > . 1:1(0) <...> /udp(9811 > 1)\n",
		"0 > . ...(0) <nop,nop,sack 1:2 3:4>\n0 < . 0:0(0)! win 1 <AccECN1 e1b 1 ceb 2>\n"
		"0 > S 0:0(0) <FOEXP,FO abcd>\n0 > . 1:1(0) <TS val ... ecr 7!,md5 valid>\n"
		"0 > . 1:1(0) <...>/udp(9811 > 1)\n");
}

Test(script_parser, icmp_with_a_quoted_segment)
{
	expect_formatted("0 < icmp unreachable frag_needed mtu 1000 [1:1001(1000)/udp(1 > 2)]\n",
		"0 < icmp unreachable frag_needed mtu 1000 [1:1001(1000)/udp(1 > 2)]\n");
}

Test(script_parser, condition_marks_its_events)
{
	struct script *script = parsed("0 `a`\n#ifdef FreeBSD\n0 `b`\n#endif\n0 `c`\n");

	cr_expect_null(script->events->condition);
	cr_expect_str_eq(script->events->next->condition, "FreeBSD");
	cr_expect_null(script->events->next->next->condition);
	script_free(script);
}

Test(script_parser, defined_word_stands_for_its_value)
{
	GHashTable *defines = g_hash_table_new(g_str_hash, g_str_equal);
	const char *text = "0 > S 0:0(0) <FO COOKIE>\n0 f(N, S) = 0\n";
	GString *out = g_string_new(NULL);
	struct script *script;

	g_hash_table_insert(defines, "COOKIE", "3021b9d8ab00");
	g_hash_table_insert(defines, "N", "12");
	g_hash_table_insert(defines, "S", "\"x\"");
	script = script_parse("t.pkt", text, strlen(text), defines, NULL);
	cr_assert_not_null(script);
	format_script(script, out);
	cr_expect_str_eq(out->str, "0 > S 0:0(0) <FO 3021b9d8ab00>\n0 f(12, \"x\") = 0\n");
	script_free(script);
	g_hash_table_unref(defines);
	g_string_free(out, TRUE);
}

Test(script_parser, errors_name_place_and_expectation)
{
	expect_refused("0 > S 0:5(0)\n",
		"t.pkt:1:7: the numbers do not fit: 0 plus a payload of 0 is 0, not 5");
	expect_refused(
		"0 < S 0:0(0)\n", "t.pkt:1:5: an inbound segment needs its window; add `win N`");
	expect_refused("0 > S 0:0(0) <mss 1460,nop>\n",
		"t.pkt:1:15: the options take 5 bytes, no multiple of 4; add 3 nop or eol");
	expect_refused("0 socket(3 = 3\n", "t.pkt:1:12: expected ')', found '='");
	expect_refused(
		"* `a`\n", "t.pkt:1:1: the time * is only for outbound packets; give a time");
	expect_refused("0 `abc\n",
		"t.pkt:1:3: expected a command that ends with a back-quote, found none");
	expect_refused("0 f({msg_naem=1}) = 0\n",
		"t.pkt:1:6: no struct has a member 'msg_naem'; did you mean msg_name?");
	expect_refused("", "t.pkt:1:1: expected an event (a time, and what happens then), found "
			   "the end of the script");
	expect_refused("#ifdef A\n0 `a`\n",
		"t.pkt:3:1: expected the #endif of the last #ifdef, found the end of the script");
}

Test(script_parser, deep_nesting_is_refused)
{
	GString *text = g_string_new("0 f(");
	GError *error = NULL;

	for (int i = 0; i < 100000; i++)
		g_string_append_c(text, '[');
	cr_assert_null(script_parse("t.pkt", text->str, text->len, NULL, &error));
	cr_expect_str_eq(error->message, "t.pkt:1:37: values are nested more than 32 deep");
	g_error_free(error);
	g_string_free(text, TRUE);
}
