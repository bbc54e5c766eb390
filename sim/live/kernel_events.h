/*
 * What a kernel host tells, in the words of our own hosts: struct tcpsim_event, handed to the world's
 * on_event, so that whoever tells a run tells the kernel's as well. It is known as far as the kernel
 * says it: each segment that leaves or comes, and states, queues and TCP_INFO as sock_diag has them
 * right then. A reason is given only where what happened leaves no other; a RST's is not.
 *
 * Between two packets the kernel's own timers act; it is asked again every tenth of a second.
 */
#ifndef LIVE_KERNEL_EVENTS_H
#define LIVE_KERNEL_EVENTS_H

#include "live/kernel_agent.h"
#include "live/kernel_sockets.h"
#include "world/world.h"

struct kernel_events;

/* The descriptor (kernel_sockets_open) stays its caller's. */
struct kernel_events *kernel_events_new(struct node *node, int diag);
void kernel_events_free(struct kernel_events *events);

/* The kernel sends that packet, which goes on to the link after this. */
void kernel_events_sends(struct kernel_events *events, const struct tcpsim_packet *packet);
/* It is given that packet now; has taken it in; and has sent what it answers at once. */
void kernel_events_arrives(struct kernel_events *events, const struct tcpsim_packet *packet);
void kernel_events_taken(struct kernel_events *events);
void kernel_events_answered(struct kernel_events *events);
/* A program's call begins or is over. */
void kernel_events_call(struct kernel_events *events, const struct agent_message *message);
/* The number of the connection that the descriptor is, or 0. */
uint32_t kernel_events_connection(const struct kernel_events *events, int fd);
/* Asks about all that may have changed. */
void kernel_events_look(struct kernel_events *events);

/* The last TCP_INFO of each connection that had one, in the order in which they came to be. */
typedef void (*kernel_info_fn)(void *context, const struct kernel_names *names,
	enum tcpsim_state state, const uint8_t *info, size_t len);
void kernel_events_each_info(
	const struct kernel_events *events, kernel_info_fn each, void *context);

#endif
