/*
 * What stands in a kernel host's namespaces for us: a process that was forked to enter them, sets
 * devices, addresses, routes and settings up, and hands their descriptors back. When its end of the
 * socket is closed it ends, and the namespaces with it.
 *
 * Between the process of the world and the agent goes a SEQPACKET socket of struct agent_message.
 */
#ifndef LIVE_KERNEL_AGENT_H
#define LIVE_KERNEL_AGENT_H

#include "live/namespace.h"
#include "world/world.h"
#include <sys/socket.h>
#include <sys/types.h>

#define AGENT_MOST_PORTS 32 /* interfaces of a kernel host; a message carries their descriptors */
#define AGENT_MOST_TEXT	 4000

enum agent_kind {
	AGENT_READY,  /* text: settings that were made, as a line; the descriptors with it */
	AGENT_FAILED, /* text: why; error: enum live_error */
	AGENT_START,  /* to the agent: the program is to start; time_ns: CLOCK_MONOTONIC at 0 */
	/* Of a program: process, time_ns; text is its name, a newline, and: */
	AGENT_SAID,	/* what it said */
	AGENT_CALLS,	/* the call that begins; fd; peer, if it is connect() */
	AGENT_RETURNED, /* the call, which is over; fd, result, error; the connection it is about */
	AGENT_ENDED,	/* nothing; result: its status */
};

struct agent_message {
	uint32_t kind;
	uint32_t process; /* its place in world->processes; beyond: one that a program started */
	int64_t time_ns;  /* the world's */
	int64_t result;
	int32_t fd, error;
	struct sockaddr_storage local, peer; /* family 0: not known */
	char text[AGENT_MOST_TEXT];
};

/* A message with `n` descriptors; false: the other side is gone. */
bool agent_send(int socket, const struct agent_message *message, const int *fds, unsigned n);
/* The next one, with at most `most` descriptors, whose number goes to *n; false: none is there, or
 * the other side is gone (then errno is 0). */
bool agent_receive(int socket, struct agent_message *message, int *fds, unsigned most, unsigned *n);

/* In the child: never returns. */
_Noreturn void agent_run(struct node *node, int socket);

#endif
