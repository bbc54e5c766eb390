/* Bash completion from the table of commands: see help.h. */
#ifndef CLI_COMPLETION_H
#define CLI_COMPLETION_H

/* A bash completion script. */
int help_completion(void);

#endif
