/* A segment for an entry of the incomplete queue: RFC 9293 §3.10.7.4 in the order that the systems
 * have, one table of checks for each kind of entry. */
#include <host/demux.h>
#include <tcp/check.h>
#include <tcp/ecn.h>
#include <tcp/emit.h>
#include <tcp/md5.h>
#include <tcp/request.h>
#include <tcp/request_arrive.h>
#include <tcp/state.h>
#include <tcp/syn_cache.h>
#include <wire/packet.h>
#include <wire/wire.h>

/* --- a segment for an entry --- */

/* Linux tcp_oow_rate_limited: what has text or a FIN is no part of a loop of ACKs; the challenge
 * of a RST is limited all the same. */
static bool answered_lately(
	struct tcpsim_host *host, struct tcp_request *request, const struct tcpsim_segment *in)
{
	uint16_t now = request_age(host, request);
	int64_t limit = host->sys.invalid_ratelimit / (REQUEST_TICK_MS * 1000000);

	if (tcp_segment_span(in) && !(in->flags & (TCPSIM_SYN | TCPSIM_RST)))
		return false;
	if (request->answered_at && now - request->answered_at < limit)
		return true;
	request->answered_at = now ? now : 1;
	return false;
}

static void say(struct tcpsim_host *host, struct tcp_request *request, uint8_t flags, uint8_t tos,
	enum tcpsim_rule rule)
{
	struct tcp_segment_offer offer = {.timestamps = request->timestamps,
		.ts_val = tcp_ts_clock(host, tcp_choose_ts_offset(host, &request->conn)),
		.ts_ecr = request->ts_recent,
		.md5 = md5_room(&request->conn)};
	uint8_t options[TCPSIM_MAX_OPTIONS_LEN];
	struct tcp_syn_offer unused = {0};
	struct tcp_first_window first;
	struct tcpsim_segment out = {.src = request->conn.local,
		.dst = request->conn.remote,
		.src_port = request->conn.local_port,
		.dst_port = request->conn.remote_port,
		.udp_dst_port = request->conn.udp_port,
		.seq = tcpsim_seq_add(request->iss, 1),
		.ack = tcpsim_seq_add(request->irs, 1),
		.flags = flags,
		.tos = tos,
		.pmtu_mode = tcp_answer_pmtu_mode(host)};

	request_fill_offer(host, request, NULL, false, &unused, &first);
	/* Linux tcp_synack_window: as the SYN,ACK could tell it */
	out.window =
		(uint16_t)((first.window < UINT16_MAX ? first.window : UINT16_MAX) >> first.scale);
	out.options.raw = options;
	out.options.raw_len = (uint8_t)tcp_options_segment(host->sys.option_order, &offer, options);
	if (md5_sign(host, &request->conn, &out, options))
		tcp_emit(host, &out, NULL, request->conn.interface, request->conn.id,
			TCPSIM_SYN_RCVD, rule);
}

static void acknowledge(struct tcpsim_host *host, struct tcp_request *request,
	const struct tcpsim_segment *in, enum tcpsim_rule rule)
{
	if (!answered_lately(host, request, in))
		say(host, request, TCPSIM_ACK, host->sys.answer_reflects_tos ? in->tos & ~3u : 0,
			rule);
}

void request_reset(struct tcpsim_host *host, struct tcp_request *request, enum tcpsim_rule rule)
{
	say(host, request, TCPSIM_RST | TCPSIM_ACK, 0, rule);
}

static void syn_again(
	struct tcpsim_host *host, struct tcp_request *request, const struct tcpsim_segment *seg)
{
	request_drop(host, request->conn.id, TCPSIM_SYN_RCVD, TCPSIM_RULE_LISTEN_SYN_AGAIN, seg);
	if (host->sys.syn_again_limited && answered_lately(host, request, seg))
		return;
	if (request->timestamps && seg->options.present & TCPSIM_HAS_TIMESTAMP &&
		!host->sys.syn_again_limited)
		request->ts_recent = seg->options.ts_val;
	ecn_request_syn_again(request, seg);
	if (request->resends < UINT8_MAX)
		request->resends++;
	request_send_syn_ack(host, request, NULL, false, TCPSIM_RULE_LISTEN_SYN_AGAIN);
	/* FreeBSD syncache_add, Linux tcp_check_req: the timer begins anew */
	if (host->sys.syn_cache || host->sys.syn_again_limited)
		request_arm(host, request);
}

/* What is looked at, and by whom. */
struct request_arrival {
	struct tcpsim_host *host;
	struct tcp_request *request;
	const struct wire_packet *in;
	const struct tcpsim_segment *seg;
	struct tcpsim_packet *packet;
};

static enum verdict drop(const struct request_arrival *a, enum tcpsim_rule rule)
{
	request_drop(a->host, a->request->conn.id, TCPSIM_SYN_RCVD, rule, a->seg);
	return DONE;
}

static enum verdict refuse(const struct request_arrival *a, enum tcpsim_rule rule)
{
	tcp_refuse(
		a->host, a->seg, a->packet->interface, a->request->conn.id, TCPSIM_SYN_RCVD, rule);
	return DONE;
}

/* --- what a check asks --- */

/* The window is the one that the SYN,ACK told. */
static bool in_window(const struct request_arrival *a)
{
	uint32_t told = a->request->own_window;
	struct receive_window window = {.nxt = tcpsim_seq_add(a->request->irs, 1),
		.wnd = told < UINT16_MAX ? told : UINT16_MAX,
		.takes_edge = a->host->sys.syn_again_limited}; /* Linux tcp_in_window */

	return seq_acceptable(&window, a->seg->seq, tcp_segment_span(a->seg));
}

static bool has_timestamp(const struct request_arrival *a)
{
	return a->request->timestamps && a->seg->options.present & TCPSIM_HAS_TIMESTAMP;
}

static bool is_old_timestamp(const struct request_arrival *a)
{
	return has_timestamp(a) && paws_old(a->request->ts_recent, a->seg->options.ts_val, 0);
}

/* Linux: neither before the first SYN,ACK's, nor after the last one's. */
static bool echoes_us(const struct request_arrival *a)
{
	struct tcpsim_host *host = a->host;
	const struct tcp_request *request = a->request;
	int64_t tick = host->sys.ts_tick,
		since = host->now - request_created_ns(request, host->now);
	uint32_t echo = a->seg->options.ts_ecr, first;

	if (!host->sys.handshake_echo_checked || !has_timestamp(a) || !echo)
		return true;
	first = tcp_ts_clock(host, tcp_choose_ts_offset(host, &request->conn)) -
		(uint32_t)(since / tick) - 1;
	return echo - first <= request->ts_last - first;
}

static bool is_bare_syn(const struct tcpsim_segment *seg)
{
	return (seg->flags & (TCPSIM_SYN | TCPSIM_ACK | TCPSIM_RST)) == TCPSIM_SYN;
}

/* Its SYN once more, with an ACK or without. */
static bool is_same_syn(const struct request_arrival *a)
{
	return a->seg->flags & TCPSIM_SYN && tcpsim_seq_eq(a->seg->seq, a->request->irs);
}

static bool acks_our_syn(const struct request_arrival *a)
{
	return tcpsim_seq_eq(a->seg->ack, tcpsim_seq_add(a->request->iss, 1));
}

/* --- the checks --- */

/* FreeBSD syncache_add: any SYN draws the SYN,ACK again. */
static enum verdict check_any_syn(struct request_arrival *a)
{
	if (!is_bare_syn(a->seg))
		return GO_ON;
	syn_again(a->host, a->request, a->seg);
	return DONE;
}

/* FreeBSD tcp_input: a SYN,ACK ends the entry silently. */
static enum verdict check_syn_ack(struct request_arrival *a)
{
	if (!(a->seg->flags & TCPSIM_SYN) || a->seg->flags & TCPSIM_RST)
		return GO_ON;
	request_free(a->host, a->request, TCPSIM_RULE_LISTEN_ENTRY_RESET);
	return DONE;
}

/* The handshake's own SYN again; PAWS comes before it on Linux. */
static enum verdict check_same_syn(struct request_arrival *a)
{
	if (!is_bare_syn(a->seg) || !is_same_syn(a) ||
		(a->host->sys.syn_again_limited && is_old_timestamp(a)))
		return GO_ON;
	syn_again(a->host, a->request, a->seg);
	return DONE;
}

static enum verdict check_rst(struct request_arrival *a)
{
	const struct tcpsim_profile *sys = &a->host->sys;
	bool exact = tcpsim_seq_eq(a->seg->seq, tcpsim_seq_add(a->request->irs, 1));

	if (!(a->seg->flags & TCPSIM_RST))
		return GO_ON;
	if (!in_window(a))
		return drop(a, TCPSIM_RULE_RST_IGNORED);
	if (!exact && sys->handshake_rst_exact && sys->rst_accept != TCPSIM_RST_ACCEPT_WINDOW) {
		drop(a, TCPSIM_RULE_RST_CHALLENGED);
		acknowledge(a->host, a->request, a->seg, TCPSIM_RULE_ACK_CHALLENGE);
		return DONE;
	}
	host_count(a->host, COUNTER_ATTEMPT_FAILS);
	request_free(a->host, a->request, TCPSIM_RULE_LISTEN_ENTRY_RESET);
	return DONE;
}

/* An ACK of something else: RST, and the entry stays. */
static enum verdict check_ack_number(struct request_arrival *a)
{
	if (!(a->seg->flags & TCPSIM_ACK) || acks_our_syn(a))
		return GO_ON;
	return refuse(a, TCPSIM_RULE_RST_UNACCEPTABLE_ACK);
}

/* Not for the numbers that the entry stands for. BSD cuts its SYN off before it looks; Linux
 * tcp_check_req() afterwards, so that a SYN,ACK with nothing behind it is outside. */
static enum verdict check_sequence(struct request_arrival *a)
{
	if (in_window(a) || (is_same_syn(a) && !a->host->sys.syn_again_limited))
		return GO_ON;
	drop(a, TCPSIM_RULE_ARRIVE_UNACCEPTABLE_SEQ);
	if (a->host->sys.handshake_rule == TCPSIM_HANDSHAKE_CONNECTION)
		/* 4.4BSD tcp_outflags[TCPS_SYN_RECEIVED] */
		request_send_syn_ack(
			a->host, a->request, NULL, false, TCPSIM_RULE_ACK_UNACCEPTABLE);
	else
		acknowledge(a->host, a->request, a->seg, TCPSIM_RULE_ACK_UNACCEPTABLE);
	return DONE;
}

static enum verdict check_timestamp(struct request_arrival *a)
{
	if (!is_old_timestamp(a) && echoes_us(a))
		return GO_ON;
	drop(a, TCPSIM_RULE_ARRIVE_PAWS);
	acknowledge(a->host, a->request, a->seg, TCPSIM_RULE_ACK_UNACCEPTABLE);
	return DONE;
}

/* §3.10.7.4, fourth: back to LISTEN. */
static enum verdict check_syn(struct request_arrival *a)
{
	const struct tcpsim_profile *sys = &a->host->sys;

	if (!(a->seg->flags & TCPSIM_SYN) || is_same_syn(a))
		return GO_ON;
	if (sys->handshake_rule == TCPSIM_HANDSHAKE_CONNECTION) /* 4.4BSD tcp_drop */
		request_reset(a->host, a->request, TCPSIM_RULE_RST_SYN_IN_WINDOW);
	if (sys->handshake_syn_resets || sys->syn_resets_twice)
		refuse(a, TCPSIM_RULE_RST_SYN_IN_WINDOW);
	request_free(a->host, a->request, TCPSIM_RULE_LISTEN_ENTRY_RESET);
	return DONE;
}

static enum verdict check_ack_flag(struct request_arrival *a)
{
	return a->seg->flags & TCPSIM_ACK ? GO_ON : drop(a, TCPSIM_RULE_ARRIVE_NO_ACK);
}

static enum verdict check_has_timestamp(struct request_arrival *a)
{
	if (!a->request->timestamps || has_timestamp(a) || a->host->sys.tolerate_missing_ts)
		return GO_ON;
	return drop(a, TCPSIM_RULE_ARRIVE_NO_TIMESTAMP);
}

/* TCP_DEFER_ACCEPT: the third ACK alone wakes nobody. */
static enum verdict check_deferred(struct request_arrival *a)
{
	if (a->request->listener->settings.defer_accept <= a->request->retransmits || a->seg->len ||
		a->seg->flags & TCPSIM_FIN)
		return GO_ON;
	a->request->acked = true;
	return drop(a, TCPSIM_RULE_LISTEN_ACK_DEFERRED);
}

/* The accept queue is full: say so, or ignore the ACK and send the SYN,ACK again later. */
static enum verdict check_backlog(struct request_arrival *a)
{
	if (!listener_is_full(a->request->listener))
		return GO_ON;
	host_count(a->host, COUNTER_LISTEN_OVERFLOWS);
	if (a->host->sys.abort_on_overflow || !a->host->sys.defer_third_ack) {
		refuse(a, TCPSIM_RULE_RST_BACKLOG);
		request_free(a->host, a->request, TCPSIM_RULE_RST_BACKLOG);
		return DONE;
	}
	a->request->acked = true;
	return drop(a, TCPSIM_RULE_LISTEN_ACK_NO_ROOM);
}

static void complete(struct request_arrival *a)
{
	struct tcpsim_host *host = a->host;
	struct tcp_request *request = a->request;
	struct tcp_listener *listener = request->listener;
	struct tcp_tcb *tcb;

	/* Linux tcp_check_req: with whatever completes it, text or a SYN that is challenged */
	if (host->sys.syn_ack_crosses_bare && has_timestamp(a) &&
		tcpsim_seq_le(a->seg->seq, tcpsim_seq_add(request->irs, 1)))
		request->ts_recent = a->seg->options.ts_val;
	tcb = listener_child(listener, request);
	if (!tcb)
		return;
	tcb->first_syn_ns = request_created_ns(request, host->now);
	demux_replace(host, &request->conn, &tcb->conn);
	tcb->in_table = true;
	request_disarm(host, request);
	listener->n_incomplete--;
	request_grew_old(request);
	host->syn_cache_entries--;
	syn_cache_remove(host, request);
	ecn_request_arrived(request, a->seg);
	ecn_child(tcb, request);
	pool_give(host->pool, request, sizeof(*request));
	request_child_arrives(tcb, a->in, a->packet);
}

typedef enum verdict (*request_check)(struct request_arrival *a);

/* FreeBSD looks before its tcp_do_segment: an ACK beyond the window draws one
 * (syncache_send_challenge_ack), and by nothing of it but a RST and a SYN,ACK the entry goes. */
static const request_check SYN_CACHE[] = {
	check_any_syn,
	check_syn_ack,
	check_rst,
	check_ack_flag,
	check_sequence,
	check_ack_number,
	check_timestamp,
	check_has_timestamp,
	check_deferred,
	check_backlog,
};

/* RFC 9293 §3.10.7.4, with the ACK's number before the sequence number as the systems have it. */
static const request_check CONNECTION[] = {
	check_same_syn,
	check_rst,
	check_ack_number,
	check_sequence,
	check_timestamp,
	check_syn,
	check_ack_flag,
	check_has_timestamp,
	check_deferred,
	check_backlog,
};

static bool all_go_on(struct request_arrival *a, const request_check *check, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (check[i](a) == DONE)
			return false;
	return true;
}

void request_arrived(struct tcpsim_host *host, struct tcp_request *request,
	const struct wire_packet *in, struct tcpsim_packet *packet)
{
	struct request_arrival a = {
		.host = host, .request = request, .in = in, .seg = &in->segment, .packet = packet};
	bool cached = host->sys.handshake_rule == TCPSIM_HANDSHAKE_SYN_CACHE;

	if (cached ? all_go_on(&a, SYN_CACHE, sizeof(SYN_CACHE) / sizeof(SYN_CACHE[0]))
		   : all_go_on(&a, CONNECTION, sizeof(CONNECTION) / sizeof(CONNECTION[0])))
		complete(&a);
}
