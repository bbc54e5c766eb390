/*
 * Pools of packets and payload chunks. Both come back to free lists, chunks by size class, so that
 * a world in steady state asks for no memory. What a pool holds is what was out at once at the
 * most. Where memory is watched (wire/memory.h) they go back to it instead, and a chunk is no
 * larger than was asked.
 */
#include "wire/packet.h"
#include "wire/ip.h"
#include "wire/owned.h"
#include "wire/wire.h"

#include <assert.h>
#include <stdlib.h>
#include <wire/memory.h>
#include <wire/packet.h>
#include <wire/sums.h>

static const uint32_t class_size[] = {256, 2048, 16384, 65536};
#define CLASSES	     (sizeof(class_size) / sizeof(class_size[0]))
#define POOL_LARGEST ((size_t)MEMORY_STEP * (MEMORY_CLASSES - 1))

struct tcpsim_pool {
	struct memory memory;
	struct tcpsim_packet *free_packets;
	struct tcpsim_chunk *free_chunks[CLASSES];
	size_t outstanding;
	uint32_t numbers, step; /* the next packet's, and from one to the next */
};

/* A chunk that nobody holds keeps its link where its data was. */
static struct tcpsim_chunk *next_free(const struct tcpsim_chunk *chunk)
{
	struct tcpsim_chunk *next;

	memcpy(&next, chunk->data, sizeof(next));
	return next;
}

static void push_free(struct tcpsim_chunk **list, struct tcpsim_chunk *chunk)
{
	memcpy(chunk->data, list, sizeof(*list));
	*list = chunk;
}

struct tcpsim_pool *tcpsim_pool_new(void)
{
	struct tcpsim_pool *pool = calloc(1, sizeof(*pool));

	if (!pool)
		return NULL;
	memory_init(&pool->memory);
	tcpsim_pool_numbers(pool, 1, 1);
	return pool;
}

void tcpsim_pool_free(struct tcpsim_pool *pool)
{
	if (!pool)
		return;
	assert(pool->outstanding == 0);
	memory_end(&pool->memory);
	free(pool);
}

void tcpsim_pool_numbers(struct tcpsim_pool *pool, uint32_t first, uint32_t step)
{
	pool->numbers = first;
	pool->step = step;
}

size_t tcpsim_pool_outstanding(const struct tcpsim_pool *pool)
{
	return pool->outstanding;
}

void *pool_take(struct tcpsim_pool *pool, size_t size)
{
	return size <= POOL_LARGEST ? memory_take(&pool->memory, size) : malloc(size);
}

void *pool_take_clear(struct tcpsim_pool *pool, size_t size)
{
	void *block = pool_take(pool, size);

	if (block)
		memset(block, 0, size);
	return block;
}

void pool_give(struct tcpsim_pool *pool, void *block, size_t size)
{
	if (size <= POOL_LARGEST)
		memory_give(&pool->memory, block, size);
	else
		free(block);
}

struct tcpsim_packet *tcpsim_packet_new(struct tcpsim_pool *pool)
{
	struct tcpsim_packet *packet = pool->free_packets;

	if (packet) {
		pool->free_packets = packet->next;
		__builtin_prefetch(pool->free_packets); /* whose own next is asked for then */
	} else {
		packet = memory_take(&pool->memory, sizeof(*packet));
	}
	if (!packet)
		return NULL;
	pool->outstanding++;
	memset(packet, 0, offsetof(struct tcpsim_packet, headers));
	packet->pool = pool;
	packet->number = pool->numbers;
	pool->numbers += pool->step;
	return packet;
}

void tcpsim_packet_free(struct tcpsim_packet *packet)
{
	struct tcpsim_pool *pool;

	if (!packet)
		return;
	pool = packet->pool;
	if (packet->chunk)
		tcpsim_chunk_unref(packet->chunk);
	pool->outstanding--;
	if (MEMORY_WATCHED) {
		memory_give(&pool->memory, packet, sizeof(*packet));
		return;
	}
	packet->next = pool->free_packets;
	pool->free_packets = packet;
}

/* How many bytes from the start belong into packet->headers; 0: none, the whole datagram is
 * payload. */
static size_t headers_of(const uint8_t *bytes, size_t len)
{
	struct wire_packet parsed;
	size_t headers;

	if (len <= TCPSIM_HEADERS_MAX)
		return len;
	wire_parse_cut(bytes, len, len, 0, &parsed);
	if (parsed.kind != WIRE_TCP)
		return 0;
	headers = parsed.ip_header_len + parsed.segment.header_len;
	return headers <= TCPSIM_HEADERS_MAX ? headers : 0;
}

struct tcpsim_packet *tcpsim_packet_from_bytes(
	struct tcpsim_pool *pool, const uint8_t *bytes, size_t len)
{
	size_t headers = headers_of(bytes, len);
	struct tcpsim_packet *packet = tcpsim_packet_new(pool);

	if (!packet)
		return NULL;
	packet->headers_len = (uint16_t)headers;
	if (headers) /* of nothing there may be no bytes */
		memcpy(packet->headers, bytes, headers);
	if (len == headers)
		return packet;
	packet->chunk = tcpsim_chunk_new(pool, (uint32_t)(len - headers));
	if (!packet->chunk) {
		tcpsim_packet_free(packet);
		return NULL;
	}
	memcpy(packet->chunk->data, bytes + headers, len - headers);
	packet->chunk->used = (uint32_t)(len - headers);
	packet->payload = packet->chunk->data;
	packet->payload_len = (uint32_t)(len - headers);
	return packet;
}

struct tcpsim_packet *tcpsim_packet_copy(
	struct tcpsim_pool *pool, const struct tcpsim_packet *packet)
{
	struct tcpsim_packet *copy = tcpsim_packet_new(pool);

	if (!copy)
		return NULL;
	memcpy(copy, packet, offsetof(struct tcpsim_packet, headers) + packet->headers_len);
	copy->next = NULL;
	copy->pool = pool;
	copy->chunk = NULL;
	if (!packet->payload)
		return copy;
	copy->chunk = tcpsim_chunk_new(pool, packet->payload_len);
	if (!copy->chunk) {
		tcpsim_packet_free(copy);
		return NULL;
	}
	memcpy(copy->chunk->data, packet->payload, packet->payload_len);
	copy->chunk->used = packet->payload_len;
	copy->payload = copy->chunk->data;
	return copy;
}

static bool lies_in(const struct tcpsim_chunk *chunk, const uint8_t *bytes, uint32_t len)
{
	uintptr_t data = (uintptr_t)chunk->data, at = (uintptr_t)bytes;

	return at >= data && at - data <= chunk->size && len <= chunk->size - (at - data);
}

bool owned_text(
	struct tcpsim_packet *packet, const uint8_t *borrowed, uint32_t len, struct owned_text *out)
{
	struct tcpsim_chunk *chunk = packet->chunk;

	*out = (struct owned_text){0};
	if (!borrowed || !len)
		return true;
	if (!chunk || !lies_in(chunk, borrowed, len)) {
		chunk = tcpsim_chunk_new(packet->pool, len);
		if (!chunk)
			return false;
		memcpy(chunk->data, borrowed, len);
		chunk->used = len;
		tcpsim_chunk_unref(packet->chunk);
		packet->chunk = chunk;
		borrowed = chunk->data;
	}
	*out = (struct owned_text){chunk, (uint32_t)(borrowed - chunk->data)};
	return true;
}

size_t tcpsim_packet_bytes(const struct tcpsim_packet *packet, uint8_t *out, size_t size)
{
	if (tcpsim_packet_len(packet) > size)
		return 0;
	memcpy(out, packet->headers, packet->headers_len);
	if (packet->payload)
		memcpy(out + packet->headers_len, packet->payload, packet->payload_len);
	else
		memset(out + packet->headers_len, 0, packet->payload_len);
	return tcpsim_packet_len(packet);
}

/* The class whose chunks hold `size` bytes; CLASSES if none does: such a chunk is
 * made for itself. */
static size_t class_of(uint32_t size)
{
	size_t c = 0;

	while (c < CLASSES && class_size[c] < size)
		c++;
	return c;
}

static size_t chunk_bytes(uint32_t size)
{
	return sizeof(struct tcpsim_chunk) + size + sums_bytes(size);
}

struct tcpsim_chunk *tcpsim_chunk_new(struct tcpsim_pool *pool, uint32_t size)
{
	size_t c = class_of(size);
	struct tcpsim_chunk *chunk;

	if (c < CLASSES && pool->free_chunks[c]) {
		chunk = pool->free_chunks[c];
		pool->free_chunks[c] = next_free(chunk);
	} else {
		if (c < CLASSES && !MEMORY_WATCHED)
			size = class_size[c];
		chunk = c < CLASSES ? memory_take(&pool->memory, chunk_bytes(size))
				    : malloc(chunk_bytes(size));
		if (!chunk)
			return NULL;
		chunk->size = size;
		chunk->pool = pool;
		sums_guard(chunk);
	}
	chunk->references = 1;
	chunk->used = chunk->cells = 0;
	pool->outstanding++;
	return chunk;
}

struct tcpsim_chunk *tcpsim_chunk_ref(struct tcpsim_chunk *chunk)
{
	chunk->references++;
	return chunk;
}

void tcpsim_chunk_unref(struct tcpsim_chunk *chunk)
{
	struct tcpsim_pool *pool;
	size_t c;

	if (!chunk || --chunk->references)
		return;
	pool = chunk->pool;
	pool->outstanding--;
	c = class_of(chunk->size);
	if (c == CLASSES)
		free(chunk);
	else if (MEMORY_WATCHED)
		memory_give(&pool->memory, chunk, chunk_bytes(chunk->size));
	else
		push_free(&pool->free_chunks[c], chunk);
}
