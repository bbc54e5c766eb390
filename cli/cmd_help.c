/* tcpsim help [COMMAND] */
#include "commands.h"
#include "help.h"

static gboolean man;

static const GOptionEntry OPTIONS[] = {
	{"man", 0, 0, G_OPTION_ARG_NONE, &man, "Write the man page tcpsim(1) instead", NULL},
	{0},
};

static int run(int argc, char **argv)
{
	if (man)
		return help_man();
	if (argc == 1)
		return help_overview();
	if (argc > 2)
		return command_error("help: one command at a time");
	const struct command *command = command_find(argv[1]);
	return command ? help_command(command) : command_unknown(argv[1]);
}

const struct command command_help = {
	.name = "help",
	.args = "[COMMAND]",
	.summary = "list the commands, or tell of one",
	.description =
		"Without an operand lists the commands; with one tells what that command takes and "
		"does.",
	.options = OPTIONS,
	.run = run,
};
