/* The fifth check, ACK: what it acknowledges, the window it brings, the state it moves. RFC 9293
 * §3.10.7.4. */
#include <errno.h>
#include <tcp/ack.h>
#include <tcp/arrival.h>
#include <tcp/arrive.h>
#include <tcp/calls.h>
#include <tcp/checks.h>
#include <tcp/ecn.h>
#include <tcp/emit.h>
#include <tcp/fastopen_client.h>
#include <tcp/output.h>
#include <tcp/output_again.h>
#include <tcp/output_skbs.h>
#include <tcp/prediction.h>
#include <tcp/probes.h>
#include <tcp/recovery.h>
#include <tcp/sender_ack.h>
#include <tcp/sender_cwnd.h>
#include <tcp/set_aside.h>
#include <tcp/text.h>
#include <tcp/timers.h>
#include <tcp/timewait.h>
#include <tcp/window.h>
#include <time_units.h>

/* An old segment may acknowledge more, yet tells no window: what it acknowledges is used up
 * (4.4BSD: snd_wnd -= acked), or else the edge would move beyond what the peer ever offered. */
static void keep_window_edge(struct tcp_tcb *tcb, tcpsim_seq ack)
{
	uint32_t acked = tcpsim_seq_gt(ack, tcb->snd.una) ? ack.n - tcb->snd.una.n : 0;

	tcb->snd.wnd -= acked < tcb->snd.wnd ? acked : tcb->snd.wnd;
}

/* RFC 7323 §2.2: never scaled where the SYN bit is set, as on the SYN,ACK of a
 * simultaneous open. */
static uint32_t window_of(const struct tcp_tcb *tcb, const struct tcpsim_segment *seg)
{
	bool scaled = !(seg->flags & TCPSIM_SYN) || tcb_sys(tcb)->crossing_window_scaled;

	return (uint32_t)seg->window << (scaled ? tcb->snd.scale : 0);
}

/* Linux tcp_ack_update_window: what a SYN,ACK tells counts as it stands there, though it opens the
 * window by more. True: none was as large. */
static bool note_largest_window(struct tcp_tcb *tcb, const struct tcpsim_segment *seg)
{
	uint32_t wnd = seg->flags & TCPSIM_SYN ? seg->window : tcb->snd.wnd;

	if (wnd <= tcb->snd.max_wnd)
		return false;
	tcb->snd.max_wnd = wnd;
	return true;
}

/* Is its window newer than the last that was taken? RFC 9293 §3.10.7.4: only where SND.UNA =<
 * SEG.ACK, as a late duplicate ACK may stand behind a retransmission in the peer's sequence, and
 * its window counts from long ago. */
static bool window_is_update(
	const struct tcp_tcb *tcb, const struct tcpsim_segment *seg, uint32_t wnd)
{
	enum tcpsim_window_update rule = tcb_sys(tcb)->window_update;

	if (tcpsim_seq_lt(seg->ack, tcb->snd.una))
		return false;
	if (tcpsim_seq_lt(tcb->snd.wl1, seg->seq))
		return true;
	if (rule >= TCPSIM_WINDOW_UPDATE_LARGER && tcpsim_seq_gt(seg->ack, tcb->snd.una))
		return true;
	if (!tcpsim_seq_eq(tcb->snd.wl1, seg->seq))
		return false;
	if (rule < TCPSIM_WINDOW_UPDATE_LARGER && !tcpsim_seq_eq(tcb->snd.wl2, seg->ack))
		return tcpsim_seq_lt(tcb->snd.wl2, seg->ack);
	return rule == TCPSIM_WINDOW_UPDATE_ANY || wnd > tcb->snd.wnd ||
	       (rule == TCPSIM_WINDOW_UPDATE_LARGER_OR_SHUT && !wnd);
}

static bool something_waits(const struct tcp_tcb *tcb)
{
	return tcpsim_seq_lt(tcb->snd.nxt, tcb->snd.end) || (tcb->fin_queued && !tcb->fin_sent);
}

/* Linux tcp_ack_update_window: the pause of RFC 5681 §4.1 may have been the peer's, whose window was
 * shut, and ends for what waits now. */
static void pause_may_end(struct tcp_tcb *tcb)
{
	if (tcb_sys(tcb)->push_by_write && something_waits(tcb))
		sender_restart(tcb);
}

/* SND.WND := SEG.WND when the segment is newer than the last that set it. True: the ACK is for that
 * reason no duplicate (recovery_ops.any_window_update). */
static bool update_window(struct arrival *a)
{
	struct tcp_tcb *tcb = a->tcb;
	uint32_t wnd = window_of(tcb, a->seg);
	bool changed;

	if (!window_is_update(tcb, a->seg, wnd)) {
		keep_window_edge(tcb, a->seg->ack);
		return false;
	}
	if (wnd != tcb->snd.wnd) {
		tcb->predicts = false;
		pause_may_end(tcb);
	}
	changed = RECOVERIES[tcb_sys(tcb)->recovery]->any_window_update || wnd != tcb->snd.wnd;
	tcb->snd.wnd = wnd;
	tcb->snd.wl1 = a->seg->seq;
	tcb->snd.wl2 = a->seg->ack;
	if (!tcb->predicts)
		prediction_check(tcb);
	if (note_largest_window(tcb, a->seg) && tcb_sys(tcb)->half_window_mss)
		tcb_update_mss(tcb, false);
	return changed;
}

/* Handshake's ACK: SYN-RECEIVED to ESTABLISHED. */
static enum verdict finish_handshake(struct arrival *a)
{
	struct tcp_tcb *tcb = a->tcb;
	const struct tcpsim_segment *seg = a->seg;

	if (!tcpsim_seq_gt(seg->ack, tcb->snd.iss) || tcpsim_seq_gt(seg->ack, tcb->snd.nxt)) {
		tcp_event_drop(tcb, TCPSIM_RULE_RST_UNACCEPTABLE_ACK, seg);
		tcp_refuse(tcb->host, seg, tcb->conn.interface, tcb->conn.id, tcb->state,
			TCPSIM_RULE_RST_UNACCEPTABLE_ACK);
		return DONE;
	}
	if (tcb->ok.fastopen_in || tcb->simultaneous)
		ecn_handshake_ack_arrived(tcb, seg);
	tcb->snd.wnd = window_of(tcb, seg);
	note_largest_window(tcb, seg);
	tcb->snd.wl1 = seg->seq;
	tcb->snd.wl2 = seg->ack;
	if (tcpsim_seq_eq(tcb->snd.una, tcb->snd.iss))
		tcb->snd.una = tcpsim_seq_add(tcb->snd.iss, 1);
	if (tcb->simultaneous)
		tcb_count_syn_acked(tcb);
	sender_handshake_rtt(tcb, seg);
	arrive_established(tcb, TCPSIM_RULE_ARRIVE_HANDSHAKE_ACK, seg);
	if (tcb->simultaneous) {
		take_text_of_syn(tcb);
		fastopen_client_crossed(tcb, seg);
	}
	return GO_ON;
}

/* How far behind SND.UNA an ACK may be: MAX.SND.WND (RFC 5961 §5.2), and on Linux no more than was
 * ever acknowledged. */
static uint32_t oldest_ack(const struct tcp_tcb *tcb)
{
	if (tcb_sys(tcb)->ack_within_sent && tcb->count.bytes_acked < tcb->snd.max_wnd)
		return (uint32_t)tcb->count.bytes_acked;
	return tcb->snd.max_wnd;
}

/* Far older than anything in flight: RFC 5961 §5.2. Linux has taken predicted text by the time it
 * looks, and answers then. */
static enum verdict ack_too_old(struct arrival *a)
{
	tcp_event_drop(a->tcb, TCPSIM_RULE_ARRIVE_OLD_ACK, a->seg);
	a->ack_is_too_old = a->predicted && tcb_sys(a->tcb)->predicted_text_first;
	if (a->ack_is_too_old)
		return GO_ON;
	/* tcp_rcv_established() looks what may leave after any ACK that it predicted */
	a->lets_go = tcb_sys(a->tcb)->push_by_write && prediction_holds_bare(a);
	arrival_challenge(a);
	return DONE;
}

/* An ACK of what was never sent, or one that is too old. */
static enum verdict check_ack_range(struct arrival *a)
{
	struct tcp_tcb *tcb = a->tcb;
	const struct tcpsim_segment *seg = a->seg;

	if (tcpsim_seq_gt(seg->ack, tcb->snd.nxt))
		tcp_window_probe_acked(tcb, seg->ack);
	if (tcpsim_seq_gt(seg->ack, tcb->snd.nxt)) {
		tcp_event_drop(tcb, TCPSIM_RULE_ARRIVE_FUTURE_ACK, seg);
		if (tcb_sys(tcb)->ack_throttle)
			arrival_challenge(a);
		else
			arrival_answer(a, TCPSIM_RULE_ACK_UNACCEPTABLE);
		return DONE;
	}
	if (tcb_sys(tcb)->ack_throttle &&
		tcpsim_seq_lt(seg->ack, tcpsim_seq_sub(tcb->snd.una, oldest_ack(tcb))))
		return ack_too_old(a);
	return GO_ON;
}

/* Linux tcp_ack_probe: probes go on until all of what waits fits, each ACK putting off the next. */
static void window_opened_for_skb(struct tcp_tcb *tcb, bool idle)
{
	if (!idle || !something_waits(tcb))
		return;
	tcp_timer_stop(tcb, TCPSIM_TIMER_PERSIST);
	if (!output_head_fits(tcb)) {
		tcp_persist_start(tcb);
		return;
	}
	tcb->probing = false;
	tcb->persist_shift = 0;
}

static void window_opened(struct tcp_tcb *tcb, bool idle)
{
	if (tcb_sys(tcb)->whole_segments) {
		window_opened_for_skb(tcb, idle);
		return;
	}
	if (!tcb->probing || !tcb->snd.wnd)
		return;
	tcb->probing = false;
	tcb->persist_shift = 0;
	tcp_timer_stop(tcb, TCPSIM_TIMER_PERSIST);
}

static void release_acked(struct tcp_tcb *tcb, tcpsim_seq una, uint32_t bytes)
{
	tcb->count.bytes_acked += tcb_sys(tcb)->counters_count_fin ? tcb->snd.una.n - una.n : bytes;
	set_aside_settle(tcb);
	sendq_release(&tcb->sendq, tcpsim_seq_min(tcb->snd.una, tcb->snd.end));
	set_aside_settle(tcb);
	if (tcb->snd.urgent && tcpsim_seq_ge(tcb->snd.una, tcb->snd.up))
		tcb->snd.urgent = false;
	socket_progress(tcb->socket);
}

/* Linux tcp_rcv_state_process: what lasts no longer than TIME-WAIT does needs no more than that;
 * what lasts longer is a connection for the rest. */
static bool fin_wait_2_shrink(struct tcp_tcb *tcb, int64_t limit)
{
	int64_t rto = sender_rto(tcb) * 7 / 2, whole = 2 * tcb_sys(tcb)->msl;

	if (limit < rto)
		limit = rto;
	if (limit > whole) {
		tcp_timer_start(tcb, TCPSIM_TIMER_2MSL, limit - whole);
		return true;
	}
	time_wait_enter_fin_wait_2(tcb, limit);
	return false;
}

/* A process that is gone does not let FIN-WAIT-2 last for ever. */
bool tcp_fin_wait_2_start(struct tcp_tcb *tcb)
{
	int64_t limit = tcb_sys(tcb)->fin_wait_2_timeout;

	if (tcb->socket && tcb_sys(tcb)->fin_wait_2_orphans_only && !tcb->orphaned)
		return true;
	if (!(tcb->shut & 1)) /* 4.4BSD, FreeBSD: only where the process cannot receive any more */
		return true;
	if (tcb->settings.linger2_set > 0)
		limit = tcb->settings.linger2_s * NSEC_PER_SEC;
	if (tcb_sys(tcb)->small_fin_wait_2)
		return fin_wait_2_shrink(tcb, limit);
	if (limit)
		tcp_timer_start(tcb, TCPSIM_TIMER_2MSL, limit);
	return true;
}

/* Linux tcp_rcv_state_process: nobody is there for text that comes now, nor, by TCP_LINGER2, for
 * the peer's FIN. */
static enum verdict orphan_in_fin_wait_2(struct arrival *a)
{
	struct tcp_tcb *tcb = a->tcb;

	if (tcb->settings.linger2_set < 0 ||
		(a->len && tcpsim_seq_gt(tcpsim_seq_add(a->seq, a->len), tcb->rcv.nxt))) {
		host_count(tcb->host, COUNTER_ABORT_ON_DATA);
		tcp_refuse(tcb->host, a->seg, tcb->conn.interface, tcb->conn.id, tcb->state,
			TCPSIM_RULE_RST_DATA_AFTER_CLOSE);
		tcb_end(tcb, 0, TCPSIM_RULE_RST_DATA_AFTER_CLOSE);
		return DONE;
	}
	if (a->fin) { /* it is taken in a moment, and ends this */
		tcp_timer_start(tcb, TCPSIM_TIMER_2MSL, tcb_sys(tcb)->fin_wait_2_timeout);
		return GO_ON;
	}
	return tcp_fin_wait_2_start(tcb) ? GO_ON : DONE;
}

/* Our FIN is acknowledged. DONE when the connection is over. */
static enum verdict fin_acked(struct arrival *a)
{
	struct tcp_tcb *tcb = a->tcb;
	enum tcpsim_state next = tcp_on_fin_acked(tcb->state);

	if (next == tcb->state)
		return GO_ON;
	if (next == TCPSIM_CLOSED) {
		tcb_end(tcb, 0, TCPSIM_RULE_CLOSE_FIN_ACKED);
		return DONE;
	}
	if (next == TCPSIM_TIME_WAIT) {
		time_wait_enter(tcb, TCPSIM_RULE_CLOSE_FIN_ACKED, a->seg);
		socket_wake(tcb->socket, POLLIN | POLLOUT | POLLHUP);
		return DONE;
	}
	tcp_enter(tcb, next, TCPSIM_RULE_CLOSE_FIN_ACKED, a->seg);
	socket_wake(tcb->socket, POLLOUT | POLLWRNORM);
	if (tcb->orphaned && tcb_sys(tcb)->small_fin_wait_2)
		return orphan_in_fin_wait_2(a);
	tcp_fin_wait_2_start(tcb);
	return GO_ON;
}

/* What an ACK did, for what follows from it. */
struct ack_effect {
	tcpsim_seq una; /* before it */
	bool idle;	/* nothing was outstanding before it */
	bool retransmit;
	uint32_t acked_bytes;
};

/* Whether it counts at all. */
static enum verdict ack_is_acceptable(struct arrival *a)
{
	if (!(a->seg->flags & TCPSIM_ACK)) {
		tcp_event_drop(a->tcb, TCPSIM_RULE_ARRIVE_NO_ACK, a->seg);
		return DONE;
	}
	if (a->tcb->state == TCPSIM_SYN_RCVD && finish_handshake(a) == DONE)
		return DONE;
	return check_ack_range(a);
}

/* Linux: what was predicted and acknowledges nothing is not looked at further. */
static bool says_nothing(const struct arrival *a, tcpsim_seq una)
{
	return a->predicted && tcpsim_seq_eq(a->seg->ack, una);
}

static void tell_ecn(struct arrival *a, uint32_t delivered, bool handshake, bool fin_acked)
{
	struct ecn_ack ecn = {.delivered_segments = delivered,
		.delivered_bytes = a->delivered_bytes,
		.progress = delivered || a->acked_bytes || fin_acked || a->newer_timestamp,
		.handshake = handshake};

	ecn_ack_arrived(a->tcb, a->seg, &ecn);
}

/* The sender's state, the window and the marks follow it. */
static void ack_is_taken(struct arrival *a, bool handshake, struct ack_effect *effect)
{
	struct tcp_tcb *tcb = a->tcb;
	struct sender_verdict verdict = {.rtt_ns = -1};
	uint32_t delivered = tcb->loss.delivered;
	bool window_changed;

	a->heard = true;
	if (tcpsim_seq_ge(a->seg->ack, tcb->snd.una) || !tcb_sys(tcb)->ack_within_sent)
		arrival_update_ts_recent(a);
	window_changed = update_window(a);
	effect->una = tcb->snd.una;
	effect->idle = !sender_outstanding(tcb);
	tcb->last_ack_heard_ns = tcb_now(tcb);
	if (tcb_sys(tcb)->ack_forgets_soft_error)
		tcb->soft_error = 0; /* something worked */
	if (!says_nothing(a, effect->una))
		tcb->probes_unanswered = 0;
	if (ecn_is_agreed(tcb))
		ecn_arrived(tcb, a->seg);
	sender_ack(tcb, a->seg, window_changed, &verdict);
	a->acked_bytes = effect->acked_bytes = verdict.acked_bytes;
	a->delivered_bytes = verdict.delivered_bytes;
	effect->retransmit = verdict.retransmit;
	if (ecn_is_agreed(tcb))
		tell_ecn(a, tcb->loss.delivered - delivered, handshake, verdict.fin_acked);
	tcp_window_echo_arrived(tcb, a->seg);
}

static bool fin_is_acked(const struct tcp_tcb *tcb)
{
	return tcb->fin_sent && tcpsim_seq_eq(tcb->snd.una, tcb->snd.nxt) &&
	       tcpsim_seq_gt(tcb->snd.nxt, tcb->snd.end);
}

/* What was kept goes, what waited may leave, and the state moves on. */
static enum verdict ack_bears_fruit(struct arrival *a, const struct ack_effect *effect)
{
	struct tcp_tcb *tcb = a->tcb;

	release_acked(tcb, effect->una, effect->acked_bytes);
	if (!says_nothing(a, effect->una))
		window_opened(tcb, effect->idle);
	if (effect->retransmit && !a->predicted)
		tcp_output_recovery(tcb);
	if (fin_is_acked(tcb) && fin_acked(a) == DONE)
		return DONE;
	/* BSD answers an old segment even if it is empty (TF_ACKNOW): zero-window probes of others
	 * are such. */
	if (a->duplicate && (tcp_segment_span(a->seg) ||
				    tcb_sys(tcb)->duplicate_rule == TCPSIM_DUPLICATE_ALL)) {
		tcb->ack_now = true;
		return DONE;
	}
	return a->duplicate ? DONE : GO_ON;
}

/*
 * Nothing of ours is out or waits to leave, and the expected segment says of that what the last one
 * did: of all that an ACK may bring about only what take_quiet_ack() does is left. It is the ACK of
 * nearly all text that comes.
 */
static bool is_quiet(const struct arrival *a)
{
	const struct tcp_tcb *tcb = a->tcb;

	return tcb->state == TCPSIM_ESTABLISHED && sender_ack_says_nothing(tcb, a->seg) &&
	       tcpsim_seq_eq(tcb->snd.nxt, tcb->snd.una) &&
	       tcpsim_seq_eq(tcb->snd.end, tcb->snd.una) && !tcb->fin_queued &&
	       !ecn_is_agreed(tcb) && !tcb->probing && !tcb->snd.urgent &&
	       window_of(tcb, a->seg) == tcb->snd.wnd;
}

static void take_quiet_ack(struct arrival *a)
{
	struct tcp_tcb *tcb = a->tcb;

	ecn_noticed(tcb, a->seg);
	a->heard = true;
	arrival_update_ts_recent(a);
	update_window(a);
	tcb->last_ack_heard_ns = tcb_now(tcb);
	if (tcb_sys(tcb)->ack_forgets_soft_error)
		tcb->soft_error = 0;
	if (!a->predicted)
		tcb->probes_unanswered = 0;
	sender_idle_ack(tcb);
	tcp_window_echo_arrived(tcb, a->seg);
	socket_progress(tcb->socket);
}

enum verdict check_expected_ack(struct arrival *a)
{
	if (!is_quiet(a))
		return check_ack(a);
	take_quiet_ack(a);
	return GO_ON;
}

enum verdict check_ack(struct arrival *a)
{
	bool handshake = a->tcb->state == TCPSIM_SYN_RCVD;
	struct ack_effect effect;

	if (a->tcb->state == TCPSIM_ESTABLISHED && a->seg->flags & TCPSIM_ACK)
		ecn_noticed(a->tcb, a->seg);
	if (ack_is_acceptable(a) == DONE)
		return DONE;
	if (a->ack_is_too_old)
		return GO_ON;
	ack_is_taken(a, handshake, &effect);
	if (handshake) {
		arrive_closed_meanwhile(a->tcb, a->seg);
		tcp_shut_meanwhile(a->tcb);
	}
	return ack_bears_fruit(a, &effect);
}
