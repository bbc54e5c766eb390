/* Entries of the incomplete queue: from the SYN to the third segment. RFC 9293 §3.10.7.2,
 * §3.10.7.4; UNP §4.5. */
#include <host/demux.h>
#include <host/output.h>
#include <host/routes.h>
#include <host/wheel.h>

#include <tcp/arrive.h>
#include <tcp/cookies.h>
#include <tcp/delack_linux.h>
#include <tcp/ecn.h>
#include <tcp/emit.h>
#include <tcp/fastopen.h>
#include <tcp/fastopen_server.h>
#include <tcp/md5.h>
#include <tcp/options_out.h>
#include <tcp/output.h>
#include <tcp/request.h>
#include <tcp/state.h>
#include <tcp/syn_cache.h>
#include <tcp/timers.h>
#include <tcp/window.h>
#include <time_units.h>
#include <wire/packet.h>

#define IPV4_LEAST_MTU 68u /* RFC 791 §3.2 */

_Static_assert(sizeof(struct tcp_request) <= 136, "an entry of the SYN queue is small");

void request_drop(struct tcpsim_host *host, uint32_t id, enum tcpsim_state state,
	enum tcpsim_rule rule, const struct tcpsim_segment *seg)
{
	tcp_event_segment(host, TCPSIM_EVENT_DROP, id, state, rule, seg);
}

/* --- the SYN,ACK --- */

static uint16_t advertised_mss(struct tcpsim_host *host, const struct tcp_request *request)
{
	uint16_t most = request->listener->settings.max_segment;
	const struct route *route;
	uint32_t mtu;

	if (route_ask(host, &request->conn.remote, &request->conn.local, &route))
		return (uint16_t)host->sys.mss_default;
	mtu = route->mtu;
	if (request->conn.udp_port)
		mtu -= (uint32_t)host->sys.udp_tunneling_overhead;
	return tcp_advertised_mss(&host->sys, route, mtu, request->conn.ip_version, most);
}

static struct tcp_first_window first_window(
	struct tcpsim_host *host, const struct tcp_request *request)
{
	uint16_t mss = request->listener->settings.no_options ? 0 : advertised_mss(host, request);
	const struct route *route;
	int error = route_ask(host, &request->conn.remote, &request->conn.local, &route);

	return tcp_window_first(&host->sys, &request->listener->settings,
		tcp_window_segment(&host->sys, mss, request->timestamps), request->window_scaling,
		error ? 0 : route->metrics.initrwnd);
}

struct tcp_first_window request_own_window(const struct tcp_request *request)
{
	return (struct tcp_first_window){.window = request->own_window,
		.clamp = (uint32_t)request->own_clamp << request->own_scale,
		.scale = request->own_scale};
}

void request_fill_offer(struct tcpsim_host *host, const struct tcp_request *request,
	const struct fastopen_answer *cookie, bool syn_cookie, struct tcp_syn_offer *offer,
	struct tcp_first_window *first)
{
	offer->mss = request->listener->settings.no_options ? 0 : advertised_mss(host, request);
	*first = syn_cookie ? first_window(host, request) : request_own_window(request);
	offer->md5 = request->listener->settings.no_options ? NULL : md5_room(&request->conn);
	offer->sack = request->sack;
	offer->window_scaling = request->window_scaling;
	offer->scale = first->scale;
	offer->timestamps = request->timestamps;
	offer->ts_ecr = request->ts_recent;
	offer->ts_val = syn_cookie ? cookie_timestamp(host, request)
				   : tcp_ts_clock(host, tcp_choose_ts_offset(host, &request->conn));
	if (cookie && cookie->give) {
		offer->fastopen = true;
		offer->fastopen_exp = cookie->experimental;
		offer->cookie = cookie->cookie;
		offer->cookie_len = cookie->cookie_len;
	}
	ecn_request_offer(host, request, offer);
}

uint16_t request_age(const struct tcpsim_host *host, const struct tcp_request *request)
{
	int64_t age = (host->now - request_created_ns(request, host->now)) /
		      (REQUEST_TICK_MS * NSEC_PER_MSEC);

	return (uint16_t)(age < UINT16_MAX ? age : UINT16_MAX);
}

void request_send_syn_ack(struct tcpsim_host *host, struct tcp_request *request,
	const struct fastopen_answer *cookie, bool syn_cookie, enum tcpsim_rule rule)
{
	struct tcp_syn_offer offer = {0};
	struct tcp_first_window first;
	uint8_t options[TCPSIM_MAX_OPTIONS_LEN];
	struct tcpsim_segment out = {.src = request->conn.local,
		.dst = request->conn.remote,
		.src_port = request->conn.local_port,
		.dst_port = request->conn.remote_port,
		.udp_dst_port = request->conn.udp_port,
		.seq = request->iss,
		.ack = tcpsim_seq_add(request->irs, 1),
		.flags = TCPSIM_SYN | TCPSIM_ACK,
		.tos = (host->sys.reflect_tos ? request->syn_tos
					      : request->listener->settings.tos) &
		       ~3u,
		.ttl = request->listener->settings.ttl,
		.pmtu_mode = request->listener->settings.pmtu_v4};

	request_fill_offer(host, request, cookie, syn_cookie, &offer, &first);
	request->ts_last = offer.ts_val;
	out.flags |= ecn_syn_ack_flags(request);
	out.window = (uint16_t)(first.window > UINT16_MAX ? UINT16_MAX : first.window);
	out.options.raw = options;
	out.options.raw_len = (uint8_t)tcp_options_syn(host->sys.option_order, &offer, options);
	/* Linux ip_build_and_send_pkt: what fits everywhere needs no number to be put together by,
	 * whatever the socket's IP_MTU_DISCOVER */
	if (host->sys.answers_forbid_fragments && 20u + 20u + out.options.raw_len <= IPV4_LEAST_MTU)
		out.pmtu_mode = PMTU_DO;
	if (md5_sign(host, &request->conn, &out, options))
		tcp_emit(host, &out, NULL, request->conn.interface, request->conn.id,
			TCPSIM_SYN_RCVD, rule);
}

/* --- its timer --- */

int64_t request_created_ns(const struct tcp_request *request, int64_t now)
{
	uint32_t age = (uint32_t)(now / REQUEST_GRAIN) - request->created;

	return now - (int64_t)age * REQUEST_GRAIN;
}

/* The entry's one timer is its SYN,ACK's, and where the system limits an entry's life, at last the
 * one that ends it. */
static void note_timer(struct tcpsim_host *host, const struct tcp_request *request,
	enum tcpsim_event_kind kind, enum tcpsim_timer timer, int64_t due_ns)
{
	struct tcpsim_event event = {.kind = kind,
		.connection = request->conn.id,
		.before = TCPSIM_SYN_RCVD,
		.after = TCPSIM_SYN_RCVD,
		.timer = timer,
		.deadline_ns = due_ns};

	if (host_listens(host))
		host_event(host, &event);
}

/* When the entry is as old as the system lets one grow. */
static int64_t request_end_ns(const struct tcpsim_host *host, const struct tcp_request *request)
{
	int64_t limit = host->sys.syn_received_timeout;

	return limit ? request_created_ns(request, host->now) + limit : TCP_NEVER;
}

void request_arm(struct tcpsim_host *host, struct tcp_request *request)
{
	const struct tcpsim_profile *sys = &host->sys;
	int64_t due =
		tcp_tick_deadline(host, tcp_profile_entry_timeout(sys, (int)request->retransmits));
	int64_t end = request_end_ns(host, request);

	if (end < due)
		due = end;
	wheel_arm(host, &request->wheel, due);
	note_timer(host, request, TCPSIM_EVENT_TIMER_SET,
		due == end ? TCPSIM_TIMER_GIVE_UP : TCPSIM_TIMER_RETRANSMIT, due);
}

void request_disarm(struct tcpsim_host *host, struct tcp_request *request)
{
	bool is_last = request->wheel.due_ns == request_end_ns(host, request);

	if (!request->wheel.armed_ns)
		return;
	wheel_cancel(host, &request->wheel);
	note_timer(host, request, TCPSIM_EVENT_TIMER_STOPPED,
		is_last ? TCPSIM_TIMER_GIVE_UP : TCPSIM_TIMER_RETRANSMIT, 0);
}

void request_grew_old(const struct tcp_request *request)
{
	request->listener->n_young -= request->retransmits == 0;
}

/* Linux reqsk_timer_handler: half of the backlog is kept for young entries; where old ones are more,
 * each doubling that the young ones lack costs the old ones a retransmission, down to two. */
static unsigned retries_left_by_queue(
	const struct tcpsim_host *host, const struct tcp_listener *listener)
{
	uint32_t n = listener->n_incomplete, young = listener->n_young * 2;
	uint32_t above = (uint32_t)host->sys.synack_prunes_above;
	unsigned most = (unsigned)host->sys.synack_retries;

	if (!above || n * 2 <= (listener->backlog > above ? listener->backlog : above))
		return most;
	for (; most > 2 && n >= young; young *= 2)
		most--;
	return most;
}

static unsigned most_retransmits(const struct tcpsim_host *host, const struct tcp_request *request)
{
	unsigned most = retries_left_by_queue(host, request->listener);

	if (request->acked && request->listener->settings.defer_accept > most)
		return request->listener->settings.defer_accept;
	return most;
}

/* Linux syn_ack_recalc: who acknowledged it and is waited for to send text is not asked again, but
 * by the last SYN,ACK. */
static bool wants_syn_ack_again(const struct tcp_request *request)
{
	unsigned defer = request->listener->settings.defer_accept;

	return !request->acked || !defer || request->retransmits + 1u >= defer;
}

static void send_again(struct tcpsim_host *host, struct tcp_request *request)
{
	host_count(host, COUNTER_RETRANS_SEGS);
	if (request->resends < UINT8_MAX)
		request->resends++;
	request_send_syn_ack(host, request, NULL, false, TCPSIM_RULE_RETRANSMIT_SYN_ACK);
}

static void expire(struct tcpsim_host *host, struct wheel_timer *wheel)
{
	struct tcp_request *request = (void *)((char *)wheel - offsetof(struct tcp_request, wheel));
	bool is_over = host->now >= request_end_ns(host, request);

	note_timer(host, request, TCPSIM_EVENT_TIMER_FIRED,
		is_over ? TCPSIM_TIMER_GIVE_UP : TCPSIM_TIMER_RETRANSMIT, 0);
	if (is_over || request->retransmits >= most_retransmits(host, request)) {
		request_free(host, request, TCPSIM_RULE_LISTEN_ENTRY_EXPIRED);
		return;
	}
	host_count(host, COUNTER_TIMEOUTS);
	if (wants_syn_ack_again(request))
		send_again(host, request);
	request_grew_old(request);
	request->retransmits++;
	request_arm(host, request);
}

void request_free(struct tcpsim_host *host, struct tcp_request *request, enum tcpsim_rule rule)
{
	struct tcp_listener *listener = request->listener;

	tcp_event_state(host, request->conn.id, TCPSIM_SYN_RCVD,
		rule == TCPSIM_RULE_LISTEN_ENTRY_RESET ? TCPSIM_LISTEN : TCPSIM_CLOSED, rule, NULL);
	request_disarm(host, request);
	demux_remove(host, &request->conn);
	listener->n_incomplete--;
	request_grew_old(request);
	host->syn_cache_entries--;
	syn_cache_remove(host, request);
	listener_event_queue(listener, rule, NULL);
	pool_give(host->pool, request, sizeof(*request));
}

/* --- a SYN --- */

static bool route_has_ecn(struct tcpsim_host *host, const struct conn *conn)
{
	const struct route *route;

	return !route_ask(host, &conn->remote, &conn->local, &route) && route->metrics.ecn;
}

/* The MSS that the peer's option names, as the process would have it cut (Linux), or what counts
 * without one. */
static uint16_t option_mss(const struct tcpsim_profile *sys, const struct tcp_settings *settings,
	const struct tcpsim_options *o, uint16_t fallback)
{
	uint16_t most = settings->max_segment;

	if (!(o->present & TCPSIM_HAS_MSS) || !o->mss)
		return fallback;
	return sys->maxseg_cuts_option && most && most < o->mss ? most : o->mss;
}

static void fill_request(struct tcpsim_host *host, struct tcp_listener *listener,
	const struct wire_packet *in, uint16_t interface, struct tcp_request *request)
{
	const struct tcpsim_profile *sys = &host->sys;
	const struct tcpsim_segment *seg = &in->segment;
	const struct tcpsim_options *o = &seg->options;
	bool none = listener->settings.no_options;
	struct tcp_first_window first;
	int64_t fallback = seg->ip_version == 6 ? sys->mss_default_v6 : sys->mss_default;

	*request = (struct tcp_request){.listener = listener,
		.conn = {.local = seg->dst,
			.udp_port = seg->udp_src_port,
			.remote = seg->src,
			.local_port = seg->dst_port,
			.remote_port = seg->src_port,
			.kind = CONN_REQUEST,
			.ip_version = seg->ip_version,
			.interface = route_back(host, &seg->src, interface)},
		.irs = seg->seq,
		.created = (uint32_t)(host->now / REQUEST_GRAIN),
		.mss = option_mss(sys, &listener->settings, o, (uint16_t)fallback),
		.window = seg->window,
		.syn_tos = seg->tos};
	request->wheel.fire = expire;
	request->timestamps = !none && sys->timestamps && o->present & TCPSIM_HAS_TIMESTAMP;
	request->ts_recent = request->timestamps ? o->ts_val : 0;
	request->sack = !none && sys->sack && o->present & TCPSIM_HAS_SACK_PERMITTED;
	request->window_scaling = !none && sys->window_scaling && o->present & TCPSIM_HAS_WSCALE;
	request->conn.is_signed = md5_exists(host) && o->present & TCPSIM_HAS_MD5;
	/* RFC 7323 §2.3: a shift above 14 counts as 14. */
	request->scale = request->window_scaling ? (o->wscale > 14 ? 14 : o->wscale) : 0;
	first = first_window(host, request);
	request->own_window = first.window;
	request->own_clamp = (uint16_t)(first.clamp >> first.scale);
	request->own_scale = first.scale;
	request->ecn_answer = ecn_answer_for(sys, seg, route_has_ecn(host, &request->conn)) & 3;
}

/* Linux's order of checks for a SYN (tcp_conn_request); the rule that ignores it, or NONE. *cookie:
 * answer with one. */
static enum tcpsim_rule refusal(struct tcpsim_host *host, const struct tcp_listener *listener,
	const struct tcpsim_segment *syn, bool *cookie)
{
	const struct tcpsim_profile *sys = &host->sys;
	uint32_t n = listener->n_incomplete;
	bool full = sys->syn_queue_inclusive ? n > listener->backlog : n >= listener->backlog;

	*cookie = false;
	if (sys->syn_cache) {
		*cookie = syn_cache_wants_cookie(host, syn);
		return TCPSIM_RULE_NONE;
	}
	if (sys->backlog_rule != TCPSIM_BACKLOG_LINUX)
		return listener_refuses_syn(listener) ? TCPSIM_RULE_LISTEN_SYN_DROPPED
						      : TCPSIM_RULE_NONE;
	if (full || sys->syncookies == 2) {
		if (!sys->syncookies)
			return TCPSIM_RULE_LISTEN_SYN_QUEUE_FULL;
		*cookie = true;
	}
	if (listener_is_full(listener)) {
		host_count(host, COUNTER_LISTEN_OVERFLOWS);
		return TCPSIM_RULE_LISTEN_ACCEPT_QUEUE_FULL;
	}
	if (!*cookie && !sys->syncookies && sys->syn_backlog_max - n < sys->syn_backlog_max / 4)
		return TCPSIM_RULE_LISTEN_RESERVED;
	return TCPSIM_RULE_NONE;
}

static void answer_with_cookie(
	struct tcpsim_host *host, struct tcp_request *request, const struct tcpsim_segment *seg)
{
	struct tcp_listener *listener = request->listener;

	request->iss = cookie_make(host, request);
	if (host->sys.syncookie_keeps_options)
		request->ecn_answer = ECN_ANSWER_NONE;
	else if (!request->timestamps) /* what does not fit the number is not offered */
		request->sack = request->window_scaling = false,
		request->ecn_answer = ECN_ANSWER_NONE;
	request->conn.id = ++host->next_connection;
	listener->cookies_sent = true;
	listener->cookie_sent_ns = host->now;
	host_count(host, COUNTER_SYNCOOKIES_SENT);
	listener_event_queue(listener, TCPSIM_RULE_LISTEN_COOKIE_SENT, seg);
	request_send_syn_ack(host, request, NULL, true, TCPSIM_RULE_LISTEN_COOKIE_SENT);
}

/* Fast Open: the connection stands at once and takes the text of its SYN (RFC 7413 §4.2.2). */
static void open_at_once(struct tcpsim_host *host, struct tcp_request *request,
	const struct wire_packet *in, struct tcpsim_packet *packet,
	const struct fastopen_answer *cookie)
{
	struct tcp_listener *listener = request->listener;
	struct tcp_tcb *tcb;

	tcb = listener_child(listener, request);
	if (!tcb || demux_insert(host, &tcb->conn)) {
		tcb_free(tcb);
		return;
	}
	tcb->in_table = true;
	tcb->ok.fastopen_in = true;
	tcb->snd.una = tcb->snd.nxt; /* the window counts from the text on, as on Linux */
	tcp_event_state(host, tcb->conn.id, TCPSIM_LISTEN, TCPSIM_SYN_RCVD,
		TCPSIM_RULE_LISTEN_FASTOPEN, &in->segment);
	listener->n_fastopen++;
	ecn_child(tcb, request);
	fastopen_server_opened(tcb, cookie);
	sender_established(tcb, &in->segment);
	tcp_window_established(tcb);
	delack_start(tcb);
	arrive_syn_text(tcb, in, packet);
	tcb->syn_data_acked = in->segment.len;
	tcb->count.data_segs_in = in->segment.len > 0;
	tcp_send_syn(tcb, TCPSIM_RULE_SEND_SYN_ACK);
	tcp_syn_timer_start(tcb);
	tcb->first_syn_ns = host->now;
	tcb->queued = true;
	TAILQ_INSERT_TAIL(&listener->completed, tcb, queue_link);
	listener->n_completed++;
	listener_event_queue(listener, TCPSIM_RULE_LISTEN_FASTOPEN, &in->segment);
	socket_wake(listener->socket, POLLIN | POLLRDNORM);
}

static void remember(struct tcpsim_host *host, const struct tcp_request *template,
	const struct tcpsim_segment *seg, const struct fastopen_answer *cookie)
{
	struct tcp_request *request = pool_take(host->pool, sizeof(*request));
	struct tcp_listener *listener = template->listener;

	if (!request)
		return;
	*request = *template;
	if (!syn_cache_add(host, request)) {
		request_drop(host, request->conn.id, TCPSIM_LISTEN,
			TCPSIM_RULE_LISTEN_SYN_QUEUE_FULL, seg);
		pool_give(host->pool, request, sizeof(*request));
		return;
	}
	if (demux_insert(host, &request->conn)) {
		syn_cache_remove(host, request);
		pool_give(host->pool, request, sizeof(*request));
		return;
	}
	listener->n_incomplete++;
	listener->n_young++;
	host->syn_cache_entries++;
	tcp_event_state(host, request->conn.id, TCPSIM_LISTEN, TCPSIM_SYN_RCVD,
		TCPSIM_RULE_LISTEN_SYN, seg);
	listener_event_queue(listener, TCPSIM_RULE_LISTEN_SYN, seg);
	request_send_syn_ack(host, request, cookie, false, TCPSIM_RULE_SEND_SYN_ACK);
	request_arm(host, request);
}

static void syn_arrived(struct tcp_listener *listener, const struct wire_packet *in,
	struct tcpsim_packet *packet, const tcpsim_seq *least_iss)
{
	struct tcpsim_host *host = listener->host;
	const struct tcpsim_segment *seg = &in->segment;
	struct fastopen_answer fastopen = {0};
	struct tcp_request request;
	bool cookie;
	enum tcpsim_rule rule = refusal(host, listener, seg, &cookie);

	if (rule != TCPSIM_RULE_NONE) {
		host_count(host, COUNTER_LISTEN_DROPS);
		request_drop(host, listener->id, TCPSIM_LISTEN, rule, seg);
		return;
	}
	fill_request(host, listener, in, packet->interface, &request);
	if (cookie) {
		answer_with_cookie(host, &request, seg);
		return;
	}
	/* Linux tcp_synack_options: beside a signature and timestamps no SACK block has room */
	if (request.conn.is_signed && host->sys.option_order == TCPSIM_OPTIONS_LINUX &&
		request.sack)
		request.timestamps = false;
	request.iss = least_iss ? *least_iss : tcp_choose_iss(host, &request.conn);
	fastopen_server_judge(host, listener, seg, &fastopen);
	if (fastopen.accept)
		open_at_once(host, &request, in, packet, &fastopen);
	else
		remember(host, &request, seg, &fastopen);
}

/* --- an ACK for which there is no entry: a cookie, or nothing --- */

void request_child_arrives(
	struct tcp_tcb *tcb, const struct wire_packet *in, struct tcpsim_packet *packet)
{
	ecn_handshake_ack_arrived(tcb, &in->segment);
	/* Linux tcp_create_openreq_child: the child knows the third ACK's window only */
	if (tcb_sys(tcb)->half_window_mss) {
		tcb->snd.wnd = tcb->snd.max_wnd = (uint32_t)in->segment.window << tcb->snd.scale;
		tcb_update_mss(tcb, false);
	}
	delack_start(tcb);
	/* Linux: whatever made it a connection, accept() may have it; nobody is woken before it is
	 * ESTABLISHED (tcp_child_process) */
	if (tcb_sys(tcb)->syn_ack_crosses_bare && in->segment.flags & TCPSIM_SYN)
		listener_queue(tcb);
	arrive_segment(tcb, in, packet);
}

static bool cookie_arrived(
	struct tcp_listener *listener, const struct wire_packet *in, struct tcpsim_packet *packet)
{
	struct tcpsim_host *host = listener->host;
	struct tcp_request request;
	struct tcp_tcb *tcb;
	enum tcpsim_rule rule;

	if (!host->sys.syncookies || !listener->cookies_sent ||
		in->segment.flags & (TCPSIM_RST | TCPSIM_SYN))
		return false;
	fill_request(host, listener, in, packet->interface, &request);
	request.timestamps = request.sack = request.window_scaling = false;
	request.ecn_answer = ECN_ANSWER_NONE;
	request.of_cookie = true;
	if (!cookie_check(host, &in->segment, &request)) {
		host_count(host, COUNTER_SYNCOOKIES_FAILED);
		return false;
	}
	rule = md5_judge_cookie(host, &in->segment);
	if (rule != TCPSIM_RULE_NONE) {
		request_drop(host, listener->id, TCPSIM_LISTEN, rule, &in->segment);
		return true;
	}
	host_count(host, COUNTER_SYNCOOKIES_RECV);
	ecn_cookie(&host->sys, &request, &in->segment);
	if (listener_is_full(listener)) {
		request_drop(host, listener->id, TCPSIM_LISTEN,
			TCPSIM_RULE_LISTEN_ACCEPT_QUEUE_FULL, &in->segment);
		return true;
	}
	tcb = listener_child(listener, &request);
	if (!tcb || demux_insert(host, &tcb->conn)) {
		tcb_free(tcb);
		return true;
	}
	tcb->in_table = true;
	tcb->ok.cookie = true;
	ecn_child(tcb, &request);
	tcp_event_state(host, tcb->conn.id, TCPSIM_LISTEN, TCPSIM_SYN_RCVD,
		TCPSIM_RULE_LISTEN_COOKIE_GOOD, &in->segment);
	request_child_arrives(tcb, in, packet);
	return true;
}

/* RFC 9293 §3.10.7.2, in its order: RST, ACK, SYN, the rest. */
void listener_arrived(struct tcp_listener *listener, const struct wire_packet *in,
	struct tcpsim_packet *packet, const tcpsim_seq *least_iss)
{
	struct tcpsim_host *host = listener->host;
	const struct tcpsim_segment *seg = &in->segment;

	if (seg->flags & TCPSIM_RST) {
		request_drop(host, listener->id, TCPSIM_LISTEN, TCPSIM_RULE_RST_IGNORED, seg);
	} else if ((seg->flags & (TCPSIM_SYN | TCPSIM_ACK)) == (TCPSIM_SYN | TCPSIM_ACK) &&
		   host->sys.listen_ignores_syn_ack) {
		request_drop(host, listener->id, TCPSIM_LISTEN, TCPSIM_RULE_LISTEN_SYN_ACK, seg);
	} else if (seg->flags & TCPSIM_ACK) {
		if (!cookie_arrived(listener, in, packet))
			tcp_refuse(host, seg, packet->interface, listener->id, TCPSIM_LISTEN,
				TCPSIM_RULE_ARRIVE_LISTEN_ACK);
	} else if (!(seg->flags & TCPSIM_SYN)) {
		request_drop(
			host, listener->id, TCPSIM_LISTEN, TCPSIM_RULE_ARRIVE_LISTEN_NOTHING, seg);
	} else if (seg->flags & TCPSIM_FIN && host->sys.listen_drops_syn_fin) {
		request_drop(host, listener->id, TCPSIM_LISTEN, TCPSIM_RULE_LISTEN_SYN_FIN, seg);
	} else if (addr_is_broadcast_or_multicast(host, &seg->dst)) {
		request_drop(host, listener->id, TCPSIM_LISTEN, TCPSIM_RULE_WIRE_NOT_OURS, seg);
	} else {
		syn_arrived(listener, in, packet, least_iss);
	}
}
