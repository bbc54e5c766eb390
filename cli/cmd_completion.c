/* tcpsim completion: a script for bash. */
#include "command.h"
#include "commands.h"
#include "completion.h"

static int run(int argc, char **argv)
{
	if (argc > 1)
		return command_error("completion: takes no operand, but got '%s'", argv[1]);
	return help_completion();
}

const struct command command_completion = {
	.name = "completion",
	.args = "",
	.summary = "write a completion script for bash",
	.description =
		"Writes a script that completes commands, options and their values. In a shell:\n"
		"\n"
		"  source <(tcpsim completion)",
	.run = run,
};
