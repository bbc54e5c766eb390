/* The checks on a segment for a synchronized connection, before its text: RFC 9293 §3.10.7.4, RFC
 * 7323, RFC 5961. */
#include <errno.h>
#include <host/random.h>
#include <tcp/accecn.h>
#include <tcp/arrival.h>
#include <tcp/arrive.h>
#include <tcp/checks.h>
#include <tcp/delack.h>
#include <tcp/ecn.h>
#include <tcp/emit.h>
#include <tcp/listen.h>
#include <tcp/output.h>
#include <tcp/probes.h>
#include <tcp/timewait.h>
#include <tcp/window.h>
#include <time_units.h>

#define PAWS_IDLE_NS (INT64_C(24) * 24 * 3600 * NSEC_PER_SEC) /* RFC 7323 §5.5 */

/* --- answers --- */

static bool answered_lately(const struct tcp_tcb *tcb)
{
	return tcb_now(tcb) - tcb->invalid_ack_ns < tcb_sys(tcb)->invalid_ratelimit;
}

/* RFC 9293 §3.10.7.4 has SEG.SEQ = SND.NXT in the answer to a segment that is not acceptable, and the
 * ACK of such a segment is not heard. If more is out than the peer has, or than the window has room
 * for that this very segment tells (it may have been taken back), the peer refuses that number as
 * well, and two such ends answer each other for ever. What it acknowledges is the number that it
 * waits for, as in the answer of §3.10.7.1. */
static bool waits_for_less(const struct arrival *a)
{
	const struct tcp_tcb *tcb = a->tcb;
	tcpsim_seq edge = tcpsim_seq_add(a->seg->ack, (uint32_t)a->seg->window << tcb->snd.scale);

	if (tcb_sys(tcb)->duplicate_rule != TCPSIM_DUPLICATE_STRICT ||
		(a->seg->flags & (TCPSIM_ACK | TCPSIM_SYN)) != TCPSIM_ACK || a->seg->len ||
		!tcpsim_seq_in(a->seg->ack, tcb->snd.una, tcb->snd.nxt))
		return false;
	return !tcpsim_seq_eq(a->seg->ack, tcb->snd.una) || tcpsim_seq_gt(tcb->snd.nxt, edge);
}

void arrival_answer(struct arrival *a, enum tcpsim_rule rule)
{
	struct tcp_tcb *tcb = a->tcb;

	bool loops = !tcp_segment_span(a->seg) || a->seg->flags & TCPSIM_SYN;

	/* Linux tcp_oow_rate_limited: two confused ends must not answer each other for ever; text
	 * and a FIN are always answered */
	if (loops && answered_lately(tcb)) {
		tcp_event_drop(tcb, TCPSIM_RULE_ARRIVE_RATE_LIMITED, a->seg);
		return;
	}
	if (loops)
		tcb->invalid_ack_ns = tcb_now(tcb);
	if (waits_for_less(a))
		tcp_transmit(tcb, TCPSIM_ACK, a->seg->ack, 0, rule);
	else
		tcp_send_ack(tcb, rule);
}

/* A count that all connections share tells an attacker on one of them what goes on on another
 * (CVE-2016-5696): where there is one, how many are left is uncertain (Linux 75ff39ccc1bd). */
static bool host_may_challenge(struct tcpsim_host *host)
{
	int64_t limit = host->sys.challenge_ack_limit, second = host->now / NSEC_PER_SEC;

	if (limit < 0 || limit >= INT32_MAX)
		return true;
	if (second != host->challenge_acks.second) {
		host->challenge_acks.second = second;
		host->challenge_acks.left = (uint32_t)((limit + 1) / 2);
		if (limit)
			host->challenge_acks.left += host_random(host) % (uint32_t)limit;
	}
	if (!host->challenge_acks.left)
		return false;
	host->challenge_acks.left--;
	return true;
}

/* RFC 5961 §7, by connection: FreeBSD 14.2's epochs. */
static bool connection_may_challenge(struct tcp_tcb *tcb)
{
	const struct tcpsim_profile *sys = tcb_sys(tcb);

	if (!sys->challenge_ack_burst || !sys->challenge_ack_window)
		return true;
	if (tcb_now(tcb) > tcb->challenge.until_ns) {
		tcb->challenge.until_ns = tcb_now(tcb) + sys->challenge_ack_window;
		tcb->challenge.sent = 0;
	}
	if (tcb->challenge.sent >= sys->challenge_ack_burst)
		return false;
	tcb->challenge.sent++;
	return true;
}

void arrival_challenge(struct arrival *a)
{
	struct tcp_tcb *tcb = a->tcb;

	if (answered_lately(tcb) || !connection_may_challenge(tcb) ||
		!host_may_challenge(tcb->host)) {
		tcp_event_drop(tcb, TCPSIM_RULE_ARRIVE_RATE_LIMITED, a->seg);
		return;
	}
	tcb->invalid_ack_ns = tcb_now(tcb);
	host_count(tcb->host, COUNTER_CHALLENGE_ACKS);
	tcp_send_ack(tcb, TCPSIM_RULE_ACK_CHALLENGE);
}

/* --- timestamps --- */

/* RFC 7323 §5.3 R3 for what is not in order: TS.Recent moves only with a segment that spans
 * Last.ACK.sent. */
void arrival_update_ts_recent(struct arrival *a)
{
	struct tcp_tcb *tcb = a->tcb;

	if (!a->ts_advances || !tcb->ok.timestamps ||
		!(a->seg->options.present & TCPSIM_HAS_TIMESTAMP) ||
		tcpsim_seq_gt(a->seg->seq, tcb->rcv.acked))
		return;
	if ((int32_t)(a->seg->options.ts_val - tcb->ts.recent) < 0 &&
		tcb_now(tcb) - tcb->ts.recent_age_ns < PAWS_IDLE_NS)
		return;
	a->newer_timestamp = (int32_t)(a->seg->options.ts_val - tcb->ts.recent) > 0;
	tcb->ts.recent = a->seg->options.ts_val;
	tcb->ts.recent_age_ns = tcb_now(tcb);
}

static bool is_old_duplicate(const struct arrival *a)
{
	const struct tcp_tcb *tcb = a->tcb;

	return paws_old(tcb->ts.recent, a->seg->options.ts_val, tcb_sys(tcb)->paws_window) &&
	       tcb_now(tcb) - tcb->ts.recent_age_ns < PAWS_IDLE_NS;
}

static bool is_pure_ack(const struct arrival *a)
{
	return !tcp_segment_span(a->seg) && a->seg->flags & TCPSIM_ACK;
}

/* A pure ACK that was overtaken, by no more than a timeout, proves nothing bad (Linux
 * tcp_disordered_ack_check; clocks of up to 1200 Hz). */
static bool is_overtaken_ack(const struct arrival *a)
{
	const struct tcp_tcb *tcb = a->tcb;
	int64_t replay = sender_rto(tcb) / 1000000 * 6 / 5;

	return tcb_sys(tcb)->paws_spares_acks && is_pure_ack(a) &&
	       tcpsim_seq_eq(a->seq, tcb->rcv.nxt) && tcpsim_seq_eq(a->seg->ack, tcb->snd.una) &&
	       !(tcpsim_seq_eq(a->seg->seq, tcb->snd.wl1) &&
		       (uint32_t)a->seg->window << tcb->snd.scale > tcb->snd.wnd) &&
	       !tcpsim_seq_lt(tcb->snd.wl1, a->seg->seq) &&
	       !paws_old(tcb->ts.recent, a->seg->options.ts_val, replay);
}

/* Whether the answer to an old duplicate is left out. */
static bool paws_is_silent(const struct arrival *a)
{
	const struct tcpsim_profile *sys = tcb_sys(a->tcb);

	if (sys->paws_silent_old_acks && is_pure_ack(a) && tcpsim_seq_lt(a->seq, a->tcb->rcv.nxt))
		return true;
	return sys->paws_silent_acks && !a->seg->len;
}

enum verdict check_ack_flag(struct arrival *a)
{
	if (!tcb_sys(a->tcb)->ack_flag_first ||
		a->seg->flags & (TCPSIM_ACK | TCPSIM_RST | TCPSIM_SYN))
		return GO_ON;
	tcp_event_drop(a->tcb, TCPSIM_RULE_ARRIVE_NO_ACK, a->seg);
	return DONE;
}

enum verdict check_timestamp(struct arrival *a)
{
	struct tcp_tcb *tcb = a->tcb;

	if (!tcb->ok.timestamps || a->seg->flags & TCPSIM_RST)
		return GO_ON;
	if (a->seg->flags & TCPSIM_SYN && tcb_sys(tcb)->syn_accept != TCPSIM_SYN_ACCEPT_RESET)
		return GO_ON; /* RFC 5961 §4.2 answers it whatever its timestamp */
	if (!(a->seg->options.present & TCPSIM_HAS_TIMESTAMP)) {
		if (tcb_sys(tcb)->tolerate_missing_ts)
			return GO_ON;
		tcp_event_drop(tcb, TCPSIM_RULE_ARRIVE_NO_TIMESTAMP, a->seg);
		return DONE;
	}
	if (!is_old_duplicate(a) || is_overtaken_ack(a))
		return GO_ON;
	host_count(tcb->host, COUNTER_PAWS_ESTAB);
	tcp_event_drop(tcb, TCPSIM_RULE_ARRIVE_PAWS, a->seg);
	if (paws_is_silent(a))
		return DONE;
	arrival_note_duplicate(a);
	arrival_answer(a, TCPSIM_RULE_ACK_UNACCEPTABLE);
	return DONE;
}

/* --- first: sequence number --- */

/* A segment without text at the far edge: nothing of it lies beyond, as a FIN needs no room (4.4BSD
 * does not count it in ti_len). Peers number their ACKs so whose text filled the window. */
static bool edge_is_acceptable(const struct arrival *a)
{
	switch (tcb_sys(a->tcb)->edge_acceptable) {
	case TCPSIM_EDGE_OUTSIDE: return false;
	case TCPSIM_EDGE_EMPTY: return true;
	case TCPSIM_EDGE_NO_RST: return !(a->seg->flags & TCPSIM_RST);
	}
	return false;
}

static bool in_window(const struct arrival *a)
{
	const struct tcp_tcb *tcb = a->tcb;
	uint32_t span = tcp_segment_span(a->seg);
	bool bare_fin = a->fin && span == 1;
	struct receive_window window = {.nxt = tcb->rcv.nxt,
		.wnd = tcp_window_acceptable(tcb),
		.takes_edge = edge_is_acceptable(a),
		.takes_shut = true};

	return seq_acceptable(&window, a->seq, bare_fin ? 0 : span);
}

/* RFC 7323 §2.4: a peer may have sent what a larger window let it, before it heard of a smaller. */
static tcpsim_seq far_edge(const struct tcp_tcb *tcb)
{
	tcpsim_seq edge = tcpsim_seq_add(tcb->rcv.nxt, tcp_window_open(tcb));

	return tcb_sys(tcb)->largest_window_holds ? tcpsim_seq_max(edge, tcb->rcv.most) : edge;
}

/* Linux tcp_sequence: from what was last acknowledged on, as the peer may not know better; what
 * overruns the window comes at a bad time when there is some text unread. A FIN needs no room. */
static bool is_acceptable(const struct arrival *a)
{
	const struct tcp_tcb *tcb = a->tcb;
	tcpsim_seq edge = far_edge(tcb), end = tcp_segment_end(a->seg);
	bool ill_timed = tcb_sys(tcb)->window_overrun == TCPSIM_OVERRUN_IF_READ && tcb->recvq.bytes;

	if (tcb_sys(tcb)->duplicate_rule != TCPSIM_DUPLICATE_LAST_ACK)
		return in_window(a) && !(ill_timed && a->len &&
					       tcpsim_seq_gt(tcpsim_seq_add(a->seq, a->len), edge));
	if (tcpsim_seq_lt(end, tcb->rcv.wup))
		return false;
	if (tcpsim_seq_eq(a->seg->seq, edge) && tcpsim_seq_eq(end, edge) &&
		!tcpsim_seq_eq(edge, tcb->rcv.nxt))
		return edge_is_acceptable(a);
	if (tcpsim_seq_le(tcpsim_seq_sub(end, a->fin), edge))
		return true;
	if (tcpsim_seq_le(a->seg->seq, edge) && !ill_timed)
		return true;
	if (!(a->seg->flags & TCPSIM_RST))
		host_count(tcb->host, COUNTER_BEYOND_WINDOW);
	return false;
}

static bool is_duplicate(const struct arrival *a)
{
	return tcpsim_seq_le(tcp_segment_end(a->seg), a->tcb->rcv.nxt) &&
	       (tcp_segment_span(a->seg) || tcpsim_seq_lt(a->seq, a->tcb->rcv.nxt));
}

/* From where on a wholly duplicate segment is still looked at for its ACK. */
static bool duplicate_is_heard(const struct arrival *a)
{
	const struct tcp_tcb *tcb = a->tcb;

	return tcb_sys(tcb)->duplicate_rule == TCPSIM_DUPLICATE_ALL;
}

void arrival_note_duplicate(struct arrival *a)
{
	struct tcp_tcb *tcb = a->tcb;
	uint32_t span = a->len + (a->fin && tcb_sys(tcb)->sack_counts_fin);

	if (!span || tcpsim_seq_ge(a->seq, tcb->rcv.nxt))
		return;
	if (a->len)
		accecn_duplicate_arrived(tcb);
	if (tcb_sys(tcb)->segments_whole) /* Linux tcp_send_dupack: our ACKs were lost, it seems */
		delack_not_taken(tcb);
	if (tcb->ok.sack && tcb_sys(tcb)->dsack)
		recvq_note_duplicate(&tcb->recvq, a->seq,
			tcpsim_seq_min(tcpsim_seq_add(a->seq, span), tcb->rcv.nxt));
}

/* Linux tcp_reset_check: a peer that was killed after its FIN resets with the FIN's own number. */
static bool is_behind_fin(const struct arrival *a)
{
	const struct tcp_tcb *tcb = a->tcb;

	return tcb_sys(tcb)->rst_at_fin && tcpsim_seq_eq(a->seq, tcpsim_seq_sub(tcb->rcv.nxt, 1)) &&
	       (tcb->state == TCPSIM_CLOSE_WAIT || tcb->state == TCPSIM_LAST_ACK ||
		       tcb->state == TCPSIM_CLOSING);
}

enum verdict check_sequence(struct arrival *a)
{
	struct tcp_tcb *tcb = a->tcb;
	const struct tcpsim_segment *seg = a->seg;
	bool duplicate = is_duplicate(a);

	if (seg->flags & TCPSIM_SYN && !(seg->flags & TCPSIM_RST) &&
		tcb_sys(tcb)->syn_accept != TCPSIM_SYN_ACCEPT_RESET)
		/* The fourth check answers it irrespective of the number: RFC 5961 §4.2. */
		return GO_ON;
	if (is_acceptable(a)) {
		a->ts_advances = true;
		return GO_ON;
	}
	if (seg->flags & TCPSIM_RST && is_behind_fin(a))
		return GO_ON;
	if (seg->flags & TCPSIM_RST) {
		tcp_event_drop(tcb, TCPSIM_RULE_RST_IGNORED, seg);
		return DONE;
	}
	if (duplicate && duplicate_is_heard(a)) {
		a->ts_advances = true;
		arrival_note_duplicate(a);
		a->duplicate = true;
		return GO_ON;
	}
	tcp_event_drop(tcb, TCPSIM_RULE_ARRIVE_UNACCEPTABLE_SEQ, seg);
	arrival_note_duplicate(a); /* what of it is old, though more follows */
	/* Each side took the byte of the other's window probe, and each numbers its ACKs as if its
	 * own had not been: somebody has to count it, or they answer one another for ever. */
	if (duplicate && seg->flags & TCPSIM_ACK)
		tcp_window_probe_acked(tcb, seg->ack);
	arrival_answer(a, TCPSIM_RULE_ACK_UNACCEPTABLE);
	return DONE;
}

/* --- second: RST --- */

static int reset_error(const struct tcp_tcb *tcb)
{
	switch (tcb->state) {
	case TCPSIM_SYN_RCVD:
		return tcb->ok.fastopen_in || tcb_sys(tcb)->crossing_reset ? ECONNRESET
									   : ECONNREFUSED;
	case TCPSIM_CLOSE_WAIT: return tcb_sys(tcb)->reset_is_epipe ? EPIPE : ECONNRESET;
	default: return ECONNRESET;
	}
}

static bool rst_is_exact(const struct arrival *a)
{
	const struct tcp_tcb *tcb = a->tcb;

	if (tcpsim_seq_eq(a->seq, tcb->rcv.nxt) || is_behind_fin(a))
		return true;
	/* Linux: or where the farthest SACK block ends: the peer's idea of RCV.NXT after losses */
	return tcb_sys(tcb)->rst_at_sack && tcb->ok.sack && recvq_has_gap(&tcb->recvq) &&
	       a->seq.n - tcb->rcv.nxt.n == recvq_reach(&tcb->recvq, tcb->rcv.nxt);
}

enum verdict check_rst(struct arrival *a)
{
	struct tcp_tcb *tcb = a->tcb;

	if (!(a->seg->flags & TCPSIM_RST))
		return GO_ON;
	if (tcb_sys(tcb)->rst_accept == TCPSIM_RST_ACCEPT_EXACT && !rst_is_exact(a)) {
		tcp_event_drop(tcb, TCPSIM_RULE_RST_CHALLENGED, a->seg);
		arrival_challenge(a);
		return DONE;
	}
	host_count(tcb->host,
		tcb->state == TCPSIM_SYN_RCVD ? COUNTER_ATTEMPT_FAILS : COUNTER_ESTAB_RESETS);
	listener_forget(tcb);
	tcb_end(tcb, reset_error(tcb), TCPSIM_RULE_RST_ARRIVED);
	return DONE;
}

/* --- fourth: SYN --- */

/* In a simultaneous open the peer's SYN,ACK repeats its SYN. */
static bool completes_simultaneous_open(const struct arrival *a)
{
	const struct tcp_tcb *tcb = a->tcb;
	bool strict = tcb_sys(tcb)->syn_ack_crosses_bare; /* Linux tcp_validate_incoming */

	if (strict && (!tcb->socket || tcp_segment_span(a->seg) > 1 ||
			      !tcpsim_seq_eq(a->seg->ack, tcb->snd.nxt)))
		return false;
	return tcb->state == TCPSIM_SYN_RCVD && a->seg->flags & TCPSIM_ACK &&
	       tcpsim_seq_eq(a->seg->seq, tcb->rcv.irs) &&
	       tcpsim_seq_gt(a->seg->ack, tcb->snd.una) && tcpsim_seq_le(a->seg->ack, tcb->snd.nxt);
}

/* Its SYN again, which our SYN,ACK answers again; of a listener's child that was its entry's part.
 * Linux challenges any SYN that does not end the open: two SYN,ACKs would answer each other. */
static bool repeats_crossing_syn(const struct arrival *a)
{
	const struct tcp_tcb *tcb = a->tcb;

	return tcb->state == TCPSIM_SYN_RCVD && tcpsim_seq_eq(a->seg->seq, tcb->rcv.irs) &&
	       !tcb_sys(tcb)->syn_ack_crosses_bare;
}

enum verdict check_syn(struct arrival *a)
{
	struct tcp_tcb *tcb = a->tcb;
	bool before = tcpsim_seq_lt(a->seg->seq, tcb->rcv.nxt); /* text may reach into the window */

	if (!(a->seg->flags & TCPSIM_SYN))
		return GO_ON;
	if (completes_simultaneous_open(a)) {
		a->seq = tcpsim_seq_add(a->seq, 1);
		a->ts_advances =
			true; /* RFC 7323 §4.3: it begins at what was acknowledged last, or before */
		a->repeats_syn = tcb_sys(tcb)->simultaneous_open_acks;
		return GO_ON;
	}
	if (repeats_crossing_syn(a)) {
		tcp_event_drop(tcb, TCPSIM_RULE_LISTEN_SYN_AGAIN, a->seg);
		tcp_send_syn(tcb, TCPSIM_RULE_LISTEN_SYN_AGAIN);
		return DONE;
	}
	if (tcb_sys(tcb)->syn_accept == TCPSIM_SYN_ACCEPT_CHALLENGE ||
		(tcb_sys(tcb)->syn_accept == TCPSIM_SYN_ACCEPT_INSECURE &&
			(before || !in_window(a)))) {
		tcp_event_drop(tcb, TCPSIM_RULE_ARRIVE_SYN_CHALLENGED, a->seg);
		ecn_syn_again(tcb, a->seg);
		arrival_challenge(a);
		return DONE;
	}
	/* the handshake's own SYN again: trimmed off, as what it brings a second time will be
	 * (RFC 9293 §3.10.7.4 first; 4.4BSD) */
	if (before) {
		a->seq = tcpsim_seq_add(a->seg->seq, 1);
		return GO_ON;
	}
	tcp_send_reset(tcb, TCPSIM_RULE_RST_SYN_IN_WINDOW);
	if (tcb_sys(tcb)->syn_resets_twice) /* tcp_drop, then dropwithreset */
		tcp_refuse(tcb->host, a->seg, tcb->conn.interface, tcb->conn.id, tcb->state,
			TCPSIM_RULE_RST_SYN_IN_WINDOW);
	listener_forget(tcb);
	tcb_end(tcb, ECONNRESET, TCPSIM_RULE_RST_SYN_IN_WINDOW);
	return DONE;
}
