/*
 * CUBIC (RFC 9438) counted in segments, with HyStart, in the integer arithmetic that Linux uses:
 * time in 1/1024 s on a clock of milliseconds, the window as "one more segment for each `cnt`
 * acknowledged".
 */
#include <cc/cc.h>
#include <cc/cube.h>
#include <string.h>
#include <tcpsim/profile.h>

#define BETA_UNIT 1024
#define BETA	  717 /* 0.7, RFC 9438 §4.6 */
#define C_SCALE	  410 /* C = 0.4 in units of 1/1024, RFC 9438 §5 */
#define RENO_SCALE                                                                                 \
	15 /* 8 * (1 + beta) / (3 * (1 - beta)): acks a Reno-like segment takes, in 1/8 cwnd */
#define CUBE_SHIFT	   40 /* three times the 10 bits of time and 10 bits of C */
#define HYSTART_WINDOW	   16 /* segments; below, slow start is left alone */
#define HYSTART_SAMPLES	   8
#define HYSTART_ACK_GAP_US 2000 /* ACKs closer than this belong to one train */
#define HYSTART_GSO_BYTES  65536

struct cubic {
	uint32_t cnt;	    /* ACKed segments for one more */
	uint32_t last_max;  /* W_max */
	uint32_t last_cwnd; /* cwnd and time `cnt` was computed for */
	uint32_t last_time_ms;
	uint32_t origin; /* where the plateau lies */
	uint32_t k;	 /* time to it, 1/1024 s */
	uint32_t delay_min_us;
	uint32_t epoch_ms; /* 0: none */
	uint32_t ack_cnt;
	uint32_t reno_cwnd; /* W_est, RFC 9438 §4.3 */
	/* HyStart */
	uint32_t round_start_us, end_seq, last_ack_us, round_rtt_us;
	uint8_t samples;
	bool found;
};
_Static_assert(sizeof(struct cubic) <= CC_PRIVATE_BYTES, "CUBIC's state fits");

static struct cubic *state(struct cc *cc)
{
	return (struct cubic *)(void *)&cc->priv;
}

static uint32_t ms(int64_t ns)
{
	return (uint32_t)(ns / 1000000);
}

static uint32_t us(int64_t ns)
{
	return (uint32_t)(ns / 1000);
}

static void new_round(struct cubic *c, int64_t now, uint32_t snd_nxt)
{
	c->round_start_us = c->last_ack_us = us(now);
	c->end_seq = snd_nxt;
	c->round_rtt_us = UINT32_MAX;
	c->samples = 0;
}

static void cubic_init(struct cc *cc, const struct cc_event *event)
{
	new_round(state(cc), event->now, event->snd_nxt);
}

/* --- growth, RFC 9438 §4.2 to §4.5 --- */

static void begin_epoch(struct cubic *c, uint32_t now_ms, uint32_t cwnd, uint32_t acked)
{
	c->epoch_ms = now_ms;
	c->ack_cnt = acked;
	c->reno_cwnd = cwnd;
	if (c->last_max <= cwnd) {
		c->k = 0;
		c->origin = cwnd;
	} else {
		c->k = cube_root((1ull << CUBE_SHIFT) / C_SCALE * (c->last_max - cwnd));
		c->origin = c->last_max;
	}
}

/* W_cubic one round trip from now, as the distance to cwnd that makes `cnt`. */
static void follow_curve(struct cubic *c, uint32_t now_ms, uint32_t cwnd)
{
	int32_t since_ms = (int32_t)(now_ms - c->epoch_ms);
	uint64_t t = (uint64_t)(since_ms + (c->delay_min_us + 999) / 1000) * 1024 / 1000;
	uint64_t away = t < c->k ? c->k - t : t - c->k;
	uint32_t delta = (uint32_t)((C_SCALE * away * away * away) >> CUBE_SHIFT);
	uint32_t target = t < c->k ? c->origin - delta : c->origin + delta;

	c->cnt = target > cwnd ? cwnd / (target - cwnd) : 100 * cwnd;
	/* While the bandwidth is still unknown the curve starts too flat: at least 5 % a round
	 * trip. */
	if (c->last_max == 0 && c->cnt > 20)
		c->cnt = 20;
}

/* RFC 9438 §4.3: never slower than Reno would be. */
static void keep_up_with_reno(struct cubic *c, uint32_t cwnd)
{
	uint32_t acks = (cwnd * RENO_SCALE) >> 3;

	while (c->ack_cnt > acks) {
		c->ack_cnt -= acks;
		c->reno_cwnd++;
	}
	if (c->reno_cwnd > cwnd) {
		uint32_t most = cwnd / (c->reno_cwnd - cwnd);

		if (c->cnt > most)
			c->cnt = most;
	}
}

static void update(struct cubic *c, int64_t now, uint32_t cwnd, uint32_t acked)
{
	uint32_t now_ms = ms(now);

	c->ack_cnt += acked;
	if (c->last_cwnd == cwnd && (int32_t)(now_ms - c->last_time_ms) <= 1000 / 32)
		return;
	if (!c->epoch_ms || now_ms != c->last_time_ms) {
		c->last_cwnd = cwnd;
		c->last_time_ms = now_ms;
		if (!c->epoch_ms)
			begin_epoch(c, now_ms ? now_ms : 1, cwnd, acked);
		follow_curve(c, now_ms, cwnd);
	}
	keep_up_with_reno(c, cwnd);
	if (c->cnt < 2) /* at most half as fast as slow start */
		c->cnt = 2;
}

static void cubic_ack(struct cc *cc, const struct cc_ack *ack)
{
	struct cubic *c = state(cc);
	uint32_t acked = ack->acked;

	if (!cc->cwnd_limited)
		return;
	if (cc_in_slow_start(cc)) {
		acked = cc_slow_start(cc, acked);
		if (acked == 0)
			return;
	}
	update(c, ack->now, cc->cwnd, acked);
	cc_additive_increase(cc, c->cnt, acked);
}

/* --- HyStart: leaves slow start when ACKs come as a long train, or the round trip grows --- */

static void leave_slow_start(struct cc *cc)
{
	state(cc)->found = true;
	cc->ssthresh = cc->cwnd;
}

/* Four super-segments' worth of delay by aggregation on the way of the ACKs. */
static uint32_t train_allowance_us(const struct cc *cc)
{
	uint64_t delay;

	if (cc->pacing_rate == 0)
		return 0;
	delay = (uint64_t)HYSTART_GSO_BYTES * 4 * 1000000 / cc->pacing_rate;
	return delay < 1000 ? (uint32_t)delay : 1000;
}

static void watch_train(struct cc *cc, uint32_t now_us)
{
	struct cubic *c = state(cc);
	uint32_t threshold = c->delay_min_us + train_allowance_us(cc);

	if ((int32_t)(now_us - c->last_ack_us) > HYSTART_ACK_GAP_US)
		return;
	c->last_ack_us = now_us;
	if (!cc->paced) /* pacing may have spread a flight over half a round trip */
		threshold >>= 1;
	if ((int32_t)(now_us - c->round_start_us) > (int32_t)threshold)
		leave_slow_start(cc);
}

static void watch_delay(struct cc *cc, uint32_t delay_us)
{
	struct cubic *c = state(cc);
	uint32_t slack = c->delay_min_us >> 3;

	if (c->round_rtt_us > delay_us)
		c->round_rtt_us = delay_us;
	if (c->samples < HYSTART_SAMPLES) {
		c->samples++;
		return;
	}
	slack = slack < 4000 ? 4000 : slack > 16000 ? 16000 : slack;
	if (c->round_rtt_us > c->delay_min_us + slack)
		leave_slow_start(cc);
}

static void cubic_sample(struct cc *cc, const struct cc_ack *ack)
{
	struct cubic *c = state(cc);
	uint32_t delay;

	if (ack->rtt_ns < 0)
		return;
	/* Right after a reduction the samples are those of the queue that made the loss. */
	if (c->epoch_ms && (int32_t)(ms(ack->now) - c->epoch_ms) < 1000)
		return;
	delay = us(ack->rtt_ns);
	if (delay == 0)
		delay = 1;
	if (c->delay_min_us == 0 || c->delay_min_us > delay)
		c->delay_min_us = delay;
	if (c->found || !cc_in_slow_start(cc) || !cc->hystart)
		return;
	if (cc->cwnd < HYSTART_WINDOW)
		return;
	if ((int32_t)(ack->snd_una - c->end_seq) > 0)
		new_round(c, ack->now, ack->snd_nxt);
	if (cc->hystart & TCPSIM_HYSTART_TRAIN)
		watch_train(cc, us(ack->now));
	if (cc->hystart & TCPSIM_HYSTART_DELAY)
		watch_delay(cc, delay);
}

/* --- reductions --- */

/* RFC 9438 §4.6, §4.7 (fast convergence). */
static uint32_t cubic_ssthresh(struct cc *cc, enum cc_signal why, const struct cc_event *event)
{
	struct cubic *c = state(cc);
	uint32_t reduced = cc->cwnd * BETA / BETA_UNIT;

	c->epoch_ms = 0;
	if (cc->cwnd < c->last_max)
		c->last_max = cc->cwnd * (BETA_UNIT + BETA) / (2 * BETA_UNIT);
	else
		c->last_max = cc->cwnd;
	return reduced > 2 ? reduced : 2;
}

static void cubic_signal(struct cc *cc, enum cc_signal why, const struct cc_event *event)
{
	struct cubic *c = state(cc);
	uint32_t idle_ms = ms(event->idle_ns), now_ms = ms(event->now);

	switch (why) {
	case CC_TIMEOUT:
		memset(c, 0, sizeof(*c));
		new_round(c, event->now, event->snd_nxt);
		break;
	case CC_SEND_START: /* idle time earns no window: the curve is moved by it */
		if (c->epoch_ms && idle_ms > 0) {
			c->epoch_ms += idle_ms;
			if ((int32_t)(c->epoch_ms - now_ms) > 0)
				c->epoch_ms = now_ms;
		}
		break;
	default: break;
	}
}

const struct cc_ops cc_cubic = {
	.name = "cubic",
	.rfc = "RFC 9438",
	.init = cubic_init,
	.ssthresh = cubic_ssthresh,
	.ack = cubic_ack,
	.sample = cubic_sample,
	.signal = cubic_signal,
	.in_bytes = &cc_cubic_bytes,
};
