/* The order of the checks, and SYN-SENT. See arrive.h. */
#include <tcp/arrive.h>

#include <errno.h>
#include <host/short_path.h>
#include <tcp/ack.h>
#include <tcp/arrival.h>
#include <tcp/calls.h>
#include <tcp/checks.h>
#include <tcp/delack.h>
#include <tcp/delack_linux.h>
#include <tcp/ecn.h>
#include <tcp/emit.h>
#include <tcp/fastopen.h>
#include <tcp/fastopen_client.h>
#include <tcp/listen.h>
#include <tcp/output.h>
#include <tcp/prediction.h>
#include <tcp/sender_ack.h>
#include <tcp/sender_timer.h>
#include <tcp/text.h>
#include <tcp/timers.h>
#include <tcp/window.h>
#include <wire/packet.h>

static const struct {
	const char *ref; /* of RFC 9293 §3.10.7.4 */
	enum verdict (*run)(struct arrival *a);
} CHECK[] = {
	{"before all, on Linux", check_ack_flag},
	{"RFC 7323 §5.3, before the first", check_timestamp},
	{"first: sequence number", check_sequence},
	{"second: RST", check_rst},
	{"fourth: SYN", check_syn},
	{"fifth: ACK", check_ack},
	{"sixth: URG", check_urg},
	{"seventh: text", take_text},
	{"eighth: FIN", take_fin},
};

static void note_heard(struct tcp_tcb *tcb, const struct tcpsim_segment *seg)
{
	tcb->count.segs_in++;
	if (seg->len)
		tcb->count.data_segs_in++;
	tcb->last_heard_ns = tcb_now(tcb);
	tcb->keepalive_sent = 0;
	tcb->touched = true;
}

static bool stamp_is_expected(const struct arrival *a)
{
	const struct tcpsim_options *o = &a->seg->options;

	return !a->tcb->ok.timestamps ||
	       (o->present & TCPSIM_HAS_TIMESTAMP && (int32_t)(o->ts_val - a->tcb->ts.recent) >= 0);
}

/*
 * Header prediction as 4.4BSD has it (tcp_input's first test), here for what the checks before the
 * fifth would find: the next segment in sequence, within the window, its timestamp not behind the
 * last one, and no flag but ACK, PSH and FIN. Each of them would let it pass and change nothing but
 * what take_expected() does.
 */
static bool is_expected(const struct arrival *a)
{
	const struct tcp_tcb *tcb = a->tcb;
	uint32_t span = a->len + a->fin;

	return host_takes_short_path(tcb->host) && tcb->state >= TCPSIM_ESTABLISHED &&
	       (a->seg->flags & ~(TCPSIM_PSH | TCPSIM_FIN)) == TCPSIM_ACK &&
	       tcpsim_seq_eq(a->seq, tcb->rcv.nxt) && !tcb->rcv.urgent && stamp_is_expected(a) &&
	       (!span || (span <= tcp_window_open(tcb) && tcp_window_acceptable(tcb)));
}

static void take_expected(struct arrival *a)
{
	a->ts_advances = true;
	if (check_expected_ack(a) == GO_ON && a->len + a->fin && take_text(a) == GO_ON && a->fin)
		take_fin(a);
}

static void run_checks(struct arrival *a)
{
	if (is_expected(a)) {
		take_expected(a);
		return;
	}
	for (size_t i = 0; i < sizeof(CHECK) / sizeof(CHECK[0]); i++)
		if (CHECK[i].run(a) == DONE)
			return;
}

/* May what waits leave now? Linux looks after each segment that it has heard out, but where
 * nothing could have changed: predicted text that acknowledges nothing (tcp_data_snd_check). */
static bool sets_going(const struct arrival *a, tcpsim_seq una, bool connecting)
{
	if (!tcb_sys(a->tcb)->push_by_write || connecting)
		return true;
	return a->lets_go || (a->heard && !(a->predicted && tcpsim_seq_eq(a->seg->ack, una)));
}

void arrive_segment(struct tcp_tcb *tcb, const struct wire_packet *in, struct tcpsim_packet *packet)
{
	struct arrival a = {.tcb = tcb,
		.seg = &in->segment,
		.packet = packet,
		.seq = in->segment.seq,
		.len = in->segment.len,
		.fin = in->segment.flags & TCPSIM_FIN};
	tcpsim_seq una = tcb->snd.una;
	bool connecting;

	if (a.len && !owned_text(packet, a.seg->payload, a.len, &a.text))
		return; /* without memory it is as if the wire had lost it */
	if (a.len || a.fin)
		a.memory = truesize_of_packet((uint32_t)tcpsim_packet_len(packet));
	note_heard(tcb, a.seg);
	connecting = tcb->state == TCPSIM_SYN_SENT;
	a.predicted = prediction_holds(&a);
	if (connecting)
		arrive_syn_sent(&a);
	else
		run_checks(&a);
	if (a.ack_is_too_old && !tcb->dead && !tcb->finished)
		arrival_challenge(&a);
	if (!tcb->dead && !tcb->finished && sets_going(&a, una, connecting)) {
		tcp_output(tcb);
		if (!tcb->dead && !tcb->finished)
			tcp_check_space(tcb);
	}
	/* Linux tcp_ack_snd_check(): where the segment was dropped, nobody looks what is owed */
	if (!tcb->dead && !tcb->finished && !connecting && (a.heard || a.ack_is_too_old))
		delack_settle(tcb);
	tcb_sweep(tcb);
}

/* Segments of the peer carry timestamps from now on: so much less of its text. */
static void count_options(struct tcp_tcb *tcb)
{
	tcb->rcv.unit =
		(uint16_t)tcp_window_segment(tcb_sys(tcb), tcb->rcv.adv_mss, tcb->ok.timestamps);
}

void arrive_established(
	struct tcp_tcb *tcb, enum tcpsim_rule rule, const struct tcpsim_segment *cause)
{
	tcp_enter(tcb, TCPSIM_ESTABLISHED, rule, cause);
	tcb->handshake_done = true;
	tcb->connect_done = true;
	tcp_timer_stop(tcb, TCPSIM_TIMER_GIVE_UP);
	tcp_timer_stop(tcb, TCPSIM_TIMER_RETRANSMIT);
	tcb->soft_error = 0;
	tcb->last_data_heard_ns = tcb_now(tcb); /* as Linux's lrcvtime: counted from here */
	tcb_update_mss(tcb, false);
	count_options(tcb);
	tcb->last_data_heard_ns = tcb_now(tcb); /* what TCP_INFO counts from */
	if (tcb->ok.fastopen_in) {		/* which began when the SYN came */
		tcb->loss.delivered++;
		tcb->sender.retransmits = 0; /* Linux tcp_rcv_synrecv_state_fastopen */
		/* Text may be out already, and the timer was the SYN,ACK's (RFC 6298 §5.1). */
		sender_restart_timer(tcb);
	} else {
		sender_established(tcb, cause);
		tcp_window_established(tcb);
	}
	prediction_begin(tcb);
	tcp_keepalive_restart(tcb);
	if (tcb->passive && tcb->listener)
		listener_completed(tcb);
	socket_wake(tcb->socket, POLLOUT | POLLWRNORM);
}

void arrive_closed_meanwhile(struct tcp_tcb *tcb, const struct tcpsim_segment *cause)
{
	if (tcb->fin_queued)
		tcp_enter(tcb, TCPSIM_FIN_WAIT_1, TCPSIM_RULE_CLOSE_CALL, cause);
}

/* --- SYN-SENT, RFC 9293 §3.10.7.3 --- */

static bool ack_covers_syn(const struct tcp_tcb *tcb, const struct tcpsim_segment *seg)
{
	return tcpsim_seq_gt(seg->ack, tcb->snd.iss) && tcpsim_seq_le(seg->ack, tcb->snd.nxt);
}

static void take_syn_options(struct tcp_tcb *tcb, const struct tcpsim_segment *seg)
{
	const struct tcpsim_options *o = &seg->options;
	const struct tcpsim_profile *sys = tcb_sys(tcb);
	bool none = tcb->settings.no_options;
	bool asked = !(sys->syn_drop_options && tcb->syn_retransmits > 2) && !none;

	tcb->ok.timestamps = asked && sys->timestamps && o->present & TCPSIM_HAS_TIMESTAMP;
	tcb->ok.sack = asked && sys->sack && o->present & TCPSIM_HAS_SACK_PERMITTED;
	tcb->ok.window_scaling = asked && sys->window_scaling && o->present & TCPSIM_HAS_WSCALE;
	if (o->present & TCPSIM_HAS_MSS && o->mss)
		tcb->snd.peer_mss = o->mss;
	if (sys->maxseg_cuts_option && tcb->settings.max_segment &&
		tcb->snd.peer_mss > tcb->settings.max_segment)
		tcb->snd.peer_mss = tcb->settings.max_segment;
	if (tcb->ok.timestamps) {
		tcb->ts.recent = o->ts_val;
		tcb->ts.recent_age_ns = tcb_now(tcb);
	}
	if (tcb->ok.window_scaling) {
		tcb->snd.scale = o->wscale > 14 ? 14 : o->wscale; /* RFC 7323 §2.3 */
	} else {
		tcb->rcv.scale = 0;
		if (tcb->tuning.clamp > UINT16_MAX)
			tcb->tuning.clamp = UINT16_MAX;
	}
	tcb->syn_came = true;
	tcb->rcv.irs = seg->seq;
	tcb->rcv.nxt = tcb->rcv.acked = tcb->rcv.wup = tcpsim_seq_add(seg->seq, 1);
	tcb->snd.wnd = tcb->snd.max_wnd = seg->window; /* RFC 7323 §2.2: not scaled on a SYN */
	tcb->snd.wl1 = seg->seq;
	tcb->snd.wl2 = seg->ack;
}

/* Linux: text is about to be written that may carry it: the process has said so, or sits in a call
 * that writes. */
static bool third_ack_waits(struct tcp_tcb *tcb, const struct tcpsim_segment *seg)
{
	bool writing = tcb->fastopen && tcb->fastopen->writing && !seg->len;

	if (tcb_sys(tcb)->delack_rule != TCPSIM_DELACK_LINUX)
		return writing;
	if (!writing && !tcb->settings.defer_accept &&
		tcb->delack.pingpong < tcb_sys(tcb)->pingpong_threshold)
		return false;
	delack_handshake(tcb);
	return true;
}

static void syn_ack_arrived(struct arrival *a)
{
	struct tcp_tcb *tcb = a->tcb;
	const struct tcpsim_segment *seg = a->seg;
	bool text_taken;

	take_syn_options(tcb, seg);
	ecn_syn_ack_arrived(tcb, seg);
	tcb->snd.una = tcpsim_seq_add(tcb->snd.iss, 1);
	tcb_count_syn_acked(tcb);
	tcb_update_mss(tcb, false);
	delack_start(tcb);
	sender_handshake_rtt(tcb, seg);
	arrive_established(tcb, TCPSIM_RULE_ARRIVE_SYN_SENT_SYN_ACK, seg);
	text_taken = fastopen_client_answered(tcb, seg) || tcb_sys(tcb)->synack_data;
	arrive_closed_meanwhile(tcb, seg);
	if (!third_ack_waits(tcb, seg))
		tcb->ack_now = tcb->ack_handshake = true;
	a->seq = tcpsim_seq_add(seg->seq, 1);
	a->with_syn = true;
	if (!text_taken) {
		a->len = 0;
		a->fin = a->fin && !seg->len && tcb_sys(tcb)->synack_fin;
	}
	if (check_urg(a) == GO_ON && take_text(a) == GO_ON)
		take_fin(a);
}

/* Simultaneous open: both sent a SYN before either saw one. */
static void syn_crossed(struct arrival *a)
{
	struct tcp_tcb *tcb = a->tcb;
	uint8_t scale = tcb->rcv.scale;
	uint32_t clamp = tcb->tuning.clamp;

	take_syn_options(tcb, a->seg);
	/* Linux's SYN,ACK repeats our scale, which stays that of the windows we tell */
	if (tcb_sys(tcb)->crossing_repeats_options) {
		tcb->rcv.scale = scale;
		tcb->tuning.clamp = clamp;
	}
	ecn_syn_arrived(tcb, a->seg);
	tcb->simultaneous = true;
	tcb_update_mss(tcb, false);
	delack_start(tcb);
	if (tcb_sys(tcb)->rcvbuf_mss_rounded) /* FreeBSD tcp_mss(): with the peer's SYN */
		tcp_window_established(tcb);
	tcp_enter(tcb, TCPSIM_SYN_RCVD, TCPSIM_RULE_ARRIVE_SYN_SENT_SYN, a->seg);
	tcp_send_syn(tcb, TCPSIM_RULE_SEND_SYN_ACK);
	tcb->crossing_syn_ack_ns = tcb_now(tcb);
	/* RFC 6298 §5.1: what runs for our SYN runs on */
	if (!tcp_timer_runs(tcb, TCPSIM_TIMER_RETRANSMIT))
		tcp_syn_timer_start(tcb);
	if (a->len && tcb_sys(tcb)->simultaneous_open_data) {
		a->seq = tcpsim_seq_add(a->seg->seq, 1);
		/* RFC 9293 §3.10.7.3: queued until ESTABLISHED; a FIN with it will come again */
		recvq_insert(&tcb->recvq, &a->text, a->seq, a->len, a->memory, 0);
	}
}

/* Linux tcp_rcv_synsent_state_process: between our first SYN's timestamp and now. */
static bool echo_is_ours(const struct tcp_tcb *tcb, const struct tcpsim_segment *seg)
{
	uint32_t now = tcp_ts_clock(tcb->host, tcb->ts.offset), echo = seg->options.ts_ecr;
	uint32_t age = (uint32_t)((tcb_now(tcb) - tcb->first_syn_ns) / tcb_sys(tcb)->ts_tick);

	if (!tcb_sys(tcb)->synack_echo_checked || !(seg->options.present & TCPSIM_HAS_TIMESTAMP) ||
		!echo)
		return true;
	return now - echo <= age + 1;
}

void arrive_syn_sent(struct arrival *a)
{
	struct tcp_tcb *tcb = a->tcb;
	const struct tcpsim_segment *seg = a->seg;
	bool acks = seg->flags & TCPSIM_ACK && ack_covers_syn(tcb, seg);

	if (seg->flags & TCPSIM_ACK && !acks) { /* first */
		tcp_event_drop(tcb, TCPSIM_RULE_ARRIVE_SYN_SENT_BAD_ACK, seg);
		if (tcb_sys(tcb)->syn_resend_delay && !tcb->syn_retransmits)
			tcp_timer_set(tcb, TCPSIM_TIMER_RETRANSMIT,
				tcb_now(tcb) + tcb_sys(tcb)->syn_resend_delay);
		tcp_refuse(tcb->host, seg, tcb->conn.interface, tcb->conn.id, tcb->state,
			TCPSIM_RULE_ARRIVE_SYN_SENT_BAD_ACK);
	} else if (acks && !echo_is_ours(tcb, seg)) {
		tcp_event_drop(tcb, TCPSIM_RULE_ARRIVE_SYN_SENT_BAD_ECHO, seg);
		tcp_refuse(tcb->host, seg, tcb->conn.interface, tcb->conn.id, tcb->state,
			TCPSIM_RULE_ARRIVE_SYN_SENT_BAD_ECHO);
	} else if (seg->flags & TCPSIM_RST) { /* second */
		if (acks) {
			host_count(tcb->host, COUNTER_ATTEMPT_FAILS);
			tcb_end(tcb, ECONNREFUSED, TCPSIM_RULE_CONNECT_REFUSED);
		} else {
			tcp_event_drop(tcb, TCPSIM_RULE_RST_IGNORED, seg);
		}
	} else if (!(seg->flags & TCPSIM_SYN)) { /* fifth */
		tcp_event_drop(tcb, TCPSIM_RULE_ARRIVE_SYN_SENT_NOTHING, seg);
	} else if (acks) { /* fourth */
		syn_ack_arrived(a);
	} else {
		syn_crossed(a);
	}
}

void arrive_syn_text(
	struct tcp_tcb *tcb, const struct wire_packet *in, struct tcpsim_packet *packet)
{
	struct arrival a = {.tcb = tcb,
		.seg = &in->segment,
		.packet = packet,
		.memory = truesize_of_packet((uint32_t)tcpsim_packet_len(packet)),
		.seq = tcpsim_seq_add(in->segment.seq, 1),
		.len = in->segment.len,
		.with_syn = true,
		.fin = in->segment.flags & TCPSIM_FIN};

	if (owned_text(packet, a.seg->payload, a.len, &a.text) && take_text(&a) == GO_ON)
		take_fin(&a);
}
