/*
 * Runs the program as a user would and keeps what it said. The path comes from $TCPSIM, which
 * `meson test` sets. The result is the caller's; command_free gives it back.
 */
#ifndef TESTS_SUPPORT_COMMAND_H
#define TESTS_SUPPORT_COMMAND_H

struct command_result {
	int status; /* exit status; 128 + signal if it was killed */
	char *out, *err;
};

/* `line` is what a shell gets after the program's name, pipes and all: command_run("explain
 * rst/abort"). */
struct command_result command_run(const char *line);
/* The same with `input` as its standard input. */
struct command_result command_run_with(const char *line, const char *input);
void command_free(struct command_result *result);

/* A test's own folder, which g_dir_make_tmp made: it goes, whatever is in it, and so does its name. */
void folder_remove(char *folder);

#endif
