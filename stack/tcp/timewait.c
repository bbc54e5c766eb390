#include <tcp/timewait.h>

#include <stdlib.h>
#include <string.h>
#include <tcp/calls.h>
#include <tcp/machine.h>
#include <tcp/options_out.h>
#include <tcp/output.h>
#include <tcp/window.h>
#include <wire/memory.h>

_Static_assert(sizeof(struct tcp_time_wait) <= 128, "an entry in TIME-WAIT is small");

#define MSEC	     1000000
#define ISS_DISTANCE (65535 + 2) /* from the old numbers: beyond what its window can have held */

/* The entry's one timer. */
static void note_timer(struct tcpsim_host *host, const struct tcp_time_wait *tw,
	enum tcp_event_kind kind, int64_t due_ns)
{
	struct tcp_event event = {.kind = kind,
		.connection = tw->conn.id,
		.before = TCP_TIME_WAIT,
		.after = TCP_TIME_WAIT,
		.timer = TCP_TIMER_2MSL,
		.deadline_ns = due_ns};

	if (host_listens(host))
		host_event(host, &event);
}

static void expire(struct tcpsim_host *host, struct wheel_timer *wheel)
{
	struct tcp_time_wait *tw = (void *)((char *)wheel - offsetof(struct tcp_time_wait, wheel));

	note_timer(host, tw, TCP_EVENT_TIMER_FIRED, 0);
	time_wait_free(host, tw, tw->fin_wait_2 ? TCP_RULE_TIMER_FIN_WAIT_2 : TCP_RULE_TIMER_2MSL);
}

static void restart(struct tcpsim_host *host, struct tcp_time_wait *tw)
{
	int64_t due = tcp_tick_2msl(host);

	wheel_arm(host, &tw->wheel, due);
	note_timer(host, tw, TCP_EVENT_TIMER_SET, due);
}

/* 2MSL from now. */
int64_t tcp_tick_2msl(const struct tcpsim_host *host)
{
	int64_t length = 2 * host->sys.msl, tick = host->sys.tick;

	return tick ? (host->now / tick + length / tick) * tick : host->now + length;
}

void time_wait_free(struct tcpsim_host *host, struct tcp_time_wait *tw, enum tcp_rule rule)
{
	if (tw->wheel.armed_ns)
		note_timer(host, tw, TCP_EVENT_TIMER_STOPPED, 0);
	tcp_event_state(host, tw->conn.id, tw->fin_wait_2 ? TCP_FIN_WAIT_2 : TCP_TIME_WAIT,
		TCP_CLOSED, rule, NULL);
	if (tw->tcb)
		tw->tcb->time_wait = NULL;
	wheel_cancel(host, &tw->wheel);
	demux_remove(host, &tw->conn);
	host->time_wait_entries--;
	pool_give(host->pool, tw, sizeof(*tw));
}

/* What is remembered of a connection; NULL: there is no room. */
static struct tcp_time_wait *remember(struct tcp_tcb *tcb)
{
	struct tcpsim_host *host = tcb->host;
	bool room = host->sys.tw_max < 0 || host->time_wait_entries < host->sys.tw_max;
	struct tcp_time_wait *tw = room ? pool_take_clear(host->pool, sizeof(*tw)) : NULL;

	if (!tw)
		return NULL;
	tw->conn = tcb->conn;
	tw->conn.kind = CONN_TIME_WAIT;
	tw->wheel.fire = expire;
	tw->snd_nxt = tcb->snd.nxt;
	tw->rcv_nxt = tcb->rcv.nxt;
	tw->rcv_wnd = tcp_window_open(tcb);
	tw->window_field =
		(uint16_t)((host->sys.window_rule == WINDOW_LINUX ? tw->rcv_wnd
								  : tcp_window_next(tcb)) >>
			   tcb->rcv.scale);
	tw->ts_recent = tcb->ts.recent;
	tw->ts_offset = tcb->ts.offset;
	tw->timestamps = tcb->ok.timestamps;
	tw->tos = tcb->settings.tos;
	tw->entered_ms = (uint32_t)(host->now / MSEC);
	demux_replace(host, &tcb->conn, &tw->conn);
	tcb->in_table = false;
	host->time_wait_entries++;
	host_count(host, COUNTER_TIME_WAIT);
	tcp_timers_stop_all(tcb); /* FIN-WAIT-2's, which has the name of the one that starts now */
	tcb->finished = true;
	tcb->time_wait = tw;
	tw->tcb = tcb;
	if (!tcb->socket && !tcb->listener)
		tcb->dead = true;
	return tw;
}

void time_wait_enter(struct tcp_tcb *tcb, enum tcp_rule rule, const struct tcp_segment *cause)
{
	struct tcp_time_wait *tw;

	tcp_enter(tcb, TCP_TIME_WAIT, rule, cause);
	tw = remember(tcb);
	if (tw)
		restart(tcb->host, tw);
	else
		tcb_end(tcb, 0, TCP_RULE_TIME_WAIT_NO_ROOM);
}

void time_wait_enter_fin_wait_2(struct tcp_tcb *tcb, int64_t length_ns)
{
	struct tcp_time_wait *tw = remember(tcb);

	if (!tw) {
		tcb_end(tcb, 0, TCP_RULE_TIME_WAIT_NO_ROOM);
		return;
	}
	tw->fin_wait_2 = true;
	wheel_arm(tcb->host, &tw->wheel, tcb->host->now + length_ns);
	note_timer(tcb->host, tw, TCP_EVENT_TIMER_SET, tcb->host->now + length_ns);
}

static void say(
	struct tcpsim_host *host, struct tcp_time_wait *tw, uint8_t flags, enum tcp_rule rule)
{
	struct tcp_segment_offer offer = {.timestamps = tw->timestamps,
		.ts_val = tcp_ts_clock(host, tw->ts_offset),
		.ts_ecr = tw->ts_recent};
	uint8_t options[TCP_MAX_OPTIONS_LEN];
	struct tcp_segment out = {.src = tw->conn.local,
		.dst = tw->conn.remote,
		.src_port = tw->conn.local_port,
		.dst_port = tw->conn.remote_port,
		.udp_dst_port = tw->conn.udp_port,
		.seq = tw->snd_nxt,
		.ack = tw->rcv_nxt,
		.flags = flags,
		.window = tw->window_field,
		.tos = tw->tos};

	out.options.raw = options;
	out.options.raw_len = (uint8_t)tcp_options_segment(host->sys.option_order, &offer, options);
	tcp_emit(host, &out, NULL, tw->conn.interface, tw->conn.id, TCP_TIME_WAIT, rule);
}

/* The ACK that TIME-WAIT repeats. */
static void answer(struct tcpsim_host *host, struct tcp_time_wait *tw, enum tcp_rule rule)
{
	say(host, tw, TCP_ACK, rule);
}

static void drop(struct tcpsim_host *host, struct tcp_time_wait *tw, enum tcp_rule rule,
	const struct tcp_segment *seg)
{
	tcp_event_segment(host, TCP_EVENT_DROP, tw->conn.id, TCP_TIME_WAIT, rule, seg);
}

static bool is_old_timestamp(const struct tcp_time_wait *tw, const struct tcp_segment *seg)
{
	return tw->timestamps && seg->options.present & TCP_HAS_TIMESTAMP &&
	       (int32_t)(seg->options.ts_val - tw->ts_recent) < 0;
}

/* RFC 9293 §3.10.7.4 and RFC 6191: beyond what was received, or newer by its timestamp. */
static bool opens_anew(const struct tcp_time_wait *tw, const struct tcp_segment *seg)
{
	if ((seg->flags & (TCP_SYN | TCP_RST | TCP_ACK)) != TCP_SYN || is_old_timestamp(tw, seg))
		return false;
	return seq_gt(seg->seq, tw->rcv_nxt) ||
	       (tw->timestamps && seg->options.present & TCP_HAS_TIMESTAMP &&
		       (int32_t)(seg->options.ts_val - tw->ts_recent) > 0);
}

static void reset_arrived(
	struct tcpsim_host *host, struct tcp_time_wait *tw, const struct tcp_segment *seg)
{
	/* RFC 1337: a RST must not end TIME-WAIT; RFC 9293 lets it. */
	if (host->sys.rst_ends_time_wait && !host->sys.rfc1337 && seq_eq(seg->seq, tw->rcv_nxt))
		time_wait_free(host, tw, TCP_RULE_RST_ARRIVED);
	else
		drop(host, tw, TCP_RULE_RST_IGNORED, seg);
}

/* Linux tcp_timewait_check_oow_rate_limit: empty segments may be an echo of our own. */
static bool answer_is_due(
	struct tcpsim_host *host, struct tcp_time_wait *tw, const struct tcp_segment *seg)
{
	uint32_t now = (uint32_t)(host->now / MSEC);

	if (tcp_segment_span(seg) && !(seg->flags & TCP_SYN))
		return true;
	if (tw->answered_ms && now - tw->answered_ms < host->sys.invalid_ratelimit / MSEC)
		return false;
	tw->answered_ms = now ? now : 1;
	return true;
}

static void answer_if_due(struct tcpsim_host *host, struct tcp_time_wait *tw,
	const struct tcp_segment *seg, enum tcp_rule rule)
{
	if (answer_is_due(host, tw, seg))
		answer(host, tw, rule);
	else
		drop(host, tw, TCP_RULE_ARRIVE_RATE_LIMITED, seg);
}

static void note_timestamp(struct tcp_time_wait *tw, const struct tcp_segment *seg)
{
	if (tw->timestamps && seg->options.present & TCP_HAS_TIMESTAMP)
		tw->ts_recent = seg->options.ts_val;
}

static bool in_window(const struct tcp_time_wait *tw, const struct tcp_segment *seg)
{
	tcp_seq edge = seq_add(tw->rcv_nxt, tw->rcv_wnd), end = tcp_segment_end(seg);

	return seq_eq(seg->seq, tw->rcv_nxt) ||
	       (seq_gt(end, tw->rcv_nxt) && seq_lt(seg->seq, edge)) ||
	       (seq_eq(seg->seq, edge) && seq_eq(end, edge));
}

static void refuse(
	struct tcpsim_host *host, struct tcp_time_wait *tw, const struct tcp_segment *seg)
{
	enum tcp_rule rule =
		seg->flags & TCP_SYN ? TCP_RULE_RST_SYN_IN_WINDOW : TCP_RULE_RST_DATA_AFTER_CLOSE;

	tcp_refuse(host, seg, tw->conn.interface, tw->conn.id, TCP_FIN_WAIT_2, rule);
	time_wait_free(host, tw, rule);
}

/* Linux tcp_timewait_state_process, FIN-WAIT-2: the checks of a connection over again. */
static void fin_wait_2_arrived(
	struct tcpsim_host *host, struct tcp_time_wait *tw, const struct tcp_segment *seg)
{
	tcp_seq end = tcp_segment_end(seg);

	if (is_old_timestamp(tw, seg) || !in_window(tw, seg)) {
		answer_if_due(host, tw, seg, TCP_RULE_ACK_UNACCEPTABLE);
	} else if (seg->flags & TCP_RST) {
		time_wait_free(host, tw, TCP_RULE_RST_ARRIVED);
	} else if (seg->flags & TCP_SYN && seq_ge(seg->seq, tw->rcv_nxt)) {
		refuse(host, tw, seg);
	} else if (!(seg->flags & TCP_ACK) || seq_le(end, tw->rcv_nxt) || seq_eq(end, seg->seq)) {
		drop(host, tw, TCP_RULE_ARRIVE_DUPLICATE_TEXT, seg);
	} else if (!(seg->flags & TCP_FIN) || !seq_eq(end, seq_add(tw->rcv_nxt, 1))) {
		refuse(host, tw, seg);
	} else {
		tcp_event_state(host, tw->conn.id, TCP_FIN_WAIT_2, TCP_TIME_WAIT,
			TCP_RULE_CLOSE_FIN_ARRIVED, seg);
		tw->fin_wait_2 = false;
		tw->rcv_nxt = end;
		note_timestamp(tw, seg);
		restart(host, tw);
		answer(host, tw, TCP_RULE_ACK_TIME_WAIT);
	}
}

/* Our last ACK's answer, or its like: nothing is wrong, and nothing more is to be said. */
static bool is_quiet(const struct tcpsim_host *host, const struct tcp_time_wait *tw,
	const struct tcp_segment *seg)
{
	if (tcp_segment_span(seg) || !seq_eq(seg->seq, tw->rcv_nxt))
		return false;
	return host->sys.time_wait_rule != TIME_WAIT_ALL ||
	       (seg->flags == TCP_ACK && seq_eq(seg->ack, tw->snd_nxt));
}

/* What is no new connection. */
static void old_segment(
	struct tcpsim_host *host, struct tcp_time_wait *tw, const struct tcp_segment *seg)
{
	bool old = is_old_timestamp(tw, seg);

	if (old)
		drop(host, tw, TCP_RULE_ARRIVE_PAWS, seg);
	if (!old && is_quiet(host, tw, seg)) {
		if (host->sys.time_wait_restarts_on_ack)
			restart(host, tw);
		note_timestamp(tw, seg);
		return;
	}
	if (seg->flags & TCP_FIN ||
		(host->sys.time_wait_restarts_on_ack && (old || seg->flags & TCP_ACK)))
		restart(host, tw); /* §3.10.7.4, eighth: the peer's FIN again restarts 2MSL */
	answer_if_due(host, tw, seg, old ? TCP_RULE_ACK_UNACCEPTABLE : TCP_RULE_ACK_TIME_WAIT);
}

static bool begins_beyond(const struct tcp_time_wait *tw, const struct tcp_segment *seg)
{
	tcp_seq edge = seq_add(tw->rcv_nxt, tw->rcv_wnd);

	return seq_gt(seg->seq, edge) || (seg->len && seq_eq(seg->seq, edge));
}

/*
 * 4.4BSD tcp_input has TIME-WAIT pass the checks of every state: in the window a RST ends it, a SYN
 * resets it (only beyond the window does one open anew), text and FIN are not looked at, and an ACK
 * of what was never sent is answered. False: all that was no concern.
 */
static bool checked(
	struct tcpsim_host *host, struct tcp_time_wait *tw, const struct tcp_segment *seg)
{
	if (host->sys.time_wait_rule != TIME_WAIT_CHECKED || seq_lt(seg->seq, tw->rcv_nxt) ||
		begins_beyond(tw, seg) || is_old_timestamp(tw, seg))
		return false;
	if (seg->flags & TCP_RST && host->sys.rst_ends_time_wait && !host->sys.rfc1337) {
		time_wait_free(host, tw, TCP_RULE_RST_ARRIVED);
	} else if (seg->flags & TCP_RST) {
		drop(host, tw, TCP_RULE_RST_IGNORED, seg);
	} else if (seg->flags & TCP_SYN) {
		say(host, tw, TCP_RST | TCP_ACK, TCP_RULE_RST_SYN_IN_WINDOW);
		tcp_refuse(host, seg, tw->conn.interface, tw->conn.id, TCP_TIME_WAIT,
			TCP_RULE_RST_SYN_IN_WINDOW);
		time_wait_free(host, tw, TCP_RULE_RST_SYN_IN_WINDOW);
	} else if (!(seg->flags & TCP_ACK)) {
		drop(host, tw, TCP_RULE_ARRIVE_NO_ACK, seg);
	} else if (seq_gt(seg->ack, tw->snd_nxt)) {
		answer(host, tw, TCP_RULE_ACK_UNACCEPTABLE);
	} else {
		note_timestamp(tw, seg);
		if (tcp_segment_span(seg))
			drop(host, tw, TCP_RULE_ARRIVE_AFTER_FIN, seg);
	}
	return true;
}

bool time_wait_arrived(struct tcpsim_host *host, struct tcp_time_wait *tw,
	const struct tcp_segment *seg, tcp_seq *iss)
{
	if (tw->fin_wait_2) {
		fin_wait_2_arrived(host, tw, seg);
		return false;
	}
	if (checked(host, tw, seg))
		return false;
	if (seg->flags & TCP_RST) {
		reset_arrived(host, tw, seg);
		return false;
	}
	if (opens_anew(tw, seg) &&
		demux_listener(host, &seg->dst, seg->dst_port, &seg->src, seg->src_port)) {
		*iss = seq_add(tw->snd_nxt, ISS_DISTANCE);
		time_wait_free(host, tw, TCP_RULE_TIME_WAIT_NEW_SYN);
		return true;
	}
	/* RFC 9293 §3.10.7.4, fifth: without ACK there is nothing to answer. */
	if (!(seg->flags & TCP_ACK) && !host->sys.time_wait_acks_fin)
		drop(host, tw, TCP_RULE_ARRIVE_NO_ACK, seg);
	else
		old_segment(host, tw, seg);
	return false;
}

/* --- a new connection of ours in its place --- */

static bool is_loopback(const struct tcpsim_addr *addr)
{
	static const struct tcpsim_addr one = {.b = {[15] = 1}};

	return tcpsim_addr_is_v4(addr) ? addr->b[12] == 127 : tcpsim_addr_eq(addr, &one);
}

int64_t tcp_take_over_wait(const struct tcpsim_host *host, const struct conn *conn, bool bound)
{
	const struct tcp_time_wait *tw = (const struct tcp_time_wait *)conn;
	const struct tcp_profile *sys = &host->sys;
	int64_t now_ms = host->now / MSEC, wait_ms;

	if (conn->kind != CONN_TIME_WAIT || !tw->timestamps || tw->fin_wait_2)
		return INT64_MAX;
	if (bound && sys->tw_reuse_bound)
		return 0;
	if (!sys->tw_reuse || (sys->tw_reuse == TW_REUSE_LOOPBACK && !is_loopback(&conn->local) &&
				      !is_loopback(&conn->remote)))
		return INT64_MAX;
	/* longer than the delay, in the milliseconds that an entry counts */
	wait_ms = sys->tw_reuse_delay / MSEC + 1 - (int64_t)((uint32_t)now_ms - tw->entered_ms);
	return wait_ms > 0 ? (now_ms + wait_ms) * MSEC - host->now : 0;
}

bool tcp_may_take_over(const struct tcpsim_host *host, const struct conn *conn, bool bound)
{
	return tcp_take_over_wait(host, conn, bound) == 0;
}

void time_wait_take_over(struct tcp_tcb *tcb, bool bound)
{
	struct tcpsim_host *host = tcb->host;
	struct conn *conn = demux_find(host, &tcb->conn.local, tcb->conn.local_port,
		&tcb->conn.remote, tcb->conn.remote_port);
	struct tcp_time_wait *tw = (struct tcp_time_wait *)conn;

	if (!conn || !tcp_may_take_over(host, conn, bound))
		return;
	tcb->snd.iss = seq_add(tw->snd_nxt, ISS_DISTANCE);
	tcb->snd.iss.n += !tcb->snd.iss.n; /* 0 stands for none */
	tcb->ts.recent = tw->ts_recent;
	tcb->ts.recent_age_ns = host->now;
	host_count(host, COUNTER_TIME_WAIT_TAKEN);
	time_wait_free(host, tw, TCP_RULE_TIME_WAIT_TAKEN);
}
