/* Super-segments: cut as a device cuts them, and put together as one does; what is cut and joined is
 * what it was. Mirrors sim/live/super_cut.c and super_join.c. */
#include <criterion/criterion.h>
#include <linux/virtio_net.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <wire/build.h>
#include <wire/ip.h>
#include <wire/wire.h>

#include "live/super.h"
#include "live/super_cut.h"
#include "live/super_join.h"

#define MSS  1000
#define MOST 64

static struct tcpsim_pool *pool;
static struct tcpsim_packet *got[MOST];
static unsigned n_got;

static void open_pool(void)
{
	pool = tcpsim_pool_new();
	n_got = 0;
}

static void close_pool(void)
{
	for (unsigned i = 0; i < n_got; i++)
		tcpsim_packet_free(got[i]);
	cr_expect_eq(tcpsim_pool_outstanding(pool), 0, "something is not given back");
	tcpsim_pool_free(pool);
}

TestSuite(super, .init = open_pool, .fini = close_pool);

static void keep(void *context, struct tcpsim_packet *packet)
{
	cr_assert_lt(n_got, MOST);
	got[n_got++] = packet;
}

static uint8_t text_at(uint32_t at)
{
	return (uint8_t)(at * 7 + at / 251);
}

static struct tcpsim_segment segment_of(int version, uint32_t seq, uint32_t len, unsigned flags)
{
	struct tcpsim_segment s = {.ip_version = (uint8_t)version,
		.ttl = 64,
		.src_port = 1024,
		.dst_port = 80,
		.seq = {seq},
		.ack = {77},
		.flags = (uint16_t)flags,
		.window = 5000,
		.len = len};

	s.src = version == 4 ? tcpsim_addr_v4(0x0a000102) : (struct tcpsim_addr){.b = {0xfd, 1}};
	s.dst = version == 4 ? tcpsim_addr_v4(0x0a000101) : (struct tcpsim_addr){.b = {0xfd, 2}};
	s.header_len = 20;
	return s;
}

/* A chunk that begins with the whole datagram; its length. */
static size_t fill(struct tcpsim_chunk *chunk, const struct tcpsim_segment *s)
{
	uint8_t text[65536];
	size_t headers;

	for (uint32_t i = 0; i < s->len; i++)
		text[i] = text_at(i);
	headers = wire_build_headers(s, 0x1234, true, text, chunk->data);
	memcpy(chunk->data + headers, text, s->len);
	return headers + s->len;
}

static void cut(const struct tcpsim_segment *s, unsigned gso_type)
{
	struct virtio_net_hdr header = {.gso_type = (uint8_t)gso_type,
		.gso_size = gso_type == VIRTIO_NET_HDR_GSO_NONE ? 0 : MSS};
	struct tcpsim_chunk *chunk = tcpsim_chunk_new(pool, 65535);
	uint8_t bytes[SUPER_HEADER];

	memcpy(bytes, &header, sizeof(bytes));
	super_cut(pool, bytes, chunk, fill(chunk, s), keep, NULL);
	tcpsim_chunk_unref(chunk);
}

/* Packet i as a receiver reads it, its checksums looked at. */
static struct tcpsim_segment read_back(unsigned i)
{
	uint8_t bytes[66000];
	struct wire_packet parsed;

	cr_assert_lt(i, n_got);
	wire_parse(bytes, tcpsim_packet_bytes(got[i], bytes, sizeof(bytes)), WIRE_VERIFY, &parsed);
	cr_assert_eq(parsed.kind, WIRE_TCP, "packet %u: rule %d", i, (int)parsed.rule);
	parsed.segment.payload = NULL; /* of these bytes, which go */
	return parsed.segment;
}

static void is_cut_well(int version)
{
	unsigned all = TCPSIM_ACK | TCPSIM_PSH | TCPSIM_FIN | TCPSIM_CWR;
	struct tcpsim_segment s = segment_of(version, 0xfffffc00, 2500, all), part;

	cut(&s, version == 4 ? VIRTIO_NET_HDR_GSO_TCPV4 | VIRTIO_NET_HDR_GSO_ECN
			     : VIRTIO_NET_HDR_GSO_TCPV6 | VIRTIO_NET_HDR_GSO_ECN);
	cr_assert_eq(n_got, 3);
	for (unsigned i = 0; i < 3; i++) {
		part = read_back(i);
		cr_expect_eq(part.seq.n, 0xfffffc00 + i * MSS);
		cr_expect_eq(part.len, i < 2 ? MSS : 500);
		cr_expect_eq(part.ack.n, 77);
		cr_expect_eq(part.flags, TCPSIM_ACK | (i == 0 ? TCPSIM_CWR : 0) |
						 (i == 2 ? TCPSIM_PSH | TCPSIM_FIN : 0));
		for (uint32_t b = 0; b < part.len; b++)
			cr_assert_eq(got[i]->payload[b], text_at(i * MSS + b));
	}
	if (version == 4)
		cr_expect_eq(got[2]->headers[4] << 8 | got[2]->headers[5], 0x1236, "its number");
}

Test(super, a_piece_is_cut_into_what_a_device_sends)
{
	is_cut_well(4);
}

Test(super, a_piece_of_ipv6_is_cut_into_what_a_device_sends)
{
	is_cut_well(6);
}

Test(super, a_sum_that_was_left_to_the_device_is_made)
{
	struct virtio_net_hdr header = {
		.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM, .csum_start = 20, .csum_offset = 16};
	struct tcpsim_segment s = segment_of(4, 1, 100, TCPSIM_ACK);
	struct tcpsim_chunk *chunk = tcpsim_chunk_new(pool, 65535);
	uint8_t bytes[SUPER_HEADER];
	size_t len = fill(chunk, &s);
	uint16_t begun = (uint16_t)~wire_sum_finish(wire_sum_pseudo(&s.src, &s.dst, 6, 120));

	chunk->data[36] = (uint8_t)(begun >> 8);
	chunk->data[37] = (uint8_t)begun;
	memcpy(bytes, &header, sizeof(bytes));
	super_cut(pool, bytes, chunk, len, keep, NULL);
	tcpsim_chunk_unref(chunk);
	cr_assert_eq(n_got, 1);
	read_back(0);
}

/* Lengths, offsets and kinds that are not so: nothing is read that is not there. */
Test(super, what_is_no_such_piece_is_left_out)
{
	struct virtio_net_hdr header = {.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
		.gso_type = VIRTIO_NET_HDR_GSO_TCPV4,
		.gso_size = 1,
		.csum_start = 65000,
		.csum_offset = 65000};
	uint8_t bytes[SUPER_HEADER];

	memcpy(bytes, &header, sizeof(bytes));
	for (size_t len = 0; len < 40; len++) {
		struct tcpsim_chunk *chunk = tcpsim_chunk_new(pool, 65535);

		memset(chunk->data, 0x45, 40);
		super_cut(pool, bytes, chunk, len, keep, NULL);
		tcpsim_chunk_unref(chunk);
	}
	cr_expect_eq(n_got, 0);
}

/* --- put together --- */

static struct tcpsim_packet *packet_of(const struct tcpsim_segment *s)
{
	struct tcpsim_chunk *chunk = tcpsim_chunk_new(pool, 65535);
	size_t len = fill(chunk, s);
	struct tcpsim_packet *packet = tcpsim_packet_from_bytes(pool, chunk->data, len);

	tcpsim_chunk_unref(chunk);
	packet->sums_good = 1;
	return packet;
}

Test(super, what_was_cut_is_one_piece_again)
{
	struct tcpsim_segment s = segment_of(4, 9, 2500, TCPSIM_ACK | TCPSIM_PSH), whole;
	struct super super = {0};
	struct tcpsim_packet *joined;

	cut(&s, VIRTIO_NET_HDR_GSO_TCPV4);
	for (unsigned i = 0; i < 3; i++)
		cr_assert(super_add(&super, got[i]), "%u", i);
	joined = super_join(&super);
	cr_assert_not_null(joined);
	cr_expect_eq(super.n, 0);
	cr_expect_eq(joined->segment_size, MSS);
	got[0] = joined;
	n_got = 1;
	got[0]->sums_good = 1;
	cr_expect_eq(joined->payload_len, 2500);
	cr_expect_eq(memcmp(joined->payload + 2499, &(uint8_t){text_at(2499)}, 1), 0);
	{
		struct wire_packet parsed;

		wire_parse_packet(joined, WIRE_VERIFY, &parsed);
		whole = parsed.segment;
	}
	cr_expect_eq(whole.seq.n, 9);
	cr_expect_eq(whole.len, 2500);
	cr_expect_eq(whole.flags, TCPSIM_ACK | TCPSIM_PSH);
}

/* What the device is given: a header that tells the size, and a datagram that, cut again, is the
 * packets. */
static void is_written_well(int version)
{
	struct super super = {0};
	int end[2];
	uint8_t bytes[66000];
	struct tcpsim_chunk *chunk = tcpsim_chunk_new(pool, 65535);
	struct virtio_net_hdr header;
	ssize_t n;

	for (unsigned i = 0; i < 3; i++) {
		struct tcpsim_segment s = segment_of(version, 5 + i * MSS, MSS, TCPSIM_ACK);

		cr_assert(super_add(&super, packet_of(&s)));
	}
	cr_assert_eq(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, end), 0);
	cr_assert(super_write(&super, end[0]));
	cr_expect_eq(super.n, 0);
	n = read(end[1], bytes, sizeof(bytes));
	cr_assert_gt(n, SUPER_HEADER);
	memcpy(&header, bytes, sizeof(header));
	cr_expect_eq(header.gso_size, MSS);
	memcpy(chunk->data, bytes + SUPER_HEADER, (size_t)n - SUPER_HEADER);
	super_cut(pool, bytes, chunk, (size_t)n - SUPER_HEADER, keep, NULL);
	tcpsim_chunk_unref(chunk);
	cr_assert_eq(n_got, 3);
	for (unsigned i = 0; i < 3; i++) {
		cr_expect_eq(read_back(i).seq.n, 5 + i * MSS);
		cr_expect_eq(got[i]->payload[MSS - 1], text_at(MSS - 1));
	}
	close(end[0]);
	close(end[1]);
}

Test(super, a_device_is_given_one_piece)
{
	is_written_well(4);
}

Test(super, a_device_is_given_one_piece_of_ipv6)
{
	is_written_well(6);
}

/* Does `second` go on after `first`? */
static bool joins(const struct tcpsim_segment *first, const struct tcpsim_segment *second)
{
	struct super super = {0};
	struct tcpsim_packet *packet = packet_of(second);
	bool good;

	cr_assert(super_add(&super, packet_of(first)));
	good = super_add(&super, packet);
	if (!good)
		tcpsim_packet_free(packet);
	while ((packet = super_next(&super)))
		tcpsim_packet_free(packet);
	return good;
}

Test(super, only_what_goes_on_is_put_together)
{
	struct tcpsim_segment first = segment_of(4, 1, MSS, TCPSIM_ACK), second, longer;

	second = segment_of(4, 1 + MSS, MSS, TCPSIM_ACK);
	cr_expect(joins(&first, &second));
	second.len = 200;
	cr_expect(joins(&first, &second), "a short one is the last");
	second = segment_of(4, 1 + MSS, MSS, TCPSIM_ACK | TCPSIM_PSH);
	cr_expect(joins(&first, &second));
	longer = segment_of(4, 1 + MSS, MSS + 1, TCPSIM_ACK);
	cr_expect_not(joins(&first, &longer));
	second = segment_of(4, 2 + MSS, MSS, TCPSIM_ACK);
	cr_expect_not(joins(&first, &second), "a gap");
	second = segment_of(4, 1 + MSS, 0, TCPSIM_ACK);
	cr_expect_not(joins(&first, &second), "an ACK is not text");
	second = segment_of(4, 1 + MSS, MSS, TCPSIM_ACK | TCPSIM_ECE);
	cr_expect_not(joins(&first, &second));
	second = segment_of(4, 1 + MSS, MSS, TCPSIM_ACK);
	second.ack.n++;
	cr_expect_not(joins(&first, &second));
	second = segment_of(4, 1 + MSS, MSS, TCPSIM_ACK);
	second.window++;
	cr_expect_not(joins(&first, &second));
	second = segment_of(4, 1 + MSS, MSS, TCPSIM_ACK);
	second.src_port++;
	cr_expect_not(joins(&first, &second));
	second = segment_of(4, 1 + MSS, MSS, TCPSIM_ACK);
	second.tos = 1;
	cr_expect_not(joins(&first, &second));
	first.flags |= TCPSIM_PSH;
	second = segment_of(4, 1 + MSS, MSS, TCPSIM_ACK);
	cr_expect_not(joins(&first, &second), "after a PSH");
	first = segment_of(4, 1, MSS, TCPSIM_ACK | TCPSIM_URG);
	second.flags |= TCPSIM_URG;
	cr_expect_not(joins(&first, &second));
	first = segment_of(4, 1, MSS, TCPSIM_ACK);
	second = segment_of(6, 1 + MSS, MSS, TCPSIM_ACK);
	cr_expect_not(joins(&first, &second));
}

/* A damaged packet is handed over as it is, so that its receiver finds that out. */
Test(super, what_is_damaged_stays_alone)
{
	struct tcpsim_segment first = segment_of(4, 1, MSS, TCPSIM_ACK),
			      second = segment_of(4, 1 + MSS, MSS, TCPSIM_ACK);
	struct super super = {0};
	struct tcpsim_packet *packet = packet_of(&second);

	packet->sums_good = 0;
	cr_assert(super_add(&super, packet_of(&first)));
	cr_expect_not(super_add(&super, packet));
	keep(NULL, packet);
	keep(NULL, super_next(&super));
}
