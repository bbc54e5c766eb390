/* From the link layer to TCP: each link layer and tunnel, fragments, cut packets, and the reasons
 * of what is skipped. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "support/bytes.h"
#include "traces/decapsulation/decapsulation.h"

static struct decapsulation *decapsulation;
static struct wire_packet out;

static void set_up(void)
{
	decapsulation = decapsulation_new();
}

static void tear_down(void)
{
	decapsulation_free(decapsulation);
}

TestSuite(decapsulation, .init = set_up, .fini = tear_down);

static enum decapsulation_result read_cut(
	int link_type, const GByteArray *frame, uint32_t captured, int64_t time_ns)
{
	const struct capture_packet packet = {.time_ns = time_ns,
		.bytes = frame->data,
		.captured = captured,
		.original = frame->len,
		.link_type = link_type};

	return decapsulate(decapsulation, &packet, &out);
}

static enum decapsulation_result read_raw(const GByteArray *ip, int64_t time_ns)
{
	return read_cut(101, ip, ip->len, time_ns);
}

/* "" for TCP, "icmp-error", or the reason. */
static const char *verdict(int link_type, const GByteArray *frame, uint32_t captured)
{
	switch (read_cut(link_type, frame, captured, 0)) {
	case DECAPSULATION_TCP: return "";
	case DECAPSULATION_ICMP_ERROR: return "icmp-error";
	case DECAPSULATION_SKIPPED: break;
	}
	return decapsulation_reason(decapsulation);
}

static GByteArray *ethernet(const char *type, const GByteArray *body)
{
	GByteArray *frame = bytes_of("020000000002 020000000001");

	bytes_add(frame, type);
	bytes_add_array(frame, body);
	return frame;
}

static GByteArray *segment(unsigned payload)
{
	return bytes_ipv4(6, bytes_tcp(4, TCPSIM_ACK, payload));
}

/* How many TCP packets a capture holds, and how many it should: its name tells. */
static void expect_count(const char *folder, const char *name)
{
	char *path = g_build_filename(folder, name, NULL);
	struct capture *capture = capture_open(path, NULL);
	struct capture_packet packet;
	int found = 0;

	g_free(path);
	while (capture && capture_next(capture, &packet))
		found += decapsulate(decapsulation, &packet, &out) == DECAPSULATION_TCP;
	capture_close(capture);
	cr_expect_eq(found, atoi(strrchr(name, '-') + 1), "%s: found %d", name, found);
}

Test(decapsulation, every_link_layer_and_tunnel_of_the_corpus)
{
	char *folder =
		g_build_filename(g_getenv("TCPSIM_SOURCE"), "tests/fuzz/corpus/reader", NULL);
	GDir *dir = g_dir_open(folder, 0, NULL);
	const char *name;
	int files = 0;

	cr_assert_not_null(dir, "%s", folder);
	while ((name = g_dir_read_name(dir))) {
		expect_count(folder, name);
		files++;
	}
	cr_expect_gt(files, 40);
	g_dir_close(dir);
	g_free(folder);
}

Test(decapsulation, padding_behind_the_datagram_is_no_payload)
{
	GByteArray *frame = ethernet("0800", segment(0));

	bytes_add(frame, "aaaaaaaaaaaa");
	cr_expect_str_eq(verdict(1, frame, frame->len), "");
	cr_expect_eq(out.segment.len, 0);
}

Test(decapsulation, layers_passed_are_told)
{
	GByteArray *tagged = ethernet("8100", bytes_of("0005 0800"));

	bytes_add_array(tagged, bytes_ipv4(4, segment(1)));
	cr_expect_str_eq(verdict(1, tagged, tagged->len), "");
	cr_expect_eq(
		decapsulation_layers(decapsulation), DECAPSULATION_VLAN | DECAPSULATION_IP_IN_IP);
}

Test(decapsulation, a_packet_cut_by_the_snaplen_is_read_from_its_headers)
{
	GByteArray *frame = ethernet("0800", segment(1000));

	cr_expect_str_eq(verdict(1, frame, 14 + 40), "");
	cr_expect_eq(out.segment.len, 1000);
	cr_expect_eq(out.captured_payload, 0);
	cr_expect(decapsulation_layers(decapsulation) & DECAPSULATION_CUT);
	cr_expect_str_eq(verdict(1, frame, 14 + 39), "cut-by-snaplen");
	cr_expect_str_eq(verdict(1, frame, 14 + 10), "cut-by-snaplen");
	cr_expect_str_eq(verdict(1, frame, 13), "cut-by-snaplen");
}

Test(decapsulation, what_is_skipped_has_its_reason)
{
	GByteArray *bad = segment(0);

	cr_expect_str_eq(verdict(1, ethernet("0806", bytes_of("0001")), 16), "arp");
	cr_expect_str_eq(verdict(1, ethernet("88cc", bytes_of("0001")), 16), "not-ip");
	cr_expect_str_eq(verdict(1, ethernet("0026", bytes_of("424203 0000")), 19), "llc");
	cr_expect_str_eq(verdict(1, ethernet("88e5", bytes_of("0001")), 16), "macsec");
	cr_expect_str_eq(verdict(1, bytes_of("0102"), 2), "short-frame");
	cr_expect_str_eq(verdict(101, bytes_ipv4(17, bytes_of("0035 0035 0008 0000")), 28), "udp");
	cr_expect_str_eq(verdict(101, bytes_ipv4(1, bytes_of("0800 f7ff 0000 0000")), 28), "icmp");
	cr_expect_str_eq(verdict(101, bytes_ipv4(132, bytes_of("00")), 21), "sctp");
	cr_expect_str_eq(verdict(101, bytes_ipv4(50, bytes_of("00")), 21), "esp");
	cr_expect_str_eq(verdict(101, bytes_ipv4(89, bytes_of("00")), 21), "ip-protocol");
	cr_expect_str_eq(verdict(101, bytes_of("00"), 1), "bad-ip-header");
	cr_expect_str_eq(verdict(9999, bytes_of("00"), 1), "link-type-unknown");
	bad->data[20 + 12] = 0x40;
	cr_expect_str_eq(verdict(101, bad, bad->len), "bad-tcp-header");
	cr_expect_str_eq(verdict(9, bytes_of("ff03 002d 00"), 5), "ppp-compressed");
	cr_expect_str_eq(verdict(9, bytes_of("ff03 c021 00"), 5), "ppp-control");
	cr_expect_str_eq(
		verdict(105, bytes_of("08400000 000000000000 000000000000 000000000000 0000"), 24),
		"wifi-encrypted");
	cr_expect_str_eq(
		verdict(105, bytes_of("80000000 000000000000 000000000000 000000000000 0000"), 24),
		"wifi-management");
}

Test(decapsulation, counts_come_by_frequency)
{
	struct decapsulation_count counts[8];

	verdict(1, ethernet("0806", bytes_of("0001")), 16);
	verdict(101, bytes_ipv4(17, bytes_of("0035 0035 0008 0000")), 28);
	verdict(101, bytes_ipv4(17, bytes_of("0035 0035 0008 0000")), 28);
	verdict(101, bytes_of("00"), 1);
	cr_assert_eq(decapsulation_counts(decapsulation, counts, 8), 3);
	cr_expect_str_eq(counts[0].reason, "udp");
	cr_expect_eq(counts[0].packets, 2);
	cr_expect_not(counts[0].trouble);
	cr_expect_str_eq(counts[1].reason, "arp");
	cr_expect_str_eq(counts[2].reason, "bad-ip-header");
	cr_expect(counts[2].trouble);
	cr_expect_eq(decapsulation_counts(decapsulation, counts, 1), 1,
		"no more than there is room for");
}

Test(decapsulation, an_unknown_link_type_is_named)
{
	struct decapsulation_count count;

	verdict(189, bytes_of("00"), 1);
	cr_assert_eq(decapsulation_counts(decapsulation, &count, 1), 1);
	cr_expect_str_eq(count.sentence, "a link layer that is not known here: USB_LINUX");
}

Test(decapsulation, tunnels_without_end_are_left)
{
	GByteArray *packet = segment(0);

	for (int i = 0; i < 40; i++)
		packet = bytes_ipv4(4, packet);
	cr_expect_str_eq(verdict(101, packet, packet->len), "too-deep");
}

Test(decapsulation, an_icmp_error_about_a_segment_is_handed_out)
{
	GByteArray *quoted = segment(0), *icmp = bytes_of("0301 0000 00000000");

	g_byte_array_append(icmp, quoted->data, 28);
	cr_expect_str_eq(verdict(101, bytes_ipv4(1, icmp), 20 + 36), "icmp-error");
	cr_expect_eq(out.icmp.quote.dst_port, 80);
	icmp->data[8 + 9] = 17;
	cr_expect_str_eq(
		verdict(101, bytes_ipv4(1, icmp), 20 + 36), "icmp", "about a UDP datagram");
}

/* Bytes [from, to) of a 68-byte segment as a fragment; `fill` replaces the payload. */
static GByteArray *piece(guint from, guint to, uint16_t id, uint8_t fill)
{
	GByteArray *tcp = bytes_tcp(4, TCPSIM_ACK, 48), *part = bytes_of("");

	if (fill)
		memset(tcp->data + 20, fill, 48);
	g_byte_array_append(part, tcp->data + from, to - from);
	return bytes_fragment(6, part, id, from, to < 68);
}

Test(fragments, any_order_makes_the_datagram)
{
	set_up();
	decapsulation_check_sums(decapsulation, true);
	cr_expect_eq(read_raw(piece(48, 68, 1, 0), 0), DECAPSULATION_SKIPPED);
	cr_expect_str_eq(decapsulation_reason(decapsulation), "ip-fragment");
	cr_expect_eq(read_raw(piece(0, 24, 1, 0), 0), DECAPSULATION_SKIPPED);
	cr_expect_eq(read_raw(piece(24, 48, 1, 0), 0), DECAPSULATION_TCP);
	cr_expect_eq(out.segment.len, 48);
	cr_expect(out.tcp_sum_ok, "every byte in its place");
	cr_expect(decapsulation_layers(decapsulation) & DECAPSULATION_FRAGMENTS);
	cr_expect_eq(decapsulation_fragments(decapsulation).datagrams, 1);
	tear_down();
}

Test(fragments, where_they_overlap_the_first_bytes_stand)
{
	struct decapsulation_fragments counts;

	set_up();
	read_raw(piece(0, 40, 1, 'a'), 0);
	read_raw(piece(0, 40, 1, 'b'), 0);
	cr_expect_eq(read_raw(piece(24, 68, 1, 'c'), 0), DECAPSULATION_TCP);
	cr_expect_arr_eq(
		out.segment.payload, "aaaaaaaaaaaaaaaaaaaacccccccccccccccccccccccccccc", 48);
	counts = decapsulation_fragments(decapsulation);
	cr_expect_eq(counts.duplicates, 1);
	cr_expect_eq(counts.overlaps, 1);
	tear_down();
}

Test(fragments, a_number_used_again_after_the_time_out_is_another_datagram)
{
	struct decapsulation_count counts[4];

	set_up();
	read_raw(piece(0, 24, 1, 0), 0);
	cr_expect_eq(read_raw(piece(24, 68, 1, 0), INT64_C(31000000000)), DECAPSULATION_SKIPPED);
	cr_expect_eq(decapsulation_fragments(decapsulation).timed_out, 1);
	cr_expect_eq(read_raw(piece(0, 24, 1, 0), INT64_C(31000000001)), DECAPSULATION_TCP);
	read_raw(piece(0, 24, 2, 0), INT64_C(31000000001));
	decapsulation_finish(decapsulation);
	cr_expect_eq(decapsulation_fragments(decapsulation).incomplete, 1);
	cr_assert_eq(decapsulation_counts(decapsulation, counts, 4), 2);
	cr_expect_str_eq(counts[0].reason, "ip-fragment-incomplete");
	cr_expect_eq(counts[0].packets, 2);
	cr_expect_str_eq(counts[1].reason, "ip-fragment");
	cr_expect_eq(counts[1].packets, 1);
	tear_down();
}

Test(fragments, what_fits_no_datagram_is_refused)
{
	set_up();
	read_raw(bytes_fragment(6, bytes_of("112233"), 1, 0, TRUE), 0);
	cr_expect_str_eq(
		decapsulation_reason(decapsulation), "ip-fragment-bad", "not whole words of eight");
	read_raw(bytes_fragment(6, bytes_of("1122334455667788"), 1, 65528, TRUE), 0);
	cr_expect_str_eq(decapsulation_reason(decapsulation), "ip-fragment-bad", "past 65535");
	read_raw(piece(48, 68, 1, 0), 0);
	read_raw(bytes_fragment(6, bytes_of("1122334455667788"), 1, 80, TRUE), 0);
	cr_expect_str_eq(
		decapsulation_reason(decapsulation), "ip-fragment-bad", "past the last one");
	tear_down();
}

Test(fragments, a_first_one_cut_by_the_snaplen_still_shows_its_header)
{
	set_up();
	cr_expect_eq(read_cut(101, piece(0, 48, 1, 0), 20 + 24, 0), DECAPSULATION_TCP);
	cr_expect_eq(out.segment.dst_port, 80);
	cr_expect_eq(out.segment.len, 28, "what this fragment carried");
	cr_expect_eq(read_cut(101, piece(48, 68, 1, 0), 20 + 8, 0), DECAPSULATION_SKIPPED);
	cr_expect_str_eq(decapsulation_reason(decapsulation), "ip-fragment-cut");
	tear_down();
}

/* A first fragment, cut, that carries another first one, cut too: the second lies in what was made
 * of the first. */
Test(fragments, one_inside_another_is_moved_whole)
{
	GByteArray *tcp = bytes_tcp(4, TCPSIM_ACK, 108);
	GByteArray *outer = bytes_fragment(4, bytes_fragment(6, tcp, 2, 0, TRUE), 1, 0, TRUE);

	set_up();
	cr_assert_eq(read_cut(101, outer, outer->len - 48, 0), DECAPSULATION_TCP);
	cr_expect_eq(out.segment.dst_port, 80);
	cr_expect_eq(out.captured_payload, 60);
	for (uint32_t i = 0; i < out.captured_payload; i++)
		cr_expect_eq(out.segment.payload[i], 'x');
	tear_down();
}

Test(fragments, a_flood_of_them_stays_bounded)
{
	set_up();
	for (unsigned i = 0; i < 40000; i++) {
		GByteArray *lone = piece(0, 24, (uint16_t)i, 0);

		lone->data[15] = (uint8_t)(i >> 16); /* another source */
		read_raw(lone, 0);
		g_byte_array_set_size(lone, 0);
	}
	cr_expect_gt(decapsulation_fragments(decapsulation).incomplete, 20000, "the oldest went");
	tear_down();
}
