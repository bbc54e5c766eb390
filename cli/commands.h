/* The table of commands, and what is done alike for all of them: see command.h. */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

#include <glib.h>

struct command;
struct tcpsim_profile;

/* The command of that name, or NULL. */
const struct command *command_find(const char *name);
/* Complains of an unknown name, with near ones; returns STATUS_USAGE. */
int command_unknown(const char *name);
/* Parses the command's options, then runs it; argv[0] is its name. Returns an exit status. */
int command_run(const struct command *command, int argc, char **argv);
/* Writes "tcpsim: ..." and a line end to standard error; returns STATUS_USAGE for `return
 * command_error(...)`. */
int command_error(const char *format, ...) G_GNUC_PRINTF(1, 2);
/* "unknown KIND 'typed': did you mean a or b?", or with `hint` when nothing is near; returns
 * STATUS_USAGE. */
int command_error_near(
	const char *kind, const char *typed, const char *const *names, const char *hint);
/* -D NAME=VALUE ...: a table of them (to be unreffed), or NULL after a complaint. */
GHashTable *command_defines(char *const *defines);
/* The profile of that name, or of that file (base/profile_file.h); NULL after a complaint, with
 * near ones. It lives as long as the program. */
const struct tcpsim_profile *command_profile(const char *name);

#endif
