/* Whatever `tcpsim replay` prints as a word can be asked for as it is printed. */
#include <criterion/criterion.h>
#include <glib.h>
#include <string.h>

#include "support/command.h"
#include "traces/decapsulation/decapsulation.h"
#include "traces/observer/why.h"
#include "traces/replay/crowd.h"
#include "traces/report/glossary.h"

#define expect_contains(text, part)                                                                \
	cr_expect_not_null(strstr(text, part), "%s\nlacks: %s", text, part)

/* Asks for all words at once: the first that is unknown ends it. */
static void expect_known(GPtrArray *words)
{
	GString *line = g_string_new("explain --json");
	struct command_result r;

	cr_assert_gt(words->len, 0);
	for (guint i = 0; i < words->len; i++) {
		char *quoted = g_shell_quote(words->pdata[i]);

		g_string_append_printf(line, " %s", quoted);
		g_free(quoted);
	}
	r = command_run(line->str);
	cr_expect_eq(r.status, 0, "%s", r.err);
	cr_expect_str_eq(r.err, "");
	command_free(&r);
	g_string_free(line, TRUE);
	g_ptr_array_unref(words);
}

/* As a ladder writes the rules of its notes: the last part, with blanks. */
Test(explain_words, every_rule_as_a_ladder_writes_it)
{
	GPtrArray *words = g_ptr_array_new_with_free_func(g_free);

	for (unsigned rule = TCPSIM_RULE_NONE + 1; rule < TCPSIM_NRULES; rule++) {
		char *word = g_strdup(why_cause(rule));

		g_ptr_array_add(words, g_strdup(word));
		g_ptr_array_add(words, g_strdelimit(word, "-", ' '));
	}
	expect_known(words);
}

/* Not from the glossary, but from where the reports take them. */
Test(explain_words, every_word_that_is_no_rule)
{
	GPtrArray *words = g_ptr_array_new();
	const char *name, *sentence;

	for (unsigned i = 0; i < FLOW_N_OUTCOMES; i++)
		g_ptr_array_add(words, (char *)flow_outcome_name(i));
	for (unsigned i = 0; i < FLOW_N_LIMITS; i++)
		g_ptr_array_add(words, (char *)flow_limit_name(i));
	for (unsigned i = 0; i < FLOW_N_STALLS; i++)
		g_ptr_array_add(words, (char *)flow_stall_name(i));
	for (unsigned i = 0; i < TCPSIM_NSTATES; i++)
		g_ptr_array_add(words, (char *)tcpsim_state_name(i));
	for (unsigned i = 0; i < CROWD_N_KINDS; i++)
		g_ptr_array_add(words, (char *)crowd_kind_name(i));
	for (unsigned i = OBSERVER_SEEN; i <= OBSERVER_SUSPECTED; i++)
		g_ptr_array_add(words, (char *)observer_certainty_name(i));
	for (unsigned i = 0; decapsulation_reason_at(i, &name, &sentence); i++)
		g_ptr_array_add(words, (char *)name);
	g_ptr_array_add(words, (char *)"recovery ends");
	g_ptr_array_add(words, (char *)"?");
	expect_known(words);
}

Test(explain_words, icmp_errors_as_a_ladder_writes_them)
{
	GPtrArray *words = g_ptr_array_new_with_free_func(g_free);

	for (unsigned family = 4; family <= 6; family += 2)
		for (unsigned type = 0; type < 16; type++)
			for (unsigned code = 0; code < 16; code++) {
				char unknown[32];
				const char *name = why_icmp_meaning((uint8_t)family, (uint8_t)type,
					(uint8_t)code, unknown, sizeof(unknown));

				/* Some types are no errors, and those with one meaning have one code. */
				if (name != unknown && (code == 0 || type == 3 || type == 1))
					g_ptr_array_add(words, g_strdup(name));
			}
	expect_known(words);
}

Test(explain_words, no_word_is_without_a_sentence)
{
	guint n;
	const struct glossary_word *words = glossary(&n);

	for (guint i = 0; i < n; i++)
		cr_expect(words[i].sentence != NULL && strlen(words[i].sentence) > 3, "%s",
			words[i].name);
}

Test(explain_words, several_words_may_be_one)
{
	struct command_result r = command_run("explain window probe");

	cr_expect_eq(r.status, 0);
	cr_expect(g_str_has_prefix(r.out, "observe/window-probe\n"), "%s", r.out);
	command_free(&r);
	r = command_run("explain half-open close_wait");
	expect_contains(r.out, "half-open (outcome)\n");
	expect_contains(r.out, "CLOSE_WAIT (state)\n");
	command_free(&r);
}

Test(explain_words, all_meanings_of_a_word_are_told)
{
	struct command_result r = command_run("explain zero-window");

	expect_contains(r.out, "observe/zero-window\n");
	expect_contains(r.out, "zero-window (silence)\n");
	command_free(&r);
}

Test(explain_words, a_kind_lists_its_words)
{
	struct command_result r = command_run("explain limit");

	expect_contains(r.out, "receiver-window ");
	expect_contains(r.out, "sender-buffer ");
	command_free(&r);
}

Test(explain_words, unknown_ones_name_near_ones)
{
	struct command_result r = command_run("explain half-opne");

	cr_expect_eq(r.status, 2);
	cr_expect_str_eq(
		r.err, "tcpsim: unknown rule or word 'half-opne': did you mean half-open?\n");
	command_free(&r);
	r = command_run("explain xyzzy");
	cr_expect_eq(r.status, 2);
	expect_contains(r.err, "'tcpsim explain' lists the rules");
	command_free(&r);
}
