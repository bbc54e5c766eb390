/* Between the files of wire/ that parse: ip.c finds the datagram's body, tcp.c and
 * icmp.c read it. */
#ifndef TCPSIM_WIRE_PARSE_H
#define TCPSIM_WIRE_PARSE_H

#include "wire/bytes.h"
#include "wire/options.h"
#include "wire/wire.h"

enum {
	IP_PROTO_HOP_BY_HOP = 0,
	IP_PROTO_ICMP = 1,
	IP_PROTO_TCP = 6,
	IP_PROTO_ROUTING = 43,
	IP_PROTO_FRAGMENT = 44,
	IP_PROTO_AH = 51,
	IP_PROTO_ICMPV6 = 58,
	IP_PROTO_DESTINATION = 60,
	IP_PROTO_MOBILITY = 135,
	IP_PROTO_HIP = 139,
	IP_PROTO_SHIM6 = 140,
};

enum {
	IPV4_HEADER = 20,
	IPV6_HEADER = 40,
	TCP_HEADER = 20,
	ICMP_HEADER = 8,
};

#define WIRE_DONT_FRAGMENT 0x4000u /* of the IPv4 header's fragment field */

/* A length that 16 bits cannot hold is written 0, as offloading hosts do (RFC 2675 would want an
 * option). */
static inline unsigned wire_length_field(size_t len)
{
	return len > UINT16_MAX ? 0 : (unsigned)len;
}

static inline void wire_bad(struct wire_packet *out, enum tcpsim_rule rule)
{
	out->kind = WIRE_BAD;
	out->rule = rule;
}

/* Nearly every segment of a live connection carries nop,nop,TS and nothing else (RFC 7323 appendix
 * A): that form is read here, in one comparison, and what else there may be by the other. */
#define NOP_NOP_TIMESTAMP     0x0101080a
#define NOP_NOP_TIMESTAMP_LEN 12

static inline void tcp_options_read(const uint8_t *raw, size_t len, struct tcpsim_options *out)
{
	size_t read = 0;

	out->raw = raw;
	out->raw_len = (uint8_t)len;
	out->present = 0;
	if (len >= NOP_NOP_TIMESTAMP_LEN && get32(raw) == NOP_NOP_TIMESTAMP) {
		out->present = TCPSIM_HAS_TIMESTAMP;
		out->ts_val = get32(raw + 4);
		out->ts_ecr = get32(raw + 8);
		read = NOP_NOP_TIMESTAMP_LEN;
	}
	if (len > read)
		tcp_options_read_rest(raw + read, raw + len, out);
}

/* The fields of a TCP header and its options, `header` bytes that are all there: what its text is
 * must be added. */
static inline void wire_read_tcp(const uint8_t *p, size_t header, struct wire_packet *out)
{
	struct tcpsim_segment *s = &out->segment;

	out->kind = WIRE_TCP;
	out->rule = TCPSIM_RULE_NONE;
	s->src_port = get16(p);
	s->dst_port = get16(p + 2);
	s->seq = tcpsim_seq_of(get32(p + 4));
	s->ack = tcpsim_seq_of(get32(p + 8));
	s->flags = get16(p + 12) & 0x1ff;
	s->window = get16(p + 14);
	s->urgent = get16(p + 18);
	s->header_len = (uint8_t)header;
	tcp_options_read(p + TCP_HEADER, header - TCP_HEADER, &s->options);
}

#endif
