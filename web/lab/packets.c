/* Which packet it is where it enters a link. See packets.h. */
#include "packets.h"

#include "timeline/witness_packets.h"

/* What one direction of a link has counted. */
struct count {
	uint32_t entered, left;
};

struct packets {
	struct tcpsim_world *world;
	struct witness *witness;
	const struct world_witness *behind; /* the witness's own hooks */
	struct world_witness hooks;
	GHashTable *places; /* of links: place, and one */
	struct count *counts;
	GArray *entries; /* struct packet_entry */
	uint32_t
		latest; /* number of the packet that entered last, while its fate is open; 0: none */
};

static struct count *count_of(
	struct packets *w, const struct world_link *link, int end, uint32_t *place)
{
	*place = GPOINTER_TO_UINT(g_hash_table_lookup(w->places, link)) - 1;
	return &w->counts[2 * *place + (uint32_t)end];
}

static void enters(struct packets *w, const struct world_link *link, int end,
	const struct tcpsim_packet *packet)
{
	struct timeline_item *item = witness_item_of(w->witness, packet);
	struct packet_entry entry = {.end = (uint32_t)end};
	struct count *count = count_of(w, link, end, &entry.link);

	entry.nth = ++count->entered;
	entry.nth_left = ++count->left;
	w->latest = 0;
	if (!item || item->segment.seen)
		return;
	g_array_append_val(w->entries, entry);
	w->latest = item->segment.seen = w->entries->len;
}

/* What is struck where it enters (world/link.h) is not counted by what comes after. */
static void ends(struct packets *w, const struct world_link *link, int end, enum link_drop why)
{
	uint32_t place;
	struct count *count = count_of(w, link, end, &place);
	bool is_outage = why == LINK_DROP_DOWN || why == LINK_DROP_BLACK_HOLE;

	if (why == LINK_DROP_QUEUE || why == LINK_DROP_AQM)
		return;
	count->left--;
	count->entered -= is_outage;
	if (w->latest)
		g_array_index(w->entries, struct packet_entry, w->latest - 1).nth_left = 0;
	if (w->latest && is_outage)
		g_array_index(w->entries, struct packet_entry, w->latest - 1).nth = 0;
}

static void on_packet(void *context, const struct world_link *link, int from,
	const struct tcpsim_packet *packet, bool arrived, int drop, bool captured)
{
	struct packets *w = context;

	w->behind->packet(w->behind->context, link, from, packet, arrived, drop, captured);
	if (drop >= 0)
		ends(w, link, from, (enum link_drop)drop);
	else if (!arrived)
		enters(w, link, from, packet);
}

static void on_taken(void *context, const struct node *host)
{
	const struct packets *w = context;

	w->behind->taken(w->behind->context, host);
}

static void on_ended(void *context, const struct node *router, const struct tcpsim_packet *packet,
	const char *why)
{
	const struct packets *w = context;

	w->behind->ended(w->behind->context, router, packet, why);
}

static void on_restarts(void *context, const struct node *host)
{
	const struct packets *w = context;

	w->behind->restarts(w->behind->context, host);
}

static void on_call(void *context, struct process *process, bool returned)
{
	const struct packets *w = context;

	w->behind->call(w->behind->context, process, returned);
}

struct packets *packets_new(struct tcpsim_world *world, struct witness *witness)
{
	struct packets *w = g_new0(struct packets, 1);

	w->world = world;
	w->witness = witness;
	w->behind = world->witness;
	w->hooks = (struct world_witness){.context = w,
		.packet = on_packet,
		.taken = on_taken,
		.ended = on_ended,
		.restarts = on_restarts,
		.call = on_call};
	w->places = g_hash_table_new(NULL, NULL);
	w->counts = g_new0(struct count, 2 * world->links->len + 1);
	w->entries = g_array_new(FALSE, FALSE, sizeof(struct packet_entry));
	for (guint i = 0; i < world->links->len; i++)
		g_hash_table_insert(w->places, world->links->pdata[i], GUINT_TO_POINTER(i + 1));
	world->witness = &w->hooks;
	return w;
}

const GArray *packets_entries(const struct packets *packets)
{
	return packets->entries;
}

void packets_free(struct packets *w)
{
	if (!w)
		return;
	w->world->witness = w->behind;
	g_hash_table_destroy(w->places);
	g_free(w->counts);
	g_array_free(w->entries, TRUE);
	g_free(w);
}
