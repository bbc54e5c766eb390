/*
 * What the benchmarks of worlds share: a CPU clock, and the lines by which tests/bench/beside knows
 * a workload. C and C++.
 */
#ifndef TCPSIM_BENCH_MEASURE_H
#define TCPSIM_BENCH_MEASURE_H

#include <stdio.h>
#include <time.h>
#include <unistd.h>

static inline double cpu_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static inline void report(const char *what, double n, const char *unit, double seconds)
{
	printf("%-28s %10.6f M %s a CPU second  (%.0f in %.2f s)\n", what, n / seconds * 1e-6, unit,
		n, seconds);
	fflush(stdout);
}

static inline double resident_bytes(void)
{
	FILE *f = fopen("/proc/self/statm", "r");
	unsigned long size = 0, resident = 0;

	if (!f || fscanf(f, "%lu %lu", &size, &resident) != 2)
		resident = 0;
	if (f)
		fclose(f);
	return (double)resident * (double)sysconf(_SC_PAGESIZE);
}

static inline void report_idle(double bytes, unsigned pairs)
{
	printf("%-28s %10.0f bytes an idle pair of ends (%u)\n", "idle", bytes / pairs, pairs);
	fflush(stdout);
}

#endif
