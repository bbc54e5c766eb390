/*
 * A shell's command on a kernel host of a world, in that host's namespaces: nothing of it is
 * watched, its sockets are the kernel's.
 */
#ifndef SIM_EXEC_COMMAND_H
#define SIM_EXEC_COMMAND_H

#include <glib.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "live/kernel_host.h"

struct exec_command {
	pid_t pid; /* a child of ours, leader of a group: to be waited for */
	int ended; /* readable once it has ended; the caller's */
};

/* hosts, output and files as struct exec_program_config has them. False and *error. */
struct exec_command_config {
	const struct kernel_host *host;
	const char *command, *hosts;
	int output;
	const struct rlimit *files;
};
bool exec_command_start(
	const struct exec_command_config *config, struct exec_command *out, GError **error);

/* Does anything listen for TCP in the host's network? */
bool exec_command_listens(const struct kernel_host *host);

/* Kills every child of ours, and what came from it, but the processes of the kernel hosts. */
void exec_programs_end_of(const struct tcpsim_world *world);

#endif
