/*
 * The congestion window in and out of trouble: reduction by what is delivered (RFC 6937), its
 * undoing (RFC 3522, 4015), and what happens to it when it is not used (RFC 5681 §4.1, RFC 7661).
 */
#include <tcp/sender_internal.h>

/* What ssthresh is worth now: outside a reduction, at least three quarters of what the path just
 * carried. */
uint32_t sender_current_ssthresh(const struct tcp_tcb *tcb)
{
	const struct cc *cc = &tcb->cc;

	if (sender_in_reduction(tcb))
		return cc->ssthresh;
	return u32_max(cc->ssthresh, (cc->cwnd >> 1) + (cc->cwnd >> 2));
}

static void signal(struct tcp_tcb *tcb, enum cc_signal why)
{
	struct cc_event event = sender_cc_event(tcb);

	if (tcb->cc.ops && tcb->cc.ops->signal)
		tcb->cc.ops->signal(&tcb->cc, why, &event);
}

static void take_ssthresh(struct tcp_tcb *tcb, enum cc_signal why)
{
	struct cc_event event = sender_cc_event(tcb);

	if (tcb->cc.ops)
		tcb->cc.ssthresh = tcb->cc.ops->ssthresh(&tcb->cc, why, &event);
}

void sender_begin_reduction(struct tcp_tcb *tcb, enum cc_signal why)
{
	tcb->loss.high_seq = tcb->snd.nxt;
	tcb->loss.tlp = false;
	tcb->cc.cwnd_cnt = 0;
	tcb->cc.prior_cwnd = tcb->cc.cwnd;
	tcb->sender.prr_delivered = tcb->sender.prr_out = 0;
	take_ssthresh(tcb, why);
	tcb->sender.queue_cwr = tcb->ok.ecn;
}

/* RFC 6937 §3 with the slow start bound of draft-ietf-tcpm-prr-rfc6937bis: above ssthresh
 * proportional, below it one more than delivered only while each ACK shows progress without new
 * loss. */
void sender_reduce(struct tcp_tcb *tcb, uint32_t delivered, uint32_t newly_lost, bool una_advanced)
{
	struct tcp_sender *s = &tcb->sender;
	struct cc *cc = &tcb->cc;
	uint32_t in_flight = loss_in_flight(&tcb->loss);
	int32_t below = (int32_t)(cc->ssthresh - in_flight), send;

	if (delivered == 0 || cc->prior_cwnd == 0)
		return;
	s->prr_delivered += delivered;
	if (below < 0) {
		uint64_t share = ((uint64_t)cc->ssthresh * s->prr_delivered + cc->prior_cwnd - 1) /
				 cc->prior_cwnd;

		send = (int32_t)share - (int32_t)s->prr_out;
	} else {
		send = (int32_t)(s->prr_delivered - s->prr_out);
		if (send < (int32_t)delivered)
			send = (int32_t)delivered;
		if (una_advanced && !newly_lost)
			send++;
		if (send > below)
			send = below;
	}
	/* The fast retransmission itself leaves in any case. */
	if (send < (s->prr_out ? 0 : 1))
		send = s->prr_out ? 0 : 1;
	cc->cwnd = in_flight + (uint32_t)send;
	sender_event(tcb, TCP_RULE_CWND_PRR);
}

void sender_end_reduction(struct tcp_tcb *tcb)
{
	struct cc *cc = &tcb->cc;

	if (sender_cc_controls(tcb))
		return;
	if (cc->ssthresh < CC_SSTHRESH_INFINITE &&
		(tcb->loss.state == LOSS_CWR || tcb->loss.undo)) {
		cc->cwnd = cc->ssthresh;
		tcb->sender.cwnd_stamp_ms = sender_now_ms(tcb);
	}
	signal(tcb, CC_RECOVERED);
	sender_event(tcb, TCP_RULE_CWND_RECOVERED);
}

void sender_begin_undo(struct tcp_tcb *tcb)
{
	struct tcp_loss *loss = &tcb->loss;

	loss->undo = true;
	loss->undo_marker = tcb->snd.una;
	/* Retransmissions already out may bring D-SACKs later; 0 would mean that all were needless.
	 */
	loss->undo_retrans = (int32_t)loss->retrans + (loss->tlp && loss->tlp_retrans);
	if (!loss->undo_retrans)
		loss->undo_retrans = -1;
}

void sender_undo(struct tcp_tcb *tcb, bool unmark, enum tcp_rule rule)
{
	struct tcp_loss *loss = &tcb->loss;
	struct cc *cc = &tcb->cc;

	if (unmark)
		loss_unmark_all(loss);
	if (cc->prior_ssthresh) {
		if (!sender_cc_controls(tcb))
			cc->cwnd = u32_max(cc->cwnd, cc->prior_cwnd);
		if (cc->prior_ssthresh > cc->ssthresh) {
			cc->ssthresh = cc->prior_ssthresh;
			tcb->sender.queue_cwr = false;
		}
		signal(tcb, CC_UNDO);
	}
	tcb->sender.cwnd_stamp_ms = sender_now_ms(tcb);
	loss->undo = false;
	loss->rack_advanced = true; /* what was lost is judged anew */
	sender_event(tcb, rule);
}

void sender_enter_cwr(struct tcp_tcb *tcb)
{
	tcb->cc.prior_ssthresh = 0;
	if (tcb->loss.state >= LOSS_CWR)
		return;
	tcb->loss.undo = false;
	sender_begin_reduction(tcb, CC_ECN);
	sender_set_state(tcb, LOSS_CWR);
	sender_event(tcb, TCP_RULE_CWND_ECN);
}

/* The clock of the episode (undo, R2) starts with its first retransmission. */
static void clean_retrans_stamp(struct tcp_tcb *tcb)
{
	if (!sender_any_retransmitted(tcb))
		tcb->sender.retrans_stamp_ns = 0;
}

void sender_enter_recovery(struct tcp_tcb *tcb, bool ece)
{
	clean_retrans_stamp(tcb);
	tcb->cc.prior_ssthresh = 0;
	sender_begin_undo(tcb);
	if (!sender_in_reduction(tcb)) {
		if (!ece)
			tcb->cc.prior_ssthresh = sender_current_ssthresh(tcb);
		sender_begin_reduction(tcb, CC_LOSS);
	}
	sender_set_state(tcb, LOSS_RECOVERY);
	signal(tcb, CC_LOSS);
	sender_event(tcb, TCP_RULE_CWND_RECOVERY);
}

/* --- timeout --- */

/* All that was outstanding is lost, but what left so lately that RACK would still wait for it. A
 * head that was SACKed means that the receiver threw SACKed text away (RFC 2018 §8). */
static void mark_all_lost(struct tcp_tcb *tcb)
{
	struct tcp_loss *loss = &tcb->loss;
	bool reneged;

	if (!loss->packets)
		return;
	reneged = loss_at(loss, loss->first)->flags & RECORD_SACKED;
	if (reneged) {
		loss->sacked = loss->sacked_bytes = 0;
		loss->reneged = true;
	} else if (!tcb->ok.sack) {
		loss->sacked = 0;
	}
	for (uint32_t i = loss->first; i != loss_end(loss); i++) {
		struct loss_record *r = loss_at(loss, i);

		if (reneged)
			r->flags &= (uint16_t)~RECORD_SACKED;
		else if (i != loss->first && sender_is_linux(tcb) &&
			 loss_rack_remaining_us(loss, r, tcb_now(tcb), 0) > 0)
			continue;
		loss_mark_lost(loss, i);
	}
	loss->hint = loss->judged = loss->first;
}

static bool reduces_again(const struct tcp_tcb *tcb)
{
	const struct tcp_loss *loss = &tcb->loss;

	return loss->state <= LOSS_DISORDER || seq_le(loss->high_seq, tcb->snd.una) ||
	       (loss->state == LOSS_LOSS && !tcb->sender.retransmits);
}

void sender_enter_loss(struct tcp_tcb *tcb)
{
	struct tcp_loss *loss = &tcb->loss;
	struct cc *cc = &tcb->cc;
	uint32_t threshold = (uint32_t)tcb_sys(tcb)->dupack_threshold;
	bool new_recovery = loss->state < LOSS_RECOVERY;

	mark_all_lost(tcb);
	if (reduces_again(tcb)) { /* once a window */
		cc->prior_ssthresh = sender_current_ssthresh(tcb);
		cc->prior_cwnd = cc->cwnd;
		take_ssthresh(tcb, CC_TIMEOUT);
		sender_begin_undo(tcb);
	}
	cc->cwnd = loss_in_flight(loss) + 1;
	cc->cwnd_cnt = 0;
	tcb->sender.cwnd_stamp_ms = sender_now_ms(tcb);
	/* A timeout in spite of many duplicates: the threshold was learned too high. */
	if (loss->state <= LOSS_DISORDER && loss->sacked >= threshold)
		loss->reordering = u32_min(loss->reordering, threshold);
	sender_set_state(tcb, LOSS_LOSS);
	signal(tcb, CC_TIMEOUT);
	loss->high_seq = tcb->snd.nxt;
	loss->tlp = false;
	tcb->sender.queue_cwr = tcb->ok.ecn;
	/* RFC 5682 §3.1 step 1: not in the midst of another recovery. */
	tcb->sender.frto = tcb_sys(tcb)->frto && (new_recovery || tcb->sender.retransmits);
	tcb->sender.new_first = false;
	sender_event(tcb, TCP_RULE_CWND_TIMEOUT);
}

/* --- a window that is not used --- */

bool sender_is_cwnd_limited(const struct tcp_tcb *tcb)
{
	const struct cc *cc = &tcb->cc;

	if (!sender_is_linux(
		    tcb)) /* FreeBSD asks whether it is cwnd that limits, not the peer's window */
		return cc->cwnd <= tcb->snd.wnd;

	if (tcb->sender.cwnd_full)
		return true;
	/* In slow start the window may reach twice what was used. */
	return cc_in_slow_start(cc) && cc->cwnd < 2 * tcb->sender.max_packets_out;
}

/* Half way from cwnd to what was used (Linux's form of RFC 7661). */
static void shrink_unused(struct tcp_tcb *tcb)
{
	struct cc *cc = &tcb->cc;

	if (tcb->loss.state == LOSS_OPEN && tcb->socket &&
		tcb->sender.limit != SENDER_BUFFER_LIMITED) {
		uint32_t used = u32_max(tcb->sender.cwnd_used, sender_initial_window(tcb));

		if (used < cc->cwnd) {
			cc->ssthresh = sender_current_ssthresh(tcb);
			cc->cwnd = (cc->cwnd + used) >> 1;
			sender_event(tcb, TCP_RULE_CWND_UNUSED);
		}
		tcb->sender.cwnd_used = 0;
	}
	tcb->sender.cwnd_stamp_ms = sender_now_ms(tcb);
}

static void validate(struct tcp_tcb *tcb, bool limited)
{
	struct tcp_sender *s = &tcb->sender;
	uint32_t out = tcb->loss.packets;

	/* The strongest sign of the flight counts: full once, or else its largest extent. */
	if (seq_ge(tcb->snd.una, s->cwnd_usage_seq) || limited ||
		(!s->cwnd_full && out > s->max_packets_out)) {
		s->cwnd_full = limited;
		s->max_packets_out = out;
		s->cwnd_usage_seq = tcb->snd.nxt;
	}
	if (sender_is_cwnd_limited(tcb)) {
		s->cwnd_used = 0;
		s->cwnd_stamp_ms = sender_now_ms(tcb);
		return;
	}
	if (out > s->cwnd_used)
		s->cwnd_used = out;
	if (tcb->no_space &&
		!sender_has_unsent(tcb)) /* the buffer is all in flight, and cwnd is not full */
		sender_limited_by(tcb, SENDER_BUFFER_LIMITED);
	if (tcb_sys(tcb)->slow_start_after_idle &&
		(sender_now_ms(tcb) - s->cwnd_stamp_ms) * SENDER_MSEC >= sender_rto(tcb) &&
		!sender_cc_controls(tcb))
		shrink_unused(tcb);
}

void sender_note_limited(struct tcp_tcb *tcb, bool cwnd_limited)
{
	bool burst = tcb->sender.burst;

	tcb->sender.burst = false;
	if (!burst && !cwnd_limited)
		return;
	if (!sender_is_linux(tcb))
		return;
	validate(tcb, cwnd_limited || loss_in_flight(&tcb->loss) >= tcb->cc.cwnd);
	if (burst)
		sender_arm_probe(tcb, false);
}

/* RFC 5681 §4.1. Linux halves cwnd for each RTO that passed; the BSDs go to the restart window at
 * once. */
static void restart_from_idle(struct tcp_tcb *tcb, int64_t idle)
{
	struct cc *cc = &tcb->cc;
	uint32_t restart = u32_min(sender_initial_window(tcb), cc->cwnd);

	signal(tcb, CC_IDLE_RESTART);
	if (cc->bytes) {
		cc->cwnd = restart;
	} else {
		cc->ssthresh = sender_current_ssthresh(tcb);
		while ((idle -= sender_rto(tcb)) > 0 && cc->cwnd > restart)
			cc->cwnd >>= 1;
		cc->cwnd = u32_max(cc->cwnd, restart);
	}
	tcb->sender.cwnd_stamp_ms = sender_now_ms(tcb);
	tcb->sender.cwnd_used = 0;
	sender_event(tcb, TCP_RULE_CWND_IDLE);
}

void sender_restart(struct tcp_tcb *tcb)
{
	int64_t idle = tcb->last_sent_ns ? tcb_now(tcb) - tcb->last_sent_ns : 0;

	if (tcb->loss.packets)
		return;
	if (tcb_sys(tcb)->slow_start_after_idle && tcb->last_sent_ns && idle > sender_rto(tcb) &&
		!sender_cc_controls(tcb))
		restart_from_idle(tcb, idle);
}

/* Linux tcp_event_data_sent: after a timeout nothing counts as in flight, so its first
 * retransmission begins a flight too. */
void sender_text_leaves(struct tcp_tcb *tcb)
{
	if (sender_is_linux(tcb) ? !loss_in_flight(&tcb->loss) : seq_eq(tcb->snd.una, tcb->snd.nxt))
		signal(tcb, CC_SEND_START);
}

bool sender_local_drop(struct tcp_tcb *tcb)
{
	if (sender_is_linux(tcb))
		sender_enter_cwr(tcb);
	else
		sender_collapse(tcb); /* tcp_output: ENOBUFS is tcp_quench */
	return sender_is_linux(tcb);
}

void sender_collapse(struct tcp_tcb *tcb)
{
	tcb->cc.cwnd = cc_segment(&tcb->cc);
	sender_event(tcb, TCP_RULE_CWND_QUENCH);
}

void sender_ecn_echo(struct tcp_tcb *tcb, uint32_t ce_packets)
{
	if (ce_packets == 0)
		return;
	tcb->sender.ece_now = true;
	tcb->sender.ce_segments += ce_packets;
	if (!tcb->loss.packets && tcb->loss.state >= LOSS_CWR)
		return;
	if (sender_is_linux(tcb))
		sender_enter_cwr(tcb);
	else
		sender_bsd_marks(tcb);
}
