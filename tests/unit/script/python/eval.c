/* The code of %{ }% blocks: what holds, what does not, and that a failure shows both sides. */
#include "script/python/eval.h"
#include <criterion/criterion.h>

static struct eval_scope *scope;
static GString *output;

static void set_up(void)
{
	scope = eval_scope_new();
	output = g_string_new(NULL);
	eval_set_integer(scope, "tcpi_snd_cwnd", 10);
	eval_set_integer(scope, "tcpi_rtt", 12000);
	eval_set_integer(scope, "tcpi_options", 5);
}

static void tear_down(void)
{
	eval_scope_free(scope);
	g_string_free(output, TRUE);
}

TestSuite(script_eval, .init = set_up, .fini = tear_down);

static void expect(const char *code, enum eval_outcome outcome, const char *message)
{
	char *told = NULL;
	int line;

	cr_expect_eq(eval_run(scope, code, output, &told, &line), outcome, "%s: %s", code,
		told != NULL ? told : "");
	if (message != NULL)
		cr_expect_str_eq(told != NULL ? told : "", message);
	g_free(told);
}

static void expect_printed(const char *code, const char *text)
{
	g_string_truncate(output, 0);
	expect(code, EVAL_OK, NULL);
	cr_expect_str_eq(output->str, text);
}

Test(script_eval, assertion_that_holds)
{
	expect("assert tcpi_snd_cwnd == 10, tcpi_snd_cwnd", EVAL_OK, NULL);
	expect("assert 5000 <= tcpi_rtt <= 20000, 'srtt=%d us' % tcpi_rtt", EVAL_OK, NULL);
	expect("assert (tcpi_options & 4) != 0 and not tcpi_snd_cwnd > 10", EVAL_OK, NULL);
	expect("assert (1, 'a') == (1, 'a'); assert 3 in (1, 2, 3)", EVAL_OK, NULL);
}

Test(script_eval, failure_shows_both_sides)
{
	expect("assert tcpi_snd_cwnd == 12, 'cwnd=%d' % tcpi_snd_cwnd", EVAL_FALSE,
		"assert tcpi_snd_cwnd == 12: 10 == 12 is false (cwnd=10)");
	expect("assert 1 < tcpi_rtt < 100", EVAL_FALSE,
		"assert 1 < tcpi_rtt < 100: 12000 < 100 is false");
	expect("assert tcpi_options & 2", EVAL_FALSE, "assert tcpi_options & 2");
}

Test(script_eval, names_live_on)
{
	expect("cwnd = 4", EVAL_OK, NULL);
	expect("print(tcpi_snd_cwnd); cwnd += 6; assert tcpi_snd_cwnd == cwnd", EVAL_OK, NULL);
	cr_expect_str_eq(output->str, "10\n");
}

Test(script_eval, lines_go_on_behind_a_backslash_and_in_parentheses)
{
	expect("assert 1 + \\\n 1 == 2\nassert (1 +\n 2) == 3 # told\n", EVAL_OK, NULL);
}

Test(script_eval, numbers_are_pythons)
{
	expect_printed("print(7 // 2, -7 // 2, -7 % 3, 7 / 2, 2 ** 10, 1 << 4, 0x10, ~0)",
		"3 -4 2 3.5 1024 16 16 -1\n");
}

Test(script_eval, side_that_does_not_decide_is_not_evaluated)
{
	expect("assert 1 or nothing", EVAL_OK, NULL);
	expect("assert not (0 and 1 / 0)", EVAL_OK, NULL);
	expect("assert 1, nothing", EVAL_OK, NULL);
}

Test(script_eval, unknown_name_has_near_ones)
{
	expect("assert tcpi_snd_cwmd == 1", EVAL_WRONG,
		"the name tcpi_snd_cwmd is not known; did you mean tcpi_snd_cwnd");
}

Test(script_eval, what_it_cannot_do_is_told)
{
	expect("for i in (1, 2): pass", EVAL_WRONG, "the name for is not known");
	expect("assert 1 / 0", EVAL_WRONG, "/: division by zero");
	expect("print('%d')", EVAL_OK, NULL);
	expect("assert '%d' % 'a'", EVAL_WRONG, "%: a number is needed for the format");
	expect("assert (1", EVAL_WRONG, "a ')' is missing");
}

Test(script_eval, line_of_the_failure_is_given)
{
	char *message;
	int line;

	cr_expect_eq(
		eval_run(scope, "\nassert 1\nassert 0\n", output, &message, &line), EVAL_FALSE);
	cr_expect_eq(line, 2);
	g_free(message);
}

Test(script_eval, deep_nesting_is_refused)
{
	GString *code = g_string_new("assert ");

	for (int i = 0; i < 100000; i++)
		g_string_append_c(code, '(');
	expect(code->str, EVAL_WRONG, "expressions are nested more than 64 deep");
	g_string_free(code, TRUE);
}

/* As Python prints them, in every way. */
Test(script_eval, values_print_as_pythons)
{
	expect_printed("print(None, True, False, 1.5, -0.25, 'a', (), (1,), (1, 'a', (2.5, None)))",
		"None True False 1.5 -0.25 a () (1,) (1, 'a', (2.5, None))\n");
	expect_printed(
		"print(str((1, 'x')), '%s|%r' % ('a', 'b'), \"q\\t\\'\")", "(1, 'x') a|'b' q\t'\n");
	expect_printed("print('%5.2f|%e|%G' % (1.5, 20.0, 0.5), '%x %X %o %u' % (255, 255, 8, 3))",
		" 1.50|2.000000e+01|0.5 ff FF 10 3\n");
	expect_printed("print('100%%', '%d%%' % 5, .5, 1e3)", "100%% 5% 0.5 1000\n");
	expect_printed("print(hex(255), len((1, 2, 3)), abs(-2), abs(-2.5), int(2.9), int(7))",
		"0xff 3 2 2.5 2 7\n");
	expect_printed("print(min(3, 1, 2), max(3, 1.5, 2), min('b', 'a'), max((1, 2), (1, 3)))",
		"1 3 a (1, 3)\n");
}

Test(script_eval, operators_of_both_kinds_of_numbers)
{
	expect_printed("print(5 - 7, 5 * 7, 6 & 3, 6 | 3, 6 ^ 3, -8 >> 1, 7 // -1, 8 // 2)",
		"-2 35 2 7 5 -4 -7 4\n");
	expect_printed("print(1.5 + 1, 1.5 - 1, 1.5 * 2, 3.0 / 2, 7.5 // 2, -7.5 % 2, 2.0 ** 3)",
		"2.5 0.5 3 1.5 3 0.5 8\n");
	expect_printed("print(2 ** -1, 'a' + 'b', -1.5, +2.5, not 0.0, not '', not (), not None)",
		"0.5 ab -1.5 2.5 True True True True\n");
	expect("a = 6; a -= 2; a *= 3; a //= 5; a <<= 4; a |= 3; a ^= 1; a &= 62; a >>= 1; a %= "
	       "10; "
	       "assert a == 7; a /= 2; assert a == 3.5",
		EVAL_OK, NULL);
	expect("assert 1.5 & 1", EVAL_WRONG, "&: bit operators take whole numbers");
	expect("assert 1.5 / 0", EVAL_WRONG, "/: division by zero");
	expect("assert 1 - 'a'", EVAL_WRONG, "-: the op does not take these values");
}

Test(script_eval, comparisons_of_every_kind)
{
	expect("assert 1 <= 1.0 and 2 >= 1.5 and 1.5 < 2 and 3 > 2.5 and 1 != 1.5", EVAL_OK, NULL);
	expect("assert 'a' < 'b' and (1, 2) < (1, 3) and (1,) < (1, 0) and (2,) > (1, 9)", EVAL_OK,
		NULL);
	expect("assert None == None and None != 0 and 'a' != 1 and not 1 in (2, 3)", EVAL_OK, NULL);
	expect("assert not 1 in 1", EVAL_OK, NULL);
	expect("assert (1, 'a') < (1, 2)", EVAL_WRONG, "<: these values have no order");
	expect("assert None < 1", EVAL_WRONG, "<: these values have no order");
	expect("assert min(1, 'a')", EVAL_WRONG, "min() and max() take values that have an order");
	expect("assert max()", EVAL_WRONG, "min() and max() take at least one value");
	expect("assert (1, 'a') == (1, 'b'), 'w'", EVAL_FALSE,
		"assert (1, 'a') == (1, 'b'): (1, 'a') == (1, 'b') is false (w)");
}

Test(script_eval, calls_that_cannot_be_are_told)
{
	expect("assert abs()", EVAL_WRONG, "abs() takes a value");
	expect("assert sum(1)", EVAL_WRONG,
		"no function sum(); there are print, min, max, abs, int, len, hex and str");
	expect("assert hex(1.5)", EVAL_WRONG, "hex() takes a whole number");
	expect("assert '%q' % 1", EVAL_WRONG, "%: an unknown format");
	expect("assert '%d' % (1, 2)", EVAL_WRONG, "%: more values than the format has");
	expect("assert '%' % 1", EVAL_WRONG, "%: an unfinished format");
	expect("assert '%f' % 'a'", EVAL_WRONG, "%: a number is needed for the format");
	expect("assert 'a", EVAL_WRONG, "a string does not end");
	expect("assert *", EVAL_WRONG, "a value is expected where '*' stands");
	expect("b += 1", EVAL_WRONG, "the name b is not known");
	/* What is not evaluated is not told either. */
	expect("assert 1 or min(1, 'a') or None < 1 or hex(1.5) or sum(1)", EVAL_OK, NULL);
}
