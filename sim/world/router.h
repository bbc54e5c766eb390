/*
 * What a router does with a packet: lowers the TTL, looks up where it goes, fragments it or says
 * why not (RFC 1812 §4 and §5; RFC 4443 for IPv6). A switch forwards alike, but nobody notices it.
 *
 * Explicit routes are asked first, the longest prefix among them; then where the world's addresses
 * really are.
 */
#ifndef SIM_WORLD_ROUTER_H
#define SIM_WORLD_ROUTER_H

#include <stdbool.h>
#include <tcpsim/addr.h>
#include <tcpsim/packet.h>

struct node;

enum router_action { ROUTE_FORWARD, ROUTE_UNREACHABLE, ROUTE_BLACK_HOLE };

struct router_route {
	struct tcpsim_addr prefix;
	int bits; /* in 128 */
	enum router_action action;
	unsigned port; /* of FORWARD */
	uint8_t code;  /* of UNREACHABLE: ICMP type 3's */
};

struct router_counters {
	uint64_t forwarded, fragmented, ttl_exceeded, too_big, unreachable, black_holed, icmp_sent,
		not_sent;
};

struct router {
	struct router_route *routes; /* explicit ones, longest prefix first */
	unsigned n_routes;
	uint32_t number;   /* among the nodes that forward */
	struct ways *ways; /* ways.h; NULL: nothing was forwarded yet */
	bool transparent;  /* a switch */
	bool silent;	   /* sends no ICMP: what path MTU black holes are made of */
	double icmp_rate;  /* messages a second, RFC 1812 §4.3.2.8; 0: no limit */
	double icmp_tokens;
	int64_t icmp_since_ns;
	struct router_counters counters;
};

/* Takes the packet, which came in on packet->interface of the node. */
void router_receive(struct node *node, struct tcpsim_packet *packet, int64_t now_ns);
/* Adds an explicit route. */
void router_add_route(struct router *router, const struct router_route *route);
/* The code of that name ("host", "port", "prohibited" ...), or -1. */
int router_code(const char *name);
extern const char *const router_code_names[];

#endif
