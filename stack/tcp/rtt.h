/*
 * Round trips to a retransmission timeout, by the profile's method: RFC 6298, Linux's mdev_max, 4.4BSD's ticks.
 */
#ifndef TCPSIM_TCP_RTT_H
#define TCPSIM_TCP_RTT_H

#include <stdbool.h>
#include <stdint.h>
#include <tcpsim/profile.h>
#include <tcpsim/seq.h>

struct tcp_rtt {
	int64_t srtt_ns, rttvar_ns; /* by every method, for TCP_INFO; 0: none yet */
	int64_t mdev_ns, mdev_max_ns; /* Linux */
	int64_t rto_ns;		    /* without backoff */
	int64_t min_ns;		    /* over the connection (Linux: a window of 300 s) */
	tcp_seq round_end;	    /* Linux: SND.NXT when mdev_max was last reset */
	int32_t srtt_ticks, rttvar_ticks; /* 4.4BSD's scaled counts */
	uint8_t backoff;	    /* retransmissions since the last progress */
};

void rtt_init(struct tcp_rtt *rtt, const struct tcp_profile *sys);
/* A sample (> 0); una and nxt mark Linux's rounds. Clears nothing of backoff: that is the sender's. */
void rtt_sample(struct tcp_rtt *rtt, const struct tcp_profile *sys, int64_t sample_ns, tcp_seq una, tcp_seq nxt);
/* Timeout with `backoff` doublings by the profile's table and bounds. */
int64_t rtt_timeout(const struct tcp_rtt *rtt, const struct tcp_profile *sys, unsigned backoff);
/* When, after the first SYN or SYN,ACK, is the next one due: gap after the `sent`-th retransmission (0: the first). */
int64_t rtt_syn_timeout(const struct tcp_profile *sys, int64_t first_ns, unsigned sent, unsigned linear);

#endif
