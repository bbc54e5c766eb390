/*
 * tcpsim explain [RULE]: what a rule says, the clause it comes from and the code that applies it.
 * The text is stack/rules/'s, the list of files is made at build time, so neither can go stale.
 */
#include <stdio.h>
#include <string.h>
#include <tcpsim/event.h>

#include "command.h"
#include "json.h"
#include "rule_sources.h"

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

static void write_json(enum tcp_rule rule)
{
	const struct tcp_rule_text *text = tcp_rule_text(rule);
	JsonBuilder *line = json_line_begin("rule");

	json_line_string(line, "name", text->name);
	json_line_string(line, "clause", text->clause);
	json_line_string(line, "sentence", text->sentence);
	json_line_strings(line, "sources", RULE_SOURCES[rule]);
	json_line_end(line);
}

static void write_text(enum tcp_rule rule)
{
	const struct tcp_rule_text *text = tcp_rule_text(rule);

	printf("%s\n\n  %s\n\n  clause   %s\n", text->name, text->sentence, text->clause);
	for (unsigned i = 0; RULE_SOURCES[rule][i]; i++)
		printf("  %-8s %s\n", i == 0 ? "code" : "", RULE_SOURCES[rule][i]);
}

static void write_group(const char *group)
{
	for (unsigned rule = TCP_RULE_NONE + 1; rule < TCP_NRULES; rule++) {
		const struct tcp_rule_text *text = tcp_rule_text(rule);

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
	for (unsigned before = TCP_RULE_NONE + 1; before < rule; before++) {
		if (same_group(tcp_rule_text(before)->name, tcp_rule_text(rule)->name))
			return true;
	}
	return false;
}

/* Group by group, as they first come: rules of one group may stand in several tables. */
static void write_all(void)
{
	for (unsigned rule = TCP_RULE_NONE + 1; rule < TCP_NRULES; rule++) {
		if (group_came_before(rule))
			continue;
		if (rule > TCP_RULE_NONE + 1 && !as_json)
			putchar('\n');
		write_group(tcp_rule_text(rule)->name);
	}
}

static bool is_group(const char *name)
{
	for (unsigned rule = TCP_RULE_NONE + 1; rule < TCP_NRULES; rule++) {
		const char *rule_name = tcp_rule_text(rule)->name;

		if (strlen(name) == group_length(rule_name) && same_group(name, rule_name))
			return true;
	}
	return false;
}

static int unknown_rule(const char *name)
{
	const char *names[TCP_NRULES];
	unsigned count = 0;

	for (unsigned rule = TCP_RULE_NONE + 1; rule < TCP_NRULES; rule++)
		names[count++] = tcp_rule_text(rule)->name;
	names[count] = NULL;
	return command_error_near("rule", name, names, "'tcpsim explain' lists them");
}

static int run(int argc, char **argv)
{
	if (argc == 1) {
		write_all();
		return STATUS_OK;
	}
	for (int i = 1; i < argc; i++) {
		enum tcp_rule rule = tcp_rule_by_name(argv[i]);

		if (i > 1 && !as_json)
			putchar('\n');
		if (rule == TCP_RULE_NONE && is_group(argv[i]))
			write_group(argv[i]);
		else if (rule == TCP_RULE_NONE)
			return unknown_rule(argv[i]);
		else if (as_json)
			write_json(rule);
		else
			write_text(rule);
	}
	return STATUS_OK;
}

const struct command command_explain = {
	.name = "explain",
	.args = "[RULE...]",
	.summary = "a rule: what it says, its clause, the code that applies it",
	.description = "Every decision the machine takes carries the name of its rule, such as "
		       "'rst/no-listener'. This tells what the rule says in plain words, the RFC's "
		       "clause or "
		       "the system it describes, and the source files that apply it. A group "
		       "('rst') lists "
		       "its rules; without an operand all are listed.",
	.options = OPTIONS,
	.run = run,
};
