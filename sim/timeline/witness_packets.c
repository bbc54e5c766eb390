/* What happens to packets on their way. See witness.h. */
#include "timeline/witness_packets.h"
#include "timeline/witness.h"
#include "timeline/witness_inner.h"
#include "timeline/witness_samples.h"
#include "wire/ip.h"

#define LOOPS_BACK 256 /* items: what a host has sent to itself and not taken in */

struct timeline_item *witness_item_of(const struct witness *w, const struct tcpsim_packet *packet)
{
	guint place;

	/* Nearly all packets of a run that is longer than there is room. */
	if (packet->number > w->newest)
		return NULL;
	place = GPOINTER_TO_UINT(
		g_hash_table_lookup(w->under_way, GUINT_TO_POINTER(packet->number)));
	return place ? timeline_at(w->timeline, place - 1) : NULL;
}

void witness_under_way(struct witness *w, uint32_t number, uint32_t place)
{
	w->newest = MAX(w->newest, number);
	g_hash_table_insert(w->under_way, GUINT_TO_POINTER(number), GUINT_TO_POINTER(place + 1));
}

/* --- packets that no host's TCP sent: a program's own segments, ICMP --- */

static void keep(struct witness *w, const struct tcpsim_packet *packet, struct timeline_item *item,
	const struct tcpsim_segment *segment)
{
	uint32_t place;

	if (timeline_is_full(w->timeline)) {
		timeline_add(w->timeline, item);
		return;
	}
	item->text = timeline_add_segment(w->timeline, segment);
	place = timeline_add(w->timeline, item);
	witness_under_way(w, packet->number, place);
}

/* Past the host's TCP: it stands for the end whose address it bears. */
static void raw_segment(struct witness *w, const struct node *node,
	const struct tcpsim_packet *packet, const struct tcpsim_segment *s)
{
	struct end_ref ref = witness_find(w, &s->src, s->src_port, &s->dst, s->dst_port);
	struct timeline_item item;

	if (ref.connection == TIMELINE_NONE)
		ref = witness_begin(w, s);
	witness_count(w, ref, s, TCPSIM_RULE_NONE);
	item = witness_item(w, TIMELINE_SEGMENT, node->index, ref);
	keep(w, packet, &item, s);
}

static void icmp_message(struct witness *w, const struct node *node,
	const struct tcpsim_packet *packet, const struct wire_packet *in)
{
	const struct wire_quote *q = &in->icmp.quote;
	struct end_ref ref = witness_find(w, &q->src, q->src_port, &q->dst, q->dst_port);
	struct tcpsim_segment none = {.ip_version = in->segment.ip_version};
	struct timeline_item item;

	ref.end = !ref.end; /* it goes to the end that is quoted */
	item = witness_item(w, TIMELINE_ICMP, node->index, ref);
	keep(w, packet, &item, &none);
	if (witness_item_of(w, packet)) {
		struct timeline_segment *kept = &g_array_index(w->timeline->segments,
			struct timeline_segment, witness_item_of(w, packet)->text);

		kept->icmp_type = in->icmp.type;
		kept->icmp_code = in->icmp.code;
		kept->icmp_mtu = in->icmp.mtu;
	}
}

static void departs(struct witness *w, const struct node *node, const struct tcpsim_packet *packet)
{
	struct wire_packet in;

	if (witness_item_of(w, packet))
		return; /* its TCP told, or it is on a further link */
	wire_parse_packet(packet, 0, &in);
	if (in.kind == WIRE_TCP)
		raw_segment(w, node, packet, &in.segment);
	else if (in.kind == WIRE_ICMP_ERROR)
		icmp_message(w, node, packet, &in);
}

/* --- where it ends --- */

static bool is_fragment(const struct tcpsim_packet *packet)
{
	struct wire_packet in;

	wire_parse_packet(packet, 0, &in);
	return in.kind == WIRE_FRAGMENT;
}

static void arrives(struct witness *w, const struct node *node, const struct tcpsim_packet *packet)
{
	struct timeline_item *item = witness_item_of(w, packet), again;
	struct timeline_connection *c;

	witness_settle_loop(w, node->index);
	w->arriving = TIMELINE_NONE;
	w->items_before = w->timeline->items->len;
	w->found = TCPSIM_CLOSED;
	if (!item)
		return;
	if (item->fate == TIMELINE_ARRIVED && !is_fragment(packet)) {
		again = *item;
		again.kind = TIMELINE_AGAIN;
		again.time_ns = again.until_ns = witness_now(w);
		again.taken_rule = 0;
		w->arriving = timeline_add(w->timeline, &again);
		return;
	}
	item->until_ns = witness_now(w);
	item->fate = TIMELINE_ARRIVED;
	w->arriving = (uint32_t)(item - timeline_at(w->timeline, 0));
	if (item->connection != TIMELINE_NONE) {
		c = w->timeline->connections->pdata[item->connection];
		c->last_ns = item->until_ns;
	}
}

static void lost(struct witness *w, const struct tcpsim_packet *packet, uint32_t from, uint32_t to,
	const char *cause)
{
	struct timeline_item *item = w->timeline->most_items ? witness_item_of(w, packet) : NULL;
	struct end_ref ref = {TIMELINE_NONE, 0};
	struct timeline_end *end;
	struct wire_packet in;

	if (item) {
		ref = (struct end_ref){item->connection, item->end};
		if (item->fate == TIMELINE_UNDER_WAY) {
			item->fate = TIMELINE_LOST;
			item->until_ns = witness_now(w);
			item->segment.lost_from = from;
			item->segment.lost_to = to;
			item->segment.cause = timeline_cause(w->timeline, cause);
		}
	} else {
		wire_parse_packet(packet, 0, &in);
		if (in.kind == WIRE_TCP)
			ref = witness_find(w, &in.segment.src, in.segment.src_port, &in.segment.dst,
				in.segment.dst_port);
	}
	end = witness_end_of(w, ref);
	if (end && (!item || item->kind == TIMELINE_SEGMENT))
		end->lost++;
}

static void number(struct witness *w, const struct tcpsim_packet *packet)
{
	struct timeline_item *item = witness_item_of(w, packet);
	struct timeline_connection *c;

	w->seen++;
	if (!item || item->segment.seen)
		return;
	item->segment.seen = w->seen;
	if (item->connection == TIMELINE_NONE)
		return;
	c = w->timeline->connections->pdata[item->connection];
	if (!c->first_seen)
		c->first_seen = w->seen;
}

/* --- a host's way to itself --- */

/* What a host sends to itself meets no link: it is taken in here, and until something else happens
 * there. */
void witness_loop_back(struct witness *w, const struct tcpsim_event *e)
{
	const struct tcpsim_segment *s = e->segment;
	uint32_t n = w->timeline->items->len;
	struct end_ref ref;

	if (!w->hooks.taken || w->arriving != TIMELINE_NONE)
		return;
	ref = witness_find(w, &s->src, s->src_port, &s->dst, s->dst_port);
	if (!witness_end_of(w, ref) || witness_end_of(w, ref)->node != e->host)
		return;
	for (uint32_t i = n; i-- > 0 && n - i <= LOOPS_BACK;) {
		struct timeline_item *item = timeline_at(w->timeline, i);
		const struct timeline_segment *kept;

		if (item->kind != TIMELINE_SEGMENT || item->fate != TIMELINE_UNDER_WAY ||
			item->connection != ref.connection || item->end != ref.end)
			continue;
		kept = &g_array_index(w->timeline->segments, struct timeline_segment, item->text);
		if (!tcpsim_seq_eq(kept->seq, s->seq) || kept->flags != s->flags)
			continue;
		item->fate = TIMELINE_ARRIVED;
		item->until_ns = e->time_ns;
		w->arriving = i;
		w->items_before = n;
		w->loops = true;
		return;
	}
}

void witness_settle_loop(struct witness *w, uint32_t node)
{
	if (!w->loops)
		return;
	w->loops = false;
	w->hooks.taken(w, w->world->nodes->pdata[node]);
}

/* --- the world's hooks --- */

static void on_packet(void *context, const struct world_link *link, int from,
	const struct tcpsim_packet *packet, bool arrived, int drop, bool captured)
{
	struct witness *w = context;
	const struct node *at = link->end[arrived ? !from : from];

	if (drop >= 0) {
		lost(w, packet, link->end[from]->index, link->end[!from]->index,
			link_drop_name((enum link_drop)drop));
		return;
	}
	if (!w->timeline->most_items)
		return;
	if (!arrived && !timeline_is_full(w->timeline))
		departs(w, at, packet);
	if (!arrived && at->kind == NODE_HOST && witness_item_of(w, packet))
		witness_sample(w, at, witness_item_of(w, packet)->connection,
			witness_item_of(w, packet)->end);
	if (arrived && at->kind == NODE_HOST)
		arrives(w, at, packet);
	if (captured && at->index == w->watched)
		number(w, packet);
}

/* What the end sent while it took the segment in, it sent on its way to the state it is in now. */
static void settle_answers(struct witness *w, uint32_t from, struct end_ref ref)
{
	const struct timeline_end *end = witness_end_of(w, ref);

	for (uint32_t i = from; end->is_tcp && i < w->timeline->items->len; i++) {
		struct timeline_item *item = timeline_at(w->timeline, i);

		if (item->kind == TIMELINE_SEGMENT && item->connection == ref.connection &&
			item->end == ref.end && item->before != TCPSIM_LISTEN)
			item->before = end->state;
	}
}

static void on_taken(void *context, const struct node *host)
{
	struct witness *w = context;
	uint32_t place = w->arriving;
	struct timeline_item *item;
	const struct timeline_end *end;
	struct end_ref ref;

	w->arriving = TIMELINE_NONE;
	if (place == TIMELINE_NONE || timeline_at(w->timeline, place)->connection == TIMELINE_NONE)
		return;
	item = timeline_at(w->timeline, place);
	ref = (struct end_ref){item->connection, !item->end};
	end = witness_end_of(w, ref);
	item->after = end->is_tcp && end->state != TCPSIM_CLOSED && end->node == host->index
			      ? end->state
		      : w->found == TCPSIM_LISTEN ? TCPSIM_LISTEN
						  : TCPSIM_CLOSED;
	settle_answers(w, w->items_before, ref);
	witness_sample(w, host, ref.connection, ref.end);
}

static void on_ended(void *context, const struct node *router, const struct tcpsim_packet *packet,
	const char *why)
{
	lost(context, packet, router->index, router->index, why);
}

void witness_hook(struct witness *w)
{
	w->hooks.packet = on_packet;
	w->hooks.losses_only = !w->timeline->most_items;
	w->hooks.taken = w->timeline->most_items ? on_taken : NULL;
	w->hooks.ended = on_ended;
}
