/* Records behind one another in one piece of memory. See notes.h. */
#include "world/notes.h"

#include <glib.h>

struct head {
	note_fn replay;
	size_t size; /* of the record, filled up */
};

struct notes {
	char *bytes;
	size_t used, room, replayed; /* bytes */
	uint32_t n, n_replayed;
};

struct notes *notes_new(void)
{
	return g_new0(struct notes, 1);
}

void notes_free(struct notes *notes)
{
	g_free(notes->bytes);
	g_free(notes);
}

void *notes_add(struct notes *notes, note_fn replay, size_t size)
{
	size_t whole = sizeof(struct head) + ((size + 15) & ~(size_t)15);
	struct head *head;

	if (notes->room - notes->used < whole) {
		notes->room = MAX(2 * notes->room, notes->used + whole + 65536);
		notes->bytes = g_realloc(notes->bytes, notes->room);
	}
	head = (struct head *)(notes->bytes + notes->used);
	*head = (struct head){replay, whole};
	notes->used += whole;
	notes->n++;
	return head + 1;
}

uint32_t notes_count(const struct notes *notes)
{
	return notes->n;
}

size_t notes_bytes(const struct notes *notes)
{
	return notes->used;
}

void notes_replay(struct notes *notes, struct tcpsim_world *world, uint32_t n)
{
	for (; notes->n_replayed < n; notes->n_replayed++) {
		struct head *head = (struct head *)(notes->bytes + notes->replayed);

		notes->replayed += head->size;
		head->replay(world, head + 1);
	}
}

void notes_clear(struct notes *notes)
{
	notes->used = notes->replayed = 0;
	notes->n = notes->n_replayed = 0;
}
