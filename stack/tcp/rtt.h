/*
 * Round trips to a retransmission timeout, by the profile's method: RFC 6298, Linux's
 * mdev_max, 4.4BSD's ticks.
 */
#ifndef TCPSIM_TCP_RTT_H
#define TCPSIM_TCP_RTT_H

#include <stdbool.h>
#include <stdint.h>
#include <tcpsim/profile.h>
#include <tcpsim/seq.h>

/* The smallest round trip of a sliding window of time: the best of each third of it (Nichols'
 * filter). */
struct rtt_min {
	struct {
		uint32_t at_ms, us;
	} best[3];
};

struct tcp_rtt {
	int64_t srtt_ns, rttvar_ns; /* by every method, for TCP_INFO; 0: none yet */
	int64_t rto_ns;		    /* without backoff */
	union {
		struct { /* microseconds; srtt times 8, deviations times 4 */
			uint32_t srtt8, mdev, mdev_max, rttvar;
		} us;
		struct { /* counts of ticks, scaled as the BSDs do */
			int32_t srtt, rttvar;
		} ticks;
	};
	tcpsim_seq round_end; /* Linux: SND.NXT when mdev_max was last reset */
	struct rtt_min min;
	uint32_t floor_us, ceiling_ms; /* a socket's or route's own bounds; 0: the profile's */
	uint8_t backoff;	       /* retransmissions since the last valid sample */
};

void rtt_init(struct tcp_rtt *rtt, const struct tcpsim_profile *sys);
/* A sample (>= 0); una and nxt mark Linux's rounds. Clears nothing of backoff: that is the
 * sender's. */
/* No round trip is known, and the first one that is guessed is `rto_ns`, though `backoff` doublings
 * go on. */
void rtt_fall_back(struct tcp_rtt *rtt, int64_t rto_ns, unsigned backoff);
void rtt_sample(struct tcp_rtt *rtt, const struct tcpsim_profile *sys, int64_t sample_ns,
	tcpsim_seq una, tcpsim_seq nxt);
/* Timeout with `backoff` doublings by the profile's table and bounds. */
int64_t rtt_timeout(const struct tcp_rtt *rtt, const struct tcpsim_profile *sys, unsigned backoff);
/* When, after the first SYN or SYN,ACK, is the next one due: gap after the `sent`-th retransmission
 * (0: the first). */
int64_t rtt_syn_timeout(
	const struct tcpsim_profile *sys, int64_t first_ns, unsigned sent, unsigned linear);
/* Round trips are counted in ticks, of one segment at a time where no timestamps tell (RFC 1122
 * §4.2.3.1). */
static inline bool rtt_counts_ticks(const struct tcpsim_profile *sys)
{
	return sys->rtt_method == TCPSIM_RTT_BSD_TICKS || sys->rtt_method == TCPSIM_RTT_FREEBSD;
}

/* The bounds that hold. */
int64_t rtt_floor(const struct tcp_rtt *rtt, const struct tcpsim_profile *sys);
int64_t rtt_ceiling(const struct tcp_rtt *rtt, const struct tcpsim_profile *sys);

/* The smallest round trip seen lately, microseconds; UINT32_MAX: none yet. */
static inline uint32_t rtt_min_us(const struct tcp_rtt *rtt)
{
	return rtt->min.best[0].us;
}
void rtt_min_sample(
	struct tcp_rtt *rtt, const struct tcpsim_profile *sys, int64_t now_ns, uint32_t us);

#endif
