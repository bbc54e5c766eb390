#include <wire/sums.h>

#include <assert.h>
#include <string.h>
#include <wire/checksum.h>
#include <wire/memory.h>

#if MEMORY_WATCHED
/* The compiler's own (sanitizer/asan_interface.h): from here on that memory is nobody's. */
void __asan_poison_memory_region(const volatile void *from, size_t size);
#define make_untouchable __asan_poison_memory_region
#else
static void make_untouchable(const volatile void *from, size_t size)
{
}
#endif

/* sums[i]: of the first i cells. */
static uint64_t *sums_in(const struct tcpsim_chunk *chunk)
{
	uintptr_t end = (uintptr_t)chunk->data + chunk->size;

	return (uint64_t *)(((end + 7) & ~(uintptr_t)7) + SUMS_GAP);
}

void sums_guard(const struct tcpsim_chunk *chunk)
{
	const uint8_t *end = chunk->data + chunk->size;

	if (sums_bytes(chunk->size))
		make_untouchable(end, (size_t)((const uint8_t *)sums_in(chunk) - end));
}

void sums_append(struct tcpsim_chunk *chunk, const uint8_t *from, uint32_t len)
{
	uint32_t at = chunk->used, end = at + len, cell = chunk->cells;
	uint64_t *sums = sums_in(chunk);

	chunk->used = end;
	if (!sums_bytes(chunk->size)) {
		memcpy(chunk->data + at, from, len);
		return;
	}
	assert(cell == at / SUMS_CELL); /* nobody else fills it */
	if (!cell)
		sums[0] = 0;
	while (at < end) {
		uint32_t next = (cell + 1) * SUMS_CELL, n = (next < end ? next : end) - at;
		uint8_t *to = chunk->data + at;

		if (n == SUMS_CELL) {
			sums[cell + 1] = sums[cell] + wire_copy_summed(to, from, SUMS_CELL);
		} else {
			memcpy(to, from, n);
			if (at + n == next) /* the rest of one that was begun before */
				sums[cell + 1] =
					sums[cell] +
					wire_sum(chunk->data + next - SUMS_CELL, SUMS_CELL, 0);
		}
		at += n;
		from += n;
		cell += at == next;
	}
	chunk->cells = cell;
}

uint64_t sums_of(const struct tcpsim_chunk *chunk, const uint8_t *data, uint32_t len)
{
	uint32_t at = chunk ? (uint32_t)(data - chunk->data) : 0, end = at + len;
	uint32_t first = (at + SUMS_CELL - 1) / SUMS_CELL, last = end / SUMS_CELL;
	const uint64_t *sums;
	uint64_t sum;

	/* from an odd byte on the words are others */
	if (!chunk || at & 1 || last <= first || last > chunk->cells)
		return wire_sum(data, len, 0);
	sums = sums_in(chunk);
	sum = wire_sum(data, first * SUMS_CELL - at, sums[last] - sums[first]);
	return wire_sum(chunk->data + last * SUMS_CELL, end - last * SUMS_CELL, sum);
}
