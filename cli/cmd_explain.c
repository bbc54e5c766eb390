/*
 * tcpsim explain [RULE|WORD]: what a rule says, the clause it comes from and the code that applies
 * it; what a word of a report means. The text is the rules' own and the glossary's, the list of files
 * is made at build time, so none can go stale.
 */
#include <stdio.h>
#include <string.h>
#include <tcpsim/event.h>

#include "base/json_line.h"
#include "command.h"
#include "commands.h"
#include "rule_sources.h"
#include "traces/report/glossary.h"

static gboolean as_json;

static const GOptionEntry OPTIONS[] = {
	{"json", 0, 0, G_OPTION_ARG_NONE, &as_json, "One JSON object a rule and line", NULL},
	{0},
};

static size_t group_length(const char *name)
{
	return strcspn(name, "/");
}

static bool same_group(const char *a, const char *b)
{
	return group_length(a) == group_length(b) && strncmp(a, b, group_length(a)) == 0;
}

static void write_json(enum tcpsim_rule rule)
{
	const struct tcpsim_rule_text *text = tcpsim_rule_text(rule);
	struct json_line *line = json_line_new("rule");

	json_string(line, "name", text->name);
	json_string(line, "clause", text->clause);
	json_string(line, "sentence", text->sentence);
	json_strings(line, "sources", RULE_SOURCES[rule]);
	json_line_print(line);
}

static void write_text(enum tcpsim_rule rule)
{
	const struct tcpsim_rule_text *text = tcpsim_rule_text(rule);

	printf("%s\n\n  %s\n\n  clause   %s\n", text->name, text->sentence, text->clause);
	for (unsigned i = 0; RULE_SOURCES[rule][i]; i++)
		printf("  %-8s %s\n", i == 0 ? "code" : "", RULE_SOURCES[rule][i]);
}

static void write_group(const char *group)
{
	for (unsigned rule = TCPSIM_RULE_NONE + 1; rule < TCPSIM_NRULES; rule++) {
		const struct tcpsim_rule_text *text = tcpsim_rule_text(rule);

		if (!same_group(group, text->name))
			continue;
		if (as_json)
			write_json(rule);
		else
			printf("%-32s %s\n", text->name, text->sentence);
	}
}

static bool group_came_before(unsigned rule)
{
	for (unsigned before = TCPSIM_RULE_NONE + 1; before < rule; before++) {
		if (same_group(tcpsim_rule_text(before)->name, tcpsim_rule_text(rule)->name))
			return true;
	}
	return false;
}

/* ---- words of reports ---- */

static void write_word(const struct glossary_word *word)
{
	if (as_json) {
		struct json_line *line = json_line_new("word");

		json_string(line, "kind", word->kind);
		json_string(line, "name", word->name);
		json_string(line, "sentence", word->sentence);
		json_line_print(line);
		return;
	}
	printf("%s (%s)\n\n  %s\n", word->name, word->kind, word->sentence);
}

/* A kind's words, as a group of rules. */
static void write_kind(const char *kind)
{
	guint n;
	const struct glossary_word *words = glossary(&n);

	for (guint i = 0; i < n; i++) {
		if (strcmp(words[i].kind, kind) != 0)
			continue;
		if (as_json)
			write_word(&words[i]);
		else
			printf("%-32s %s\n", words[i].name, words[i].sentence);
	}
}

static bool is_kind(const char *name)
{
	guint n;
	const struct glossary_word *words = glossary(&n);

	for (guint i = 0; i < n; i++)
		if (strcmp(words[i].kind, name) == 0)
			return true;
	return false;
}

/* A ladder writes "window probe" for observe/window-probe; CLOSE_WAIT and close-wait are one. */
static bool same_word(const char *typed, const char *name)
{
	for (; *typed != '\0' && *name != '\0'; typed++, name++) {
		char a = strchr(" _", *typed) ? '-' : g_ascii_tolower(*typed);
		char b = strchr(" _", *name) ? '-' : g_ascii_tolower(*name);

		if (a != b)
			return false;
	}
	return *typed == *name;
}

/* All that a word may mean: the last part of rules' names, and the glossary's. How many it was. */
static unsigned write_meanings(const char *typed)
{
	unsigned n = 0;
	guint n_words;
	const struct glossary_word *words = glossary(&n_words);

	for (unsigned rule = TCPSIM_RULE_NONE + 1; rule < TCPSIM_NRULES; rule++) {
		const char *name = tcpsim_rule_text(rule)->name;

		if (!same_word(typed, name) && !same_word(typed, name + group_length(name) + 1))
			continue;
		if (n++ > 0 && !as_json)
			putchar('\n');
		if (as_json)
			write_json(rule);
		else
			write_text(rule);
	}
	for (guint i = 0; i < n_words; i++) {
		if (!same_word(typed, words[i].name))
			continue;
		if (n++ > 0 && !as_json)
			putchar('\n');
		write_word(&words[i]);
	}
	return n;
}

/* ---- all of it ---- */

/* Group by group, as they first come: rules of one group may stand in several tables. */
static void write_all(void)
{
	for (unsigned rule = TCPSIM_RULE_NONE + 1; rule < TCPSIM_NRULES; rule++) {
		if (group_came_before(rule))
			continue;
		if (rule > TCPSIM_RULE_NONE + 1 && !as_json)
			putchar('\n');
		write_group(tcpsim_rule_text(rule)->name);
	}
}

static bool is_group(const char *name)
{
	for (unsigned rule = TCPSIM_RULE_NONE + 1; rule < TCPSIM_NRULES; rule++) {
		const char *rule_name = tcpsim_rule_text(rule)->name;

		if (strlen(name) == group_length(rule_name) && same_group(name, rule_name))
			return true;
	}
	return false;
}

static void add_once(GPtrArray *names, const char *name)
{
	for (guint i = 0; i < names->len; i++)
		if (strcmp(names->pdata[i], name) == 0)
			return;
	g_ptr_array_add(names, (char *)name);
}

static int unknown(const char *typed)
{
	bool is_rule = strchr(typed, '/') != NULL;
	GPtrArray *names = g_ptr_array_new();
	guint n_words;
	const struct glossary_word *words = glossary(&n_words);

	for (unsigned rule = TCPSIM_RULE_NONE + 1; rule < TCPSIM_NRULES; rule++) {
		const char *name = tcpsim_rule_text(rule)->name;

		add_once(names, is_rule ? name : name + group_length(name) + 1);
	}
	for (guint i = 0; i < n_words && !is_rule; i++)
		add_once(names, words[i].name);
	g_ptr_array_add(names, NULL);
	command_error_near(is_rule ? "rule" : "rule or word", typed,
		(const char *const *)names->pdata,
		is_rule ? "'tcpsim explain' lists them"
			: "'tcpsim explain' lists the rules, 'tcpsim explain outcome' (limit, "
			  "silence, state, crowd, certainty, skipped, icmp, ladder) the words");
	g_ptr_array_free(names, TRUE);
	return STATUS_USAGE;
}

/* False: nothing is called so. */
static bool explain(const char *typed)
{
	if (write_meanings(typed) > 0)
		return true;
	if (is_group(typed))
		write_group(typed);
	else if (is_kind(typed))
		write_kind(typed);
	else
		return false;
	return true;
}

static bool is_known(const char *typed)
{
	guint n_words;
	const struct glossary_word *words = glossary(&n_words);

	for (unsigned rule = TCPSIM_RULE_NONE + 1; rule < TCPSIM_NRULES; rule++) {
		const char *name = tcpsim_rule_text(rule)->name;

		if (same_word(typed, name) || same_word(typed, name + group_length(name) + 1))
			return true;
	}
	for (guint i = 0; i < n_words; i++)
		if (same_word(typed, words[i].name))
			return true;
	return false;
}

static int run(int argc, char **argv)
{
	char *whole = argc > 2 ? g_strjoinv(" ", argv + 1) : NULL;
	int status = STATUS_OK;

	if (argc == 1)
		write_all();
	else if (whole != NULL && is_known(whole)) /* window probe, as a ladder has it */
		explain(whole);
	else
		for (int i = 1; i < argc && status == STATUS_OK; i++) {
			if (i > 1 && !as_json)
				putchar('\n');
			if (!explain(argv[i]))
				status = unknown(argv[i]);
		}
	g_free(whole);
	return status;
}

const struct command command_explain = {
	.name = "explain",
	.args = "[RULE|WORD...]",
	.summary =
		"a rule, or a word of a report: what it says, its clause, the code that applies it",
	.description =
		"Every decision the machine takes carries the name of its rule, such as "
		"'rst/no-listener'. This tells what the rule says in plain words, the RFC's "
		"clause or "
		"the system it describes, and the source files that apply it. A group "
		"('rst') lists "
		"its rules; without an operand all are listed.\n\nWhat 'tcpsim replay' prints "
		"can be asked for as it is printed: 'window probe', 'CLOSE_WAIT', "
		"'lost-syn', 'half-open', 'receiver-window', 'host unreachable'. A kind of "
		"words (outcome, limit, silence, state, crowd, certainty, skipped, icmp, "
		"ladder) lists them.",
	.options = OPTIONS,
	.run = run,
};
