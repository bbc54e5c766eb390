/*
 * Linux's window: a buffer counts memory (truesize.h), of which a part carries payload; that part
 * is learned from what comes (scaling_ratio). What is offered grows with what memory has proven to
 * carry (rcv_ssthresh), and the buffer by what the process takes in a round trip (dynamic
 * right-sizing). Functions of the kernel that a rule is from stand beside it.
 */
#include <tcp/send.h>
#include <tcp/state.h>
#include <tcp/window.h>
#include <tcp/window_rule.h>

#define INITIAL_SEGMENTS 10u  /* TCP_INIT_CWND */
#define GROWS_FROM	 128u /* text of a segment that makes the threshold grow */
#define DEFAULT_RATIO	 128u /* 256ths: half of a buffer */

static uint32_t payload_of(uint32_t memory, uint32_t ratio)
{
	return (uint32_t)((uint64_t)memory * ratio >> 8);
}

static uint32_t full_space(const struct tcp_tcb *tcb)
{
	return payload_of(tcb->settings.receive_buffer, tcb->tuning.scaling_ratio);
}

static uint32_t free_space(const struct tcp_tcb *tcb)
{
	uint32_t held = tcb->recvq.memory, buffer = tcb->settings.receive_buffer;

	return held >= buffer ? 0 : payload_of(buffer - held, tcb->tuning.scaling_ratio);
}

/* tcp_select_initial_window, with what tcp_openreq_init_rwin and tcp_connect_init do before it. */
static struct tcp_first_window first(const struct tcpsim_profile *sys,
	const struct tcp_settings *settings, uint32_t adv_mss, bool scaling, uint32_t initrwnd)
{
	uint32_t space = payload_of(settings->receive_buffer, DEFAULT_RATIO);
	uint32_t clamp = settings->window_clamp;
	struct tcp_first_window first = {0};

	/* a buffer that the process set limits the window for good */
	if (settings->receive_buffer_locked && (!clamp || clamp > space))
		clamp = space;
	if (!clamp)
		clamp = WINDOW_MAX << 14;
	space = window_min(space, clamp);
	if (space > adv_mss)
		space = window_round_down(space, adv_mss);
	first.window = sys->signed_windows ? window_min(space, WINDOW_SIGNED_MAX) : space;
	if (initrwnd)
		first.window = window_min(first.window, initrwnd * adv_mss);
	if (scaling) {
		uint64_t most = space;

		if ((uint64_t)sys->rcvbuf_max > most)
			most = (uint64_t)sys->rcvbuf_max;
		if ((uint64_t)sys->sockbuf_max > most)
			most = (uint64_t)sys->sockbuf_max;
		first.scale = window_scale_for(most > clamp ? clamp : most);
	}
	first.clamp = window_min(WINDOW_MAX << first.scale, clamp);
	return first;
}

/* tcp_init_buffer_space: one segment stays reserved (tcp_app_win). */
static void established(struct tcp_tcb *tcb)
{
	struct tcp_receive_tuning *t = &tcb->tuning;
	uint32_t most = full_space(tcb), segment = tcb->rcv.unit;
	uint32_t app_win = (uint32_t)tcb_sys(tcb)->app_win;

	tcp_send_buffer_expand(tcb);
	t->space_time_ns = tcb_now(tcb);
	t->space_seq = tcb_unread(tcb);
	if (t->clamp >= most) {
		t->clamp = most;
		if (app_win && most > 4 * segment)
			t->clamp = window_max(
				most - (app_win > 31 ? 0 : most >> app_win), 4 * segment);
	}
	if (app_win && t->clamp > 2 * segment && t->clamp + segment > most)
		t->clamp = window_max(2 * segment, most > segment ? most - segment : 0);
	t->ssthresh = window_min(t->ssthresh, t->clamp);
	t->space = window_min(window_min(t->ssthresh, tcb->rcv.wnd), INITIAL_SEGMENTS * segment);
}

/* __tcp_select_window: what memory allows, in whole segments or scale units, zero when it would be
 * silly. */
static uint32_t next(struct tcp_tcb *tcb)
{
	uint32_t mss = tcb->delack.rcv_mss;
	uint32_t free = free_space(tcb), allowed = full_space(tcb);
	uint32_t full = window_min(tcb->tuning.clamp, allowed);
	uint32_t unit = 1u << tcb->rcv.scale, window;
	bool may_shrink = tcb_sys(tcb)->window_shrink && tcb->rcv.scale;

	if (mss > full)
		mss = full;
	if (!mss)
		return 0;
	if (may_shrink)
		free = window_round_down(free, unit);
	if (free < full / 2) {
		tcb->delack.quick = 0;
		free = window_round_down(free, unit);
		if (free < allowed / 16 || free < mss || (may_shrink && free < unit))
			return 0;
	}
	free = window_min(free, tcb->tuning.ssthresh);
	if (tcb->rcv.scale)
		return window_round_up(free, unit);
	window = tcb->rcv.wnd;
	if (window + mss <= free || window > free)
		return window_round_down(free, mss);
	if (mss == full && free > window + full / 2)
		return free;
	return window;
}

/* tcp_cleanup_rbuf: when the window can at least be doubled. */
static bool worth_advertising(struct tcp_tcb *tcb)
{
	uint32_t open = tcp_window_open(tcb), offer;

	if (tcb->shut & 1 || tcb->fin_received || 2 * (uint64_t)open > tcb->tuning.clamp)
		return false;
	offer = next(tcb);
	return offer && offer >= 2 * open;
}

/* --- memory --- */

/* tcp_can_ingest: a buffer that is not over its size takes one more, whatever that occupies. */
static bool fits(const struct tcp_tcb *tcb)
{
	return tcb->recvq.memory <= tcb->settings.receive_buffer;
}

/* tcp_clamp_window: the buffer may become what it holds; else nothing more is offered. */
static void clamp_to_memory(struct tcp_tcb *tcb)
{
	uint32_t most = (uint32_t)tcb_sys(tcb)->rcvbuf_max;
	struct tcp_settings *s = &tcb->settings;

	tcb->delack.quick = 0;
	if (s->receive_buffer < most && !s->receive_buffer_locked)
		s->receive_buffer = window_min(tcb->recvq.memory, most);
	if (tcb->recvq.memory > s->receive_buffer)
		tcb->tuning.ssthresh = window_min(tcb->tuning.clamp, 2u * tcb->rcv.unit);
}

/* tcp_try_rmem_schedule, tcp_prune_queue. */
static bool has_memory(struct tcp_tcb *tcb, const struct delack_text *text)
{
	if (fits(tcb))
		return true;
	clamp_to_memory(tcb);
	if (fits(tcb))
		return true;
	recvq_collapse(&tcb->recvq);
	if (fits(tcb))
		return true;
	recvq_prune(&tcb->recvq, text->seq, tcb->settings.receive_buffer / 8,
		tcb->settings.receive_buffer);
	return fits(tcb);
}

/* --- what comes --- */

/* tcp_set_window_clamp. */
static void set_clamp(struct tcp_tcb *tcb, uint32_t clamp)
{
	struct tcp_receive_tuning *t = &tcb->tuning;

	if (clamp < 1152) /* SOCK_MIN_RCVBUF / 2 */
		clamp = 1152;
	if (clamp == t->clamp)
		return;
	if (clamp < t->clamp)
		t->ssthresh = window_min(t->ssthresh, clamp);
	else
		t->ssthresh = window_max(t->ssthresh, window_min(tcb->rcv.wnd, clamp));
	t->clamp = clamp;
}

/* tcp_measure_rcv_mss, its first part. */
static void measured(struct tcp_tcb *tcb, const struct delack_text *text)
{
	struct tcp_receive_tuning *t = &tcb->tuning;
	uint64_t ratio;

	if (!text->memory.whole)
		return;
	ratio = ((uint64_t)text->len << 8) / text->memory.whole;
	ratio = ratio ? ratio & 255 : 1;
	if (ratio == t->scaling_ratio)
		return;
	t->scaling_ratio = (uint16_t)ratio;
	set_clamp(tcb, full_space(tcb));
	t->space = window_min(t->space, t->clamp);
}

/* __tcp_grow_window: memory in a bad relation to text is tolerated while little is offered. */
static uint32_t slow_growth(const struct tcp_tcb *tcb, const struct delack_text *text)
{
	uint32_t ratio = tcb->tuning.scaling_ratio;
	uint32_t cost = payload_of(text->memory.whole, ratio) / 2;
	uint32_t window = payload_of((uint32_t)tcb_sys(tcb)->rcvbuf_max, ratio) / 2;

	for (; tcb->tuning.ssthresh <= window; cost /= 2, window /= 2)
		if (cost <= text->len)
			return 2u * tcb->delack.rcv_mss;
	return 0;
}

/* tcp_grow_window: the threshold follows what memory has proven to carry. */
static void grow(struct tcp_tcb *tcb, const struct delack_text *text)
{
	struct tcp_receive_tuning *t = &tcb->tuning;
	uint32_t limit = window_min(t->clamp, free_space(tcb)), step;

	if (limit <= t->ssthresh)
		return;
	if (payload_of(text->memory.whole, t->scaling_ratio) <= text->len)
		step = 2u * tcb->rcv.unit;
	else
		step = slow_growth(tcb, text);
	if (!step)
		return;
	step = window_max(step, 2 * text->len);
	t->ssthresh += window_min(limit - t->ssthresh, step);
	tcb->delack.quick |= 1;
}

/* tcp_rcv_rtt_update: of samples that windows bound, the least; of echoes, a smooth mean. */
static void round_trip(struct tcp_tcb *tcb, uint32_t us, bool by_window)
{
	struct tcp_receive_tuning *t = &tcb->tuning;

	if (!t->rtt_us8 || us * 8 < t->rtt_us8)
		t->rtt_us8 = us * 8;
	else if (!by_window && tcpsim_seq_eq(tcb->rcv.nxt, tcb_unread(tcb)))
		t->rtt_us8 = t->rtt_us8 - t->rtt_us8 / 8 + us;
}

/* tcp_rcv_rtt_measure: a window's worth of text takes a round trip at least. */
static void measure_window(struct tcp_tcb *tcb)
{
	struct tcp_receive_tuning *t = &tcb->tuning;

	if (t->rtt_time_ns && tcpsim_seq_lt(tcb->rcv.nxt, t->rtt_seq))
		return;
	if (t->rtt_time_ns) {
		int64_t us = (tcb_now(tcb) - t->rtt_time_ns) / 1000;

		round_trip(tcb, us ? (uint32_t)us : 1, true);
	}
	t->rtt_seq = tcpsim_seq_add(tcb->rcv.nxt, tcb->rcv.wnd);
	t->rtt_time_ns = tcb_now(tcb);
}

/* tcp_rcvbuf_grow: memory for what the process took in a round trip, twice, and as much again as
 * that grew; and for what waits out of order. */
static void grow_buffer(struct tcp_tcb *tcb, uint32_t taken)
{
	struct tcp_receive_tuning *t = &tcb->tuning;
	const struct tcpsim_profile *sys = tcb_sys(tcb);
	uint64_t before = t->space ? t->space : 1, want = 2 * (uint64_t)taken;

	t->space = taken;
	if (!sys->autotune || tcb->settings.receive_buffer_locked)
		return;
	if (taken > before)
		want += 2 * (want * (taken - before) / before);
	want += recvq_reach(&tcb->recvq, tcb->rcv.nxt);
	want = want * 256 / t->scaling_ratio;
	if (want > (uint64_t)sys->rcvbuf_max)
		want = (uint64_t)sys->rcvbuf_max;
	if (want <= tcb->settings.receive_buffer)
		return;
	tcb->settings.receive_buffer = (uint32_t)want;
	t->clamp = full_space(tcb);
}

static void text_arrived(struct tcp_tcb *tcb, const struct delack_text *text, bool in_order)
{
	if (in_order) {
		if (text->len >= GROWS_FROM)
			grow(tcb, text);
		return;
	}
	/* without SACK the window stays, so that the ACKs are duplicates */
	if (tcb->ok.sack)
		grow(tcb, text);
	if (tcb->socket)
		grow_buffer(tcb, tcb->tuning.space);
}

/* tcp_rcv_rtt_measure_ts. */
static void echo_arrived(struct tcp_tcb *tcb, const struct tcpsim_segment *seg)
{
	struct tcp_receive_tuning *t = &tcb->tuning;
	uint32_t echo = seg->options.ts_ecr, ticks;

	if (!tcb->ok.timestamps || !(seg->options.present & TCPSIM_HAS_TIMESTAMP) || !echo ||
		echo == t->last_echo)
		return;
	t->last_echo = echo;
	ticks = tcp_ts_clock(tcb->host, tcb->ts.offset) - echo;
	if (tcp_segment_span(seg) >= tcb->delack.rcv_mss && ticks && ticks < INT32_MAX / 1000)
		round_trip(tcb, ticks * (uint32_t)(tcb_sys(tcb)->ts_tick / 1000), false);
}

/* tcp_rcv_space_adjust. */
static void text_read(struct tcp_tcb *tcb)
{
	struct tcp_receive_tuning *t = &tcb->tuning;
	int64_t us = (tcb_now(tcb) - t->space_time_ns) / 1000;
	int32_t taken;

	if (!t->rtt_us8 || us < t->rtt_us8 / 8)
		return;
	taken = tcpsim_seq_diff(tcb_unread(tcb), t->space_seq) -
		tcpsim_seq_diff(tcb->rcv.nxt, tcb_unread(tcb));
	if (taken > 0 && (uint32_t)taken > t->space)
		grow_buffer(tcb, (uint32_t)taken);
	t->space_seq = tcb_unread(tcb);
	t->space_time_ns = tcb_now(tcb);
}

static void arrived(struct tcp_tcb *tcb, const struct delack_text *text, bool in_order)
{
	if (in_order)
		measure_window(tcb);
	text_arrived(tcb, text, in_order);
}

static void clamped(struct tcp_tcb *tcb)
{
	set_clamp(tcb, tcb->settings.window_clamp);
}

const struct window_rule WINDOW_RULE_LINUX = {
	.first = first,
	.next = next,
	.acceptable = tcp_window_open,
	.worth_advertising = worth_advertising,
	.established = established,
	.has_memory = has_memory,
	.measured = measured,
	.text_arrived = arrived,
	.echo_arrived = echo_arrived,
	.text_read = text_read,
	.clamped = clamped,
};
