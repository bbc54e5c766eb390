/*
 * Who hears what happens in a world: its listener for events, and its witness. In a world that was
 * split it is noted, and reported between two windows, in the order of the whole: so neither needs
 * to know of threads. What a note cannot take along (a host's variables) is not to be had then.
 */
#ifndef SIM_WORLD_NOTIFY_H
#define SIM_WORLD_NOTIFY_H

#include <stdbool.h>
#include <tcpsim/event.h>
#include <tcpsim/packet.h>

struct node;
struct tcpsim_world;
struct world_link;

/* Each as the world's on_event and struct world_witness have it. */
void notify_event(const struct node *node, const struct tcpsim_event *event);
void notify_packet(const struct node *at, const struct world_link *link, int from,
	const struct tcpsim_packet *packet, bool arrived, int drop, bool captured);
void notify_taken(const struct node *host);
void notify_ended(const struct node *router, const struct tcpsim_packet *packet, const char *why);
void notify_restarts(const struct node *host);

/* While an event is reported: the descriptor of the call that a program of that host is in; -1:
 * none is, or it is about none. */
int notify_calling(const struct tcpsim_world *world);

#endif
