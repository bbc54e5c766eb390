/* What an ICMP error does to a connection, by the profile's table: RFC 1122 §4.2.3.9, RFC 5461, RFC
 * 5927. */
#include <host/demux.h>
#include <host/output.h>
#include <tcp/icmp.h>

#include <tcp/listen.h>
#include <tcp/output.h>
#include <tcp/output_again.h>
#include <tcp/pmtu.h>
#include <tcp/request.h>
#include <tcp/resting.h>
#include <tcp/sender_cwnd.h>
#include <tcp/sender_timer.h>
#include <tcp/state.h>
#include <wire/wire.h>

static const struct tcpsim_icmp_rule *find_rule(
	const struct tcpsim_profile *sys, int family, uint8_t type, uint8_t code)
{
	for (size_t i = 0; i < sys->n_icmp_rules; i++) {
		const struct tcpsim_icmp_rule *rule = &sys->icmp_rules[i];

		if (rule->family == family && rule->type == type && code >= rule->code &&
			code <= rule->code_last)
			return rule;
	}
	return NULL;
}

static void note(
	struct tcp_tcb *tcb, const struct wire_packet *in, enum tcpsim_rule rule, int error)
{
	struct tcpsim_event event = {.kind = TCPSIM_EVENT_ICMP,
		.connection = tcb->conn.id,
		.before = tcb->state,
		.after = tcb->state,
		.rule = rule,
		.error = error,
		.icmp = {in->icmp.type, in->icmp.code}};

	if (host_listens(tcb->host))
		host_event(tcb->host, &event);
}

/* RFC 5927 §4.1: the quoted number must be one that is in flight. */
static bool quotes_flight(const struct tcp_tcb *tcb, const struct wire_quote *quote)
{
	tcpsim_seq first = tcb->state == TCPSIM_SYN_RCVD ? tcb->snd.iss : tcb->snd.una;

	if (!quote->has_seq)
		return false;
	return tcpsim_seq_ge(quote->seq, first) &&
	       tcpsim_seq_lt(
		       quote->seq, tcpsim_seq_add(tcb->snd.nxt, tcb_sys(tcb)->icmp_takes_next_seq));
}

/* IP_RECVERR: told at once, and the connection lives. */
static void soft(struct tcp_tcb *tcb, const struct wire_packet *in, int error)
{
	if (tcpsim_seq_eq(in->icmp.quote.seq, tcb->snd.una))
		sender_icmp_unreachable(tcb);
	note(tcb, in, TCPSIM_RULE_CONNECT_ICMP_SOFT, error);
	if (tcb->settings.receive_error_queue && tcb->socket)
		socket_fail(tcb->socket, error);
	else
		tcb->soft_error = error;
}

/* Linux queues what ends an attempt for all who try by IPv4, be it that they asked for it (IP_RECVERR)
 * or not; ipv6_icmp_error() looks whether they did. */
static bool is_queued(const struct tcp_tcb *tcb)
{
	bool trying = tcb->state == TCPSIM_SYN_SENT || tcb->state == TCPSIM_SYN_RCVD;

	return trying && tcb->socket && tcb_sys(tcb)->icmp_error_queued &&
	       (tcb->conn.ip_version == 4 || tcb->settings.receive_error_queue);
}

static void hard(struct tcp_tcb *tcb, const struct wire_packet *in, int error)
{
	note(tcb, in, TCPSIM_RULE_CONNECT_ICMP_HARD, error);
	if (is_queued(tcb))
		tcb->host->up->icmp_error(tcb->socket, in, error);
	listener_forget(tcb);
	tcb_end(tcb, error, TCPSIM_RULE_CONNECT_ICMP_HARD);
}

/* Linux tcp_v4_mtu_reduced: no clock is read for it, so what goes again is stamped with the time at which
 * the connection last had something to do (tcp_mstamp). New text waits for its own occasion. */
static void path_is_narrower(struct tcp_tcb *tcb, uint32_t mtu)
{
	int64_t last = tcb->first_syn_ns;

	last = tcb->last_heard_ns > last ? tcb->last_heard_ns : last;
	last = tcb->last_ack_sent_ns > last ? tcb->last_ack_sent_ns : last;
	if (tcb_sys(tcb)->pmtu_stamps_late)
		tcb->host->stamp_lag_ns = tcb_now(tcb) - last;
	pmtu_reduce(tcb, mtu);
	/* what was too big goes again; other errors set nothing going */
	if (!tcb->dead && tcb->state != TCPSIM_CLOSED) {
		if (tcb_sys(tcb)->push_by_write)
			tcp_output_recovery(tcb);
		else
			tcp_output(tcb);
	}
	tcb->host->stamp_lag_ns = 0;
}

static void for_connection(
	struct tcp_tcb *tcb, const struct wire_packet *in, const struct tcpsim_icmp_rule *rule)
{
	bool handshake = tcb->state == TCPSIM_SYN_SENT || tcb->state == TCPSIM_SYN_RCVD;
	enum tcpsim_icmp_effect effect =
		rule ? (handshake ? rule->effect : rule->effect_synchronized) : TCPSIM_ICMP_IGNORE;

	if (!quotes_flight(tcb, &in->icmp.quote))
		host_count(tcb->host, COUNTER_OUT_OF_WINDOW_ICMPS);
	if (!quotes_flight(tcb, &in->icmp.quote) ||
		(effect == TCPSIM_ICMP_HARD && !tcb_sys(tcb)->icmp_may_reset))
		effect = TCPSIM_ICMP_IGNORE;
	switch (effect) {
	case TCPSIM_ICMP_IGNORE: note(tcb, in, TCPSIM_RULE_ICMP_IGNORED, 0); break;
	case TCPSIM_ICMP_SOFT: soft(tcb, in, rule->error); break;
	case TCPSIM_ICMP_HARD: hard(tcb, in, rule->error); break;
	case TCPSIM_ICMP_PMTU: path_is_narrower(tcb, in->icmp.mtu); break;
	case TCPSIM_ICMP_QUENCH:
		note(tcb, in, TCPSIM_RULE_ICMP_QUENCH, 0);
		sender_collapse(tcb);
		break;
	}
	tcb_sweep(tcb);
}

/* An entry of the incomplete queue dies of what would end a connection attempt at once. */
static void for_request(struct tcpsim_host *host, struct tcp_request *request,
	const struct wire_packet *in, const struct tcpsim_icmp_rule *rule)
{
	if (!in->icmp.quote.has_seq || !tcpsim_seq_eq(in->icmp.quote.seq, request->iss))
		host_count(host, COUNTER_OUT_OF_WINDOW_ICMPS);
	else if (rule && rule->effect == TCPSIM_ICMP_HARD && !rule->spares_entry)
		request_free(host, request, TCPSIM_RULE_CONNECT_ICMP_HARD);
}

void tcp_icmp(struct tcpsim_host *host, const struct wire_packet *in)
{
	const struct wire_quote *quote = &in->icmp.quote;
	struct conn *conn =
		demux_find(host, &quote->src, quote->src_port, &quote->dst, quote->dst_port);
	const struct tcpsim_icmp_rule *rule =
		find_rule(&host->sys, in->segment.ip_version, in->icmp.type, in->icmp.code);

	if (!conn || conn->udp_port != quote->udp_dst_port)
		return;
	if (conn->kind == CONN_RESTING)
		conn = (struct conn *)resting_wake(host, (struct tcp_resting *)conn);
	if (!conn)
		return;
	if (conn->kind == CONN_TCB)
		for_connection((struct tcp_tcb *)conn, in, rule);
	else if (conn->kind == CONN_REQUEST)
		for_request(host, (struct tcp_request *)conn, in, rule);
}
