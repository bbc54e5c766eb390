/* Around GOption: see options.h. */
#include "options.h"

#include <string.h>

static const GOptionEntry *option_of_letter(const struct command *command, char letter)
{
	for (const GOptionEntry *o = command->options; o && o->long_name; o++) {
		if (o->short_name == letter)
			return o;
	}
	return NULL;
}

static bool takes_value(const GOptionEntry *option)
{
	return option->arg != G_OPTION_ARG_NONE && !(option->flags & G_OPTION_FLAG_NO_ARG);
}

static bool is_short_with_value(const struct command *command, const char *arg)
{
	if (arg[0] != '-' || arg[1] == '-' || !arg[1] || !arg[2])
		return false;
	const GOptionEntry *option = option_of_letter(command, arg[1]);
	return option && takes_value(option);
}

char **options_spread(
	const struct command *command, int argc, char **argv, int *spread_argc, GPtrArray *made)
{
	char **out = g_new0(char *, 2 * argc + 1);
	bool ended = false;
	int n = 0;

	for (int i = 0; i < argc; i++) {
		ended |= strcmp(argv[i], "--") == 0 ||
			 (i > 0 && command->options_first && argv[i][0] != '-');
		if (i > 0 && !ended && is_short_with_value(command, argv[i])) {
			out[n] = g_strndup(argv[i], 2);
			g_ptr_array_add(made, out[n++]);
			out[n++] = argv[i] + 2;
		} else {
			out[n++] = argv[i];
		}
	}
	*spread_argc = n;
	return out;
}

const char *options_unknown(const struct command *command, int argc, char **argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
		if (argv[i][0] == '-' && argv[i][1])
			return argv[i];
		if (command->options_first)
			break;
	}
	return NULL;
}

void options_drop_separator(const struct command *command, int *argc, char **argv)
{
	int last = command->options_first ? MIN(2, *argc) : *argc;

	for (int i = 1; i < last; i++) {
		if (strcmp(argv[i], "--") == 0) {
			memmove(argv + i, argv + i + 1, (*argc - i) * sizeof(*argv));
			--*argc;
			return;
		}
	}
}
