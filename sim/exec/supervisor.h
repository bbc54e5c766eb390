/*
 * The supervisor: programs of this machine, unmodified, whose AF_INET and AF_INET6 stream sockets
 * are those of a host of ours.
 *
 * A socket of the program is one end of a pair of Unix sockets; the other end is here. Between it
 * and the host's socket bytes are carried (stream.c); the calls that make and name sockets are told
 * by a filter (filter.h) and done here (calls.c and its neighbours). So read, write, poll, epoll,
 * fork, dup, exec, sendfile and the passing of descriptors are the kernel's own, and the TCP is
 * ours. docs/exec.md has what each call means and what differs from a kernel's.
 *
 * A descriptor's identity is the file it stands for, found by its inode, never its number: numbers
 * are moved by dup, fork and other processes.
 *
 * One thread; real time: the world is driven by live/drive.h, and all of the supervisor's
 * descriptors are behind the one that exec_supervisor_fd() gives. The host, its world and
 * the callers outlive the supervisor.
 */
#ifndef SIM_EXEC_SUPERVISOR_H
#define SIM_EXEC_SUPERVISOR_H

#include <stdbool.h>
#include <stdint.h>

#include "exec/access.h"
#include "world/world.h"

struct exec_supervisor;

/* Something that a user should know, one line: a call that is not supported. */
typedef void (*exec_say_fn)(void *context, const char *text);

struct exec_counts {
	uint64_t calls;	    /* told */
	uint64_t to_kernel; /* of those, about a descriptor that is none of ours */
	uint64_t sockets;
	uint64_t bytes_in, bytes_out; /* of the programs' streams */
};

/* For the programs of that host, a model's, whose wakes it takes over. NULL and errno. */
struct exec_supervisor *exec_supervisor_new(struct node *node);
/* Sockets that programs left open are closed. */
void exec_supervisor_free(struct exec_supervisor *supervisor);
void exec_supervisor_on_say(struct exec_supervisor *supervisor, exec_say_fn say, void *context);

/* A call that was told: at the world's present time. */
void exec_supervisor_call(struct exec_supervisor *supervisor, const struct exec_call *call);
/* Readable when one of the pairs has something to tell; then exec_supervisor_run(). */
int exec_supervisor_fd(const struct exec_supervisor *supervisor);
void exec_supervisor_run(struct exec_supervisor *supervisor);

/* Sockets that programs hold: listeners, and connections open or under way. */
void exec_supervisor_census(
	const struct exec_supervisor *supervisor, unsigned *listeners, unsigned *connections);
const struct exec_counts *exec_supervisor_counts(const struct exec_supervisor *supervisor);

/* One line that a user should see, the first time. */
void exec_say(struct exec_supervisor *s, const char *format, ...) G_GNUC_PRINTF(2, 3);

#endif
