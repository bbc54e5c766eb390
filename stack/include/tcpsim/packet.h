/*
 * A packet under way: headers in the packet, payload by reference.
 *
 * Payload bytes live in a counted chunk that the sender's buffer filled once; packets, links and
 * the receiver's queue share it, so bytes are copied at most once into a stack and once out of it.
 * `payload == NULL` with a length is a fill: bytes nobody has needed yet (a world may run without
 * real bytes); its value is zero.
 *
 * A packet is owned by whoever holds the pointer; tcpsim_packet_free gives it back to the pool it
 * came from. A pool is not thread-safe; a world has one.
 */
#ifndef TCPSIM_PACKET_H
#define TCPSIM_PACKET_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct tcpsim_pool;

struct tcpsim_chunk {
	uint32_t references;
	uint32_t size; /* capacity of data */
	uint32_t used;
	uint32_t cells; /* of what is used, whose sums are kept behind the data (wire/sums.h) */
	struct tcpsim_pool *pool;
	uint8_t data[];
};

#define TCPSIM_HEADERS_MAX 120

struct tcpsim_packet {
	struct tcpsim_packet *next; /* for whoever owns the packet */
	struct tcpsim_pool *pool;
	struct tcpsim_chunk *chunk; /* what payload points into, or NULL */
	const uint8_t *payload;
	uint32_t payload_len;
	uint16_t headers_len;
	uint16_t interface; /* index of the interface it leaves by or came in on */
	/* of a super-segment: the payload each real segment carries; else 0 */
	uint16_t segment_size;
	/* both checksums are known to hold (made in this process, not corrupted since) */
	uint8_t sums_good;
	/* of its pool's packets, in the order they came to be: copies and fragments that are made
	 * on the way keep it */
	uint32_t number;
	uint32_t flow_hash; /* of whoever was told to expect it; 0: not known */
	int64_t time_ns;    /* when it was sent, or is due: for links */
	/* IP and TCP headers; any other datagram whole if it fits, else all of it is payload and
	 * headers_len is 0. */
	uint8_t headers[TCPSIM_HEADERS_MAX];
};

struct tcpsim_pool *tcpsim_pool_new(void);
/* Frees the pool; every packet and chunk must have come back (asserted in debug builds). */
void tcpsim_pool_free(struct tcpsim_pool *pool);
/* Where several pools are one world's, each for a thread: the numbers of its packets are first,
 * first + step and so on, so that no two pools give the same one. Before any packet was made. */
void tcpsim_pool_numbers(struct tcpsim_pool *pool, uint32_t first, uint32_t step);
/* How many packets and chunks are out. */
size_t tcpsim_pool_outstanding(const struct tcpsim_pool *pool);

/* NULL only when memory is exhausted. */
struct tcpsim_packet *tcpsim_packet_new(struct tcpsim_pool *pool);
/* A packet that holds a copy of one IP datagram's bytes. */
struct tcpsim_packet *tcpsim_packet_from_bytes(
	struct tcpsim_pool *pool, const uint8_t *bytes, size_t len);
void tcpsim_packet_free(struct tcpsim_packet *packet);
/* A copy that shares nothing with it, number and time included, in a pool that may be another
 * thread's. */
struct tcpsim_packet *tcpsim_packet_copy(
	struct tcpsim_pool *pool, const struct tcpsim_packet *packet);
/* Writes the whole datagram to out; returns its length, or 0 if size is too small. */
size_t tcpsim_packet_bytes(const struct tcpsim_packet *packet, uint8_t *out, size_t size);

static inline size_t tcpsim_packet_len(const struct tcpsim_packet *packet)
{
	return packet->headers_len + packet->payload_len;
}

/* At least `size` bytes of room (chunk->size tells), one reference, nothing used; NULL when memory
 * is exhausted. */
struct tcpsim_chunk *tcpsim_chunk_new(struct tcpsim_pool *pool, uint32_t size);
struct tcpsim_chunk *tcpsim_chunk_ref(struct tcpsim_chunk *chunk);
void tcpsim_chunk_unref(struct tcpsim_chunk *chunk);

#ifdef __cplusplus
}
#endif

#ifdef TCPSIM_OLD_NAMES
#include <tcpsim/old_names.h>
#endif

#endif
