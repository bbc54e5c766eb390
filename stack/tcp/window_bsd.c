/* 4.4BSD's window, and its descendants': what the buffer has free, counted in text. */
#include <tcp/window.h>
#include <tcp/window_rule.h>

static struct tcp_first_window first(const struct tcpsim_profile *sys,
	const struct tcp_settings *settings, uint32_t adv_mss, bool scaling, uint32_t initrwnd)
{
	struct tcp_first_window first = {
		.window = window_min(settings->receive_buffer, WINDOW_MAX)};

	(void)adv_mss;
	(void)initrwnd;
	/* FreeBSD tcp_connect, syncache_add: the scale that the largest buffer may ever need. */
	if (scaling)
		first.scale = window_scale_for((uint64_t)sys->sockbuf_max);
	first.clamp = WINDOW_MAX << first.scale;
	return first;
}

/* 4.4BSD tcp_output: the free buffer, but nothing if under a quarter of it and under a segment. */
static uint32_t next(struct tcp_tcb *tcb)
{
	uint32_t held = tcb->recvq.bytes, buffer = tcb->settings.receive_buffer;
	uint32_t free = buffer > held ? buffer - held : 0;

	free = window_min(free, WINDOW_MAX << tcb->rcv.scale);
	if (free < buffer / 4 && free < tcb->snd.mss)
		return 0;
	return tcb_sys(tcb)->window_rounds_up ? window_round_up(free, 1u << tcb->rcv.scale) : free;
}

static uint32_t acceptable(const struct tcp_tcb *tcb)
{
	uint32_t open = tcp_window_open(tcb), held = tcb->recvq.bytes,
		 buffer = tcb->settings.receive_buffer;

	return held >= buffer || buffer - held < open ? open : buffer - held;
}

/* 4.4BSD: an update when it moves the edge by two segments or by half the buffer. */
static bool worth_advertising(struct tcp_tcb *tcb)
{
	uint32_t next = tcp_window_next(tcb), open = tcp_window_open(tcb);
	uint32_t grown = next > open ? next - open : 0, buffer = tcb->settings.receive_buffer;

	if ((grown >> tcb->rcv.scale) == 0)
		return false;
	if (grown >= 2u * tcb->snd.mss &&
		(!tcb_sys(tcb)->window_update_quarter || grown >= buffer / 4 ||
			next <= buffer / 8 || buffer <= 8u * tcb->snd.mss))
		return true;
	return 2 * grown >= buffer;
}

/* FreeBSD tcp_mss(): buffers become a multiple of the segment size. */
static void established(struct tcp_tcb *tcb)
{
	const struct tcpsim_profile *sys = tcb_sys(tcb);
	struct tcp_settings *s = &tcb->settings;
	uint32_t mss = window_min(tcb->snd.peer_mss, tcb->rcv.adv_mss);

	if (!sys->rcvbuf_mss_rounded || !tcb->snd.mss)
		return;
	if (s->receive_buffer > mss)
		s->receive_buffer = window_min(
			window_round_up(s->receive_buffer, mss), (uint32_t)sys->sockbuf_max);
	if (s->send_buffer > mss)
		s->send_buffer = window_min(
			window_round_up(s->send_buffer, mss), (uint32_t)sys->sockbuf_max);
}

/* Once a round trip the buffer becomes twice what the process took in it. */
static void text_read(struct tcp_tcb *tcb)
{
	struct tcp_receive_tuning *t = &tcb->tuning;
	const struct tcpsim_profile *sys = tcb_sys(tcb);
	uint32_t copied = tcb_unread(tcb).n - t->space_seq.n;
	uint64_t want;

	if (!t->space_time_ns) {
		t->space_time_ns = tcb_now(tcb);
		return;
	}
	if (!tcb->rtt.srtt_ns || tcb_now(tcb) - t->space_time_ns < tcb->rtt.srtt_ns)
		return;
	if (copied > t->space && sys->autotune && !tcb->settings.receive_buffer_locked) {
		want = 2 * ((uint64_t)copied * 2 + 16u * tcb->rcv.adv_mss);
		if (want > (uint64_t)sys->rcvbuf_max)
			want = (uint64_t)sys->rcvbuf_max;
		if (want > tcb->settings.receive_buffer)
			tcb->settings.receive_buffer = (uint32_t)want;
		t->space = copied;
	}
	t->space_seq = tcb_unread(tcb);
	t->space_time_ns = tcb_now(tcb);
}

/* The first round trip is counted from the first read. */
static void start(struct tcp_tcb *tcb)
{
	established(tcb);
	tcb->tuning.space = window_min(tcb->rcv.wnd, 10 * (uint32_t)tcb->rcv.adv_mss);
	tcb->tuning.space_seq = tcb->rcv.nxt;
	tcb->tuning.space_time_ns = 0;
}

const struct window_rule WINDOW_RULE_BSD = {
	.first = first,
	.next = next,
	.acceptable = acceptable,
	.worth_advertising = worth_advertising,
	.established = start,
	.text_read = text_read,
};
