/* Slabs and free lists. See memory.h. */
#include <wire/memory.h>

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define FIRST_SLAB ((size_t)64 << 10)
#define HUGE_PAGE  ((size_t)2 << 20)
#define LAST_SLAB  (2 * HUGE_PAGE)

struct memory_slab {
	LIST_ENTRY(memory_slab) link;
	uint8_t rest[] __attribute__((aligned(MEMORY_LINE)));
};

/* A free block keeps the link to the next one in itself. */
struct block {
	struct block *next;
};

void memory_init(struct memory *memory)
{
	memset(memory, 0, sizeof(*memory));
	LIST_INIT(&memory->slabs);
	memory->slab_bytes = FIRST_SLAB;
}

void memory_end(struct memory *memory)
{
	struct memory_slab *slab;

	while ((slab = LIST_FIRST(&memory->slabs))) {
		LIST_REMOVE(slab, link);
		free(slab);
	}
	memory_init(memory);
}

static size_t rounded(size_t size, size_t step)
{
	return (size + step - 1) / step * step;
}

void *memory_table(size_t bytes)
{
	void *table;

	if (bytes < HUGE_PAGE)
		return calloc(1, bytes);
	table = aligned_alloc(HUGE_PAGE, rounded(bytes, HUGE_PAGE));
	if (!table)
		return NULL;
	madvise(table, rounded(bytes, HUGE_PAGE), MADV_HUGEPAGE);
	return memset(table, 0, bytes);
}

static struct memory_slab *slab_new(struct memory *memory, size_t bytes)
{
	size_t align = bytes >= HUGE_PAGE ? HUGE_PAGE : MEMORY_LINE;
	void *fresh; /* not a byte more than was asked: what lies beyond is watched */
	struct memory_slab *slab;

	if (posix_memalign(&fresh, align, MEMORY_WATCHED ? bytes : rounded(bytes, align)))
		return NULL;
	slab = fresh;
	if (align == HUGE_PAGE &&
		!MEMORY_WATCHED) /* a wish: without it the slab works as well, only slower */
		madvise(slab, rounded(bytes, align), MADV_HUGEPAGE);
	LIST_INSERT_HEAD(&memory->slabs, slab, link);
	return slab;
}

/* A slab of its own. */
static void *take_alone(struct memory *memory, size_t size)
{
	struct memory_slab *slab = slab_new(memory, sizeof(*slab) + size);

	return slab ? slab->rest : NULL;
}

static void *carve(struct memory *memory, size_t size)
{
	size_t align = size < MEMORY_LINE ? MEMORY_STEP : MEMORY_LINE;
	uint8_t *at = (uint8_t *)rounded((uintptr_t)memory->at, align);
	struct memory_slab *slab;

	if (!memory->at || at > memory->end || (size_t)(memory->end - at) < size) {
		slab = slab_new(memory, memory->slab_bytes);
		if (!slab)
			return NULL;
		at = slab->rest;
		memory->end = (uint8_t *)slab + memory->slab_bytes;
		if (memory->slab_bytes < LAST_SLAB)
			memory->slab_bytes *= 2;
	}
	memory->at = at + size;
	return at;
}

void *memory_take(struct memory *memory, size_t size)
{
	size_t class = (size + MEMORY_STEP - 1) / MEMORY_STEP;
	struct block *block;

	if (MEMORY_WATCHED || size > FIRST_SLAB / 2)
		return take_alone(memory, size);
	if (class < MEMORY_CLASSES && (block = memory->free[class])) {
		memory->free[class] = block->next;
		return block;
	}
	return carve(memory, rounded(size ? size : 1, MEMORY_STEP));
}

void memory_give(struct memory *memory, void *block, size_t size)
{
	size_t class = (size + MEMORY_STEP - 1) / MEMORY_STEP;
	struct block *given = block;

	if (!block)
		return;
	if (MEMORY_WATCHED) {
		struct memory_slab *slab =
			(void *)((uint8_t *)block - offsetof(struct memory_slab, rest));

		LIST_REMOVE(slab, link);
		free(slab);
		return;
	}
	assert(class < MEMORY_CLASSES);
	given->next = memory->free[class];
	memory->free[class] = given;
}
