/*
 * The ends' variables over time. They are asked of the host when a segment of it has left and when
 * one was taken in: nothing else changes them but timers, after which something leaves, and calls
 * that send. See witness.h.
 */
#include "timeline/witness_samples.h"
#include "timeline/witness_inner.h"

#include <tcpsim/status.h>

static struct timeline_sample sample_of(const struct tcpsim_status *s)
{
	return (struct timeline_sample){.knows_peer = s->state != TCPSIM_SYN_SENT,
		.snd_una = tcpsim_seq_of(s->snd_una),
		.snd_nxt = tcpsim_seq_of(s->snd_nxt),
		.rcv_nxt = tcpsim_seq_of(s->rcv_nxt),
		.snd_wnd = s->snd_wnd,
		.rcv_wnd = s->rcv_wnd,
		.cwnd = s->cwnd,
		.ssthresh = s->ssthresh,
		.mss = s->mss,
		.srtt_ns = s->srtt_ns,
		.rttvar_ns = s->rttvar_ns,
		.rto_ns = s->rto_ns};
}

static bool is_same(const struct timeline_sample *a, const struct timeline_sample *b)
{
	return tcpsim_seq_eq(a->snd_una, b->snd_una) && tcpsim_seq_eq(a->snd_nxt, b->snd_nxt) &&
	       tcpsim_seq_eq(a->rcv_nxt, b->rcv_nxt) && a->snd_wnd == b->snd_wnd &&
	       a->rcv_wnd == b->rcv_wnd && a->cwnd == b->cwnd && a->ssthresh == b->ssthresh &&
	       a->mss == b->mss && a->srtt_ns == b->srtt_ns && a->rttvar_ns == b->rttvar_ns &&
	       a->rto_ns == b->rto_ns;
}

void witness_sample(struct witness *w, const struct node *host, uint32_t connection, unsigned end)
{
	struct timeline *t = w->timeline;
	struct timeline_end *e = witness_end_of(w, (struct end_ref){connection, (uint8_t)end});
	struct tcpsim_status status;
	struct timeline_sample sample;

	if (!e || !e->id || e->node != host->index || t->samples->len >= t->most_samples ||
		tcpsim_status(host->host, e->id, &status) < 0)
		return;
	sample = sample_of(&status);
	if (e->sample &&
		is_same(&g_array_index(t->samples, struct timeline_sample, e->sample - 1), &sample))
		return;
	sample.time_ns = witness_now(w);
	sample.connection = connection;
	sample.end = (uint8_t)end;
	g_array_append_val(t->samples, sample);
	e->sample = t->samples->len;
}
