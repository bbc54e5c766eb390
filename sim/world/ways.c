/* Breadth first from each router that is asked, over those that forward. See ways.h. */
#include "world/ways.h"

#include "world/world.h"

struct ways {
	uint32_t *port; /* by number of a node that forwards: the port towards it */
	uint32_t *rank; /* how manieth it was found: the nearer first */
};

void ways_number(struct tcpsim_world *world)
{
	uint32_t n = 0;

	for (guint i = 0; i < world->nodes->len; i++) {
		struct node *node = world->nodes->pdata[i];

		if (node->kind != NODE_HOST)
			node->router.number = n++;
	}
	world->n_routers = n;
}

void ways_free(struct ways *ways)
{
	if (!ways)
		return;
	g_free(ways->port);
	g_free(ways->rank);
	g_free(ways);
}

struct node *port_peer(const struct port *port)
{
	struct world_link *link = port->link;

	return link->end[link->end[0] == port->node && link->port[0] == port->index];
}

static struct ways *find_ways(struct node *from)
{
	uint32_t n = from->world->n_routers, head = 0, tail = 0;
	struct ways *ways = g_new(struct ways, 1);
	struct node **queue = g_new(struct node *, n);

	ways->port = g_new(uint32_t, n);
	ways->rank = g_new(uint32_t, n);
	for (uint32_t i = 0; i < n; i++)
		ways->port[i] = ways->rank[i] = WAYS_NONE;
	queue[tail++] = from;
	while (head < tail) {
		struct node *node = queue[head];

		ways->rank[node->router.number] = head++;
		for (unsigned p = 0; p < node->n_ports; p++) {
			struct node *peer = port_peer(&node->ports[p]);
			uint32_t *port = &ways->port[peer->router.number];

			if (peer->kind == NODE_HOST || peer == from || *port != WAYS_NONE)
				continue;
			*port = node == from ? p : ways->port[node->router.number];
			queue[tail++] = peer;
		}
	}
	g_free(queue);
	return ways;
}

/* To a node that does not forward, by the nearest of those that it is linked to. */
static uint32_t towards_host(const struct node *from, const struct node *host)
{
	const struct ways *ways = from->router.ways;
	uint32_t nearest = WAYS_NONE, port = WAYS_NONE;

	for (unsigned p = 0; p < host->n_ports; p++) {
		const struct world_link *link = host->ports[p].link;
		const struct node *peer = port_peer(&host->ports[p]);
		uint32_t rank = peer->kind != NODE_HOST ? ways->rank[peer->router.number]
							: WAYS_NONE,
			 by = rank == WAYS_NONE ? WAYS_NONE
			      : peer == from	? (uint32_t)link->port[link->end[0] == from ? 0 : 1]
						: ways->port[peer->router.number];

		if (rank < nearest || (rank == nearest && by < port)) {
			nearest = rank;
			port = by;
		}
	}
	return port;
}

/* Over the link that the address is on, if who stands at its other end forwards; else by any way to
 * the node. */
uint32_t ways_towards(struct node *from, const struct port *port)
{
	const struct node *neighbour = port_peer(port);
	const struct world_link *link = port->link;

	if (neighbour == from)
		return (uint32_t)link->port[link->end[0] == from ? 0 : 1];
	if (!from->router.ways)
		from->router.ways = find_ways(from);
	if (neighbour->kind != NODE_HOST &&
		from->router.ways->port[neighbour->router.number] != WAYS_NONE)
		return from->router.ways->port[neighbour->router.number];
	return port->node->kind == NODE_HOST ? towards_host(from, port->node)
					     : from->router.ways->port[port->node->router.number];
}
