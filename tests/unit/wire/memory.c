/* Slabs and free lists: pieces do not overlap, are aligned, and come back. */
#include <criterion/criterion.h>
#include <string.h>
#include <wire/memory.h>
#include <wire/packet.h>

#include "support/random.h"

Test(memory, pieces_of_any_size_keep_what_was_put_into_them)
{
	enum { N = 2000 };
	struct memory memory;
	uint8_t *piece[N];
	size_t size[N];
	uint64_t seed = 3;

	memory_init(&memory);
	for (int i = 0; i < N; i++) {
		size[i] = i % 100 == 0 ? 200000 : 1 + random_below(&seed, 3000);
		piece[i] = memory_take(&memory, size[i]);
		cr_assert_not_null(piece[i]);
		cr_assert_eq((uintptr_t)piece[i] % MEMORY_STEP, 0);
		if (size[i] >= MEMORY_LINE)
			cr_assert_eq((uintptr_t)piece[i] % MEMORY_LINE, 0);
		memset(piece[i], i & 0xff, size[i]);
	}
	for (int i = 0; i < N; i++)
		for (size_t at = 0; at < size[i]; at++)
			cr_assert_eq(piece[i][at], i & 0xff);
	memory_end(&memory);
}

#if !MEMORY_WATCHED
Test(memory, what_is_given_back_is_taken_again)
{
	struct memory memory;
	void *a, *b;

	memory_init(&memory);
	a = memory_take(&memory, 100);
	b = memory_take(&memory, 100);
	memory_give(&memory, a, 100);
	memory_give(&memory, b, 100);
	memory_give(&memory, NULL, 100);
	cr_expect_eq(memory_take(&memory, 97), b, "last in, first out, by class");
	cr_expect_eq(memory_take(&memory, 112), a);
	cr_expect_neq(memory_take(&memory, 100), a);
	memory_end(&memory);
}
#else
#include <sanitizer/asan_interface.h>
#include <tcpsim/packet.h>

Test(memory, what_is_given_back_is_poisoned)
{
	struct tcpsim_pool *pool = tcpsim_pool_new();
	struct tcpsim_packet *packet = tcpsim_packet_new(pool), *next;
	const uint32_t sizes[] = {1, 256, 2000, 60000, 200000};
	uint8_t *piece = pool_take(pool, 100);

	tcpsim_packet_free(packet);
	cr_expect(__asan_address_is_poisoned(packet->headers));
	next = tcpsim_packet_new(pool);
	cr_expect_neq(next, packet, "it is not given out again at once");
	tcpsim_packet_free(next);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct tcpsim_chunk *chunk = tcpsim_chunk_new(pool, sizes[i]);

		cr_expect_not(__asan_address_is_poisoned(chunk->data + sizes[i] - 1));
		cr_expect(__asan_address_is_poisoned(chunk->data + sizes[i]), "%u", sizes[i]);
		tcpsim_chunk_unref(chunk);
		cr_expect(__asan_address_is_poisoned(chunk->data), "%u", sizes[i]);
	}
	pool_give(pool, piece, 100);
	cr_expect(__asan_address_is_poisoned(piece));
	tcpsim_pool_free(pool);
}
#endif

Test(memory, is_empty_after_its_end)
{
	struct memory memory;

	memory_init(&memory);
	memory_give(&memory, memory_take(&memory, 64), 64);
	memory_end(&memory);
	cr_expect(LIST_EMPTY(&memory.slabs));
	cr_expect_not_null(memory_take(&memory, 64));
	memory_end(&memory);
}
