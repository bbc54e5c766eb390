/* The timing wheel: exact times, order among equals, lazy re-arming, and agreement with a sorted
 * list. */
#include "support/random.h"

#include <criterion/criterion.h>
#include <host/wheel.h>

#define MANY 20000

struct probe {
	struct wheel_timer timer; /* first */
	int number;
	int64_t again_ns; /* re-arms itself this much later, once */
};

static struct tcpsim_host *host;
static struct {
	int number;
	int64_t at_ns;
} fired[MANY];
static int n_fired;

static void note(struct tcpsim_host *h, struct wheel_timer *timer)
{
	struct probe *probe = (struct probe *)timer;

	fired[n_fired].number = probe->number;
	fired[n_fired++].at_ns = h->now;
	if (probe->again_ns) {
		wheel_arm(h, timer, h->now + probe->again_ns);
		probe->again_ns = 0;
	}
}

static void setup(void)
{
	host = calloc(1, sizeof(*host));
	host->wheel = wheel_new(0);
	n_fired = 0;
}

static void teardown(void)
{
	wheel_free(host->wheel);
	free(host);
}

TestSuite(wheel, .init = setup, .fini = teardown);

static struct probe probe(int number)
{
	return (struct probe){.timer.fire = note, .number = number};
}

static void arm(struct probe *p, int64_t due_ns)
{
	wheel_arm(host, &p->timer, due_ns);
}

static void expect_fired(int i, int number, int64_t at_ns)
{
	cr_assert_lt(i, n_fired, "only %d fired", n_fired);
	cr_expect_eq(fired[i].number, number, "place %d: timer %d", i, fired[i].number);
	cr_expect_eq(fired[i].at_ns, at_ns, "timer %d at %lld", number, (long long)fired[i].at_ns);
}

Test(wheel, fires_at_the_very_nanosecond)
{
	struct probe a = probe(1);

	arm(&a, 6000000001);
	wheel_run(host, 6000000000);
	cr_expect_eq(n_fired, 0);
	wheel_run(host, 6000000001);
	expect_fired(0, 1, 6000000001);
}

Test(wheel, equal_times_fire_as_they_were_armed)
{
	struct probe a = probe(1), b = probe(2), c = probe(3);

	arm(&b, 75000000000);
	wheel_run(host, 74999999000); /* a is armed when the wheel is in another place */
	arm(&a, 75000000000);
	arm(&c, 75000000000);
	wheel_run(host, 80000000000);
	expect_fired(0, 2, 75000000000);
	expect_fired(1, 1, 75000000000);
	expect_fired(2, 3, 75000000000);
}

Test(wheel, times_within_one_slot_are_in_order)
{
	struct probe a = probe(1), b = probe(2), c = probe(3);

	arm(&a, 1023);
	arm(&b, 1);
	arm(&c, 512);
	wheel_run(host, 2000);
	expect_fired(0, 2, 1);
	expect_fired(1, 3, 512);
	expect_fired(2, 1, 1023);
}

Test(wheel, a_later_deadline_is_only_written_down)
{
	struct probe a = probe(1);

	arm(&a, 1000000);
	arm(&a, 5000000);
	cr_expect_eq(a.timer.armed_ns, 1000000);
	wheel_run(host, 4999999);
	cr_expect_eq(n_fired, 0);
	wheel_run(host, 5000000);
	expect_fired(0, 1, 5000000);
}

Test(wheel, an_earlier_deadline_moves_the_timer)
{
	struct probe a = probe(1);

	arm(&a, 5000000);
	arm(&a, 1000000);
	cr_expect_eq(wheel_deadline(host->wheel), 1000000);
	wheel_run(host, 5000000);
	cr_expect_eq(n_fired, 1);
	expect_fired(0, 1, 1000000);
}

Test(wheel, a_cancelled_timer_stays_silent)
{
	struct probe a = probe(1), b = probe(2);

	arm(&a, 1000);
	arm(&b, 2000000000);
	wheel_cancel(host, &a.timer);
	wheel_cancel(host, &b.timer);
	wheel_cancel(host, &b.timer);
	wheel_run(host, 3000000000);
	cr_expect_eq(n_fired, 0);
	cr_expect_eq(wheel_deadline(host->wheel), INT64_MAX);
}

Test(wheel, a_timer_may_arm_itself_again)
{
	struct probe a = probe(1);

	a.again_ns = 1;
	arm(&a, 10);
	wheel_run(host, 11);
	expect_fired(0, 1, 10);
	expect_fired(1, 1, 11);
}

Test(wheel, a_deadline_in_the_past_fires_at_once_at_the_present)
{
	struct probe a = probe(1);

	wheel_run(host, 1000000);
	host->now = 1000000;
	arm(&a, 5);
	wheel_run(host, 1000000);
	expect_fired(0, 1, 1000000);
}

Test(wheel, the_farthest_times_have_their_place)
{
	struct probe a = probe(1), b = probe(2);

	arm(&a, INT64_MAX - 1);
	arm(&b, INT64_C(9000000000000000000));
	wheel_run(host, INT64_MAX - 1);
	expect_fired(0, 2, INT64_C(9000000000000000000));
	expect_fired(1, 1, INT64_MAX - 1);
}

Test(wheel, deadline_is_never_after_the_next_timer)
{
	static struct probe many[1000];
	uint64_t state = 7;

	for (int i = 0; i < 1000; i++) {
		many[i] = probe(i);
		arm(&many[i], 1 + (int64_t)(random_next(&state) % 1000000000000));
	}
	while (wheel_deadline(host->wheel) != INT64_MAX) {
		int64_t deadline = wheel_deadline(host->wheel);
		int before = n_fired;

		wheel_run(host, deadline - 1);
		cr_assert_eq(n_fired, before, "something was due before the deadline");
		wheel_run(host, deadline);
	}
	cr_expect_eq(n_fired, 1000);
	for (int i = 1; i < n_fired; i++)
		cr_assert_leq(fired[i - 1].at_ns, fired[i].at_ns);
}

/* Against the plainest of queues: all timers in an array, the least (due, arming) next. */
Test(wheel, agrees_with_a_sorted_list)
{
	static struct probe many[200];
	static int64_t due[200];
	static int armed_as[200];
	uint64_t state = 42;
	int arming = 0;

	for (int i = 0; i < 200; i++)
		many[i] = probe(i);
	for (int step = 0; step < 3000; step++) {
		int i = (int)random_below(&state, 200);
		int64_t to = host->now +
			     (int64_t)(random_next(&state) >> (34 + random_below(&state, 28)));

		if (due[i] ==
			0) { /* armed anew only: lazy re-arming keeps another order among equals */
			due[i] = to > 0 ? to : 1;
			armed_as[i] = ++arming;
			arm(&many[i], due[i]);
		}
		n_fired = 0;
		host->now += random_below(&state, 2000000);
		wheel_run(host, host->now);
		for (int f = 0; f < n_fired; f++) {
			int least = -1;

			for (int j = 0; j < 200; j++) {
				if (due[j] && (least < 0 || due[j] < due[least] ||
						      (due[j] == due[least] &&
							      armed_as[j] < armed_as[least])))
					least = j;
			}
			cr_assert_eq(fired[f].number, least, "step %d", step);
			due[least] = 0;
		}
		for (int j = 0; j < 200; j++)
			cr_assert(due[j] == 0 || due[j] > host->now, "timer %d did not fire", j);
	}
}
