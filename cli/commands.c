/* The table of commands, and what is done alike for all of them: see command.h. */
#include "commands.h"
#include "command.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <tcpsim/profile.h>

#include "base/near.h"
#include "base/profile_file.h"
#include "help.h"
#include "options.h"

extern const struct command command_compare, command_completion, command_exec, command_explain,
	command_help, command_lab, command_lesson, command_merge, command_profiles, command_replay,
	command_run_scripts, command_simulate, command_table;

/* One a line, sorted by name. */
const struct command *const COMMANDS[] = {
	&command_compare,
	&command_completion,
	&command_exec,
	&command_explain,
	&command_help,
	&command_lab,
	&command_lesson,
	&command_merge,
	&command_profiles,
	&command_replay,
	&command_run_scripts,
	&command_simulate,
	&command_table,
	NULL,
};

const struct command *command_find(const char *name)
{
	for (unsigned i = 0; COMMANDS[i]; i++) {
		if (strcmp(COMMANDS[i]->name, name) == 0)
			return COMMANDS[i];
	}
	return NULL;
}

int command_error(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	char *text = g_strdup_vprintf(format, args);
	va_end(args);
	fflush(stdout);
	for (char *c = text; *c != '\0'; c++)
		if (g_ascii_iscntrl(*c)) /* of a name: a terminal would obey it */
			*c = '?';
	fprintf(stderr, "tcpsim: %s\n", text);
	g_free(text);
	return STATUS_USAGE;
}

int command_error_near(
	const char *kind, const char *typed, const char *const *names, const char *hint)
{
	char *near = near_names(typed, names, 3);

	if (near)
		command_error("unknown %s '%s': did you mean %s?", kind, typed, near);
	else
		command_error("unknown %s '%s': %s", kind, typed, hint);
	g_free(near);
	return STATUS_USAGE;
}

GHashTable *command_defines(char *const *defines)
{
	GHashTable *table = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);

	for (; defines != NULL && *defines != NULL; defines++) {
		const char *equals = strchr(*defines, '=');

		if (equals == NULL || equals == *defines) {
			command_error("-D takes NAME=VALUE, not '%s'", *defines);
			g_hash_table_unref(table);
			return NULL;
		}
		g_hash_table_insert(table, g_strndup(*defines, (gsize)(equals - *defines)),
			g_strdup(equals + 1));
	}
	return table;
}

int command_unknown(const char *name)
{
	if (name[0] == '-')
		return command_error(
			"option '%s' comes before the command: type 'tcpsim COMMAND %s'", name,
			name);
	GPtrArray *names = g_ptr_array_new();

	for (unsigned i = 0; COMMANDS[i]; i++)
		g_ptr_array_add(names, (char *)COMMANDS[i]->name);
	g_ptr_array_add(names, NULL);
	int status = command_error_near(
		"command", name, (const char *const *)names->pdata, "'tcpsim help' lists them");
	g_ptr_array_free(names, TRUE);
	return status;
}

static const struct tcpsim_profile *profile_unknown(const char *name)
{
	GPtrArray *names = g_ptr_array_new();

	for (unsigned i = 0; tcpsim_profiles[i]; i++)
		g_ptr_array_add(names, (char *)tcpsim_profiles[i]->name);
	g_ptr_array_add(names, NULL);
	command_error_near("profile", name, (const char *const *)names->pdata,
		"'tcpsim profiles' lists them, and a file ends in .profile");
	g_ptr_array_free(names, TRUE);
	return NULL;
}

const struct tcpsim_profile *command_profile(const char *name)
{
	static GPtrArray *loaded; /* files': used until the program ends */
	const struct tcpsim_profile *found = tcpsim_profile_find(name);
	struct tcpsim_profile *profile;
	GError *error = NULL;

	if (found != NULL)
		return found;
	if (!profile_is_file(name))
		return profile_unknown(name);
	profile = profile_file_load(name, &error);
	if (profile == NULL) {
		command_error("%s", error->message);
		g_error_free(error);
		return NULL;
	}
	if (loaded == NULL)
		loaded = g_ptr_array_new();
	g_ptr_array_add(loaded, profile);
	return profile;
}

static int option_unknown(const struct command *command, const char *typed)
{
	GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
	char *hint = g_strdup_printf("'tcpsim help %s' lists them", command->name);
	char *bare = g_strndup(typed, strcspn(typed, "="));

	for (const GOptionEntry *o = command->options; o && o->long_name; o++)
		g_ptr_array_add(names, g_strconcat("--", o->long_name, NULL));
	g_ptr_array_add(names, g_strdup("--help"));
	g_ptr_array_add(names, NULL);
	int status = command_error_near("option", bare, (const char *const *)names->pdata, hint);
	g_ptr_array_free(names, TRUE);
	g_free(hint);
	g_free(bare);
	return status;
}

/* GLib's messages start with a capital letter and name no command. */
static int option_error(const struct command *command, const GError *error)
{
	char *text = g_strdup(error->message);

	text[0] = g_ascii_tolower(text[0]);
	command_error("%s: %s; 'tcpsim help %s' tells more", command->name, text, command->name);
	g_free(text);
	return STATUS_USAGE;
}

/* Parses what has been spread, then runs. */
static int run_parsed(const struct command *command, GOptionContext *context, const gboolean *help,
	int argc, char **argv)
{
	GError *error = NULL;

	if (!g_option_context_parse(context, &argc, &argv, &error)) {
		int status = option_error(command, error);

		g_error_free(error);
		return status;
	}
	if (*help)
		return help_command(command);
	const char *unknown = options_unknown(command, argc, argv);
	if (unknown)
		return option_unknown(command, unknown);
	options_drop_separator(command, &argc, argv);
	return command->run(argc, argv);
}

int command_run(const struct command *command, int argc, char **argv)
{
	gboolean help = FALSE;
	const GOptionEntry help_option[] = {
		{"help", 'h', 0, G_OPTION_ARG_NONE, &help, "Say how the command is used", NULL},
		{0},
	};
	GOptionContext *context = g_option_context_new(NULL);
	GPtrArray *made = g_ptr_array_new_with_free_func(g_free);

	g_option_context_set_help_enabled(context, FALSE);
	g_option_context_set_ignore_unknown_options(context, TRUE);
	g_option_context_set_strict_posix(context, command->options_first);
	if (command->options)
		g_option_context_add_main_entries(context, command->options, NULL);
	g_option_context_add_main_entries(context, help_option, NULL);
	char **spread = options_spread(command, argc, argv, &argc, made);
	int status = run_parsed(command, context, &help, argc, spread);

	g_free(spread);
	g_ptr_array_free(made, TRUE);
	g_option_context_free(context);
	return status;
}
