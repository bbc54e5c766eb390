/*
 * What GOption leaves to be done around a command line: "-c5" written together, "--" taken out, the
 * first option that is in no table.
 */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include "command.h"

/*
 * The arguments with "-c5" as "-c" and "5", wherever -c takes a value; GOption reads no other form.
 * The strings are argv's, or live in `made`. The caller frees the array.
 */
char **options_spread(
	const struct command *command, int argc, char **argv, int *spread_argc, GPtrArray *made);
/* The first argument that looks like an option, after GOption has taken out those it
 * knew; or NULL. */
const char *options_unknown(const struct command *command, int argc, char **argv);
/* Takes out the "--" that ended the options. */
void options_drop_separator(const struct command *command, int *argc, char **argv);

#endif
