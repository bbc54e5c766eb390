/* Segments and ICMP errors, written. The inverse of the parser: tests/unit/wire/build.c holds the
 * two together. */
#include "wire/build.h"
#include "wire/bytes.h"
#include "wire/checksum.h"
#include "wire/parse.h"

enum {
	ICMP_TTL = 64,
	ICMPV4_MOST = 576,  /* RFC 1812 §4.3.2.3 */
	ICMPV6_MOST = 1280, /* RFC 4443 §2.4 (c) */
};

uint64_t wire_sum_pseudo(const struct tcpsim_addr *src, const struct tcpsim_addr *dst,
	uint8_t protocol, uint32_t len)
{
	uint64_t sum = (uint64_t)htobe32(len) + htobe32(protocol);

	/* The prefix of a mapped address adds 0xffff, which is nothing (RFC 1071 §2): no need to
	 * ask for it. */
	for (int i = 0; i < 16; i += 4)
		sum += (uint64_t)load32(src->b + i) + load32(dst->b + i);
	return sum;
}

struct ip_fields {
	const struct tcpsim_addr *src, *dst;
	uint8_t protocol, tos, ttl;
	uint16_t id;
	bool dont_fragment;
	size_t body_len;
};

static inline size_t put_ipv4(uint8_t *p, const struct ip_fields *ip)
{
	uint64_t sum = 0;

	put_summed(p,
		0x45000000 | (uint32_t)ip->tos << 16 |
			wire_length_field(IPV4_HEADER + ip->body_len),
		&sum);
	put_summed(
		p + 4, (uint32_t)ip->id << 16 | (ip->dont_fragment ? WIRE_DONT_FRAGMENT : 0), &sum);
	put_summed(p + 8, (uint32_t)ip->ttl << 24 | (uint32_t)ip->protocol << 16, &sum);
	copy_summed(p + 12, ip->src->b + 12, &sum);
	copy_summed(p + 16, ip->dst->b + 12, &sum);
	put16(p + 10, wire_sum_finish(sum));
	return IPV4_HEADER;
}

static size_t put_ipv6(uint8_t *p, const struct ip_fields *ip)
{
	put32(p, 0x60000000 | (uint32_t)ip->tos << 20);
	put16(p + 4, wire_length_field(ip->body_len));
	p[6] = ip->protocol;
	p[7] = ip->ttl;
	memcpy(p + 8, ip->src->b, 16);
	memcpy(p + 24, ip->dst->b, 16);
	return IPV6_HEADER;
}

/* `sum`: of the pseudo-header. */
static inline void put_tcp(uint8_t *p, const struct tcpsim_segment *s, size_t header,
	const uint8_t *payload, uint64_t sum)
{
	if (payload)
		sum = wire_sum(payload, s->len, sum);
	put_summed(p, (uint32_t)s->src_port << 16 | s->dst_port, &sum);
	put_summed(p + 4, s->seq.n, &sum);
	put_summed(p + 8, s->ack.n, &sum);
	put_summed(p + 12, (uint32_t)header << 26 | (uint32_t)s->flags << 16 | s->window, &sum);
	put_summed(p + 16, s->urgent, &sum);
	for (unsigned i = 0; i < s->options.raw_len; i += 4)
		copy_summed(p + TCP_HEADER + i, s->options.raw + i, &sum);
	put16(p + 16, wire_sum_finish(sum));
}

size_t wire_build_headers(const struct tcpsim_segment *s, uint16_t ip_id, bool dont_fragment,
	const uint8_t *payload, uint8_t *out)
{
	size_t header = TCP_HEADER + s->options.raw_len;
	const struct ip_fields ip = {&s->src, &s->dst, IP_PROTO_TCP, s->tos, s->ttl, ip_id,
		dont_fragment, header + s->len};
	uint64_t sum = (uint64_t)htobe32((uint32_t)ip.body_len) + htobe32(IP_PROTO_TCP);

	if (s->ip_version == 4) {
		sum += (uint64_t)load32(s->src.b + 12) + load32(s->dst.b + 12);
		put_ipv4(out, &ip);
		put_tcp(out + IPV4_HEADER, s, header, payload, sum);
		return IPV4_HEADER + header;
	}
	put_ipv6(out, &ip);
	put_tcp(out + IPV6_HEADER, s, header, payload,
		wire_sum_pseudo(&s->src, &s->dst, IP_PROTO_TCP, (uint32_t)ip.body_len));
	return IPV6_HEADER + header;
}

size_t wire_build_icmp_error(const struct tcpsim_addr *src, const struct tcpsim_addr *dst,
	uint8_t type, uint8_t code, uint32_t rest, const uint8_t *quoted, size_t quoted_len,
	uint8_t *out, size_t size)
{
	bool v4 = tcpsim_addr_is_v4(src);
	size_t ip_len = v4 ? IPV4_HEADER : IPV6_HEADER, most = v4 ? ICMPV4_MOST : ICMPV6_MOST;
	struct ip_fields ip = {
		src, dst, v4 ? IP_PROTO_ICMP : IP_PROTO_ICMPV6, 0, ICMP_TTL, 0, false, 0};
	uint64_t sum = 0;
	uint8_t *p = out + ip_len;

	if (size < ip_len + ICMP_HEADER)
		return 0;
	if (most > size)
		most = size;
	if (quoted_len > most - ip_len - ICMP_HEADER)
		quoted_len = most - ip_len - ICMP_HEADER;
	ip.body_len = ICMP_HEADER + quoted_len;
	put8(put8(p, type), code);
	put16(p + 2, 0);
	put32(p + 4, rest);
	memcpy(p + ICMP_HEADER, quoted, quoted_len);
	if (!v4)
		sum = wire_sum_pseudo(src, dst, IP_PROTO_ICMPV6, (uint32_t)ip.body_len);
	put16(p + 2, wire_sum_finish(wire_sum(p, ip.body_len, sum)));
	return (v4 ? put_ipv4(out, &ip) : put_ipv6(out, &ip)) + ip.body_len;
}
