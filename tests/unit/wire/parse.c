/* Datagrams by hand: headers, lengths, extension headers, fragments, ICMP errors; and every way to
 * be wrong. */
#include <criterion/criterion.h>

#include "support/bytes.h"
#include "wire/build.h"
#include "wire/ip.h"
#include "wire/options.h"
#include "wire/wire.h"

static struct wire_packet parsed;

static const struct wire_packet *parse(const GByteArray *bytes, unsigned flags)
{
	wire_parse(bytes->data, bytes->len, flags, &parsed);
	return &parsed;
}

static void expect_bad(GByteArray *bytes, unsigned flags, enum tcpsim_rule rule)
{
	const struct wire_packet *w = parse(bytes, flags);

	cr_expect_eq(w->kind, WIRE_BAD);
	cr_expect_eq(w->rule, rule, "%s", tcpsim_rule_text(w->rule)->name);
}

static GByteArray *tcp4(void)
{
	return bytes_ipv4(6, bytes_tcp(4, TCPSIM_ACK, 5));
}

static GByteArray *set(GByteArray *bytes, guint at, uint8_t value)
{
	bytes->data[at] = value;
	return bytes;
}

static GByteArray *cut(GByteArray *bytes, guint len)
{
	return g_byte_array_set_size(bytes, len);
}

Test(parse, a_plain_segment)
{
	const struct wire_packet *w = parse(tcp4(), WIRE_VERIFY);
	char text[100];

	cr_expect_eq(w->kind, WIRE_TCP);
	cr_expect_eq(w->total_len, 45);
	cr_expect_eq(w->ip_header_len, 20);
	cr_expect_eq(w->segment.src_port, 40000);
	cr_expect_eq(w->segment.dst_port, 80);
	tcpsim_segment_text(
		&w->segment, tcpsim_seq_of(1000), tcpsim_seq_of(2000), text, sizeof(text));
	cr_expect_str_eq(text, ". 0:5(5) ack 0 win 65535");
}

Test(parse, bytes_that_end_too_early)
{
	expect_bad(cut(tcp4(), 0), 0, TCPSIM_RULE_WIRE_IP_VERSION);
	expect_bad(cut(tcp4(), 19), 0, TCPSIM_RULE_WIRE_SHORT);
	expect_bad(cut(tcp4(), 39), 0, TCPSIM_RULE_WIRE_SHORT);
	expect_bad(cut(bytes_ipv6(6, bytes_tcp(6, TCPSIM_ACK, 0)), 39), 0, TCPSIM_RULE_WIRE_SHORT);
	expect_bad(set(tcp4(), 3, 46), 0, TCPSIM_RULE_WIRE_SHORT);
	expect_bad(bytes_ipv4(6, bytes_of("9c400050")), 0, TCPSIM_RULE_WIRE_SHORT);
}

Test(parse, header_lengths_that_lie)
{
	expect_bad(set(tcp4(), 0, 0x44), 0, TCPSIM_RULE_WIRE_SHORT);
	expect_bad(set(tcp4(), 0, 0x4f), 0, TCPSIM_RULE_WIRE_SHORT);
	expect_bad(set(tcp4(), 3, 19), 0, TCPSIM_RULE_WIRE_SHORT);
	expect_bad(set(tcp4(), 32, 0x40), 0, TCPSIM_RULE_WIRE_DATA_OFFSET);
	expect_bad(set(tcp4(), 32, 0xf0), 0, TCPSIM_RULE_WIRE_DATA_OFFSET);
	expect_bad(set(tcp4(), 0, 0x55), 0, TCPSIM_RULE_WIRE_IP_VERSION);
}

Test(parse, checksums_are_verified_or_only_reported)
{
	expect_bad(set(tcp4(), 44, 'y'), WIRE_VERIFY, TCPSIM_RULE_WIRE_TCP_CHECKSUM);
	expect_bad(set(tcp4(), 8, 63), WIRE_VERIFY, TCPSIM_RULE_WIRE_IP_CHECKSUM);
	parse(set(tcp4(), 44, 'y'), WIRE_SUMS);
	cr_expect_eq(parsed.kind, WIRE_TCP);
	cr_expect(parsed.ip_sum_ok);
	cr_expect_not(parsed.tcp_sum_ok);
	parse(set(tcp4(), 8, 63), WIRE_SUMS);
	cr_expect_eq(parsed.kind, WIRE_TCP);
	cr_expect_not(parsed.ip_sum_ok);
	cr_expect(parsed.tcp_sum_ok);
}

Test(parse, a_cut_packet_keeps_its_lengths)
{
	parse(cut(tcp4(), 42), WIRE_CUT | WIRE_SUMS);
	cr_expect_eq(parsed.kind, WIRE_TCP);
	cr_expect_eq(parsed.segment.len, 5);
	cr_expect_eq(parsed.captured_payload, 2);
	cr_expect(parsed.tcp_sum_ok, "not told to be wrong when it cannot be known");
	expect_bad(cut(tcp4(), 39), WIRE_CUT, TCPSIM_RULE_WIRE_SHORT);
}

Test(parse, an_ip_length_of_zero_is_the_rest_of_an_offloaded_frame)
{
	GByteArray *bytes = set(tcp4(), 3, 0);

	wire_parse_cut(bytes->data, bytes->len, 3000, 0, &parsed);
	cr_expect_eq(parsed.kind, WIRE_TCP);
	cr_expect_eq(parsed.segment.len, 3000 - 40);
	cr_expect_eq(parsed.captured_payload, 5);
	expect_bad(bytes, 0, TCPSIM_RULE_WIRE_SHORT);
}

Test(parse, a_length_past_the_frame_is_held_to_the_frame)
{
	GByteArray *bytes = set(tcp4(), 3, 200);

	wire_parse_cut(bytes->data, bytes->len, bytes->len, 0, &parsed);
	cr_expect_eq(parsed.kind, WIRE_TCP);
	cr_expect_eq(parsed.segment.len, 5);
}

Test(parse, extension_headers_are_stepped_over)
{
	GByteArray *body = bytes_of(
		"3c00 0104 00000000" /* hop-by-hop */ "2b00 0104 00000000"	   /* destination */
		"3300 0000 00000000" /* routing */ "0601 0000 00000001 00000001"); /* AH */

	bytes_add_array(body, bytes_tcp(6, TCPSIM_ACK, 3));
	parse(bytes_ipv6(0, body), WIRE_VERIFY);
	cr_expect_eq(parsed.kind, WIRE_TCP);
	cr_expect_eq(parsed.ip_header_len, 40 + 8 + 8 + 8 + 12);
	cr_expect_eq(parsed.segment.len, 3);
	expect_bad(bytes_ipv6(0, bytes_of("06ff 0104 00000000")), 0, TCPSIM_RULE_WIRE_SHORT);
}

Test(parse, a_jumbogram_has_its_length_in_an_option)
{
	GByteArray *body = bytes_of("0600 c204 00011170"); /* 70000 */

	bytes_add_array(body, bytes_tcp(6, TCPSIM_ACK, 70000 - 28));
	body = bytes_ipv6(0, body);
	body->data[4] = body->data[5] = 0;
	parse(body, 0);
	cr_expect_eq(parsed.kind, WIRE_TCP);
	cr_expect_eq(parsed.total_len, 70040);
	cr_expect_eq(parsed.segment.len, 70000 - 28);
	body = bytes_ipv6(0, bytes_of("0600 c204 ffffffff"));
	body->data[4] = body->data[5] = 0;
	expect_bad(body, WIRE_CUT, TCPSIM_RULE_WIRE_SHORT);
}

Test(parse, fragments_are_told_apart)
{
	GByteArray *body;

	parse(bytes_fragment(6, bytes_tcp(4, TCPSIM_ACK, 4), 77, 1480, TRUE), 0);
	cr_expect_eq(parsed.kind, WIRE_FRAGMENT);
	cr_expect_eq(parsed.fragment.id, 77);
	cr_expect_eq(parsed.fragment.offset, 1480);
	cr_expect(parsed.fragment.more);
	cr_expect_eq(parsed.body_len, 24);
	parse(bytes_ipv6(44, bytes_of("0600 0009 00000063 1122334455667788")), 0);
	cr_expect_eq(parsed.kind, WIRE_FRAGMENT);
	cr_expect_eq(parsed.protocol, 6);
	cr_expect_eq(parsed.fragment.id, 99);
	cr_expect_eq(parsed.fragment.offset, 8);
	cr_expect(parsed.fragment.more);
	cr_expect_eq(parsed.body_len, 8);
	body = bytes_of("0600 0000 00000063"); /* alone: RFC 6946 */
	bytes_add_array(body, bytes_tcp(6, TCPSIM_ACK, 0));
	parse(bytes_ipv6(44, body), WIRE_VERIFY);
	cr_expect_eq(parsed.kind, WIRE_TCP);
}

Test(parse, a_mapped_address_does_not_come_over_the_wire)
{
	GByteArray *bytes = bytes_ipv6(6, bytes_tcp(6, TCPSIM_ACK, 0));

	memcpy(bytes->data + 8, "\0\0\0\0\0\0\0\0\0\0\xff\xff\xc0\0\2\1", 16);
	expect_bad(bytes, 0, TCPSIM_RULE_WIRE_MAPPED_ADDRESS);
	parse(bytes, WIRE_CUT);
	cr_expect_eq(parsed.kind, WIRE_TCP, "but a capture that holds it is read");
}

Test(parse, other_protocols_are_named)
{
	parse(bytes_ipv4(17, bytes_of("0035 0035 0008 0000")), 0);
	cr_expect_eq(parsed.kind, WIRE_OTHER_PROTO);
	cr_expect_eq(parsed.protocol, 17);
	cr_expect_eq(parsed.body_len, 8);
	cr_expect_eq(parsed.rule, TCPSIM_RULE_WIRE_NOT_TCP);
}

static size_t build_error(uint8_t type, uint8_t code, uint32_t rest, const GByteArray *quoted,
	size_t quoted_len, uint8_t *out, size_t size)
{
	struct tcpsim_addr src, dst;
	bool v4 = quoted->data[0] >> 4 == 4;

	tcpsim_addr_parse(v4 ? "203.0.113.9" : "2001:db8::9", &src);
	tcpsim_addr_parse(v4 ? "192.0.2.1" : "2001:db8::1", &dst);
	return wire_build_icmp_error(
		&src, &dst, type, code, rest, quoted->data, quoted_len, out, size);
}

Test(icmp, an_error_tells_of_the_segment_it_quotes)
{
	uint8_t bytes[600];
	size_t len = build_error(3, 4, 1400, tcp4(), 28, bytes, sizeof(bytes));

	cr_expect_eq(len, 20 + 8 + 28);
	wire_parse(bytes, len, WIRE_VERIFY, &parsed);
	cr_expect_eq(parsed.kind, WIRE_ICMP_ERROR);
	cr_expect(parsed.icmp.type == 3 && parsed.icmp.code == 4);
	cr_expect_eq(parsed.icmp.mtu, 1400);
	cr_expect_eq(tcpsim_addr_to_v4(&parsed.icmp.quote.dst), 0xc6336402);
	cr_expect(parsed.icmp.quote.src_port == 40000 && parsed.icmp.quote.dst_port == 80);
	cr_expect(parsed.icmp.quote.has_seq);
	cr_expect_eq(parsed.icmp.quote.seq.n, 1000);
	bytes[len - 1] ^= 1;
	wire_parse(bytes, len, WIRE_VERIFY, &parsed);
	cr_expect_eq(parsed.rule, TCPSIM_RULE_WIRE_ICMP_CHECKSUM);
}

Test(icmp, version_6_too)
{
	uint8_t bytes[1400];
	GByteArray *quoted = bytes_ipv6(6, bytes_tcp(6, TCPSIM_SYN, 1400));
	size_t len = build_error(2, 0, 1280, quoted, quoted->len, bytes, sizeof(bytes));

	cr_expect_eq(len, 1280, "no more than the least MTU, RFC 4443 §2.4");
	wire_parse(bytes, len, WIRE_VERIFY, &parsed);
	cr_expect_eq(parsed.kind, WIRE_ICMP_ERROR);
	cr_expect_eq(parsed.icmp.mtu, 1280);
	cr_expect_eq(parsed.icmp.quote.dst_port, 80);
	cr_expect_eq(parsed.icmp.quote.seq.n, 1000);
}

/* RFC 4443 §2.4: as much of the datagram as fits, a fragment of one as well. Only the first tells
 * whose it is. */
Test(icmp, a_quoted_fragment_of_version_6)
{
	for (unsigned offset = 0; offset <= 1280; offset += 1280) {
		uint8_t bytes[1400];
		GByteArray *body = bytes_of(""), *quoted;

		bytes_add_be(body, 6, 1); /* the header behind it: TCP */
		bytes_add_be(body, 0, 1);
		bytes_add_be(body, offset | 1, 2);
		bytes_add_be(body, 77, 4);
		bytes_add_array(body, bytes_tcp(6, TCPSIM_ACK, 8));
		quoted = bytes_ipv6(44, body);
		wire_parse(bytes,
			build_error(2, 0, 1280, quoted, quoted->len, bytes, sizeof(bytes)),
			WIRE_VERIFY, &parsed);
		if (offset) {
			cr_expect(parsed.kind != WIRE_ICMP_ERROR ||
					  (!parsed.icmp.quote.has_seq &&
						  parsed.icmp.quote.dst_port != 80),
				"what it begins with are no ports");
		} else {
			cr_expect_eq(parsed.kind, WIRE_ICMP_ERROR);
			cr_expect_eq(parsed.icmp.quote.dst_port, 80);
			cr_expect_eq(parsed.icmp.quote.seq.n, 1000);
		}
	}
}

Test(icmp, a_short_quote_tells_what_it_can)
{
	uint8_t bytes[600];
	size_t len = build_error(3, 1, 0, tcp4(), 24, bytes, sizeof(bytes));

	wire_parse(bytes, len, 0, &parsed);
	cr_expect_eq(parsed.kind, WIRE_ICMP_ERROR);
	cr_expect_eq(parsed.icmp.quote.dst_port, 80);
	cr_expect_not(parsed.icmp.quote.has_seq);
	len = build_error(3, 1, 0, tcp4(), 12, bytes, sizeof(bytes));
	wire_parse(bytes, len, 0, &parsed);
	cr_expect_eq(parsed.kind, WIRE_ICMP_OTHER, "no header in it: nobody's error");
	cr_expect_eq(build_error(3, 1, 0, tcp4(), 12, bytes, 27), 0, "no room");
}

Test(icmp, an_echo_is_no_error)
{
	parse(bytes_ipv4(1, bytes_of("0800 f7ff 0000 0000")), WIRE_VERIFY);
	cr_expect_eq(parsed.kind, WIRE_ICMP_OTHER);
}

static struct tcpsim_options options_of(const char *hex)
{
	const GByteArray *bytes = bytes_of(hex);
	struct tcpsim_options o = {0};

	tcp_options_parse(bytes->data, bytes->len, &o);
	return o;
}

Test(options, lengths_that_are_not_the_kinds_own_make_it_unknown)
{
	cr_expect_eq(options_of("02 03 05").present, TCPSIM_HAS_UNKNOWN);
	cr_expect_eq(options_of("03 04 0102").present, TCPSIM_HAS_UNKNOWN);
	cr_expect_eq(options_of("08 06 00000001").present, TCPSIM_HAS_UNKNOWN);
	cr_expect_eq(options_of("05 02").present, TCPSIM_HAS_UNKNOWN, "a SACK without blocks");
	cr_expect_eq(options_of("05 08 000000010000").present, TCPSIM_HAS_UNKNOWN);
}

Test(options, a_length_that_leaves_the_header_ends_the_reading)
{
	cr_expect_eq(
		options_of("0402 0204").present, TCPSIM_HAS_SACK_PERMITTED | TCPSIM_HAS_MALFORMED);
	cr_expect_eq(
		options_of("0402 02").present, TCPSIM_HAS_SACK_PERMITTED | TCPSIM_HAS_MALFORMED);
	cr_expect_eq(options_of("0800 0402").present, TCPSIM_HAS_MALFORMED, "a length of 0");
	cr_expect_eq(options_of("0801 0402").present, TCPSIM_HAS_MALFORMED);
}

Test(options, nothing_behind_the_end_is_read)
{
	cr_expect_eq(options_of("0204 05b4 00 0402").present, TCPSIM_HAS_MSS);
}

Test(options, the_newer_ones)
{
	struct tcpsim_options o = options_of("fe06 f989 abcd");

	cr_expect_eq(o.present, TCPSIM_HAS_FASTOPEN_EXP);
	cr_expect_eq(o.cookie_len, 2);
	cr_expect_eq(options_of("fe04 1234").present, TCPSIM_HAS_UNKNOWN);
	o = options_of("ae08 000001 000002");
	cr_expect_eq(o.present, TCPSIM_HAS_ACCECN);
	cr_expect(o.accecn_order == 1 && o.accecn_n == 2);
	cr_expect(o.accecn_e1b == 1 && o.accecn_ceb == 2 && o.accecn_e0b == 0);
	o = options_of("1e0c 2081 1111111111111111");
	cr_expect_eq(o.present, TCPSIM_HAS_MPTCP);
	cr_expect_eq(o.mptcp_subtype, 2);
	cr_expect_eq(options_of("1d04 0101").present, TCPSIM_HAS_AO);
}
