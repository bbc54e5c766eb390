/* The calendar and the lesser clocks: the world's zone is UTC, whatever the machine's is. See
 * <tcpsim/posix.h>. */
#define TCPSIM_POSIX_NO_MACROS
#include <stdlib.h>
#include <tcpsim/posix.h>

#include "process/wait.h"

int tcpsim_posix_clock_getres(clockid_t id, struct timespec *resolution)
{
	struct timespec now;

	if (tcpsim_posix_clock_gettime(id, &now))
		return -1;
	if (resolution)
		*resolution = (struct timespec){.tv_nsec = 1};
	return 0;
}

clock_t tcpsim_posix_clock(void)
{
	struct timespec now;

	if (tcpsim_posix_clock_gettime(CLOCK_MONOTONIC, &now))
		return (clock_t)-1;
	return (clock_t)now.tv_sec * CLOCKS_PER_SEC + now.tv_nsec / (1000000000 / CLOCKS_PER_SEC);
}

int tcpsim_posix_timespec_get(struct timespec *now, int base)
{
	return base == TIME_UTC && !tcpsim_posix_clock_gettime(CLOCK_REALTIME, now) ? base : 0;
}

int tcpsim_posix_thrd_sleep(const struct timespec *time, struct timespec *left)
{
	return tcpsim_posix_nanosleep(time, left) ? -2 : 0;
}

struct tm *tcpsim_posix_localtime(const time_t *time)
{
	return gmtime(time);
}

struct tm *tcpsim_posix_localtime_r(const time_t *time, struct tm *out)
{
	return gmtime_r(time, out);
}

time_t tcpsim_posix_mktime(struct tm *tm)
{
	return timegm(tm);
}

char *tcpsim_posix_ctime(const time_t *time)
{
	const struct tm *tm = gmtime(time);

	return tm ? asctime(tm) : NULL;
}

char *tcpsim_posix_ctime_r(const time_t *time, char *out)
{
	struct tm tm;

	return gmtime_r(time, &tm) ? asctime_r(&tm, out) : NULL;
}

void tcpsim_posix_tzset(void)
{
}
