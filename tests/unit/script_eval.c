/* The code of %{ }% blocks: what holds, what does not, and that a failure shows both sides. */
#include "script/eval.h"
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
