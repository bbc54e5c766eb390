/*
 * A RST: why it was sent, as far as its fields and what went before tell, and what its receiver
 * does with it.
 *
 * A RST that answers a segment is known by its form (RFC 9293 §3.5.2): it takes its number from
 * that segment's acknowledgment and carries no ACK, or number 0 and an ACK for what had none. One
 * that a program's abort sends bears the end's own next number, and the systems in use set ACK on
 * it.
 */
#include "traces/observer/rst.h"
#include "time_units.h"
#include "traces/observer/again.h"
#include "traces/observer/inner.h"
#include "traces/observer/stalls.h"
#include "traces/observer/state.h"
#include "traces/observer/system.h"

#include <glib.h>
#include <stdlib.h>

/* Repetitions without any answer after which an end that sends a RST is taken to have given up. */
#define GIVE_UP_AFTER 3
/* So soon after the end's last word its program may have closed, and its FIN have been lost. */
#define CLOSED_JUST_NOW_NS (3 * NSEC_PER_SEC)
/* No timer of a system in use is shorter beyond the round trip (FreeBSD: 30 ms). */
#define LEAST_RTO_NS (NSEC_PER_SEC / 5)
/* RFC 6298 §2: the first timeout of a SYN,ACK. */
#define HANDSHAKE_OVER_NS NSEC_PER_SEC
/* RFC 9293 §3.7.1: of a peer that names none. */
#define DEFAULT_MSS 536
/* An answer goes at once; what comes later was somebody's decision. */
#define ANSWER_SLACK_NS (NSEC_PER_SEC / 20)
/* An incomplete connection lives that long at the most (UNP §4.5). */
#define ENTRY_LIFE_NS (75 * NSEC_PER_SEC)
/* A system waits that long in FIN-WAIT-2 for a peer that its program no longer reads
 * (Linux: 60 s). */
#define ORPHAN_NS (60 * NSEC_PER_SEC)

static bool acks_the_syn(const struct passing *p)
{
	return p->seg->flags & TCPSIM_ACK && tcpsim_seq_gt(p->seg->ack, p->r->base) &&
	       tcpsim_seq_le(p->seg->ack, tcpsim_seq_max(p->r->nxt, tcpsim_seq_add(p->r->base, 1)));
}

static bool ttl_differs(const struct passing *p)
{
	int step = p->seg->ttl - p->s->ttl;

	return p->s->ttl != 0 && (step > 2 || step < -2);
}

/* What bears on the question. Each is seen in the segments; what it means is the verdicts' part. */
struct rst_evidence {
	/* the form of an answer: no ACK, the number an acknowledgment of the peer's */
	bool answers;
	bool exact;	 /* ... of the last one */
	bool prompted;	 /* ... and the peer said something just before, or waits for an answer */
	bool own;	 /* this end's own next number */
	bool crossed;	 /* the peer's RST may not have reached it yet */
	uint8_t state;	 /* enum tcpsim_state; before that RST, if it crossed */
	bool opened;	 /* a SYN or SYN,ACK of this connection was seen */
	bool overtaken;	 /* TTL unlike that of this end's other segments */
	bool pending;	 /* the peer has sent what this end has not acknowledged, or a probe */
	bool peer_spoke; /* more than the handshake: text or a FIN */
	int64_t since_peer_ns;
};

static struct rst_evidence gather(const struct passing *p)
{
	const struct flow_side *s = p->s, *r = p->r;
	const struct tcpsim_segment *seg = p->seg;
	struct rst_evidence e = {.since_peer_ns = p->now_ns - r->last_ns};
	bool acked = r->seen & (FLOW_TALKED | FLOW_SYN_ACK);

	/* What it answers may have been sent some acknowledgments ago. */
	e.exact = !(seg->flags & TCPSIM_ACK) && acked && tcpsim_seq_eq(seg->seq, r->ack);
	e.answers = e.exact ||
		    (!(seg->flags & TCPSIM_ACK) && acked && tcpsim_seq_gt(seg->seq, s->base) &&
			    tcpsim_seq_le(seg->seq, r->ack));
	e.crossed = s->seen & FLOW_RST_STATE && !(s->seen & FLOW_RST) &&
		    e.since_peer_ns <= observer_rtt_ns(p) * 5 / 4 + ANSWER_SLACK_NS;
	e.state = e.crossed ? s->state_before_rst : s->state;
	e.pending =
		(r->seen & FLOW_SENT && tcpsim_seq_gt(r->nxt, s->ack)) || r->seen & FLOW_PROBING;
	e.prompted = e.answers && r->packets > 0 &&
		     (e.pending || r->last_ns > s->last_ns ||
			     e.since_peer_ns <= (int64_t)r->rtt_us * 1000 + ANSWER_SLACK_NS);
	e.own = s->seen & FLOW_SENT && tcpsim_seq_eq(seg->seq, s->nxt);
	e.opened = (s->seen | r->seen) & (FLOW_SYN | FLOW_SYN_ACK);
	e.overtaken = ttl_differs(p);
	e.peer_spoke = r->seen & (FLOW_TEXT | FLOW_FIN);
	return e;
}

static struct rst_verdict verdict_of(enum tcpsim_rule rule, enum observer_certainty certainty)
{
	return (struct rst_verdict){.rule = rule, .certainty = certainty};
}

/* What fits, the likeliest first. */
static struct rst_verdict unknown(enum tcpsim_rule first, enum tcpsim_rule second)
{
	return (struct rst_verdict){.rule = TCPSIM_RULE_RST_UNKNOWN,
		.certainty = OBSERVER_SUSPECTED,
		.causes = {(uint16_t)first, (uint16_t)second}};
}

static const struct rst_verdict NO_VERDICT = {.rule = TCPSIM_RULE_NONE};

/* ---- the verdicts, in the order in which they are asked ---- */

/* It has ACK and number 0, and acknowledges exactly the SYN: the form of an answer to a SYN
 * (RFC 9293 §3.10.7.1), whatever was sent for an earlier one. A firewall answers so, too. */
static struct rst_verdict refused(const struct passing *p, const struct rst_evidence *e)
{
	const struct flow_side *s = p->s, *r = p->r;
	bool answers_syn = p->seg->flags & TCPSIM_ACK && p->seg->seq.n == 0 &&
			   tcpsim_seq_eq(p->seg->ack, tcpsim_seq_add(r->base, 1));

	/* The client may have been answered before, and its SYN gone again all the same. */
	bool open = r->seen & FLOW_TALKED && r->syn == 1;

	if (!(r->seen & FLOW_SYN) || s->seen & (FLOW_SYN | FLOW_TALKED))
		return NO_VERDICT;
	if (!(s->seen & FLOW_SYN_ACK) ? acks_the_syn(p) : answers_syn && !open)
		return verdict_of(TCPSIM_RULE_RST_NO_LISTENER, OBSERVER_INFERRED);
	if (s->seen & FLOW_SYN_ACK)
		return NO_VERDICT;
	/* An ACK came for a port that had not answered the SYN: LISTEN and CLOSED
	 * answer so alike. */
	if (e->answers)
		return verdict_of(TCPSIM_RULE_RST_NO_CONNECTION, OBSERVER_INFERRED);
	return verdict_of(TCPSIM_RULE_RST_FOREIGN, OBSERVER_SUSPECTED);
}

/* A TTL that none of this end's segments had: another machine sent it. */
static struct rst_verdict other_machine(const struct passing *p, const struct rst_evidence *e)
{
	return e->overtaken ? verdict_of(TCPSIM_RULE_RST_FOREIGN, OBSERVER_SUSPECTED) : NO_VERDICT;
}

/* Its own next number, when a timer can have run, after repetitions that nobody answered. A SYN,ACK
 * that goes again answers none. */
static struct rst_verdict gave_up(const struct passing *p, const struct rst_evidence *e)
{
	const struct flow_side *s = p->s;
	bool unheard = s->extra != NULL && s->extra->again_ns > s->progress_ns &&
		       tcpsim_seq_le(s->una, tcpsim_seq_add(s->base, 1)) &&
		       !(p->r->seen & FLOW_SERVED);

	if (e->prompted || !(s->unanswered > 0 || unheard) ||
		p->now_ns - s->sent_ns < observer_rtt_ns(p) + LEAST_RTO_NS)
		return NO_VERDICT;
	if (s->unanswered >= GIVE_UP_AFTER)
		return verdict_of(TCPSIM_RULE_RST_GAVE_UP, OBSERVER_INFERRED);
	return unknown(TCPSIM_RULE_RST_GAVE_UP, TCPSIM_RULE_RST_ABORT);
}

/* This end's connection was reset before. */
static struct rst_verdict again(const struct passing *p, const struct rst_evidence *e)
{
	const struct flow_side *s = p->s;

	/* Both aborted at once: its RST was on its way when the peer's came. */
	if (!(s->seen & FLOW_RST) && s->state == TCPSIM_CLOSED && s->seen & FLOW_RST_STATE &&
		p->seg->flags & TCPSIM_ACK && e->own) {
		struct rst_verdict v = gave_up(p, e);

		return v.rule != TCPSIM_RULE_NONE
			       ? v
			       : verdict_of(TCPSIM_RULE_RST_ABORT, OBSERVER_INFERRED);
	}
	if (!(s->seen & FLOW_RST && s->seen & FLOW_RST_STATE))
		return NO_VERDICT;
	if (e->answers || e->own || tcpsim_seq_eq(p->seg->seq, s->recover))
		return verdict_of(TCPSIM_RULE_RST_REPEATED, OBSERVER_INFERRED);
	return unknown(TCPSIM_RULE_RST_REPEATED, TCPSIM_RULE_RST_FOREIGN);
}

/* Nothing is known of a connection of this end: a port without one, or the rest of something that
 * was before the capture. */
static struct rst_verdict out_of_nothing(const struct passing *p, const struct rst_evidence *e)
{
	const struct flow_side *s = p->s;

	if (e->state != TCPSIM_CLOSED && (e->opened || s->seen & FLOW_TALKED))
		return NO_VERDICT;
	if (!e->prompted)
		return unknown(TCPSIM_RULE_RST_NO_CONNECTION, TCPSIM_RULE_RST_FOREIGN);
	/* The peer's RST, which passed here, may be on its way still behind the text that this end,
	 * having closed, answers. */
	if (s->seen & FLOW_RST_STATE && !(s->seen & FLOW_RST) && s->seen & FLOW_FIN &&
		tcpsim_seq_gt(p->r->nxt, s->ack))
		return unknown(TCPSIM_RULE_RST_NO_CONNECTION, TCPSIM_RULE_RST_AFTER_CLOSE);
	return verdict_of(TCPSIM_RULE_RST_NO_CONNECTION, OBSERVER_INFERRED);
}

/* In SYN-SENT, or with a SYN,ACK of its own that the peer's acknowledgment does not fit: RFC 9293
 * §3.10.7.3 first, §3.10.7.4 fifth. */
static struct rst_verdict unacceptable(const struct passing *p, const struct rst_evidence *e)
{
	const struct flow_side *s = p->s, *r = p->r;

	if (s->state == TCPSIM_SYN_SENT &&
		!(r->seen & FLOW_SYN_ACK && tcpsim_seq_eq(r->ack, tcpsim_seq_add(s->base, 1))))
		return r->packets > 0
			       ? verdict_of(TCPSIM_RULE_RST_UNACCEPTABLE_ACK, OBSERVER_INFERRED)
			       : unknown(TCPSIM_RULE_RST_ABORT, TCPSIM_RULE_RST_FOREIGN);
	/* A SYN that came late made a new entry of an old connection, and its client answers with
	 * the old one's numbers. */
	if (e->exact && s->seen & FLOW_SYN_ACK && !(s->seen & FLOW_TALKED) &&
		!tcpsim_seq_eq(r->ack, tcpsim_seq_add(s->base, 1)))
		return verdict_of(TCPSIM_RULE_RST_UNACCEPTABLE_ACK, OBSERVER_INFERRED);
	if (s->seen & FLOW_OTHER_ANSWER && e->answers)
		return verdict_of(TCPSIM_RULE_RST_UNACCEPTABLE_ACK, OBSERVER_INFERRED);
	return NO_VERDICT;
}

/* The server, whose SYN,ACK went out and whose program has not shown itself. */
static struct rst_verdict in_handshake(const struct passing *p, const struct rst_evidence *e)
{
	const struct flow_side *s = p->s, *r = p->r;

	if (!(s->seen & FLOW_SYN_ACK) || s->seen & FLOW_SERVED)
		return NO_VERDICT;
	if (!(r->seen & FLOW_TALKED))
		return verdict_of(TCPSIM_RULE_RST_INCOMPLETE, OBSERVER_SUSPECTED);
	if (!e->answers || !tcpsim_seq_eq(p->seg->seq, tcpsim_seq_add(s->base, 1)) ||
		tcpsim_seq_gt(s->ack, tcpsim_seq_add(r->base, 1)))
		return NO_VERDICT;
	/* The handshake had been over for long, or its SYN,ACK would have come again: what the RST
	 * answers is the later segment, and the server has forgotten the connection since. */
	if (tcpsim_seq_gt(r->nxt, tcpsim_seq_add(r->base, 1)) &&
		p->now_ns - s->syn_ns > HANDSHAKE_OVER_NS + observer_rtt_ns(p))
		return p->f->marks & FLOW_ACK_IGNORED
			       ? unknown(TCPSIM_RULE_RST_NO_CONNECTION, TCPSIM_RULE_RST_QUEUE_FULL)
			       : verdict_of(TCPSIM_RULE_RST_NO_CONNECTION, OBSERVER_INFERRED);
	/* The handshake's ACK drew nothing in its time: it was taken, or lost. What the RST answers
	 * came behind it. */
	if (r->last_ns > s->progress_ns &&
		p->now_ns - s->progress_ns > observer_rtt_ns(p) * 5 / 4 + ANSWER_SLACK_NS)
		return unknown(TCPSIM_RULE_RST_NO_CONNECTION, TCPSIM_RULE_RST_QUEUE_FULL);
	/* A queue of which nobody is known to wait is not called full. */
	if (p->f->listener != FLOW_NONE && listeners_wait(p->o->listeners, p->f))
		return verdict_of(TCPSIM_RULE_RST_QUEUE_FULL, OBSERVER_SUSPECTED);
	return unknown(TCPSIM_RULE_RST_NO_CONNECTION, TCPSIM_RULE_RST_QUEUE_FULL);
}

/* The client answers the SYN,ACK with it, and has said nothing else. */
static struct rst_verdict scan(const struct passing *p, const struct rst_evidence *e)
{
	return p->s->seen & FLOW_SYN && !(p->s->seen & FLOW_TALKED) && p->r->seen & FLOW_SYN_ACK
		       ? verdict_of(TCPSIM_RULE_RST_HANDSHAKE_ABORTED, OBSERVER_INFERRED)
		       : NO_VERDICT;
}

/* No number that this end would use. */
static struct rst_verdict foreign(const struct passing *p, const struct rst_evidence *e)
{
	const struct flow_side *s = p->s;
	tcpsim_seq seq = p->seg->seq;

	if (e->answers ||
		(!tcpsim_seq_lt(seq, s->una) &&
			!tcpsim_seq_gt(seq, tcpsim_seq_max(s->nxt,
						    tcpsim_seq_add(s->una, MAX(p->r->window, 1))))))
		return NO_VERDICT;
	return verdict_of(TCPSIM_RULE_RST_FOREIGN, OBSERVER_SUSPECTED);
}

/* The peer's text had gone before, and this end is not where the capture was taken. */
static bool answers_repetition(const struct passing *p)
{
	const struct flow_side *r = p->r;

	return r->extra != NULL && r->extra->again_ns == r->last_ns && !observer_is_sent_here(p);
}

/* Its program had closed, and text came (RFC 1122 §4.2.2.13). After a minute its system may have
 * forgotten the connection, and answers in the same way; so it does behind its first RST, which may
 * have been lost before it came here. */
static struct rst_verdict after_close(const struct passing *p, const struct rst_evidence *e)
{
	const struct flow_side *s = p->s, *r = p->r;
	/* Where text is out to it, the peer's FIN behind that has not been taken, whatever was
	 * presumed: it waits in FIN-WAIT still. */
	tcpsim_seq text_end = r->seen & FLOW_FIN ? tcpsim_seq_sub(r->fin_end, 1) : r->nxt;

	if (!(s->seen & FLOW_FIN) || !(r->seen & FLOW_TEXT) || !tcpsim_seq_gt(text_end, s->ack) ||
		!e->answers)
		return NO_VERDICT;
	if (e->crossed || p->now_ns - s->last_ns > ORPHAN_NS || answers_repetition(p))
		return unknown(TCPSIM_RULE_RST_NO_CONNECTION, TCPSIM_RULE_RST_AFTER_CLOSE);
	return verdict_of(TCPSIM_RULE_RST_AFTER_CLOSE, OBSERVER_INFERRED);
}

/* The peer's window has no room for a segment of this end: a FIN may wait behind its text, for
 * however long. */
static bool fin_may_wait(const struct passing *p)
{
	const struct flow_side *s = p->s, *r = p->r;
	int32_t room = tcpsim_seq_diff(tcpsim_seq_add(s->una, r->window), s->nxt);

	return s->seen & FLOW_TEXT && room < (r->mss > 0 ? r->mss : DEFAULT_MSS);
}

/* Text that came while its connection lived and its program had closed without reading is answered
 * alike; a FIN is not, nor what finds the window shut. */
static bool may_be_closed(const struct passing *p, const struct rst_evidence *e)
{
	const struct flow_side *s = p->s, *r = p->r;

	if (!(r->seen & FLOW_TEXT) || !tcpsim_seq_gt(r->nxt, s->ack) || !(s->seen & FLOW_SERVED) ||
		(r->seen & FLOW_PROBING && s->window == 0) || e->since_peer_ns >= NSEC_PER_SEC)
		return false;
	return p->now_ns - s->last_ns < CLOSED_JUST_NOW_NS || fin_may_wait(p);
}

/* The form of an answer, and there is what it answers: this end has no such connection (RFC 9293
 * §3.5.2 group 1). Its program may also have closed just then, text being on its way. */
static struct rst_verdict no_connection(const struct passing *p, const struct rst_evidence *e)
{
	if (!e->answers)
		return NO_VERDICT;
	if (!e->prompted)
		return unknown(TCPSIM_RULE_RST_ABORT, TCPSIM_RULE_RST_NO_CONNECTION);
	if (may_be_closed(p, e))
		return unknown(TCPSIM_RULE_RST_NO_CONNECTION, TCPSIM_RULE_RST_AFTER_CLOSE);
	return verdict_of(TCPSIM_RULE_RST_NO_CONNECTION, OBSERVER_INFERRED);
}

/* Its own next number with ACK: the program's abort (RFC 9293 §3.10.5), unread data, linger 0. */
static struct rst_verdict aborted(const struct passing *p, const struct rst_evidence *e)
{
	if (e->own && p->seg->flags & TCPSIM_ACK)
		return verdict_of(TCPSIM_RULE_RST_ABORT, OBSERVER_INFERRED);
	return verdict_of(TCPSIM_RULE_RST_ABORT, OBSERVER_SUSPECTED);
}

/* The 4-tuple's last connection is still in its handshake, or open, and the SYN that begins this one
 * lies in its window: an error (RFC 793 p. 71; RFC 5961 §4 only where synchronized). */
static struct rst_verdict in_old_window(const struct passing *p, const struct rst_evidence *e)
{
	const struct flow *f = p->f, *old = flow_numbered(p->o->flows, f->previous);
	unsigned client = f->client;

	if (old == NULL || f->marks & FLOW_SPLIT || p->from == client || !(p->r->seen & FLOW_SYN) ||
		p->s->packets > 1)
		return NO_VERDICT;
	/* Sides are told apart by who sent first; both SYNs are this client's. */
	const struct flow_side *was = &old->side[flow_port(old, 0) != flow_port(f, client)];
	const struct flow_side *server = &old->side[was == &old->side[0]];
	int32_t ahead = tcpsim_seq_diff(p->r->base, was->nxt);

	if (server->state != TCPSIM_SYN_RCVD || server->seen & FLOW_RST || ahead < 0 ||
		ahead > (int32_t)server->window || p->now_ns - server->last_ns > ENTRY_LIFE_NS)
		return NO_VERDICT;
	return verdict_of(TCPSIM_RULE_RST_SYN_IN_WINDOW, OBSERVER_INFERRED);
}

static struct rst_verdict judge(const struct passing *p)
{
	static struct rst_verdict (*const ask[])(
		const struct passing *p, const struct rst_evidence *e) = {in_old_window, refused,
		other_machine, again, out_of_nothing, unacceptable, in_handshake, scan, gave_up,
		foreign, after_close, no_connection, aborted};
	const struct rst_evidence e = gather(p);
	struct rst_verdict v = NO_VERDICT;

	for (size_t i = 0; v.rule == TCPSIM_RULE_NONE && i < G_N_ELEMENTS(ask); i++)
		v = ask[i](p, &e);
	return v;
}

/* It has the number of this end's FIN, which the receiver has taken: some systems end by it (Linux
 * tcp_reset_check). */
static bool is_at_fin(const struct passing *p)
{
	const struct flow_side *s = p->s, *r = p->r;
	const struct tcpsim_profile *system = observer_system(r);

	return system != NULL && system->rst_at_fin && s->seen & FLOW_FIN_TAKEN &&
	       tcpsim_seq_eq(tcpsim_seq_add(p->seg->seq, 1), s->fin_end) &&
	       (r->state == TCPSIM_CLOSE_WAIT || r->state == TCPSIM_CLOSING ||
		       r->state == TCPSIM_LAST_ACK);
}

/* What the receiver makes of it, RFC 9293 §3.10.7.3 and §3.10.7.4 second, RFC 5961 §3.2. */
static enum tcpsim_rule effect(const struct passing *p)
{
	const struct flow_side *s = p->s, *r = p->r;
	tcpsim_seq seq = p->seg->seq;

	if (r->state == TCPSIM_CLOSED || r->state == TCPSIM_LISTEN)
		return TCPSIM_RULE_NONE;
	if (r->state == TCPSIM_SYN_SENT)
		return acks_the_syn(p) ? TCPSIM_RULE_OBSERVE_RST_ACCEPTED
				       : TCPSIM_RULE_OBSERVE_RST_UNACCEPTABLE;
	/* Its RCV.NXT lies between what was acknowledged and what was sent. */
	tcpsim_seq low = s->una,
		   high = s->seen & FLOW_SENT ? tcpsim_seq_max(s->nxt, s->una) : s->una;
	if ((tcpsim_seq_ge(seq, low) && tcpsim_seq_le(seq, high)) || is_at_fin(p))
		return TCPSIM_RULE_OBSERVE_RST_ACCEPTED;
	if (tcpsim_seq_gt(seq, high) && tcpsim_seq_lt(seq, tcpsim_seq_add(low, MAX(r->window, 1))))
		return TCPSIM_RULE_OBSERVE_RST_NOT_EXACT;
	return TCPSIM_RULE_OBSERVE_RST_UNACCEPTABLE;
}

/* RFC 9293 §3.5.3: it may carry text that says why. */
static char *printable(const struct passing *p)
{
	char *text;

	if (p->n_text == 0)
		return NULL;
	text = g_strndup((const char *)p->text, p->n_text);
	for (unsigned i = 0; i < p->n_text; i++)
		text[i] = g_ascii_isprint(p->text[i]) ? (char)p->text[i] : '.';
	return text;
}

static void remember(struct passing *p, const struct rst_verdict *v, enum tcpsim_rule what)
{
	struct observer *o = p->o;

	if (!o->keep_resets)
		return;
	if (o->n_resets == o->cap_resets) {
		o->cap_resets = o->cap_resets ? o->cap_resets * 2 : 64;
		o->resets = g_renew(struct observed_reset, o->resets, o->cap_resets);
	}
	o->resets[o->n_resets++] = (struct observed_reset){.packet = p->packet->number,
		.time_ns = p->now_ns,
		.place = p->f->place,
		.rule = (uint16_t)v->rule,
		.certainty = (uint8_t)v->certainty,
		.causes = {v->causes[0], v->causes[1]},
		.answered = p->f->last_packet,
		.effect = (uint16_t)what,
		.side = (uint8_t)p->from,
		.sender_state = p->s->state,
		.receiver_state = p->r->state,
		.ttl_differs = ttl_differs(p),
		.queued = p->f->marks & FLOW_COMPLETED && p->from != p->f->client &&
			  !(p->r->seen & FLOW_TEXT),
		.unread = p->r->seen & FLOW_TEXT && p->r->sent_ns >= p->s->sent_ns,
		.listens = listeners_answers(
			p->o->listeners, flow_addr(p->f, p->from), flow_port(p->f, p->from)),
		.text = printable(p)};
}

static void end_by_rst(struct passing *p, unsigned side, enum tcpsim_rule rule)
{
	struct flow_side *s = &p->f->side[side];

	if (s->state == TCPSIM_CLOSED || s->state == TCPSIM_LISTEN)
		return;
	if (!(s->seen & FLOW_RST_STATE)) {
		s->state_before_rst = s->state;
		s->seen |= FLOW_RST_STATE;
	}
	if (rule == TCPSIM_RULE_OBSERVE_RST_ACCEPTED)
		observer_event(p, side, OBSERVER_GOT_RST);
	else
		observer_enter(p, side, TCPSIM_CLOSED, rule);
}

/* The sender's own end of the connection: gone, unless it is not the one that sent it, or it
 * answers for another. */
static bool ends_sender(enum tcpsim_rule why)
{
	return why != TCPSIM_RULE_RST_FOREIGN && why != TCPSIM_RULE_RST_UNACCEPTABLE_ACK;
}

/* Takes back what was presumed of the sender, where its RST says that it never was so. */
static void take_back(struct passing *p, enum tcpsim_rule why)
{
	if (why == TCPSIM_RULE_RST_NO_CONNECTION)
		observer_fin_unheard(p, p->from);
	if (why == TCPSIM_RULE_RST_QUEUE_FULL && p->s->state == TCPSIM_ESTABLISHED)
		observer_enter(p, p->from, TCPSIM_SYN_RCVD, TCPSIM_RULE_OBSERVE_ACK_NOT_TAKEN);
}

static void count_reset(struct passing *p, enum tcpsim_rule why, enum tcpsim_rule what)
{
	struct flow *f = p->f;

	if (why == TCPSIM_RULE_RST_SYN_IN_WINDOW) {
		f->marks |= FLOW_REFUSED;
	} else if (why == TCPSIM_RULE_RST_NO_LISTENER) {
		if (!(f->marks & FLOW_REFUSED) && f->listener != FLOW_NONE)
			listeners_refused(p->o->listeners, f);
		f->marks |= FLOW_REFUSED;
	} else if (what != TCPSIM_RULE_OBSERVE_RST_UNACCEPTABLE && ends_sender(why)) {
		f->marks |= FLOW_RESET;
	}
	if (why == TCPSIM_RULE_RST_QUEUE_FULL && f->listener != FLOW_NONE)
		listeners_overflow_reset(p->o->listeners, f);
}

void observer_rst(struct passing *p)
{
	unsigned to = observer_other(p->from);
	const struct rst_verdict v = judge(p);
	enum tcpsim_rule what = effect(p);

	remember(p, &v, what);
	observer_mark(p, p->from, v.rule);
	count_reset(p, v.rule, what);
	p->s->seen |= FLOW_RST;
	p->s->recover = p->seg->seq;
	p->s->timed_us = (uint32_t)(p->now_ns / 1000);
	p->s->seen &= ~(unsigned)(FLOW_RECOVERY | FLOW_TIMING);
	take_back(p, v.rule);
	if (ends_sender(v.rule))
		end_by_rst(p, p->from, v.rule);
	if (what == TCPSIM_RULE_OBSERVE_RST_ACCEPTED)
		end_by_rst(p, to, TCPSIM_RULE_OBSERVE_RST_ACCEPTED);
	else if (what != TCPSIM_RULE_NONE)
		observer_mark(p, to, what);
}

static int by_packet(const void *number, const void *reset)
{
	uint64_t at = ((const struct observed_reset *)reset)->packet,
		 wanted = *(const uint64_t *)number;

	return wanted < at ? -1 : wanted > at;
}

const struct observed_reset *observer_reset_at(const struct observer *o, uint64_t number)
{
	return o->n_resets ? bsearch(&number, o->resets, o->n_resets, sizeof(*o->resets), by_packet)
			   : NULL;
}

struct observed_mark observer_mark_told(
	const struct observer *o, uint64_t packet, enum tcpsim_rule rule, uint64_t evidence)
{
	const struct observed_reset *reset = NULL;

	if (g_str_has_prefix(tcpsim_rule_text(rule)->name, "rst/"))
		reset = observer_reset_at(o, packet);
	if (reset == NULL)
		return (struct observed_mark){rule, observer_certainty_of(rule), evidence};
	return (struct observed_mark){reset->rule, reset->certainty, reset->answered};
}
