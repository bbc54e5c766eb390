/* A chunk's sums say of any part of it what summing its bytes does, however they came there. */
#include <criterion/criterion.h>

#include "support/random.h"
#include "wire/checksum.h"
#include "wire/sums.h"
#include "wire/wire.h"

#define SEED   28
#define ROUNDS 400

/* As long as it may be, in pieces of any length. */
static void fill(struct tcpsim_chunk *chunk, uint64_t *seed)
{
	uint8_t bytes[9000];

	while (chunk->used < chunk->size) {
		uint32_t room = chunk->size - chunk->used, at = chunk->used;
		uint32_t len = (uint32_t)random_below(seed, random_below(seed, 2) ? 40 : 9000);

		if (len > room)
			len = room;
		for (uint32_t i = 0; i < len; i++)
			bytes[i] = (uint8_t)random_next(seed);
		sums_append(chunk, bytes, len);
		cr_assert_eq(chunk->used, at + len);
		cr_assert(memcmp(chunk->data + at, bytes, len) == 0);
	}
}

static void expect_right(const struct tcpsim_chunk *chunk, uint32_t at, uint32_t len)
{
	const uint8_t *data = chunk->data + at;

	cr_assert_eq(wire_sum_finish(sums_of(chunk, data, len) + 1), /* never a sum of nothing */
		wire_sum_finish(wire_sum(data, len, 1)), "%u bytes at %u of %u", len, at,
		chunk->size);
}

static void check_sizes(uint32_t size)
{
	struct tcpsim_pool *pool = tcpsim_pool_new();
	uint64_t seed = SEED + size;

	for (int round = 0; round < 4; round++) {
		struct tcpsim_chunk *chunk = tcpsim_chunk_new(pool, size);

		fill(chunk, &seed);
		for (int i = 0; i < ROUNDS; i++) {
			uint32_t at = (uint32_t)random_below(&seed, chunk->size);
			uint32_t most = chunk->size - at;

			expect_right(chunk, at, (uint32_t)random_below(&seed, most + 1));
			expect_right(chunk, at, most < 1448 ? most : 1448);
		}
		expect_right(chunk, 0, chunk->size);
		tcpsim_chunk_unref(chunk);
	}
	tcpsim_pool_free(pool);
}

Test(sums, of_a_large_chunk)
{
	check_sizes(65536);
	check_sizes(SUMS_FROM);
}

Test(sums, of_a_chunk_of_any_size)
{
	check_sizes(30001);
	check_sizes(70003); /* made for itself */
}

Test(sums, of_a_chunk_too_small_for_them)
{
	check_sizes(2048);
}

/* What somebody else wrote has none. */
Test(sums, of_bytes_that_were_not_appended)
{
	struct tcpsim_pool *pool = tcpsim_pool_new();
	struct tcpsim_chunk *chunk = tcpsim_chunk_new(pool, 65536);

	for (uint32_t i = 0; i < chunk->size; i++)
		chunk->data[i] = (uint8_t)(i * 7);
	chunk->used = chunk->size;
	expect_right(chunk, 0, chunk->size);
	expect_right(chunk, 1000, 5000);
	cr_expect_eq(sums_of(NULL, chunk->data, 3000), wire_sum(chunk->data, 3000, 0));
	tcpsim_chunk_unref(chunk);
	tcpsim_pool_free(pool);
}
