/*
 * The world's clock: virtual time, and what is to happen when.
 *
 * Events are intrusive: whoever schedules one owns its memory and may cancel or free it once it has
 * fired or was cancelled. They fire in the order of (time, insertion), so a run is one run.
 * Scheduling, cancelling and firing are O(1) but for the events of one and the same microsecond,
 * which are kept in a heap.
 *
 * A wheel of 64 slots a level; a slot of level 0 is 1024 ns wide, one of any other level as wide as
 * the whole level below it, so every time has its place (Varghese and Lauck, scheme 7).
 */
#ifndef SIM_WORLD_CLOCK_H
#define SIM_WORLD_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct link_border;

struct clock_event {
	struct clock_event *next, **previous; /* in a slot of the wheel */
	int64_t time_ns;
	uint64_t id; /* of this scheduling; breaks ties */
	uint32_t heap_index;
	uint8_t where; /* CLOCK_IDLE ... */
	void (*fire)(struct clock_event *event, int64_t now_ns);
};

enum { CLOCK_IDLE, CLOCK_IN_WHEEL, CLOCK_IN_HEAP };

/* A number that a clock gave since clock_keep(): in a part of a world it is but the part's own, and
 * becomes the world's once all parts are as far (world/order.h). */
struct clock_number {
	struct clock_event *event; /* that got it; NULL: none here */
	/* Where something crossed that decides whether the number counts; NULL: it does. */
	struct link_border *border;
	int64_t arrival_ns; /* of what was sent there; -1: it came in */
};

struct clock;

/* NULL when memory is exhausted. */
struct clock *clock_new(int64_t start_ns);
void clock_free(struct clock *clock);
int64_t clock_now(const struct clock *clock);
/* How many events are scheduled. */
size_t clock_pending(const struct clock *clock);

/* Schedules an idle event; a time that has passed counts as now. event->fire is set
 * by the caller. */
void clock_at(struct clock *clock, struct clock_event *event, int64_t time_ns);
/* An idle event may be cancelled too: nothing happens. */
void clock_cancel(struct clock *clock, struct clock_event *event);
static inline bool clock_is_set(const struct clock_event *event)
{
	return event->where != CLOCK_IDLE;
}
/* Cancels and schedules; cheap if the time stays the same. */
void clock_move(struct clock *clock, struct clock_event *event, int64_t time_ns);

/* --- of a part of a world (world/order.h) --- */

/* The next number. */
uint64_t clock_next_number(const struct clock *clock);
void clock_number_from(struct clock *clock, uint64_t number);
/* Every number from now on is kept, and handed out below; the ones kept so far are forgotten. */
void clock_keep(struct clock *clock);
void clock_keep_no_more(struct clock *clock);
const struct clock_number *clock_kept(const struct clock *clock, size_t *n);
/* A number that nothing here gets. */
void clock_skip(struct clock *clock);
/* The last number's border, and what crossed it. */
void clock_mark(struct clock *clock, struct link_border *border, int64_t arrival_ns);
/* The number of the event that fired last. */
uint64_t clock_fired(const struct clock *clock);
/* Schedules an idle event with a number that it has from elsewhere. */
void clock_put(struct clock *clock, struct clock_event *event, int64_t time_ns, uint64_t number);
/* A scheduled event gets another number, which orders it as the one before did. */
void clock_renumber(struct clock *clock, struct clock_event *event, uint64_t number);

/* When the next event is due; false: nothing is scheduled. */
bool clock_next(const struct clock *clock, int64_t *time_ns);
/* Fires the next event if it is due by `until_ns`; false if there is none. */
bool clock_step(struct clock *clock, int64_t until_ns);
/* When nothing is due by until_ns: lets time pass up to there. */
void clock_pass(struct clock *clock, int64_t until_ns);

#endif
