#include "traces/capture/stream.h"

#include "traces/capture/reader.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define WINDOW (256 * 1024) /* stays in the second-level cache; grows for a record that is longer */

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

/* As much as comes at once; 0 only at the end or after a failure. */
static size_t produce(struct stream *s, uint8_t *out, size_t room)
{
	size_t n;

	if (!s->unpacker)
		return read_some(s, out, room);
	n = unpacker_read(s->unpacker, out, room);
	s->bytes_read = unpacker_bytes_read(s->unpacker);
	if (n == 0 && unpacker_error(s->unpacker))
		fail(s, unpacker_error(s->unpacker));
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
static void start_unpacking(struct stream *s, enum stream_compression compression)
{
	s->compression = compression;
	s->unpacker = unpacker_new(s->fd, compression, s->at, stream_here(s));
	s->at = s->end = s->window;
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
		start_unpacking(s, STREAM_GZIP);
	else if (stream_here(s) >= sizeof(zstd) && memcmp(s->at, zstd, sizeof(zstd)) == 0)
		start_unpacking(s, STREAM_ZSTD);
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
	unpacker_free(s->unpacker);
	if (!s->is_stdin)
		close(s->fd);
	g_clear_error(&s->error);
	g_free(s->window);
	g_free(s->path);
	g_free(s);
}
