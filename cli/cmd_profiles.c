/*
 * tcpsim profiles [NAME] [--diff A B]: what an operating system's TCP is set to. Everything shown
 * comes from the profile's schema, so a field that is added there appears here.
 */
#include <stdio.h>
#include <string.h>
#include <tcpsim/profile.h>

#include "base/json_line.h"
#include "base/profile_file.h"
#include "command.h"
#include "commands.h"
#include "live/namespace.h"

#define SYN_MAX 64

static gboolean as_json, diff, schema, kernel;

static const GOptionEntry OPTIONS[] = {
	{"diff", 0, 0, G_OPTION_ARG_NONE, &diff, "Take two profiles and show only what differs",
		NULL},
	{"json", 0, 0, G_OPTION_ARG_NONE, &as_json,
		"One JSON object a line: a profile with all its settings (times in nanoseconds), "
		"or a difference",
		NULL},
	{"from-kernel", 0, 0, G_OPTION_ARG_NONE, &kernel,
		"Write the sysctls of this machine's kernel as a profile file, which --profile "
		"FILE reads",
		NULL},
	{"schema", 0, 0, G_OPTION_ARG_NONE, &schema,
		"List the settings that every profile has: kind, unit, range, clause, help", NULL},
	{0},
};

static const void *field_at(
	const struct tcpsim_profile *profile, const struct tcpsim_profile_field *field)
{
	return (const char *)profile + field->offset;
}

/* The caller frees it. */
static char *field_text(
	const struct tcpsim_profile *profile, const struct tcpsim_profile_field *field)
{
	int length = tcpsim_profile_field_text(profile, field, NULL, 0);
	char *text = g_malloc(length + 1);

	tcpsim_profile_field_text(profile, field, text, length + 1);
	return text;
}

static void add_list(struct json_line *line, const char *name, const struct tcpsim_int_list *list)
{
	json_open(line, name, '[');
	for (int i = 0; i < list->n; i++)
		json_int(line, NULL, list->at[i]);
	json_close(line, ']');
}

static void add_value(struct json_line *line, const struct tcpsim_profile *profile,
	const struct tcpsim_profile_field *field)
{
	const void *at = field_at(profile, field);

	switch (field->type) {
	case TCPSIM_FIELD_BOOL: json_bool(line, field->name, *(const bool *)at); break;
	case TCPSIM_FIELD_INT:
	case TCPSIM_FIELD_TIME: json_int(line, field->name, *(const int64_t *)at); break;
	case TCPSIM_FIELD_LIST: add_list(line, field->name, at); break;
	case TCPSIM_FIELD_ENUM:
	case TCPSIM_FIELD_CHOICE:
	case TCPSIM_FIELD_BITS: {
		char *text = field_text(profile, field);

		json_string(line, field->name, text);
		g_free(text);
		break;
	}
	}
}

struct schedule {
	int64_t at_ns[SYN_MAX], give_up_ns;
	int n;
};

static struct schedule syn_schedule(const struct tcpsim_profile *profile)
{
	struct schedule s;

	s.n = tcpsim_profile_syn_schedule(profile, 0, s.at_ns, SYN_MAX, &s.give_up_ns);
	return s;
}

static void profile_json(const struct tcpsim_profile *profile)
{
	struct json_line *line = json_line_new("profile");
	struct schedule s = syn_schedule(profile);

	json_string(line, "name", profile->name);
	json_string(line, "summary", profile->summary);
	json_string(line, "based_on", profile->based_on);
	json_string(line, "congestion_control", profile->congestion_control);
	json_open(line, "syn_again_ns", '[');
	for (int i = 0; i < s.n; i++)
		json_int(line, NULL, s.at_ns[i]);
	json_close(line, ']');
	json_int(line, "connect_gives_up_ns", s.give_up_ns);
	json_open(line, "settings", '{');
	for (size_t i = 0; i < tcpsim_profile_schema_n; i++) {
		add_value(line, profile, &tcpsim_profile_schema[i]);
	}
	json_close(line, '}');
	json_line_print(line);
}

/* "6", "31.8": seconds without needless zeros. */
static void print_seconds(int64_t ns)
{
	char text[32];
	int length = snprintf(text, sizeof(text), "%.6f", ns / 1e9);

	while (text[length - 1] == '0')
		text[--length] = '\0';
	if (text[length - 1] == '.')
		text[--length] = '\0';
	fputs(text, stdout);
}

static void print_schedule(const struct tcpsim_profile *profile)
{
	struct schedule s = syn_schedule(profile);

	printf("connect() without an answer: SYN at 0");
	for (int i = 0; i < s.n; i++) {
		putchar(' ');
		print_seconds(s.at_ns[i]);
	}
	printf(" s, ETIMEDOUT at ");
	print_seconds(s.give_up_ns);
	printf(" s\n");
}

static void profile_text(const struct tcpsim_profile *profile)
{
	printf("%s: %s\n", profile->name, profile->summary);
	if (profile->based_on)
		printf("based on %s\n", profile->based_on);
	print_schedule(profile);
	printf("\n%-24s %-20s %s\n", "congestion_control", profile->congestion_control,
		"name of the algorithm");
	for (size_t i = 0; i < tcpsim_profile_schema_n; i++) {
		const struct tcpsim_profile_field *field = &tcpsim_profile_schema[i];
		char *text = field_text(profile, field);

		printf("%-24s %-20s %s%s%s%s\n", field->name, text[0] ? text : "-", field->help,
			field->rfc[0] ? " (" : "", field->rfc, field->rfc[0] ? ")" : "");
		g_free(text);
	}
}

static const char *field_kind(const struct tcpsim_profile_field *field)
{
	switch (field->type) {
	case TCPSIM_FIELD_BOOL: return "yes or no";
	case TCPSIM_FIELD_INT: return "number";
	case TCPSIM_FIELD_TIME: return "time";
	case TCPSIM_FIELD_ENUM:
	case TCPSIM_FIELD_CHOICE: return "choice";
	case TCPSIM_FIELD_BITS: return "flags";
	case TCPSIM_FIELD_LIST: return "list";
	}
	return "";
}

static bool has_numbers(const struct tcpsim_profile_field *field)
{
	return field->type == TCPSIM_FIELD_INT || field->type == TCPSIM_FIELD_TIME ||
	       field->type == TCPSIM_FIELD_LIST;
}

static void setting_json(const struct tcpsim_profile_field *field)
{
	struct json_line *line = json_line_new("setting");

	json_string(line, "name", field->name);
	json_string(line, "kind", field_kind(field));
	json_string(line, "unit", field->unit);
	json_strings(line, "choices", field->words);
	if (has_numbers(field)) {
		json_int(line, "least", field->least);
		json_int(line, "most", field->most);
	}
	json_string(line, "clause", field->rfc);
	json_string(line, "help", field->help);
	json_line_print(line);
}

static void setting_text(const struct tcpsim_profile_field *field)
{
	char range[512];

	printf("%-24s %-10s %s%s%s%s\n", field->name, field_kind(field), field->help,
		field->rfc[0] ? " (" : "", field->rfc, field->rfc[0] ? ")" : "");
	tcpsim_profile_field_range_text(field, range, sizeof(range));
	if (field->type != TCPSIM_FIELD_BOOL)
		printf("%-24s %-10s %s\n", "", "", range);
}

static int list_schema(void)
{
	for (size_t i = 0; i < tcpsim_profile_schema_n; i++) {
		if (as_json)
			setting_json(&tcpsim_profile_schema[i]);
		else
			setting_text(&tcpsim_profile_schema[i]);
	}
	return STATUS_OK;
}

static int list(void)
{
	for (unsigned i = 0; tcpsim_profiles[i]; i++) {
		if (as_json)
			profile_json(tcpsim_profiles[i]);
		else
			printf("%-16s %s\n", tcpsim_profiles[i]->name, tcpsim_profiles[i]->summary);
	}
	return STATUS_OK;
}

static void print_difference(const char *name, const char *a, const char *b)
{
	if (as_json) {
		struct json_line *line = json_line_new("difference");

		json_string(line, "setting", name);
		json_string(line, "a", a);
		json_string(line, "b", b);
		json_line_print(line);
	} else {
		printf("%-24s %-28s %s\n", name, a, b);
	}
}

/* Exit status 1 when they differ, as diff(1) has it. */
static int show_difference(const struct tcpsim_profile *a, const struct tcpsim_profile *b)
{
	int status = STATUS_OK;

	if (!as_json)
		printf("%-24s %-28s %s\n", "setting", a->name, b->name);
	if (strcmp(a->congestion_control, b->congestion_control) != 0) {
		print_difference(
			"congestion_control", a->congestion_control, b->congestion_control);
		status = STATUS_NO;
	}
	for (size_t i = 0; i < tcpsim_profile_schema_n; i++) {
		const struct tcpsim_profile_field *field = &tcpsim_profile_schema[i];
		char *left = field_text(a, field), *right = field_text(b, field);

		if (strcmp(left, right) != 0) {
			print_difference(field->name, left, right);
			status = STATUS_NO;
		}
		g_free(left);
		g_free(right);
	}
	return status;
}

/* This machine's settings as a profile file on standard output. */
static int from_kernel(void)
{
	GString *text = profile_file_of_sysctls("this-machine", live_sysctl_get);

	fputs(text->str, stdout);
	g_string_free(text, TRUE);
	return STATUS_OK;
}

static int run(int argc, char **argv)
{
	const struct tcpsim_profile *profile, *other;

	if (kernel)
		return argc > 1 || diff || schema
			       ? command_error("profiles: --from-kernel takes nothing beside it")
			       : from_kernel();
	if (schema) {
		if (argc > 1 || diff)
			return command_error("profiles: --schema takes no profile: every one has "
					     "the same settings");
		return list_schema();
	}
	if (diff) {
		if (argc != 3)
			return command_error(
				"profiles: --diff takes two profiles, such as 'bsd44 linux'");
		profile = command_profile(argv[1]);
		other = profile ? command_profile(argv[2]) : NULL;
		return other ? show_difference(profile, other) : STATUS_USAGE;
	}
	if (argc == 1)
		return list();
	for (int i = 1; i < argc; i++) {
		profile = command_profile(argv[i]);
		if (!profile)
			return STATUS_USAGE;
		if (as_json)
			profile_json(profile);
		else
			profile_text(profile);
	}
	return STATUS_OK;
}

const struct command command_profiles = {
	.name = "profiles",
	.args = "[PROFILE...] | --diff PROFILE PROFILE",
	.summary = "what an operating system's TCP is set to",
	.description =
		"Without an operand lists the profiles. With one shows every setting of "
		"it, where that comes from and what it does, and when its connect() sends "
		"SYNs to a host that does not answer. With --diff shows what two of them do "
		"differently; the exit status is then 1 if they differ. With --schema lists "
		"what a profile consists of. A profile may be a file: one that --from-kernel "
		"wrote, or your own (docs/profiles.md).",
	.options = OPTIONS,
	.run = run,
};
