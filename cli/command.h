/*
 * What a subcommand is. One row of the table in commands.c is the only place that says what a
 * command is called, takes and does: `tcpsim help`, shell completion, the man page and the parsing
 * of its options are all made from it. Each cmd_NAME.c owns its row, its option table and its run
 * function.
 *
 * A command writes its answer to standard output and nothing else; complaints go through
 * command_error.
 */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include <glib.h>
#include <stdbool.h>
#include <tcpsim/profile.h>

/* Exit statuses, the same for every command. */
enum {
	STATUS_OK = 0,	  /* as asked */
	STATUS_NO = 1,	  /* the question's answer is no: a script failed, two sides differ */
	STATUS_USAGE = 2, /* used wrongly, or input that cannot be read */
};

struct command {
	const char *name;
	const char *args;	 /* operands as help shows them: "CAPTURE..." ("" for none) */
	const char *summary;	 /* one line, no full stop */
	const char *description; /* help and the man page: paragraphs, separated by an empty line */
	/*
	 * Ends with {0}. The help of an option is made from `description` and `arg_description`; in
	 * the latter "a|b|c" is a choice, FILE and FOLDER complete to paths, PROFILE and RULE to
	 * those names.
	 */
	const GOptionEntry *options;
	/* options end at the first operand (exec: the rest belongs to the program) */
	bool options_first;
	/* argv[0] is the command's name, options have been taken out. Returns an exit status. */
	int (*run)(int argc, char **argv);
};

/* The table, sorted by name, NULL-terminated. */
extern const struct command *const COMMANDS[];

#endif
