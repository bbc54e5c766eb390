/* The event queue: order of (time, insertion), cancelling, far times. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "support/random.h"
#include "world/clock.h"

#define N 5000

struct numbered {
	struct clock_event event;
	unsigned number;
	int64_t due_ns;
};

static struct clock *running;
static unsigned fired_n, order[N];
static int64_t last_ns;

static void note(struct clock_event *event, int64_t now_ns)
{
	struct numbered *e = (struct numbered *)event;

	cr_assert_eq(now_ns, e->due_ns);
	cr_assert_geq(now_ns, last_ns);
	last_ns = now_ns;
	order[fired_n++] = e->number;
}

static void start(void)
{
	running = clock_new(0);
	fired_n = 0;
	last_ns = 0;
}

static void set(struct numbered *e, unsigned number, int64_t due_ns)
{
	*e = (struct numbered){.event = {.fire = note}, .number = number, .due_ns = due_ns};
	clock_at(running, &e->event, due_ns);
}

Test(clock, equal_times_fire_as_they_were_set)
{
	struct numbered e[20];

	start();
	for (unsigned i = 0; i < 20; i++)
		set(&e[i], i, i % 2 ? 1000000 : 5);
	while (clock_step(running, INT64_MAX))
		;
	cr_assert_eq(fired_n, 20);
	for (unsigned i = 0; i < 20; i++)
		cr_assert_eq(order[i], i < 10 ? 2 * i : 2 * (i - 10) + 1);
	clock_free(running);
}

Test(clock, nothing_fires_before_its_time_or_after_until)
{
	struct numbered e;

	start();
	set(&e, 7, 1500);
	cr_assert_not(clock_step(running, 1499));
	cr_assert(clock_step(running, 1500));
	cr_assert_eq(clock_now(running), 1500);
	cr_assert_not(clock_step(running, INT64_MAX));
	clock_free(running);
}

Test(clock, cancelled_event_stays_silent_and_can_be_set_again)
{
	struct numbered e[3];

	start();
	set(&e[0], 0, 100);
	set(&e[1], 1, 50000000);
	set(&e[2], 2, 100);
	clock_cancel(running, &e[0].event);
	clock_cancel(running, &e[1].event);
	cr_assert_eq(clock_pending(running), 1);
	set(&e[1], 1, 101);
	while (clock_step(running, INT64_MAX))
		;
	cr_assert_eq(fired_n, 2);
	cr_assert_eq(order[0], 2);
	cr_assert_eq(order[1], 1);
	clock_free(running);
}

static int64_t draw_time(uint64_t *r)
{
	static const int64_t RANGE[] = {
		10, 5000, 2000000, INT64_C(80000000000), INT64_C(900000000000000000)};

	return (int64_t)(random_next(r) % (uint64_t)RANGE[random_below(r, 5)]);
}

static struct numbered many[N];

static int by_time_and_number(const void *a, const void *b)
{
	const struct numbered *x = &many[*(const unsigned *)a], *y = &many[*(const unsigned *)b];

	if (x->due_ns != y->due_ns)
		return x->due_ns < y->due_ns ? -1 : 1;
	return x->number < y->number ? -1 : 1;
}

Test(clock, any_times_fire_sorted)
{
	unsigned expected[N];
	uint64_t r = 1;

	start();
	for (unsigned i = 0; i < N; i++) {
		expected[i] = i;
		set(&many[i], i, draw_time(&r));
	}
	qsort(expected, N, sizeof(*expected), by_time_and_number);
	while (clock_step(running, INT64_MAX))
		;
	cr_assert_eq(fired_n, N);
	for (unsigned i = 0; i < N; i++)
		cr_assert_eq(order[i], expected[i]);
	clock_free(running);
}
