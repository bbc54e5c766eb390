/*
 * Sums that travel with the bytes. Text is copied into a chunk once, and its checksum is wanted when it
 * leaves, again when it leaves once more, by when it has long gone from the cache. So a large chunk
 * keeps the sum of all that stands before each CELL bytes of it, made while they were copied; that of
 * any part is a difference, and what lies before the first and behind the last CELL in it. RFC 1071 §2.
 */
#ifndef TCPSIM_WIRE_SUMS_H
#define TCPSIM_WIRE_SUMS_H

#include <stdint.h>
#include <tcpsim/packet.h>

#define SUMS_CELL 512u
#define SUMS_FROM 16384u /* chunks of that size have them: smaller writes leave at once */

#define SUMS_GAP 8u /* between the data and them: who writes beyond the data is found there */

/* Bytes that a chunk's sums take behind its data, which has `size`. */
static inline uint32_t sums_bytes(uint32_t size)
{
	return size < SUMS_FROM
		       ? 0
		       : 8 + SUMS_GAP + (size / SUMS_CELL + 1) * (uint32_t)sizeof(uint64_t);
}

/* A chunk was made: where memory is watched (wire/memory.h) nobody may touch the gap. */
void sums_guard(const struct tcpsim_chunk *chunk);
/* Appends `len` bytes, for which there is room, to what the chunk holds, and sums them. */
void sums_append(struct tcpsim_chunk *chunk, const uint8_t *from, uint32_t len);
/* What wire_sum() says of them, but for multiples of 0xffff: `len` bytes at `data` in the chunk. */
uint64_t sums_of(const struct tcpsim_chunk *chunk, const uint8_t *data, uint32_t len);

#endif
