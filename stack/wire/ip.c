/*
 * IP datagrams: the header of either version, its options or extension headers, its lengths, its
 * fragments. A replay parses eight million of these a second, so nothing is cleared in advance:
 * only what the kind needs is written.
 */
#include "wire/ip.h"
#include "wire/build.h"
#include "wire/bytes.h"
#include "wire/checksum.h"
#include "wire/icmp.h"
#include "wire/parse.h"
#include "wire/tcp.h"

static const uint8_t mapped_prefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

static inline void put_v4(struct tcpsim_addr *a, const uint8_t *bytes)
{
	memcpy(a->b, mapped_prefix, sizeof(mapped_prefix));
	memcpy(a->b + 12, bytes, 4);
}

/* A body whose fragments, if any, are together. */
static inline void parse_body(
	const uint8_t *bytes, size_t present, size_t total, unsigned flags, struct wire_packet *out)
{
	out->body = bytes;
	out->body_len = (uint32_t)present;
	out->kind = WIRE_OTHER_PROTO;
	out->rule = TCPSIM_RULE_WIRE_NOT_TCP;
	if (out->protocol == IP_PROTO_TCP)
		wire_parse_tcp(bytes, present, total, flags, out);
	else if (out->protocol == (out->segment.ip_version == 4 ? IP_PROTO_ICMP : IP_PROTO_ICMPV6))
		wire_parse_icmp(bytes, present, total, flags, out);
}

static void fragment(const uint8_t *bytes, size_t present, uint32_t id, uint32_t offset, bool more,
	struct wire_packet *out)
{
	out->kind = WIRE_FRAGMENT;
	out->rule = TCPSIM_RULE_NONE;
	out->body = bytes;
	out->body_len = (uint32_t)present;
	out->fragment.id = id;
	out->fragment.offset = offset;
	out->fragment.more = more;
}

#define UNKNOWN SIZE_MAX /* how long a cut datagram was */

/* The length to go by, of a header that says `told` (0: nothing), or SIZE_MAX if it lies. */
static inline size_t settle_length(size_t told, size_t len, size_t original, unsigned flags)
{
	if (!(flags & WIRE_CUT))
		return told <= len ? told : SIZE_MAX;
	if (told == 0)
		return original == UNKNOWN ? len : original;
	return told < original ? told : original;
}

static inline void parse_v4(
	const uint8_t *p, size_t len, size_t original, unsigned flags, struct wire_packet *out)
{
	size_t header = (size_t)(p[0] & 15) * 4, present;
	size_t total = settle_length(get16(p + 2), len, original, flags);
	unsigned frag = get16(p + 6);

	if (header < IPV4_HEADER || header > len || total < header || total == SIZE_MAX) {
		wire_bad(out, TCPSIM_RULE_WIRE_SHORT);
		return;
	}
	present = total < len ? total : len;
	put_v4(&out->segment.src, p + 12);
	put_v4(&out->segment.dst, p + 16);
	out->segment.ip_version = 4;
	out->segment.tos = p[1];
	out->segment.ttl = p[8];
	out->protocol = p[9];
	out->ip_header_len = (uint32_t)header;
	out->total_len = (uint32_t)total;
	if (flags & (WIRE_VERIFY | WIRE_SUMS)) {
		out->ip_sum_ok = wire_sum_finish(wire_sum(p, header, 0)) == 0;
		if (!out->ip_sum_ok && (flags & WIRE_VERIFY)) {
			wire_bad(out, TCPSIM_RULE_WIRE_IP_CHECKSUM);
			return;
		}
	}
	/* more fragments, or an offset: RFC 791 §3.1 */
	if (frag & 0x3fff) {
		fragment(p + header, present - header, get16(p + 4), (frag & 0x1fff) * 8,
			frag & 0x2000, out);
		return;
	}
	parse_body(p + header, present - header, total - header, flags, out);
}

size_t wire_skip_extensions(const uint8_t *bytes, size_t len, size_t at, uint8_t *next)
{
	for (;;) {
		size_t size;

		switch (*next) {
		case IP_PROTO_HOP_BY_HOP:
		case IP_PROTO_ROUTING:
		case IP_PROTO_DESTINATION:
		case IP_PROTO_MOBILITY:
		case IP_PROTO_HIP:
		case IP_PROTO_SHIM6:
		case IP_PROTO_AH:
			if (len < at + 8)
				return 0;
			/* AH counts words of four bytes beyond the second, RFC 4302 §2.2 */
			size = *next == IP_PROTO_AH ? (bytes[at + 1] + 2u) * 4
						    : (bytes[at + 1] + 1u) * 8;
			*next = bytes[at];
			at += size;
			break;
		default: return at <= len ? at : 0;
		}
	}
}

#define JUMBO_MOST (UINT32_C(1) << 31)

/*
 * The length in a jumbo payload option of a hop-by-hop header at `at`, or 0. RFC 2675 §2-3: it is
 * over 65535; one over 2^31 no link could carry.
 */
static size_t jumbo_length(const uint8_t *p, size_t len, size_t at)
{
	size_t end = at + 8 <= len ? at + (p[at + 1] + 1u) * 8 : 0;

	if (end > len)
		end = len;
	for (size_t i = at + 2; i + 6 <= end;) {
		if (p[i] == 0xc2 && p[i + 1] == 4) {
			uint32_t told = get32(p + i + 2);

			return told > UINT16_MAX && told < JUMBO_MOST ? told : 0;
		}
		i += p[i] == 0 ? 1 : 2u + p[i + 1];
	}
	return 0;
}

/* The datagram's whole length; SIZE_MAX if its header lies. */
static size_t total_v6(const uint8_t *p, size_t len, size_t original, unsigned flags)
{
	size_t payload = get16(p + 4);

	if (payload == 0 && p[6] == IP_PROTO_HOP_BY_HOP)
		payload = jumbo_length(p, len, IPV6_HEADER);
	if (payload == 0 && (flags & WIRE_CUT))
		return settle_length(0, len, original, flags);
	return settle_length(IPV6_HEADER + payload, len, original, flags);
}

static void parse_v6(
	const uint8_t *p, size_t len, size_t original, unsigned flags, struct wire_packet *out)
{
	size_t total = total_v6(p, len, original, flags), present, at;

	if (total == SIZE_MAX) {
		wire_bad(out, TCPSIM_RULE_WIRE_SHORT);
		return;
	}
	present = total < len ? total : len;
	memcpy(out->segment.src.b, p + 8, 16);
	memcpy(out->segment.dst.b, p + 24, 16);
	/* A host drops them; a capture that holds them is read all the same. */
	if (!(flags & WIRE_CUT) &&
		(tcpsim_addr_is_v4(&out->segment.src) || tcpsim_addr_is_v4(&out->segment.dst))) {
		wire_bad(out, TCPSIM_RULE_WIRE_MAPPED_ADDRESS);
		return;
	}
	out->segment.ip_version = 6;
	out->segment.tos = (uint8_t)(get16(p) >> 4);
	out->segment.ttl = p[7];
	out->protocol = p[6];
	out->total_len = (uint32_t)total;
	out->ip_sum_ok = true;
	at = wire_skip_extensions(p, present, IPV6_HEADER, &out->protocol);
	if (at && out->protocol == IP_PROTO_FRAGMENT) {
		unsigned frag;

		if (present < at + 8) {
			wire_bad(out, TCPSIM_RULE_WIRE_SHORT);
			return;
		}
		frag = get16(p + at + 2);
		out->protocol = p[at];
		out->ip_header_len = (uint32_t)at + 8;
		if (frag & 0xfff9) {
			fragment(p + at + 8, present - at - 8, get32(p + at + 4), frag & 0xfff8,
				frag & 1, out);
			return;
		}
		/* An atomic fragment stands alone, RFC 6946 §4. */
		at = wire_skip_extensions(p, present, at + 8, &out->protocol);
	}
	if (!at) {
		wire_bad(out, TCPSIM_RULE_WIRE_SHORT);
		return;
	}
	out->ip_header_len = (uint32_t)at;
	parse_body(p + at, present - at, total - at, flags, out);
}

static inline void parse(
	const uint8_t *bytes, size_t len, size_t original, unsigned flags, struct wire_packet *out)
{
	if (len >= IPV4_HEADER && bytes[0] >> 4 == 4)
		parse_v4(bytes, len, original, flags, out);
	else if (len >= IPV6_HEADER && bytes[0] >> 4 == 6)
		parse_v6(bytes, len, original, flags, out);
	else
		wire_bad(out, len && (bytes[0] >> 4 == 4 || bytes[0] >> 4 == 6)
				      ? TCPSIM_RULE_WIRE_SHORT
				      : TCPSIM_RULE_WIRE_IP_VERSION);
}

void wire_parse(const uint8_t *bytes, size_t len, unsigned flags, struct wire_packet *out)
{
	parse(bytes, len, UNKNOWN, flags, out);
}

void wire_parse_cut(
	const uint8_t *bytes, size_t len, size_t original, unsigned flags, struct wire_packet *out)
{
	parse(bytes, len, original > len ? original : len, flags | WIRE_CUT, out);
}

/*
 * What nearly every packet of a world is, a whole TCP segment over IPv4 without options of its own,
 * its header in packet->headers and its text apart: each of its fields is read once, and nothing is
 * asked that a glance at four of them has answered. False: it is something else, and nothing of `out`
 * means anything.
 */
static inline bool parse_plain(const struct tcpsim_packet *packet, struct wire_packet *out)
{
	const uint8_t *p = packet->headers, *tcp = p + IPV4_HEADER;
	struct tcpsim_segment *s = &out->segment;
	size_t header = (size_t)(tcp[12] >> 4) * 4, total = tcpsim_packet_len(packet);

	if (packet->headers_len < IPV4_HEADER + TCP_HEADER || p[0] != 0x45 ||
		p[9] != IP_PROTO_TCP || get16(p + 6) & 0x3fff || get16(p + 2) != total ||
		header < TCP_HEADER || IPV4_HEADER + header != packet->headers_len)
		return false;
	put_v4(&s->src, p + 12);
	put_v4(&s->dst, p + 16);
	s->ip_version = 4;
	s->tos = p[1];
	s->ttl = p[8];
	out->protocol = IP_PROTO_TCP;
	out->ip_header_len = IPV4_HEADER;
	out->total_len = (uint32_t)total;
	out->body = tcp;
	out->body_len = (uint32_t)header;
	wire_read_tcp(tcp, header, out);
	s->len = out->captured_payload = packet->payload_len;
	s->payload = packet->payload_len ? packet->payload : tcp + header;
	return true;
}

/* Of something that is not all zero, with its checksum: every fold of it is 0xffff. */
static inline bool sum_is_good(uint64_t sum)
{
	return sum % 0xffff == 0;
}

/* Word by word: a loop over so few costs more than they do. */
static inline uint64_t sum_words(const uint8_t *p, unsigned n)
{
	uint64_t sum = 0;

#pragma GCC unroll 5
	for (unsigned i = 0; i < n; i++)
		sum += load32(p + 4 * i);
	return sum;
}

/* Of a TCP header with no options or timestamps alone, or by wire_sum(). */
static inline uint64_t sum_header(const uint8_t *p, unsigned len)
{
	uint64_t sum = sum_words(p, TCP_HEADER / 4);

	if (len == TCP_HEADER + NOP_NOP_TIMESTAMP_LEN)
		return sum + sum_words(p + TCP_HEADER, NOP_NOP_TIMESTAMP_LEN / 4);
	return wire_sum(p + TCP_HEADER, len - TCP_HEADER, sum);
}

/* Its sums, the IP header's first: as parse_v4() and wire_parse_tcp() have it. */
static void sum_plain(const struct tcpsim_packet *packet, unsigned flags, struct wire_packet *out)
{
	const struct tcpsim_segment *s = &out->segment;
	const uint8_t *p = packet->headers;

	uint64_t addresses = (uint64_t)load32(p + 12) + load32(p + 16);
	uint64_t sum = addresses + htobe32(IP_PROTO_TCP) + htobe32(out->total_len - IPV4_HEADER);

	out->ip_sum_ok =
		sum_is_good(addresses + load32(p) + load32(p + 4) + (uint64_t)load32(p + 8));
	if (!out->ip_sum_ok && (flags & WIRE_VERIFY)) {
		wire_bad(out, TCPSIM_RULE_WIRE_IP_CHECKSUM);
		return;
	}
	sum += sum_header(out->body, s->header_len);
	if (packet->payload)
		sum = wire_sum(packet->payload, packet->payload_len, sum);
	out->tcp_sum_ok = sum_is_good(sum);
	if (!out->tcp_sum_ok && (flags & WIRE_VERIFY))
		wire_bad(out, TCPSIM_RULE_WIRE_TCP_CHECKSUM);
}

/*
 * The sum of a segment in two pieces, taken of the bytes as they lie and not as its header has them:
 * an offset that was damaged on the way names text that is not the packet's.
 */
static bool parts_sum_up(const struct tcpsim_packet *packet, const struct wire_packet *in)
{
	const struct tcpsim_segment *s = &in->segment;
	uint32_t n = in->total_len - in->ip_header_len;
	uint32_t head = packet->headers_len - in->ip_header_len;
	uint64_t sum = wire_sum_pseudo(&s->src, &s->dst, IP_PROTO_TCP, n);

	if (head > n)
		head = n;
	sum = wire_sum(in->body, head, sum);
	if (packet->payload)
		sum = wire_sum(packet->payload, n - head, sum);
	return wire_sum_finish(sum) == 0;
}

/* Apart, so that a plain packet pays for none of it. */
static __attribute__((noinline)) void parse_any(
	const struct tcpsim_packet *packet, unsigned flags, struct wire_packet *out)
{
	struct tcpsim_segment *s = &out->segment;

	if (packet->headers_len == 0) {
		wire_parse(packet->payload, packet->payload_len, flags, out);
		return;
	}
	if (packet->payload_len == 0) {
		wire_parse(packet->headers, packet->headers_len, flags, out);
		return;
	}
	wire_parse_cut(packet->headers, packet->headers_len, tcpsim_packet_len(packet), flags, out);
	if (out->kind != WIRE_TCP)
		return;
	s->payload = packet->payload;
	out->captured_payload = s->len < packet->payload_len ? s->len : packet->payload_len;
	if (flags & (WIRE_VERIFY | WIRE_SUMS)) {
		out->tcp_sum_ok = parts_sum_up(packet, out);
		if (!out->tcp_sum_ok && (flags & WIRE_VERIFY))
			wire_bad(out, TCPSIM_RULE_WIRE_TCP_CHECKSUM);
		else if (flags & WIRE_VERIFY &&
			 out->ip_header_len + s->header_len != packet->headers_len)
			wire_bad(out, TCPSIM_RULE_WIRE_DATA_OFFSET); /* its text is elsewhere */
	}
}

void wire_parse_packet(const struct tcpsim_packet *packet, unsigned flags, struct wire_packet *out)
{
	if (packet->sums_good)
		flags &= ~(unsigned)(WIRE_VERIFY | WIRE_SUMS);
	if (flags & WIRE_CUT || !parse_plain(packet, out))
		parse_any(packet, flags, out);
	else if (flags)
		sum_plain(packet, flags, out);
}
