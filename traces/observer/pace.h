/*
 * What keeps each direction of a connection from going faster, while it lives: an onlooker's
 * account of the limits in figures.h.
 *
 * A sender's time line is rebuilt from what passes: its segments were sent half a round trip (from
 * here to it and back) before they passed, and acknowledgments reach it half of one after. What the
 * time between two of its sendings went into is decided when the later one is there: text that
 * leaves as soon as an acknowledgment or a window update has come had waited for it; text that
 * leaves by itself had not been written before.
 *
 * A connection has one from the end of its handshake to its own (flow.pace); then its sums go to
 * its figures, and the observer keeps it for another.
 */
#ifndef TCPSIM_TRACES_PACE_H
#define TCPSIM_TRACES_PACE_H

#include "traces/flow/flow.h"

#include <stddef.h>

struct observer;
struct passing;
struct way;

/* An acknowledgment on its way to the sender. */
#define PACE_ACKS 5
struct pace_ack {
	int64_t at_ns; /* when it is there */
	tcpsim_seq ack;
	uint32_t window : 31;
	uint32_t text : 1; /* it carries text of the peer, or its FIN */
};

/* What an end's timestamps tell (clock.c). */
struct pace_clock {
	int64_t first_ns; /* when the first of them passed */
	uint32_t first;
	/* how much later than by its clock a segment passed: the least of the last seconds, and of
	 * those before */
	int32_t lag_us[2];
	uint32_t since_ms;	    /* when the last of these periods began */
	uint32_t echo_val, echo_us; /* a stamp that waits for its echo, and when it passed */
	bool begun, awaits;
	bool in_ms;	      /* it counts milliseconds */
	uint8_t echoes;	      /* so many were timed */
	uint32_t quickest_us; /* of them */
};

/* What each segment needs stands first: it is asked for before its turn. */
struct pace_side {
	int64_t accounted_ns; /* up to here the time is divided */
	int64_t sent_ns;      /* its last new text */
	int64_t ack_ns;	      /* the last acknowledgment or window that reached it */
	int64_t progress_ns;  /* the last that told something new */
	int64_t empty_ns;     /* since when nothing is outstanding */
	int64_t turn_ns;      /* the peer's last text reached it */
	tcpsim_seq nxt, una, recover;
	tcpsim_seq round; /* what ends the present round trip */

	uint32_t window;
	uint32_t high;		/* the most that was in flight, since loss told it otherwise */
	uint32_t last_len, big; /* text of its last segment; the longest of one */
	uint32_t in_flight_max, initial_window, window_min, window_max; /* figures.h */
	uint32_t rtt_samples, rtt_min, rtt_max;
	uint32_t stamp_last; /* RFC 7323 timestamp of its last text, if `stamped` */
	uint8_t rounds;	     /* without growth */
	uint8_t n_acks;
	bool begun : 1, recovering : 1, lost : 1;
	bool wanted : 1;     /* the window keeps text back */
	bool text_since : 1; /* the peer has spoken since this end's last text */
	bool fin : 1, first_flight : 1, flat : 1;
	bool window_seen : 1, stamped : 1, waits : 1; /* waits: `freed` holds */
	bool original : 1; /* its last new text is no repetition of what was lost before */
	bool probed : 1;   /* it has asked whether the peer's window opens */
	bool shut : 1;	   /* its own window is, since shut_ns */
	float flat_s;	   /* of congestion since flat_ns */

	float limit_s[FLOW_N_LIMITS];
	int64_t flat_ns; /* when the most in flight last grew */
	uint64_t rtt_sum_us;
	float idle_s;			/* how long all had been quiet before its last new text */
	uint32_t big_acked;		/* the longest segment that was acknowledged */
	struct flow_side_figures *kept; /* whose lists take the stretches; NULL: nobody's */
	struct pace_ack acks[PACE_ACKS];
	struct pace_clock clock;
	/* Seldom needed. */
	int64_t shut_ns;
	uint64_t shut_packet; /* that shut its window */
	float zero_window_s;
	struct flow_stall freed;  /* it was held up until then, if text follows */
	struct rounds *rounds_of; /* rounds.c; NULL where one at a time is enough */
};
#define PACE_HOT offsetof(struct pace_side, shut_ns)

struct pace {
	struct pace_side side[2];
	uint32_t handshake_rtt;
	struct pace *next; /* of those that are not in use */
} __attribute__((aligned(64)));

struct way pace_way_of(struct observer *o, struct flow *f, unsigned side);
/* From here to that end. */
int64_t pace_one_way_ns(const struct flow *f, unsigned side);
bool pace_nothing_out(const struct pace_side *s);
/* What the peer's window has left. */
int32_t pace_usable(const struct pace_side *s);
/* Up to then the time went into that. */
void pace_spend(struct way *w, int64_t to_ns, enum flow_limit limit);
/* More text waited: for what? */
enum flow_limit pace_held_by(const struct way *w);
/* Nothing was outstanding from empty_ns on, and nothing waited. */
void pace_spend_idle(struct way *w, int64_t to_ns, bool own_text);
/* The peer's text reaches this end. */
void pace_peer_speaks(struct way *w, int64_t at_ns);
/* The first acknowledgment on its way is there. */
void pace_first_ack_arrives(struct way *w);
/* One passes, on its way to the sender. */
void pace_ack_leaves(struct way *w, const struct pace_ack *ack, int64_t now_ns);
/* The segment is this end's: text, a FIN, a probe. */
void pace_sends(struct passing *p, struct way *w);

#endif
