/* What a world's links lost and its routers did, told. See simulate.h. */
#include <inttypes.h>
#include <stdio.h>

#include "base/json_line.h"
#include "simulate_network.h"
#include "tcpsim/world.h"
#include "world/link.h"
#include "world/router.h"
#include "world/world.h"

/* --- links --- */

static void print_link_json(const struct world_link *link, int from, const struct link_counters *c)
{
	struct json_line *line = json_line_new("link");
	uint64_t dropped = 0;

	for (int i = 0; i < LINK_NDROPS; i++)
		dropped += c->dropped[i];
	json_string(line, "from", link->end[from]->name);
	json_string(line, "to", link->end[!from]->name);
	json_int(line, "packets", (gint64)c->packets);
	json_int(line, "bytes", (gint64)c->bytes);
	json_int(line, "delivered", (gint64)c->delivered);
	json_int(line, "dropped", (gint64)dropped);
	for (int i = 0; i < LINK_NDROPS; i++) {
		if (c->dropped[i])
			json_int(line, link_drop_name((enum link_drop)i), (gint64)c->dropped[i]);
	}
	json_int(line, "duplicated", (gint64)c->duplicated);
	json_int(line, "corrupted", (gint64)c->corrupted);
	json_int(line, "reordered", (gint64)(c->reordered + c->held));
	json_int(line, "queue_peak_bytes", (gint64)c->queue_peak_bytes);
	json_line_print(line);
}

static void print_count(const char *what, uint64_t n)
{
	if (n)
		printf(", %" PRIu64 " %s", n, what);
}

static void print_link_text(const struct world_link *link, int from, const struct link_counters *c)
{
	printf("  %s -> %s: %" PRIu64 " packet%s, %" PRIu64 " bytes", link->end[from]->name,
		link->end[!from]->name, c->packets, c->packets == 1 ? "" : "s", c->bytes);
	for (int i = 0; i < LINK_NDROPS; i++) {
		if (c->dropped[i])
			printf(", %" PRIu64 " lost (%s)", c->dropped[i],
				link_drop_name((enum link_drop)i));
	}
	print_count("duplicated", c->duplicated);
	print_count("corrupted", c->corrupted);
	print_count("reordered", c->reordered);
	print_count("held back", c->held);
	print_count("with options stripped", c->stripped);
	if (c->queue_peak_packets > 1)
		printf(", queue at most %u packets (%" PRIu64 " bytes)", c->queue_peak_packets,
			c->queue_peak_bytes);
	printf("\n");
}

void print_links(const struct tcpsim_world *world, bool json)
{
	if (!json)
		printf("\nLinks\n");
	for (guint i = 0; i < world->links->len; i++) {
		const struct world_link *link = world->links->pdata[i];

		for (int from = 0; from < 2; from++) {
			const struct link_counters *c = link_counters(link->way[from]);

			if (json)
				print_link_json(link, from, c);
			else if (c->packets)
				print_link_text(link, from, c);
		}
	}
}

/* --- routers --- */

static const struct {
	const char *text, *json;
	size_t offset;
} ROUTER[] = {
#define COUNTER(member, text, json)                                                                \
	{                                                                                          \
		text, json, offsetof(struct router_counters, member)                               \
	}
	COUNTER(forwarded, "forwarded", "forwarded"),
	COUNTER(fragmented, "fragmented", "fragmented"),
	COUNTER(black_holed, "black-holed", "black_holed"),
	COUNTER(unreachable, "unreachable", "unreachable"),
	COUNTER(ttl_exceeded, "out of time to live", "ttl_exceeded"),
	COUNTER(too_big, "too big", "too_big"),
	COUNTER(icmp_sent, "answered by ICMP", "icmp_sent"),
	COUNTER(not_sent, "without a word", "icmp_not_sent"),
#undef COUNTER
};

static uint64_t router_count(const struct node *node, size_t i)
{
	return *(const uint64_t *)((const char *)&node->router.counters + ROUTER[i].offset);
}

static void print_router_json(const struct node *node)
{
	struct json_line *line = json_line_new("router");

	json_string(line, "node", node->name);
	for (size_t i = 0; i < G_N_ELEMENTS(ROUTER); i++)
		json_int(line, ROUTER[i].json, (gint64)router_count(node, i));
	json_line_print(line);
}

static void print_router_text(const struct node *node)
{
	const char *before = ": ";

	printf("  %s", node->name);
	for (size_t i = 0; i < G_N_ELEMENTS(ROUTER); i++) {
		if (!router_count(node, i))
			continue;
		printf("%s%" PRIu64 " %s", before, router_count(node, i), ROUTER[i].text);
		before = ", ";
	}
	printf("\n");
}

void print_routers(const struct tcpsim_world *world, bool json)
{
	bool any = false;

	for (guint i = 0; i < world->nodes->len; i++) {
		const struct node *node = world->nodes->pdata[i];

		if (node->kind != NODE_ROUTER)
			continue;
		if (!json && !any)
			printf("\nRouters\n");
		any = true;
		if (json)
			print_router_json(node);
		else
			print_router_text(node);
	}
}
