/*
 * A link: two directions that share nothing, each with its rate, queue, delay and faults. Packets
 * in flight stand in the direction's own list in the order they will arrive; only the first of them
 * stands in the clock.
 *
 * What happens to a packet, in this order: the faults that strike it where it enters (down, black
 * hole, loss, drops, duplicates, corruption, options taken out), the queue, the line at its rate,
 * the delay with its jitter.
 *
 * The link owns what it carries; the receiver's function takes each packet over.
 */
#ifndef SIM_WORLD_LINK_H
#define SIM_WORLD_LINK_H

#include <tcpsim/packet.h>

#include "world/clock.h"
#include "world/part.h"
#include "world/qdisc.h"
#include "world/rng.h"
#include "world/select.h"

struct link_config {
	int64_t rate_bps; /* 0: without limit */
	int64_t delay_ns, jitter_ns;
	struct qdisc_config queue;
	uint32_t mtu;		   /* of the interfaces at both ends */
	uint32_t black_hole_above; /* datagrams longer than this vanish; 0: none */
	double loss;
	double burst_enter, burst_leave, burst_loss; /* Gilbert and Elliott: per packet */
	double duplicate, corrupt, reorder;
	int64_t reorder_delay_ns; /* how much later a reordered packet comes */
	int64_t hold_ns;	  /* how much later a held one does */
	uint64_t strip_options;	  /* 1 << kind */
	uint16_t mss_limit;
	int64_t down_from_ns, down_until_ns;
	/* Each direction counts in its own. NULL: none. */
	struct selector *drop_select, *duplicate_select, *corrupt_select, *hold_select;
};

/* Gives back what the selections took. */
void link_config_clear(struct link_config *config);

enum link_drop {
	LINK_DROP_DOWN,
	LINK_DROP_BLACK_HOLE,
	LINK_DROP_LOSS,
	LINK_DROP_BURST,
	LINK_DROP_SELECTED,
	LINK_DROP_QUEUE,
	LINK_DROP_AQM,
	LINK_NDROPS
};
const char *link_drop_name(enum link_drop drop);

struct link_counters {
	uint64_t packets, bytes; /* handed in */
	uint64_t delivered;
	uint64_t dropped[LINK_NDROPS];
	uint64_t duplicated, corrupted, reordered, stripped, held;
	uint64_t queue_peak_bytes;
	uint32_t queue_peak_packets;
};

struct link_way; /* one direction */

/*
 * Where a direction leads from one part of the world into another, which runs at the same time
 * (world/threads.h): what was sent while both ran is handed over between two windows, as copies in
 * the receiver's pool, since neither pools nor payload's references are for two threads. There are
 * two: of packets in order, and of those that others overtake.
 */
struct link_border {
	struct link_way *way;
	struct world_part *sender, *receiver;
	/* Packets sent in this window, and in the one before: the receiver copies these. Arrays, as what
	 * another core has written is slow to come, and has to be asked for in time. */
	GPtrArray *sent, *handed;
	int64_t earliest_ns; /* when the first of those sent arrives */
	/* In the world's order, which order.c keeps: how many are under way, of those that are
	 * overtaken when each arrives, and the number with which the first of all does. */
	uint64_t under_way, number;
	GArray *overtaken; /* int64_t, in order; NULL: they keep their order */
};

typedef void (*link_deliver_fn)(void *context, struct tcpsim_packet *packet, int64_t now_ns);
/* Every packet where it enters (arrived: false) and leaves; `drop` -1, or why it ends here. */
typedef void (*link_watch_fn)(
	void *context, const struct tcpsim_packet *packet, int64_t now_ns, bool arrived, int drop);

/* These two arrive next; their own memory is in the cache by now, and whatever else they will need
 * may be asked for. */
typedef void (*link_expect_fn)(
	void *context, struct tcpsim_packet *next, struct tcpsim_packet *after_next);

struct link_hooks {
	link_deliver_fn deliver;
	link_expect_fn expect; /* NULL: nobody cares */
	link_watch_fn watch;   /* NULL: nobody looks */
	void *context, *watch_context;
};

/* `name` seeds its generator with the seed. NULL when memory is exhausted. */
struct link_way *link_way_new(struct clock *clock, const struct link_config *config, uint64_t seed,
	const char *name, const struct link_hooks *hooks);
void link_way_free(struct link_way *way);
/* From now on it leads from one part into another; the way owns its borders. */
void link_cut(struct link_way *way, struct world_part *sender, struct world_part *receiver);
/* Frees all of a list. */
void link_free_packets(struct tcpsim_packet *packet);
/* Asks the cache for the packet that is to be looked at some packets later. */
void link_expect(const GPtrArray *packets, guint now);
/* The receiver takes what was handed over. */
void link_take_in(struct link_border *border);
/* Takes the packet. */
void link_send(struct link_way *way, struct tcpsim_packet *packet);
const struct link_counters *link_counters(const struct link_way *way);
/* What waits in the queue now, the packet on the line included. */
void link_queue(struct link_way *way, uint64_t *bytes, uint32_t *packets);

#endif
