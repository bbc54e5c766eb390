/* When a connection's pace begins and ends, and where its memory is: see pace.h. */
#include "traces/observer/pace_life.h"
#include "traces/flow/flow.h"
#include "traces/observer/inner.h"
#include "traces/observer/pace.h"
#include "traces/observer/pace_inner.h"
#include "traces/observer/rounds.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* A silence that long holds a connection up. */
#define HELD_UP_NS ((int64_t)200000000)
/* How many there are at first, and by how many bytes more. */
#define PACE_FEW   ((size_t)16)
#define PACE_CHUNK ((size_t)2 << 20)

/* The SYN,ACK goes again: this end was not open yet. */
static void not_open_yet(struct passing *p)
{
	struct way w = pace_way_of(p->o, p->f, p->from);

	if (!w.s->begun && p->s->state == TCPSIM_SYN_RCVD)
		pace_spend(&w, p->now_ns - pace_one_way_ns(p->f, p->from), FLOW_LIMIT_HANDSHAKE);
}

/* Of very many connections the time is divided from what first held one of them up. */
static bool is_late(const struct passing *p)
{
	return !p->o->keep_limits && p->f->number >= FIGURES_ALL;
}

static bool is_held_up(const struct passing *p)
{
	return p->again || p->silent_ns >= HELD_UP_NS || p->s->seen & FLOW_ZERO_WINDOW;
}

static void begin_side(struct passing *p, unsigned side, int64_t opened_ns)
{
	struct way w = pace_way_of(p->o, p->f, side);
	const struct flow_side *s = &p->f->side[side], *peer = &p->f->side[!side];

	memset(w.s, 0, PACE_HOT);
	w.s->accounted_ns = p->f->start_ns;
	w.s->nxt = s->seen & FLOW_SENT ? s->nxt : s->una;
	w.s->una = s->una;
	w.s->window = peer->window;
	w.s->first_flight = true;
	w.s->zero_window_s = 0;
	if (!p->o->keep_limits)
		rounds_free(w.s);
	else
		rounds_begin(w.s);
	if (p->o->keep_limits)
		w.s->kept = &flow_figures(p->o->flows, p->f)->side[side];
	w.s->round = w.s->nxt;
	if (is_late(p))
		w.s->accounted_ns = p->now_ns - p->silent_ns;
	else if (p->f->marks & (FLOW_START_SYN | FLOW_START_SYN_ACK))
		pace_spend(&w, opened_ns, FLOW_LIMIT_HANDSHAKE);
	else
		w.s->accounted_ns = p->now_ns;
	w.s->empty_ns = w.s->sent_ns = w.s->ack_ns = w.s->flat_ns = w.s->accounted_ns;
	/* The client begins to speak, as a rule. */
	w.s->text_since = side == flow_client(p->f);
	w.s->turn_ns = w.s->accounted_ns;
}

/* When the SYN,ACK passed that the client took: the first one, unless its SYN went again. */
static int64_t answered_ns(const struct flow *f, unsigned client)
{
	const struct flow_side *s = &f->side[!client];
	int64_t at_ns = s->syn_ns;

	for (uint32_t i = 0; f->side[client].syn == 1 && s->extra && i < s->extra->n_gaps; i++)
		at_ns -= s->extra->gap_ns[i];
	return at_ns;
}

/* Some more of them. Where there are many, what they cost is the way to their memory: huge pages.
 */
static void paces_more(struct observer *o)
{
	size_t bytes = o->n_pace_chunks == 0 ? PACE_FEW * sizeof(struct pace) : PACE_CHUNK;
	size_t n = bytes / sizeof(struct pace);
	struct pace *chunk = aligned_alloc(o->n_pace_chunks ? PACE_CHUNK : 64, bytes);

	if (chunk == NULL)
		g_error("no memory for more connections");
	if (o->n_pace_chunks > 0)
		madvise(chunk, bytes, MADV_HUGEPAGE);
	o->pace_chunks = g_renew(struct pace *, o->pace_chunks, o->n_pace_chunks + 1);
	o->pace_chunks[o->n_pace_chunks++] = chunk;
	flow_table_grew(o->flows, (ptrdiff_t)bytes);
	for (size_t i = n; i > 0; i--) {
		chunk[i - 1].side[0].rounds_of = chunk[i - 1].side[1].rounds_of = NULL;
		chunk[i - 1].next = o->spare_paces;
		o->spare_paces = &chunk[i - 1];
	}
}

static struct pace *pace_new(struct observer *o)
{
	struct pace *pace;

	if (o->spare_paces == NULL)
		paces_more(o);
	pace = o->spare_paces;
	o->spare_paces = pace->next;
	pace->handshake_rtt = 0;
	return pace;
}

static void pace_spare(struct observer *o, struct flow *f)
{
	struct pace *pace = f->pace;

	pace->next = o->spare_paces;
	o->spare_paces = pace;
	f->pace = NULL;
}

void pace_clear(struct observer *o)
{
	for (size_t i = 0; i < o->n_pace_chunks; i++) {
		size_t n = i == 0 ? PACE_FEW : PACE_CHUNK / sizeof(struct pace);

		/* Those of connections that are still open among them. */
		for (size_t k = 0; k < n; k++) {
			rounds_free(&o->pace_chunks[i][k].side[0]);
			rounds_free(&o->pace_chunks[i][k].side[1]);
		}
		free(o->pace_chunks[i]);
	}
	g_free(o->pace_chunks);
}

/* The handshake's last segment passes, or the first one of a capture that began in the middle. */
static void begin(struct passing *p)
{
	struct flow *f = p->f;
	unsigned client = flow_client(f);
	const struct flow_side *c = &f->side[client], *s = &f->side[!client];

	f->pace = pace_new(p->o);
	begin_side(p, client, answered_ns(f, client) + pace_one_way_ns(f, client));
	begin_side(p, !client, p->now_ns + pace_one_way_ns(f, !client));
	if (f->marks & FLOW_HANDSHAKE && f->marks & FLOW_START_SYN && c->syn == 1 && s->syn == 1)
		f->pace->handshake_rtt =
			(uint32_t)MIN((p->now_ns - f->start_ns) / 1000, UINT32_MAX);
	for (unsigned side = 0; side < 2; side++)
		if (f->side[side].rtt_min_us > 0)
			rounds_first(p, side, f->side[side].rtt_min_us);
}

static bool begins(const struct passing *p)
{
	if (is_late(p) && !is_held_up(p))
		return false;
	return !(p->seg->flags & (TCPSIM_SYN | TCPSIM_RST)) &&
	       (p->f->marks & FLOW_ESTABLISHED || p->seg->len > 0 || p->r->packets > 0);
}

void observer_pace(struct passing *p)
{
	bool speaks = (p->seg->len > 0 || p->seg->flags & TCPSIM_FIN) && !p->again;
	struct way mine, peers;
	struct pace_ack ack;

	if (p->f->pace == NULL) {
		if (p->f->marks & FLOW_SUMMED_UP || !begins(p))
			return;
		begin(p);
	}
	if (p->seg->flags & TCPSIM_RST) {
		pace_finish(p->o, p->f);
		return;
	}
	if (p->seg->flags & TCPSIM_SYN) {
		not_open_yet(p);
		return;
	}
	rounds_note(p);
	mine = pace_way_of(p->o, p->f, p->from);
	pace_sends(p, &mine);
	if (!(p->seg->flags & TCPSIM_ACK))
		return;
	peers = pace_way_of(p->o, p->f, observer_other(p->from));
	if (peers.s->n_acks == 0 && tcpsim_seq_le(p->seg->ack, peers.s->una) &&
		p->s->window == peers.s->window) { /* nothing new but, perhaps, text */
		if (speaks)
			pace_peer_speaks(&peers, p->now_ns + pace_one_way_ns(p->f, peers.side));
		return;
	}
	ack = (struct pace_ack){.at_ns = p->now_ns + pace_one_way_ns(p->f, observer_other(p->from)),
		.ack = p->seg->ack,
		.window = MIN(p->s->window, INT32_MAX),
		.text = speaks};
	pace_ack_leaves(&peers, &ack, p->now_ns);
	if (p->s->seen & p->r->seen & FLOW_FIN_ACKED)
		pace_finish(p->o, p->f);
}

static bool never_opened(const struct flow *f, unsigned side)
{
	const struct flow_side *s = &f->side[side], *peer = &f->side[!side];

	/* It had not taken the handshake's ACK once, nor any text since. */
	if (side != flow_client(f) && f->marks & FLOW_ACK_IGNORED &&
		tcpsim_seq_gt(peer->nxt, peer->una) &&
		tcpsim_seq_eq(peer->una, tcpsim_seq_add(peer->base, 1)))
		return true;
	return s->state == TCPSIM_SYN_RCVD ||
	       (s->seen & FLOW_RST_STATE && s->state_before_rst == TCPSIM_SYN_RCVD);
}

/* It answers no more; what it does since cannot be known. */
static bool is_mute(const struct flow *f, unsigned side)
{
	const struct flow_side *s = &f->side[side], *peer = &f->side[!side];

	return peer->unanswered >= 2 && tcpsim_seq_gt(peer->nxt, peer->una) &&
	       s->last_ns < peer->sent_ns;
}

/* Of one direction alone neither the peer's window is known nor what has arrived. */
static void forget_limits(struct pace_side *s)
{
	memset(s->limit_s, 0, sizeof(s->limit_s));
	if (s->kept != NULL)
		s->kept->n_limits = 0;
}

static void finish_side(struct observer *o, struct flow *f, unsigned side)
{
	struct way w = pace_way_of(o, f, side);
	struct pace_side *s = w.s;
	bool shut;

	while (s->n_acks > 0)
		pace_first_ack_arrives(&w);
	if (f->side[0].packets == 0 || f->side[1].packets == 0) {
		forget_limits(s);
		return;
	}
	if (is_mute(f, side))
		return;
	if (!s->begun && never_opened(f, side))
		pace_spend(&w, f->end_ns, FLOW_LIMIT_HANDSHAKE);
	/* It asks, or its last segment was cut to what the window had left. */
	shut = s->wanted && f->side[!side].seen & FLOW_ZERO_WINDOW &&
	       (f->side[side].seen & FLOW_PROBING || pace_usable(s) == 0);
	if (s->recovering || !pace_nothing_out(s))
		pace_spend(&w, f->end_ns, s->recovering ? FLOW_LIMIT_RECOVERY : pace_held_by(&w));
	else if (shut)
		pace_spend(&w, f->end_ns, FLOW_LIMIT_WINDOW);
	else
		pace_spend_idle(&w, f->end_ns, false);
}

/* What is told of it is little, and there are many: reports that name few can do without. */
static bool is_worth_keeping(const struct observer *o, const struct flow *f)
{
	return o->keep_limits || f->figures != NULL || f->number < FIGURES_ALL;
}

static void sum_up(struct observer *o, struct flow *f)
{
	struct flow_figures *g = flow_figures(o->flows, f);

	for (unsigned side = 0; side < 2; side++) {
		const struct pace_side *s = &f->pace->side[side];
		struct flow_side_figures *to = &g->side[side];

		memcpy(to->limit_s, s->limit_s, sizeof(to->limit_s));
		to->zero_window_s = s->zero_window_s;
		to->in_flight_max = s->in_flight_max;
		to->initial_window = s->initial_window;
		to->window_min = s->window_min;
		to->window_max = s->window_max;
		rounds_sum_up(f, side);
	}
	g->handshake_rtt = f->pace->handshake_rtt;
	g->finished = true;
}

void pace_prefetch(const struct pace *pace)
{
	for (unsigned side = 0; pace != NULL && side < 2; side++)
		for (size_t at = 0; at < PACE_HOT; at += 64)
			__builtin_prefetch((const char *)&pace->side[side] + at, 1);
}

void pace_finish(struct observer *o, struct flow *f)
{
	if (f->pace == NULL)
		return;
	for (unsigned side = 0; side < 2; side++) {
		finish_side(o, f, side);
		for (unsigned i = 0; i < FLOW_N_LIMITS; i++)
			o->limit_s[i] += (double)f->pace->side[side].limit_s[i];
	}
	if (is_worth_keeping(o, f))
		sum_up(o, f);
	f->marks |= FLOW_SUMMED_UP;
	pace_spare(o, f);
}
