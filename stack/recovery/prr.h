/*
 * Proportional rate reduction (RFC 6937): how much may leave in recovery for what an ACK shows to
 * have been delivered, in octets or segments alike.
 */
#ifndef TCPSIM_RECOVERY_PRR_H
#define TCPSIM_RECOVERY_PRR_H

#include <stdint.h>

struct prr {
	uint32_t pipe, ssthresh;
	uint32_t start;	    /* what was in flight when the recovery began: RecoverFS, not 0 */
	uint32_t delivered; /* since then, with this ACK: prr_delivered */
	uint32_t out;	    /* sent since then: prr_out */
	uint32_t newly;	    /* delivered by this ACK: DeliveredData */
	uint32_t bonus;	    /* of the slow start bound, beyond what was delivered */
};

/* RFC 6937 §3: sndcnt. Above ssthresh in proportion, so that the window ends there after a round
 * trip; below it up to what was delivered and the bonus, but not beyond ssthresh (PRR-SSRB). It may
 * be negative: more left than the reduction allows. */
static inline int64_t prr_may_send(const struct prr *p)
{
	int64_t below = (int64_t)p->ssthresh - p->pipe, send;

	if (below < 0)
		return (int64_t)((p->delivered * (uint64_t)p->ssthresh + p->start - 1) / p->start) -
		       p->out;
	send = (int64_t)p->delivered - p->out;
	if (send < (int64_t)p->newly)
		send = p->newly;
	send += p->bonus;
	return send < below ? send : below;
}

#endif
