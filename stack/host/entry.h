/*
 * The door of a host: every function of host.h and socket.h comes in by HOST_ENTRY, its first line.
 * It keeps what host.h promises of the two callbacks. Whoever comes in while on_event runs is sent
 * away and counted: the stack is in the middle of something then. on_wake runs only when nothing of
 * the stack is under way, so that it may do anything: what became ready meanwhile waits in a queue,
 * told when the outermost call is about to return, or between two timers.
 */
#ifndef TCPSIM_HOST_ENTRY_H
#define TCPSIM_HOST_ENTRY_H

#include <host/host.h>

/* Why the caller may not come in: -EFAULT: there is no host; -EBUSY, which is counted. */
int host_refuse(struct tcpsim_host *host);
/* What is left to do when the outermost call returns: tell whoever waits, and free what is to end. */
void host_leave_last(struct tcpsim_host *host);

/* 0: the caller is in, and host_leave() must follow; else why not. Here, as is the other, because a
 * connection of a few segments comes in eighty times, and mostly finds nothing to do. */
static inline int host_enter(struct tcpsim_host *host)
{
	if (__builtin_expect(!host || host->entry.in_event, 0))
		return host_refuse(host);
	host->entry.depth++;
	return 0;
}

static inline void host_leave(struct tcpsim_host **host)
{
	struct tcpsim_host *left = *host;

	if (!left)
		return;
	if (left->entry.depth > 1 || (STAILQ_EMPTY(&left->entry.wakes) && !left->entry.ends))
		left->entry.depth--;
	else
		host_leave_last(left);
}

/* Comes in, and leaves by itself where the function returns. `refused`, if not 0, is why not: the
 * function says so and does nothing. */
#define HOST_ENTRY(host)                                                                           \
	const int refused = host_enter(host);                                                      \
	struct tcpsim_host *entered __attribute__((cleanup(host_leave), unused)) =                 \
		refused ? NULL : (host)

/* The same for what wakes nobody and ends nothing: there is nothing to be left. */
#define HOST_LOOK(host)                                                                            \
	const int refused =                                                                        \
		__builtin_expect(!(host) || (host)->entry.in_event, 0) ? host_refuse(host) : 0

/* The descriptor may be ready: its owner is told once the stack has unwound. */
void host_wake(struct tcpsim_host *host, struct host_wake *wake, int fd);
/* Whoever it was for is gone. */
void host_wake_forget(struct tcpsim_host *host, struct host_wake *wake);
/* Tells those that wait, if nothing of the stack is under way but the caller, which must be ready
 * for whatever they do. False: the host is to be freed, and nothing more may be begun. */
bool host_report_wakes(struct tcpsim_host *host);

#endif
