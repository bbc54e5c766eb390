#include <tcp/delack.h>
#include <tcp/machine.h>
#include <tcp/output.h>
#include <tcp/timers.h>
#include <tcp/window.h>

#define QUICK_MOST 16u

static int64_t min_i64(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

void delack_quick(struct tcp_tcb *tcb, unsigned most)
{
	struct tcp_delack *d = &tcb->delack;
	unsigned n = tcb->rcv.wnd / (2u * (d->rcv_mss ? d->rcv_mss : 536u));

	if (!n)
		n = 2;
	if (n > most)
		n = most;
	if (n > d->quick)
		d->quick = (uint8_t)n;
}

void delack_start(struct tcp_tcb *tcb)
{
	uint32_t mss =
		tcb->rcv.adv_mss < tcb->snd.mss || !tcb->snd.mss ? tcb->rcv.adv_mss : tcb->snd.mss;

	/* Linux tcp_initialize_rcv_mss. */
	mss = mss < tcb->rcv.wnd / 2 ? mss : tcb->rcv.wnd / 2;
	if (mss > 536)
		mss = 536;
	if (mss < 88)
		mss = 88;
	tcb->delack.rcv_mss = (uint16_t)mss;
}

void delack_handshake(struct tcp_tcb *tcb)
{
	struct tcp_delack *d = &tcb->delack;

	/* Linux tcp_rcv_synsent_state_process: what is written now makes the connection interactive
	 */
	delack_quick(tcb, QUICK_MOST);
	d->pingpong = 0;
	d->ato_ns = tcb_sys(tcb)->delack_min;
	d->last_received_ns = tcb_now(tcb);
	d->pending |= DELACK_OWED | DELACK_WAITING;
	tcp_timer_set(tcb, TCP_TIMER_DELACK, tcb_now(tcb) + tcb_sys(tcb)->delack_max);
}

/* How large the peer's segments are, learned from what comes (Linux tcp_measure_rcv_mss). */
static void measure(struct tcp_tcb *tcb, const struct delack_text *text)
{
	uint32_t len = text->segment_size ? text->segment_size : text->len;
	struct tcp_delack *d = &tcb->delack;
	uint32_t most = tcb->rcv.adv_mss;

	if (len > d->rcv_mss)
		tcp_window_measured(tcb, text->len, text->memory);
	if (len >= d->rcv_mss)
		d->rcv_mss = (uint16_t)(len < most || !most ? len : most);
	d->last_len = (uint16_t)(len > UINT16_MAX ? UINT16_MAX : len);
}

/* The inter-arrival time, from which the delay is made (Linux tcp_event_data_recv). */
static void adapt(struct tcp_tcb *tcb)
{
	struct tcp_delack *d = &tcb->delack;
	int64_t least = tcb_sys(tcb)->delack_min, now = tcb_now(tcb),
		gap = now - d->last_received_ns;

	if (!d->ato_ns) {
		delack_quick(tcb, QUICK_MOST);
		d->ato_ns = least;
	} else if (gap <= least / 2) {
		d->ato_ns = d->ato_ns / 2 + least / 2;
	} else if (gap < d->ato_ns) {
		d->ato_ns = min_i64(d->ato_ns / 2 + gap, sender_rto_base(tcb));
	} else if (gap > sender_rto_base(tcb)) {
		delack_quick(tcb, QUICK_MOST);
	}
	d->last_received_ns = now;
}

static bool interactive(const struct tcp_tcb *tcb)
{
	return tcb->settings.quickack_off ||
	       tcb->delack.pingpong >= tcb_sys(tcb)->pingpong_threshold;
}

static bool in_quick_mode(const struct tcp_tcb *tcb)
{
	return tcb->settings.quickack_pinned || (tcb->delack.quick && !interactive(tcb));
}

/* Linux tcp_send_delayed_ack: how long this one waits. */
static void wait_adaptive(struct tcp_tcb *tcb)
{
	const struct tcp_profile *sys = tcb_sys(tcb);
	struct tcp_delack *d = &tcb->delack;
	int64_t ato = d->ato_ns, most = 500000000, due;

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
	ato = min_i64(ato, tcb->settings.delack_max_us ? tcb->settings.delack_max_us * INT64_C(1000)
						       : sys->delack_max);
	due = tcb_now(tcb) + ato;
	if (tcp_timer_runs(tcb, TCP_TIMER_DELACK)) {
		if (tcb->deadline[TCP_TIMER_DELACK] <= tcb_now(tcb) + ato / 4) {
			tcb->ack_now = true;
			return;
		}
		due = min_i64(due, tcb->deadline[TCP_TIMER_DELACK]);
	}
	tcp_timer_set(tcb, TCP_TIMER_DELACK, due);
}

/* 4.4BSD: one segment may wait for the fast timeout; the second is acknowledged. */
static void wait_fixed(struct tcp_tcb *tcb)
{
	const struct tcp_profile *sys = tcb_sys(tcb);
	int64_t delay = sys->delack_max;

	if (!sys->delayed_ack || tcp_timer_runs(tcb, TCP_TIMER_DELACK) || tcb->zero_window_sent) {
		tcb->ack_now = true;
		return;
	}
	if (sys->delack_rule == DELACK_BSD_FAST)
		tcp_timer_set(tcb, TCP_TIMER_DELACK, (tcb_now(tcb) / delay + 1) * delay);
	else
		tcp_timer_set(tcb, TCP_TIMER_DELACK, tcb_now(tcb) + delay);
}

static void decide(struct tcp_tcb *tcb)
{
	uint32_t unacked = tcb->rcv.nxt.n - tcb->rcv.wup.n;

	if (tcb_sys(tcb)->delack_rule != DELACK_LINUX) {
		wait_fixed(tcb);
		return;
	}
	/* Linux __tcp_ack_snd_check: more than a full segment, and the window would not fall by
	 * telling. */
	if ((unacked > tcb->delack.rcv_mss && (tcb->recvq.bytes < tcb->settings.receive_lowat ||
						      tcp_window_next(tcb) >= tcb->rcv.wnd)) ||
		in_quick_mode(tcb)) {
		tcb->ack_now = true;
		return;
	}
	wait_adaptive(tcb);
}

void delack_text_arrived(struct tcp_tcb *tcb, const struct delack_text *text, bool push, bool gap)
{
	measure(tcb, text);
	adapt(tcb);
	tcb->delack.pending |= DELACK_OWED | (push ? DELACK_PUSHED : 0);
	tcb->delack.unacked_segments++;
	tcp_window_text_arrived(tcb, text->len);
	/* RFC 5681 §4.2: what fills a gap is acknowledged at once. */
	if (gap)
		tcb->ack_now = true;
	else
		decide(tcb);
}

void delack_out_of_order(struct tcp_tcb *tcb, const struct delack_text *text)
{
	if (text->len) {
		measure(tcb, text);
		tcp_window_text_arrived(tcb, text->len);
	}
	/* RFC 5681 §4.2: a segment out of order is acknowledged at once, for the sender to count.
	 */
	tcb->delack.pending |= DELACK_OWED;
	if (tcb_sys(tcb)->delack_rule == DELACK_LINUX)
		delack_quick(tcb, QUICK_MOST);
	tcb->ack_now = true;
}

void delack_ack_sent(struct tcp_tcb *tcb)
{
	struct tcp_delack *d = &tcb->delack;

	if (d->quick && d->pending) {
		d->quick--;
		if (!d->quick)
			d->ato_ns = tcb_sys(tcb)->delack_min;
	}
	d->pending = 0;
	d->unacked_segments = 0;
	tcb->ack_now = tcb->ack_handshake = false;
	tcp_timer_stop(tcb, TCP_TIMER_DELACK);
}

void delack_text_sent(struct tcp_tcb *tcb)
{
	struct tcp_delack *d = &tcb->delack;

	if (d->ato_ns && tcb_now(tcb) - d->last_received_ns < d->ato_ns && d->pingpong < UINT8_MAX)
		d->pingpong++;
}

void delack_read(struct tcp_tcb *tcb, uint32_t len, bool window_worth_telling)
{
	struct tcp_delack *d = &tcb->delack;
	bool now = window_worth_telling;

	if (tcb_sys(tcb)->delack_rule == DELACK_LINUX && tcp_timer_runs(tcb, TCP_TIMER_DELACK)) {
		/* Linux tcp_cleanup_rbuf: more than a segment waits, or the process emptied what
		 * was pushed. */
		now |= tcb->rcv.nxt.n - tcb->rcv.wup.n > d->rcv_mss;
		now |= len && d->pending & DELACK_PUSHED && !interactive(tcb) && !tcb->recvq.bytes;
	}
	if (now && tcp_state_has(tcb->state, TRAIT_SYNCHRONIZED))
		tcp_send_ack(tcb, TCP_RULE_ACK_WINDOW_UPDATE);
}

void delack_timer(struct tcp_tcb *tcb)
{
	struct tcp_delack *d = &tcb->delack;

	if (!d->pending)
		return;
	if (tcb_sys(tcb)->delack_rule == DELACK_LINUX) {
		if (interactive(tcb)) {
			d->pingpong = 0;
			d->ato_ns = tcb_sys(tcb)->delack_min;
		} else {
			d->ato_ns = min_i64(d->ato_ns * 2, sender_rto_base(tcb));
		}
	}
	host_count(tcb->host, COUNTER_DELAYED_ACKS);
	tcp_send_ack(tcb, TCP_RULE_ACK_DELAYED);
}
