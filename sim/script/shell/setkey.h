/* setkey(8) of FreeBSD: the host's keys for TCP-MD5, RFC 2385. */
#ifndef SCRIPT_SHELL_SETKEY_H
#define SCRIPT_SHELL_SETKEY_H

struct shell;
struct shell_io;

/* -c: operations from its input, or -f FILE: from a file; -F: all keys are forgotten. Operations: add,
 * delete, flush, each ended by a semicolon. */
int shell_setkey(struct shell *shell, int argc, char **argv, struct shell_io *io);

#endif
