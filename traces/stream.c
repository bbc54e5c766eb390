#include "stream.h"

#include "reader.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

enum {
	WINDOW =
		256 * 1024, /* stays in the second-level cache; grows for a record that is longer */
	INPUT = 64 * 1024,  /* compressed bytes */
};

struct decompressor {
	uint8_t input[INPUT];
	size_t at, end;
	bool input_ended, frame_open; /* a frame or member has begun and not ended */
	z_stream gzip;
	ZSTD_DStream *zstd;
};

static void fail(struct stream *s, const char *what)
{
	s->ended = true;
	if (!s->error)
		g_set_error(&s->error, CAPTURE_ERROR, CAPTURE_TORN, "%s", what);
}

/* One read; 0 at the end and after a failure. */
static size_t read_some(struct stream *s, uint8_t *out, size_t room)
{
	ssize_t n;

	do
		n = read(s->fd, out, room);
	while (n < 0 && errno == EINTR);
	if (n < 0) {
		fail(s, g_strerror(errno));
		return 0;
	}
	s->bytes_read += (uint64_t)n;
	return (size_t)n;
}

/* Makes sure that compressed bytes are there, unless the file has ended. */
static void refill_input(struct stream *s)
{
	struct decompressor *d = s->decompressor;

	if (d->at < d->end || d->input_ended)
		return;
	d->at = 0;
	d->end = read_some(s, d->input, INPUT);
	d->input_ended = d->end == 0;
}

/* A file may be several gzip members one after another, RFC 1952 §2.2; what follows that is none is
 * ignored, as gzip does. */
static size_t inflate_some(struct stream *s, uint8_t *out, size_t room)
{
	struct decompressor *d = s->decompressor;
	int status;

	if (!d->frame_open) {
		if (d->at == d->end || d->input[d->at] != 0x1f)
			return 0;
		inflateReset(&d->gzip);
		d->frame_open = true;
	}
	d->gzip.next_in = d->input + d->at;
	d->gzip.avail_in = (uInt)(d->end - d->at);
	d->gzip.next_out = out;
	d->gzip.avail_out = (uInt)room;
	status = inflate(&d->gzip, Z_NO_FLUSH);
	d->at = d->end - d->gzip.avail_in;
	if (status == Z_STREAM_END)
		d->frame_open = false;
	else if (status != Z_OK && status != Z_BUF_ERROR)
		fail(s, d->gzip.msg ? d->gzip.msg : "the gzip data is damaged");
	return room - d->gzip.avail_out;
}

static size_t unzstd_some(struct stream *s, uint8_t *out, size_t room)
{
	struct decompressor *d = s->decompressor;
	ZSTD_inBuffer in = {d->input, d->end, d->at};
	ZSTD_outBuffer to = {out, room, 0};
	size_t status = ZSTD_decompressStream(d->zstd, &to, &in);

	if (ZSTD_isError(status))
		fail(s, ZSTD_getErrorName(status));
	/* With nothing left to read the decoder asks for the next frame's header: the last one was
	 * whole. */
	if (in.pos > d->at || to.pos)
		d->frame_open = status != 0;
	d->at = in.pos;
	return to.pos;
}

/* As much as comes at once; 0 only at the end or after a failure. */
static size_t produce(struct stream *s, uint8_t *out, size_t room)
{
	struct decompressor *d = s->decompressor;
	size_t n = 0;

	if (!d)
		return read_some(s, out, room);
	while (n == 0 && !s->ended) {
		size_t before;

		refill_input(s);
		before = d->end - d->at;
		n = s->compression == STREAM_GZIP ? inflate_some(s, out, room)
						  : unzstd_some(s, out, room);
		if (n == 0 && d->end - d->at == before) { /* no way on */
			if (d->frame_open)
				fail(s, "the compressed data ends early");
			break;
		}
	}
	return n;
}

static void make_room(struct stream *s, size_t n)
{
	size_t here = stream_here(s), begin = (size_t)(s->at - s->window);

	if (begin) {
		memmove(s->window, s->at, here);
		s->window_offset += begin;
	}
	if (n > s->window_size) {
		s->window_size = n + WINDOW;
		s->window = g_realloc(s->window, s->window_size);
	}
	s->at = s->window;
	s->end = s->window + here;
}

const uint8_t *stream_fill(struct stream *s, size_t n)
{
	make_room(s, n);
	while (stream_here(s) < n && !s->ended) {
		uint8_t *end = s->window + stream_here(s);
		size_t got = produce(s, end, (size_t)(s->window + s->window_size - end));

		s->end += got;
		s->ended = s->ended || got == 0;
	}
	return stream_here(s) >= n ? s->at : NULL;
}

bool stream_pass(struct stream *s, uint64_t n)
{
	while (n > stream_here(s)) {
		n -= stream_here(s);
		s->at = s->end;
		if (!stream_need(s, 1))
			return false;
	}
	s->at += n;
	return true;
}

/* The first bytes went into the window before anybody knew that they are compressed. */
static void start_decompressor(struct stream *s, enum stream_compression compression)
{
	struct decompressor *d = g_new0(struct decompressor, 1);

	d->end = stream_here(s);
	memcpy(d->input, s->at, d->end);
	s->at = s->end = s->window;
	s->compression = compression;
	s->decompressor = d;
	if (compression == STREAM_GZIP) {
		/* 16: a gzip header is expected; 15: the largest window. */
		if (inflateInit2(&d->gzip, 15 + 16) != Z_OK)
			g_error("zlib does not start");
	} else {
		d->zstd = ZSTD_createDStream();
		ZSTD_DCtx_setParameter(
			d->zstd, ZSTD_d_windowLogMax, 27); /* 128 MiB, as `zstd --long` writes */
	}
}

static void detect_compression(struct stream *s)
{
	static const uint8_t gzip[] = {0x1f, 0x8b}, zstd[] = {0x28, 0xb5, 0x2f, 0xfd};

	s->end += read_some(s, s->window, 4);
	while (stream_here(s) < 4 && !s->ended) {
		size_t got = read_some(s, s->window + stream_here(s), 4 - stream_here(s));

		s->end += got;
		if (got == 0)
			break;
	}
	if (stream_here(s) >= sizeof(gzip) && memcmp(s->at, gzip, sizeof(gzip)) == 0)
		start_decompressor(s, STREAM_GZIP);
	else if (stream_here(s) >= sizeof(zstd) && memcmp(s->at, zstd, sizeof(zstd)) == 0)
		start_decompressor(s, STREAM_ZSTD);
}

struct stream *stream_open(const char *path, GError **error)
{
	bool is_stdin = strcmp(path, "-") == 0;
	int fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	struct stream *s;
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0) {
		g_set_error(error, CAPTURE_ERROR, CAPTURE_UNREADABLE, "%s: %s", path,
			g_strerror(errno));
		return NULL;
	}
	if (S_ISDIR(st.st_mode)) {
		g_set_error(error, CAPTURE_ERROR, CAPTURE_UNREADABLE,
			"%s: a folder; name the capture files in it", path);
		close(fd);
		return NULL;
	}
	s = g_new0(struct stream, 1);
	s->fd = fd;
	s->is_stdin = is_stdin;
	s->path = g_strdup(is_stdin ? "(standard input)" : path);
	s->bytes_total = S_ISREG(st.st_mode) ? (uint64_t)st.st_size : 0;
	s->window_size = WINDOW;
	s->window = g_malloc(WINDOW);
	s->at = s->end = s->window;
	posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	detect_compression(s);
	return s;
}

void stream_close(struct stream *s)
{
	if (!s)
		return;
	if (s->decompressor) {
		if (s->compression == STREAM_GZIP)
			inflateEnd(&s->decompressor->gzip);
		ZSTD_freeDStream(s->decompressor->zstd);
		g_free(s->decompressor);
	}
	if (!s->is_stdin)
		close(s->fd);
	g_clear_error(&s->error);
	g_free(s->window);
	g_free(s->path);
	g_free(s);
}
