/* The user calls of RFC 9293 §3.10.1 to §3.10.5. See calls.h. */
#include <host/demux.h>
#include <tcp/calls.h>
#include <tcp/status.h>

#include <errno.h>
#include <tcp/ack.h>
#include <tcp/delack.h>
#include <tcp/delack_linux.h>
#include <tcp/fastopen.h>
#include <tcp/fastopen_client.h>
#include <tcp/listen.h>
#include <tcp/md5.h>
#include <tcp/output.h>
#include <tcp/prediction.h>
#include <tcp/set_aside.h>
#include <tcp/state.h>
#include <tcp/timers.h>
#include <tcp/timewait.h>
#include <tcp/window.h>
#include <time_units.h>

/* --- OPEN, active --- */

static struct tcp_tcb *prepare(
	struct tcp_socket *so, const struct tcpsim_addr *remote, uint16_t remote_port)
{
	struct tcp_tcb *tcb = tcb_new(so->host);

	if (!tcb)
		return NULL;
	tcb->settings = *tcp_settings_of(so);
	tcb->conn.local = so->local;
	tcb->conn.local_port = so->local_port;
	tcb->conn.udp_port = tcb->settings.udp_port;
	tcb->conn.remote = *remote;
	tcb->conn.remote_port = remote_port;
	if (so->relics) {
		/* Linux: the peer's segments are guessed by it (tcp_initialize_rcv_mss) */
		tcb->rcv.wnd = so->relics->rcv_wnd;
		tcb->snd.iss = so->relics->next_iss;
	}
	return tcb;
}

static int place(struct tcp_tcb *tcb, bool bound_port)
{
	int error = tcb_route(tcb);

	if (error)
		return error;
	time_wait_take_over(tcb, bound_port);
	error = demux_insert(tcb->host, &tcb->conn);
	tcb->in_table = !error;
	return error;
}

static void start_numbers(struct tcp_tcb *tcb)
{
	struct tcp_first_window first = tcp_window_first(tcb_sys(tcb), &tcb->settings,
		tcb->rcv.adv_mss, tcb_sys(tcb)->window_scaling && !tcb->settings.no_options,
		tcb->route_initrwnd);

	/* Linux tcp_connect_init: until the peer names one, which this cuts */
	if (tcb_sys(tcb)->maxseg_cuts_option && tcb->settings.max_segment)
		tcb->snd.peer_mss = tcb->settings.max_segment;
	if (!tcb->snd.iss.n) /* else it is beyond the numbers of a connection before it */
		tcb->snd.iss = tcp_choose_iss(tcb->host, &tcb->conn);
	tcb->snd.una = tcb->snd.nxt = tcb->snd.iss;
	tcb->snd.end = tcb->snd.pushed = tcpsim_seq_add(tcb->snd.iss, 1);
	tcb->ts.offset = tcp_choose_ts_offset(tcb->host, &tcb->conn);
	if (tcb->settings.quickack_off)
		delack_set_quick(tcb, 0);
	tcb_update_mss(tcb, false);
	delack_start(tcb); /* there is no window of this one yet to guess the peer's segments by */
	tcp_window_start(tcb, &first);
	sender_init(tcb);
}

static void send_first_syn(struct tcp_tcb *tcb)
{
	const struct tcpsim_profile *sys = tcb_sys(tcb);
	int64_t limit = tcb->settings.syn_timeout_s ? tcb->settings.syn_timeout_s * NSEC_PER_SEC
						    : sys->connect_timeout;

	host_count(tcb->host, COUNTER_ACTIVE_OPENS);
	tcb->first_syn_ns = tcb_now(tcb);
	if (limit)
		tcp_timer_start(tcb, TCPSIM_TIMER_GIVE_UP, limit);
	tcp_send_syn(tcb, TCPSIM_RULE_SEND_SYN);
	tcp_syn_timer_start(tcb);
}

/* Text of a connect: what the SYN may carry, or all that the buffer takes, by the profile. */
static size_t queue_first_text(struct tcp_tcb *tcb, const struct iovec *data, int n_data)
{
	size_t most = fastopen_client_takes(tcb), room = tcb->settings.send_buffer;
	bool in_skbs = tcb_sys(tcb)->push_by_write;
	struct tcp_skb *skb = NULL;
	ssize_t took;

	if (in_skbs) {
		skb = skbs_begin(&tcb->sendq.skbs, tcb->sendq.pool, tcb->snd.end);
		if (!skb)
			return 0;
	}
	took = sendq_append(&tcb->sendq, tcb->snd.end, tcb->snd.end, data, n_data,
		most < room ? most : room, 0);
	if (took > 0 && skb) {
		skb->end = tcpsim_seq_add(skb->start, (uint32_t)took);
		skb->push = true;
	}
	if (in_skbs)
		skbs_drop_empty(&tcb->sendq.skbs);
	if (took <= 0)
		return 0;
	tcb->snd.end = tcpsim_seq_add(tcb->snd.end, (uint32_t)took);
	return (size_t)took;
}

int tcp_connect(struct tcp_socket *so, const struct tcpsim_addr *remote, uint16_t remote_port,
	const struct iovec *data, int n_data, size_t *taken)
{
	struct tcp_tcb *tcb = prepare(so, remote, remote_port);
	int error;

	if (taken)
		*taken = 0;
	if (!tcb)
		return -ENOMEM;
	error = place(tcb, so->bound_port);
	if (!error)
		error = fastopen_client_start(tcb, data);
	if (error) {
		tcb_bury(tcb);
		tcb_sweep(tcb);
		return error;
	}
	so->tcb = tcb;
	tcb->socket = so;
	tcb->shut = so->shut;
	md5_begin(tcb, NULL);
	start_numbers(tcb);
	so->local = tcb->conn.local;
	tcp_enter(tcb, TCPSIM_SYN_SENT, TCPSIM_RULE_CONNECT_CALL, NULL);
	if (data && taken)
		*taken = queue_first_text(tcb, data, n_data);
	if (tcb->fastopen)
		tcb->fastopen->writing = taken && so->writes_on && *taken < iov_total(data, n_data);
	send_first_syn(tcb);
	return 0;
}

/* --- RECEIVE --- */

/* How far a read may go: it stops before an urgent byte, which it then skips or, in line, gives
 * alone. */
static size_t until_mark(struct tcp_tcb *tcb, bool peek)
{
	int32_t ahead = tcpsim_seq_diff(tcb->rcv.up, tcb_unread(tcb));

	if (!tcb->rcv.urgent || ahead < 0 || (uint32_t)ahead >= tcb->recvq.bytes)
		return tcb->recvq.bytes;
	if (ahead > 0)
		return (size_t)ahead;
	if (!tcb->settings.oob_inline && !peek) {
		uint8_t skipped;

		recvq_read(&tcb->recvq, &(struct iovec){&skipped, 1}, 1, 1, false);
	}
	return tcb->recvq.bytes;
}

bool tcp_at_mark(const struct tcp_tcb *tcb)
{
	return tcb->rcv.urgent && tcpsim_seq_eq(tcb->rcv.up, tcb_unread(tcb));
}

/* An urgent byte that was read past is none any more: there is nothing to ask for, and no mark. */
static void forget_urgent(struct tcp_tcb *tcb)
{
	if (!tcb->rcv.urgent || !tcpsim_seq_gt(tcb_unread(tcb), tcb->rcv.up))
		return;
	tcb->rcv.urgent = 0;
	prediction_check(tcb);
}

/* Packet by packet: the first one's end is where autotuning may look (Linux tcp_recvmsg_locked). */
static size_t read_text(struct tcp_tcb *tcb, const struct iovec *iov, int n_iov, size_t limit)
{
	uint32_t first = recvq_first_packet(&tcb->recvq), before = tcb->recvq.bytes;
	size_t n;

	set_aside_settle(tcb);
	n = recvq_read(&tcb->recvq, iov, n_iov, limit, false);
	if (!n)
		return n;
	set_aside_settle(tcb);
	if (n > first) { /* what had been read when the first packet was done */
		tcb->recvq.bytes = before - first;
		tcp_window_text_read(tcb);
		tcb->recvq.bytes = before - (uint32_t)n;
	}
	tcp_window_text_read(tcb);
	return n;
}

/* What read_text() would give. */
static size_t peek_text(const struct tcp_tcb *tcb, const struct iovec *iov, int n_iov, size_t limit)
{
	size_t done = 0;

	for (int i = 0; i < n_iov; i++) {
		size_t want = iov[i].iov_len < limit - done ? iov[i].iov_len : limit - done;
		size_t n = tcp_view(tcb, done, iov[i].iov_base, want);

		done += n;
		if (n < iov[i].iov_len)
			break;
	}
	return done;
}

static ssize_t nothing_to_read(const struct tcp_tcb *tcb)
{
	if (tcb->fin_received || tcb->shut & 1 || tcb->state == TCPSIM_CLOSED || tcb->finished)
		return 0;
	return -EAGAIN;
}

ssize_t tcp_receive(struct tcp_tcb *tcb, const struct iovec *iov, int n_iov, int flags)
{
	bool peek = flags & MSG_PEEK;
	size_t n;

	if (tcb->recvq.bytes) {
		size_t limit = until_mark(tcb, peek);

		n = peek ? peek_text(tcb, iov, n_iov, limit) : read_text(tcb, iov, n_iov, limit);
		forget_urgent(tcb);
		if (!n && iov_total(iov, n_iov)) /* an urgent octet was all that there was */
			return nothing_to_read(tcb);
		if (!peek ||
			tcb_sys(tcb)->delack_rule == TCPSIM_DELACK_LINUX) /* tcp_recvmsg_locked */
			delack_read(tcb, (uint32_t)n);
		return (ssize_t)n;
	}
	return nothing_to_read(tcb);
}

size_t tcp_view(const struct tcp_tcb *tcb, size_t skip, void *out, size_t size)
{
	int32_t ahead = tcpsim_seq_diff(tcb->rcv.up, tcb_unread(tcb));
	size_t limit = tcb->recvq.bytes;

	if (tcb->rcv.urgent && !tcb->settings.oob_inline && ahead >= 0 && (size_t)ahead < limit) {
		if (ahead == 0)
			skip++; /* the next read steps over it */
		else
			limit = (size_t)ahead;
	}
	if (skip >= limit)
		return 0;
	return recvq_view(&tcb->recvq, skip, out, size < limit - skip ? size : limit - skip);
}

enum { URGENT_NONE, URGENT_ANNOUNCED, URGENT_HERE, URGENT_READ };

ssize_t tcp_receive_urgent(struct tcp_tcb *tcb, uint8_t *byte, int flags)
{
	if (tcb->settings.oob_inline || tcb->rcv.urgent == URGENT_NONE ||
		tcb->rcv.urgent == URGENT_READ)
		return -EINVAL;
	if (tcb_sys(tcb)->urgent_end_told && tcb->state == TCPSIM_CLOSED && !tcb->fin_received)
		return -ENOTCONN;
	if (tcb->rcv.urgent == URGENT_ANNOUNCED)
		return tcb_sys(tcb)->urgent_end_told && (tcb->fin_received || tcb->shut & 1)
			       ? 0
			       : -EAGAIN;
	*byte = tcb->rcv.urgent_byte;
	if (!(flags & MSG_PEEK))
		tcb->rcv.urgent = URGENT_READ;
	return 1;
}

/* --- CLOSE and ABORT --- */

/* Linux tcp_close: SYN-RECEIVED goes over to FIN-WAIT-1, and the FIN leaves at once. */
static bool fin_follows_syn(struct tcp_tcb *tcb)
{
	return tcb->state == TCPSIM_SYN_RCVD && tcb->simultaneous &&
	       tcb_sys(tcb)->crossing_repeats_options && !tcb->loss.packets &&
	       sender_syn_goes_along(tcb);
}

static void queue_fin(struct tcp_tcb *tcb)
{
	if (tcb->fin_queued)
		return;
	tcb->fin_queued = true;
	tcb->more = false;
	tcb->fin_uncorks = true;
	if ((tcb->state != TCPSIM_SYN_SENT && tcb->state != TCPSIM_SYN_RCVD) ||
		fin_follows_syn(tcb))
		tcp_enter(tcb, tcp_on_close(tcb->state), TCPSIM_RULE_CLOSE_CALL, NULL);
	tcp_output(tcb);
	tcb->fin_uncorks = false;
}

void tcp_shut_meanwhile(struct tcp_tcb *tcb)
{
	if (tcb->shut & 2)
		queue_fin(tcb);
}

int tcp_shutdown(struct tcp_tcb *tcb, int how)
{
	if (tcb->state == TCPSIM_CLOSED || tcb->finished)
		return -ENOTCONN;
	/* The process wanted it so: no error is left behind (RFC 9293 §3.10.4, 4.4BSD
	 * tcp_usrclosed). */
	if (tcb->state == TCPSIM_SYN_SENT && how != SHUT_RD &&
		tcb_sys(tcb)->shutdown_ends_connect) {
		tcb_end(tcb, 0, TCPSIM_RULE_CLOSE_FRESH);
		return 0;
	}
	if (how == SHUT_RD || how == SHUT_RDWR)
		tcb->shut |= 1;
	if (how == SHUT_WR || how == SHUT_RDWR) {
		tcb->shut |= 2;
		if (tcb->state != TCPSIM_SYN_RCVD || !tcb_sys(tcb)->shutdown_disconnects)
			queue_fin(tcb);
	}
	socket_wake(tcb->socket, POLLIN | POLLOUT | POLLRDHUP | POLLHUP);
	return 0;
}

bool tcp_lingering(const struct tcp_tcb *tcb)
{
	/* in SYN-RECEIVED (Fast Open) the FIN waits for the handshake */
	return tcb->fin_queued && !tcb->finished &&
	       (tcb->state == TCPSIM_SYN_RCVD || tcb->state == TCPSIM_FIN_WAIT_1 ||
		       tcb->state == TCPSIM_CLOSING || tcb->state == TCPSIM_LAST_ACK);
}

static bool is_late(const struct tcp_tcb *tcb)
{
	return tcb->state == TCPSIM_CLOSING || tcb->state == TCPSIM_LAST_ACK;
}

/* RFC 9293 §3.10.5: in CLOSING and LAST-ACK an abort deletes the block and says nothing, as both
 * ends have closed; systems differ. Unread text is lost all the same, and told (RFC 2525 §2.17). */
static bool abort_is_reported(const struct tcp_tcb *tcb, enum tcpsim_rule rule)
{
	if (!tcp_state_has(tcb->state, TRAIT_SYNCHRONIZED) || tcb->state == TCPSIM_TIME_WAIT)
		return false;
	if (!is_late(tcb) || rule == TCPSIM_RULE_RST_CLOSE_UNREAD)
		return true;
	switch (tcb_sys(tcb)->late_abort) {
	case TCPSIM_LATE_ABORT_SILENT: return false;
	case TCPSIM_LATE_ABORT_UNSENT: return !tcb->fin_sent;
	case TCPSIM_LATE_ABORT_RESETS: return true;
	}
	return true;
}

static void abort_with(struct tcp_tcb *tcb, enum tcpsim_rule rule)
{
	if (abort_is_reported(tcb, rule))
		tcp_send_reset(tcb, rule);
	else if (is_late(tcb))
		rule = TCPSIM_RULE_CLOSE_ABORT;
	tcb_end(tcb, 0, rule);
}

void tcp_abort(struct tcp_tcb *tcb)
{
	tcb->socket = NULL;
	listener_forget(tcb);
	if (tcb->state == TCPSIM_CLOSED || tcb->finished)
		tcb->dead = true;
	else
		abort_with(tcb, TCPSIM_RULE_RST_ABORT);
	tcb_sweep(tcb);
}

/* The rule by which close() aborts rather than sends FIN; NONE: it closes. */
static enum tcpsim_rule close_aborts(const struct tcp_tcb *tcb)
{
	if (tcb->closing) /* that was asked when the waiting began */
		return TCPSIM_RULE_NONE;
	/* Linux __tcp_close asks in this order: unread text has its RST in CLOSING, too */
	if (tcb->recvq.bytes && tcb_sys(tcb)->reset_on_close_unread)
		return TCPSIM_RULE_RST_CLOSE_UNREAD;
	if (tcb->settings.linger && !tcb->settings.linger_s)
		return TCPSIM_RULE_RST_LINGER_ZERO;
	return TCPSIM_RULE_NONE;
}

bool tcp_close_lingering(struct tcp_tcb *tcb)
{
	if (tcb->state == TCPSIM_CLOSED || tcb->finished || tcb->state == TCPSIM_SYN_SENT ||
		close_aborts(tcb) != TCPSIM_RULE_NONE)
		return false;
	tcb->closing = true;
	tcb->shut = 3;
	queue_fin(tcb);
	return tcp_lingering(tcb);
}

/* Linux __tcp_close looks for unread text by taking it: a RST tells the window that is left then. */
static void forget_unread(struct tcp_tcb *tcb)
{
	struct iovec all = {NULL, SIZE_MAX};

	if (tcb_sys(tcb)->reset_on_close_unread)
		recvq_read(&tcb->recvq, &all, 1, SIZE_MAX, false);
}

void tcp_close(struct tcp_tcb *tcb)
{
	enum tcpsim_rule abort_rule = close_aborts(tcb);

	tcb->socket = NULL;
	tcb->orphaned = true;
	tcb->shut = 3;
	if (tcb->state == TCPSIM_CLOSED || tcb->finished) {
		tcb->dead = true;
	} else if (tcb->state == TCPSIM_SYN_SENT) {
		tcb_end(tcb, 0, TCPSIM_RULE_CLOSE_FRESH);
	} else if (abort_rule != TCPSIM_RULE_NONE) {
		listener_forget(tcb);
		forget_unread(tcb);
		abort_with(tcb, abort_rule);
	} else if (tcb->state == TCPSIM_FIN_WAIT_2) {
		if (tcb->settings.linger2_set < 0 && tcb_sys(tcb)->small_fin_wait_2)
			abort_with(tcb, TCPSIM_RULE_RST_LINGER_ZERO);
		else
			tcp_fin_wait_2_start(tcb);
	} else {
		queue_fin(tcb);
	}
	tcb_sweep(tcb);
}

/* Linux tcp_disconnect: of what was set these are the connection's, not the socket's; no other system
 * has them. */
static void forget_limits(struct tcp_settings *settings)
{
	settings->window_clamp = settings->rto_min_us = settings->delack_max_us = 0;
}

int tcp_disconnect(struct tcp_socket *so)
{
	struct tcp_tcb *tcb = so->tcb;

	if (!tcb) {
		if (so->settings)
			forget_limits(so->settings);
		tcp_move_relics(so);
		return 0;
	}
	so->tcb = NULL;
	so->error = 0;
	forget_limits(&tcb->settings);
	tcp_settings_keep(so, &tcb->settings);
	if (tcb_sys(tcb)->info_always)
		tcp_keep_relics(so, tcb);
	tcb->socket = NULL;
	listener_forget(tcb); /* a Fast Open's entry goes with its connection */
	if (tcb->state == TCPSIM_CLOSED || tcb->finished)
		tcb->dead = true;
	else
		abort_with(tcb, tcb->state == TCPSIM_SYN_SENT ? TCPSIM_RULE_CLOSE_FRESH
							      : TCPSIM_RULE_RST_ABORT);
	tcb_sweep(tcb);
	return 0;
}
