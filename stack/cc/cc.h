/*
 * Congestion control behind one table of operations. An algorithm sees struct cc, never the TCB,
 * and knows nothing of how a loss was detected: it is told signals and sets cwnd and ssthresh.
 * Windows are counted in segments, or in bytes for byte-counting systems (`bytes`), so that Linux's
 * and BSD's arithmetic both come out exactly. RFC 5681 §3, RFC 9438.
 */
#ifndef TCPSIM_CC_H
#define TCPSIM_CC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <tcpsim/event.h>

#define CC_PRIVATE_BYTES     96
#define CC_SSTHRESH_INFINITE 0x7fffffffu

struct cc_ops;

struct cc {
	const struct cc_ops *ops;
	uint32_t cwnd;	   /* segments (or bytes where `bytes`) */
	uint32_t ssthresh; /* the same unit; CC_SSTHRESH_INFINITE at first */
	uint32_t cwnd_cnt; /* ACKed since cwnd last grew, the same unit */
	uint32_t cwnd_clamp;
	uint32_t prior_cwnd, prior_ssthresh; /* before the last reduction, for undo; 0: no undo */
	uint32_t mss;			     /* bytes */
	uint32_t srtt_us, min_rtt_us;	     /* 0: none yet */
	uint32_t in_flight;		     /* same unit, before the ACK at hand */
	uint32_t delivered;		     /* segments, all time */
	bool bytes : 1;			     /* windows are counted in bytes (BSD) */
	/* the last flight filled cwnd: only then may it grow (RFC 7661, Linux) */
	bool cwnd_limited : 1;
	bool abc : 1;	     /* appropriate byte counting (RFC 3465) */
	bool paced : 1;	     /* segments leave at pacing_rate, not back to back */
	bool recovering : 1; /* the sender is in recovery or after a timeout's loss */
	bool timed_out : 1;  /* the latter */
	/* set by the algorithm: what is in flight now tells no rate of the path's
	 * (BBR's PROBE_RTT) */
	bool limits_itself : 1;
	uint8_t ssthresh_rule; /* enum tcpsim_ssthresh_rule: the profile's */
	uint8_t hystart;       /* the profile's bits; 0: plain slow start */
	/* bytes a second; set by the sender or, where it owns it, by the algorithm */
	uint64_t pacing_rate;
	union {
		uint64_t align;
		uint8_t bytes_[CC_PRIVATE_BYTES];
	} priv;
};

/*
 * How the flow stands, for an algorithm that models the path (cc_ops.control; for others it stays
 * 0). In segments, whatever cc's unit.
 */
struct cc_flow {
	uint64_t max_pacing_rate; /* bytes a second that the process permits; 0: any */
	uint32_t delivered, lost; /* all time */
	uint32_t delivered_us;	  /* when one was last delivered; wraps */
	uint32_t in_flight;	  /* now */
	uint32_t pace_us;	  /* from now to the next departure that pacing has fixed already */
	bool app_limited;	  /* the application did not fill the pipe lately */
};

struct cc_ack {
	int64_t now;
	uint32_t acked; /* newly acknowledged or SACKed, in cc's unit */
	uint32_t acked_bytes;
	uint32_t segments;	   /* cumulatively or selectively acknowledged by this ACK */
	int64_t rtt_ns;		   /* of the segment that was acknowledged last; -1: no sample */
	uint32_t snd_nxt, snd_una; /* after the ACK, for algorithms that mark round trips */
	uint32_t delivered_ce;	   /* segments marked CE, newly reported */
	uint64_t delivery_rate;	   /* bytes a second; 0: no sample */
	uint32_t prior_delivered;  /* cc.delivered when the segment that made the sample left */
	int64_t interval_ns;	   /* that the sample covers; <= 0: none */
	uint32_t sample_delivered; /* segments delivered in it */
	uint32_t prior_in_flight;
	uint32_t delivered; /* segments newly delivered; flow counts them already */
	uint32_t losses;    /* segments newly marked lost */
	bool app_limited;
	bool delayed; /* the peer may have waited before it sent this ACK */
	struct cc_flow flow;
};

enum cc_signal {
	CC_LOSS,      /* recovery begins: dup ACKs or RACK */
	CC_ECN,	      /* ECE or CE fed back */
	CC_TIMEOUT,   /* RTO */
	CC_RECOVERED, /* recovery or CWR ended */
	/* the reduction was spurious: windows are restored by the sender, priv by the algorithm */
	CC_UNDO,
	CC_IDLE_RESTART, /* first segment after an idle time of at least one RTO */
	CC_SEND_START,	 /* transmission (re)starts from nothing in flight */
};

/* What a signal comes with; members that a signal has no use for are 0. */
struct cc_event {
	int64_t now;
	int64_t idle_ns;    /* CC_SEND_START, CC_IDLE_RESTART: since the last segment left */
	uint32_t in_flight; /* cc's unit */
	uint32_t flight; /* bytes: FlightSize of RFC 5681 §3.1, less what limited transmit sent */
	uint32_t snd_nxt, snd_una;
	uint32_t snd_wnd; /* bytes: FreeBSD halves what may be in flight */
	uint32_t random;  /* of the host's generator, where an algorithm begins that asks for it */
	struct cc_flow flow;
};

/* How the connection stands with ECN, for an algorithm that reports on it. */
struct cc_ecn {
	bool agreed;
	bool marked; /* the text that came last was (RFC 8257 §3.2) */
};

union tcp_cc_info; /* Linux's, of <linux/inet_diag.h> */

struct cc_ops {
	const char *name;
	const char *rfc;
	void (*init)(struct cc *cc, const struct cc_event *event);
	/* The new ssthresh at a loss, mark or timeout; never under two segments. */
	uint32_t (*ssthresh)(struct cc *cc, enum cc_signal why, const struct cc_event *event);
	/* ACKs outside recovery: grow. */
	void (*ack)(struct cc *cc, const struct cc_ack *ack);
	/* Every ACK, in any state, before the rest (samples); may be NULL. */
	void (*sample)(struct cc *cc, const struct cc_ack *ack);
	/* Everything else; may be NULL. */
	void (*signal)(struct cc *cc, enum cc_signal why, const struct cc_event *event);
	/* The algorithm sets cwnd itself in every state (BBR): no PRR, no reduction by the sender,
	 * and pacing_rate is its own too. */
	void (*control)(struct cc *cc, const struct cc_ack *ack);
	/* TCP_CC_INFO: writes its figures and returns their length; NULL: it has none. */
	size_t (*info)(const struct cc *cc, const struct cc_ecn *ecn, union tcp_cc_info *out);
	/* Why cwnd is what it is, for events; NULL: slow start or avoidance, by ssthresh. */
	enum tcpsim_rule (*rule)(const struct cc *cc);
	/* Segments that a super-segment has at the least; NULL: the profile's number. */
	uint32_t (*least_burst)(const struct cc *cc);
	uint8_t buffered_windows; /* that the send buffer grows to hold; 0: the usual two */
	bool needs_random;
	bool needs_ecn; /* DCTCP: ECT on every segment */
	bool wants_pacing;
	/* The same algorithm for the other unit; NULL: it serves both. */
	const struct cc_ops *in_bytes, *in_segments;
};

/* The algorithm of that name ("reno", "newreno", "cubic" ...), or NULL. */
const struct cc_ops *cc_find(const char *name);
/* All of them, the last one NULL. */
extern const struct cc_ops *const cc_all[];
/* Makes `ops` the algorithm of cc, in the arithmetic of its unit. cwnd and ssthresh stay. */
void cc_start(struct cc *cc, const struct cc_ops *ops, const struct cc_event *event);

static inline bool cc_in_slow_start(const struct cc *cc)
{
	return cc->cwnd < cc->ssthresh;
}

/* One segment in cc's unit. */
static inline uint32_t cc_segment(const struct cc *cc)
{
	return cc->bytes ? cc->mss : 1;
}

/* RFC 5681 §3.1 slow start; returns what of `acked` is left over once ssthresh is reached. */
uint32_t cc_slow_start(struct cc *cc, uint32_t acked);
/* One segment more for each `w` acknowledged. */
void cc_additive_increase(struct cc *cc, uint32_t w, uint32_t acked);

extern const struct cc_ops cc_reno, cc_newreno, cc_cubic, cc_cubic_bytes, cc_dctcp, cc_westwood,
	cc_vegas, cc_bbr;

#endif
