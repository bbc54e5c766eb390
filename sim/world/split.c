/* Which node belongs to which part. See split.h. */
#include "world/split.h"

#include <glib.h>

#include "world/order.h"
#include "world/ways.h"
#include "world/world.h"

#define TRIES 24 /* delays to cut at, the longest first */
/* Of what a part would have, were all alike: */
#define GOOD_SHARE 1.2 /* balanced enough */
#define HEAVY	   0.1 /* a group to be placed by itself */

/* Who belongs to whom, while links are cut at one delay: a forest of nodes. */
struct groups {
	const struct tcpsim_world *world;
	guint *parent;	/* of each node; itself: it stands for its group */
	double *weight; /* of each group, at the node that stands for it */
	guint *part;	/* of each group, likewise */
	double worst;	/* the greatest weight of a part */
	int64_t cut_ns; /* the least delay that is cut */
};

static struct groups *groups_new(const struct tcpsim_world *world)
{
	struct groups *g = g_new0(struct groups, 1);
	guint n = world->nodes->len;

	g->world = world;
	g->parent = g_new(guint, n);
	g->weight = g_new(double, n);
	g->part = g_new(guint, n);
	return g;
}

static void groups_free(struct groups *g)
{
	if (!g)
		return;
	g_free(g->parent);
	g_free(g->weight);
	g_free(g->part);
	g_free(g);
}

static guint group_of(const struct groups *g, guint node)
{
	while (g->parent[node] != node) {
		g->parent[node] = g->parent[g->parent[node]];
		node = g->parent[node];
	}
	return node;
}

/* What a packet takes at the least either way; 0: it must not be cut. */
static int64_t delay_of(const struct world_link *link)
{
	return MIN(link->config[0].delay_ns, link->config[1].delay_ns);
}

/* What is to be expected of a node: whoever forwards does so for its neighbours' programs. */
static double work_of(const struct node *node)
{
	double work = 1 + node->work;

	for (unsigned p = 0; node->kind != NODE_HOST && p < node->n_ports; p++)
		work += port_peer(&node->ports[p])->work / 4.0;
	return work;
}

static void join(struct groups *g, int64_t cut_ns)
{
	guint n = g->world->nodes->len;

	g->cut_ns = INT64_MAX;
	for (guint i = 0; i < n; i++) {
		g->parent[i] = i;
		g->weight[i] = 0;
	}
	for (guint i = 0; i < g->world->links->len; i++) {
		const struct world_link *link = g->world->links->pdata[i];

		if (delay_of(link) < cut_ns)
			g->parent[group_of(g, link->end[0]->index)] =
				group_of(g, link->end[1]->index);
	}
	for (guint i = 0; i < n; i++)
		g->weight[group_of(g, i)] += work_of(g->world->nodes->pdata[i]);
}

/* --- groups into parts --- */

struct listed {
	guint group;
	double weight;
};

static gint by_weight(gconstpointer a, gconstpointer b)
{
	const struct listed *x = a, *y = b;

	if (x->weight != y->weight)
		return x->weight < y->weight ? 1 : -1;
	return x->group < y->group ? -1 : x->group > y->group;
}

/* The groups, the heaviest first. */
static GArray *list_groups(const struct groups *g)
{
	GArray *list = g_array_new(FALSE, FALSE, sizeof(struct listed));

	for (guint i = 0; i < g->world->nodes->len; i++) {
		struct listed listed = {i, g->weight[i]};

		if (g->parent[i] == i)
			g_array_append_val(list, listed);
	}
	g_array_sort(list, by_weight);
	return list;
}

/* The part that has least so far. */
static guint least_of(const double *load, unsigned n)
{
	guint least = 0;

	for (guint part = 1; part < n; part++)
		least = load[part] < load[least] ? part : least;
	return least;
}

/*
 * Heavy groups each go to the part that has least so far; the light ones fill the parts up in the
 * order of the file, in which those that have to do with each other tend to stand together. That
 * also spreads what happens at one time: all clients in one part and all servers in the other would
 * take turns. Returns how many parts have anything.
 */
static unsigned deal_out(struct groups *g, unsigned n, double share)
{
	GArray *list = list_groups(g);
	double load[WORLD_MOST_PARTS] = {0};
	guint i = 0, part = 0;

	for (; i < list->len && g_array_index(list, struct listed, i).weight > HEAVY * share; i++) {
		guint group = g_array_index(list, struct listed, i).group;

		g->part[group] = least_of(load, n);
		load[g->part[group]] += g->weight[group];
	}
	for (guint group = 0; group < g->world->nodes->len; group++) {
		if (g->parent[group] != group || g->weight[group] > HEAVY * share)
			continue;
		while (part + 1 < n && load[part] + g->weight[group] / 2 > share)
			part++;
		g->part[group] = part;
		load[part] += g->weight[group];
	}
	g_array_unref(list);
	g->worst = 0;
	for (part = 0; part < n && load[part] > 0; part++)
		g->worst = MAX(g->worst, load[part]);
	return part;
}

/* --- where to cut --- */

static gint longer_first(gconstpointer a, gconstpointer b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? 1 : x > y ? -1 : 0;
}

/* The delays there are, each once, the longest first. */
static GArray *list_delays(const struct tcpsim_world *world)
{
	GArray *list = g_array_new(FALSE, FALSE, sizeof(int64_t));
	guint kept = 0;

	for (guint i = 0; i < world->links->len; i++) {
		int64_t delay = delay_of(world->links->pdata[i]);

		if (delay > 0)
			g_array_append_val(list, delay);
	}
	g_array_sort(list, longer_first);
	for (guint i = 0; i < list->len; i++) {
		int64_t delay = g_array_index(list, int64_t, i);

		if (!kept || g_array_index(list, int64_t, kept - 1) != delay)
			g_array_index(list, int64_t, kept++) = delay;
	}
	g_array_set_size(list, kept);
	return list;
}

static double whole_work(const struct tcpsim_world *world)
{
	double work = 0;

	for (guint i = 0; i < world->nodes->len; i++)
		work += work_of(world->nodes->pdata[i]);
	return work;
}

/* The first cut, from the longest delay on, that leaves no part much more than its share; else the
 * one that leaves the least. NULL: all is one group. */
static struct groups *choose(const struct tcpsim_world *world, unsigned n, unsigned *used)
{
	GArray *delays = list_delays(world);
	double share = whole_work(world) / n;
	struct groups *best = NULL;
	guint step = (delays->len + TRIES - 1) / TRIES;

	for (guint i = 0; i < delays->len; i += step) {
		struct groups *g = groups_new(world);
		unsigned parts;

		/* The last try is with the shortest. */
		i = i + step >= delays->len ? delays->len - 1 : i;
		join(g, g_array_index(delays, int64_t, i));
		parts = deal_out(g, n, share);
		if (parts < 2 || (best && g->worst >= best->worst)) {
			groups_free(g);
			continue;
		}
		groups_free(best);
		best = g;
		*used = parts;
		if (g->worst <= GOOD_SHARE * share)
			break;
	}
	g_array_unref(delays);
	return best;
}

/* --- the split --- */

/* What was scheduled before keeps its number. */
static void move_event(struct node *node, struct clock_event *event)
{
	int64_t time_ns = event->time_ns;
	uint64_t number = event->id;

	if (!clock_is_set(event))
		return;
	clock_cancel(node->world->clock, event);
	clock_put(node->part->clock, event, time_ns, number);
}

static void take_part(struct tcpsim_world *world, const struct groups *g)
{
	for (guint i = 0; i < world->nodes->len; i++) {
		struct node *node = world->nodes->pdata[i];

		node->part = world->parts[g->part[group_of(g, i)]];
		move_event(node, &node->restart);
		if (world->programs)
			world->programs->each_alarm(node, move_event);
	}
}

static void find_lookahead(struct tcpsim_world *world)
{
	world->lookahead_ns = INT64_MAX;
	for (guint i = 0; i < world->links->len; i++) {
		const struct world_link *link = world->links->pdata[i];

		if (link->end[0]->part != link->end[1]->part)
			world->lookahead_ns = MIN(world->lookahead_ns, delay_of(link));
	}
}

const char *split_world(struct tcpsim_world *world, unsigned n)
{
	unsigned used = 0;
	struct groups *g;

	if (world->built)
		return "the world is built already";
	if (world_first_kernel(world))
		return "a kernel host lives by the real clock";
	n = MIN(n, WORLD_MOST_PARTS);
	g = n < 2 ? NULL : choose(world, n, &used);
	if (!g)
		return "links with a delay divide it nowhere";
	world->parts = g_new(struct world_part *, used);
	for (world->n_parts = 0; world->n_parts < used; world->n_parts++) {
		world->parts[world->n_parts] = part_new(world);
		tcpsim_pool_numbers(world->parts[world->n_parts]->pool, world->n_parts + 1, used);
	}
	take_part(world, g);
	find_lookahead(world);
	groups_free(g);
	return NULL;
}

void split_link(struct world_link *link)
{
	for (int from = 0; link->end[0]->part != link->end[1]->part && from < 2; from++)
		link_cut(link->way[from], link->end[from]->part, link->end[!from]->part);
}

void split_free(struct tcpsim_world *world)
{
	for (unsigned i = 0; i < world->n_parts; i++)
		part_free(world->parts[i]);
	g_free(world->parts);
}
