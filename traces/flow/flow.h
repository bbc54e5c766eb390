/*
 * The table of connections: from a 4-tuple to what is known of the connection that uses it now.
 *
 * A record lives until it is let go (flow_release) or the table goes: late packets of a closed
 * connection are still its own. A capture may hold a million of them, so those of connections that
 * have ended (flow_end) are folded after a while (flow_settle), and whole again when somebody wants
 * one. The table owns everything it hands out; a pointer stays good until flow_settle or
 * flow_release, the record's place, which others remember it by, until it is let go. Its number is
 * its connection's for ever. Side 0 of a record
 * is the sender of its first packet; who the client is, is told later (flow_client). VLAN and
 * tunnel tags take no part in the key.
 *
 * A record is a connection of the capture, not of a 4-tuple: where a SYN with another ISN comes on
 * a 4-tuple in use, a new one begins and the old one can be reached through `previous`.
 */
#ifndef TCPSIM_TRACES_FLOW_FLOW_H
#define TCPSIM_TRACES_FLOW_FLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <tcpsim/addr.h>
#include <tcpsim/seq.h>
#include <tcpsim/state.h>

#include "traces/flow/figures.h"

struct flow_figures;

#define FLOW_NONE UINT32_MAX

/* What one end did, or is known by the other to have done: bits of flow_side.seen. */
enum {
	FLOW_BASE = 1 << 0,    /* base is known */
	FLOW_SENT = 1 << 1,    /* nxt is known */
	FLOW_SYN = 1 << 2,     /* a SYN without ACK was seen from this end */
	FLOW_SYN_ACK = 1 << 3, /* a SYN with ACK */
	FLOW_FIN = 1 << 4,     /* a FIN; fin_end tells where */
	FLOW_RST = 1 << 5,     /* a RST */
	FLOW_TEXT = 1 << 6,    /* payload */
	FLOW_MSS = 1 << 7,     /* options of its SYN */
	FLOW_WSCALE = 1 << 8,
	FLOW_SACK = 1 << 9,
	FLOW_TIMESTAMPS = 1 << 10,
	FLOW_SYN_BARE_FIRST = 1 << 11, /* its SYN came before any SYN with ACK of this connection */
	FLOW_SYN_ANSWERED = 1 << 12,   /* a SYN-ACK of the peer acknowledged exactly its SYN */
	FLOW_SYN_ACKED = 1 << 13,      /* some segment of the peer acknowledged its SYN */
	FLOW_FIN_TAKEN = 1 << 14,      /* the peer's state has taken its FIN in */
	FLOW_FIN_ACKED = 1 << 15,      /* the peer acknowledged its FIN */
	FLOW_RECOVERY = 1 << 16,       /* it is sending again up to `recover` */
	FLOW_ID_VARIES = 1 << 18,      /* its IPv4 identification tells packets apart */
	FLOW_TIMING = 1 << 19,	       /* a round trip is being measured */
	FLOW_TALKED = 1 << 20,	       /* sent something that is neither SYN nor RST */
	FLOW_SERVED = 1 << 21,	       /* its program has shown itself: payload or FIN */
	FLOW_ZERO_WINDOW = 1 << 22,    /* its last window was 0 */
	FLOW_RST_STATE = 1 << 23,      /* state_before_rst is what a RST ended */
	FLOW_TWO_ISNS =
		1 << 25, /* answered a SYN with two ISNs; which one counts is not known yet */
	FLOW_PROBING = 1 << 24,	   /* its last segment was a keepalive or a window probe */
	FLOW_UNA = 1 << 26,	   /* una is an acknowledgment that was seen, not a guess */
	FLOW_SYN_TEXT = 1 << 27,   /* its SYN carried payload (Fast Open) */
	FLOW_SYN_ANSWER = 1 << 28, /* something came between its SYNs: no timer's run */
	FLOW_SACKED = 1 << 29, /* the peer has reported text of its behind a gap (extra->sacked) */
	FLOW_OTHER_ANSWER = 1 << 17, /* sent a SYN,ACK of another number than the one that counts */
	FLOW_FIN_LOST = 1 << 30, /* its FIN went again: it counts as received when acknowledged */
#define FLOW_CUT (1u << 31)	 /* its persist timer has sent text up to extra->cut_end */
};

#define FLOW_MAX_GAPS  16
#define FLOW_RECENT    4
#define FLOW_MAX_HOLES 64

/* Bytes not seen, below something that was. */
struct flow_hole {
	tcpsim_seq start, end;
	int64_t opened_ns;
	uint32_t ts_val; /* timestamp and IPv4 identification of the segment that opened it */
	uint16_t ip_id;
};

/* What few connections need, allocated when the first of it comes. */
struct flow_extra {
	uint32_t n_gaps, n_holes, cap_holes;
	/* What shows a loss to this end: the peer's last duplicate ACK or SACK block. */
	int64_t loss_ns;
	uint64_t loss_packet;
	tcpsim_seq sacked; /* the highest number the peer has reported behind a gap (FLOW_SACKED) */
	int64_t shown_ns;  /* when enough stood for the first unacknowledged one; 0: not yet */
	int64_t timeout_ns; /* when its retransmission timer was last taken to have run */
	int64_t again_ns;   /* when it last sent text or FIN again */
	/* at most so long the answer to a SYN or SYN,ACK took that went again; 0: not known */
	uint32_t answer_us;
	tcpsim_seq cut_end; /* end of text cut to what the window had left (FLOW_CUT) */
	/* An ICMP error that told this end of a smaller path MTU. 0: none. */
	int64_t pmtu_ns;
	uint64_t pmtu_packet;
	tcpsim_seq pmtu_end;	       /* so far text has gone again for it */
	uint16_t pmtu;		       /* 0: it did not say */
	int64_t gap_ns[FLOW_MAX_GAPS]; /* between one SYN (or SYN-ACK) and the next */
	struct flow_hole *holes;       /* sorted by start */
};

struct flow_side {
	tcpsim_seq base;    /* ISN: seen, or deduced (seq-1, ack-1) */
	tcpsim_seq nxt;	    /* one past the highest number sent */
	tcpsim_seq una;	    /* the highest acknowledgment of the peer */
	tcpsim_seq fin_end; /* one past the FIN */
	tcpsim_seq ack;	    /* the last acknowledgment this end sent */
	/* RFC 6582's recover: end of what was out when it began to send again; behind its RST that
	 * one's number; of two ISNs (FLOW_TWO_ISNS) the first */
	tcpsim_seq recover;
	uint32_t window;   /* the last one advertised by this end, scaled */
	uint32_t seen;	   /* FLOW_ bits */
	uint16_t recovery; /* enum tcpsim_rule: why it sends again (FLOW_RECOVERY) */
	uint16_t window_raw, mss, ip_id;
	uint8_t state, state_before_rst; /* enum tcpsim_state */
	uint8_t system;		 /* what its SYN's options tell (observer/system.c); 0: nothing */
	uint8_t wscale, dup_run; /* dup_run: duplicate ACKs received in a row */
	/* unanswered: repetitions (data, FIN, keepalives) since the peer's last sign */
	uint8_t ttl, unanswered;
	uint32_t packets, syn, fin, rst;
	uint32_t retransmitted, out_of_order, dup_acks, zero_windows, keepalives;
	uint32_t ts_newest; /* the latest timestamp it sent; 0: none */
	uint64_t bytes, unique_bytes;
	int64_t sent_ns;     /* when it last sent something that takes sequence space */
	int64_t syn_ns;	     /* its last SYN or SYN-ACK */
	int64_t last_ns;     /* its last segment of any kind */
	int64_t progress_ns; /* the peer's last acknowledgment of something new */
	/* from its segments to their acknowledgment, where the capture was taken; 0: not known */
	uint32_t rtt_us;
	uint32_t rtt_min_us; /* the least of them: how soon the peer answers */
	tcpsim_seq timed;    /* number whose acknowledgment ends the measurement */
	uint32_t timed_us;   /* when it left; behind this end's RST, when that did */
	/* when it last sent what its peer must answer (modulo 2^32) */
	uint32_t asked_us;
	struct flow_extra *extra;
};

struct flow_key {
	struct tcpsim_addr addr[2]; /* the lower one first: both directions have one key */
	uint16_t port[2];
};

/* Bits of flow.marks. */
enum {
	FLOW_HANDSHAKE =
		1 << 0, /* SYN, SYN-ACK and its ACK were seen, each acknowledging the last */
	FLOW_SIMULTANEOUS = 1 << 1, /* both ends sent a SYN before any SYN-ACK */
	FLOW_ESTABLISHED =
		1 << 2, /* both ends were, or one was and nothing is known of the other */
	FLOW_REFUSED = 1 << 3,
	FLOW_RESET = 1 << 4,	 /* a RST ended it, nothing contradicts */
	FLOW_START_SYN = 1 << 5, /* its first packet */
	FLOW_START_SYN_ACK = 1 << 6,
	FLOW_CLIENT_KNOWN = 1 << 7,
	FLOW_COMPLETED = 1 << 8, /* counted in its listener's completed queue */
	FLOW_INCOMPLETE = 1 << 9,
	FLOW_ICMP = 1 << 10,	       /* an ICMP error quoted it */
	FLOW_MET_COMPLETED = 1 << 12,  /* its last SYN met a completed queue as long as any */
	FLOW_MET_INCOMPLETE = 1 << 13, /* or an incomplete one */
	FLOW_ACK_IGNORED = 1 << 14,    /* its SYN,ACK went again long after the client's ACK */
	FLOW_SUMMED_UP = 1 << 15,      /* its pace has been summed up */
	FLOW_SPLIT =
		1 << 11, /* goes on from `previous`, whose SYN was answered by a SYN of its own */
};

struct flow {
	struct flow_key key;
	uint32_t number;   /* in the order of first packets, from 0 */
	uint32_t place;	   /* in the table; another's once it was let go */
	uint32_t previous; /* number of the one that had the 4-tuple before, or FLOW_NONE */
	uint32_t listener; /* index into the listeners, or FLOW_NONE */
	uint16_t marks;
	uint8_t ip_version;
	uint8_t low;	/* which side has key.addr[0] */
	uint8_t client; /* side; a guess unless FLOW_CLIENT_KNOWN */
	uint8_t last;	/* side that sent the last packet */
	uint16_t file;
	uint32_t recent[FLOW_RECENT]; /* signatures of the last packets and when they were taken */
	/* (both modulo 2^32), to know a packet the capture holds twice */
	uint32_t recent_us[FLOW_RECENT];
	uint64_t first_packet, last_packet;
	int64_t start_ns, end_ns;
	struct flow_figures *figures; /* figures.h; NULL: nothing to tell */
	struct pace *pace;	      /* observer/pace.h: while it lives and is open */
	struct flow_side side[2];
};

struct flow_table;

struct flow_table *flow_table_new(void);
void flow_table_free(struct flow_table *t);
/* All connections that ever were; how many of them are held. */
uint32_t flow_count(const struct flow_table *t);
uint32_t flow_held(const struct flow_table *t);
/* Places from 0 to flow_places; NULL where one is free. */
uint32_t flow_places(const struct flow_table *t);
struct flow *flow_at(struct flow_table *t, uint32_t place);
/* The same to be read in passing: it may be a copy in `space`, so that of a million none unfolds. */
const struct flow *flow_look(const struct flow_table *t, uint32_t place, struct flow *space);
/* It will be looked at soon, if there is such a place. */
void flow_prefetch_look(const struct flow_table *t, uint32_t place);
/* What costs least to know; number FLOW_NONE where the place is free. */
struct flow_brief {
	uint32_t number, listener;
	uint16_t marks;
	bool folded;
	/* closed by both, with no error, no figures and no trouble; of one that is not folded it is
	 * not told */
	bool plain;
};
struct flow_brief flow_brief(const struct flow_table *t, uint32_t place);
/* The connection of that number, or NULL if it is not held. */
struct flow *flow_numbered(struct flow_table *t, uint32_t number);
/* Places of those that are held, in the order of their numbers; *n of them. Freed by g_free. */
uint32_t *flow_in_order(const struct flow_table *t, uint32_t *n);
/* Those that have ended may be folded, but for the last `n` of them (0: none is ever). */
void flow_keep_at_hand(struct flow_table *t, uint32_t n);
/* It has ended, or has had another packet since. */
void flow_end(struct flow_table *t, const struct flow *f);
/* Folds what may be. No pointer to a record is good any more. */
void flow_settle(struct flow_table *t);
/* Bytes held, all told: what the table costs. */
size_t flow_table_bytes(const struct flow_table *t);
/* Makes room for `n` more connections at once; false if the memory cannot be had. */
bool flow_table_reserve(struct flow_table *t, uint32_t n);
/* Bytes that this would add. */
size_t flow_table_growth(const struct flow_table *t, uint32_t n);
/* Lets go of every connection that `ended` names. Returns how many. */
typedef bool (*flow_ended_fn)(void *context, const struct flow *f);
uint32_t flow_release(struct flow_table *t, flow_ended_fn ended, void *context);

/* A 4-tuple ready to be looked up, as a segment src -> dst shows it. */
struct flow_slot {
	struct flow_key key;
	uint32_t hash;
	uint8_t src_is_high;
};
void flow_slot_of(struct flow_slot *slot, const struct tcpsim_addr *src, uint16_t src_port,
	const struct tcpsim_addr *dst, uint16_t dst_port);
/*
 * The connection that holds the 4-tuple now, or NULL; *from is the side that the segment comes
 * from. Memory is far away when there are many connections: who knows a segment some packets ahead
 * asks for the table's place first, for the record later.
 */
struct flow *flow_find(struct flow_table *t, const struct flow_slot *slot, unsigned *from);
void flow_prefetch_place(const struct flow_table *t, const struct flow_slot *slot);
void flow_prefetch_record(const struct flow_table *t, const struct flow_slot *slot);
/* When the record is there: what follows its pace, or NULL; by the same guess. */
const struct pace *flow_pace(const struct flow_table *t, const struct flow_slot *slot);
/* A new connection on the key of `slot`, in place of the one that had it (which stays reachable as
 * `previous`). Side 0 is src. */
struct flow *flow_new(struct flow_table *t, const struct flow_slot *slot);

static inline const struct tcpsim_addr *flow_addr(const struct flow *f, unsigned side)
{
	return &f->key.addr[side != f->low];
}

static inline uint16_t flow_port(const struct flow *f, unsigned side)
{
	return f->key.port[side != f->low];
}

/* The end's address as text; an IPv4-mapped one that came in IPv6 says so. Returns out. */
#define FLOW_ADDRSTRLEN (TCPSIM_ADDRSTRLEN + 7)
const char *flow_addr_text(const struct flow *f, unsigned side, char out[FLOW_ADDRSTRLEN]);

/* Something that a record owns has grown, or shrunk, by so many bytes. */
void flow_table_grew(struct flow_table *t, ptrdiff_t bytes);
/* What the connection needs beyond its record; made at the first call. */
struct flow_extra *flow_extra(struct flow_table *t, struct flow_side *s);

/* The connection's, made at the first call. */
struct flow_figures *flow_figures(struct flow_table *t, struct flow *f);
void flow_figures_free(struct flow_table *t, struct flow *f);

#endif
