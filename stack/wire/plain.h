/*
 * The plain segment: TCP over IPv4 with no IP options and nothing behind its TCP header but
 * timestamps in the form of RFC 7323 appendix A, or nothing at all, and nothing urgent. Nearly every
 * segment of a connection is one. What those that leave together have in common is written and
 * summed once (wire_plain_begin); the rest with each (wire_plain_put).
 * wire_build_headers() writes the same bytes of any segment: tests/unit/wire/plain.c.
 */
#ifndef TCPSIM_WIRE_PLAIN_H
#define TCPSIM_WIRE_PLAIN_H

#include "wire/parse.h"

#define WIRE_PLAIN_MOST (IPV4_HEADER + TCP_HEADER + NOP_NOP_TIMESTAMP_LEN)

/* What they have in common. */
struct wire_plain_fields {
	const struct tcpsim_addr *src, *dst; /* both mapped IPv4 */
	uint16_t src_port, dst_port;
	tcpsim_seq ack;
	uint16_t window;
	uint8_t tos, ttl;
	bool dont_fragment, timestamps;
	uint32_t ts_val, ts_ecr; /* with `timestamps` */
};

/* What is known of them once those are written. */
struct wire_plain {
	uint32_t tcp_header; /* its length */
	uint32_t version_tos, fragment, offset_window;
	uint64_t ip_sum, tcp_sum; /* of words as they lie in memory */
};

/* The checksum field as it lies in memory, of a sum of words as they lie there. */
static inline void put_sum(uint8_t *p, uint64_t sum)
{
	uint32_t low = (uint32_t)sum, high = (uint32_t)(sum >> 32);
	uint16_t field;

	low += high;
	low += low < high; /* the carry comes round, RFC 1071 §2.A */
	low = (low & 0xffff) + (low >> 16);
	field = (uint16_t) ~(low + (low >> 16));
	memcpy(p, &field, 2);
}

/* Writes what they have in common to out, which has room for WIRE_PLAIN_MOST. */
static inline void wire_plain_begin(
	struct wire_plain *p, const struct wire_plain_fields *f, uint8_t *out)
{
	uint64_t addresses = 0, ip = 0, tcp = htobe32(IP_PROTO_TCP);
	uint8_t *header = out + IPV4_HEADER;

	p->tcp_header = TCP_HEADER + (f->timestamps ? NOP_NOP_TIMESTAMP_LEN : 0);
	p->version_tos = 0x45000000 | (uint32_t)f->tos << 16;
	p->fragment = f->dont_fragment ? WIRE_DONT_FRAGMENT : 0;
	p->offset_window = p->tcp_header << 26 | f->window;
	put_summed(out + 8, (uint32_t)f->ttl << 24 | (uint32_t)IP_PROTO_TCP << 16, &ip);
	copy_summed(out + 12, f->src->b + 12, &addresses);
	copy_summed(out + 16, f->dst->b + 12, &addresses);
	put_summed(header, (uint32_t)f->src_port << 16 | f->dst_port, &tcp);
	put_summed(header + 8, f->ack.n, &tcp);
	put32(header + 16, 0); /* nothing is urgent */
	if (f->timestamps) {
		put_summed(header + TCP_HEADER, NOP_NOP_TIMESTAMP, &tcp);
		put_summed(header + TCP_HEADER + 4, f->ts_val, &tcp);
		put_summed(header + TCP_HEADER + 8, f->ts_ecr, &tcp);
	}
	p->ip_sum = ip + addresses;
	p->tcp_sum = tcp + addresses;
}

/* Completes both headers, checksums included, in out, where the rest stands; returns their length.
 * `text_sum`: what wire_sum() or sums_of() says of its `len` bytes of text. */
static inline size_t wire_plain_put(const struct wire_plain *p, tcpsim_seq seq, uint16_t flags,
	uint16_t ip_id, uint32_t len, uint64_t text_sum, uint8_t *out)
{
	uint8_t *header = out + IPV4_HEADER;
	uint64_t ip = p->ip_sum, tcp = p->tcp_sum + htobe32(p->tcp_header + len) + text_sum;

	put_summed(out, p->version_tos | wire_length_field(IPV4_HEADER + p->tcp_header + len), &ip);
	put_summed(out + 4, (uint32_t)ip_id << 16 | p->fragment, &ip);
	put_sum(out + 10, ip);
	put_summed(header + 4, seq.n, &tcp);
	put_summed(header + 12, p->offset_window | (uint32_t)flags << 16, &tcp);
	put_sum(header + 16, tcp);
	return IPV4_HEADER + p->tcp_header;
}

#endif
