/* TCP in UDP: a segment wrapped and unwrapped is the same, and what is no such datagram is left
 * alone. */
#include <criterion/criterion.h>
#include <wire/build.h>
#include <wire/ip.h>
#include <wire/tunnel.h>
#include <wire/wire.h>

static struct tcpsim_segment segment(bool v6)
{
	struct tcpsim_segment s = {.src_port = 1000,
		.dst_port = 80,
		.seq = tcpsim_seq_of(7),
		.flags = TCPSIM_ACK,
		.window = 100,
		.ttl = 64,
		.len = 5,
		.ip_version = v6 ? 6 : 4};

	tcpsim_addr_parse(v6 ? "2001:db8::1" : "10.0.0.1", &s.src);
	tcpsim_addr_parse(v6 ? "2001:db8::2" : "10.0.0.2", &s.dst);
	return s;
}

/* The whole datagram with "hello" in UDP from port 9811 to 1. */
static size_t wrapped(bool v6, uint8_t *out)
{
	static const uint8_t HELLO[] = "hello";
	struct tcpsim_segment s = segment(v6);
	size_t len = wire_build_headers(&s, 1, true, HELLO, out);

	len = wire_udp_wrap(out, len, HELLO, 5, 9811, 1);
	memcpy(out + len, HELLO, 5);
	return len + 5;
}

static void expect_round_trip(bool v6)
{
	uint8_t bytes[160];
	size_t len = wrapped(v6, bytes), plain = len;
	uint16_t src = 0, dst = 0;
	struct wire_packet in;

	wire_parse(bytes, len, WIRE_VERIFY, &in);
	cr_assert_eq(in.kind, WIRE_OTHER_PROTO);
	cr_expect_eq(in.protocol, 17);
	cr_assert(wire_udp_unwrap(bytes, &plain, &src, &dst));
	cr_expect_eq(plain, len - 8);
	cr_expect_eq(src, 9811);
	cr_expect_eq(dst, 1);
	wire_parse(bytes, plain, WIRE_VERIFY, &in);
	cr_assert_eq(in.kind, WIRE_TCP);
	cr_expect_eq(in.segment.dst_port, 80);
	cr_expect_eq(in.segment.len, 5);
	cr_expect_arr_eq(in.segment.payload, "hello", 5);
}

Test(udp_tunnel, wrapping_and_unwrapping_give_the_segment_back)
{
	expect_round_trip(false);
	expect_round_trip(true);
}

Test(udp_tunnel, every_bit_counts_in_the_checksum)
{
	uint8_t good[160], bad[160];
	size_t len = wrapped(false, good), cut;
	uint16_t src, dst;

	for (size_t i = 28; i < len; i++) {
		/* The TCP checksum: it is not looked at but covered all the same. */
		if (i == 44 || i == 45)
			continue;
		memcpy(bad, good, len);
		bad[i] ^= 0x10;
		cut = len;
		cr_expect_not(wire_udp_unwrap(bad, &cut, &src, &dst), "byte %zu", i);
	}
}

Test(udp_tunnel, other_datagrams_and_short_ones_are_left_alone)
{
	uint8_t bytes[160];
	struct tcpsim_segment s = segment(false);
	size_t len = wire_build_headers(&s, 1, true, NULL, bytes), whole;
	uint16_t src, dst;

	cr_expect_not(wire_udp_unwrap(bytes, &len, &src, &dst), "plain TCP");
	whole = wrapped(false, bytes);
	for (size_t cut = 0; cut < whole; cut++) {
		size_t left = cut;

		cr_expect_not(wire_udp_unwrap(bytes, &left, &src, &dst), "%zu bytes", cut);
	}
}
