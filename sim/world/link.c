/* One direction of a link. See link.h. */
#include "world/link.h"

#include <glib.h>
#include <wire/ip.h>
#include <wire/wire.h>

#include "world/modify.h"

#define LOOK_AHEAD 4  /* packets: some of a microsecond each */
#define FAR_AHEAD  8  /* packets that are but copied or freed */
#define LINE	   64 /* of the cache */

/* A packet's place in time while it is in this direction stands in packet->time_ns: when it
 * arrives. */
struct departure {
	int64_t time_ns;
	uint32_t len;
};

/* Packets in flight by arrival; the first one stands in the clock. */
struct arrivals {
	struct link_way *way;
	struct clock *clock;	    /* of who receives */
	struct link_border *border; /* NULL: both ends are of one part */
	struct tcpsim_packet *first, **last;
	int64_t last_arrival_ns;     /* of the last packet */
	struct tcpsim_packet *ahead; /* how far look_ahead has come; NULL: nowhere */
	int ahead_by;		     /* packets from the first to there */
	struct clock_event arrival;
};

struct link_way {
	struct clock *clock;
	struct link_config config;
	struct link_hooks hooks;
	struct link_counters counters;
	struct rng rng;
	struct qdisc queue;
	struct arrivals in_order, stragglers; /* nearly all, in order; those that others overtake */
	struct clock_event line_free;
	int64_t busy_until_ns; /* the line */
	bool in_burst;
	bool faults; /* whether any fault is configured */
	/* When the packets of the queue will have left, a ring: their room is freed when somebody
	 * looks. */
	struct departure *departures;
	uint32_t dep_first, dep_n, dep_size;
};

const char *link_drop_name(enum link_drop drop)
{
	static const char *const NAME[LINK_NDROPS] = {
		[LINK_DROP_DOWN] = "down",
		[LINK_DROP_BLACK_HOLE] = "black-hole",
		[LINK_DROP_LOSS] = "loss",
		[LINK_DROP_BURST] = "burst-loss",
		[LINK_DROP_SELECTED] = "selected",
		[LINK_DROP_QUEUE] = "queue-full",
		[LINK_DROP_AQM] = "queue-management",
	};

	return NAME[drop];
}

/*
 * By the time a packet arrives, all that was in the cache when it left has been driven out by the
 * thousands that left meanwhile. What comes is known, though: while one packet is taken in, the
 * memory of the next ones is asked for.
 */
static void look_ahead(struct arrivals *arrivals)
{
	struct tcpsim_packet *next = arrivals->first;

	if (!arrivals->ahead) {
		arrivals->ahead = next;
		arrivals->ahead_by = 0;
	}
	for (int step = 0; step < 2 && arrivals->ahead_by < LOOK_AHEAD && arrivals->ahead->next;
		step++) {
		arrivals->ahead = arrivals->ahead->next;
		arrivals->ahead_by++;
		for (size_t at = 0; at < sizeof(*next); at += LINE)
			__builtin_prefetch((const char *)arrivals->ahead + at);
	}
	if (arrivals->ahead_by == LOOK_AHEAD && arrivals->way->hooks.expect)
		arrivals->way->hooks.expect(arrivals->way->hooks.context, next, next->next);
}

/* A number for the arrival of what follows, which may have been sent already though it is not here
 * yet. */
static void mark_next(const struct arrivals *arrivals)
{
	if (!arrivals->first)
		clock_skip(arrivals->clock);
	clock_mark(arrivals->clock, arrivals->border, -1);
}

static void arrive(struct clock_event *event, int64_t now_ns)
{
	struct arrivals *arrivals =
		(struct arrivals *)((char *)event - offsetof(struct arrivals, arrival));
	struct link_way *way = arrivals->way;
	struct tcpsim_packet *packet = arrivals->first;

	arrivals->first = packet->next;
	arrivals->ahead = arrivals->ahead == packet ? NULL : arrivals->ahead;
	arrivals->ahead_by--;
	if (arrivals->first) {
		look_ahead(arrivals);
		clock_at(arrivals->clock, &arrivals->arrival, arrivals->first->time_ns);
	} else {
		arrivals->last = &arrivals->first;
	}
	if (G_UNLIKELY(arrivals->border))
		mark_next(arrivals);
	packet->next = NULL;
	way->counters.delivered++;
	if (way->hooks.watch)
		way->hooks.watch(way->hooks.watch_context, packet, now_ns, true, -1);
	way->hooks.deliver(way->hooks.context, packet, now_ns);
}

/* A number for its arrival, if it is the first that will arrive. */
static void hand_over(struct arrivals *arrivals, struct tcpsim_packet *packet)
{
	struct link_border *border = arrivals->border;

	if (!border->sent->len) {
		border->earliest_ns = packet->time_ns;
		g_ptr_array_add(border->sender->sent, border);
	}
	g_ptr_array_add(border->sent, packet);
	border->earliest_ns = MIN(border->earliest_ns, packet->time_ns);
	clock_skip(border->sender->clock);
	clock_mark(border->sender->clock, border, packet->time_ns);
}

/* Among those under way, behind all that arrive no later; nobody is overtaken but stragglers. */
static void line_up(struct arrivals *arrivals, struct tcpsim_packet *packet)
{
	struct tcpsim_packet **at =
		arrivals == &arrivals->way->in_order ? arrivals->last : &arrivals->first;

	while (*at && (*at)->time_ns <= packet->time_ns)
		at = &(*at)->next;
	packet->next = *at;
	*at = packet;
	if (!packet->next)
		arrivals->last = &packet->next;
}

static void append(struct arrivals *arrivals, struct tcpsim_packet *packet)
{
	arrivals->last_arrival_ns = packet->time_ns;
	if (G_UNLIKELY(arrivals->border)) {
		hand_over(arrivals, packet);
		return;
	}
	packet->next = NULL;
	*arrivals->last = packet;
	arrivals->last = &packet->next;
	if (arrivals->first == packet)
		clock_at(arrivals->clock, &arrivals->arrival, packet->time_ns);
}

/* Puts a packet among the stragglers. Where there are none, the last of them has arrived by now. */
static void straggle(struct arrivals *arrivals, struct tcpsim_packet *packet)
{
	if (arrivals->last_arrival_ns <= packet->time_ns) {
		append(arrivals, packet);
	} else if (arrivals->border) {
		hand_over(arrivals, packet);
	} else {
		line_up(arrivals, packet);
		if (arrivals->first == packet)
			clock_move(arrivals->clock, &arrivals->arrival, packet->time_ns);
	}
}

/* The packet has left the line at `left_ns`. */
static void propagate(
	struct link_way *way, struct tcpsim_packet *packet, int64_t left_ns, int64_t extra_ns)
{
	int64_t arrival_ns = left_ns + way->config.delay_ns;

	if (way->config.jitter_ns)
		arrival_ns += (int64_t)rng_below(&way->rng, (uint64_t)way->config.jitter_ns + 1);
	/* Jitter by itself does not reorder: a packet waits for the one before it. (Where all have
	 * arrived, the last of them did so by now.) */
	if (way->config.jitter_ns && !way->config.reorder &&
		arrival_ns < way->in_order.last_arrival_ns)
		arrival_ns = way->in_order.last_arrival_ns;
	packet->time_ns = arrival_ns + extra_ns;
	if (extra_ns || packet->time_ns < way->in_order.last_arrival_ns)
		straggle(&way->stragglers, packet);
	else
		append(&way->in_order, packet);
}

static int64_t line_time(const struct link_way *way, size_t len)
{
	__extension__ typedef unsigned __int128 wide;

	if (len < (1 << 20)) /* no overflow: 2^20 * 8 * 10^9 < 2^63 */
		return (int64_t)(len * UINT64_C(8000000000) / (uint64_t)way->config.rate_bps);
	return (int64_t)((wide)len * UINT64_C(8000000000) / (uint64_t)way->config.rate_bps);
}

static void drop(struct link_way *way, struct tcpsim_packet *packet, enum link_drop why)
{
	way->counters.dropped[why]++;
	if (way->hooks.watch)
		way->hooks.watch(
			way->hooks.watch_context, packet, clock_now(way->clock), true, (int)why);
	tcpsim_packet_free(packet);
}

/* Frees the room of those that have left by now. */
static void settle(struct link_way *way, int64_t now_ns)
{
	while (way->dep_n && way->departures[way->dep_first].time_ns <= now_ns) {
		struct departure *d = &way->departures[way->dep_first];

		qdisc_departed(&way->queue, d->len, d->time_ns);
		way->dep_first = (way->dep_first + 1) & (way->dep_size - 1);
		way->dep_n--;
	}
}

static void note_departure(struct link_way *way, int64_t time_ns, uint32_t len)
{
	if (way->dep_n == way->dep_size) {
		struct departure *bigger = g_new(struct departure, 2 * way->dep_size);

		for (uint32_t i = 0; i < way->dep_n; i++)
			bigger[i] = way->departures[(way->dep_first + i) & (way->dep_size - 1)];
		g_free(way->departures);
		way->departures = bigger;
		way->dep_first = 0;
		way->dep_size *= 2;
	}
	way->departures[(way->dep_first + way->dep_n++) & (way->dep_size - 1)] =
		(struct departure){time_ns, len};
}

static void note_peak(struct link_way *way)
{
	if (way->queue.bytes > way->counters.queue_peak_bytes)
		way->counters.queue_peak_bytes = way->queue.bytes;
	if (way->queue.packets > way->counters.queue_peak_packets)
		way->counters.queue_peak_packets = way->queue.packets;
}

/* The line is free: the next packet of a discipline that decides on departure. */
static void transmit_next(struct link_way *way, int64_t now_ns)
{
	struct tcpsim_packet *dropped = NULL, *next;
	struct tcpsim_packet *packet = qdisc_take(&way->queue, now_ns, &dropped);

	for (; dropped; dropped = next) {
		next = dropped->next;
		dropped->next = NULL;
		drop(way, dropped, LINK_DROP_AQM);
	}
	if (!packet)
		return;
	way->busy_until_ns = now_ns + line_time(way, tcpsim_packet_len(packet));
	clock_at(way->clock, &way->line_free, way->busy_until_ns);
	propagate(way, packet, way->busy_until_ns, 0);
}

static void on_line_free(struct clock_event *event, int64_t now_ns)
{
	transmit_next(
		(struct link_way *)((char *)event - offsetof(struct link_way, line_free)), now_ns);
}

static void enqueue(
	struct link_way *way, struct tcpsim_packet *packet, int64_t now_ns, int64_t extra_ns)
{
	size_t len = tcpsim_packet_len(packet);

	if (!way->config.rate_bps) {
		propagate(way, packet, now_ns, extra_ns);
		return;
	}
	settle(way, now_ns);
	if (!qdisc_admit(&way->queue, packet, &way->rng, now_ns)) {
		drop(way, packet, LINK_DROP_QUEUE);
		return;
	}
	note_peak(way);
	if (qdisc_holds(&way->queue)) {
		qdisc_put(&way->queue, packet, now_ns);
		if (!clock_is_set(&way->line_free))
			transmit_next(way, now_ns);
		return;
	}
	if (way->busy_until_ns < now_ns)
		way->busy_until_ns = now_ns;
	way->busy_until_ns += line_time(way, len);
	note_departure(way, way->busy_until_ns, (uint32_t)len);
	propagate(way, packet, way->busy_until_ns, extra_ns);
}

/* Gilbert and Elliott: a two-state chain, a step a packet. */
static bool burst_strikes(struct link_way *way)
{
	if (!way->config.burst_enter)
		return false;
	if (way->in_burst)
		way->in_burst = !rng_chance(&way->rng, way->config.burst_leave);
	else
		way->in_burst = rng_chance(&way->rng, way->config.burst_enter);
	return way->in_burst && rng_chance(&way->rng, way->config.burst_loss);
}

/* What ends the packet where it enters, or -1. */
static int struck(struct link_way *way, const struct tcpsim_packet *packet,
	const struct wire_packet *in, int64_t now_ns)
{
	const struct link_config *c = &way->config;

	if (now_ns >= c->down_from_ns && now_ns < c->down_until_ns)
		return LINK_DROP_DOWN;
	if (c->black_hole_above && tcpsim_packet_len(packet) > c->black_hole_above)
		return LINK_DROP_BLACK_HOLE;
	if (c->drop_select && select_strikes(c->drop_select, in, now_ns))
		return LINK_DROP_SELECTED;
	if (burst_strikes(way))
		return LINK_DROP_BURST;
	return rng_chance(&way->rng, c->loss) ? LINK_DROP_LOSS : -1;
}

static bool selected(struct selector *selector, const struct wire_packet *in, int64_t now_ns)
{
	return selector && select_strikes(selector, in, now_ns);
}

static void send_faulty(struct link_way *way, struct tcpsim_packet *packet, int64_t now_ns)
{
	const struct link_config *c = &way->config;
	struct wire_packet in = {.kind = WIRE_BAD};
	struct tcpsim_packet *twin = NULL;
	int64_t extra_ns = 0;
	int why;

	if (c->drop_select || c->duplicate_select || c->corrupt_select || c->hold_select)
		wire_parse_packet(packet, 0, &in);
	why = struck(way, packet, &in, now_ns);
	if (why >= 0) {
		drop(way, packet, (enum link_drop)why);
		return;
	}
	if ((c->strip_options || c->mss_limit) &&
		modify_options(packet, c->strip_options, c->mss_limit))
		way->counters.stripped++;
	if (selected(c->duplicate_select, &in, now_ns) || rng_chance(&way->rng, c->duplicate)) {
		twin = modify_copy(packet);
		way->counters.duplicated++;
	}
	if (selected(c->hold_select, &in, now_ns)) {
		extra_ns = c->hold_ns;
		way->counters.held++;
	} else if (rng_chance(&way->rng, c->reorder)) {
		extra_ns = c->reorder_delay_ns;
		way->counters.reordered++;
	}
	if (selected(c->corrupt_select, &in, now_ns) || rng_chance(&way->rng, c->corrupt)) {
		modify_corrupt(packet, &way->rng);
		way->counters.corrupted++;
	}
	enqueue(way, packet, now_ns, extra_ns);
	if (twin)
		enqueue(way, twin, now_ns, 0);
}

void link_send(struct link_way *way, struct tcpsim_packet *packet)
{
	int64_t now_ns = clock_now(way->clock);

	way->counters.packets++;
	way->counters.bytes += tcpsim_packet_len(packet);
	packet->next = NULL;
	if (way->hooks.watch)
		way->hooks.watch(way->hooks.watch_context, packet, now_ns, false, -1);
	if (way->faults)
		send_faulty(way, packet, now_ns);
	else
		enqueue(way, packet, now_ns, 0);
}

static bool has_faults(const struct link_config *c)
{
	return c->black_hole_above || c->loss > 0 || c->burst_enter > 0 || c->duplicate > 0 ||
	       c->corrupt > 0 || c->reorder > 0 || c->strip_options || c->mss_limit ||
	       c->down_until_ns || c->drop_select || c->duplicate_select || c->corrupt_select ||
	       c->hold_select;
}

static void init_arrivals(struct link_way *way, struct arrivals *arrivals)
{
	arrivals->way = way;
	arrivals->clock = way->clock;
	arrivals->last = &arrivals->first;
	arrivals->arrival.fire = arrive;
}

struct link_way *link_way_new(struct clock *clock, const struct link_config *config, uint64_t seed,
	const char *name, const struct link_hooks *hooks)
{
	struct link_way *way = g_new0(struct link_way, 1);

	way->clock = clock;
	way->config = *config;
	way->hooks = *hooks;
	way->faults = has_faults(config);
	init_arrivals(way, &way->in_order);
	init_arrivals(way, &way->stragglers);
	way->line_free.fire = on_line_free;
	way->dep_size = 64;
	way->departures = g_new(struct departure, way->dep_size);
	rng_seed(&way->rng, seed, name);
	qdisc_init(&way->queue, &config->queue,
		config->rate_bps ? 500 * 8e9 / (double)config->rate_bps : 0);
	return way;
}

void link_free_packets(struct tcpsim_packet *packet)
{
	struct tcpsim_packet *next;

	for (; packet; packet = next) {
		next = packet->next;
		tcpsim_packet_free(packet);
	}
}

static void clear_arrivals(struct arrivals *arrivals)
{
	clock_cancel(arrivals->clock, &arrivals->arrival);
	link_free_packets(arrivals->first);
}

/* --- borders --- */

static struct link_border *border_new(
	struct link_way *way, struct world_part *sender, struct world_part *receiver)
{
	struct link_border *border = g_new0(struct link_border, 1);

	border->way = way;
	border->sender = sender;
	border->receiver = receiver;
	border->sent = g_ptr_array_new_with_free_func((GDestroyNotify)tcpsim_packet_free);
	border->handed = g_ptr_array_new_with_free_func((GDestroyNotify)tcpsim_packet_free);
	return border;
}

void link_cut(struct link_way *way, struct world_part *sender, struct world_part *receiver)
{
	way->in_order.border = border_new(way, sender, receiver);
	way->stragglers.border = border_new(way, sender, receiver);
	way->stragglers.border->overtaken = g_array_new(FALSE, FALSE, sizeof(int64_t));
	way->in_order.clock = way->stragglers.clock = receiver->clock;
}

static void border_free(struct link_border *border)
{
	if (!border)
		return;
	g_ptr_array_unref(border->sent);
	g_ptr_array_unref(border->handed);
	if (border->overtaken)
		g_array_unref(border->overtaken);
	g_free(border);
}

void link_expect(const GPtrArray *packets, guint now)
{
	const char *packet =
		now + FAR_AHEAD < packets->len ? packets->pdata[now + FAR_AHEAD] : NULL;

	for (size_t at = 0; packet && at < sizeof(struct tcpsim_packet); at += LINE)
		__builtin_prefetch(packet + at);
}

void link_take_in(struct link_border *border)
{
	struct arrivals *arrivals =
		border->overtaken ? &border->way->stragglers : &border->way->in_order;
	const struct tcpsim_packet *first = arrivals->first;

	for (guint i = 0; i < border->handed->len; i++) {
		struct tcpsim_packet *copy;

		link_expect(border->handed, i);
		copy = tcpsim_packet_copy(border->receiver->pool, border->handed->pdata[i]);
		if (!copy)
			g_error("no memory for a packet");
		line_up(arrivals, copy);
	}
	if (arrivals->first == first)
		return;
	clock_cancel(arrivals->clock, &arrivals->arrival);
	clock_put(arrivals->clock, &arrivals->arrival, arrivals->first->time_ns, border->number);
}

void link_config_clear(struct link_config *config)
{
	select_free(config->drop_select);
	select_free(config->duplicate_select);
	select_free(config->corrupt_select);
	select_free(config->hold_select);
	config->drop_select = config->duplicate_select = NULL;
	config->corrupt_select = config->hold_select = NULL;
}

void link_way_free(struct link_way *way)
{
	if (!way)
		return;
	clear_arrivals(&way->in_order);
	clear_arrivals(&way->stragglers);
	border_free(way->in_order.border);
	border_free(way->stragglers.border);
	clock_cancel(way->clock, &way->line_free);
	qdisc_clear(&way->queue);
	g_free(way->departures);
	g_free(way);
}

const struct link_counters *link_counters(const struct link_way *way)
{
	return &way->counters;
}

void link_queue(struct link_way *way, uint64_t *bytes, uint32_t *packets)
{
	settle(way, clock_now(way->clock));
	*bytes = way->queue.bytes;
	*packets = way->queue.packets;
}
