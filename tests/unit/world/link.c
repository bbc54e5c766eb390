/* Links: rate, delay, queues and faults, packet by packet. */
#include <criterion/criterion.h>
#include <string.h>

#include "time_units.h"
#include "wire/build.h"
#include "wire/ip.h"
#include "world/link.h"
#include "world/modify.h"

static struct clock *now_clock;
static struct tcpsim_pool *pool;
static struct {
	int64_t at_ns;
	uint32_t ports; /* source port: which packet it is */
	bool sums_good, sums_hold;
	uint16_t options;
} got[100];
static unsigned n_got;

static void take(void *context, struct tcpsim_packet *packet, int64_t now_ns)
{
	struct wire_packet in;

	packet->sums_good = packet->sums_good ? 1 : 0;
	wire_parse_packet(packet, WIRE_VERIFY, &in);
	got[n_got].at_ns = now_ns;
	got[n_got].sums_good = packet->sums_good;
	got[n_got].sums_hold = in.kind == WIRE_TCP;
	got[n_got].ports = in.segment.src_port;
	got[n_got].options = in.segment.options.present;
	n_got++;
	tcpsim_packet_free(packet);
}

/* A segment of so many payload bytes, 40 bytes of headers (or 44 with an MSS, if it is a SYN). */
static struct tcpsim_packet *segment(uint16_t number, uint16_t flags, uint32_t len)
{
	static const uint8_t MSS[4] = {2, 4, 5, 0xb4};
	struct tcpsim_packet *packet = tcpsim_packet_new(pool);
	struct tcpsim_segment s = {.src = tcpsim_addr_v4(0x0a000001),
		.dst = tcpsim_addr_v4(0x0a000002),
		.ip_version = 4,
		.ttl = 64,
		.src_port = number,
		.dst_port = 80,
		.flags = flags,
		.len = len};

	if (flags & TCPSIM_SYN) {
		s.options.raw = MSS;
		s.options.raw_len = 4;
	}
	packet->headers_len = (uint16_t)wire_build_headers(&s, 0, true, NULL, packet->headers);
	packet->payload_len = len;
	packet->sums_good = 1;
	return packet;
}

static struct link_way *open_link(const struct link_config *config)
{
	struct link_hooks hooks = {.deliver = take};

	now_clock = clock_new(0);
	pool = tcpsim_pool_new();
	n_got = 0;
	return link_way_new(now_clock, config, 1, "test", &hooks);
}

static void close_link(struct link_way *way)
{
	while (clock_step(now_clock, INT64_MAX))
		;
	link_way_free(way);
	tcpsim_pool_free(pool);
	clock_free(now_clock);
}

Test(link, packets_leave_at_the_rate_and_arrive_after_the_delay)
{
	struct link_config c = {.rate_bps = 8000000, .delay_ns = 10 * NSEC_PER_MSEC};
	struct link_way *way = open_link(&c);

	for (uint16_t i = 0; i < 3; i++)
		link_send(way, segment(i, TCPSIM_ACK, 960)); /* 1000 bytes: 1 ms */
	close_link(way);
	cr_assert_eq(n_got, 3);
	for (unsigned i = 0; i < 3; i++) {
		cr_expect_eq(got[i].at_ns, (10 + 1 + (int64_t)i) * NSEC_PER_MSEC);
		cr_expect_eq(got[i].ports, i);
	}
}

Test(link, full_queue_drops_the_last)
{
	struct link_config c = {.rate_bps = 8000000, .queue = {.limit_packets = 2}};
	struct link_way *way = open_link(&c);

	for (uint16_t i = 0; i < 5; i++)
		link_send(way, segment(i, TCPSIM_ACK, 960));
	cr_expect_eq(link_counters(way)->dropped[LINK_DROP_QUEUE], 3);
	cr_expect_eq(link_counters(way)->queue_peak_packets, 2);
	close_link(way);
	cr_assert_eq(n_got, 2);
	cr_expect_eq(got[1].ports, 1);
}

Test(link, queue_empties_as_packets_leave)
{
	struct link_config c = {.rate_bps = 8000000, .queue = {.limit_packets = 1}};
	struct link_way *way = open_link(&c);

	link_send(way, segment(0, TCPSIM_ACK, 960));
	while (clock_step(now_clock, 1 * NSEC_PER_MSEC))
		;
	link_send(way, segment(1, TCPSIM_ACK, 960));
	close_link(way);
	cr_assert_eq(n_got, 2);
}

Test(link, second_syn_is_dropped_and_no_other)
{
	char *error = NULL;
	struct link_config c = {.drop_select = select_parse("2nd syn", &error)};
	struct link_way *way = open_link(&c);

	link_send(way, segment(1, TCPSIM_ACK, 10));
	link_send(way, segment(2, TCPSIM_SYN, 0));
	link_send(way, segment(3, TCPSIM_SYN, 0));
	link_send(way, segment(4, TCPSIM_SYN, 0));
	cr_expect_eq(link_counters(way)->dropped[LINK_DROP_SELECTED], 1);
	close_link(way);
	select_free(c.drop_select);
	cr_assert_eq(n_got, 3);
	cr_expect_eq(got[1].ports, 2);
	cr_expect_eq(got[2].ports, 4);
}

Test(link, held_packet_is_overtaken)
{
	char *error = NULL;
	struct link_config c = {.delay_ns = NSEC_PER_MSEC,
		.hold_ns = 5 * NSEC_PER_MSEC,
		.hold_select = select_parse("1st data", &error)};
	struct link_way *way = open_link(&c);

	link_send(way, segment(1, TCPSIM_ACK, 10));
	link_send(way, segment(2, TCPSIM_ACK, 10));
	close_link(way);
	select_free(c.hold_select);
	cr_assert_eq(n_got, 2);
	cr_expect_eq(got[0].ports, 2);
	cr_expect_eq(got[1].ports, 1);
	cr_expect_eq(got[1].at_ns, 6 * NSEC_PER_MSEC);
}

Test(link, corruption_is_found_by_the_checksum)
{
	struct link_config c = {.corrupt = 1};
	struct link_way *way = open_link(&c);

	for (uint16_t i = 0; i < 50; i++)
		link_send(way, segment(i, TCPSIM_ACK, 200));
	close_link(way);
	cr_assert_eq(n_got, 50);
	for (unsigned i = 0; i < 50; i++)
		cr_expect(!got[i].sums_good && !got[i].sums_hold, "packet %u", i);
}

Test(link, stripped_option_leaves_the_checksum_right)
{
	struct link_config c = {.strip_options = UINT64_C(1) << TCPSIM_OPT_MSS};
	struct link_way *way = open_link(&c);
	struct tcpsim_packet *syn = segment(1, TCPSIM_SYN, 0);

	syn->sums_good = 0; /* so that the receiver looks */
	link_send(way, syn);
	cr_expect_eq(link_counters(way)->stripped, 1);
	close_link(way);
	cr_assert_eq(n_got, 1);
	cr_expect(got[0].sums_hold);
	cr_expect_not(got[0].options & TCPSIM_HAS_MSS);
}

Test(link, duplicate_arrives_twice)
{
	struct link_config c = {.duplicate = 1, .delay_ns = NSEC_PER_MSEC};
	struct link_way *way = open_link(&c);

	link_send(way, segment(9, TCPSIM_ACK, 10));
	close_link(way);
	cr_assert_eq(n_got, 2);
	cr_expect_eq(got[1].ports, 9);
}

Test(link, black_hole_swallows_only_what_is_long)
{
	struct link_config c = {.black_hole_above = 1400};
	struct link_way *way = open_link(&c);

	link_send(way, segment(1, TCPSIM_ACK, 1361));
	link_send(way, segment(2, TCPSIM_ACK, 1360));
	close_link(way);
	cr_assert_eq(n_got, 1);
	cr_expect_eq(got[0].ports, 2);
}

Test(link, same_seed_and_name_lose_the_same_packets)
{
	unsigned first[100], n = 0;
	struct link_config c = {.loss = 0.5};

	for (int run = 0; run < 2; run++) {
		struct link_way *way = open_link(&c);

		for (uint16_t i = 0; i < 60; i++)
			link_send(way, segment(i, TCPSIM_ACK, 10));
		close_link(way);
		cr_assert(n_got > 10 && n_got < 50);
		for (unsigned i = 0; i < n_got; i++) {
			if (run)
				cr_expect_eq(got[i].ports, first[i]);
			else
				first[i] = got[i].ports;
		}
		cr_expect(run == 0 || n == n_got);
		n = n_got;
	}
}

Test(fragments, carry_all_bytes_and_right_offsets)
{
	pool = tcpsim_pool_new();
	struct tcpsim_packet *list = modify_fragment(segment(5, TCPSIM_ACK, 2000), 700), *next;
	uint32_t expected = 0;
	unsigned n = 0;

	for (; list; list = next, n++) {
		struct wire_packet in;

		next = list->next;
		wire_parse_packet(list, WIRE_VERIFY, &in);
		cr_expect_eq(in.kind, WIRE_FRAGMENT);
		cr_expect_eq(in.fragment.offset, expected);
		cr_expect_leq(tcpsim_packet_len(list), 700);
		cr_expect_eq(in.fragment.more, next != NULL);
		expected += in.body_len;
		tcpsim_packet_free(list);
	}
	cr_expect_eq(n, 3);
	cr_expect_eq(expected, 2020);
	tcpsim_pool_free(pool);
}
