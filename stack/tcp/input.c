/* From the network to whom it concerns: RFC 9293 §3.10.7, and §3.10.7.1 when nobody
 * is concerned. */
#include <host/wheel.h>
#include <tcp/input.h>

#include <errno.h>
#include <tcp/arrive.h>
#include <tcp/emit.h>
#include <tcp/listen.h>
#include <tcp/md5.h>
#include <tcp/output.h>
#include <tcp/request.h>
#include <tcp/request_arrive.h>
#include <tcp/resting.h>
#include <tcp/state.h>
#include <tcp/timewait.h>
#include <wire/packet.h>

/* No connection, no listener: CLOSED (RFC 9293 §3.10.7.1), with the brief's two
 * causes told apart. */
static void nobody(struct tcpsim_host *host, const struct tcpsim_segment *seg, uint16_t interface)
{
	bool syn = (seg->flags & (TCPSIM_SYN | TCPSIM_ACK)) == TCPSIM_SYN;
	enum tcpsim_rule rule = syn ? TCPSIM_RULE_RST_NO_LISTENER : TCPSIM_RULE_RST_NO_CONNECTION;

	if (seg->flags & TCPSIM_RST) {
		tcp_event_segment(
			host, TCPSIM_EVENT_DROP, 0, TCPSIM_CLOSED, TCPSIM_RULE_RST_IGNORED, seg);
		return;
	}
	if (host->sys.blackhole >= 2 || (host->sys.blackhole == 1 && syn)) {
		tcp_event_segment(
			host, TCPSIM_EVENT_DROP, 0, TCPSIM_CLOSED, TCPSIM_RULE_RST_BLACKHOLE, seg);
		return;
	}
	tcp_refuse(host, seg, interface, 0, TCPSIM_CLOSED, rule);
}

/* RFC 2385 §2.0: not signed as it has to be, and dropped without an answer. */
static bool is_kept_out(struct tcpsim_host *host, const struct tcpsim_segment *seg,
	uint32_t connection, enum tcpsim_state state, enum tcpsim_rule rule)
{
	if (rule != TCPSIM_RULE_NONE)
		tcp_event_segment(host, TCPSIM_EVENT_DROP, connection, state, rule, seg);
	return rule != TCPSIM_RULE_NONE;
}

static void for_listener(struct tcpsim_host *host, const struct wire_packet *in,
	struct tcpsim_packet *packet, const tcpsim_seq *least_iss)
{
	const struct tcpsim_segment *seg = &in->segment;
	struct tcp_listener *listener =
		demux_listener(host, &seg->dst, seg->dst_port, &seg->src, seg->src_port);

	tcp_event_segment(host, TCPSIM_EVENT_SEGMENT_IN, listener ? listener->id : 0,
		listener ? TCPSIM_LISTEN : TCPSIM_CLOSED, TCPSIM_RULE_NONE, seg);
	if (!listener)
		nobody(host, seg, packet->interface);
	else if (!is_kept_out(host, seg, listener->id, TCPSIM_LISTEN,
			 md5_judge_for_listener(listener, seg)))
		listener_arrived(listener, in, packet, least_iss);
}

static void for_time_wait(struct tcpsim_host *host, struct conn *conn, const struct wire_packet *in,
	struct tcpsim_packet *packet)
{
	tcpsim_seq least_iss;

	tcp_event_segment(host, TCPSIM_EVENT_SEGMENT_IN, conn->id,
		((struct tcp_time_wait *)conn)->fin_wait_2 ? TCPSIM_FIN_WAIT_2 : TCPSIM_TIME_WAIT,
		TCPSIM_RULE_NONE, &in->segment);
	if (time_wait_arrived(host, (struct tcp_time_wait *)conn, &in->segment, &least_iss))
		for_listener(host, in, packet, &least_iss);
}

/* A SYN that TIME-WAIT would let through (RFC 9293 §3.10.7.4): the new connection may be of another
 * UDP port. */
static bool begins_anew(const struct conn *conn, const struct tcpsim_segment *seg)
{
	return conn->kind == CONN_TIME_WAIT && !((const struct tcp_time_wait *)conn)->fin_wait_2 &&
	       (seg->flags & (TCPSIM_SYN | TCPSIM_ACK | TCPSIM_RST)) == TCPSIM_SYN &&
	       tcpsim_seq_gt(seg->seq, ((const struct tcp_time_wait *)conn)->rcv_nxt);
}

static void dispatch(struct tcpsim_host *host, const struct wire_packet *in,
	struct tcpsim_packet *packet, struct conn *conn)
{
	const struct tcpsim_segment *seg = &in->segment;
	enum tcpsim_rule rule = TCPSIM_RULE_NONE;
	enum tcpsim_state state;

	if (!conn) {
		for_listener(host, in, packet, NULL);
		return;
	}
	if (conn->kind == CONN_RESTING) {
		conn = (struct conn *)resting_wake(host, (struct tcp_resting *)conn);
		if (!conn) /* without memory it is as if the wire had lost the segment */
			return;
	}
	if (conn->udp_port != seg->udp_src_port &&
		!begins_anew(conn, seg)) { /* TCP in UDP: from another port it is another's */
		tcp_event_segment(
			host, TCPSIM_EVENT_SEGMENT_IN, 0, TCPSIM_CLOSED, TCPSIM_RULE_NONE, seg);
		nobody(host, seg, packet->interface);
		return;
	}
	if (md5_concerns(conn, seg))
		rule = md5_judge(host, conn, seg);
	switch ((enum conn_kind)conn->kind) {
	case CONN_TCB:
		state = ((struct tcp_tcb *)conn)->state;
		tcp_event_segment(
			host, TCPSIM_EVENT_SEGMENT_IN, conn->id, state, TCPSIM_RULE_NONE, seg);
		if (!is_kept_out(host, seg, conn->id, state, rule))
			arrive_segment((struct tcp_tcb *)conn, in, packet);
		break;
	case CONN_REQUEST:
		tcp_event_segment(host, TCPSIM_EVENT_SEGMENT_IN, conn->id, TCPSIM_SYN_RCVD,
			TCPSIM_RULE_NONE, seg);
		if (!is_kept_out(host, seg, conn->id, TCPSIM_SYN_RCVD, rule))
			request_arrived(host, (struct tcp_request *)conn, in, packet);
		break;
	case CONN_TIME_WAIT: for_time_wait(host, conn, in, packet); break;
	case CONN_RESTING: break; /* it was woken */
	}
}

void tcp_input(struct tcpsim_host *host, const struct wire_packet *in, struct tcpsim_packet *packet,
	struct conn *conn)
{
	bool syn_fin = (in->segment.flags & (TCPSIM_SYN | TCPSIM_FIN)) == (TCPSIM_SYN | TCPSIM_FIN);

	host_count(host, COUNTER_IN_SEGS);
	if (syn_fin && host->sys.drop_syn_fin)
		tcp_event_segment(host, TCPSIM_EVENT_DROP, 0, TCPSIM_CLOSED,
			TCPSIM_RULE_ARRIVE_SYN_FIN, &in->segment);
	else
		dispatch(host, in, packet, conn);
	tcpsim_packet_free(packet);
}

void tcp_prefetch(const struct conn *conn)
{
	/* Of the small forms this is too much, but to ask which it is would be to wait for it. */
	for (size_t at = 0; at < sizeof(struct tcp_tcb); at += 64)
		__builtin_prefetch((const char *)conn + at);
}

bool tcp_drop_connection(struct tcpsim_host *host, struct conn *conn)
{
	struct tcp_tcb *tcb = (struct tcp_tcb *)conn;

	switch ((enum conn_kind)conn->kind) {
	case CONN_RESTING:
		tcb = resting_wake(host, (struct tcp_resting *)conn);
		if (!tcb)
			return false;
		break;
	case CONN_TIME_WAIT:
		time_wait_free(host, (struct tcp_time_wait *)conn, TCPSIM_RULE_CLOSE_DROPPED);
		return true;
	case CONN_REQUEST:
		request_free(host, (struct tcp_request *)conn, TCPSIM_RULE_CLOSE_DROPPED);
		return true;
	case CONN_TCB: break;
	}
	if (tcp_state_has(tcb->state, TRAIT_SYNCHRONIZED))
		tcp_send_reset(tcb, TCPSIM_RULE_CLOSE_DROPPED);
	listener_forget(tcb);
	tcb_end(tcb, ECONNABORTED, TCPSIM_RULE_CLOSE_DROPPED);
	tcb_sweep(tcb);
	return true;
}

void tcp_describe(const struct conn *conn, struct tcpsim_socket_row *row)
{
	const struct tcp_tcb *tcb = (const struct tcp_tcb *)conn;

	*row = (struct tcpsim_socket_row){.connection = conn->id,
		.fd = -1,
		.local = conn->local,
		.remote = conn->remote,
		.local_port = conn->local_port,
		.remote_port = conn->remote_port,
		.dual_stack = conn->ip_version == 6};
	if (conn->kind == CONN_TIME_WAIT) {
		const struct tcp_tcb *held = ((const struct tcp_time_wait *)conn)->tcb;

		row->state = ((const struct tcp_time_wait *)conn)->fin_wait_2 ? TCPSIM_FIN_WAIT_2
									      : TCPSIM_TIME_WAIT;
		row->fd = held && held->socket ? held->socket->fd : -1;
	} else if (conn->kind == CONN_REQUEST) {
		row->state = TCPSIM_SYN_RCVD;
	} else if (conn->kind == CONN_RESTING) {
		const struct tcp_resting *resting = (const struct tcp_resting *)conn;

		row->state = resting->state;
		row->fd = resting->socket->fd;
	} else {
		row->state = tcb->state;
		row->fd = tcb->socket ? tcb->socket->fd : -1;
		row->recv_queue = tcb->recvq.bytes;
		row->send_queue = tcb->sendq.bytes;
	}
}

void tcp_forget(struct tcpsim_host *host, struct conn *conn)
{
	if (conn->kind == CONN_TCB) {
		struct tcp_tcb *tcb = (struct tcp_tcb *)conn;

		tcb_bury(tcb);
		tcb->in_output = false;
		if (!tcb->socket)
			tcb_sweep(tcb);
		return;
	}
	if (conn->kind == CONN_RESTING) {
		resting_free(host, (struct tcp_resting *)conn);
		return;
	}
	demux_remove(host, conn);
	if (conn->kind == CONN_REQUEST) {
		wheel_cancel(host, &((struct tcp_request *)conn)->wheel);
		pool_give(host->pool, conn, sizeof(struct tcp_request));
	} else {
		wheel_cancel(host, &((struct tcp_time_wait *)conn)->wheel);
		pool_give(host->pool, conn, sizeof(struct tcp_time_wait));
	}
}
