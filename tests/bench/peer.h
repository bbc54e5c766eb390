/*
 * What bench-lwip and bench-ns3 share: a CPU clock, and the line that bench-world prints too, by
 * which tests/bench/beside knows a workload. C and C++.
 */
#ifndef TCPSIM_BENCH_PEER_H
#define TCPSIM_BENCH_PEER_H

#include <stdio.h>
#include <sys/resource.h>
#include <time.h>

static inline double peer_cpu_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static inline void peer_report(const char *what, double n, const char *unit, double seconds)
{
	printf("%-28s %10.6f M %s a CPU second  (%.0f in %.2f s)\n", what, n / seconds * 1e-6, unit,
		n, seconds);
	fflush(stdout);
}

/* The largest the process has been, in bytes. */
static inline double peer_peak(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (double)usage.ru_maxrss * 1024;
}

static inline void peer_report_idle(double bytes, unsigned pairs)
{
	printf("%-28s %10.0f bytes an idle pair of ends (%u)\n", "idle", bytes / pairs, pairs);
	fflush(stdout);
}

#endif
