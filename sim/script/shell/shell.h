/*
 * A small shell over the simulated host: commands of scripts (`sysctl -w ...`, `nstat | grep ...`,
 * `../common/defaults.sh`) run on the host's settings, counters and sockets, and touch nothing of
 * the real machine.
 *
 * It reads the real text of files that are named (those that script/shell/files.h allows), and
 * knows lists, pipes, redirections, variables, $(( )), quotes, comments and if. Files written go to
 * a store of its own that lives as long as the shell; /proc/sys and /proc/net are the host's. A
 * program it does not have is refused by name, unless real ones are allowed.
 */
#ifndef SCRIPT_SHELL_SHELL_H
#define SCRIPT_SHELL_SHELL_H

#include "script/shell/files.h"
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <tcpsim/host.h>

struct shell;
struct shell_io;

/* Where settings and commands about the network go when the system under test is not the simulated
 * host. */
struct shell_system {
	bool (*sysctl_set)(const char *name, const char *value, GString *err);
	bool (*sysctl_get)(const char *name, GString *out, GString *err);
	/* Runs the command and returns its exit status; -1: it is none of this system's. */
	int (*program)(struct shell *shell, int argc, char **argv, struct shell_io *io);
};

struct shell {
	struct tcpsim_host *host;	   /* NULL: `system` answers */
	const struct shell_system *system; /* NULL: the simulated host does */
	int interface;			   /* the one device there is */
	const char *device;		   /* its name: tun0 */
	const struct script_files
		*real_files;   /* what may be read of the machine's; NULL: nothing */
	bool allow_programs;   /* --allow-shell: what is not built in is run for real */
	GHashTable *files;     /* path -> GString *: what was written */
	GHashTable *variables; /* name -> value */
	GHashTable *counted;   /* counter -> value at the last nstat */
	bool link_drops;       /* a queue of length 0: nothing leaves the device */
	int depth;	       /* of script files that call each other */
	int nesting;	       /* of ( ), if and $( ) in one another */
	size_t spent;	       /* see shell_spend */
	int exit_status;       /* of `exit N`, or -1 */
	char *fault;	       /* what makes the whole command wrong, however deep it is; or NULL */
	GString *errors;       /* of commands in $( ), whose output alone is taken */
};

/* `real_files` outlives the shell, and may be NULL. */
struct shell *shell_new(struct tcpsim_host *host, int interface, const char *device,
	const struct script_files *real_files);
void shell_free(struct shell *shell);
/* Runs the text; what it prints, complaints included, is appended to `output`. Returns the exit
 * status. */
int shell_run(struct shell *shell, const char *text, GString *output);

/* --- for the commands --- */
struct shell_io {
	const GString *in;
	GString *out, *err;
};

typedef int (*shell_fn)(struct shell *shell, int argc, char **argv, struct shell_io *io);

struct shell_command {
	const char *name;
	shell_fn run;
};

/* Ended by a row without a name. */
extern const struct shell_command SHELL_TEXT_COMMANDS[], SHELL_SYSTEM_COMMANDS[],
	SHELL_NET_COMMANDS[];

/*
 * What commands read, print and expand to is counted over the whole script: the few kilobytes that
 * suites need never come near, and what doubles itself ends. False, and a fault, when it is too
 * much.
 */
bool shell_spend(struct shell *shell, size_t bytes);
/* Nothing more of the command is run; the first reason counts. */
void shell_fault(struct shell *shell, const char *format, ...) G_GNUC_PRINTF(2, 3);
/* A text within the command that runs: a file's, or that of a $( ). */
int shell_run_inner(struct shell *shell, const char *text, GString *out, GString *err);
int shell_complain(struct shell_io *io, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* One level of ( ), if or $( ) deeper; false, with the fault, if that is too deep. The caller
 * counts shell->nesting down again in every case. */
bool shell_enter(struct shell *shell);

#endif
