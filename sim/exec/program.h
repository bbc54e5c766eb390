/*
 * An unmodified program of this machine under a supervisor's filter: in a network namespace of its
 * own (and a user namespace, where we are not root), with no_new_privs, and with a device that has
 * the addresses of its host, by which all that is not TCP goes: what the kernel of the namespace
 * sends there can be read, and what is written is received.
 */
#ifndef SIM_EXEC_PROGRAM_H
#define SIM_EXEC_PROGRAM_H

#include <glib.h>
#include <stdbool.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "live/tun.h"

#define EXEC_ERROR (exec_error_quark())
GQuark exec_error_quark(void);

enum exec_error {
	EXEC_ERROR_PROGRAM, /* not found, not to be run, set-uid */
	EXEC_ERROR_SYSTEM,  /* a filter, a process: not to be had here */
};

struct exec_program_config {
	char *const *argv; /* NULL-terminated */
	const char *hosts; /* names.h; NULL: the machine's */
	struct live_tun_config device;
	int output;		    /* its standard output and error; -1: ours */
	const struct rlimit *files; /* its RLIMIT_NOFILE; NULL: ours */
};

struct exec_program {
	pid_t pid; /* a child of ours: to be waited for */
	int ended; /* readable once it has ended */
	int notices; /* on which its calls are told; hangs up with the last process under the filter */
	int device;
};

/* Is it a program that can be run so? False and *error (EXEC_ERROR_PROGRAM). */
bool exec_program_check(const char *name, GError **error);
/* Starts it. The descriptors are the caller's. False and *error. */
bool exec_program_start(
	const struct exec_program_config *config, struct exec_program *out, GError **error);
/* Kills every process that came from it or from another child of ours that has ended; those in
 * `spare` (0-terminated) and what comes from them stay. */
void exec_programs_end(const pid_t *spare);
/* Orphans become ours, so that none outlives us. */
void exec_programs_adopt(void);

#endif
