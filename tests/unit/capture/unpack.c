/* Compressed bytes that are longer than what is unpacked ahead: whole, cut, damaged, left early. */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "traces/capture/stream.h"

#define PLAIN (5 * 1024 * 1024 + 12345)

static uint8_t *plain;
static GByteArray *gz, *zst;

/* Neither all alike nor all different: words of a few dozen kinds. */
static void set_up(void)
{
	uint32_t x = 1;
	z_stream z = {0};

	plain = g_malloc(PLAIN);
	for (size_t i = 0; i < PLAIN; i++) {
		x = x * 1664525 + 1013904223;
		plain[i] = (uint8_t)(i % 16 ? x >> 30 : x >> 24);
	}
	gz = g_byte_array_new();
	g_byte_array_set_size(gz, PLAIN + 65536);
	cr_assert_eq(deflateInit2(&z, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
	z.next_in = plain;
	z.avail_in = PLAIN;
	z.next_out = gz->data;
	z.avail_out = gz->len;
	cr_assert_eq(deflate(&z, Z_FINISH), Z_STREAM_END);
	g_byte_array_set_size(gz, (guint)z.total_out);
	deflateEnd(&z);
	zst = g_byte_array_new();
	g_byte_array_set_size(zst, (guint)ZSTD_compressBound(PLAIN));
	g_byte_array_set_size(zst, (guint)ZSTD_compress(zst->data, zst->len, plain, PLAIN, 1));
}

static void tear_down(void)
{
	g_free(plain);
	g_byte_array_unref(gz);
	g_byte_array_unref(zst);
}

TestSuite(unpack, .init = set_up, .fini = tear_down);

static struct stream *open_bytes(const uint8_t *bytes, size_t len)
{
	int fd = memfd_create("compressed", MFD_CLOEXEC);
	char *path = g_strdup_printf("/proc/self/fd/%d", fd);
	struct stream *s;

	cr_assert_eq(write(fd, bytes, len), (ssize_t)len);
	s = stream_open(path, NULL);
	cr_assert_not_null(s);
	close(fd);
	g_free(path);
	return s;
}

/* How many bytes come, all of which must be those of `plain`, again and again. */
static size_t read_all(struct stream *s, size_t step)
{
	size_t n = 0, take;

	while (stream_need(s, step) || stream_here(s)) {
		take = MIN(stream_here(s), step);
		for (size_t i = 0; i < take; i++, n++)
			cr_assert_eq(s->at[i], plain[n % PLAIN], "byte %zu", n);
		stream_skip(s, take);
	}
	return n;
}

Test(unpack, every_byte_comes_in_its_order)
{
	const GByteArray *of[] = {gz, zst};

	for (int i = 0; i < 2; i++) {
		for (size_t step = 1000; step < 700000; step = step * 5 + 7) {
			struct stream *s = open_bytes(of[i]->data, of[i]->len);

			cr_expect_eq(read_all(s, step), PLAIN);
			cr_expect_null(s->error);
			cr_expect_eq(s->bytes_read, of[i]->len);
			stream_close(s);
		}
	}
}

Test(unpack, members_one_after_another_are_one)
{
	GByteArray *two = g_byte_array_new();
	struct stream *s;

	g_byte_array_append(two, gz->data, gz->len);
	g_byte_array_append(two, gz->data, gz->len);
	s = open_bytes(two->data, two->len);
	cr_expect_eq(read_all(s, 4096), 2 * (size_t)PLAIN);
	cr_expect_null(s->error);
	stream_close(s);
	g_byte_array_unref(two);
}

/* What came before a cut or damage is handed out, and then it is told; wherever that is. */
Test(unpack, a_cut_is_told_behind_the_bytes_before_it)
{
	size_t before = 0;

	for (guint part = 1; part < 20; part++) {
		struct stream *s = open_bytes(gz->data, gz->len / 20 * part);
		size_t n = read_all(s, 4096);

		cr_expect_gt(n, before);
		cr_expect_lt(n, PLAIN);
		cr_assert_not_null(s->error);
		cr_expect(strstr(s->error->message, "ends early"), "%s", s->error->message);
		before = n;
		stream_close(s);
	}
}

Test(unpack, damage_is_told)
{
	struct stream *s;

	memset(gz->data + gz->len / 2, 0xff, 64);
	s = open_bytes(gz->data, gz->len);
	while (stream_need(s, 65536))
		stream_skip(s, 65536);
	cr_assert_not_null(s->error);
	cr_expect_gt(stream_offset(s), PLAIN / 4);
	stream_close(s);
}

/* Nobody waits for who has gone. */
Test(unpack, who_leaves_early_leaves_nothing_behind)
{
	for (size_t n = 0; n < PLAIN; n += PLAIN / 9) {
		struct stream *s = open_bytes(gz->data, gz->len);

		cr_expect_eq(stream_pass(s, n), true);
		stream_close(s);
	}
}
