/* Between the files of wire/ that parse: ip.c finds the datagram's body, tcp.c and
 * icmp.c read it. */
#ifndef TCPSIM_WIRE_PARSE_H
#define TCPSIM_WIRE_PARSE_H

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

static inline void wire_bad(struct wire_packet *out, enum tcp_rule rule)
{
	out->kind = WIRE_BAD;
	out->rule = rule;
}

/*
 * Steps over IPv6 extension headers from `at` (whose kind is *next) to what they precede, or to a
 * fragment header: returns its offset with its kind in *next, or 0 if the bytes end first. RFC 8200
 * §4.1.
 */
size_t wire_skip_extensions(const uint8_t *bytes, size_t len, size_t at, uint8_t *next);

/* Both read `present` bytes of a body that was `total` long. */
void wire_parse_tcp(
	const uint8_t *body, size_t present, size_t total, unsigned flags, struct wire_packet *out);
void wire_parse_icmp(
	const uint8_t *body, size_t present, size_t total, unsigned flags, struct wire_packet *out);

/* Whether the checksum of the TCP header at `header` with this payload (NULL: zeros) holds. */
bool wire_tcp_sum_holds(
	const struct tcp_segment *s, const uint8_t *header, const uint8_t *payload, uint32_t len);

#endif
