/* gzip and zstd, a few blocks ahead of the reader. See unpack.h. */
#include "traces/capture/unpack.h"

#include <errno.h>
#include <glib.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

enum {
	INPUT = 64 * 1024, /* compressed bytes */
	BLOCK = 256 * 1024,
	AHEAD = 4, /* blocks: enough for either side to be late once, and no more of the cache */
};

struct block {
	uint8_t *bytes;
	size_t n;
	uint64_t bytes_read; /* of the file, when it was filled */
	bool last;
};

struct unpacker {
	/* The decoder: the thread's, once it runs. */
	int fd;
	enum stream_compression compression;
	uint8_t input[INPUT];
	size_t at, end;
	bool input_ended, frame_open; /* a frame or member has begun and not ended */
	bool ended;
	uint64_t bytes_read;
	z_stream gzip;
	ZSTD_DStream *zstd;
	char *error; /* set before the last block is handed over */

	/* The reader's. */
	size_t taken; /* of the block under way */
	uint64_t reported_read;
	bool over, alone; /* the last block was handed out; there is no thread to be had */

	/* Between the two; what follows `lock` is under it. Not GLib's, which ThreadSanitizer
	 * cannot see. */
	pthread_t thread;
	bool runs; /* the thread was started */
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct block block[AHEAD];
	unsigned first, filled;
	bool stop;
};

/* --- the decoder --- */

static void fail(struct unpacker *u, const char *what)
{
	u->ended = true;
	if (!u->error)
		u->error = g_strdup(what);
}

/* Makes sure that compressed bytes are there, unless the file has ended. */
static void refill_input(struct unpacker *u)
{
	ssize_t n;

	if (u->at < u->end || u->input_ended)
		return;
	do
		n = read(u->fd, u->input, INPUT);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		fail(u, g_strerror(errno));
	u->at = 0;
	u->end = n > 0 ? (size_t)n : 0;
	u->bytes_read += u->end;
	u->input_ended = u->end == 0;
}

/* A file may be several gzip members one after another, RFC 1952 §2.2; what follows that is none is
 * ignored, as gzip does. */
static size_t inflate_some(struct unpacker *u, uint8_t *out, size_t room)
{
	int status;

	if (!u->frame_open) {
		if (u->at == u->end || u->input[u->at] != 0x1f)
			return 0;
		inflateReset(&u->gzip);
		u->frame_open = true;
	}
	u->gzip.next_in = u->input + u->at;
	u->gzip.avail_in = (uInt)(u->end - u->at);
	u->gzip.next_out = out;
	u->gzip.avail_out = (uInt)room;
	status = inflate(&u->gzip, Z_NO_FLUSH);
	u->at = u->end - u->gzip.avail_in;
	if (status == Z_STREAM_END)
		u->frame_open = false;
	else if (status != Z_OK && status != Z_BUF_ERROR)
		fail(u, u->gzip.msg ? u->gzip.msg : "the gzip data is damaged");
	return room - u->gzip.avail_out;
}

static size_t unzstd_some(struct unpacker *u, uint8_t *out, size_t room)
{
	ZSTD_inBuffer in = {u->input, u->end, u->at};
	ZSTD_outBuffer to = {out, room, 0};
	size_t status = ZSTD_decompressStream(u->zstd, &to, &in);

	if (ZSTD_isError(status))
		fail(u, ZSTD_getErrorName(status));
	/* With nothing left to read the decoder asks for the next frame's header: the last one was
	 * whole. */
	if (in.pos > u->at || to.pos)
		u->frame_open = status != 0;
	u->at = in.pos;
	return to.pos;
}

/* As much as comes at once; 0 only at the end or after a failure. */
static size_t produce(struct unpacker *u, uint8_t *out, size_t room)
{
	size_t n = 0;

	while (n == 0 && !u->ended) {
		size_t before;

		refill_input(u);
		before = u->end - u->at;
		n = u->compression == STREAM_GZIP ? inflate_some(u, out, room)
						  : unzstd_some(u, out, room);
		if (n == 0 && u->end - u->at == before) { /* no way on */
			if (u->frame_open)
				fail(u, "the compressed data ends early");
			break;
		}
	}
	return n;
}

static void fill(struct unpacker *u, struct block *block)
{
	size_t got = 1;

	for (block->n = 0; got && block->n < BLOCK; block->n += got)
		got = produce(u, block->bytes + block->n, BLOCK - block->n);
	block->bytes_read = u->bytes_read;
	block->last = !got;
}

/* --- the thread --- */

static void *work(void *argument)
{
	struct unpacker *u = argument;
	bool last = false;

	while (!last) {
		struct block *next;

		pthread_mutex_lock(&u->lock);
		while (u->filled == AHEAD && !u->stop)
			pthread_cond_wait(&u->changed, &u->lock);
		next = u->stop ? NULL : &u->block[(u->first + u->filled) % AHEAD];
		pthread_mutex_unlock(&u->lock);
		if (!next)
			break;
		fill(u, next);
		last = next->last;
		pthread_mutex_lock(&u->lock);
		u->filled++;
		pthread_cond_signal(&u->changed);
		pthread_mutex_unlock(&u->lock);
	}
	return NULL;
}

/* The first block is unpacked here: most captures have no second. */
static void start(struct unpacker *u)
{
	u->runs = pthread_create(&u->thread, NULL, work, u) == 0;
	u->alone = !u->runs;
}

/* --- for the reader --- */

/* The block under way, NULL at the end. */
static struct block *current(struct unpacker *u)
{
	struct block *block = &u->block[u->first];

	if (u->over)
		return NULL;
	if (u->runs) {
		pthread_mutex_lock(&u->lock);
		while (!u->filled)
			pthread_cond_wait(&u->changed, &u->lock);
		pthread_mutex_unlock(&u->lock);
	} else if (!u->filled) {
		fill(u, block);
		u->filled = 1;
	}
	u->reported_read = block->bytes_read;
	return block;
}

static void done_with(struct unpacker *u, const struct block *block)
{
	u->taken = 0;
	u->over = block->last;
	pthread_mutex_lock(&u->lock);
	u->first = (u->first + 1) % AHEAD;
	u->filled--;
	pthread_cond_signal(&u->changed);
	pthread_mutex_unlock(&u->lock);
	if (!u->runs && !u->alone && !u->over)
		start(u);
}

size_t unpacker_read(struct unpacker *u, uint8_t *out, size_t room)
{
	struct block *block;
	size_t n = 0;

	while (n == 0 && room && (block = current(u))) {
		n = MIN(room, block->n - u->taken);
		memcpy(out, block->bytes + u->taken, n);
		u->taken += n;
		if (u->taken == block->n)
			done_with(u, block);
	}
	return n;
}

const char *unpacker_error(const struct unpacker *u)
{
	return u->over ? u->error : NULL;
}

uint64_t unpacker_bytes_read(const struct unpacker *u)
{
	return u->reported_read;
}

struct unpacker *unpacker_new(
	int fd, enum stream_compression compression, const uint8_t *first, size_t n)
{
	struct unpacker *u = g_new0(struct unpacker, 1);

	u->fd = fd;
	u->compression = compression;
	u->end = u->bytes_read = n;
	memcpy(u->input, first, n);
	for (int i = 0; i < AHEAD; i++)
		u->block[i].bytes = g_malloc(BLOCK);
	pthread_mutex_init(&u->lock, NULL);
	pthread_cond_init(&u->changed, NULL);
	if (compression == STREAM_GZIP) {
		/* 16: a gzip header is expected; 15: the largest window. */
		if (inflateInit2(&u->gzip, 15 + 16) != Z_OK)
			g_error("zlib does not start");
	} else {
		u->zstd = ZSTD_createDStream();
		ZSTD_DCtx_setParameter(
			u->zstd, ZSTD_d_windowLogMax, 27); /* 128 MiB, as `zstd --long` writes */
	}
	return u;
}

void unpacker_free(struct unpacker *u)
{
	if (!u)
		return;
	pthread_mutex_lock(&u->lock);
	u->stop = true;
	pthread_cond_signal(&u->changed);
	pthread_mutex_unlock(&u->lock);
	if (u->runs)
		pthread_join(u->thread, NULL);
	pthread_mutex_destroy(&u->lock);
	pthread_cond_destroy(&u->changed);
	if (u->compression == STREAM_GZIP)
		inflateEnd(&u->gzip);
	ZSTD_freeDStream(u->zstd);
	for (int i = 0; i < AHEAD; i++)
		g_free(u->block[i].bytes);
	g_free(u->error);
	g_free(u);
}
