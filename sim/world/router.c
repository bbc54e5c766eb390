/* Routers and switches. See router.h. */
#include "world/router.h"

#include <glib.h>
#include <string.h>

#include "wire/build.h"
#include "wire/ip.h"
#include "world/addresses.h"
#include "world/build.h"
#include "world/modify.h"
#include "world/notify.h"
#include "world/ways.h"
#include "world/world.h"

enum {
	ICMP_UNREACHABLE = 3,
	ICMP_TIME_EXCEEDED = 11,
	ICMP_FRAGMENTATION_NEEDED = 4,
	ICMP6_UNREACHABLE = 1,
	ICMP6_TOO_BIG = 2,
	ICMP6_TIME_EXCEEDED = 3,
};

/* By code of type 3, https://www.iana.org/assignments/icmp-parameters. */
const char *const router_code_names[] = {"net", "host", "protocol", "port", "fragmentation-needed",
	"source-route", "net-unknown", "host-unknown", "isolated", "net-prohibited",
	"host-prohibited", "net-tos", "host-tos", "prohibited", "precedence-violation",
	"precedence-cutoff", NULL};

int router_code(const char *name)
{
	for (int i = 0; router_code_names[i]; i++) {
		if (strcmp(name, router_code_names[i]) == 0)
			return i;
	}
	return -1;
}

/* What an IPv6 router says where an IPv4 one says that code: RFC 4443 §3.1. */
static uint8_t code_for_6(uint8_t code)
{
	switch (code) {
	case 1:
	case 7:
	case 12: return 3; /* address */
	case 3: return 4;
	case 9:
	case 10:
	case 13: return 1; /* administratively prohibited */
	default: return 0; /* no route */
	}
}

void router_add_route(struct router *router, const struct router_route *route)
{
	unsigned i = router->n_routes++;

	router->routes = g_renew(struct router_route, router->routes, router->n_routes);
	for (; i > 0 && router->routes[i - 1].bits < route->bits; i--)
		router->routes[i] = router->routes[i - 1];
	router->routes[i] = *route;
}

static bool in_prefix(const struct tcpsim_addr *addr, const struct tcpsim_addr *prefix, int bits)
{
	if (memcmp(addr->b, prefix->b, (size_t)bits / 8) != 0)
		return false;
	return bits % 8 == 0 || (addr->b[bits / 8] ^ prefix->b[bits / 8]) >> (8 - bits % 8) == 0;
}

static struct router_route find(struct node *node, const struct tcpsim_addr *dst)
{
	struct router_route route = {.action = ROUTE_UNREACHABLE};
	const struct router *r = &node->router;
	const struct port *owner;
	uint32_t port;

	for (unsigned i = 0; i < r->n_routes; i++) {
		if (in_prefix(dst, &r->routes[i].prefix, r->routes[i].bits))
			return r->routes[i];
	}
	owner = world_owning_port(node->world, dst);
	port = owner && owner->node != node ? ways_towards(node, owner) : WAYS_NONE;
	if (port != WAYS_NONE) {
		route.action = ROUTE_FORWARD;
		route.port = port;
	}
	return route;
}

/* RFC 1812 §4.3.2.7: never about an ICMP error, nor a later fragment. */
static bool may_answer(const struct tcpsim_packet *packet)
{
	struct wire_packet in;

	wire_parse_packet(packet, 0, &in);
	if (in.kind == WIRE_FRAGMENT)
		return in.fragment.offset == 0;
	return in.kind != WIRE_BAD && in.kind != WIRE_ICMP_ERROR;
}

/* A token of the rate limit, if there is one. */
static bool take_token(struct router *r, int64_t now_ns)
{
	if (r->icmp_rate <= 0)
		return true;
	r->icmp_tokens += (double)(now_ns - r->icmp_since_ns) * 1e-9 * r->icmp_rate;
	r->icmp_since_ns = now_ns;
	if (r->icmp_tokens > r->icmp_rate)
		r->icmp_tokens = r->icmp_rate > 1 ? r->icmp_rate : 1;
	if (r->icmp_tokens < 1)
		return false;
	r->icmp_tokens -= 1;
	return true;
}

struct complaint {
	uint8_t type, code; /* in ICMP's terms */
	uint32_t rest;
};

static void complain(struct node *node, const struct tcpsim_packet *packet,
	const struct complaint *what, int64_t now_ns)
{
	struct router *r = &node->router;
	struct modify_view view = modify_view_of(packet);
	const struct tcpsim_addr *own = node_address(node, packet->interface, view.version);
	uint8_t quoted[2048], out[1500];
	uint8_t type = what->type, code = what->code;
	size_t len = tcpsim_packet_bytes(packet, quoted, sizeof(quoted));

	if (!len) { /* a long one: its beginning is what is quoted */
		memcpy(quoted, packet->headers, packet->headers_len);
		len = packet->headers_len;
	}
	if (r->silent || r->transparent || !own || !may_answer(packet) || !take_token(r, now_ns)) {
		r->counters.not_sent++;
		return;
	}
	if (view.version == 6) {
		type = what->type == ICMP_TIME_EXCEEDED ? ICMP6_TIME_EXCEEDED
		       : what->rest			? ICMP6_TOO_BIG
							: ICMP6_UNREACHABLE;
		code = type == ICMP6_UNREACHABLE ? code_for_6(code) : 0;
	}
	len = wire_build_icmp_error(
		own, &view.src, type, code, what->rest, quoted, len, out, sizeof(out));
	struct tcpsim_packet *answer =
		len ? tcpsim_packet_from_bytes(packet->pool, out, len) : NULL;
	struct router_route route = find(node, &view.src);

	if (!answer || route.action != ROUTE_FORWARD) {
		tcpsim_packet_free(answer);
		return;
	}
	r->counters.icmp_sent++;
	node_send(node, route.port, answer);
}

/* The packet's way ends here; taken. */
static void end_here(struct node *node, struct tcpsim_packet *packet, const char *why)
{
	notify_ended(node, packet, why);
	tcpsim_packet_free(packet);
}

/* Out by that port, in fragments if it must be and may. */
static void forward(struct node *node, struct tcpsim_packet *packet, unsigned port, int64_t now_ns)
{
	struct router *r = &node->router;
	uint32_t mtu = node_mtu(node, port);
	struct tcpsim_packet *next;

	if (tcpsim_packet_len(packet) <= mtu || packet->segment_size) {
		r->counters.forwarded++;
		node_send(node, port, packet);
		return;
	}
	if (modify_view_of(packet).dont_fragment ||
		mtu < 68) { /* RFC 791: 68 is what all must carry */
		r->counters.too_big++;
		complain(node, packet,
			&(struct complaint){ICMP_UNREACHABLE, ICMP_FRAGMENTATION_NEEDED, mtu},
			now_ns);
		end_here(node, packet, "too-big");
		return;
	}
	r->counters.fragmented++;
	for (packet = modify_fragment(packet, mtu); packet; packet = next) {
		next = packet->next;
		node_send(node, port, packet);
	}
}

void router_receive(struct node *node, struct tcpsim_packet *packet, int64_t now_ns)
{
	struct router *r = &node->router;
	struct modify_view view = modify_view_of(packet);
	struct router_route route = find(node, &view.dst);

	if (!view.version || node_owns(node, &view.dst)) {
		end_here(node, packet, "for-the-router");
		return;
	}
	if (!r->transparent && !modify_header_is_whole(packet)) {
		end_here(node, packet, "ip-checksum"); /* RFC 1812 §5.2.2: silently */
		return;
	}
	if (!r->transparent && !modify_ttl(packet)) {
		r->counters.ttl_exceeded++;
		complain(node, packet, &(struct complaint){ICMP_TIME_EXCEEDED, 0, 0}, now_ns);
		end_here(node, packet, "ttl-exceeded");
		return;
	}
	if (route.action == ROUTE_FORWARD) {
		forward(node, packet, route.port, now_ns);
		return;
	}
	if (route.action == ROUTE_UNREACHABLE) {
		r->counters.unreachable++;
		complain(
			node, packet, &(struct complaint){ICMP_UNREACHABLE, route.code, 0}, now_ns);
		end_here(node, packet, "unreachable");
	} else {
		r->counters.black_holed++;
		end_here(node, packet, "black-hole");
	}
}
