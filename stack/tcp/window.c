#include <tcp/window.h>

#define MAX_WINDOW 65535u

static uint32_t min_u32(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

static uint32_t round_down(uint32_t x, uint32_t unit)
{
	return unit ? x - x % unit : x;
}

static uint32_t round_up(uint32_t x, uint32_t unit)
{
	return round_down(x + unit - 1, unit);
}

/* --- Linux: a buffer counts memory, of which a part carries payload --- */

static uint32_t payload_space(uint32_t buffer, uint32_t ratio)
{
	return (uint32_t)((uint64_t)buffer * ratio >> 8);
}

#define PAGE		4096u
#define PACKET_STRUCT	256u	   /* sk_buff */
#define PACKET_TRAILER	320u	   /* skb_shared_info, behind the data */
#define PACKET_HEADROOM 64u	   /* before the data */
#define SMALL_HEAD	704u	   /* the cache that short packets' heads come from */
#define FRAGMENT_MOST	(8 * PAGE) /* the largest run of pages asked for */

/* What a head of that size really takes: the allocator's next power of two. */
static uint32_t head_memory(uint32_t size)
{
	uint32_t bucket = 1024;

	if (size <= SMALL_HEAD)
		return SMALL_HEAD;
	while (bucket < size)
		bucket *= 2;
	return bucket;
}

/* Linux tun_alloc_skb: a page at the front, the rest in the largest runs of pages that it fills. */
uint32_t tcp_window_packet_memory(uint32_t len)
{
	uint32_t most = PAGE - PACKET_TRAILER - PACKET_HEADROOM;
	uint32_t front = min_u32(len, most), rest = len - front, memory;

	memory =
		PACKET_STRUCT + head_memory(round_up(PACKET_HEADROOM + front, 64) + PACKET_TRAILER);
	while (rest) {
		uint32_t run = FRAGMENT_MOST;

		while (run > PAGE && round_up(rest, PAGE) < run)
			run /= 2;
		memory += run;
		rest -= min_u32(rest, run);
	}
	return memory;
}

void tcp_window_measured(struct tcp_tcb *tcb, uint32_t len, uint32_t memory)
{
	struct tcp_receive_tuning *t = &tcb->tuning;
	uint32_t ratio = memory ? (uint32_t)(((uint64_t)len << 8) / memory) : 0, clamp;

	if (tcb_sys(tcb)->window_rule != WINDOW_LINUX || !memory)
		return;
	ratio = ratio > 255 ? 255 : ratio ? ratio : 1;
	if (ratio == t->scaling_ratio)
		return;
	t->scaling_ratio = (uint16_t)ratio;
	clamp = payload_space(tcb->settings.receive_buffer, ratio);
	if (tcb->settings.window_clamp)
		clamp = min_u32(clamp, tcb->settings.window_clamp);
	t->clamp = min_u32(MAX_WINDOW << tcb->rcv.scale, clamp);
	/* ssthresh stays: it falls under memory pressure alone, and grows back slowly */
	t->space = min_u32(t->space, t->clamp);
}

static uint32_t full_space(const struct tcp_tcb *tcb)
{
	return payload_space(tcb->settings.receive_buffer, tcb->tuning.scaling_ratio);
}

static uint32_t free_space(const struct tcp_tcb *tcb)
{
	uint32_t held = tcb->recvq.memory;

	if (held >= tcb->settings.receive_buffer)
		return 0;
	return payload_space(tcb->settings.receive_buffer - held, tcb->tuning.scaling_ratio);
}

static uint8_t scale_for(uint64_t space)
{
	uint8_t scale = 0;

	while (space > MAX_WINDOW && scale < 14) {
		space >>= 1;
		scale++;
	}
	return scale;
}

static struct tcp_first_window first_linux(const struct tcp_profile *sys,
	const struct tcp_settings *settings, uint32_t adv_mss, bool scaling, uint32_t initrwnd)
{
	uint32_t space = payload_space(settings->receive_buffer, 128);
	uint32_t clamp = settings->window_clamp ? settings->window_clamp : MAX_WINDOW << 14;
	struct tcp_first_window first = {0};

	/* tcp_openreq_init_rwin: a buffer that the process set limits the window for good */
	if (settings->receive_buffer_locked)
		clamp = min_u32(clamp, space);
	space = min_u32(space, clamp);
	if (space > adv_mss)
		space = round_down(space, adv_mss);
	first.window = space;
	if (initrwnd)
		first.window = min_u32(first.window, initrwnd * adv_mss);
	if (scaling) {
		uint64_t most = space;

		if (!settings->receive_buffer_locked || (int64_t)most < sys->rcvbuf_max)
			most = (uint64_t)sys->rcvbuf_max > most ? (uint64_t)sys->rcvbuf_max : most;
		if ((uint64_t)sys->sockbuf_max > most)
			most = (uint64_t)sys->sockbuf_max;
		if (most > clamp)
			most = clamp;
		first.scale = scale_for(most);
	}
	first.clamp = min_u32(MAX_WINDOW << first.scale, clamp);
	return first;
}

static struct tcp_first_window first_bsd(
	const struct tcp_profile *sys, const struct tcp_settings *settings, bool scaling)
{
	struct tcp_first_window first = {.window = min_u32(settings->receive_buffer, MAX_WINDOW)};

	/* FreeBSD tcp_connect, syncache_add: the scale that the largest buffer may ever need. */
	if (scaling)
		first.scale = scale_for((uint64_t)sys->sockbuf_max);
	first.clamp = MAX_WINDOW << first.scale;
	return first;
}

struct tcp_first_window tcp_window_first(const struct tcp_profile *sys,
	const struct tcp_settings *settings, uint32_t adv_mss, bool scaling, uint32_t initrwnd)
{
	if (sys->window_rule == WINDOW_LINUX)
		return first_linux(sys, settings, adv_mss, scaling, initrwnd);
	return first_bsd(sys, settings, scaling);
}

void tcp_window_start(struct tcp_tcb *tcb, const struct tcp_first_window *first)
{
	tcb->tuning.scaling_ratio = 128;
	tcb->rcv.wnd = first->window;
	tcb->rcv.wup = tcb->rcv.nxt;
	tcb->rcv.scale = first->scale;
	tcb->tuning.clamp = first->clamp;
	tcb->tuning.ssthresh = first->window;
	tcb->tuning.space = min_u32(first->window, 10 * (uint32_t)tcb->rcv.adv_mss);
}

uint32_t tcp_window_open(const struct tcp_tcb *tcb)
{
	int32_t open = seq_diff(seq_add(tcb->rcv.wup, tcb->rcv.wnd), tcb->rcv.nxt);

	return open > 0 ? (uint32_t)open : 0;
}

/* Linux __tcp_select_window: what memory allows, in whole segments or scale units, zero when it
 * would be silly. */
static uint32_t next_linux(const struct tcp_tcb *tcb)
{
	uint32_t mss = tcb->delack.rcv_mss;
	uint32_t free = free_space(tcb), allowed = full_space(tcb);
	uint32_t full = min_u32(tcb->tuning.clamp, allowed);
	uint32_t unit = 1u << tcb->rcv.scale, window;

	if (mss > full)
		mss = full;
	if (free < full / 2) {
		free = round_down(free, unit);
		if (free < allowed / 16 || free < mss)
			return 0;
	}
	free = min_u32(free, tcb->tuning.ssthresh);
	if (tcb->rcv.scale)
		return round_up(free, unit);
	window = tcb->rcv.wnd;
	if (window + mss <= free || window > free)
		return mss ? round_down(free, mss) : free;
	if (mss == full && free > window + full / 2)
		return free;
	return window;
}

/* 4.4BSD tcp_output: the free buffer, nothing if that is under a quarter of it and under a segment.
 */
static uint32_t next_bsd(const struct tcp_tcb *tcb)
{
	uint32_t held = tcb->recvq.bytes, buffer = tcb->settings.receive_buffer;
	uint32_t free = buffer > held ? buffer - held : 0;

	free = min_u32(free, MAX_WINDOW << tcb->rcv.scale);
	if (free < buffer / 4 && free < tcb->snd.mss)
		return 0;
	return tcb_sys(tcb)->window_rounds_up ? round_up(free, 1u << tcb->rcv.scale) : free;
}

uint32_t tcp_window_acceptable(const struct tcp_tcb *tcb)
{
	uint32_t open = tcp_window_open(tcb), held = tcb->recvq.bytes,
		 buffer = tcb->settings.receive_buffer;

	if (tcb_sys(tcb)->window_rule == WINDOW_LINUX || held >= buffer || buffer - held < open)
		return open;
	return buffer - held;
}

uint32_t tcp_window_next(const struct tcp_tcb *tcb)
{
	uint32_t open = tcp_window_open(tcb);
	const struct tcp_profile *sys = tcb_sys(tcb);
	uint32_t next = sys->window_rule == WINDOW_LINUX ? next_linux(tcb) : next_bsd(tcb);

	/* RFC 9293 §3.8.6: what was offered is not taken back. */
	if (next < open && !sys->window_shrink)
		next = sys->window_rule == WINDOW_LINUX ? round_up(open, 1u << tcb->rcv.scale)
							: open;
	return next;
}

uint16_t tcp_window_tell(struct tcp_tcb *tcb, bool syn)
{
	uint32_t field;

	if (syn) {
		/* RFC 7323 §2.2: the window of a SYN is never scaled. */
		field = min_u32(tcb->rcv.wnd, MAX_WINDOW);
		tcb->rcv.wup = tcb->rcv.nxt;
		return (uint16_t)field;
	}
	field = tcp_window_next(tcb) >> tcb->rcv.scale;
	field = min_u32(field, MAX_WINDOW);
	tcb->rcv.wnd = field << tcb->rcv.scale;
	tcb->rcv.wup = tcb->rcv.nxt;
	tcb->zero_window_sent = !field;
	return (uint16_t)field;
}

void tcp_window_text_arrived(struct tcp_tcb *tcb, uint32_t len)
{
	uint32_t room, limit, step;

	if (tcb_sys(tcb)->window_rule != WINDOW_LINUX)
		return;
	/* tcp_grow_window: the threshold follows what memory has proven to carry. */
	limit = min_u32(tcb->tuning.clamp, free_space(tcb));
	if (limit <= tcb->tuning.ssthresh)
		return;
	room = limit - tcb->tuning.ssthresh;
	step = 2u * tcb->rcv.adv_mss;
	if (step < 2 * len)
		step = 2 * len;
	tcb->tuning.ssthresh += min_u32(room, step);
}

/* Linux tcp_rcv_space_adjust: once a round trip, the buffer becomes twice what the process took in
 * it. */
static void autotune(struct tcp_tcb *tcb, uint32_t len)
{
	struct tcp_receive_tuning *t = &tcb->tuning;
	const struct tcp_profile *sys = tcb_sys(tcb);
	int64_t round_trip = t->rtt_ns ? t->rtt_ns : tcb->rtt.srtt_ns;
	uint64_t want;

	t->copied += len;
	if (!t->space_time_ns) {
		t->space_time_ns = tcb_now(tcb);
		return;
	}
	if (!round_trip || tcb_now(tcb) - t->space_time_ns < round_trip)
		return;
	if (t->copied > t->space && sys->autotune && !tcb->settings.receive_buffer_locked) {
		want = ((uint64_t)t->copied * 2 + 16u * tcb->rcv.adv_mss) * 256 / t->scaling_ratio;
		if (want > (uint64_t)sys->rcvbuf_max)
			want = (uint64_t)sys->rcvbuf_max;
		if (want > tcb->settings.receive_buffer) {
			tcb->settings.receive_buffer = (uint32_t)want;
			if (sys->window_rule == WINDOW_LINUX)
				t->clamp = min_u32(MAX_WINDOW << tcb->rcv.scale,
					payload_space((uint32_t)want, t->scaling_ratio));
		}
		t->space = t->copied;
	}
	t->copied = 0;
	t->space_time_ns = tcb_now(tcb);
}

/* 4.4BSD: an update when it moves the edge by two segments or by half the buffer. */
static bool update_worth_bsd(const struct tcp_tcb *tcb)
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

bool tcp_window_text_read(struct tcp_tcb *tcb, uint32_t len)
{
	uint32_t open = tcp_window_open(tcb), next;

	autotune(tcb, len);
	if (tcb_sys(tcb)->window_rule != WINDOW_LINUX)
		return update_worth_bsd(tcb);
	/* tcp_cleanup_rbuf: when the window can at least be doubled. */
	if (2 * (uint64_t)open > tcb->tuning.clamp)
		return false;
	next = tcp_window_next(tcb);
	return next && next >= 2 * open;
}

void tcp_window_established(struct tcp_tcb *tcb)
{
	const struct tcp_profile *sys = tcb_sys(tcb);
	struct tcp_settings *s = &tcb->settings;

	/* FreeBSD tcp_mss(): buffers become a multiple of the segment size. */
	if (sys->rcvbuf_mss_rounded && tcb->snd.mss) {
		uint32_t mss =
			tcb->snd.peer_mss < tcb->rcv.adv_mss ? tcb->snd.peer_mss : tcb->rcv.adv_mss;

		if (s->receive_buffer > mss)
			s->receive_buffer = min_u32(
				round_up(s->receive_buffer, mss), (uint32_t)sys->sockbuf_max);
		if (s->send_buffer > mss)
			s->send_buffer =
				min_u32(round_up(s->send_buffer, mss), (uint32_t)sys->sockbuf_max);
	}
	tcb->tuning.space_time_ns = 0;
	tcb->tuning.rtt_seq = tcb->rcv.nxt;
}
