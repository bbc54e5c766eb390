/* Segments to packets: the one place where TCP hands something to the network. */
#include <host/demux.h>
#include <host/output.h>
#include <host/peers.h>
#include <host/routes.h>
#include <tcp/emit.h>

#include <tcp/md5.h>
#include <tcp/resting.h>
#include <tcp/state.h>
#include <tcp/timewait.h>
#include <wire/build.h>
#include <wire/options.h>
#include <wire/tunnel.h>

/* Linux ip_dont_fragment(), ip(7): who probes looks after the size himself. */
bool tcp_forbids_fragments(struct tcpsim_host *host, const struct tcpsim_addr *dst, uint8_t mode)
{
	switch ((enum pmtu_mode)mode) {
	case PMTU_HOST: return host->sys.pmtu_discovery && !route_fragments(host, dst);
	case PMTU_WANT: return !route_fragments(host, dst);
	case PMTU_DO: return true;
	default: return false;
	}
}

uint8_t tcp_answer_pmtu_mode(const struct tcpsim_host *host)
{
	return host->sys.answers_forbid_fragments ? PMTU_DO : PMTU_HOST;
}

void tcp_emit_tell(struct tcpsim_host *host, const struct tcpsim_packet *packet,
	const struct tcpsim_segment *segment, const struct tcp_occasion *why)
{
	struct tcpsim_event event = {.kind = TCPSIM_EVENT_SEGMENT_OUT,
		.connection = why->connection,
		.before = why->state,
		.after = why->state,
		.rule = why->rule,
		.segment = segment,
		.packet = packet->number};

	host_event(host, &event);
}

void tcp_emit(struct tcpsim_host *host, struct tcpsim_segment *segment, struct tcpsim_chunk *chunk,
	uint16_t interface, uint32_t connection, enum tcpsim_state state, enum tcpsim_rule rule)
{
	struct tcpsim_packet *packet = tcpsim_packet_new(host->pool);
	bool df;

	if (!packet)
		return; /* as good as lost on the wire */
	segment->ip_version = tcpsim_addr_is_v4(&segment->dst) ? 4 : 6;
	if (!segment->ttl)
		segment->ttl = (uint8_t)host->sys.ttl;
	segment->header_len = (uint8_t)(20 + segment->options.raw_len);
	df = tcp_forbids_fragments(host, &segment->dst, segment->pmtu_mode);
	packet->headers_len = (uint16_t)wire_build_headers(
		segment, host->ip_id++, df, segment->payload, packet->headers);
	if (segment->udp_dst_port)
		packet->headers_len = (uint16_t)wire_udp_wrap(packet->headers, packet->headers_len,
			segment->payload, segment->len, (uint16_t)host->sys.udp_tunneling_port,
			segment->udp_dst_port);
	packet->chunk = chunk ? tcpsim_chunk_ref(chunk) : NULL;
	packet->payload = segment->payload;
	packet->payload_len = segment->len;
	packet->interface = interface;
	packet->sums_good = true;
	host_count(host, COUNTER_OUT_SEGS);
	if (segment->flags & TCPSIM_RST)
		host_count(host, COUNTER_OUT_RSTS);
	if (host_listens(host)) {
		tcp_options_parse(
			segment->options.raw, segment->options.raw_len, &segment->options);
		tcp_emit_tell(
			host, packet, segment, &(struct tcp_occasion){connection, state, rule});
	}
	host_send(host, packet);
}

static void speak_as(const struct tcp_settings *settings, struct tcpsim_segment *out)
{
	if (!settings)
		return;
	out->ttl = settings->ttl;
	out->tos = settings->tos & ~3u;
}

/* FreeBSD: a RST has the TTL and TOS of whoever it speaks for: the connection, also when it is in
 * TIME-WAIT and its socket closed, or else a socket that is bound there. */
static void speak_for(
	struct tcpsim_host *host, const struct tcpsim_segment *in, struct tcpsim_segment *out)
{
	struct conn *conn = demux_find(host, &in->dst, in->dst_port, &in->src, in->src_port);
	const struct tcp_time_wait *tw;

	if (!conn) {
		speak_as(host->up->bound_settings(host, &in->dst, in->dst_port), out);
	} else if (conn->kind == CONN_RESTING) {
		speak_as(&resting_wake(host, (struct tcp_resting *)conn)->settings, out);
	} else if (conn->kind == CONN_TCB) {
		speak_as(&((struct tcp_tcb *)conn)->settings, out);
	} else if (conn->kind == CONN_TIME_WAIT) {
		tw = (const struct tcp_time_wait *)conn;
		out->ttl = tw->ttl;
		out->tos = (uint8_t)(tw->dscp << 2);
	}
}

/*
 * RFC 9293 §3.5.2: with ACK, SEQ = SEG.ACK; else SEQ = 0 and ACK = SEG.SEQ + SEG.LEN. Never in
 * answer to a RST, and never to a broadcast or multicast (RFC 1122 §4.2.3.10).
 */
void tcp_refuse(struct tcpsim_host *host, const struct tcpsim_segment *in, uint16_t interface,
	uint32_t connection, enum tcpsim_state state, enum tcpsim_rule rule)
{
	struct tcpsim_segment out = {.src = in->dst,
		.dst = in->src,
		.src_port = in->dst_port,
		.dst_port = in->src_port,
		.udp_dst_port = in->udp_src_port,
		.flags = TCPSIM_RST,
		.pmtu_mode = tcp_answer_pmtu_mode(host)};
	uint8_t options[WIRE_MD5_OPTION_LEN];

	if (in->flags & TCPSIM_RST)
		return;
	if (host->sys.reset_like_socket)
		speak_for(host, in, &out);
	if (host->sys.answer_reflects_tos)
		out.tos = in->tos & ~3u;
	if (addr_is_broadcast_or_multicast(host, &in->dst) ||
		addr_is_broadcast_or_multicast(host, &in->src))
		return;
	if (in->flags & TCPSIM_ACK) {
		out.seq = in->ack;
	} else {
		out.flags |= TCPSIM_ACK;
		out.ack = tcp_segment_end(in);
	}
	if (md5_sign_refusal(host, in, &out, options))
		tcp_emit(host, &out, NULL, route_back(host, &in->src, interface), connection, state,
			rule);
	else
		tcp_event_segment(
			host, TCPSIM_EVENT_DROP, connection, state, TCPSIM_RULE_RST_MD5_NO_KEY, in);
}
