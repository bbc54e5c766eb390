/*
 * Who has which address. A network that gives none is a /24 of 10.0.0.0/8, by its number; one with
 * more hosts than that has numbers for takes as much room as it needs from 100.64.0.0 on (RFC 6598:
 * addresses that are nobody's). In IPv6 each is a /64 of fd00::/8.
 */
#include "world/addresses.h"
#include "world/world.h"

#define MOST_OF_A_24 254
#define WIDE_FROM    UINT32_C(0x64400000) /* 100.64.0.0 */

/* Links that share a switch. */
struct network {
	unsigned ends, used; /* that want an address; that have one */
	uint32_t v4;
	int prefix_len;
};

guint world_addr_hash(gconstpointer addr)
{
	uint32_t word[4];

	memcpy(word, addr, sizeof(word));
	return (word[0] ^ word[1] * 31 ^ word[2] * 961 ^ word[3]) * 2654435761u;
}

gboolean world_addr_equal(gconstpointer a, gconstpointer b)
{
	return tcpsim_addr_eq(a, b);
}

const struct port *world_owning_port(
	const struct tcpsim_world *world, const struct tcpsim_addr *addr)
{
	return g_hash_table_lookup(world->owners, addr);
}

struct node *world_owner(const struct tcpsim_world *world, const struct tcpsim_addr *addr)
{
	const struct port *port = world_owning_port(world, addr);

	return port ? port->node : NULL;
}

/* Links that share a switch are one network: all that can be reached from this one over switches. */
static void spread(struct world_link *first, guint number)
{
	GPtrArray *left = g_ptr_array_new(); /* that have the number, but their ends not yet */

	first->network = number;
	g_ptr_array_add(left, first);
	while (left->len) {
		struct world_link *link = g_ptr_array_steal_index_fast(left, left->len - 1);

		for (int e = 0; e < 2; e++) {
			struct node *end = link->end[e];

			if (end->kind != NODE_SWITCH || end->network)
				continue;
			end->network = number;
			for (unsigned p = 0; p < end->n_ports; p++) {
				struct world_link *other = end->ports[p].link;

				if (other->network)
					continue;
				other->network = number;
				g_ptr_array_add(left, other);
			}
		}
	}
	g_ptr_array_free(left, TRUE);
}

static struct tcpsim_addr automatic_v6(guint number, unsigned host)
{
	return (struct tcpsim_addr){
		.b = {0xfd, 0, 0, 0, 0, 0, (uint8_t)(number >> 8), (uint8_t)number, 0, 0, 0, 0,
			(uint8_t)(host >> 24), (uint8_t)(host >> 16), (uint8_t)(host >> 8),
			(uint8_t)host}};
}

static bool wants_address(const struct world_link *link, int e)
{
	return link->end[e]->kind != NODE_SWITCH && !link->n_addr[e];
}

/* `number` counts from 1. What is wide is taken from *wide on, at a multiple of its size. */
static void place_network(struct network *n, guint number, uint32_t *wide)
{
	uint32_t size = 256;

	n->prefix_len = 24;
	n->v4 = UINT32_C(0x0a000000) | number << 8;
	if (n->ends <= MOST_OF_A_24)
		return;
	for (; size - 2 < n->ends; size *= 2)
		n->prefix_len--;
	n->v4 = (*wide + size - 1) / size * size;
	*wide = n->v4 + size;
}

static void add_address(struct port *port, struct tcpsim_addr addr, int prefix_len)
{
	port->addr[port->n_addr] = addr;
	port->prefix_len[port->n_addr++] = prefix_len;
}

static void address_end(struct world_link *link, int e, guint number, struct network *n)
{
	struct port *port = &link->end[e]->ports[link->port[e]];

	for (unsigned i = 0; i < link->n_addr[e]; i++)
		add_address(port, link->addr[e][i], link->prefix_len[e][i]);
	if (!wants_address(link, e))
		return;
	n->used++;
	if (link->v4)
		add_address(port, tcpsim_addr_v4(n->v4 + n->used), n->prefix_len);
	if (link->v6)
		add_address(port, automatic_v6(number, n->used), 64);
}

/* Ports stay where they are from now on. */
static void note_owners(struct tcpsim_world *world, struct node *node)
{
	for (unsigned p = 0; p < node->n_ports; p++) {
		for (unsigned a = 0; a < node->ports[p].n_addr; a++) {
			struct tcpsim_addr *addr = &node->ports[p].addr[a];

			if (!g_hash_table_contains(world->owners, addr))
				g_hash_table_insert(world->owners, addr, &node->ports[p]);
		}
	}
}

/* Gives each link its network. */
static void find_networks(struct tcpsim_world *world, struct network *network)
{
	guint n = 0;

	for (guint i = 0; i < world->links->len; i++) {
		struct world_link *link = world->links->pdata[i];

		if (!link->network)
			spread(link, ++n);
		for (int e = 0; e < 2; e++)
			network[link->network].ends += wants_address(link, e);
	}
}

void build_addresses(struct tcpsim_world *world)
{
	struct network *network = g_new0(struct network, world->links->len + 1);
	uint32_t wide = WIDE_FROM;

	find_networks(world, network);
	for (guint number = 1; number <= world->links->len; number++)
		place_network(&network[number], number, &wide);
	for (guint i = 0; i < world->links->len; i++) {
		struct world_link *link = world->links->pdata[i];

		for (int e = 0; e < 2; e++)
			address_end(link, e, link->network, &network[link->network]);
	}
	for (guint i = 0; i < world->nodes->len; i++)
		note_owners(world, world->nodes->pdata[i]);
	g_free(network);
}
