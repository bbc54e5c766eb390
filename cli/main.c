/* tcpsim COMMAND ...: finds the command in the table and runs it. */
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/output.h"
#include "command.h"
#include "commands.h"
#include "help.h"

/* A full disk or a closed pipe must not look like success, nor like another answer. */
static int flushed(int status)
{
	char *why;

	if (output_flush(stdout, "standard output", &why))
		return status;
	status = command_error("%s", why);
	g_free(why);
	return status;
}

int main(int argc, char **argv)
{
	setlocale(LC_CTYPE, "");
	/* A file that reaches the user's limit is a failed write, with its name, like
	 * a full disk. */
	signal(SIGXFSZ, SIG_IGN);
	g_set_prgname("tcpsim");
	if (argc < 2) {
		help_overview();
		return command_error("a command is needed, such as 'tcpsim help'");
	}
	if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
		printf("tcpsim " TCPSIM_VERSION "\n");
		return flushed(STATUS_OK);
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
		return flushed(help_overview());
	const struct command *command = command_find(argv[1]);
	return flushed(
		command ? command_run(command, argc - 1, argv + 1) : command_unknown(argv[1]));
}
