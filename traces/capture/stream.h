/*
 * Bytes of a file or of standard input, plain or decompressed (gzip, zstd) as they come, behind one
 * window.
 *
 * stream_need gives a pointer to the next n bytes, contiguous; stream_skip moves on. The pointer
 * lives until the next stream_need. read() into a window that stays in the processor's cache rather
 * than mmap: it works on pipes, a file cut while it is read is an end and no SIGBUS, and memory
 * does not grow with the file.
 */
#ifndef TCPSIM_TRACES_CAPTURE_STREAM_H
#define TCPSIM_TRACES_CAPTURE_STREAM_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "traces/capture/unpack.h"

struct stream {
	const uint8_t *at, *end; /* of the window: what is there but not yet consumed */
	uint8_t *window;
	size_t window_size;
	uint64_t window_offset; /* of window[0], counted after decompression */
	int fd;
	bool is_stdin, ended;
	GError *error; /* reading or decompressing failed; the bytes before it were handed out */
	char *path;
	enum stream_compression compression;
	struct unpacker *unpacker;	  /* NULL: plain */
	uint64_t bytes_read, bytes_total; /* of the file itself; total 0: not known */
};

/* "-" is standard input. Looks at the first bytes for compression. NULL: cannot be opened. */
struct stream *stream_open(const char *path, GError **error);
void stream_close(struct stream *s);

/* The slow way of stream_need: reads on. */
const uint8_t *stream_fill(struct stream *s, size_t n);

static inline size_t stream_here(const struct stream *s)
{
	return (size_t)(s->end - s->at);
}

/* The next n bytes, or NULL if the stream ends before (what is left then is stream_here bytes at
 * s->at). */
static inline const uint8_t *stream_need(struct stream *s, size_t n)
{
	return stream_here(s) >= n ? s->at : stream_fill(s, n);
}

/* n must be there. */
static inline void stream_skip(struct stream *s, size_t n)
{
	s->at += n;
}

/* Passes over n bytes that need not be in the window; false if the stream ends before. */
bool stream_pass(struct stream *s, uint64_t n);

static inline uint64_t stream_offset(const struct stream *s)
{
	return s->window_offset + (uint64_t)(s->at - s->window);
}

#endif
