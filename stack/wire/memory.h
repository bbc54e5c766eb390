/*
 * Memory of a world: what its hosts make and give back by the million, packets, chunks, control
 * blocks and the small forms of connections, comes from large slabs and goes to free lists by size.
 * Beside speed that gives density: neighbours in use are neighbours in memory, and slabs of 2 MB
 * may be backed by huge pages, without which a world of a thousand flows spends a fifth of its time
 * on page tables.
 *
 * Nothing goes back to the system before the end. Under AddressSanitizer (MEMORY_WATCHED) each
 * block is malloc's and goes back to it, and there are no free lists: what is gone is poisoned and
 * lies in the sanitizer's quarantine, so that it sees every use of it, and every one beyond its
 * end.
 */
#ifndef TCPSIM_WIRE_MEMORY_H
#define TCPSIM_WIRE_MEMORY_H

#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#if defined(__SANITIZE_ADDRESS__)
#define MEMORY_WATCHED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define MEMORY_WATCHED 1
#endif
#endif
#ifndef MEMORY_WATCHED
#define MEMORY_WATCHED 0
#endif

#define MEMORY_STEP    16  /* sizes are rounded up to a multiple of it */
#define MEMORY_CLASSES 129 /* with free lists, up to 2048 bytes */
#define MEMORY_LINE    64  /* larger blocks begin at a cache line */

struct memory_slab;
LIST_HEAD(memory_slabs, memory_slab);

struct memory {
	struct memory_slabs slabs;
	uint8_t *at, *end; /* what is left of the newest slab */
	size_t slab_bytes; /* of the next one */
	void *free[MEMORY_CLASSES];
};

void memory_init(struct memory *memory);
/* Frees all of it, whoever still uses it. */
void memory_end(struct memory *memory);
/* `size` bytes, their contents undefined; NULL: there are none. */
void *memory_take(struct memory *memory, size_t size);
/* Gives back what was taken with that size, at most 2048 bytes (watched: any); NULL is fine. */
void memory_give(struct memory *memory, void *block, size_t size);

/* A table of any size, all bytes zero, in huge pages if it is large; it is free()d. NULL: no
 * memory. */
void *memory_table(size_t bytes);

#endif
