/*
 * Files as the shell sees them: its own store, the host's /proc, and what script/shell/files.h
 * lets be read of the real machine's.
 */
#ifndef SCRIPT_SHELL_STORE_H
#define SCRIPT_SHELL_STORE_H

#include <glib.h>
#include <stdbool.h>

struct shell;

/* A file's content, of the store, of /proc or a real script file; NULL and a complaint if there is
 * none. */
GString *shell_read_file(struct shell *shell, const char *path, GString *err);
/* Writing /proc/sys/... sets; everything else is stored. */
bool shell_write_file(
	struct shell *shell, const char *path, const char *text, bool append, GString *err);
/* A setting by name, with the complaint that an unknown one deserves. */
bool shell_sysctl_set(struct shell *shell, const char *name, const char *value, GString *err);
bool shell_sysctl_get(struct shell *shell, const char *name, GString *out, GString *err);

#endif
