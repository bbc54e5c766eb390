/* A segment for an entry of the incomplete queue: RFC 9293 §3.10.7.4, the acknowledgment first, as
 * the systems have it. */
#include <tcp/ecn.h>
#include <tcp/machine.h>
#include <tcp/output.h>
#include <tcp/request_internal.h>
#include <tcp/syn_cache.h>
#include <wire/memory.h>

/* --- a segment for an entry --- */

/* Linux tcp_oow_rate_limited: what has text or a FIN is no part of a loop of ACKs; the challenge
 * of a RST is limited all the same. */
static bool answered_lately(
	struct tcpsim_host *host, struct tcp_request *request, const struct tcp_segment *in)
{
	uint16_t now = request_age(host, request);
	int64_t limit = host->sys.invalid_ratelimit / (REQUEST_TICK_MS * 1000000);

	if (tcp_segment_span(in) && !(in->flags & (TCP_SYN | TCP_RST)))
		return false;
	if (request->answered_at && now - request->answered_at < limit)
		return true;
	request->answered_at = now ? now : 1;
	return false;
}

static void say(struct tcpsim_host *host, struct tcp_request *request, uint8_t flags, uint8_t tos,
	enum tcp_rule rule)
{
	struct tcp_segment_offer offer = {.timestamps = request->timestamps,
		.ts_val = tcp_ts_clock(host, tcp_choose_ts_offset(host, &request->conn)),
		.ts_ecr = request->ts_recent};
	uint8_t options[TCP_MAX_OPTIONS_LEN];
	struct tcp_syn_offer unused = {0};
	struct tcp_first_window first;
	struct tcp_segment out = {.src = request->conn.local,
		.dst = request->conn.remote,
		.src_port = request->conn.local_port,
		.dst_port = request->conn.remote_port,
		.udp_dst_port = request->conn.udp_port,
		.seq = seq_add(request->iss, 1),
		.ack = seq_add(request->irs, 1),
		.flags = flags,
		.tos = tos};

	request_fill_offer(host, request, NULL, false, &unused, &first);
	out.window = (uint16_t)(first.window >> first.scale);
	out.options.raw = options;
	out.options.raw_len = (uint8_t)tcp_options_segment(host->sys.option_order, &offer, options);
	tcp_emit(host, &out, NULL, request->conn.interface, request->conn.id, TCP_SYN_RECEIVED,
		rule);
}

static void acknowledge(struct tcpsim_host *host, struct tcp_request *request,
	const struct tcp_segment *in, enum tcp_rule rule)
{
	if (!answered_lately(host, request, in))
		say(host, request, TCP_ACK, host->sys.answer_reflects_tos ? in->tos & ~3u : 0,
			rule);
}

void request_reset(struct tcpsim_host *host, struct tcp_request *request, enum tcp_rule rule)
{
	say(host, request, TCP_RST | TCP_ACK, 0, rule);
}

static void syn_again(
	struct tcpsim_host *host, struct tcp_request *request, const struct tcp_segment *seg)
{
	request_drop(host, request->conn.id, TCP_SYN_RECEIVED, TCP_RULE_LISTEN_SYN_AGAIN, seg);
	if (host->sys.syn_again_limited && answered_lately(host, request, seg))
		return;
	if (request->timestamps && seg->options.present & TCP_HAS_TIMESTAMP &&
		!host->sys.syn_again_limited)
		request->ts_recent = seg->options.ts_val;
	ecn_request_syn_again(request, seg);
	if (request->resends < UINT8_MAX)
		request->resends++;
	request_send_syn_ack(host, request, NULL, false, TCP_RULE_LISTEN_SYN_AGAIN);
	/* FreeBSD syncache_add, Linux tcp_check_req: the timer begins anew */
	if (host->sys.syn_cache || host->sys.syn_again_limited)
		request_arm(host, request);
}

static void complete(struct tcpsim_host *host, struct tcp_request *request,
	const struct wire_packet *in, struct tcpsim_packet *packet)
{
	struct tcp_listener *listener = request->listener;
	struct tcp_tcb *tcb = listener_child(listener, request);

	if (!tcb)
		return;
	tcb->first_syn_ns = request_created_ns(request, host->now);
	demux_replace(host, &request->conn, &tcb->conn);
	tcb->in_table = true;
	request_disarm(host, request);
	listener->n_incomplete--;
	host->syn_cache_entries--;
	syn_cache_remove(host, request);
	ecn_request_arrived(request, &in->segment);
	ecn_child(tcb, request);
	pool_give(host->pool, request, sizeof(*request));
	request_child_arrives(tcb, in, packet);
}

/* The accept queue is full: say so, or ignore the ACK and send the SYN,ACK again later. */
static void no_room(
	struct tcpsim_host *host, struct tcp_request *request, const struct tcp_segment *seg)
{
	host_count(host, COUNTER_LISTEN_OVERFLOWS);
	if (host->sys.abort_on_overflow || !host->sys.defer_third_ack) {
		tcp_refuse(host, seg, request->conn.interface, request->conn.id, TCP_SYN_RECEIVED,
			TCP_RULE_RST_BACKLOG);
		request_free(host, request, TCP_RULE_RST_BACKLOG);
		return;
	}
	request->acked = true;
	request_drop(host, request->conn.id, TCP_SYN_RECEIVED, TCP_RULE_LISTEN_ACK_NO_ROOM, seg);
}

/* The window is the one that the SYN,ACK told. */
static bool in_window(
	struct tcpsim_host *host, const struct tcp_request *request, const struct tcp_segment *seg)
{
	uint32_t window = request->own_window < UINT16_MAX ? request->own_window : UINT16_MAX;
	tcp_seq low = seq_add(request->irs, 1), high = seq_add(low, window);

	if (!tcp_segment_span(seg) && seq_eq(seg->seq, high) && host->sys.syn_again_limited)
		return true; /* Linux tcp_in_window */
	return seq_in(seg->seq, low, high) ||
	       (tcp_segment_span(seg) && seq_in(seq_sub(tcp_segment_end(seg), 1), low, high));
}

static void rst_arrived(
	struct tcpsim_host *host, struct tcp_request *request, const struct tcp_segment *seg)
{
	bool exact = seq_eq(seg->seq, seq_add(request->irs, 1));

	if (!in_window(host, request, seg)) {
		request_drop(host, request->conn.id, TCP_SYN_RECEIVED, TCP_RULE_RST_IGNORED, seg);
	} else if (exact || !host->sys.handshake_rst_exact ||
		   host->sys.rst_accept == RST_ACCEPT_WINDOW) {
		host_count(host, COUNTER_ATTEMPT_FAILS);
		request_free(host, request, TCP_RULE_LISTEN_ENTRY_RESET);
	} else {
		request_drop(
			host, request->conn.id, TCP_SYN_RECEIVED, TCP_RULE_RST_CHALLENGED, seg);
		acknowledge(host, request, seg, TCP_RULE_ACK_CHALLENGE);
	}
}

static bool is_old_timestamp(const struct tcp_request *request, const struct tcp_segment *seg)
{
	return request->timestamps && seg->options.present & TCP_HAS_TIMESTAMP &&
	       (int32_t)(seg->options.ts_val - request->ts_recent) < 0;
}

/* Linux: neither before the first SYN,ACK's, nor after the last one's. */
static bool echoes_us(
	struct tcpsim_host *host, const struct tcp_request *request, const struct tcp_segment *seg)
{
	int64_t tick = host->sys.ts_tick,
		since = host->now - request_created_ns(request, host->now);
	uint32_t echo = seg->options.ts_ecr, first, last;

	if (!host->sys.handshake_echo_checked || !request->timestamps ||
		!(seg->options.present & TCP_HAS_TIMESTAMP) || !echo)
		return true;
	first = tcp_ts_clock(host, tcp_choose_ts_offset(host, &request->conn)) -
		(uint32_t)(since / tick) - 1;
	last = (uint32_t)((request->sent_at + 1) * (INT64_C(1000000) * REQUEST_TICK_MS) / tick);
	return echo - first <= last + 1;
}

static bool is_bare_syn(const struct tcp_segment *seg)
{
	return (seg->flags & (TCP_SYN | TCP_ACK | TCP_RST)) == TCP_SYN;
}

/* Not for the numbers that the entry stands for. */
static void out_of_window(
	struct tcpsim_host *host, struct tcp_request *request, const struct tcp_segment *seg)
{
	request_drop(
		host, request->conn.id, TCP_SYN_RECEIVED, TCP_RULE_ARRIVE_UNACCEPTABLE_SEQ, seg);
	if (host->sys.handshake_rule == HANDSHAKE_CONNECTION) /* tcp_outflags[TCPS_SYN_RECEIVED] */
		request_send_syn_ack(host, request, NULL, false, TCP_RULE_ACK_UNACCEPTABLE);
	else
		acknowledge(host, request, seg, TCP_RULE_ACK_UNACCEPTABLE);
}

static void syn_in_window(struct tcpsim_host *host, struct tcp_request *request,
	const struct tcp_segment *seg, uint16_t interface)
{
	if (host->sys.handshake_rule == HANDSHAKE_CONNECTION) /* 4.4BSD tcp_drop */
		request_reset(host, request, TCP_RULE_RST_SYN_IN_WINDOW);
	if (host->sys.handshake_syn_resets || host->sys.syn_resets_twice)
		tcp_refuse(host, seg, interface, request->conn.id, TCP_SYN_RECEIVED,
			TCP_RULE_RST_SYN_IN_WINDOW);
	request_free(host, request, TCP_RULE_LISTEN_ENTRY_RESET); /* fourth: back to LISTEN */
}

/* FreeBSD tcp_input and tcp_syncache.c: any SYN draws the SYN,ACK again, a SYN,ACK ends the entry
 * silently, an ACK beyond the window draws one (syncache_send_challenge_ack), an ACK of something
 * else RST; by neither the entry goes. False: it fits. */
static bool syn_cache_refuses(struct tcpsim_host *host, struct tcp_request *request,
	const struct tcp_segment *seg, uint16_t interface)
{
	if (host->sys.handshake_rule != HANDSHAKE_SYN_CACHE || seg->flags & TCP_RST)
		return false;
	if (is_bare_syn(seg)) {
		syn_again(host, request, seg);
	} else if (seg->flags & TCP_SYN) {
		request_free(host, request, TCP_RULE_LISTEN_ENTRY_RESET);
	} else if (!(seg->flags & TCP_ACK)) {
		request_drop(host, request->conn.id, TCP_SYN_RECEIVED, TCP_RULE_ARRIVE_NO_ACK, seg);
	} else if (!in_window(host, request, seg)) {
		out_of_window(host, request, seg);
	} else if (!seq_eq(seg->ack, seq_add(request->iss, 1))) {
		tcp_refuse(host, seg, interface, request->conn.id, TCP_SYN_RECEIVED,
			TCP_RULE_RST_UNACCEPTABLE_ACK);
	} else {
		return false;
	}
	return true;
}

/* RFC 9293 §3.10.7.4 for an entry; the acknowledgment first, as the systems have it. */
void request_arrived(struct tcpsim_host *host, struct tcp_request *request,
	const struct wire_packet *in, struct tcpsim_packet *packet)
{
	const struct tcp_segment *seg = &in->segment;
	uint32_t id = request->conn.id;

	if (syn_cache_refuses(host, request, seg, packet->interface))
		return;
	if (is_bare_syn(seg) && seq_eq(seg->seq, request->irs) &&
		!(host->sys.syn_again_limited && is_old_timestamp(request, seg))) {
		syn_again(host, request, seg);
	} else if (seg->flags & TCP_RST) {
		rst_arrived(host, request, seg);
	} else if (seg->flags & TCP_ACK && !seq_eq(seg->ack, seq_add(request->iss, 1))) {
		tcp_refuse(host, seg, packet->interface, id, TCP_SYN_RECEIVED,
			TCP_RULE_RST_UNACCEPTABLE_ACK);
	} else if (!in_window(host, request, seg) &&
		   !(seg->flags & TCP_SYN && seq_eq(seg->seq, request->irs))) {
		out_of_window(host, request, seg);
	} else if (is_old_timestamp(request, seg) || !echoes_us(host, request, seg)) {
		request_drop(host, id, TCP_SYN_RECEIVED, TCP_RULE_ARRIVE_PAWS, seg);
		acknowledge(host, request, seg, TCP_RULE_ACK_UNACCEPTABLE);
	} else if (seg->flags & TCP_SYN && !seq_eq(seg->seq, request->irs)) {
		syn_in_window(host, request, seg, packet->interface);
	} else if (!(seg->flags & TCP_ACK)) {
		request_drop(host, id, TCP_SYN_RECEIVED, TCP_RULE_ARRIVE_NO_ACK, seg);
	} else if (request->timestamps && !(seg->options.present & TCP_HAS_TIMESTAMP) &&
		   !host->sys.tolerate_missing_ts) {
		request_drop(host, id, TCP_SYN_RECEIVED, TCP_RULE_ARRIVE_NO_TIMESTAMP, seg);
	} else if (request->listener->settings.defer_accept > request->retransmits && !seg->len &&
		   !(seg->flags & TCP_FIN)) {
		request->acked = true;
		request_drop(host, id, TCP_SYN_RECEIVED, TCP_RULE_LISTEN_ACK_DEFERRED, seg);
	} else if (listener_is_full(request->listener)) {
		no_room(host, request, seg);
	} else {
		complete(host, request, in, packet);
	}
}
