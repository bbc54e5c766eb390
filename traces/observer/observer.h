/*
 * Follows both ends of every connection of a capture through the states of RFC 9293 §3.3.2, from
 * the segments alone.
 *
 * It is no TCP: it holds no data and sends nothing. What an end sends tells its own state surely;
 * that its peer received it is presumed, and taken back where the peer's next segments contradict.
 * Every conclusion is an observation with a rule: a change of a state (before != after), or a mark
 * on the segment.
 *
 * The observer does not own the table of connections nor the listeners. docs/replay.md tells how
 * each rule decides.
 */
#ifndef TCPSIM_TRACES_OBSERVER_H
#define TCPSIM_TRACES_OBSERVER_H

#include "traces/flow/flow.h"
#include "traces/flow/listeners.h"
#include "traces/observer/certainty.h"
#include "traces/observer/outcome.h"
#include "wire/wire.h"

#include <tcpsim/event.h>

struct observation {
	const struct flow *flow;
	uint64_t packet;
	int64_t time_ns;
	enum tcpsim_rule rule;
	uint8_t side;	       /* of the end it is about */
	bool probe_fits;       /* of OBSERVE_AGAIN: a tail loss probe is among what fits */
	uint64_t evidence;     /* of a mark: another packet that it rests on; 0: none */
	uint8_t before, after; /* enum tcpsim_state; equal: a mark */
};

typedef void (*observer_fn)(void *context, const struct observation *observation);

/* A RST and why it was sent, in the order of the capture. */
struct observed_reset {
	uint64_t packet;
	int64_t time_ns;
	uint32_t place;	    /* of its connection in the table */
	uint16_t rule;	    /* enum tcpsim_rule: the cause */
	uint16_t causes[2]; /* where that is RST_UNKNOWN */
	uint8_t certainty;
	uint8_t side;			      /* its sender */
	uint64_t answered;		      /* the packet before it; 0: none */
	uint8_t sender_state, receiver_state; /* before it */
	/* from what that end's other segments had: a box on the way may have sent it */
	bool ttl_differs;
	bool queued; /* a server's, whose program has not shown itself: still in the accept queue */
	/* text had come since the sender's last word, which its program may not have read */
	bool unread;
	bool listens; /* its port answers others: what belongs to no connection met a listener */
	/* enum tcpsim_rule: what the receiver does with it; NONE: it had no connection */
	uint16_t effect;
	/* that it carries (RFC 9293 §3.5.3), printable; NULL: none. Owned here */
	char *text;
};

/* An ICMP error that quotes a segment of a connection. */
struct observed_icmp {
	uint64_t packet;
	int64_t time_ns;
	uint32_t place;
	uint8_t side; /* whose segment is quoted: who gets the error */
	uint8_t family, type, code;
	uint8_t state; /* of that end */
	uint16_t mtu;
};

struct observer {
	struct flow_table *flows;
	struct listeners *listeners;
	observer_fn saw; /* NULL: nobody listens, nothing is told */
	void *context;
	/* Rare things, kept for the reports. Owned here. */
	struct observed_reset *resets;
	size_t n_resets, cap_resets;
	struct observed_icmp *icmps;
	size_t n_icmps, cap_icmps;
	uint64_t stray_icmps;			 /* quoted no connection of the capture */
	struct pace *spare_paces, **pace_chunks; /* pace.c */
	size_t n_pace_chunks;
	double limit_s[FLOW_N_LIMITS]; /* of all connections and directions that are told */
	uint32_t sample_us;	       /* the round trip that the last segment ended; 0: none */
	bool keep_resets;	       /* each RST is remembered (the reports that name them) */
	bool keep_limits; /* the stretches of time and all stalls, not their sums alone */
};

/* So much of a RST's text is shown. */
#define OBSERVER_RST_TEXT 80

struct observed_packet {
	uint64_t number;
	int64_t time_ns;
	uint32_t interface, file;
};

void observer_init(struct observer *o, struct flow_table *flows, struct listeners *listeners);
void observer_clear(struct observer *o);

/* A segment on its way to the observer: all that it needs, borrowed from nowhere. */
struct observed_segment {
	struct tcpsim_segment segment; /* its option bytes are in `raw`; no payload */
	struct flow_slot slot;
	struct observed_packet packet;
	uint32_t signature; /* of what makes this packet this packet */
	uint16_t ip_id;	    /* IPv4 identification, or 0 */
	uint8_t raw[TCPSIM_MAX_OPTIONS_LEN];
	uint8_t n_text; /* of a RST: its text, as much as is here */
	uint8_t text[OBSERVER_RST_TEXT];
};

/* Takes what is needed out of a packet, and asks for its connection's place in memory. */
void observer_prepare(struct observer *o, const struct wire_packet *wire,
	const struct observed_packet *packet, struct observed_segment *out);
/* The segment passes. Returns its connection. */
struct flow *observer_take(struct observer *o, const struct observed_segment *seen);

/* Forgets what was remembered of connections for which `gone` says so; bytes held. */
void observer_forget(struct observer *o, flow_ended_fn gone, void *context);
size_t observer_bytes(const struct observer *o);

#endif
