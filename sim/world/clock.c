/* The event queue: a timing wheel, and a heap of what is due in the present microsecond. See
 * clock.h. */
#include "world/clock.h"

#include <assert.h>
#include <glib.h>

#define TICK_SHIFT 10
#define SLOT_BITS  6
#define SLOTS	   (1 << SLOT_BITS)
#define LEVELS	   9

struct heap_entry {
	int64_t time_ns;
	uint64_t id;
	struct clock_event *event;
};

struct clock {
	int64_t now_ns;
	uint64_t tick;	  /* events of this tick and before stand in the heap */
	uint64_t next_id; /* also counts schedulings */
	size_t pending;
	uint64_t occupied[LEVELS]; /* a bit a slot */
	struct clock_event *slot[LEVELS][SLOTS];
	struct heap_entry *heap; /* the earliest at 0 */
	uint32_t heap_n, heap_size;
	uint64_t fired_id;
	GArray *kept; /* struct clock_number; NULL: they are not */
};

struct clock *clock_new(int64_t start_ns)
{
	struct clock *clock = g_new0(struct clock, 1);

	clock->heap_size = 64;
	clock->heap = g_new(struct heap_entry, clock->heap_size);
	clock->now_ns = start_ns;
	clock->tick = (uint64_t)start_ns >> TICK_SHIFT;
	return clock;
}

void clock_free(struct clock *clock)
{
	if (!clock)
		return;
	if (clock->kept)
		g_array_unref(clock->kept);
	g_free(clock->heap);
	g_free(clock);
}

int64_t clock_now(const struct clock *clock)
{
	return clock->now_ns;
}

size_t clock_pending(const struct clock *clock)
{
	return clock->pending;
}

static inline bool earlier(const struct heap_entry *a, const struct heap_entry *b)
{
	return a->time_ns != b->time_ns ? a->time_ns < b->time_ns : a->id < b->id;
}

static inline void place(struct clock *clock, uint32_t i, struct heap_entry entry)
{
	clock->heap[i] = entry;
	entry.event->heap_index = i;
}

static void sift_up(struct clock *clock, uint32_t i, struct heap_entry entry)
{
	while (i > 0 && earlier(&entry, &clock->heap[(i - 1) / 2])) {
		place(clock, i, clock->heap[(i - 1) / 2]);
		i = (i - 1) / 2;
	}
	place(clock, i, entry);
}

static void sift_down(struct clock *clock, uint32_t i, struct heap_entry entry)
{
	uint32_t child;

	while ((child = 2 * i + 1) < clock->heap_n) {
		if (child + 1 < clock->heap_n &&
			earlier(&clock->heap[child + 1], &clock->heap[child]))
			child++;
		if (!earlier(&clock->heap[child], &entry))
			break;
		place(clock, i, clock->heap[child]);
		i = child;
	}
	place(clock, i, entry);
}

/* There is no way to go on without the event: memory that is out ends the program, as in all of
 * sim/. */
static void grow_heap(struct clock *clock)
{
	clock->heap_size *= 2;
	clock->heap = g_renew(struct heap_entry, clock->heap, clock->heap_size);
}

static void heap_add(struct clock *clock, struct clock_event *event)
{
	if (clock->heap_n == clock->heap_size)
		grow_heap(clock);
	event->where = CLOCK_IN_HEAP;
	sift_up(clock, clock->heap_n++, (struct heap_entry){event->time_ns, event->id, event});
}

static void heap_remove(struct clock *clock, uint32_t i)
{
	struct heap_entry last = clock->heap[--clock->heap_n];

	if (i == clock->heap_n)
		return;
	if (i > 0 && earlier(&last, &clock->heap[(i - 1) / 2]))
		sift_up(clock, i, last);
	else
		sift_down(clock, i, last);
}

/* Puts the event where its time belongs as seen from the present tick. */
static inline void insert(struct clock *clock, struct clock_event *event)
{
	uint64_t tick = (uint64_t)event->time_ns >> TICK_SHIFT;
	unsigned level, i;

	if (tick <= clock->tick) {
		heap_add(clock, event);
		return;
	}
	level = (unsigned)(63 - __builtin_clzll(tick ^ clock->tick)) / SLOT_BITS;
	i = (unsigned)(tick >> level * SLOT_BITS) & (SLOTS - 1);
	event->where = CLOCK_IN_WHEEL;
	event->next = clock->slot[level][i];
	event->previous = &clock->slot[level][i];
	if (event->next)
		event->next->previous = &event->next;
	clock->slot[level][i] = event;
	clock->occupied[level] |= UINT64_C(1) << i;
}

static uint64_t take_number(struct clock *clock, struct clock_event *event)
{
	if (G_UNLIKELY(clock->kept)) {
		struct clock_number number = {event, NULL, -1};

		g_array_append_val(clock->kept, number);
	}
	return clock->next_id++;
}

void clock_at(struct clock *clock, struct clock_event *event, int64_t time_ns)
{
	assert(event->where == CLOCK_IDLE);
	event->time_ns = time_ns < clock->now_ns ? clock->now_ns : time_ns;
	event->id = take_number(clock, event);
	clock->pending++;
	insert(clock, event);
}

void clock_cancel(struct clock *clock, struct clock_event *event)
{
	if (event->where == CLOCK_IDLE)
		return;
	if (event->where == CLOCK_IN_HEAP) {
		heap_remove(clock, event->heap_index);
	} else {
		*event->previous = event->next;
		if (event->next)
			event->next->previous = event->previous;
		/* An empty slot whose bit still stands is noticed when the wheel comes there. */
	}
	event->where = CLOCK_IDLE;
	clock->pending--;
}

void clock_move(struct clock *clock, struct clock_event *event, int64_t time_ns)
{
	if (event->where != CLOCK_IDLE && event->time_ns == time_ns)
		return;
	clock_cancel(clock, event);
	clock_at(clock, event, time_ns);
}

/* Empties a slot whose time has come: into the heap, or into the levels below. */
static void open_slot(struct clock *clock, unsigned level, unsigned i)
{
	struct clock_event *event = clock->slot[level][i], *next;

	clock->slot[level][i] = NULL;
	clock->occupied[level] &= ~(UINT64_C(1) << i);
	for (; event; event = next) {
		next = event->next;
		insert(clock, event);
	}
}

/*
 * The tick goes to the next occupied slot: on level 0, or to the start of one further up, which
 * then comes down. A slot's bit stands for later than the present tick, so the lowest level that
 * has one holds the earliest. False if that slot begins after `until_tick`, and nothing was
 * changed.
 */
static bool next_slot(struct clock *clock, uint64_t until_tick)
{
	for (unsigned level = 0; level < LEVELS; level++) {
		if (!clock->occupied[level])
			continue;
		unsigned i = (unsigned)__builtin_ctzll(clock->occupied[level]);
		unsigned shift = level * SLOT_BITS;
		uint64_t above = clock->tick >> (shift + SLOT_BITS) << (shift + SLOT_BITS);
		uint64_t tick = above | (uint64_t)i << shift;

		if (tick > until_tick)
			return false;
		clock->tick = tick;
		open_slot(clock, level, i);
		return true;
	}
	return false;
}

/* The only event of the next slot, if that is of level 0 and nothing else is due: it needs no place
 * in the heap. NULL: there is none such. */
static struct clock_event *take_lone(struct clock *clock, int64_t until_ns)
{
	struct clock_event *event;
	unsigned i;

	if (!clock->occupied[0])
		return NULL;
	i = (unsigned)__builtin_ctzll(clock->occupied[0]);
	event = clock->slot[0][i];
	if (!event || event->next || event->time_ns > until_ns)
		return NULL;
	clock->tick = clock->tick >> SLOT_BITS << SLOT_BITS | i;
	clock->slot[0][i] = NULL;
	clock->occupied[0] &= ~(UINT64_C(1) << i);
	return event;
}

bool clock_step(struct clock *clock, int64_t until_ns)
{
	struct clock_event *event = NULL;

	while (!clock->heap_n && !(event = take_lone(clock, until_ns))) {
		if (!next_slot(clock, (uint64_t)until_ns >> TICK_SHIFT))
			return false;
	}
	if (!event) {
		event = clock->heap[0].event;
		if (event->time_ns > until_ns)
			return false;
		heap_remove(clock, 0);
	}
	event->where = CLOCK_IDLE;
	clock->pending--;
	clock->now_ns = event->time_ns;
	clock->fired_id = event->id;
	event->fire(event, clock->now_ns);
	return true;
}

/* The earliest of a slot; INT64_MAX: it is empty. */
static int64_t earliest_in(const struct clock_event *event)
{
	int64_t time_ns = INT64_MAX;

	for (; event; event = event->next)
		time_ns = event->time_ns < time_ns ? event->time_ns : time_ns;
	return time_ns;
}

/* As next_slot() looks for it, but that nothing is changed: a slot may have been emptied by
 * clock_cancel() while its bit stands. */
bool clock_next(const struct clock *clock, int64_t *time_ns)
{
	if (clock->heap_n) {
		*time_ns = clock->heap[0].time_ns;
		return true;
	}
	for (unsigned level = 0; level < LEVELS; level++) {
		for (uint64_t left = clock->occupied[level]; left; left &= left - 1) {
			*time_ns = earliest_in(clock->slot[level][__builtin_ctzll(left)]);
			if (*time_ns != INT64_MAX)
				return true;
		}
	}
	return false;
}

void clock_pass(struct clock *clock, int64_t until_ns)
{
	if (until_ns > clock->now_ns)
		clock->now_ns = until_ns;
}

/* --- of a part of a world --- */

uint64_t clock_next_number(const struct clock *clock)
{
	return clock->next_id;
}

void clock_number_from(struct clock *clock, uint64_t number)
{
	clock->next_id = number;
}

void clock_keep(struct clock *clock)
{
	if (!clock->kept)
		clock->kept = g_array_new(FALSE, FALSE, sizeof(struct clock_number));
	g_array_set_size(clock->kept, 0);
}

void clock_keep_no_more(struct clock *clock)
{
	g_clear_pointer(&clock->kept, g_array_unref);
}

const struct clock_number *clock_kept(const struct clock *clock, size_t *n)
{
	*n = clock->kept->len;
	return (const struct clock_number *)clock->kept->data;
}

void clock_skip(struct clock *clock)
{
	take_number(clock, NULL);
}

void clock_mark(struct clock *clock, struct link_border *border, int64_t arrival_ns)
{
	struct clock_number *last =
		&g_array_index(clock->kept, struct clock_number, clock->kept->len - 1);

	last->border = border;
	last->arrival_ns = arrival_ns;
}

uint64_t clock_fired(const struct clock *clock)
{
	return clock->fired_id;
}

void clock_put(struct clock *clock, struct clock_event *event, int64_t time_ns, uint64_t number)
{
	assert(event->where == CLOCK_IDLE && time_ns >= clock->now_ns);
	event->time_ns = time_ns;
	event->id = number;
	clock->pending++;
	insert(clock, event);
}

void clock_renumber(struct clock *clock, struct clock_event *event, uint64_t number)
{
	event->id = number;
	if (event->where == CLOCK_IN_HEAP)
		clock->heap[event->heap_index].id = number;
}
