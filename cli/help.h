/*
 * Help in three shapes from the one table of commands: text for the terminal, roff for man(1), and
 * the words that bash completes. All write to standard output and return an exit status.
 */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include "command.h"

/* The list of commands. */
int help_overview(void);
/* One command: usage, description, options. */
int help_command(const struct command *command);
/* The man page tcpsim(1). */
int help_man(void);

/* "--filter BPF", "-c, --connection N", "--json": how an option is written. The caller frees it. */
char *help_option_text(const GOptionEntry *option);

#endif
