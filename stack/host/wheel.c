/*
 * The timing wheel: 9 levels of 64 slots, of which a slot of level 0 is 1024 ns wide and a slot of
 * any other level as wide as the whole level below it, so every int64_t of nanoseconds has its
 * place. Arming is O(1); a timer moves down a level at most nine times before it fires.
 *
 * Timers fire in the order of (time, arming), exactly at their nanosecond: when the wheel comes to
 * a slot of level 0, its timers are put in order on the ready list. That order is kept because a
 * slot is a FIFO, and because for a given time an earlier-armed timer has moved down before a later
 * one can be armed there.
 *
 * Re-arming to a later time only writes due_ns: the timer stays where it stands, and is armed anew
 * when it would have fired. So a retransmission timer that each ACK restarts costs a store
 * (Varghese and Lauck, scheme 7).
 */
#include <assert.h>
#include <host/entry.h>
#include <host/wheel.h>
#include <stdlib.h>
#include <string.h>

#define SLOT_BITS   6
#define SLOTS	    (1 << SLOT_BITS)
#define LEVELS	    9
#define TICK_SHIFT  10
#define SCAN_LIMIT  8 /* timers looked at to name an exact deadline; of a fuller slot, its start */
#define READY_LEVEL -1

TAILQ_HEAD(timer_list, wheel_timer);

struct wheel {
	uint64_t tick;	     /* timers of this tick and before stand in `ready` */
	int64_t deadline_ns; /* what wheel_deadline said and still holds; 0: to be found out */
	uint64_t occupied[LEVELS]; /* a bit a slot */
	struct timer_list ready;   /* in firing order */
	/* Of an occupied one. Nothing is written to the others, so that a wheel is not all of its
	 * 9 kB. */
	struct timer_list slot[LEVELS][SLOTS];
};

struct wheel *wheel_new(int64_t start_ns)
{
	struct wheel *wheel = malloc(sizeof(*wheel));

	if (!wheel)
		return NULL;
	wheel->deadline_ns = 0;
	wheel->tick = start_ns > 0 ? (uint64_t)start_ns >> TICK_SHIFT : 0;
	TAILQ_INIT(&wheel->ready);
	memset(wheel->occupied, 0, sizeof(wheel->occupied));
	return wheel;
}

void wheel_free(struct wheel *wheel)
{
	free(wheel);
}

/* The level a time stands at as seen from the wheel's tick: that of the highest digit they differ
 * in. */
static inline int level_of(const struct wheel *wheel, int64_t at_ns)
{
	uint64_t tick = (uint64_t)at_ns >> TICK_SHIFT;

	if (tick <= wheel->tick)
		return READY_LEVEL;
	return (63 - __builtin_clzll(tick ^ wheel->tick)) / SLOT_BITS;
}

static inline unsigned slot_of(int64_t at_ns, int level)
{
	return (unsigned)((uint64_t)at_ns >> (TICK_SHIFT + level * SLOT_BITS)) & (SLOTS - 1);
}

static void insert_ready(struct wheel *wheel, struct wheel_timer *timer)
{
	struct wheel_timer *before;

	TAILQ_FOREACH_REVERSE(before, &wheel->ready, timer_list, link)
	{
		if (before->armed_ns <= timer->armed_ns) {
			TAILQ_INSERT_AFTER(&wheel->ready, before, timer, link);
			return;
		}
	}
	TAILQ_INSERT_HEAD(&wheel->ready, timer, link);
}

static inline void insert(struct wheel *wheel, struct wheel_timer *timer)
{
	int level = level_of(wheel, timer->armed_ns);
	unsigned slot;

	if (timer->armed_ns < wheel->deadline_ns)
		wheel->deadline_ns = timer->armed_ns;
	if (level == READY_LEVEL) {
		insert_ready(wheel, timer);
		return;
	}
	slot = slot_of(timer->armed_ns, level);
	if (!(wheel->occupied[level] & UINT64_C(1) << slot))
		TAILQ_INIT(&wheel->slot[level][slot]);
	TAILQ_INSERT_TAIL(&wheel->slot[level][slot], timer, link);
	wheel->occupied[level] |= UINT64_C(1) << slot;
}

static void take_out(struct wheel *wheel, struct wheel_timer *timer)
{
	int level = level_of(wheel, timer->armed_ns);

	if (timer->armed_ns <= wheel->deadline_ns)
		wheel->deadline_ns = 0;
	if (level == READY_LEVEL) {
		TAILQ_REMOVE(&wheel->ready, timer, link);
	} else {
		unsigned slot = slot_of(timer->armed_ns, level);

		TAILQ_REMOVE(&wheel->slot[level][slot], timer, link);
		if (TAILQ_EMPTY(&wheel->slot[level][slot])) {
			wheel->occupied[level] &= ~(UINT64_C(1) << slot);
			wheel->deadline_ns = 0; /* it may have been that slot's start */
		}
	}
	timer->armed_ns = 0;
}

void wheel_arm(struct tcpsim_host *host, struct wheel_timer *timer, int64_t due_ns)
{
	timer->due_ns = due_ns;
	if (timer->armed_ns) {
		if (due_ns >= timer->armed_ns)
			return;
		take_out(host->wheel, timer);
	}
	timer->armed_ns = due_ns > 0 ? due_ns : 1; /* 0 means: not armed */
	insert(host->wheel, timer);
}

void wheel_cancel(struct tcpsim_host *host, struct wheel_timer *timer)
{
	if (timer->armed_ns)
		take_out(host->wheel, timer);
}

/* The nearest occupied slot: its level, or LEVELS when the wheel is empty. */
static inline int nearest(const struct wheel *wheel, unsigned *slot)
{
	for (int level = 0; level < LEVELS; level++) {
		if (wheel->occupied[level]) {
			/* Slots behind the wheel's own digit are empty: such times differ in a
			 * higher digit. */
			*slot = (unsigned)__builtin_ctzll(wheel->occupied[level]);
			return level;
		}
	}
	return LEVELS;
}

static inline uint64_t slot_start(const struct wheel *wheel, int level, unsigned slot)
{
	int shift = level * SLOT_BITS;
	uint64_t above = shift + SLOT_BITS >= 64
				 ? 0
				 : wheel->tick >> (shift + SLOT_BITS) << (shift + SLOT_BITS);

	return above | (uint64_t)slot << shift;
}

/* Comes to the slot: its timers move down, those of level 0 to the ready list. */
static void enter_slot(struct wheel *wheel, int level, unsigned slot)
{
	struct timer_list list = TAILQ_HEAD_INITIALIZER(list);
	struct wheel_timer *timer;

	TAILQ_CONCAT(&list, &wheel->slot[level][slot], link);
	wheel->occupied[level] &= ~(UINT64_C(1) << slot);
	wheel->tick = slot_start(wheel, level, slot);
	while ((timer = TAILQ_FIRST(&list))) {
		TAILQ_REMOVE(&list, timer, link);
		insert(wheel, timer);
	}
}

/* The next timer due by `now`, taken out; or NULL. */
static struct wheel_timer *pop(struct wheel *wheel, int64_t now)
{
	uint64_t limit = (uint64_t)now >> TICK_SHIFT;
	struct wheel_timer *timer;
	unsigned slot = 0;
	int level;

	while (!(timer = TAILQ_FIRST(&wheel->ready))) {
		level = nearest(wheel, &slot);
		if (level == LEVELS || slot_start(wheel, level, slot) > limit)
			return NULL;
		wheel->deadline_ns = 0;
		enter_slot(wheel, level, slot);
	}
	if (timer->armed_ns > now)
		return NULL;
	wheel->deadline_ns = 0;
	TAILQ_REMOVE(&wheel->ready, timer, link);
	return timer;
}

/* Apart, so that to find nothing due costs a look. */
static __attribute__((noinline)) void fire_due(struct tcpsim_host *host, int64_t now)
{
	struct wheel *wheel = host->wheel;
	struct wheel_timer *timer;

	while ((timer = pop(wheel, now))) {
		int64_t armed = timer->armed_ns;

		timer->armed_ns = 0;
		if (timer->due_ns > armed) {
			wheel_arm(host, timer, timer->due_ns);
			continue;
		}
		if (armed > host->now)
			host->now = armed;
		timer->fire(host, timer);
		if (!host_report_wakes(host))
			return;
	}
	if (wheel->deadline_ns <= now) /* a slot's start that has passed */
		wheel->deadline_ns = 0;
}

void wheel_run(struct tcpsim_host *host, int64_t now)
{
	if (host->wheel->deadline_ns <= now) /* else it is known, and nothing is due */
		fire_due(host, now);
}

static int64_t find_deadline(const struct wheel *wheel)
{
	const struct wheel_timer *timer = TAILQ_FIRST(&wheel->ready);
	int64_t first = INT64_MAX;
	unsigned slot = 0;
	int level, n = 0;

	if (timer)
		return timer->armed_ns;
	level = nearest(wheel, &slot);
	if (level == LEVELS)
		return INT64_MAX;
	TAILQ_FOREACH (timer, &wheel->slot[level][slot], link) {
		if (++n > SCAN_LIMIT)
			return (int64_t)(slot_start(wheel, level, slot) << TICK_SHIFT);
		if (timer->armed_ns < first)
			first = timer->armed_ns;
	}
	return first;
}

int64_t wheel_deadline(struct wheel *wheel)
{
	if (!wheel->deadline_ns)
		wheel->deadline_ns = find_deadline(wheel);
	return wheel->deadline_ns;
}
