#include <tcp/window.h>
#include <tcp/window_rule.h>

static const struct window_rule *rule_of(const struct tcpsim_profile *sys)
{
	return sys->window_rule == TCPSIM_WINDOW_LINUX ? &WINDOW_RULE_LINUX : &WINDOW_RULE_BSD;
}

static const struct window_rule *rule(const struct tcp_tcb *tcb)
{
	return rule_of(tcb_sys(tcb));
}

uint8_t window_scale_for(uint64_t space)
{
	/* so many bits stand above the sixteen of the field */
	unsigned bits = space > WINDOW_MAX ? 48u - (unsigned)__builtin_clzll(space) : 0;

	return bits < 14 ? (uint8_t)bits : 14;
}

struct tcp_first_window tcp_window_first(const struct tcpsim_profile *sys,
	const struct tcp_settings *settings, uint32_t adv_mss, bool scaling, uint32_t initrwnd)
{
	return rule_of(sys)->first(sys, settings, adv_mss, scaling, initrwnd);
}

uint32_t tcp_window_segment(const struct tcpsim_profile *sys, uint32_t adv_mss, bool timestamps)
{
	return adv_mss - (sys->window_rule == TCPSIM_WINDOW_LINUX && timestamps ? 12u : 0u);
}

void tcp_window_start(struct tcp_tcb *tcb, const struct tcp_first_window *first)
{
	tcb->rcv.wnd = first->window;
	tcb->rcv.wup = tcb->rcv.nxt;
	tcb->rcv.most = tcpsim_seq_add(tcb->rcv.nxt, first->window);
	tcb->rcv.scale = first->scale;
	tcb->tuning.scaling_ratio = 128;
	tcb->tuning.clamp = first->clamp;
	tcb->tuning.ssthresh = first->window;
}

uint32_t tcp_window_acceptable(const struct tcp_tcb *tcb)
{
	return rule(tcb)->acceptable(tcb);
}

uint32_t tcp_window_offer(struct tcp_tcb *tcb)
{
	return rule(tcb)->next(tcb);
}

uint32_t tcp_window_next(struct tcp_tcb *tcb)
{
	uint32_t open = tcp_window_open(tcb), next = rule(tcb)->next(tcb);
	bool may_shrink = tcb_sys(tcb)->window_shrink;

	/* Linux shrinks only what is scaled, so that a unit is a unit. */
	if (tcb_sys(tcb)->window_rule == TCPSIM_WINDOW_LINUX && !tcb->rcv.scale)
		may_shrink = false;
	/* RFC 9293 §3.8.6: what was offered is not taken back, nor by the unit that is told. */
	if (next < open && !may_shrink)
		next = tcb_sys(tcb)->window_rule == TCPSIM_WINDOW_LINUX ||
				       tcb_sys(tcb)->window_rounds_up
			       ? window_round_up(open, 1u << tcb->rcv.scale)
			       : open;
	return next;
}

uint16_t tcp_window_advertise(struct tcp_tcb *tcb, bool syn)
{
	uint32_t field, next;

	if (syn) {
		/* RFC 7323 §2.2: the window of a SYN is never scaled. */
		field = window_min(tcb->rcv.wnd, WINDOW_MAX);
		tcb->rcv.wup = tcb->rcv.nxt;
		tcb->rcv.most = tcpsim_seq_add(tcb->rcv.nxt, tcb->rcv.wnd);
		return (uint16_t)field;
	}
	next = tcb->delack.pending & DELACK_NO_MEMORY ? 0 : tcp_window_next(tcb);
	field = window_min(next >> tcb->rcv.scale,
		tcb_sys(tcb)->signed_windows && !tcb->rcv.scale ? WINDOW_SIGNED_MAX : WINDOW_MAX);
	/* RFC 7323 §2.4: where the unit told less of it, the peer may yet have been told more, and
	 * its text stays in the window (4.4BSD's rcv_adv, Linux's rcv_wnd). */
	tcb->rcv.wnd = next;
	tcb->rcv.wup = tcb->rcv.nxt;
	tcb->rcv.most = tcpsim_seq_max(tcb->rcv.most, tcpsim_seq_add(tcb->rcv.nxt, next));
	tcb->zero_window_sent = !field;
	tcb->predicts = tcb->predicts && next;
	return (uint16_t)field;
}

bool tcp_window_has_memory(struct tcp_tcb *tcb, const struct delack_text *text)
{
	return !rule(tcb)->has_memory || rule(tcb)->has_memory(tcb, text);
}

void tcp_window_measured(struct tcp_tcb *tcb, const struct delack_text *text)
{
	if (rule(tcb)->measured)
		rule(tcb)->measured(tcb, text);
}

void tcp_window_text_arrived(struct tcp_tcb *tcb, const struct delack_text *text, bool in_order)
{
	if (rule(tcb)->text_arrived)
		rule(tcb)->text_arrived(tcb, text, in_order);
}

void tcp_window_echo_arrived(struct tcp_tcb *tcb, const struct tcpsim_segment *seg)
{
	if (rule(tcb)->echo_arrived)
		rule(tcb)->echo_arrived(tcb, seg);
}

void tcp_window_text_read(struct tcp_tcb *tcb)
{
	if (rule(tcb)->text_read)
		rule(tcb)->text_read(tcb);
}

bool tcp_window_worth_advertising(struct tcp_tcb *tcb)
{
	return rule(tcb)->worth_advertising(tcb);
}

void tcp_window_clamped(struct tcp_tcb *tcb)
{
	if (rule(tcb)->clamped)
		rule(tcb)->clamped(tcb);
}

void tcp_window_established(struct tcp_tcb *tcb)
{
	if (rule(tcb)->established)
		rule(tcb)->established(tcb);
}
