/*
 * A congestion window that is not used says nothing of the path (RFC 7661): what Linux lets grow,
 * what it takes back, and when a flight begins.
 */
#include <recovery/linux_unused.h>
#include <tcp/sender.h>
#include <tcp/sender_cwnd.h>
#include <tcp/sender_internal.h>
#include <tcp/sender_timer.h>

bool linux_cwnd_limited(const struct tcp_tcb *tcb)
{
	const struct cc *cc = &tcb->cc;

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
			sender_event(tcb, TCPSIM_RULE_CWND_UNUSED);
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
	if (tcpsim_seq_ge(tcb->snd.una, s->cwnd_usage_seq) || limited ||
		(!s->cwnd_full && out > s->max_packets_out)) {
		s->cwnd_full = limited;
		s->max_packets_out = out;
		s->cwnd_usage_seq = tcb->snd.nxt;
	}
	if (linux_cwnd_limited(tcb)) {
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
		(sender_now_ms(tcb) - s->cwnd_stamp_ms) * NSEC_PER_MSEC >= sender_rto(tcb) &&
		!sender_cc_controls(tcb))
		shrink_unused(tcb);
}

void linux_run_ended(struct tcp_tcb *tcb, bool burst, bool cwnd_limited)
{
	validate(tcb, cwnd_limited || loss_in_flight(&tcb->loss) >= tcb->cc.cwnd);
	if (burst)
		sender_arm_probe(tcb, false);
}

/* tcp_event_data_sent: after a timeout nothing counts as in flight, so its first retransmission
 * begins a flight too. */
bool linux_flight_begins(const struct tcp_tcb *tcb)
{
	return !loss_in_flight(&tcb->loss);
}
