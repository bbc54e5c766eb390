/* ICMP and ICMPv6 for this host: RFC 1122 §3.2.2, RFC 4443. Errors are TCP's to judge; an echo is
 * answered. */
#include <host/output.h>
#include <host/routes.h>
#include <ip/icmp.h>
#include <tcp/icmp.h>
#include <wire/build.h>
#include <wire/checksum.h>
#include <wire/wire.h>

enum { ICMP_ECHO_REPLY = 0, ICMP_ECHO = 8, ICMP6_ECHO = 128, ICMP6_ECHO_REPLY = 129 };
enum { PROTO_ICMP = 1, PROTO_TCP = 6, PROTO_UDP = 17, PROTO_ICMP6 = 58 };
enum { ICMP_HEADER = 8 };
#define ECHO_MAX 65535

static void put16(uint8_t *p, unsigned value)
{
	p[0] = (uint8_t)(value >> 8);
	p[1] = (uint8_t)value;
}

/* The IP header of an answer; returns its length. */
static size_t answer_header(struct tcpsim_host *host, const struct wire_packet *in, uint8_t *out)
{
	bool v4 = in->segment.ip_version == 4;
	size_t len = v4 ? 20 : 40;

	memset(out, 0, len);
	if (v4) {
		out[0] = 0x45;
		put16(out + 2, (unsigned)(len + in->body_len));
		put16(out + 4, host->ip_id++);
		out[8] = (uint8_t)host->sys.ttl;
		out[9] = PROTO_ICMP;
		memcpy(out + 12, in->segment.dst.b + 12, 4);
		memcpy(out + 16, in->segment.src.b + 12, 4);
		put16(out + 10, wire_sum_finish(wire_sum(out, len, 0)));
	} else {
		out[0] = 0x60;
		put16(out + 4, in->body_len);
		out[6] = PROTO_ICMP6;
		out[7] = (uint8_t)host->sys.ttl;
		memcpy(out + 8, in->segment.dst.b, 16);
		memcpy(out + 24, in->segment.src.b, 16);
	}
	return len;
}

/* RFC 792 page 14: the same message with another type and its addresses changed. */
static void answer_echo(struct tcpsim_host *host, const struct wire_packet *in)
{
	bool v4 = in->segment.ip_version == 4;
	struct tcpsim_packet *packet;
	struct route route;
	uint64_t sum = 0;
	uint8_t *bytes;
	size_t header;

	if (in->body_len > ECHO_MAX - 40 ||
		route_find(host, &in->segment.src, &in->segment.dst, &route))
		return;
	bytes = malloc(40 + in->body_len);
	if (!bytes)
		return;
	header = answer_header(host, in, bytes);
	memcpy(bytes + header, in->body, in->body_len);
	bytes[header] = v4 ? ICMP_ECHO_REPLY : ICMP6_ECHO_REPLY;
	put16(bytes + header + 2, 0);
	if (!v4)
		sum = wire_sum_pseudo(
			&in->segment.dst, &in->segment.src, PROTO_ICMP6, in->body_len);
	put16(bytes + header + 2, wire_sum_finish(wire_sum(bytes + header, in->body_len, sum)));
	packet = tcpsim_packet_from_bytes(host->pool, bytes, header + in->body_len);
	free(bytes);
	if (!packet)
		return;
	packet->interface = (uint16_t)route.interface;
	host_send(host, packet);
}

/*
 * A quoted UDP datagram that left from our tunnel's port is a quoted segment: its ports and
 * sequence number stand eight bytes further on. False: the message quotes too little of it, or
 * another datagram.
 */
static bool quotes_tunnel(const struct tcpsim_host *host, struct wire_packet *in)
{
	struct wire_quote *quote = &in->icmp.quote;
	const uint8_t *ip = in->body + ICMP_HEADER, *tcp;
	size_t header;

	if (quote->protocol != PROTO_UDP || !host->sys.udp_tunneling_port ||
		quote->src_port != host->sys.udp_tunneling_port || in->body_len < ICMP_HEADER + 20)
		return false;
	header = in->segment.ip_version == 4 ? (size_t)(ip[0] & 15) * 4 : 40;
	if (in->body_len < ICMP_HEADER + header + 16)
		return false;
	tcp = ip + header + 8;
	quote->udp_dst_port = quote->dst_port;
	quote->src_port = (uint16_t)(tcp[0] << 8 | tcp[1]);
	quote->dst_port = (uint16_t)(tcp[2] << 8 | tcp[3]);
	quote->seq = tcpsim_seq_of(
		(uint32_t)tcp[4] << 24 | (uint32_t)tcp[5] << 16 | (uint32_t)tcp[6] << 8 | tcp[7]);
	quote->has_seq = true;
	return true;
}

void icmp_input(struct tcpsim_host *host, struct wire_packet *in)
{
	if (in->kind == WIRE_ICMP_ERROR) {
		in->icmp.quote.udp_dst_port = 0;
		/* RFC 1122 §3.2.2: an error must quote what we sent. */
		if (host_owns(host, &in->icmp.quote.src) &&
			(in->icmp.quote.protocol == PROTO_TCP || quotes_tunnel(host, in)))
			tcp_icmp(host, in);
		return;
	}
	if (in->body_len >= 8 &&
		in->icmp.type == (in->segment.ip_version == 4 ? ICMP_ECHO : ICMP6_ECHO))
		answer_echo(host, in);
}
