/* The event queue: pop, callback and insert, a second, with 10 k and 1 M timers
 * pending. CPU time. */
#include <host/random.h>
#include <host/wheel.h>
#include <stdio.h>
#include <time.h>

static uint64_t fired;

static void again(struct tcpsim_host *host, struct wheel_timer *timer)
{
	fired++;
	wheel_arm(host, timer,
		host->now + 1 + (int64_t)(host_random64(host) >> 37)); /* 0 to 134 ms */
}

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void measure(size_t pending, uint64_t events)
{
	struct tcpsim_host *host = calloc(1, sizeof(*host));
	struct wheel_timer *timers = calloc(pending, sizeof(*timers));
	double start;

	host_random_seed(host, 1);
	host->wheel = wheel_new(0);
	for (size_t i = 0; i < pending; i++) {
		timers[i].fire = again;
		wheel_arm(host, &timers[i], 1 + (int64_t)(host_random64(host) >> 37));
	}
	fired = 0;
	start = seconds();
	while (fired < events)
		wheel_run(host, host->now + 1000000);
	printf("%8zu pending: %.1f M events a second\n", pending,
		(double)fired / (seconds() - start) / 1e6);
	wheel_free(host->wheel);
	free(timers);
	free(host);
}

int main(void)
{
	measure(10000, 20000000);
	measure(1000000, 5000000);
	return 0;
}
