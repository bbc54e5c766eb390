/*
 * Compressed bytes of a descriptor in, plain ones out: gzip (RFC 1952, several members too) and zstd.
 *
 * What is longer than a block is unpacked by a thread of its own, some blocks ahead of whoever
 * reads: unpacking is most of what reading a compressed capture costs. The bytes, and the place and
 * the words of an error, are the same without it; where there is no thread to be had it is done
 * without.
 */
#ifndef TCPSIM_TRACES_CAPTURE_UNPACK_H
#define TCPSIM_TRACES_CAPTURE_UNPACK_H

#include <stddef.h>
#include <stdint.h>

enum stream_compression { STREAM_PLAIN, STREAM_GZIP, STREAM_ZSTD };

struct unpacker;

/* The descriptor stays the caller's, and is read by nobody else from now on; `first` are bytes that
 * were read of it already, a few. */
struct unpacker *unpacker_new(
	int fd, enum stream_compression compression, const uint8_t *first, size_t n);
/* As much as there is at once; 0 only at the end or after a failure. */
size_t unpacker_read(struct unpacker *u, uint8_t *out, size_t room);
/* What went wrong behind the last byte that was handed out, or NULL. */
const char *unpacker_error(const struct unpacker *u);
/* Of the file, for what was handed out so far and perhaps some more. */
uint64_t unpacker_bytes_read(const struct unpacker *u);
/* Also before the end was reached. NULL does nothing. */
void unpacker_free(struct unpacker *u);

#endif
