/* The TCP header, RFC 9293 §3.1. */
#include "wire/tcp.h"
#include "wire/build.h"
#include "wire/bytes.h"
#include "wire/checksum.h"
#include "wire/parse.h"

/* Header and payload in one piece. */
static bool sum_holds(const struct tcpsim_segment *s, const uint8_t *bytes, size_t len)
{
	uint64_t sum = wire_sum_pseudo(&s->src, &s->dst, IP_PROTO_TCP, (uint32_t)len);

	return wire_sum_finish(wire_sum(bytes, len, sum)) == 0;
}

void wire_parse_tcp(
	const uint8_t *p, size_t present, size_t total, unsigned flags, struct wire_packet *out)
{
	struct tcpsim_segment *s = &out->segment;
	size_t header;

	if (present < TCP_HEADER) {
		wire_bad(out, TCPSIM_RULE_WIRE_SHORT);
		return;
	}
	header = (size_t)(p[12] >> 4) * 4;
	if (header < TCP_HEADER || header > total) {
		wire_bad(out, TCPSIM_RULE_WIRE_DATA_OFFSET);
		return;
	}
	wire_read_tcp(p, header < present ? header : present, out);
	s->header_len = (uint8_t)header;
	s->len = (uint32_t)(total - header);
	if (header > present) /* options cut by the snaplen: what is there is read */
		header = present;
	s->payload = p + header;
	out->captured_payload = (uint32_t)(present - header);
	if (flags & (WIRE_VERIFY | WIRE_SUMS)) {
		out->tcp_sum_ok = present < total || sum_holds(s, p, total);
		if (!out->tcp_sum_ok && (flags & WIRE_VERIFY))
			wire_bad(out, TCPSIM_RULE_WIRE_TCP_CHECKSUM);
	}
}
