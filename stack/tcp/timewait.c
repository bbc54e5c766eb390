#include <host/demux.h>
#include <host/output.h>
#include <host/wheel.h>
#include <tcp/timewait.h>
#include <time_units.h>

#include <stdlib.h>
#include <string.h>
#include <tcp/check.h>
#include <tcp/ecn.h>
#include <tcp/emit.h>
#include <tcp/md5.h>
#include <tcp/options_out.h>
#include <tcp/state.h>
#include <tcp/timers.h>
#include <tcp/window.h>
#include <wire/packet.h>

_Static_assert(sizeof(struct tcp_time_wait) <= 128, "an entry in TIME-WAIT is small");

#define ISS_DISTANCE (65535 + 2) /* from the old numbers: beyond what its window can have held */

/* The entry's one timer. */
static void note_timer(struct tcpsim_host *host, const struct tcp_time_wait *tw,
	enum tcpsim_event_kind kind, int64_t due_ns)
{
	struct tcpsim_event event = {.kind = kind,
		.connection = tw->conn.id,
		.before = TCPSIM_TIME_WAIT,
		.after = TCPSIM_TIME_WAIT,
		.timer = TCPSIM_TIMER_2MSL,
		.deadline_ns = due_ns};

	if (host_listens(host))
		host_event(host, &event);
}

static void expire(struct tcpsim_host *host, struct wheel_timer *wheel)
{
	struct tcp_time_wait *tw = (void *)((char *)wheel - offsetof(struct tcp_time_wait, wheel));

	note_timer(host, tw, TCPSIM_EVENT_TIMER_FIRED, 0);
	time_wait_free(
		host, tw, tw->fin_wait_2 ? TCPSIM_RULE_TIMER_FIN_WAIT_2 : TCPSIM_RULE_TIMER_2MSL);
}

static void restart(struct tcpsim_host *host, struct tcp_time_wait *tw)
{
	int64_t due = tcp_tick_2msl(host);

	wheel_arm(host, &tw->wheel, due);
	note_timer(host, tw, TCPSIM_EVENT_TIMER_SET, due);
}

/* 2MSL from now. */
int64_t tcp_tick_2msl(const struct tcpsim_host *host)
{
	int64_t length = 2 * host->sys.msl, tick = host->sys.tick;

	return tick ? (host->now / tick + length / tick) * tick : host->now + length;
}

void time_wait_free(struct tcpsim_host *host, struct tcp_time_wait *tw, enum tcpsim_rule rule)
{
	if (tw->wheel.armed_ns)
		note_timer(host, tw, TCPSIM_EVENT_TIMER_STOPPED, 0);
	tcp_event_state(host, tw->conn.id, tw->fin_wait_2 ? TCPSIM_FIN_WAIT_2 : TCPSIM_TIME_WAIT,
		TCPSIM_CLOSED, rule, NULL);
	if (tw->tcb)
		tw->tcb->time_wait = NULL;
	if (tw->conn.is_signed)
		md5_end(host, &tw->conn);
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
		(uint16_t)((host->sys.window_rule == TCPSIM_WINDOW_LINUX ? tw->rcv_wnd
									 : tcp_window_next(tcb)) >>
			   tcb->rcv.scale);
	tw->ts_recent = tcb->ts.recent;
	tw->ts_offset = tcb->ts.offset;
	tw->timestamps = tcb->ok.timestamps;
	tw->dscp = tcb->settings.tos >> 2;
	tw->ecn = host->sys.time_wait_keeps_ecn ? tcb->ecn.last_sent : ECN_NOT_ECT;
	tw->ttl = tcb->settings.ttl;
	tw->entered_ms = (uint32_t)(host->now / NSEC_PER_MSEC);
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

void time_wait_enter(struct tcp_tcb *tcb, enum tcpsim_rule rule, const struct tcpsim_segment *cause)
{
	struct tcp_time_wait *tw;

	tcp_enter(tcb, TCPSIM_TIME_WAIT, rule, cause);
	tw = remember(tcb);
	if (tw)
		restart(tcb->host, tw);
	else
		tcb_end(tcb, 0, TCPSIM_RULE_TIME_WAIT_NO_ROOM);
}

void time_wait_enter_fin_wait_2(struct tcp_tcb *tcb, int64_t length_ns)
{
	struct tcp_time_wait *tw = remember(tcb);

	if (!tw) {
		tcb_end(tcb, 0, TCPSIM_RULE_TIME_WAIT_NO_ROOM);
		return;
	}
	tw->fin_wait_2 = true;
	wheel_arm(tcb->host, &tw->wheel, tcb->host->now + length_ns);
	note_timer(tcb->host, tw, TCPSIM_EVENT_TIMER_SET, tcb->host->now + length_ns);
}

static void say(struct tcpsim_host *host, struct tcp_time_wait *tw, uint8_t flags, uint8_t ecn,
	enum tcpsim_rule rule)
{
	struct tcp_segment_offer offer = {.timestamps = tw->timestamps,
		.ts_val = tcp_ts_clock(host, tw->ts_offset),
		.ts_ecr = tw->ts_recent,
		.md5 = md5_room(&tw->conn)};
	uint8_t options[TCPSIM_MAX_OPTIONS_LEN];
	struct tcpsim_segment out = {.src = tw->conn.local,
		.dst = tw->conn.remote,
		.src_port = tw->conn.local_port,
		.dst_port = tw->conn.remote_port,
		.udp_dst_port = tw->conn.udp_port,
		.seq = tw->snd_nxt,
		.ack = tw->rcv_nxt,
		.flags = flags,
		.window = tw->window_field,
		.tos = (uint8_t)(tw->dscp << 2 | ecn),
		.ttl = host->sys.time_wait_keeps_ttl ? tw->ttl : 0,
		.pmtu_mode = tcp_answer_pmtu_mode(host)};

	out.options.raw = options;
	out.options.raw_len = (uint8_t)tcp_options_segment(host->sys.option_order, &offer, options);
	if (md5_sign(host, &tw->conn, &out, options))
		tcp_emit(host, &out, NULL, tw->conn.interface, tw->conn.id, TCPSIM_TIME_WAIT, rule);
}

/* The ACK that TIME-WAIT repeats. */
static void answer(struct tcpsim_host *host, struct tcp_time_wait *tw, enum tcpsim_rule rule)
{
	say(host, tw, TCPSIM_ACK, ECN_NOT_ECT, rule);
}

/* The ACK that the connection itself would send: where a router has a queue for AccECN's flows it is
 * in the same one as the rest. */
static void answer_in_flow(struct tcpsim_host *host, struct tcp_time_wait *tw)
{
	say(host, tw, TCPSIM_ACK, tw->ecn, TCPSIM_RULE_ACK_TIME_WAIT);
}

/* --- a segment for it --- */

struct wait_arrival {
	struct tcpsim_host *host;
	struct tcp_time_wait *tw;
	const struct tcpsim_segment *seg;
	tcpsim_seq iss; /* of the connection that its SYN opens in this one's place */
	bool anew;
};

static enum verdict drop(const struct wait_arrival *a, enum tcpsim_rule rule)
{
	tcp_event_segment(
		a->host, TCPSIM_EVENT_DROP, a->tw->conn.id, TCPSIM_TIME_WAIT, rule, a->seg);
	return DONE;
}

static enum verdict end(const struct wait_arrival *a, enum tcpsim_rule rule)
{
	time_wait_free(a->host, a->tw, rule);
	return DONE;
}

static enum verdict refuse(
	const struct wait_arrival *a, enum tcpsim_state state, enum tcpsim_rule rule)
{
	tcp_refuse(a->host, a->seg, a->tw->conn.interface, a->tw->conn.id, state, rule);
	return end(a, rule);
}

static bool has_timestamp(const struct wait_arrival *a)
{
	return a->tw->timestamps && a->seg->options.present & TCPSIM_HAS_TIMESTAMP;
}

static bool is_old_timestamp(const struct wait_arrival *a)
{
	return has_timestamp(a) && paws_old(a->tw->ts_recent, a->seg->options.ts_val, 0);
}

static void note_timestamp(const struct wait_arrival *a)
{
	if (has_timestamp(a))
		a->tw->ts_recent = a->seg->options.ts_val;
}

/* Linux tcp_timewait_check_oow_rate_limit: empty segments may be an echo of our own. */
static bool answer_is_due(const struct wait_arrival *a)
{
	struct tcp_time_wait *tw = a->tw;
	uint32_t now = (uint32_t)(a->host->now / NSEC_PER_MSEC);

	if (tcp_segment_span(a->seg) && !(a->seg->flags & TCPSIM_SYN))
		return true;
	if (tw->answered_ms &&
		now - tw->answered_ms < a->host->sys.invalid_ratelimit / NSEC_PER_MSEC)
		return false;
	tw->answered_ms = now ? now : 1;
	return true;
}

static enum verdict answer_if_due(const struct wait_arrival *a, enum tcpsim_rule rule)
{
	if (!answer_is_due(a))
		return drop(a, TCPSIM_RULE_ARRIVE_RATE_LIMITED);
	answer(a->host, a->tw, rule);
	return DONE;
}

/* --- FIN-WAIT-2: Linux tcp_timewait_state_process has a connection's checks over again --- */

static enum verdict fin_wait_2_numbers(struct wait_arrival *a)
{
	struct receive_window window = {.nxt = a->tw->rcv_nxt,
		.wnd = a->tw->rcv_wnd,
		.takes_edge = true,
		.takes_shut = true};

	if (!is_old_timestamp(a) && seq_acceptable(&window, a->seg->seq, tcp_segment_span(a->seg)))
		return GO_ON;
	return answer_if_due(a, TCPSIM_RULE_ACK_UNACCEPTABLE);
}

static enum verdict fin_wait_2_rst(struct wait_arrival *a)
{
	return a->seg->flags & TCPSIM_RST ? end(a, TCPSIM_RULE_RST_ARRIVED) : GO_ON;
}

static enum verdict fin_wait_2_syn(struct wait_arrival *a)
{
	if (!(a->seg->flags & TCPSIM_SYN) || tcpsim_seq_lt(a->seg->seq, a->tw->rcv_nxt))
		return GO_ON;
	return refuse(a, TCPSIM_FIN_WAIT_2, TCPSIM_RULE_RST_SYN_IN_WINDOW);
}

static enum verdict fin_wait_2_nothing_new(struct wait_arrival *a)
{
	if (a->seg->flags & TCPSIM_ACK && tcp_segment_span(a->seg) &&
		tcpsim_seq_gt(tcp_segment_end(a->seg), a->tw->rcv_nxt))
		return GO_ON;
	return drop(a, TCPSIM_RULE_ARRIVE_DUPLICATE_TEXT);
}

/* The process is gone: nobody will read it. */
static enum verdict fin_wait_2_text(struct wait_arrival *a)
{
	if (a->seg->flags & TCPSIM_FIN &&
		tcpsim_seq_eq(tcp_segment_end(a->seg), tcpsim_seq_add(a->tw->rcv_nxt, 1)))
		return GO_ON;
	return refuse(a, TCPSIM_FIN_WAIT_2,
		a->seg->flags & TCPSIM_SYN ? TCPSIM_RULE_RST_SYN_IN_WINDOW
					   : TCPSIM_RULE_RST_DATA_AFTER_CLOSE);
}

static enum verdict fin_wait_2_fin(struct wait_arrival *a)
{
	struct tcp_time_wait *tw = a->tw;

	tcp_event_state(a->host, tw->conn.id, TCPSIM_FIN_WAIT_2, TCPSIM_TIME_WAIT,
		TCPSIM_RULE_CLOSE_FIN_ARRIVED, a->seg);
	tw->fin_wait_2 = false;
	tw->rcv_nxt = tcp_segment_end(a->seg);
	note_timestamp(a);
	restart(a->host, tw);
	answer_in_flow(a->host, tw);
	return DONE;
}

/* --- TIME-WAIT as 4.4BSD tcp_input has it: the checks of every state --- */

static bool begins_beyond(const struct wait_arrival *a)
{
	tcpsim_seq edge = tcpsim_seq_add(a->tw->rcv_nxt, a->tw->rcv_wnd);

	return tcpsim_seq_gt(a->seg->seq, edge) ||
	       (a->seg->len && tcpsim_seq_eq(a->seg->seq, edge));
}

/* Text and FIN are not looked at; what lies before or beyond is no concern of these. */
static bool is_checked(const struct wait_arrival *a)
{
	return a->host->sys.time_wait_rule == TCPSIM_TIME_WAIT_CHECKED &&
	       tcpsim_seq_ge(a->seg->seq, a->tw->rcv_nxt) && !begins_beyond(a) &&
	       !is_old_timestamp(a);
}

static enum verdict bsd_rst(struct wait_arrival *a)
{
	if (!is_checked(a) || !(a->seg->flags & TCPSIM_RST))
		return GO_ON;
	if (a->host->sys.rst_ends_time_wait && !a->host->sys.rfc1337)
		return end(a, TCPSIM_RULE_RST_ARRIVED);
	return drop(a, TCPSIM_RULE_RST_IGNORED);
}

/* In the window it resets; only beyond does one open anew. */
static enum verdict bsd_syn(struct wait_arrival *a)
{
	if (!is_checked(a) || !(a->seg->flags & TCPSIM_SYN))
		return GO_ON;
	say(a->host, a->tw, TCPSIM_RST | TCPSIM_ACK, ECN_NOT_ECT, TCPSIM_RULE_RST_SYN_IN_WINDOW);
	return refuse(a, TCPSIM_TIME_WAIT, TCPSIM_RULE_RST_SYN_IN_WINDOW);
}

static enum verdict bsd_ack(struct wait_arrival *a)
{
	if (!is_checked(a))
		return GO_ON;
	if (!(a->seg->flags & TCPSIM_ACK))
		return drop(a, TCPSIM_RULE_ARRIVE_NO_ACK);
	if (tcpsim_seq_gt(a->seg->ack, a->tw->snd_nxt)) { /* of what was never sent */
		answer(a->host, a->tw, TCPSIM_RULE_ACK_UNACCEPTABLE);
		return DONE;
	}
	note_timestamp(a);
	if (tcp_segment_span(a->seg))
		drop(a, TCPSIM_RULE_ARRIVE_AFTER_FIN);
	return DONE;
}

/* --- TIME-WAIT --- */

/* RFC 1337: a RST must not end TIME-WAIT; RFC 9293 lets it. */
static enum verdict wait_rst(struct wait_arrival *a)
{
	if (!(a->seg->flags & TCPSIM_RST))
		return GO_ON;
	if (a->host->sys.rst_ends_time_wait && !a->host->sys.rfc1337 &&
		tcpsim_seq_eq(a->seg->seq, a->tw->rcv_nxt))
		return end(a, TCPSIM_RULE_RST_ARRIVED);
	return drop(a, TCPSIM_RULE_RST_IGNORED);
}

/* RFC 9293 §3.10.7.4 and RFC 6191: beyond what was received, or newer by its timestamp. */
static bool opens_anew(const struct wait_arrival *a)
{
	if ((a->seg->flags & (TCPSIM_SYN | TCPSIM_RST | TCPSIM_ACK)) != TCPSIM_SYN ||
		is_old_timestamp(a))
		return false;
	return tcpsim_seq_gt(a->seg->seq, a->tw->rcv_nxt) ||
	       (has_timestamp(a) && a->seg->options.ts_val != a->tw->ts_recent);
}

static enum verdict wait_syn(struct wait_arrival *a)
{
	const struct tcpsim_segment *seg = a->seg;

	if (!opens_anew(a))
		return GO_ON;
	if (!demux_listener(a->host, &seg->dst, seg->dst_port, &seg->src, seg->src_port)) {
		if (!a->host->sys.invalid_ratelimit)
			return GO_ON;
		/* Linux tcp_v4_rcv, TCP_TW_SYN: an answer that no limit counts */
		answer_in_flow(a->host, a->tw);
		return DONE;
	}
	a->iss = tcpsim_seq_add(a->tw->snd_nxt, ISS_DISTANCE);
	a->anew = true;
	return end(a, TCPSIM_RULE_TIME_WAIT_NEW_SYN);
}

/* RFC 9293 §3.10.7.4, fifth: without ACK there is nothing to answer. */
static enum verdict wait_ack_flag(struct wait_arrival *a)
{
	if (a->seg->flags & TCPSIM_ACK || a->host->sys.time_wait_acks_fin)
		return GO_ON;
	return drop(a, TCPSIM_RULE_ARRIVE_NO_ACK);
}

/* Our last ACK's answer, or its like: nothing is wrong, and nothing more is to be said. */
static bool is_quiet(const struct wait_arrival *a)
{
	if (tcp_segment_span(a->seg) || !tcpsim_seq_eq(a->seg->seq, a->tw->rcv_nxt))
		return false;
	return a->host->sys.time_wait_rule != TCPSIM_TIME_WAIT_ALL ||
	       (a->seg->flags == TCPSIM_ACK && tcpsim_seq_eq(a->seg->ack, a->tw->snd_nxt));
}

/* What is no new connection. */
static enum verdict wait_old(struct wait_arrival *a)
{
	bool old = is_old_timestamp(a), restarts = a->host->sys.time_wait_restarts_on_ack;

	if (old)
		drop(a, TCPSIM_RULE_ARRIVE_PAWS);
	if (!old && is_quiet(a)) {
		if (restarts)
			restart(a->host, a->tw);
		note_timestamp(a);
		return DONE;
	}
	/* §3.10.7.4, eighth: the peer's FIN again restarts 2MSL */
	if (a->seg->flags & TCPSIM_FIN || (restarts && (old || a->seg->flags & TCPSIM_ACK)))
		restart(a->host, a->tw);
	return answer_if_due(a, old ? TCPSIM_RULE_ACK_UNACCEPTABLE : TCPSIM_RULE_ACK_TIME_WAIT);
}

/* --- the tables --- */

typedef enum verdict (*wait_check)(struct wait_arrival *a);

static const wait_check FIN_WAIT_2[] = {
	fin_wait_2_numbers,
	fin_wait_2_rst,
	fin_wait_2_syn,
	fin_wait_2_nothing_new,
	fin_wait_2_text,
	fin_wait_2_fin,
	NULL,
};

static const wait_check TIME_WAIT[] = {
	bsd_rst,
	bsd_syn,
	bsd_ack,
	wait_rst,
	wait_syn,
	wait_ack_flag,
	wait_old,
	NULL,
};

bool time_wait_arrived(struct tcpsim_host *host, struct tcp_time_wait *tw,
	const struct tcpsim_segment *seg, tcpsim_seq *iss)
{
	struct wait_arrival a = {.host = host, .tw = tw, .seg = seg, .iss = *iss};

	for (const wait_check *check = tw->fin_wait_2 ? FIN_WAIT_2 : TIME_WAIT; *check; check++)
		if ((*check)(&a) == DONE)
			break;
	*iss = a.iss;
	return a.anew;
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
	const struct tcpsim_profile *sys = &host->sys;
	int64_t now_ms = host->now / NSEC_PER_MSEC, wait_ms;

	if (conn->kind != CONN_TIME_WAIT || !tw->timestamps || tw->fin_wait_2)
		return INT64_MAX;
	if (bound && sys->tw_reuse_bound)
		return 0;
	if (!sys->tw_reuse || (sys->tw_reuse == TCPSIM_TW_REUSE_LOOPBACK &&
				      !is_loopback(&conn->local) && !is_loopback(&conn->remote)))
		return INT64_MAX;
	/* longer than the delay, in the milliseconds that an entry counts */
	wait_ms = sys->tw_reuse_delay / NSEC_PER_MSEC + 1 -
		  (int64_t)((uint32_t)now_ms - tw->entered_ms);
	return wait_ms > 0 ? (now_ms + wait_ms) * NSEC_PER_MSEC - host->now : 0;
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
	tcb->snd.iss = tcpsim_seq_add(tw->snd_nxt, ISS_DISTANCE);
	tcb->snd.iss.n += !tcb->snd.iss.n; /* 0 stands for none */
	tcb->ts.recent = tw->ts_recent;
	tcb->ts.recent_age_ns = host->now;
	host_count(host, COUNTER_TIME_WAIT_TAKEN);
	time_wait_free(host, tw, TCPSIM_RULE_TIME_WAIT_TAKEN);
}
