/* Scripts that would take for ever, or all memory, or more of the stack than there is: each ends
 * with its line and the limit. */
#include "script/language/parser.h"
#include "script/python/eval.h"
#include "support/script.h"
#include <criterion/criterion.h>
#include <string.h>

#define OPEN                                                                                       \
	"0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 bind(3, ..., ...) = 0\n"                  \
	"+0 listen(3, 1) = 0\n+0 < S 0:0(0) win 65535 <mss 1000,nop,wscale 14>\n"                  \
	"+0 > S. 0:0(0) ack 1 <...>\n+0 < . 1:1(0) ack 1 win 65535\n+0 accept(3, ..., ...) = 4\n"

/* `part` so many times, between the two. */
static char *repeated(const char *before, const char *part, unsigned n, const char *after)
{
	GString *text = g_string_new(before);

	while (n-- > 0)
		g_string_append(text, part);
	g_string_append(text, after);
	return g_string_free(text, FALSE);
}

/* Takes both. */
static char *joined(char *first, char *second)
{
	char *text = g_strconcat(first, second, NULL);

	g_free(first);
	g_free(second);
	return text;
}

static void expect_told(char *text, enum script_verdict verdict, int line, const char *told)
{
	script_expect_told(&tcpsim_profile_linux, text, verdict, line, told);
	g_free(text);
}

/* --- code --- */

static void expect_code(char *code, enum eval_outcome outcome, const char *told)
{
	struct eval_scope *scope = eval_scope_new();
	GString *output = g_string_new(NULL);
	char *message = NULL;
	int line;

	cr_expect_eq(eval_run(scope, code, output, &message, &line), outcome, "%.60s: %s", code,
		message);
	if (told != NULL)
		cr_expect(message != NULL && strstr(message, told) != NULL, "%.60s: %s", code,
			message);
	g_free(message);
	g_free(code);
	g_string_free(output, TRUE);
	eval_scope_free(scope);
}

Test(script_limits, code_nests_so_deep_and_no_deeper)
{
	static const char *const NESTS[][3] = {{"a = ", "-", "1"}, {"a = ", "+", "1"},
		{"a = ", "~", "1"}, {"assert ", "not ", "1"}, {"a = 1", "**1", ""},
		{"a = ", "(", "1"}, {"a = ", "abs(", "1"}, {"", "if 1: ", "pass"}};

	for (size_t i = 0; i < G_N_ELEMENTS(NESTS); i++) {
		expect_code(repeated(NESTS[i][0], NESTS[i][1], 100000, NESTS[i][2]), EVAL_WRONG,
			"nested more than 64 deep");
		expect_code(repeated(NESTS[i][0], NESTS[i][1], 100, NESTS[i][2]), EVAL_WRONG,
			"nested more than 64 deep");
	}
	expect_code(repeated("a = ", "-", 40, "1"), EVAL_OK, NULL);
	expect_code(repeated("assert ", "not ", 40, "1"), EVAL_OK, NULL);
}

Test(script_limits, a_format_is_as_wide_as_a_screen)
{
	expect_code(g_strdup("a = '%999999999d' % 1"), EVAL_WRONG, "at most three digits");
	expect_code(g_strdup("a = '%.999999f' % 1"), EVAL_WRONG, "at most three digits");
	expect_code(g_strdup("a = '%1000s' % 1"), EVAL_WRONG, "at most three digits");
	expect_code(g_strdup("a = '%-8d|%08.3f|%.2s' % (1, 2.5, 'abc')\n"
			     "assert a == '1       |0002.500|ab'"),
		EVAL_OK, NULL);
	expect_code(repeated("a = '", "%999d", 200, "' % ()"), EVAL_WRONG, "fewer values");
}

Test(script_limits, values_that_double_end)
{
	expect_code(repeated("a = 'xxxxxxxx'\n", "a = a + a\n", 40, ""), EVAL_WRONG,
		"a text of more than 64 kB");
	expect_code(repeated("a = 'xxxxxxxx'\n", "a += a\n", 40, ""), EVAL_WRONG,
		"a text of more than 64 kB");
	expect_code(repeated("a = 1\n", "a = (a, a)\n", 40, ""), EVAL_WRONG,
		"the values of this block take more than 1 MB");
	expect_code(repeated("a = 1\n", "a = a, a, a\n", 40, ""), EVAL_WRONG,
		"the values of this block take more than 1 MB");
	expect_code(repeated("a = 1\n", "a = (a,)\n", 100, ""), EVAL_WRONG,
		"tuples are nested more than 64 deep");
	expect_code(repeated("a = '%999d' % 1\n", "print(a)\n", 2000, ""), EVAL_WRONG, "more than");
}

/* Python says so, too; C would not. */
Test(script_limits, numbers_that_do_not_fit_are_told)
{
	expect_code(g_strdup("a = int(1e300)"), EVAL_WRONG, "does not fit 64 bits");
	expect_code(g_strdup("a = int(-1e19)"), EVAL_WRONG, "does not fit 64 bits");
	expect_code(g_strdup("a = '%d' % 1e300"), EVAL_WRONG, "does not fit 64 bits");
	expect_code(g_strdup("a = int(9223372036854775808.0)"), EVAL_WRONG, "does not fit 64 bits");
	expect_code(g_strdup("assert int(-9223372036854775808.0) == -9223372036854775807 - 1"),
		EVAL_OK, NULL);
	expect_code(g_strdup("assert abs(-9223372036854775807 - 1) != 1"), EVAL_OK, NULL);
	expect_code(g_strdup("a = 1 % 0"), EVAL_WRONG, "division by zero");
	expect_code(g_strdup("a = 1 << 64"), EVAL_WRONG, "a shift outside 0 to 63");
	expect_code(g_strdup("assert (-9223372036854775807 - 1) // -1 != 0"), EVAL_OK, NULL);
}

/* --- commands --- */

Test(script_limits, commands_nest_so_deep_and_no_deeper)
{
	expect_told(repeated("0 `", "(", 100000, "true`\n"), SCRIPT_FAIL, 1,
		"nested more than 16 deep");
	expect_told(repeated("0 `", "if ", 100000, "true`\n"), SCRIPT_FAIL, 1,
		"nested more than 16 deep");
	expect_told(
		joined(repeated("0 `", "echo $(", 1000, ""), repeated("true", ")", 1000, "`\n")),
		SCRIPT_FAIL, 1, "nested more than 16 deep");
	expect_told(g_strdup("0 `echo 'f' > /a.sh; echo /a.sh > /a.sh; /a.sh`\n"), SCRIPT_FAIL, 1,
		"files call each other more than 8 deep");
}

/* A fault within $( ) is one of the whole command; what it complains of is no output. */
Test(script_limits, a_substitution_that_cannot_be_read_fails_the_command)
{
	expect_told(g_strdup("0 `echo $(echo ')`\n"), SCRIPT_FAIL, 1, "the command cannot be read");
	expect_told(g_strdup("0 `echo $(cat /none); false`\n"), SCRIPT_FAIL, 1,
		"/none: no such file on the simulated host");
	script_expect_pass(&tcpsim_profile_linux, "0 `test \"$(cat /none)\" = \"\"`\n");
}

Test(script_limits, what_commands_make_ends)
{
	expect_told(repeated("0 `X=12345678", "; X=$X$X", 60, "`\n"), SCRIPT_FAIL, 1,
		"a word of more than 64 kB");
	expect_told(joined(repeated("0 `X=12345678", "; X=$X$X", 12, ""),
			    repeated("; echo", " $X", 2000, "`\n")),
		SCRIPT_FAIL, 1, "read, print and expand more than 32 MB");
	expect_told(repeated("0 `dd if=/dev/zero of=/z bs=1M count=8 && ", "cat /z | ", 100,
			    "wc -l`\n"),
		SCRIPT_FAIL, 1, "read, print and expand more than 32 MB");
	expect_told(repeated("0 `dd if=/dev/zero of=/z bs=1M count=8 && cat ", "/z ", 100, "`\n"),
		SCRIPT_FAIL, 1, "read, print and expand more than 32 MB");
	expect_told(repeated("0 `true", "; dd if=/dev/zero of=/z bs=1M count=8", 100, "`\n"),
		SCRIPT_FAIL, 1, "read, print and expand more than 32 MB");
	expect_told(g_strdup("0 `dd if=/dev/zero of=/z bs=9223372036854775807 "
			     "count=9223372036854775807`\n"),
		SCRIPT_FAIL, 1, "at most 16 MiB");
	expect_told(g_strdup("0 `ip route add default dev tun0 rto_min 1e300s rtt 1e300; false`\n"),
		SCRIPT_FAIL, 1, "exited with status 1");
}

Test(script_limits, a_long_command_is_told_shortly)
{
	struct script_result *result;
	char *text = repeated("0 `false ", "xxxx ", 20000, "`\n");

	result = script_run_text(&tcpsim_profile_linux, text);
	cr_expect_eq(result->verdict, SCRIPT_FAIL);
	cr_expect_leq(strlen(result->message), 1003);
	cr_expect_not_null(strstr(result->message, "exited with status 1"), "%s", result->message);
	cr_expect_leq(strlen(result->detail), 3000, "%zu", strlen(result->detail));
	script_result_free(result);
	g_free(text);
}

Test(script_limits, a_message_is_cut_at_its_end_and_not_behind_it)
{
	for (unsigned len = 995; len < 1010; len++) {
		char *text = repeated("", "x", len, "");
		struct script_result *result = script_result_new(SCRIPT_FAULT, 0, text);

		cr_expect_eq(strlen(result->message), MIN(len, 1000));
		cr_expect_eq(g_str_has_suffix(result->message, "..."), len > 1000, "%u", len);
		script_result_free(result);
		g_free(text);
	}
}

/* Reports are UTF-8, and a terminal is not steered by a script's text. */
Test(script_limits, messages_are_readable)
{
	struct script_result *result =
		script_run_text(&tcpsim_profile_linux, "0 `false \xff\xfe \x1b[2J \xc3\xa9`\n");

	cr_expect(g_utf8_validate(result->message, -1, NULL), "%s", result->message);
	cr_expect(g_utf8_validate(result->detail, -1, NULL), "%s", result->detail);
	cr_expect_null(strchr(result->message, '\x1b'));
	cr_expect_null(strchr(result->detail, '\x1b'));
	cr_expect_not_null(strstr(result->message, "\xc3\xa9"), "what is UTF-8 stays");
	script_result_free(result);
}

/* --- the language --- */

Test(script_limits, what_is_read_ends)
{
	expect_told(repeated("0 fcntl(3, F_SETFL, O_RDWR", "|1", 1000, ") = 0\n"), SCRIPT_FAULT, 0,
		"more than 64 values are joined by |");
	expect_told(repeated("0 fcntl(3, ", "[", 1000, ") = 0\n"), SCRIPT_FAULT, 0,
		"values are nested more than 32 deep");
	expect_told(repeated("0 fcntl(3, [", "1,", 800000, "1]) = 0\n"), SCRIPT_FAULT, 0,
		"the script takes more than 32 MB to read");
	expect_told(repeated("0 frobnicate", "e", 200000, "() = 0\n"), SCRIPT_FAULT, 1,
		"unknown system call frobnicate");
}

/* A define of 100 kB, and its word a thousand times. */
Test(script_limits, words_that_stand_for_much_end)
{
	char *value = repeated("--define=A=\"", "x", 100000, "\"\n");
	char *text = repeated(value, "+0 setsockopt(3, 6, 13, A, 4) = 0\n", 1000, "");
	GHashTable *defines = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	GError *error = NULL;

	cr_expect_null(script_parse("t.pkt", text, strlen(text), defines, &error));
	cr_assert_not_null(error);
	cr_expect_not_null(strstr(error->message, "the script takes more than 32 MB to read"), "%s",
		error->message);
	g_error_free(error);
	g_hash_table_unref(defines);
	g_free(text);
	g_free(value);
}

/* Texts of the tree end at a NUL: one in the file would hide what stands behind it. */
Test(script_limits, a_nul_byte_is_told_with_its_place)
{
	static const char TEXT[] = "0 `true`\n0 write(3, \"a\\\0b\", 3) = 3\n";
	GError *error = NULL;

	cr_assert_null(script_parse("t.pkt", TEXT, sizeof(TEXT) - 1, NULL, &error));
	cr_expect_str_eq(error->message,
		"t.pkt:2:15: a NUL byte; a script is text (write \\x00 in a "
		"string)");
	g_error_free(error);
}

Test(script_limits, a_word_behind_a_packet_names_what_was_meant)
{
	script_expect_told(&tcpsim_profile_linux, "0 < S 0:0(0) windw 100\n", SCRIPT_FAULT, 0,
		"t.pkt:1:14: expected ack, win, urg, <options> or the next event, found 'windw'; "
		"did you mean win?");
	script_expect_told(&tcpsim_profile_linux, "0 < . 0:0(0) akc 1 win 100\n", SCRIPT_FAULT, 0,
		"found 'akc'; did you mean ack?");
	script_expect_told(&tcpsim_profile_linux, "0 < . 0:0(0) win 100 ack 1\n", SCRIPT_FAULT, 0,
		"t.pkt:1:22: 'ack' stands out of place; the order is ack, win, urg");
	script_expect_told(&tcpsim_profile_linux, "0 < . 0:0(0) win 100 <nop,nop,eol,eol> foo\n",
		SCRIPT_FAULT, 0, "or the next event, found 'foo'");
	script_expect_told(&tcpsim_profile_linux, "0 < icmp unreachable frag_needed mut 100\n",
		SCRIPT_FAULT, 0, "found 'mut'; did you mean mtu?");
}

/* --- what runs --- */

Test(script_limits, what_a_script_moves_ends)
{
	expect_told(g_strdup(OPEN "+0 write(4, ..., 33554433) = 1\n"), SCRIPT_FAULT, 8,
		"a number of bytes from 0 to 32 MiB");
	expect_told(g_strdup(OPEN "+0 writev(4, [{..., 33554432}, {..., 1}], 2) = 1\n"),
		SCRIPT_FAULT, 8, "a number of bytes from 0 to 32 MiB");
	expect_told(repeated(OPEN "+0 fcntl(4, F_SETFL, O_RDWR|O_NONBLOCK) = 0\n",
			    "+0 write(4, ..., 20000000) = ...\n", 3, ""),
		SCRIPT_FAULT, 11, "the script moves more than 48 MB in all");
	expect_told(repeated(OPEN, "+0 < . 1:60001(60000) ack 1 win 65535\n", 900, ""),
		SCRIPT_FAULT, 846, "the script moves more than 48 MB in all");
}

Test(script_limits, time_ends)
{
	expect_told(repeated("0 `true`\n", "+999999999 `true`\n", 12, ""), SCRIPT_FAULT, 3,
		"the script goes on for more than thirty years");
	script_expect_pass(&tcpsim_profile_linux,
		OPEN "+0 setsockopt(4, SOL_SOCKET, SO_KEEPALIVE, [1], 4) = 0\n"
		     "+0 < . 1:1(0) ack 1 win 0\n+0 write(4, ..., 100) = 100\n"
		     "+999999999 `true`\n");
}
