/*
 * Linux: a few quick ACKs at the start of a connection, after a loss and after a long pause; then
 * an ACK for more than a segment, and else one that waits 40 to 200 ms by the time between
 * arrivals. A connection whose process answers what came is interactive: its ACKs ride on the
 * answers. Functions of the kernel that a rule is from stand beside it.
 */
#include <tcp/delack_linux.h>
#include <tcp/delack_rule.h>
#include <tcp/output.h>
#include <tcp/state.h>
#include <tcp/window.h>
#include <time_units.h>

#define QUICK_MOST	    16u
#define MSS_DEFAULT	    536u
#define MSS_LEAST	    88u
#define DUPLICATES_ANSWERED 3u /* of one hole at once; more are held back for a while */

static int64_t min_i64(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static bool interactive(const struct tcp_tcb *tcb)
{
	return tcb->delack.pingpong >= tcb_sys(tcb)->pingpong_threshold;
}

static void enter_interactive(struct tcp_tcb *tcb)
{
	tcb->delack.pingpong = (uint8_t)tcb_sys(tcb)->pingpong_threshold;
}

static bool in_quick_mode(const struct tcp_tcb *tcb)
{
	return tcb->route_quickack || (tcb->delack.quick && !interactive(tcb));
}

/* tcp_incr_quickack. */
static void more_quick(struct tcp_tcb *tcb, unsigned most)
{
	struct tcp_delack *d = &tcb->delack;
	unsigned n = tcb->rcv.wnd / (2u * (d->rcv_mss ? d->rcv_mss : MSS_DEFAULT));

	if (!n)
		n = 2;
	if (n > most)
		n = most;
	if (n > d->quick)
		d->quick = (uint8_t)n;
}

/* tcp_enter_quickack_mode. */
void delack_quick(struct tcp_tcb *tcb, unsigned most)
{
	more_quick(tcb, most);
	tcb->delack.pingpong = 0;
	tcb->delack.ato_ns = tcb_sys(tcb)->delack_min;
}

/* tcp_initialize_rcv_mss. */
void delack_start(struct tcp_tcb *tcb)
{
	uint32_t mss = tcb->rcv.unit;

	if (tcb->snd.mss && tcb->snd.mss < mss)
		mss = tcb->snd.mss;
	mss = mss < tcb->rcv.wnd / 2 ? mss : tcb->rcv.wnd / 2;
	if (mss > MSS_DEFAULT)
		mss = MSS_DEFAULT;
	if (mss < MSS_LEAST)
		mss = MSS_LEAST;
	tcb->delack.rcv_mss = (uint16_t)mss;
}

/* tcp_rcv_synsent_state_process: what is written soon makes the connection interactive. */
void delack_handshake(struct tcp_tcb *tcb)
{
	tcb->delack.pending |= DELACK_OWED;
	delack_quick(tcb, QUICK_MOST);
	tcb->delack.last_received_ns = tcb_now(tcb);
	tcp_timer_set(tcb, TCPSIM_TIMER_DELACK, tcb_now(tcb) + tcb_sys(tcb)->delack_max);
}

/* How large the peer's segments are, learned from what comes (tcp_measure_rcv_mss). */
static void measure(struct tcp_tcb *tcb, const struct delack_text *text)
{
	uint32_t len = text->segment_size ? text->segment_size : text->len, whole;
	uint32_t header = (tcb->ok.timestamps ? 32 : 20) + tcb_signature_len(tcb),
		 most = tcb->rcv.unit;
	struct tcp_delack *d = &tcb->delack;
	uint16_t last = d->last_len;

	d->last_len = 0;
	if (len >= d->rcv_mss) {
		if (len > d->rcv_mss)
			tcp_window_measured(tcb, text);
		d->rcv_mss = (uint16_t)(len < most ? len : most);
		d->pending |= text->flags & TCPSIM_PSH ? DELACK_PUSHED : 0;
		return;
	}
	/* Two of a kind are the peer's size, if they are not the ends of writes. */
	whole = len + text->header_len;
	if (whole >= MSS_DEFAULT + 20 ||
		(whole >= MSS_LEAST + 20 &&
			!(text->flags & (TCPSIM_FIN | TCPSIM_URG | TCPSIM_SYN | TCPSIM_PSH)))) {
		d->last_len = (uint16_t)(whole - header);
		if (d->last_len == last) {
			d->rcv_mss = last;
			return;
		}
	}
	if (d->pending & DELACK_PUSHED)
		d->pending |= DELACK_PUSHED_TWICE;
	d->pending |= DELACK_PUSHED;
}

/* The inter-arrival time, from which the delay is made (tcp_event_data_recv). */
static void adapt(struct tcp_tcb *tcb)
{
	struct tcp_delack *d = &tcb->delack;
	int64_t least = tcb_sys(tcb)->delack_min, most = tcb_sys(tcb)->delack_max,
		now = tcb_now(tcb), gap = now - d->last_received_ns;

	if (!d->ato_ns) {
		more_quick(tcb, QUICK_MOST);
		d->ato_ns = least;
	} else if (gap <= least / 2) {
		d->ato_ns = d->ato_ns / 2 + least / 2;
	} else if (gap < d->ato_ns) {
		d->ato_ns = min_i64(min_i64(d->ato_ns / 2 + gap, sender_rto_base(tcb)), most);
	} else if (gap > sender_rto_base(tcb)) {
		more_quick(tcb, QUICK_MOST);
	}
	d->last_received_ns = now;
}

static void text_arrived(struct tcp_tcb *tcb, const struct delack_text *text, bool filled)
{
	tcb->delack.pending |= DELACK_OWED;
	measure(tcb, text);
	adapt(tcb);
	tcp_window_text_arrived(tcb, text, true);
	/* RFC 5681 §4.2: what fills a gap is acknowledged at once. */
	if (filled)
		tcb->ack_now = true;
}

static void out_of_order(struct tcp_tcb *tcb, const struct delack_text *text)
{
	measure(tcb, text);
	tcb->delack.pending |= DELACK_OWED;
}

/* tcp_data_queue: what came before, or is beyond the window, is acknowledged at once. */
static void not_taken(struct tcp_tcb *tcb)
{
	delack_quick(tcb, QUICK_MOST);
	tcb->delack.pending |= DELACK_OWED;
}

/* tcp_fin: who has nothing more to receive answers. */
static void fin_arrived(struct tcp_tcb *tcb)
{
	tcb->delack.pending |= DELACK_OWED;
	if (tcb->state == TCPSIM_CLOSE_WAIT)
		enter_interactive(tcb);
}

/* The longest delay, a millisecond below the smallest timeout, so that no peer with the same bound
 * retransmits what only waits for its ACK (tcp_delack_max). */
static int64_t longest(const struct tcp_tcb *tcb)
{
	uint32_t own_us = tcb->settings.delack_max_us;
	int64_t floor = rtt_floor(&tcb->rtt, tcb_sys(tcb)),
		most = own_us ? own_us * INT64_C(1000) : tcb_sys(tcb)->delack_max;

	return min_i64(most, floor > 2 * NSEC_PER_MSEC ? floor - NSEC_PER_MSEC : NSEC_PER_MSEC);
}

/* tcp_send_delayed_ack. */
static void wait(struct tcp_tcb *tcb)
{
	const struct tcpsim_profile *sys = tcb_sys(tcb);
	struct tcp_delack *d = &tcb->delack;
	int64_t ato = d->ato_ns, most = NSEC_PER_SEC / 2, due, later;

	if (ato > sys->delack_min) {
		int64_t rtt = tcb->rtt.srtt_ns;

		if (interactive(tcb) || d->pending & DELACK_PUSHED)
			most = sys->delack_max;
		if (rtt && rtt < sys->delack_min)
			rtt = sys->delack_min;
		if (rtt && rtt < most)
			most = rtt;
		ato = min_i64(ato, most);
	}
	ato = min_i64(ato, longest(tcb));
	/* no timer fires before the next tick, which is half of one away on average */
	later = ato < sys->jiffy / 2 ? sys->jiffy / 2 - ato : 0;
	due = tcb_now(tcb) + ato + later;
	if (tcp_timer_runs(tcb, TCPSIM_TIMER_DELACK)) {
		if (tcb->deadline[TCPSIM_TIMER_DELACK] - later <= tcb_now(tcb) + ato / 4) {
			tcp_send_ack(tcb, TCPSIM_RULE_ACK_NOW);
			return;
		}
		due = min_i64(due, tcb->deadline[TCPSIM_TIMER_DELACK]);
	}
	tcp_timer_set(tcb, TCPSIM_TIMER_DELACK, due);
}

/* While a hole stands: after the duplicates that a sender counts, one ACK for a part of a round
 * trip, or for so many segments. True: this one is held back. */
static bool hold_back(struct tcp_tcb *tcb)
{
	const struct tcpsim_profile *sys = tcb_sys(tcb);
	struct tcp_delack *d = &tcb->delack;
	int64_t rtt = tcb->tuning.rtt_us8 * INT64_C(125), delay, due;

	if (!tcb->ok.sack || d->held_back >= sys->comp_sack_max)
		return false;
	if (!tcpsim_seq_eq(d->hole, tcb->rcv.nxt)) {
		d->hole = tcb->rcv.nxt;
		d->duplicates = 0;
	}
	if (d->duplicates < DUPLICATES_ANSWERED) {
		d->duplicates++;
		return false;
	}
	if (d->held_back++)
		return true;
	if (tcb->rtt.srtt_ns && tcb->rtt.srtt_ns < rtt)
		rtt = tcb->rtt.srtt_ns;
	delay = min_i64(sys->comp_sack_delay, rtt * sys->comp_sack_rtt_percent / 100);
	due = tcb_now(tcb) + delay + sys->comp_sack_slack; /* nothing else wakes the host before */
	if (!tcp_timer_runs(tcb, TCPSIM_TIMER_DELACK) || tcb->deadline[TCPSIM_TIMER_DELACK] > due)
		tcp_timer_set(tcb, TCPSIM_TIMER_DELACK, due);
	return true;
}

/* __tcp_ack_snd_check. */
static void settle(struct tcp_tcb *tcb)
{
	struct tcp_delack *d = &tcb->delack;
	bool much = tcb->rcv.nxt.n - tcb->rcv.wup.n > d->rcv_mss;

	if (!(d->pending & DELACK_OWED)) /* text took it along */
		return;
	/* More than a full segment, and the window would not fall by telling. */
	if (much && tcb->rcv.nxt.n - tcb_unread(tcb).n >= tcb->settings.receive_lowat)
		much = tcp_window_offer(tcb) >= tcb->rcv.wnd;
	if (much || in_quick_mode(tcb) || tcb->ack_now)
		tcp_send_ack(tcb, TCPSIM_RULE_ACK_NOW);
	else if (!recvq_has_gap(&tcb->recvq))
		wait(tcb);
	else if (!hold_back(tcb))
		tcp_send_ack(tcb, TCPSIM_RULE_ACK_NOW);
}

/* tcp_event_ack_sent. */
static void ack_sent(struct tcp_tcb *tcb)
{
	struct tcp_delack *d = &tcb->delack;

	d->held_back = 0;
	if (!d->quick || !(d->pending & DELACK_OWED))
		return;
	d->quick--;
	if (!d->quick)
		d->ato_ns = tcb_sys(tcb)->delack_min;
}

/* tcp_cleanup_rbuf: more than a segment waits, or the process emptied what small
 * segments brought. */
static bool read_due(struct tcp_tcb *tcb, uint32_t len)
{
	struct tcp_delack *d = &tcb->delack;

	if (!(d->pending & DELACK_OWED))
		return false;
	if (tcb->rcv.nxt.n - tcb->rcv.wup.n > d->rcv_mss)
		return true;
	return len && !tcb->recvq.memory &&
	       (d->pending & DELACK_PUSHED_TWICE ||
		       (d->pending & DELACK_PUSHED && !interactive(tcb)));
}

/* tcp_delack_timer_handler: who waited in vain waits longer, or is no more interactive. */
static void timer(struct tcp_tcb *tcb)
{
	struct tcp_delack *d = &tcb->delack;

	if (d->held_back)
		return;
	if (interactive(tcb)) {
		d->pingpong = 0;
		d->ato_ns = tcb_sys(tcb)->delack_min;
	} else {
		d->ato_ns = min_i64(
			min_i64(d->ato_ns * 2, sender_rto_base(tcb)), tcb_sys(tcb)->delack_max);
	}
}

/* __tcp_sock_set_quickack: off is to be interactive; an even value other than 0 is for what waits
 * alone. */
void delack_set_quick(struct tcp_tcb *tcb, int value)
{
	if (!value) {
		enter_interactive(tcb);
		return;
	}
	tcb->delack.pingpong = 0;
	if ((tcb->state == TCPSIM_ESTABLISHED || tcb->state == TCPSIM_CLOSE_WAIT) &&
		tcb->delack.pending & DELACK_OWED) {
		tcb->delack.pending |= DELACK_PUSHED;
		delack_read(tcb, 1);
		if (!(value & 1))
			enter_interactive(tcb);
	}
}

const struct delack_rule DELACK_RULE_LINUX = {
	.text_arrived = text_arrived,
	.out_of_order = out_of_order,
	.not_taken = not_taken,
	.fin_arrived = fin_arrived,
	.settle = settle,
	.ack_sent = ack_sent,
	.read = read_due,
	.timer = timer,
};
