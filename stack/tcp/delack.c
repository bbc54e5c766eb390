#include <tcp/delack_rule.h>
#include <tcp/output.h>
#include <tcp/state.h>
#include <tcp/window.h>

static const struct delack_rule *rule(const struct tcp_tcb *tcb)
{
	return tcb_sys(tcb)->delack_rule == TCPSIM_DELACK_LINUX ? &DELACK_RULE_LINUX
								: &DELACK_RULE_FIXED;
}

void delack_text_arrived(struct tcp_tcb *tcb, const struct delack_text *text, bool filled)
{
	rule(tcb)->text_arrived(tcb, text, filled);
}

void delack_out_of_order(struct tcp_tcb *tcb, const struct delack_text *text)
{
	rule(tcb)->out_of_order(tcb, text);
}

void delack_not_taken(struct tcp_tcb *tcb)
{
	rule(tcb)->not_taken(tcb);
}

void delack_overlap(struct tcp_tcb *tcb)
{
	if (rule(tcb)->overlap)
		rule(tcb)->overlap(tcb);
}

void delack_fin_arrived(struct tcp_tcb *tcb)
{
	rule(tcb)->fin_arrived(tcb);
}

void delack_settle(struct tcp_tcb *tcb)
{
	if (rule(tcb)->settle)
		rule(tcb)->settle(tcb);
}

void delack_ack_sent(struct tcp_tcb *tcb)
{
	if (rule(tcb)->ack_sent)
		rule(tcb)->ack_sent(tcb);
	tcb->delack.pending = 0;
	tcb->ack_now = tcb->ack_handshake = false;
	tcp_timer_stop(tcb, TCPSIM_TIMER_DELACK);
}

void delack_text_sent(struct tcp_tcb *tcb)
{
	struct tcp_delack *d = &tcb->delack;

	if (d->ato_ns && tcb_now(tcb) - d->last_received_ns < d->ato_ns && d->pingpong < UINT8_MAX)
		d->pingpong++;
}

void delack_read(struct tcp_tcb *tcb, uint32_t len)
{
	bool now = rule(tcb)->read && rule(tcb)->read(tcb, len);

	if (!now && len)
		now = tcp_window_worth_advertising(tcb);
	if (now && tcp_state_has(tcb->state, TRAIT_SYNCHRONIZED))
		tcp_send_ack(tcb, TCPSIM_RULE_ACK_WINDOW_UPDATE);
}

void delack_timer(struct tcp_tcb *tcb)
{
	struct tcp_delack *d = &tcb->delack;

	if (!d->pending)
		return;
	if (rule(tcb)->timer)
		rule(tcb)->timer(tcb);
	host_count(tcb->host, COUNTER_DELAYED_ACKS);
	tcp_send_ack(tcb, TCPSIM_RULE_ACK_DELAYED);
}
