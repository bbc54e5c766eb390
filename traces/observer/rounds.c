/*
 * What is measured of a connection while it lives: round trips, bytes in flight, windows. A
 * segment's round trip ends with the acknowledgment of its last byte; one that went twice gives
 * none (Karn, RFC 6298 §3). One at a time is timed (text.c), or several where all are asked for.
 */
#include "traces/observer/rounds.h"
#include "traces/observer/inner.h"
#include "traces/observer/pace.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>

/* So many of one direction are kept for the percentile; then every other, and so on. */
#define KEPT  256
#define TIMED 16

/* A segment whose acknowledgment is awaited here. */
struct timed {
	tcpsim_seq end;
	uint32_t at_us;
};

struct rounds {
	uint32_t n, stride, skipped, n_timed;
	struct timed timed[TIMED];
	uint32_t us[KEPT];
};

void rounds_free(struct pace_side *s)
{
	g_free(s->rounds_of);
	s->rounds_of = NULL;
}

void rounds_begin(struct pace_side *s)
{
	if (s->rounds_of == NULL)
		s->rounds_of = g_new(struct rounds, 1);
	s->rounds_of->n = s->rounds_of->skipped = s->rounds_of->n_timed = 0;
	s->rounds_of->stride = 1;
}

static void keep(struct rounds *r, uint32_t us)
{
	if (++r->skipped < r->stride)
		return;
	r->skipped = 0;
	if (r->n == KEPT) {
		for (uint32_t i = 0; i < KEPT / 2; i++)
			r->us[i] = r->us[2 * i];
		r->n = KEPT / 2;
		r->stride *= 2;
	}
	r->us[r->n++] = us;
}

static void add(struct pace_side *s, uint32_t us)
{
	us = MAX(us, 1);
	s->rtt_min = s->rtt_samples == 0 ? us : MIN(s->rtt_min, us);
	s->rtt_max = MAX(s->rtt_max, us);
	s->rtt_samples++;
	s->rtt_sum_us += us;
	if (s->rounds_of != NULL)
		keep(s->rounds_of, us);
}

void rounds_sample(struct passing *p, unsigned side, uint32_t us)
{
	struct pace_side *s;

	if (p->f->pace == NULL)
		return;
	s = &p->f->pace->side[side];
	if (s->rounds_of == NULL)
		add(s, us);
}

void rounds_first(struct passing *p, unsigned side, uint32_t us)
{
	add(&p->f->pace->side[side], us);
}

static int by_size(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

void rounds_sum_up(struct flow *f, unsigned side)
{
	struct pace_side *s = &f->pace->side[side];
	struct flow_side_figures *g = &f->figures->side[side];
	struct rounds *r = s->rounds_of;

	if (s->shut)
		g->zero_window_s += (float)(f->end_ns - s->shut_ns) * 1e-9f;
	if (s->rtt_samples == 0)
		return;
	g->rtt_samples = s->rtt_samples;
	g->rtt_min = s->rtt_min;
	g->rtt_max = s->rtt_max;
	g->rtt_mean = (uint32_t)(s->rtt_sum_us / s->rtt_samples);
	g->rtt_p95 = s->rtt_max;
	if (r == NULL || r->n == 0)
		return;
	qsort(r->us, r->n, sizeof(r->us[0]), by_size);
	g->rtt_p95 = r->us[(r->n * 95 - 1) / 100];
}

/* An acknowledgment ends the round trip of the last segment that it covers. */
static void acknowledged(struct passing *p, struct pace_side *s)
{
	struct rounds *r = s->rounds_of;
	uint32_t n = 0;

	while (n < r->n_timed && tcpsim_seq_ge(p->seg->ack, r->timed[n].end))
		n++;
	if (n == 0)
		return;
	p->o->sample_us = MAX((uint32_t)(p->now_ns / 1000) - r->timed[n - 1].at_us, 1);
	add(s, p->o->sample_us);
	r->n_timed -= n;
	memmove(&r->timed[0], &r->timed[n], r->n_timed * sizeof(r->timed[0]));
}

/* What stands behind a repetition is acknowledged when that has arrived. */
static void time_it(struct passing *p, struct rounds *r, tcpsim_seq end)
{
	while (p->again && r->n_timed > 0 &&
		tcpsim_seq_gt(r->timed[r->n_timed - 1].end, p->seg->seq))
		r->n_timed--;
	if (!p->again && tcpsim_seq_eq(end, p->s->nxt) && r->n_timed < TIMED)
		r->timed[r->n_timed++] =
			(struct timed){.end = end, .at_us = (uint32_t)(p->now_ns / 1000)};
}

static void sent(struct passing *p, struct pace_side *s)
{
	tcpsim_seq end = tcpsim_seq_add(p->end, (p->seg->flags & TCPSIM_FIN) != 0);

	if (s->rounds_of != NULL && !p->overtaken && !p->probes)
		time_it(p, s->rounds_of, end);
	if (p->again || !tcpsim_seq_eq(end, p->s->nxt) || p->overtaken || p->probes)
		return;
	s->in_flight_max = MAX(s->in_flight_max, (uint32_t)MAX(tcpsim_seq_diff(end, p->s->una), 0));
	if (s->first_flight)
		s->initial_window += p->seg->len;
}

static void note_window(struct passing *p, struct pace_side *s)
{
	uint32_t window = p->s->window;

	s->window_min = s->window_seen ? MIN(s->window_min, window) : window;
	s->window_max = MAX(s->window_max, window);
	s->window_seen = true;
	if (window == 0 && !s->shut) {
		s->shut = true;
		s->shut_ns = p->now_ns;
		s->shut_packet = p->packet->number;
		p->f->pace->side[!p->from].probed = false;
	} else if (window > 0 && s->shut) {
		s->zero_window_s += (float)(p->now_ns - s->shut_ns) * 1e-9f;
		s->shut = false;
	}
}

void rounds_note(struct passing *p)
{
	struct pace_side *s = &p->f->pace->side[p->from], *r = &p->f->pace->side[!p->from];

	note_window(p, s);
	if (r->rounds_of != NULL && p->seg->flags & TCPSIM_ACK)
		acknowledged(p, r);
	if (r->first_flight && r->initial_window > 0 &&
		tcpsim_seq_gt(p->seg->ack, tcpsim_seq_add(p->r->base, 1)))
		r->first_flight = false;
	if (p->seg->len > 0 || p->seg->flags & TCPSIM_FIN)
		sent(p, s);
}
