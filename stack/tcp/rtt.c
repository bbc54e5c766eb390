/*
 * RFC 6298 and what systems make of it. Three filters: nanoseconds by the RFC's letter;
 * microseconds with Linux's floor under the deviation (so that RTO = SRTT + at least the minimum
 * RTO); ticks in the BSDs' fixed point.
 */
#include <string.h>
#include <tcp/rtt.h>
#include <time_units.h>

/* Scales of the fixed point: 4.4BSD keeps srtt * 8 and rttvar * 4, FreeBSD srtt * 32 and rttvar
 * * 16. */
struct scale {
	unsigned srtt, rttvar, delta;
};
static const struct scale BSD44 = {3, 2, 0}, FREEBSD = {5, 4, 2};

static const struct scale *scale_of(const struct tcpsim_profile *sys)
{
	return sys->rtt_method == TCPSIM_RTT_FREEBSD ? &FREEBSD : &BSD44;
}

/* The clock that round trips are counted on: 4.4BSD's slow timer, FreeBSD's millisecond. */
static int64_t tick_of(const struct tcpsim_profile *sys)
{
	return sys->tick ? sys->tick : NSEC_PER_MSEC;
}

int64_t rtt_floor(const struct tcp_rtt *rtt, const struct tcpsim_profile *sys)
{
	return rtt->floor_us ? (int64_t)rtt->floor_us * NSEC_PER_USEC : sys->rto_min;
}

int64_t rtt_ceiling(const struct tcp_rtt *rtt, const struct tcpsim_profile *sys)
{
	return rtt->ceiling_ms ? (int64_t)rtt->ceiling_ms * NSEC_PER_MSEC : sys->rto_max;
}

void rtt_init(struct tcp_rtt *rtt, const struct tcpsim_profile *sys)
{
	memset(rtt, 0, sizeof(*rtt));
	rtt->rto_ns = sys->rto_initial;
	for (int i = 0; i < 3; i++)
		rtt->min.best[i].us = UINT32_MAX;
	if (sys->rtt_method == TCPSIM_RTT_BSD_TICKS || sys->rtt_method == TCPSIM_RTT_FREEBSD) {
		const struct scale *s = scale_of(sys);
		int64_t first = sys->rttvar_default ? sys->rttvar_default : sys->syn_rto;

		/* Such that the first timeouts with backoff come out as the systems' (facts
		 * of 4.4BSD: 24 ticks). */
		rtt->ticks.rttvar = (int32_t)(first / tick_of(sys) << s->delta);
	}
}

void rtt_fall_back(struct tcp_rtt *rtt, int64_t rto_ns, unsigned backoff)
{
	/* Doubled so often again it is no less than a nanosecond, which shifts and timers can bear. */
	rtt->rto_ns = backoff < 63 ? rto_ns >> backoff : 0;
	if (!rtt->rto_ns)
		rtt->rto_ns = 1;
	rtt->us.mdev = rtt->us.mdev_max = rtt->us.rttvar = (uint32_t)(rto_ns / NSEC_PER_USEC);
	rtt->rttvar_ns = rto_ns / 4;
}

/* --- RFC 6298 §2.2, §2.3 --- */

static void sample_rfc6298(struct tcp_rtt *rtt, int64_t r)
{
	if (rtt->srtt_ns == 0) {
		rtt->srtt_ns = r;
		rtt->rttvar_ns = r / 2;
	} else {
		int64_t off = rtt->srtt_ns > r ? rtt->srtt_ns - r : r - rtt->srtt_ns;

		rtt->rttvar_ns = rtt->rttvar_ns - rtt->rttvar_ns / 4 + off / 4;
		rtt->srtt_ns = rtt->srtt_ns - rtt->srtt_ns / 8 + r / 8;
	}
	if (rtt->srtt_ns == 0)
		rtt->srtt_ns = 1;
	rtt->rto_ns = rtt->srtt_ns +
		      (rtt->rttvar_ns * 4 > NSEC_PER_MSEC ? rtt->rttvar_ns * 4 : NSEC_PER_MSEC);
}

/* --- Linux --- */

static uint32_t larger(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

/* A falling round trip moves the deviation by an eighth of what a rising one does: after a queue
 * drained, the timeout must not grow. */
static int32_t deviation_step(int32_t error, uint32_t mdev)
{
	if (error >= 0)
		return error - (int32_t)(mdev >> 2);
	error = -error - (int32_t)(mdev >> 2);
	return error > 0 ? error >> 3 : error;
}

static void sample_linux(struct tcp_rtt *rtt, uint32_t floor_us, int64_t jiffy, uint32_t r,
	tcpsim_seq una, tcpsim_seq nxt)
{
	if (rtt->us.srtt8 == 0) {
		rtt->us.srtt8 = r << 3;
		rtt->us.mdev = r << 1;
		rtt->us.rttvar = rtt->us.mdev_max = larger(rtt->us.mdev, floor_us);
		rtt->round_end = nxt;
	} else {
		int32_t error = (int32_t)(r - (rtt->us.srtt8 >> 3));

		rtt->us.srtt8 += (uint32_t)error;
		rtt->us.mdev += (uint32_t)deviation_step(error, rtt->us.mdev);
		if (rtt->us.mdev > rtt->us.mdev_max) {
			rtt->us.mdev_max = rtt->us.mdev;
			rtt->us.rttvar = larger(rtt->us.rttvar, rtt->us.mdev_max);
		}
		if (tcpsim_seq_gt(una, rtt->round_end)) {
			if (rtt->us.mdev_max < rtt->us.rttvar)
				rtt->us.rttvar -= (rtt->us.rttvar - rtt->us.mdev_max) >> 2;
			rtt->round_end = nxt;
			rtt->us.mdev_max = floor_us;
		}
	}
	if (rtt->us.srtt8 == 0)
		rtt->us.srtt8 = 1;
	rtt->srtt_ns = (int64_t)(rtt->us.srtt8 >> 3) * NSEC_PER_USEC;
	if (rtt->srtt_ns == 0)
		rtt->srtt_ns = 1;
	rtt->rttvar_ns = (int64_t)(rtt->us.mdev >> 2) * NSEC_PER_USEC;
	rtt->rto_ns = ((int64_t)(rtt->us.srtt8 >> 3) + rtt->us.rttvar) * NSEC_PER_USEC;
	rtt->rto_ns = (rtt->rto_ns + jiffy - 1) / jiffy * jiffy;
}

/* --- BSD --- */

#define MOST_TICKS (INT32_MAX >> 6)

static void sample_ticks(struct tcp_rtt *rtt, const struct tcpsim_profile *sys, int64_t sample_ns)
{
	const struct scale *s = scale_of(sys);
	int64_t tick = tick_of(sys);
	/* A count starts at one, and stays where it can be scaled in 32 bits. */
	int32_t r = (int32_t)(sample_ns / tick < MOST_TICKS ? sample_ns / tick : MOST_TICKS) + 1;

	if (rtt->ticks.srtt != 0) {
		int32_t delta = ((r - 1) << s->delta) - (rtt->ticks.srtt >> (s->srtt - s->delta));

		rtt->ticks.srtt += delta;
		if (rtt->ticks.srtt <= 0)
			rtt->ticks.srtt = 1;
		if (delta < 0)
			delta = -delta;
		delta -= rtt->ticks.rttvar >> (s->rttvar - s->delta);
		rtt->ticks.rttvar += delta;
		if (rtt->ticks.rttvar <= 0)
			rtt->ticks.rttvar = 1;
	} else {
		rtt->ticks.srtt = r << s->srtt;
		rtt->ticks.rttvar = r << (s->rttvar - 1);
	}
	rtt->srtt_ns = ((int64_t)rtt->ticks.srtt * tick) >> s->srtt;
	rtt->rttvar_ns = ((int64_t)rtt->ticks.rttvar * tick) >> s->rttvar;
	rtt->rto_ns =
		tick * (((int64_t)(rtt->ticks.srtt >> (s->srtt - s->delta)) + rtt->ticks.rttvar) >>
			       s->delta);
	if (sys->rtt_method == TCPSIM_RTT_FREEBSD && rtt->rto_ns < (r + 2) * tick)
		rtt->rto_ns = (r + 2) * tick;
}

void rtt_sample(struct tcp_rtt *rtt, const struct tcpsim_profile *sys, int64_t sample_ns,
	tcpsim_seq una, tcpsim_seq nxt)
{
	int64_t floor = rtt_floor(rtt, sys);

	if (sample_ns < 0)
		return;
	switch (sys->rtt_method) {
	case TCPSIM_RTT_RFC6298: sample_rfc6298(rtt, sample_ns); break;
	case TCPSIM_RTT_LINUX:
		sample_linux(rtt, (uint32_t)(floor / NSEC_PER_USEC), sys->jiffy,
			(uint32_t)(sample_ns / NSEC_PER_USEC), una, nxt);
		return; /* the floor is in the deviation */
	case TCPSIM_RTT_BSD_TICKS:
	case TCPSIM_RTT_FREEBSD: sample_ticks(rtt, sys, sample_ns); break;
	}
	if (rtt->rto_ns < floor)
		rtt->rto_ns = floor;
}

int64_t rtt_timeout(const struct tcp_rtt *rtt, const struct tcpsim_profile *sys, unsigned backoff)
{
	const struct tcpsim_int_list *list = &sys->backoff;
	int64_t most = rtt_ceiling(rtt, sys), rto = rtt->rto_ns, factor;

	if (backoff == 0) { /* the usual case, asked with every ACK */
		rto += sys->rto_slop;
		return rto < most ? rto : most;
	}
	if (sys->rtt_method == TCPSIM_RTT_LINUX && backoff >= (unsigned)list->n) {
		factor = backoff < 31 ? 1ll << backoff
				      : 1ll << 31; /* doubled without end, up to the ceiling */
	} else {
		int at = backoff < (unsigned)list->n ? (int)backoff : list->n - 1;

		factor = list->n ? list->at[at] : 1;
	}
	if (rtt->srtt_ns == 0 && sys->rttvar_default)
		rto = sys->rttvar_default;
	rto = rto > most / factor ? most : rto * factor;
	rto += sys->rto_slop;
	return rto < most ? rto : most;
}

int64_t rtt_syn_timeout(
	const struct tcpsim_profile *sys, int64_t first_ns, unsigned sent, unsigned linear)
{
	return tcp_profile_handshake_timeout(sys, first_ns, (int)linear, (int)sent);
}

/* --- the smallest of a window of time --- */

static void min_reset(struct rtt_min *m, uint32_t at_ms, uint32_t us)
{
	for (int i = 0; i < 3; i++) {
		m->best[i].at_ms = at_ms;
		m->best[i].us = us;
	}
}

/* As the window moves on, the second best takes the place of the best, and so on. */
static void min_age(struct rtt_min *m, uint32_t window_ms, uint32_t at_ms, uint32_t us)
{
	uint32_t age = at_ms - m->best[0].at_ms;

	if (age > window_ms) {
		m->best[0] = m->best[1];
		m->best[1] = m->best[2];
		m->best[2].at_ms = at_ms;
		m->best[2].us = us;
		if (at_ms - m->best[0].at_ms > window_ms) {
			m->best[0] = m->best[1];
			m->best[1] = m->best[2];
		}
	} else if (m->best[1].at_ms == m->best[0].at_ms && age > window_ms / 4) {
		m->best[1].at_ms = m->best[2].at_ms = at_ms;
		m->best[1].us = m->best[2].us = us;
	} else if (m->best[2].at_ms == m->best[1].at_ms && age > window_ms / 2) {
		m->best[2].at_ms = at_ms;
		m->best[2].us = us;
	}
}

void rtt_min_sample(
	struct tcp_rtt *rtt, const struct tcpsim_profile *sys, int64_t now_ns, uint32_t us)
{
	struct rtt_min *m = &rtt->min;
	uint32_t at_ms = (uint32_t)(now_ns / NSEC_PER_MSEC),
		 window_ms = (uint32_t)(sys->min_rtt_window / NSEC_PER_MSEC);

	if (window_ms == 0)
		window_ms = 300000;
	if (us <= m->best[0].us || at_ms - m->best[2].at_ms > window_ms) {
		min_reset(m, at_ms, us);
		return;
	}
	if (us <= m->best[1].us) {
		m->best[1].at_ms = m->best[2].at_ms = at_ms;
		m->best[1].us = m->best[2].us = us;
	} else if (us <= m->best[2].us) {
		m->best[2].at_ms = at_ms;
		m->best[2].us = us;
	}
	min_age(m, window_ms, at_ms, us);
}
