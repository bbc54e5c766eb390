/*
 * What a connection's time went into, and its figures: round trips, windows, bytes in flight.
 *
 * For each direction the time between the connection's begin and its end is divided among limits:
 * what kept the sender from sending more. It is told in the sender's own time as far as that can be
 * known: what passes the capture is moved by half of the round trip between the capture and that
 * end. traces/observer/pace.c decides, traces/observer/stalls.c finds the silences; both keep here
 * what reports read. RFC 9293 §3.8, RFC 5681, RFC 6298 §3 (Karn).
 *
 * Owned by the connection's record (flow.figures), made when the connection has something to tell.
 * The limits and stalls in order are kept only where asked for; the sums always are.
 */
#ifndef TCPSIM_TRACES_FLOW_FIGURES_H
#define TCPSIM_TRACES_FLOW_FIGURES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum flow_limit {
	FLOW_LIMIT_HANDSHAKE,
	FLOW_LIMIT_APPLICATION, /* its program has nothing to send, and it is its turn */
	FLOW_LIMIT_WINDOW,	/* the receiver's */
	FLOW_LIMIT_CONGESTION,
	FLOW_LIMIT_RECOVERY,
	FLOW_LIMIT_BUFFER, /* the sender's */
	FLOW_LIMIT_PATH,   /* all is sent and on its way */
	FLOW_LIMIT_IDLE,   /* nothing is outstanding, and the peer has the word */
	FLOW_N_LIMITS
};
const char *flow_limit_name(enum flow_limit limit);

struct flow_interval {
	int64_t from_ns, to_ns;
	uint8_t limit, certainty; /* enum observer_certainty */
};

/* What a silence was spent on, by what ended it. */
enum flow_stall_cause {
	FLOW_STALL_LOST_SYN,
	FLOW_STALL_LOST_SYN_ACK,
	FLOW_STALL_TIMEOUT,
	FLOW_STALL_AFTER_IDLE, /* a timeout of the first segment after an idle time */
	FLOW_STALL_TWICE_LOST, /* the repetition was lost as well */
	FLOW_STALL_BLACK_HOLE, /* full segments vanish, short ones pass */
	FLOW_STALL_TAIL_LOSS,
	FLOW_STALL_LOSS,
	FLOW_STALL_NEEDLESS, /* a repetition of what had arrived */
	FLOW_STALL_ZERO_WINDOW,
	FLOW_STALL_DELAYED_ACK, /* a short segment waited for a delayed ACK */
	FLOW_STALL_SERVER,	/* its program */
	FLOW_STALL_CLIENT,
	FLOW_N_STALLS
};
const char *flow_stall_name(enum flow_stall_cause cause);

struct flow_stall {
	int64_t from_ns, to_ns;
	uint64_t before, after;		/* packets */
	uint8_t cause, side, certainty; /* side: who ended it */
};

/* What was sent again, by kind. */
enum flow_again {
	FLOW_AGAIN_TIMEOUT,
	FLOW_AGAIN_FAST,
	FLOW_AGAIN_PROBE,
	FLOW_AGAIN_FIN,
	FLOW_AGAIN_NEEDLESS,
	FLOW_AGAIN_PATH_MTU,
	FLOW_AGAIN_FAST_OPEN,
	FLOW_AGAIN_UNKNOWN,
	FLOW_N_AGAIN /* the rest are SYNs */
};

/* Of one direction; round trips are from its segments to their acknowledgment, where the capture
 * was taken. Microseconds where nothing says otherwise. */
struct flow_side_figures {
	float limit_s[FLOW_N_LIMITS];
	float zero_window_s;		 /* how long its own window was shut */
	uint32_t in_flight_max;		 /* bytes */
	uint32_t window_min, window_max; /* bytes, of its own window after the handshake */
	uint32_t initial_window;	 /* bytes sent before the first acknowledgment of text */
	uint32_t rtt_samples, rtt_min, rtt_max, rtt_mean, rtt_p95;
	uint16_t again[FLOW_N_AGAIN];
	uint32_t n_limits, cap_limits;
	struct flow_interval *limits;
};

struct flow_stalls {
	uint32_t n, cap;
	struct flow_stall *at;	    /* in the order of time; the longest ones, where not all fit */
	float sum_s[FLOW_N_STALLS]; /* of all of them */
};

struct flow_figures {
	struct flow_side_figures side[2];
	uint32_t handshake_rtt;	    /* SYN to the ACK that ends the handshake; 0: not known */
	uint32_t captured_twice;    /* packets */
	struct flow_stalls *stalls; /* NULL: none */
	bool finished;		    /* all of it stands */
};

/* How much of each is kept. */
#define FIGURES_FEW_STALLS  6
#define FIGURES_ALL	    4096 /* of so many connections those of each */
#define FIGURES_MANY	    4096
#define FIGURES_MOST_LIMITS 1024

/* Bytes that the arrays of it take. */
size_t flow_figures_bytes(const struct flow_figures *g);

/* Adds a stretch of time to the list, behind the last one; the shortest joins its neighbour when
 * there are too many. These return by how many bytes a list grew. */
size_t figures_keep_limit(struct flow_side_figures *s, const struct flow_interval *stretch);
/* Everything of `from` in the list since `since_ns` was `to`. */
void figures_rename_limit(
	struct flow_side_figures *s, int64_t since_ns, enum flow_limit from, enum flow_limit to);
/* Keeps the `most` longest. */
size_t figures_add_stall(struct flow_figures *g, const struct flow_stall *stall, uint32_t most);
/* The one that most of the direction's time went into; FLOW_N_LIMITS where there is none. */
enum flow_limit figures_main_limit(const struct flow_figures *g, unsigned side);

#endif
