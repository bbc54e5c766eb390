/*
 * BBR's state, and what its two files share: bbr_model.c learns what the path carries from delivery
 * rate samples, bbr.c turns that into pacing rate and window by the phases of its state machine.
 *
 * The algorithm is version 1 as Linux has it: draft-cardwell-iccrg-bbr-congestion-control-00, with
 * what Linux added to it (long-term bandwidth under a policer, compensation for aggregated ACKs).
 * All of it counts segments; only cwnd and ssthresh are in cc's unit.
 */
#ifndef TCPSIM_CC_BBR_H
#define TCPSIM_CC_BBR_H

#include <cc/cc.h>
#include <cc/recent_max.h>

#define BBR_BW_SHIFT 24 /* bandwidth: segments a microsecond, in 1/2^24 */
#define BBR_BW_ONE   (1u << BBR_BW_SHIFT)
#define BBR_ONE	     256 /* gains and shares are counted in 1/256 */

enum bbr_phase { BBR_STARTUP, BBR_DRAIN, BBR_PROBE_BW, BBR_PROBE_RTT };

/* What the sender was doing about losses when BBR last looked. */
enum bbr_trouble { BBR_NO_TROUBLE, BBR_RECOVERY, BBR_TIMED_OUT };

struct bbr {
	struct recent_max bw; /* BtlBw: of ten rounds */
	uint32_t round;	      /* packet-timed round trips so far */
	/* the round ends when what left at this count of delivered segments is itself delivered */
	uint32_t round_end;
	uint32_t min_rtt_us, min_rtt_ms; /* RTprop (UINT32_MAX: none), and when it was measured */
	uint32_t probe_rtt_until_ms;	 /* 0: in flight is not down to the minimum yet */
	uint32_t cycle_us;		 /* when the gain's phase began */
	uint32_t full_bw;		 /* what the next round must outdo by a quarter */
	uint32_t prior_cwnd;		 /* before recovery or PROBE_RTT cut it, segments */
	uint32_t lt_bw, lt_us, lt_delivered, lt_lost; /* long-term interval: its start */
	uint32_t epoch_us, epoch_acked;		      /* of aggregation */
	uint16_t extra_acked[2]; /* most that came beyond bw, in this and the last five rounds */
	uint16_t pacing_gain, cwnd_gain;
	uint32_t random;
	unsigned phase : 2;
	unsigned cycle : 3;   /* index of the gain */
	unsigned trouble : 2; /* enum bbr_trouble, as of the last ACK */
	unsigned full_rounds : 2;
	unsigned full : 1; /* the pipe was filled once */
	unsigned round_start : 1, conserve : 1, idle_restart : 1;
	unsigned probe_rtt_round : 1; /* a round has passed at the minimum */
	unsigned seen_rtt : 1;
	unsigned lt_sampling : 1, lt_use : 1;
	unsigned lt_rounds : 7;
	unsigned extra_now : 1; /* index into extra_acked */
	unsigned extra_rounds : 5;
};
_Static_assert(sizeof(struct bbr) <= CC_PRIVATE_BYTES, "BBR's state fits");

static inline struct bbr *bbr_state(struct cc *cc)
{
	return (struct bbr *)(void *)&cc->priv;
}

static inline const struct bbr *bbr_look(const struct cc *cc)
{
	return (const struct bbr *)(const void *)&cc->priv;
}

/* The bandwidth to go by. */
static inline uint32_t bbr_bw(const struct bbr *b)
{
	return b->lt_use ? b->lt_bw : recent_max(&b->bw);
}

/* cwnd in segments. */
static inline uint32_t bbr_cwnd(const struct cc *cc)
{
	return cc->bytes ? (cc->cwnd + cc->mss - 1) / cc->mss : cc->cwnd;
}

/* Bytes a second of a bandwidth times a gain; `percent` of it. */
uint64_t bbr_bytes_per_second(const struct cc *cc, uint64_t bw, uint32_t gain, uint32_t percent);

#endif
