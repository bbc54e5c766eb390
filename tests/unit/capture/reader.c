/* Capture files: every format and order, compressed, torn, several as one. */
#include <criterion/criterion.h>
#include <glib/gstdio.h>
#include <zlib.h>
#include <zstd.h>

#include "support/bytes.h"
#include "traces/capture/filter.h"
#include "traces/capture/reader.h"

static GByteArray *pcap_file(bool big, uint32_t magic)
{
	GByteArray *f = bytes_of("");
	void (*add)(GByteArray *, uint64_t, unsigned) = big ? bytes_add_be : bytes_add_le;

	add(f, magic, 4);
	add(f, 2, 2);
	add(f, 4, 2);
	add(f, 0, 8);
	add(f, 65535, 4);
	add(f, 101, 4);
	return f;
}

/* One packet whose only captured bytes are its name. */
static void pcap_packet(GByteArray *f, bool big, uint32_t seconds, uint32_t fraction, char name)
{
	void (*add)(GByteArray *, uint64_t, unsigned) = big ? bytes_add_be : bytes_add_le;

	add(f, seconds, 4);
	add(f, fraction, 4);
	add(f, 2, 4);
	add(f, 60, 4);
	g_byte_array_append(f, (const uint8_t[]){(uint8_t)name, '.'}, 2);
}

/* Three packets at 1.000001, 2.000002 and 3.000003 s. */
static GByteArray *plain_pcap(void)
{
	GByteArray *f = pcap_file(false, 0xa1b2c3d4);

	for (uint32_t i = 1; i <= 3; i++)
		pcap_packet(f, false, i, i, (char)('a' + i - 1));
	return f;
}

static void section(GByteArray *f)
{
	bytes_add_block(f, 0x0a0d0d0a, bytes_of("4d3c2b1a 0100 0000 ffffffffffffffff"));
}

static void enhanced(GByteArray *f, uint32_t interface, uint64_t ticks, char name)
{
	GByteArray *body = bytes_of("");

	bytes_add_le(body, interface, 4);
	bytes_add_le(body, ticks >> 32, 4);
	bytes_add_le(body, ticks & 0xffffffff, 4);
	bytes_add_le(body, 2, 4);
	bytes_add_le(body, 60, 4);
	g_byte_array_append(body, (const uint8_t[]){(uint8_t)name, '.'}, 2);
	bytes_add_block(f, 6, body);
}

/* "a1000 b2000 !ERROR": each packet's name and time in ns, then the error if there is one. Takes
 * the capture. */
static char *read_all(struct capture *capture)
{
	GString *text = g_string_new(NULL);
	struct capture_packet p;

	while (capture_next(capture, &p))
		g_string_append_printf(
			text, "%s%c%" G_GINT64_FORMAT, text->len ? " " : "", p.bytes[0], p.time_ns);
	if (capture_error(capture)) {
		const char *place = strstr(capture_error(capture)->message, ": ");

		g_string_append_printf(text, " !%s", place ? place + 2 : "(no place)");
	}
	capture_close(capture);
	return bytes_keep_text(g_string_free(text, FALSE));
}

static char *read_bytes(GByteArray *bytes)
{
	char *path = bytes_to_file(bytes), *text;
	GError *error = NULL;
	struct capture *capture = capture_open(path, &error);

	text = capture ? read_all(capture)
		       : bytes_keep_text(g_strdup(strstr(error->message, ": ") + 2));
	g_clear_error(&error);
	g_unlink(path);
	return text;
}

#define THREE "a1000001000 b2000002000 c3000003000"

Test(reader, pcap_of_both_orders_and_units)
{
	GByteArray *f;

	cr_expect_str_eq(read_bytes(plain_pcap()), THREE);
	f = pcap_file(true, 0xa1b2c3d4);
	pcap_packet(f, true, 1, 5, 'x');
	cr_expect_str_eq(read_bytes(f), "x1000005000");
	f = pcap_file(true, 0xa1b23c4d);
	pcap_packet(f, true, 1, 5, 'x');
	cr_expect_str_eq(read_bytes(f), "x1000000005");
}

Test(reader, the_modified_pcap_has_longer_headers)
{
	GByteArray *f = pcap_file(false, 0xa1b2cd34);

	bytes_add(f, "01000000 02000000 02000000 3c000000 0000000000000000 7a2e");
	bytes_add(f, "03000000 04000000 02000000 3c000000 0000000000000000 792e");
	cr_expect_str_eq(read_bytes(f), "z1000002000 y3000004000");
}

Test(reader, pcapng_with_interfaces_that_differ)
{
	GByteArray *f = bytes_of("");

	section(f);
	bytes_add_block(f, 1, bytes_of("0100 0000 ffff0000")); /* Ethernet, us */
	bytes_add_block(
		f, 1, bytes_of("6500 0000 60000000 0900 0100 09000000 00000000")); /* RAW, ns */
	/* 2^-10, +10 s */
	bytes_add_block(
		f, 1, bytes_of("0900 0000 00000000 0900 0100 8a000000 0e00 0800 0a00000000000000"));
	enhanced(f, 0, 1000001, 'a');
	bytes_add_block(f, 0x0bad, bytes_of("0123456789")); /* unknown */
	enhanced(f, 1, 2000000002, 'b');
	enhanced(f, 2, 1024 + 512, 'c');
	bytes_add_block(f, 3, bytes_of("02000000 732e")); /* simple: no time of its own */
	bytes_add_block(f, 2,
		bytes_of("0100 0000 00000000 03000000 02000000 3c000000 6f2e")); /* obsolete */
	section(f);
	bytes_add_block(f, 1, bytes_of("6500 0000 ffff0000"));
	enhanced(f, 0, 7000000, 'd');
	cr_expect_str_eq(
		read_bytes(f), "a1000001000 b2000000002 c11500000000 s11500000000 o3 d7000000000");
}

Test(reader, times_that_are_damage_stay_where_differences_fit)
{
	GByteArray *f = bytes_of("");

	section(f);
	bytes_add_block(f, 1, bytes_of("6500 0000 ffff0000 0900 0100 09000000 00000000"));
	enhanced(f, 0, INT64_MAX, 'a');
	enhanced(f, 0, (uint64_t)INT64_MIN, 'b');
	enhanced(f, 0, 5, 'c');
	cr_expect_str_eq(read_bytes(f), "a4611686018427387904 b-2305843009213693952 c5");
}

Test(reader, interfaces_and_links_are_told)
{
	GByteArray *f = bytes_of("");
	struct capture_packet p;
	struct capture *capture;

	section(f);
	bytes_add_block(f, 1, bytes_of("0100 0000 ffff0000"));
	enhanced(f, 0, 1, 'a');
	section(f);
	bytes_add_block(f, 1, bytes_of("6500 0000 ffff0000"));
	enhanced(f, 0, 1, 'b');
	capture = capture_open(bytes_to_file(f), NULL);
	cr_assert(capture_next(capture, &p));
	cr_expect(p.interface == 0 && p.link_type == 1 && p.captured == 2 && p.original == 60 &&
		  p.number == 1);
	cr_assert(capture_next(capture, &p));
	cr_expect(p.interface == 1 && p.link_type == 101 && p.number == 2);
	cr_expect_str_eq(capture_format(capture, 0), "pcapng");
	cr_expect_str_eq(capture_link_name(101), "RAW");
	cr_expect_str_eq(capture_link_name(60000), "60000");
	g_unlink(capture_path(capture, 0));
	capture_close(capture);
}

Test(reader, snoop)
{
	GByteArray *f = bytes_of("736e6f6f70000000 00000002 00000004");

	bytes_add(f, "0000003c 00000002 0000001c 00000000 00000001 00000005 6e2e 0000");
	bytes_add(f, "0000003c 00000002 0000001c 00000000 00000002 00000005 6d2e 0000");
	cr_expect_str_eq(read_bytes(f), "n1000005000 m2000005000");
	cr_expect_str_eq(read_bytes(bytes_of("736e6f6f70000000 00000002 00000063")),
		"snoop's link type 99 is not known");
}

static GByteArray *gzipped(const GByteArray *plain)
{
	GByteArray *out = g_byte_array_set_size(bytes_of(""), 1000);
	z_stream z = {0};

	deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY);
	z.next_in = plain->data;
	z.avail_in = plain->len;
	z.next_out = out->data;
	z.avail_out = out->len;
	deflate(&z, Z_FINISH);
	g_byte_array_set_size(out, (guint)z.total_out);
	deflateEnd(&z);
	return out;
}

static GByteArray *zstandard(const GByteArray *plain)
{
	GByteArray *out = g_byte_array_set_size(bytes_of(""), 1000);

	g_byte_array_set_size(
		out, (guint)ZSTD_compress(out->data, 1000, plain->data, plain->len, 3));
	return out;
}

Test(reader, compressed_files)
{
	GByteArray *gz = gzipped(plain_pcap()), *head = plain_pcap(), *tail = plain_pcap();

	cr_expect_str_eq(read_bytes(gz), THREE);
	cr_expect_str_eq(read_bytes(zstandard(plain_pcap())), THREE);
	/* a file in two members, as `cat a.gz b.gz` makes it */
	g_byte_array_set_size(head, 30);
	g_byte_array_remove_range(tail, 0, 30);
	gz = gzipped(head);
	bytes_add_array(gz, gzipped(tail));
	cr_expect_str_eq(read_bytes(gz), THREE);
	gz = gzipped(plain_pcap());
	g_byte_array_set_size(gz, gz->len - 12);
	cr_expect(strstr(read_bytes(gz), "the compressed data ends early"));
}

Test(reader, a_torn_file_gives_what_was_read)
{
	GByteArray *f = plain_pcap();

	g_byte_array_set_size(f, f->len - 1);
	cr_expect_str_eq(read_bytes(f),
		"a1000001000 b2000002000 !packet 3, at byte 60: the file ends inside a packet: "
		"17 bytes of 18 are there; the packets before it were read");
	g_byte_array_set_size(f, 65);
	cr_expect_str_eq(read_bytes(f), "a1000001000 b2000002000 !packet 3, at byte 60: the file "
					"ends inside a packet's header: "
					"5 bytes of 16 are there; the packets before it were read");
	f = plain_pcap();
	f->data[24 + 18 + 10] = 0xff;
	cr_expect_str_eq(read_bytes(f),
		"a1000001000 !packet 2, at byte 42: it claims 16711682 captured bytes, more "
		"than the 262144 a packet can have; the packets before it were read");
}

Test(reader, what_is_no_capture_is_said_so)
{
	const char *formats = "not a capture; pcap, pcapng and snoop are read, plain or compressed "
			      "by gzip or zstd";
	GByteArray *f = plain_pcap();

	cr_expect_str_eq(read_bytes(bytes_of("")), "empty, no capture");
	cr_expect_str_eq(read_bytes(bytes_of("68656c6c6f")), formats);
	cr_expect_str_eq(read_bytes(bytes_of("fd377a585a0000")),
		"compressed by other than gzip or zstd; undo it first (xz)");
	g_byte_array_set_size(f, 10);
	cr_expect_str_eq(
		read_bytes(f), "the file ends inside the file header: 10 bytes of 24 are there");
	cr_expect_str_eq(read_bytes(bytes_of(
				 "0a0d0d0a 1c000000 00000000 01000000 ffffffffffffffff 1c000000")),
		"a section without its byte-order magic");
}

Test(reader, a_missing_file_and_a_folder)
{
	GError *error = NULL;

	cr_expect_null(capture_open("/nowhere/at-all.pcap", &error));
	cr_expect_str_eq(error->message, "/nowhere/at-all.pcap: No such file or directory");
	g_clear_error(&error);
	cr_expect_null(capture_open("/", &error));
	cr_expect_str_eq(error->message, "/: a folder; name the capture files in it");
	g_error_free(error);
}

/* A name resolution block's record: type, length, address, names. */
static void name_record(
	GByteArray *block, unsigned type, const char *addr, const char *names, size_t len)
{
	GByteArray *record = bytes_of(addr);

	g_byte_array_append(record, (const uint8_t *)names, (guint)len);
	bytes_add_le(block, type, 2);
	bytes_add_le(block, record->len, 2);
	bytes_add_array(block, record);
	bytes_add_le(block, 0, -record->len & 3);
}

static const char *name_of(const struct capture *capture, const char *text)
{
	struct tcpsim_addr addr;

	cr_assert(tcpsim_addr_parse(text, &addr));
	return capture_host_name(capture, &addr);
}

Test(reader, hosts_have_the_names_that_pcapng_has)
{
	GByteArray *f = bytes_of(""), *names = bytes_of("");

	section(f);
	name_record(names, 1, "c0000201", "alice\0wonderland", 17);
	name_record(names, 1, "c0000202", "esc\033[31m", 9);
	name_record(names, 7, "00", "?", 1);
	name_record(names, 2, "20010db8000000000000000000000001", "six", 4);
	name_record(names, 1, "c0000203", "", 0);
	bytes_add_le(names, 0, 4);
	bytes_add_block(f, 4, names);
	struct capture *capture = capture_open(bytes_to_file(f), NULL);
	struct capture_packet packet;

	cr_expect(!capture_next(capture, &packet));
	cr_expect_null(capture_error(capture));
	cr_expect_str_eq(name_of(capture, "192.0.2.1"), "alice");
	cr_expect_str_eq(name_of(capture, "192.0.2.2"), "esc?[31m");
	cr_expect_str_eq(name_of(capture, "2001:db8::1"), "six");
	cr_expect_null(name_of(capture, "192.0.2.3"));
	capture_close(capture);
}

/* Its lengths may lie: no name, and nothing else is lost. */
Test(reader, names_that_lie_harm_nothing)
{
	GByteArray *f = bytes_of("");

	section(f);
	bytes_add_block(f, 4, bytes_of("0100 ffff c0000201 61000000"));
	bytes_add_block(f, 4, bytes_of("0100"));
	struct capture *capture = capture_open(bytes_to_file(f), NULL);
	struct capture_packet packet;

	cr_expect(!capture_next(capture, &packet));
	cr_expect_null(capture_error(capture));
	cr_expect_null(name_of(capture, "192.0.2.1"));
	capture_close(capture);
}

Test(reader, pcapng_blocks_that_lie)
{
	GByteArray *f = bytes_of("");

	section(f);
	enhanced(f, 0, 1, 'a');
	cr_expect(strstr(
		read_bytes(f), "it came in on interface 0, of which the file tells nothing"));
	f = bytes_of("");
	section(f);
	bytes_add(f, "06000000 04000000");
	cr_expect(strstr(read_bytes(f), "a block of 4 bytes is too short for its kind"));
	f = bytes_of("");
	section(f);
	bytes_add(f, "99000000 ffffff7f 0000");
	cr_expect(strstr(read_bytes(f), "the file ends inside a block of 2147483647 bytes"));
	f = bytes_of("");
	section(f);
	bytes_add_block(f, 1, bytes_of("0100 0000 ffff0000 0900 0100 14000000"));
	cr_expect(strstr(read_bytes(f), "a time resolution of 0x14 is none"));
}

static GByteArray *pcap_of(const char *names, const uint32_t *seconds)
{
	GByteArray *f = pcap_file(false, 0xa1b2c3d4);

	for (; *names; names++)
		pcap_packet(f, false, *seconds++, 0, *names);
	return f;
}

/* The names only, in the order of a merged reading. */
static char *merged(GByteArray *a, GByteArray *b, GByteArray *c)
{
	const char *paths[] = {bytes_to_file(a), bytes_to_file(b), bytes_to_file(c)};
	struct capture *capture = capture_open_files(paths, 3, NULL);
	GString *names = g_string_new(NULL);
	struct capture_packet p;
	uint64_t number = 0;

	while (capture_next(capture, &p)) {
		cr_expect_eq(p.number, ++number);
		g_string_append_printf(
			names, "%c%u%u ", p.bytes[0], p.file, (unsigned)p.number_in_file);
	}
	if (capture_error(capture))
		g_string_append(names, strrchr(capture_error(capture)->message, ';'));
	for (int i = 0; i < 3; i++)
		g_unlink(paths[i]);
	capture_close(capture);
	return bytes_keep_text(g_string_free(names, FALSE));
}

Test(reader, several_files_are_merged_by_time)
{
	GByteArray *a = pcap_of("ace", (const uint32_t[]){1, 3, 5}),
		   *b = pcap_of("bdf", (const uint32_t[]){2, 3, 6});
	GByteArray *rotated = pcap_of("xyz", (const uint32_t[]){7, 8, 9}),
		   *empty = pcap_file(false, 0xa1b2c3d4);

	cr_expect_str_eq(merged(rotated, a, b), "a11 b21 c12 d22 e13 f23 x01 y02 z03 ",
		"in the order of time, whatever the order of names; equal stamps in the order of "
		"names");
	cr_expect_str_eq(merged(empty, a, empty), "a11 c12 e13 ");
	g_byte_array_set_size(a, a->len - 1);
	cr_expect_str_eq(merged(a, b, rotated),
		"a01 b11 c02 d12 f13 x21 y22 z23 ; the packets before it were read",
		"one torn file does not end the others");
}

Test(reader, a_packet_out_of_order_stays_where_it_was_recorded)
{
	GByteArray *a = pcap_of("abc", (const uint32_t[]){5, 1, 6}),
		   *b = pcap_of("x", (const uint32_t[]){4});

	cr_expect_str_eq(merged(a, b, pcap_file(false, 0xa1b2c3d4)), "x11 a01 b02 c03 ");
}

Test(reader, a_filter_of_libpcap)
{
	GByteArray *f = pcap_file(false, 0xa1b2c3d4);
	GByteArray *tcp = bytes_ipv4(6, bytes_tcp(4, 2, 0)),
		   *udp = bytes_ipv4(17, bytes_of("0035003500080000"));
	struct capture_packet p;
	struct capture *capture;
	GError *error = NULL;

	for (int i = 0; i < 2; i++) {
		GByteArray *packet = i ? tcp : udp;

		bytes_add_le(f, 1, 4);
		bytes_add_le(f, 0, 4);
		bytes_add_le(f, packet->len, 4);
		bytes_add_le(f, packet->len, 4);
		bytes_add_array(f, packet);
	}
	capture = capture_open(bytes_to_file(f), NULL);
	cr_expect_not(capture_set_filter(capture, "port port", &error));
	cr_expect(strstr(error->message, "filter 'port port': ") &&
		  strstr(error->message, "see pcap-filter(7)"));
	g_error_free(error);
	cr_assert(capture_set_filter(capture, "tcp port 80", NULL));
	cr_assert(capture_next(capture, &p));
	cr_expect_eq(p.number, 2, "numbers are those of the file");
	cr_expect_not(capture_next(capture, &p));
	g_unlink(capture_path(capture, 0));
	capture_close(capture);
}

Test(reader, progress_ends_at_the_whole)
{
	char *path = bytes_to_file(plain_pcap());
	struct capture *capture = capture_open(path, NULL);
	struct capture_packet p;
	uint64_t done, total;

	while (capture_next(capture, &p))
		;
	capture_progress(capture, &done, &total);
	cr_expect_eq(total, 24 + 3 * 18);
	cr_expect_eq(done, total);
	g_unlink(path);
	capture_close(capture);
}
