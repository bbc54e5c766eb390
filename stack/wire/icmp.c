/* ICMP and ICMPv6 messages: errors with the header they quote. RFC 792, 4443, 1191 §4, 4884 §4. */
#include "wire/icmp.h"
#include "wire/build.h"
#include "wire/bytes.h"
#include "wire/checksum.h"
#include "wire/ip.h"
#include "wire/parse.h"

enum {
	ICMP_UNREACHABLE = 3,
	ICMP_SOURCE_QUENCH = 4,
	ICMP_REDIRECT = 5,
	ICMP_TIME_EXCEEDED = 11,
	ICMP_PARAMETER_PROBLEM = 12,
	ICMP_FRAGMENTATION_NEEDED = 4, /* code of unreachable */
	ICMPV6_TOO_BIG = 2,
	ICMPV6_ERRORS_END = 128, /* RFC 4443 §2.1: errors have a type under this */
};

static bool is_error(unsigned ip_version, uint8_t type)
{
	if (ip_version == 6)
		return type > 0 && type < ICMPV6_ERRORS_END;
	return type == ICMP_UNREACHABLE || type == ICMP_SOURCE_QUENCH || type == ICMP_REDIRECT ||
	       type == ICMP_TIME_EXCEEDED || type == ICMP_PARAMETER_PROBLEM;
}

/* Ports and sequence number, as far as the quote goes: RFC 792 promises 8 bytes. */
static void quote_body(const uint8_t *p, size_t len, struct wire_quote *quote)
{
	quote->header = p;
	quote->header_len = (uint16_t)len;
	if (len >= 4) {
		quote->src_port = get16(p);
		quote->dst_port = get16(p + 2);
	}
	if (len >= 8 && quote->protocol == IP_PROTO_TCP) {
		quote->has_seq = true;
		quote->seq = tcpsim_seq_of(get32(p + 4));
	}
}

static bool quote_v4(const uint8_t *p, size_t len, struct wire_quote *quote)
{
	size_t header = (size_t)(p[0] & 15) * 4;

	if (header < IPV4_HEADER || header > len)
		return false;
	quote->protocol = p[9];
	quote->src = tcpsim_addr_v4(get32(p + 12));
	quote->dst = tcpsim_addr_v4(get32(p + 16));
	if ((get16(p + 6) & 0x1fff) == 0)
		quote_body(p + header, len - header, quote);
	return true;
}

static bool quote_v6(const uint8_t *p, size_t len, struct wire_quote *quote)
{
	uint8_t next = p[6];
	size_t at = wire_skip_extensions(p, len, IPV6_HEADER, &next);

	if (at && next == IP_PROTO_FRAGMENT && at + 8 <= len) {
		bool first = (get16(p + at + 2) & 0xfff8) == 0;

		next = p[at];
		at = first ? wire_skip_extensions(p, len, at + 8, &next) : 0;
	}
	quote->protocol = next;
	memcpy(quote->src.b, p + 8, 16);
	memcpy(quote->dst.b, p + 24, 16);
	if (at)
		quote_body(p + at, len - at, quote);
	return true;
}

static bool parse_quote(const uint8_t *p, size_t len, struct wire_quote *quote)
{
	memset(quote, 0, sizeof(*quote));
	if (len >= IPV4_HEADER && p[0] >> 4 == 4)
		return quote_v4(p, len, quote);
	if (len >= IPV6_HEADER && p[0] >> 4 == 6)
		return quote_v6(p, len, quote);
	return false;
}

static bool sum_holds(const uint8_t *p, size_t len, const struct wire_packet *w)
{
	uint64_t sum = 0;

	if (w->segment.ip_version == 6)
		sum = wire_sum_pseudo(
			&w->segment.src, &w->segment.dst, IP_PROTO_ICMPV6, (uint32_t)len);
	return wire_sum_finish(wire_sum(p, len, sum)) == 0;
}

static uint16_t quoted_mtu(const uint8_t *p, unsigned ip_version)
{
	if (ip_version == 6 && p[0] == ICMPV6_TOO_BIG)
		return get32(p + 4) > UINT16_MAX ? UINT16_MAX : get16(p + 6);
	if (ip_version == 4 && p[0] == ICMP_UNREACHABLE && p[1] == ICMP_FRAGMENTATION_NEEDED)
		return get16(p + 6);
	return 0;
}

void wire_parse_icmp(
	const uint8_t *p, size_t present, size_t total, unsigned flags, struct wire_packet *out)
{
	if (present < ICMP_HEADER) {
		wire_bad(out, TCPSIM_RULE_WIRE_SHORT);
		return;
	}
	if (flags & (WIRE_VERIFY | WIRE_SUMS)) {
		out->tcp_sum_ok = present < total || sum_holds(p, present, out);
		if (!out->tcp_sum_ok && (flags & WIRE_VERIFY)) {
			wire_bad(out, TCPSIM_RULE_WIRE_ICMP_CHECKSUM);
			return;
		}
	}
	out->kind = WIRE_ICMP_OTHER;
	out->icmp.type = p[0];
	out->icmp.code = p[1];
	out->icmp.mtu = quoted_mtu(p, out->segment.ip_version);
	if (is_error(out->segment.ip_version, p[0]) &&
		parse_quote(p + ICMP_HEADER, present - ICMP_HEADER, &out->icmp.quote))
		out->kind = WIRE_ICMP_ERROR;
}
