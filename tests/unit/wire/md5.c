/* The digest of RFC 2385 §2.0, against what Python's hashlib makes of the same bytes, laid out by hand. */
#include "wire/md5.h"

#include <criterion/criterion.h>
#include <tcpsim/segment.h>

#include "base/md5.h"

static struct tcpsim_segment segment_between(const char *src, const char *dst)
{
	struct tcpsim_segment s = {.src_port = 179,
		.dst_port = 40000,
		.seq = tcpsim_seq_of(0x01020304),
		.ack = tcpsim_seq_of(0xa0b0c0d0),
		.flags = TCPSIM_ACK | TCPSIM_PSH,
		.window = 512,
		.urgent = 0,
		.header_len = 40,
		.payload = (const uint8_t *)"hello",
		.len = 5};

	tcpsim_addr_parse(src, &s.src);
	tcpsim_addr_parse(dst, &s.dst);
	return s;
}

static void expect(const struct tcpsim_segment *s, const uint8_t digest[16])
{
	uint8_t got[16];

	wire_md5(base_md5, s, (const uint8_t *)"secret", 6, got);
	cr_expect_arr_eq(got, digest, 16);
}

Test(wire_md5, of_a_segment_of_ipv4)
{
	static const uint8_t digest[16] = {0xec, 0x5c, 0xf6, 0xd5, 0xce, 0x26, 0x59, 0x8e, 0xb5,
		0x82, 0x30, 0xce, 0x38, 0x34, 0x83, 0x02};
	struct tcpsim_segment s = segment_between("192.0.2.1", "198.51.100.7");

	expect(&s, digest);
}

Test(wire_md5, of_a_segment_of_ipv6)
{
	static const uint8_t digest[16] = {0xb5, 0x30, 0x0a, 0x17, 0xec, 0x5c, 0x89, 0x05, 0x27,
		0xc4, 0x48, 0x49, 0x45, 0x4f, 0x45, 0x6a};
	struct tcpsim_segment s = segment_between("2001:db8::1", "2001:db8::2");

	expect(&s, digest);
}

/* A payload of NULL stands for zero bytes: 5000, more than are given to MD5 at once. */
Test(wire_md5, of_text_that_is_all_zero)
{
	static const uint8_t digest[16] = {0xc5, 0xa1, 0x3b, 0x4d, 0x50, 0xd3, 0x06, 0x22, 0xe6,
		0xd7, 0x42, 0x10, 0x73, 0x38, 0x5d, 0x93};
	struct tcpsim_segment s = segment_between("192.0.2.1", "198.51.100.7");

	s.payload = NULL;
	s.len = 5000;
	expect(&s, digest);
}

Test(wire_md5, of_a_bare_header_with_the_ninth_flag)
{
	static const uint8_t digest[16] = {0x14, 0xc3, 0x8f, 0xe0, 0x11, 0x45, 0x06, 0xa9, 0xc0,
		0x74, 0xd2, 0x37, 0xc3, 0x81, 0x96, 0x32};
	struct tcpsim_segment s = segment_between("192.0.2.1", "198.51.100.7");

	s.flags = TCPSIM_AE | TCPSIM_RST;
	s.header_len = 20;
	s.len = 0;
	expect(&s, digest);
}
