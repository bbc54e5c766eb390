#include "script/language/arena.h"

#include <glib.h>
#include <stdalign.h>
#include <string.h>

#define BLOCK_SIZE 16384

struct block {
	struct block *next;
	size_t size, used;
	alignas(max_align_t) unsigned char bytes[];
};

struct arena {
	struct block *blocks; /* the first one is being filled */
	size_t used;
};

struct arena *arena_new(void)
{
	return g_new0(struct arena, 1);
}

void arena_free(struct arena *arena)
{
	if (arena == NULL)
		return;
	while (arena->blocks != NULL) {
		struct block *next = arena->blocks->next;

		g_free(arena->blocks);
		arena->blocks = next;
	}
	g_free(arena);
}

size_t arena_used(const struct arena *arena)
{
	return arena->used;
}

static struct block *block_with(struct arena *arena, size_t size)
{
	struct block *block = arena->blocks;
	size_t room = MAX(size, BLOCK_SIZE);

	if (block != NULL && block->size - block->used >= size)
		return block;
	block = g_malloc0(sizeof(*block) + room);
	block->size = room;
	block->next = arena->blocks;
	arena->blocks = block;
	return block;
}

void *arena_take(struct arena *arena, size_t size)
{
	size_t rounded = (size + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
	struct block *block = block_with(arena, rounded);
	void *out = block->bytes + block->used;

	block->used += rounded;
	arena->used += rounded;
	return out;
}

char *arena_text(struct arena *arena, const char *text, size_t len)
{
	char *out = arena_take(arena, len + 1);

	memcpy(out, text, len);
	return out;
}
