/*
 * The Internet layer's input: who a packet is for, whether its source can be true, and which module
 * takes it. RFC 1122 §3.2.1.3, RFC 4942 §2.2, RFC 9293 §3.10.7 (TCP neither takes from nor answers
 * broadcast and multicast).
 */
#include <host/output.h>
#include <host/routes.h>
#include <host/short_path.h>
#include <ip/icmp.h>
#include <ip/ip.h>
#include <ip/reassembly.h>
#include <tcp/input.h>
#include <wire/ip.h>
#include <wire/tunnel.h>

#define PROTOCOL_UDP 17

static void drop(struct tcpsim_host *host, const struct wire_packet *in, enum tcpsim_rule rule)
{
	struct tcpsim_event event = {.kind = TCPSIM_EVENT_DROP, .rule = rule};

	if (!host_listens(host))
		return;
	event.segment = in->kind == WIRE_TCP ? &in->segment : NULL;
	host_event(host, &event);
}

/* No host has such an address: RFC 1122 §3.2.1.3, RFC 6890. */
static bool source_is_impossible(
	const struct tcpsim_host *host, const struct wire_packet *in, int interface)
{
	const struct tcpsim_addr *src = &in->segment.src;

	if (addr_is_broadcast_or_multicast(host, src) || tcpsim_addr_is_any(src))
		return true;
	return interface != HOST_LOOPBACK && tcpsim_addr_is_v4(src) && src->b[12] == 127;
}

/* The rule by which it is not for us, or NONE. */
static enum tcpsim_rule refuse(
	struct tcpsim_host *host, const struct wire_packet *in, int interface)
{
	if (in->kind == WIRE_BAD)
		return in->rule;
	if (in->segment.ip_version == 6 &&
		(tcpsim_addr_is_v4(&in->segment.src) || tcpsim_addr_is_v4(&in->segment.dst)))
		return TCPSIM_RULE_IP_MAPPED;
	if (addr_is_broadcast_or_multicast(host, &in->segment.dst))
		return TCPSIM_RULE_IP_BROADCAST;
	if (!host_owns(host, &in->segment.dst))
		return TCPSIM_RULE_WIRE_NOT_OURS;
	if (source_is_impossible(host, in, interface))
		return TCPSIM_RULE_IP_SOURCE;
	return TCPSIM_RULE_NONE;
}

/*
 * Whether the pair of addresses was looked at before, for the same connection: it stands in the
 * table by them, and nothing that refuse() asks of them has changed. What comes from 127/8 is good
 * from the loopback only, and is asked each time.
 */
static bool was_let_in(
	const struct tcpsim_host *host, const struct conn *conn, const struct tcpsim_segment *seg)
{
	return conn && seg->ip_version == 4 && conn->addresses_then &&
	       conn->addresses_then == host_addresses(host) && host_takes_short_path(host);
}

static void note_let_in(const struct tcpsim_host *host, struct conn *conn)
{
	unsigned n = host_addresses(host);

	if (conn && n <= UINT16_MAX && conn->remote.b[12] != 127)
		conn->addresses_then = (uint16_t)n;
}

/* A segment that is plainly TCP's; false: it is to be looked at more closely. */
static bool take_segment(
	struct tcpsim_host *host, struct wire_packet *in, struct tcpsim_packet *packet)
{
	struct tcpsim_segment *seg = &in->segment;
	struct conn *conn;

	if (in->kind != WIRE_TCP)
		return false;
	conn = tcp_find(host, seg);
	if (!was_let_in(host, conn, seg)) {
		if (refuse(host, in, packet->interface) != TCPSIM_RULE_NONE)
			return false;
		note_let_in(host, conn);
	}
	seg->udp_src_port = seg->udp_dst_port = 0;
	tcp_input(host, in, packet, conn);
	return true;
}

/* TCP in UDP on our tunnel's port: true if it was that, and is taken. */
static bool take_tunnel(struct tcpsim_host *host, const struct tcpsim_packet *packet)
{
	size_t len = tcpsim_packet_len(packet);
	struct tcpsim_packet *inner = NULL;
	uint16_t src_port = 0, dst_port = 0;
	struct wire_packet in;
	uint8_t *bytes = malloc(len);

	if (!bytes)
		return false;
	tcpsim_packet_bytes(packet, bytes, len);
	if (wire_udp_unwrap(bytes, &len, &src_port, &dst_port) &&
		dst_port == host->sys.udp_tunneling_port)
		inner = tcpsim_packet_from_bytes(host->pool, bytes, len);
	free(bytes);
	if (!inner)
		return false;
	inner->interface = packet->interface;
	wire_parse_packet(inner, WIRE_VERIFY, &in);
	if (in.kind != WIRE_TCP) {
		tcpsim_packet_free(inner);
		return false;
	}
	in.segment.udp_src_port = src_port;
	in.segment.udp_dst_port = dst_port;
	tcp_input(host, &in, inner, tcp_find(host, &in.segment));
	return true;
}

void ip_input(struct tcpsim_host *host, struct tcpsim_packet *packet)
{
	struct tcpsim_packet *whole;
	struct wire_packet in;
	enum tcpsim_rule rule;

	wire_parse_packet(packet, WIRE_VERIFY, &in);
	if (take_segment(host, &in, packet))
		return;
	rule = refuse(host, &in, packet->interface);
	if (rule != TCPSIM_RULE_NONE) {
		if (rule == TCPSIM_RULE_WIRE_TCP_CHECKSUM || rule == TCPSIM_RULE_WIRE_DATA_OFFSET)
			host_count(host, COUNTER_IN_ERRS);
		drop(host, &in, rule);
	} else if (in.kind == WIRE_FRAGMENT) {
		whole = reassembly_add(host, &in);
		if (whole) {
			whole->interface = packet->interface;
			ip_input(host, whole);
		}
	} else if (in.kind == WIRE_OTHER_PROTO) {
		if (in.protocol != PROTOCOL_UDP || !host->sys.udp_tunneling_port ||
			!take_tunnel(host, packet))
			drop(host, &in, TCPSIM_RULE_WIRE_NOT_TCP);
	} else {
		icmp_input(host, &in);
	}
	tcpsim_packet_free(packet);
}
