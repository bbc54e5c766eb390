/* Listeners and their completed queue; incomplete entries are in request.c. See listen.h. */
#include <host/demux.h>
#include <host/output.h>
#include <tcp/listen.h>
#include <tcp/request.h>
#include <tcp/request_arrive.h>

#include <errno.h>
#include <stdlib.h>
#include <tcp/delack_linux.h>
#include <tcp/md5.h>
#include <tcp/output.h>
#include <tcp/state.h>
#include <tcp/status.h>
#include <tcp/window.h>

void listener_event_queue(const struct tcp_listener *listener, enum tcpsim_rule rule,
	const struct tcpsim_segment *seg)
{
	struct tcpsim_event event = {.kind = TCPSIM_EVENT_QUEUE,
		.connection = listener->id,
		.before = TCPSIM_LISTEN,
		.after = TCPSIM_LISTEN,
		.rule = rule,
		.segment = seg,
		.queue = {listener->n_incomplete, listener->n_completed, listener->backlog,
			listener->entry.local_port}};

	if (host_listens(listener->host))
		host_event(listener->host, &event);
}

/* --- limits --- */

static uint32_t clamp_backlog(const struct tcpsim_profile *sys, int backlog)
{
	if (backlog < 0) /* 4.4BSD: none at all; later systems: as many as may be */
		return sys->backlog_rule == TCPSIM_BACKLOG_BSD44 ? 0 : (uint32_t)sys->somaxconn;
	return backlog > sys->somaxconn ? (uint32_t)sys->somaxconn : (uint32_t)backlog;
}

/* UNP Figure 4.10: how many connections both queues may hold before the next SYN is ignored. */
static uint32_t both_queues_limit(const struct tcpsim_profile *sys, uint32_t n)
{
	switch (sys->backlog_rule) {
	case TCPSIM_BACKLOG_BSD44: return 3 * n / 2;
	case TCPSIM_BACKLOG_FREEBSD4: return n;
	case TCPSIM_BACKLOG_LINUX24: return n + 2;
	case TCPSIM_BACKLOG_HPUX: return n ? (3 * n / 2 ? 3 * n / 2 - 1 : 0) : 0;
	case TCPSIM_BACKLOG_SOLARIS: return n == 4 ? 5 : 3 * n / 2;
	case TCPSIM_BACKLOG_FREEBSD:
	case TCPSIM_BACKLOG_LINUX: break;
	}
	return UINT32_MAX;
}

bool listener_is_full(const struct tcp_listener *listener)
{
	switch (listener->host->sys.backlog_rule) {
	case TCPSIM_BACKLOG_FREEBSD: return listener->n_completed > 3 * listener->backlog / 2;
	case TCPSIM_BACKLOG_LINUX: return listener->n_completed > listener->backlog;
	default: return false; /* its place was kept when the SYN came */
	}
}

bool listener_refuses_syn(const struct tcp_listener *listener)
{
	uint32_t limit = both_queues_limit(&listener->host->sys, listener->backlog);

	return listener->n_completed + listener->n_incomplete > limit;
}

/* --- calls --- */

/* What demultiplexing must know of a listener made from so. */
static void fill_entry(const struct tcp_socket *so, struct listen_entry *entry)
{
	bool any = tcpsim_addr_is_any(&so->local), v4 = tcpsim_addr_is_v4(&so->local);

	entry->local = so->local;
	entry->local_port = so->local_port;
	entry->ipv4 = v4 || (any && !so->v6only);
	entry->ipv6 = !v4;
}

int tcp_listen(struct tcp_socket *so, int backlog)
{
	struct tcp_listener *listener = calloc(1, sizeof(*listener));

	if (!listener)
		return -ENOMEM;
	listener->host = so->host;
	listener->socket = so;
	listener->settings = *tcp_settings_of(so);
	listener->settings.quickack_off = false; /* inet_csk_delack_init */
	listener->id = ++so->host->next_connection;
	TAILQ_INIT(&listener->completed);
	fill_entry(so, &listener->entry);
	so->listener = listener;
	demux_add_listener(so->host, listener);
	tcp_event_state(so->host, listener->id, TCPSIM_CLOSED, TCPSIM_LISTEN,
		TCPSIM_RULE_LISTEN_CALL, NULL);
	tcp_listener_set_backlog(listener, backlog);
	return 0;
}

void tcp_listener_set_backlog(struct tcp_listener *listener, int backlog)
{
	listener->backlog = clamp_backlog(&listener->host->sys, backlog);
	listener_event_queue(listener, TCPSIM_RULE_LISTEN_BACKLOG, NULL);
}

/* Entries of the incomplete queue go; a Fast Open connection that was accepted before its handshake
 * ended stays. */
static bool forget_entry(void *context, struct conn *conn)
{
	struct tcp_listener *listener = context;
	struct tcp_request *request = (struct tcp_request *)conn;
	struct tcp_tcb *tcb = (struct tcp_tcb *)conn;

	if (conn->kind == CONN_REQUEST && request->listener == listener) {
		if (listener->host->sys.handshake_rule ==
			TCPSIM_HANDSHAKE_CONNECTION) /* soclose: soabort */
			request_reset(listener->host, request, TCPSIM_RULE_RST_LISTENER_CLOSED);
		request_free(listener->host, request, TCPSIM_RULE_LISTEN_CLOSED);
		return true;
	}
	if (conn->kind == CONN_TCB && tcb->listener == listener && tcb->accepted)
		tcb->listener = NULL;
	return true;
}

static void event_closed(const struct tcp_listener *listener)
{
	tcp_event_state(listener->host, listener->id, TCPSIM_LISTEN, TCPSIM_CLOSED,
		TCPSIM_RULE_LISTEN_CLOSED, NULL);
}

void tcp_listener_shut(struct tcp_listener *listener)
{
	if (listener->is_shut)
		return;
	listener->is_shut = true;
	demux_remove_listener(listener->host, listener);
	event_closed(listener);
}

void tcp_listener_close(struct tcp_listener *listener)
{
	struct tcpsim_host *host = listener->host;
	struct tcp_tcb *tcb;

	if (!listener->is_shut)
		demux_remove_listener(host, listener);
	listener->socket = NULL;
	if (listener->n_incomplete || listener->n_fastopen)
		demux_each(host, forget_entry, listener);
	while ((tcb = TAILQ_FIRST(&listener->completed))) {
		TAILQ_REMOVE(&listener->completed, tcb, queue_link);
		tcb->listener = NULL;
		if (tcb->state != TCPSIM_CLOSED && !tcb->finished) {
			tcp_send_reset(tcb, TCPSIM_RULE_RST_LISTENER_CLOSED);
			tcb_end(tcb, 0, TCPSIM_RULE_RST_LISTENER_CLOSED);
		}
		tcb->dead = true;
		tcb_sweep(tcb);
	}
	if (!listener->is_shut)
		event_closed(listener);
	free(listener);
}

uint32_t tcp_listener_completed(const struct tcp_listener *listener)
{
	return listener->n_completed;
}

bool tcp_accept_aborted(struct tcp_listener *listener)
{
	struct tcp_tcb *tcb = TAILQ_FIRST(&listener->completed);

	if (!tcb || tcb->state != TCPSIM_CLOSED ||
		listener->host->sys.queued_reset != TCPSIM_QUEUED_RESET_ABORTED)
		return false;
	TAILQ_REMOVE(&listener->completed, tcb, queue_link);
	listener->n_completed--;
	tcb->listener = NULL;
	tcb->dead = true;
	listener_event_queue(listener, TCPSIM_RULE_LISTEN_ACCEPT_ABORTED, NULL);
	tcb_sweep(tcb);
	return true;
}

struct tcp_tcb *tcp_accept(struct tcp_listener *listener, struct tcp_socket *so)
{
	struct tcp_tcb *tcb = TAILQ_FIRST(&listener->completed);

	if (!tcb)
		return NULL;
	TAILQ_REMOVE(&listener->completed, tcb, queue_link);
	listener->n_completed--;
	tcb->listener = tcb->ok.fastopen_in && tcb->state == TCPSIM_SYN_RCVD ? listener : NULL;
	tcb->accepted = true;
	tcb->socket = so;
	so->tcb = tcb;
	md5_accepted(tcb);
	if (tcb->error) /* it ended while it waited: the first call on it is told */
		socket_fail(so, tcb->error);
	listener_event_queue(listener, TCPSIM_RULE_LISTEN_ACCEPT, NULL);
	return tcb;
}

/* --- the completed queue --- */

void listener_queue(struct tcp_tcb *tcb)
{
	struct tcp_listener *listener = tcb->listener;

	tcb->queued = true;
	TAILQ_INSERT_TAIL(&listener->completed, tcb, queue_link);
	listener->n_completed++;
	listener_event_queue(listener, TCPSIM_RULE_LISTEN_COMPLETED, NULL);
}

void listener_completed(struct tcp_tcb *tcb)
{
	struct tcp_listener *listener = tcb->listener;

	if (tcb->queued || tcb->accepted) { /* Fast Open: it was queued when its SYN came */
		if (tcb->ok.fastopen_in)
			listener->n_fastopen--;
		if (tcb->accepted)
			tcb->listener = NULL;
		return;
	}
	listener_queue(tcb);
	socket_wake(listener->socket, POLLIN | POLLRDNORM);
}

void listener_forget(struct tcp_tcb *tcb)
{
	struct tcp_listener *listener = tcb->listener;

	if (!listener)
		return;
	if (tcb->ok.fastopen_in && !tcb->handshake_done && listener->n_fastopen)
		listener->n_fastopen--;
	if (tcb->queued && !tcb->accepted) {
		if (tcb_sys(tcb)->queued_reset != TCPSIM_QUEUED_RESET_LEAVES)
			return; /* accept() tells of it, or gives it and its first read does */
		TAILQ_REMOVE(&listener->completed, tcb, queue_link);
		listener->n_completed--;
	}
	tcb->listener = NULL;
}

struct tcp_tcb *listener_child(struct tcp_listener *listener, const struct tcp_request *from)
{
	struct tcpsim_host *host = listener->host;
	struct tcp_tcb *tcb = tcb_new(host);
	struct tcp_first_window first;

	if (!tcb)
		return NULL;
	tcb->settings = listener->settings;
	if (host->sys.reflect_tos)
		tcb->settings.tos = from->syn_tos & ~3u;
	tcb->conn = from->conn;
	tcb->conn.kind = CONN_TCB;
	if (!tcb->conn.id) /* there was no entry; its key is kept under that */
		tcb->conn.id = ++host->next_connection;
	tcb->listener = listener;
	tcb->passive = tcb->syn_came = true;
	tcb->state = TCPSIM_SYN_RCVD; /* where its entry stood: tcp_enter saw it go there */
	if (tcb_route(tcb)) {
		tcb_free(tcb);
		return NULL;
	}
	md5_begin(tcb, from);
	tcb->snd.iss = tcb->snd.una = from->iss;
	tcb->snd.nxt = tcb->snd.end = tcb->snd.pushed = tcpsim_seq_add(from->iss, 1);
	tcb->rcv.irs = from->irs;
	tcb->rcv.nxt = tcb->rcv.acked = tcpsim_seq_add(from->irs, 1);
	tcb->snd.peer_mss = from->mss;
	tcb->ok.timestamps = from->timestamps;
	tcb->ok.sack = from->sack;
	tcb->ok.window_scaling = from->window_scaling;
	tcb->snd.scale = from->scale;
	tcb->snd.wnd = tcb->snd.max_wnd = from->window;
	tcb->snd.wl1 = from->irs;
	tcb->snd.wl2 = from->iss;
	tcb->ts.recent = from->ts_recent;
	tcb->ts.recent_age_ns = host->now;
	tcb->ts.offset = tcp_choose_ts_offset(host, &tcb->conn);
	tcb->syn_retransmits = from->retransmits;
	tcb->count.retrans_segs = from->resends;
	tcb->count.segs_in = 1; /* the SYN */
	first = request_own_window(from);
	/* Linux cookie_v4_check: whole segments of the peer's size, where others have ours */
	if (from->of_cookie)
		first = tcp_window_first(&host->sys, &tcb->settings,
			host->sys.window_rule == TCPSIM_WINDOW_LINUX ? from->mss : tcb->rcv.adv_mss,
			from->window_scaling, tcb->route_initrwnd);
	tcp_window_start(tcb, &first);
	if (tcb->settings.quickack_off)
		delack_set_quick(tcb, 0);
	tcb_update_mss(tcb, false);
	sender_init(tcb);
	host_count(host, COUNTER_PASSIVE_OPENS);
	return tcb;
}

uint32_t tcp_listener_id(const struct tcp_listener *listener)
{
	return listener->id;
}

uint32_t tcp_listener_backlog(const struct tcp_listener *listener)
{
	return listener->backlog;
}
