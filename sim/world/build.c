/* From what was described to what runs: addresses, routes, hosts, links. */
#include <errno.h>
#include <host/short_path.h>
#include <string.h>

#include "base/md5.h"
#include "base/near.h"
#include "wire/ip.h"
#include "world/addresses.h"
#include "world/build.h"
#include "world/notify.h"
#include "world/split.h"
#include "world/ways.h"
#include "world/world.h"

#define NO_PORT UINT_MAX

/* --- routes --- */

/* By which port of `from` each node is reached on the shortest way; hosts do not forward. */
static unsigned *first_ports(struct tcpsim_world *world, struct node *from)
{
	guint n = world->nodes->len, head = 0, tail = 0;
	unsigned *first = g_new(unsigned, n);
	struct node **queue = g_new(struct node *, n);

	for (guint i = 0; i < n; i++)
		first[i] = NO_PORT;
	queue[tail++] = from;
	while (head < tail) {
		struct node *node = queue[head++];

		for (unsigned p = 0; p < node->n_ports; p++) {
			struct node *peer = port_peer(&node->ports[p]);

			if (peer == from || first[peer->index] != NO_PORT)
				continue;
			first[peer->index] = node == from ? p : first[node->index];
			if (peer->kind != NODE_HOST)
				queue[tail++] = peer;
		}
	}
	g_free(queue);
	return first;
}

/* The port of `from` towards an address that lives on `port`: over the link it is on, if who stands
 * at its other end forwards; else by any way to the node. */
static unsigned towards(const struct node *from, const unsigned *first, const struct port *port)
{
	struct node *neighbour = port_peer(port);
	struct world_link *link = port->link;

	if (neighbour == from)
		return link->port[link->end[0] == from ? 0 : 1];
	if (neighbour->kind != NODE_HOST && first[neighbour->index] != NO_PORT)
		return first[neighbour->index];
	return first[port->node->index];
}

void build_each_route(struct node *from, route_fn fn, void *context)
{
	struct tcpsim_world *world = from->world;
	unsigned *first = first_ports(world, from);

	for (guint i = 0; i < world->nodes->len; i++) {
		struct node *node = world->nodes->pdata[i];

		for (unsigned p = 0; node != from && p < node->n_ports; p++) {
			unsigned port = towards(from, first, &node->ports[p]);

			for (unsigned a = 0; port != NO_PORT && a < node->ports[p].n_addr; a++)
				fn(context, &node->ports[p].addr[a], port);
		}
	}
	g_free(first);
}

static void add_host_route(void *context, const struct tcpsim_addr *addr, unsigned port)
{
	struct node *node = context;

	tcpsim_host_add_route(
		node->host, addr, tcpsim_addr_is_v4(addr) ? 32 : 128, (int)port, NULL);
}

/* Everything by the first interface; where there are more, each address of the world by the right
 * one. */
void build_host_routes(struct node *node)
{
	static const struct tcpsim_addr ANY6;
	struct tcpsim_addr any4 = tcpsim_addr_v4(0);

	if (!node->n_ports)
		return;
	tcpsim_host_add_route(node->host, &any4, 0, 0, NULL);
	tcpsim_host_add_route(node->host, &ANY6, 0, 0, NULL);
	if (node->n_ports > 1)
		build_each_route(node, add_host_route, node);
}

/* --- links and hosts --- */

/* As a program does that drives a host itself: bytes come out, bytes go in, and the buffer is its
 * own again. */
static void deliver_bytes(struct node *node, struct tcpsim_packet *packet, int64_t now_ns)
{
	static _Thread_local uint8_t buffer[TCPSIM_HEADERS_MAX + 65536];
	size_t len = tcpsim_packet_bytes(packet, buffer, sizeof(buffer));
	unsigned interface = packet->interface;

	tcpsim_packet_free(packet);
	tcpsim_host_input(node->host, now_ns, (int)interface, buffer, len);
	memset(buffer, 0xa5, len);
}

static void receive_outside(struct node *node, struct tcpsim_packet *packet)
{
	if (node->outside)
		node->outside->receive(node->outside->context, packet->interface, packet);
	else
		tcpsim_packet_free(packet);
}

static void deliver(void *context, struct tcpsim_packet *packet, int64_t now_ns)
{
	struct port *port = context;
	struct node *node = port->node;

	packet->interface = (uint16_t)port->index;
	if (node->kind != NODE_HOST) {
		router_receive(node, packet, now_ns);
		return;
	}
	if (node->is_kernel) {
		receive_outside(node, packet);
		return;
	}
	if (node->divert && node->divert(node->divert_context, packet))
		return;
	if (node->world->distrust)
		packet->sums_good = 0;
	if (node->world->by_bytes)
		deliver_bytes(node, packet, now_ns);
	else
		tcpsim_host_receive(node->host, now_ns, packet);
	notify_taken(node);
	node_flush(node);
}

static void expect(void *context, struct tcpsim_packet *next, struct tcpsim_packet *after_next)
{
	const struct tcpsim_host *host = ((const struct port *)context)->node->host;

	if (!host || !host_prefetches(host))
		return;
	tcpsim_host_prefetch(host, next, false);
	tcpsim_host_prefetch(host, after_next, true);
}

/* A node that forwards sees each packet once, as it comes; as it leaves only what is its own: an
 * ICMP message. */
static bool is_seen(const struct node *node, const struct tcpsim_packet *packet, bool arrived)
{
	struct wire_packet in;

	if (arrived || node->kind == NODE_HOST)
		return true;
	wire_parse_packet(packet, 0, &in);
	return in.kind != WIRE_BAD && node_owns(node, &in.segment.src);
}

/* What a capture at either end of the direction sees, and the witness of all. */
static void watch(
	void *context, const struct tcpsim_packet *packet, int64_t now_ns, bool arrived, int drop)
{
	struct world_link *link = ((struct port *)context)->link;
	int from = link->end[1] == ((struct port *)context)->node &&
		   link->port[1] == ((struct port *)context)->index;
	int at = arrived ? !from : from;
	const struct node *node = link->end[at];
	bool captured = drop < 0 && node_is_watched(node) &&
			tcpsim_packet_len(packet) <= CAPTURE_PACKET_MOST &&
			is_seen(node, packet, arrived);

	/* What is lost is the sender's to tell. */
	notify_packet(
		drop < 0 ? node : link->end[from], link, from, packet, arrived, drop, captured);
	if (captured && node->tap)
		node->tap->packet(node->tap->context, link->port[at], now_ns, packet);
	if (captured && node->capture)
		capture_write(node->capture, link->port[at], now_ns, packet,
			arrived ? CAPTURE_IN : CAPTURE_OUT, NULL);
}

static void make_link(struct tcpsim_world *world, struct world_link *link)
{
	bool watched = node_is_watched(link->end[0]) || node_is_watched(link->end[1]) ||
		       (world->witness && world->witness->packet);

	for (int from = 0; from < 2; from++) {
		struct port *port = &link->end[from]->ports[link->port[from]];
		char *name = g_strdup_printf("link %s:%u %s:%u", link->end[from]->name,
			link->port[from], link->end[!from]->name, link->port[!from]);
		struct link_hooks hooks = {.deliver = deliver,
			.expect = expect,
			.context = &link->end[!from]->ports[link->port[!from]],
			.watch = watched ? watch : NULL,
			.watch_context = port};

		link->way[from] = link_way_new(
			port->node->part->clock, &link->config[from], world->seed, name, &hooks);
		port->out = link->way[from];
		g_free(name);
	}
	split_link(link);
}

static void on_event(void *context, const struct tcpsim_event *event)
{
	notify_event(context, event);
}

static void on_wake(void *context, struct tcpsim_host *host, int fd)
{
	const struct node *node = context;

	if (node->world->programs)
		node->world->programs->wake(context, fd);
	if (node->on_wake)
		node->on_wake(node->wake_context, fd);
}

static void set_sysctls(const struct node *node, struct tcpsim_host *host)
{
	for (guint i = 0; i < node->sysctls->len; i++) {
		char **pair = g_strsplit(node->sysctls->pdata[i], "=", 2);

		tcpsim_host_sysctl_set(host, pair[0], pair[1]);
		g_strfreev(pair);
	}
}

static void add_interface(struct node *node, const struct port *port)
{
	tcpsim_host_add_interface(node->host, port->name, node_mtu(node, port->index));
	for (unsigned a = 0; a < port->n_addr; a++)
		tcpsim_host_add_address(
			node->host, (int)port->index, &port->addr[a], port->prefix_len[a]);
}

static char *near_sysctls(const struct tcpsim_host *host, const char *name)
{
	GPtrArray *names = g_ptr_array_new();
	char *near;

	for (size_t i = 0; tcpsim_host_sysctl_name(host, i); i++)
		g_ptr_array_add(names, (char *)tcpsim_host_sysctl_name(host, i));
	g_ptr_array_add(names, NULL);
	near = near_names(name, (const char *const *)names->pdata, 3);
	g_ptr_array_free(names, TRUE);
	return near;
}

static char *unknown_sysctl(const char *system, const struct tcpsim_host *host, const char *name)
{
	char *near = near_sysctls(host, name), *why;

	why = near ? g_strdup_printf("%s has no sysctl '%s': did you mean %s?", system, name, near)
		   : g_strdup_printf("%s has no sysctl '%s', nor one like it", system, name);
	g_free(near);
	return why;
}

int node_try_sysctl(const struct node *node, const char *name, const char *value, char **why)
{
	struct tcpsim_host_config config = {.profile = &node->profile, .pool = node->world->pool};
	struct tcpsim_host *host = tcpsim_host_new(&config);
	char wrong[400];
	int status;

	if (!host)
		return -ENOMEM;
	set_sysctls(node, host); /* one may be right only after another */
	status = tcpsim_host_sysctl_set_why(host, name, value, wrong, sizeof(wrong));
	if (why && status == 0)
		*why = NULL;
	else if (why)
		*why = wrong[0] ? g_strdup_printf("sysctl.%s: %s", name, wrong)
				: unknown_sysctl(node->profile.name, host, name);
	tcpsim_host_free(host);
	return status;
}

void node_make_host(struct node *node)
{
	struct tcpsim_world *world = node->world;
	char *name = g_strdup_printf("host %s %u", node->name, node->incarnation);
	struct rng rng;

	rng_seed(&rng, world->seed, name);
	g_free(name);
	struct tcpsim_host_config config = {.profile = &node->profile,
		.pool = node->part->pool,
		.id = node->index,
		.seed = rng_next(&rng),
		.start_ns = clock_now(node->part->clock),
		.md5 = base_md5,
		.on_event = world->on_event ? on_event : NULL,
		.on_wake = on_wake,
		.context = node};

	node->host = tcpsim_host_new(&config);
	if (!node->host)
		g_error("no memory for a host");
	if (world->no_short_path)
		host_take_long_way(node->host);
	for (unsigned p = 0; p < node->n_ports; p++)
		add_interface(node, &node->ports[p]);
	build_host_routes(node);
	set_sysctls(node, node->host);
	node_flush(node);
}

/* What the parts' clocks are given here has its number in the whole world. */
static void make_host_in_order(struct node *node)
{
	clock_number_from(node->part->clock, node->world->next_number);
	node_make_host(node);
	node->world->next_number = clock_next_number(node->part->clock);
}

void world_build(struct tcpsim_world *world)
{
	if (world->built)
		return;
	world->built = true;
	build_addresses(world);
	ways_number(world);
	for (guint i = 0; i < world->links->len; i++)
		make_link(world, world->links->pdata[i]);
	world->next_number = clock_next_number(world->clock);
	for (guint i = 0; i < world->nodes->len; i++) {
		struct node *node = world->nodes->pdata[i];

		if (node->kind == NODE_HOST && !node->is_kernel)
			make_host_in_order(node);
	}
}

/* --- nodes at work --- */

void node_send(struct node *node, unsigned port, struct tcpsim_packet *packet)
{
	if (port < node->n_ports)
		link_send(node->ports[port].out, packet);
	else
		tcpsim_packet_free(packet);
}

uint32_t node_mtu(const struct node *node, unsigned port)
{
	const struct world_link *link = node->ports[port].link;
	int end = link->end[0] == node && link->port[0] == port ? 0 : 1;

	return link->config[end].mtu;
}

bool node_owns(const struct node *node, const struct tcpsim_addr *addr)
{
	return world_owner(node->world, addr) == node;
}

const struct tcpsim_addr *node_address(const struct node *node, unsigned port, unsigned version)
{
	const struct port *p = &node->ports[port];

	for (unsigned a = 0; port < node->n_ports && a < p->n_addr; a++) {
		if (tcpsim_addr_is_v4(&p->addr[a]) == (version == 4))
			return &p->addr[a];
	}
	return NULL;
}

void node_flush(struct node *node)
{
	struct tcpsim_packet *packet, *next;
	int64_t deadline;

	if (node->is_kernel)
		return; /* it sends and keeps time by itself */
	if (G_UNLIKELY(node->world->check))
		tcpsim_host_check(node->host);
	if (G_UNLIKELY(node->world->rest))
		tcpsim_host_rest(node->host);
	for (packet = tcpsim_host_transmit_all(node->host); packet; packet = next) {
		next = packet->next;
		packet->next = NULL;
		node_send(node, packet->interface, packet);
	}
	deadline = tcpsim_host_deadline(node->host);
	/* A deadline that moved away is not chased: the event comes early once, and
	 * then is right. */
	if (deadline == INT64_MAX)
		clock_cancel(node->part->clock, &node->deadline);
	else if (!clock_is_set(&node->deadline) || node->deadline.time_ns > deadline)
		clock_move(node->part->clock, &node->deadline, deadline);
}
