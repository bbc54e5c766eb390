/*
 * C functions of the caller's as processes of a kernel host (tcpsim_world_spawn_twice): forked from
 * the world's process when their time comes, put into the host's namespaces, and called there with
 * the kernel's own calls. Names are those of the world, the machine's name is the host's.
 *
 * What they say (tcpsim_say) comes back as messages with the world's time; their end is heard of by
 * a pidfd. They live no longer than the host does.
 */
#ifndef LIVE_NATIVE_H
#define LIVE_NATIVE_H

#include "live/kernel_host.h"
#include "process/process.h"

struct native_programs;

struct native_programs *native_programs_new(struct node *node, struct drive *drive);
/* Those that still run are killed, and with them whatever they started: all that is in the network
 * of `agent`, but for itself. NULL is allowed. */
void native_programs_free(struct native_programs *all, pid_t agent);

/* The world's program, whose time has come, on that host, which is up. If there is no process for
 * it, it is told so and over. */
void native_programs_start(
	struct native_programs *all, struct process *process, const struct kernel_host *host);
/* Its process; 0: it has none, or none any more. */
pid_t native_programs_pid(const struct native_programs *all, const struct process *process);

#endif
