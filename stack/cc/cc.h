/*
 * Congestion control behind one table of operations. An algorithm sees struct cc, never the TCB, and knows nothing of
 * how a loss was detected: it is told signals and sets cwnd and ssthresh. Windows are counted in segments with a
 * fraction for byte-counting systems (`unit_bytes`), so that Linux's and BSD's arithmetic both come out exactly.
 * RFC 5681 §3, RFC 9438.
 */
#ifndef TCPSIM_CC_H
#define TCPSIM_CC_H

#include <stdbool.h>
#include <stdint.h>

#define CC_PRIVATE_BYTES 104
#define CC_SSTHRESH_INFINITE 0x7fffffffu

struct cc_ops;

struct cc {
	const struct cc_ops *ops;
	uint32_t cwnd;	   /* segments (or bytes where `bytes`) */
	uint32_t ssthresh; /* the same unit; CC_SSTHRESH_INFINITE at first */
	uint32_t cwnd_cnt; /* ACKed since cwnd last grew, the same unit */
	uint32_t cwnd_clamp;
	uint32_t prior_cwnd, prior_ssthresh; /* before the last reduction, for undo */
	uint32_t mss;	   /* bytes */
	bool bytes;	   /* windows are counted in bytes (BSD) */
	bool cwnd_limited; /* the last flight filled cwnd: only then may it grow (RFC 7661, Linux) */
	int64_t srtt_ns, min_rtt_ns, last_rtt_ns;
	uint32_t in_flight; /* same unit, before the ACK at hand */
	uint32_t delivered; /* segments, all time */
	uint64_t pacing_rate; /* bytes a second an algorithm asks for; 0: the sender's own rule */
	union {
		uint64_t align;
		uint8_t bytes_[CC_PRIVATE_BYTES];
	} priv;
};

struct cc_ack {
	int64_t now;
	uint32_t acked;	    /* newly acknowledged or SACKed, in cc's unit */
	uint32_t acked_bytes;
	int64_t rtt_ns;	    /* -1: no sample */
	uint32_t snd_nxt, snd_una; /* for algorithms that mark round trips */
	uint32_t delivered_ce; /* segments marked CE, newly reported */
	uint64_t delivery_rate; /* bytes a second, RFC draft-cheng-iccrg-delivery-rate; 0: no sample */
	bool app_limited;
	uint32_t losses;
};

enum cc_signal {
	CC_LOSS,	  /* recovery begins: dup ACKs or RACK */
	CC_ECN,		  /* ECE or CE fed back */
	CC_TIMEOUT,	  /* RTO */
	CC_RECOVERED,	  /* recovery or CWR ended */
	CC_UNDO,	  /* the reduction was spurious: windows are restored by the sender, priv by the algorithm */
	CC_IDLE_RESTART,  /* first segment after an idle time of at least one RTO */
	CC_SEND_START,	  /* transmission (re)starts from nothing in flight */
};

struct cc_ops {
	const char *name;
	const char *rfc;
	void (*init)(struct cc *cc);
	/* The new ssthresh at a loss, mark or timeout; never under two segments. */
	uint32_t (*ssthresh)(struct cc *cc, enum cc_signal why, int64_t now);
	/* ACKs outside recovery: grow. */
	void (*ack)(struct cc *cc, const struct cc_ack *ack);
	/* Every ACK, in any state, before the rest (samples); may be NULL. */
	void (*sample)(struct cc *cc, const struct cc_ack *ack);
	/* Everything else; may be NULL. */
	void (*signal)(struct cc *cc, enum cc_signal why, int64_t now);
	/* The algorithm sets cwnd itself in every state (BBR): no PRR, no reduction by the sender. */
	bool owns_cwnd;
	bool needs_ecn; /* DCTCP: ECT on every segment */
};

/* The algorithm of that name ("reno", "newreno", "cubic" ...), or NULL. */
const struct cc_ops *cc_find(const char *name);
/* All of them, the last one NULL. */
extern const struct cc_ops *const cc_all[];

static inline bool cc_in_slow_start(const struct cc *cc)
{
	return cc->cwnd < cc->ssthresh;
}

/* RFC 5681 §3.1 slow start; returns what of `acked` is left over once ssthresh is reached. */
uint32_t cc_slow_start(struct cc *cc, uint32_t acked);
/* One segment more for each `w` acknowledged. */
void cc_additive_increase(struct cc *cc, uint32_t w, uint32_t acked);

#endif
