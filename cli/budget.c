/* See budget.h. */
#include "budget.h"

#include <errno.h>
#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#define LEAST ((size_t)4 << 20)
/* An array that doubles holds its old and its new self at once, and big pages want room to be
 * aligned. */
#define SHARE 4

bool budget_parse(const char *text, size_t *bytes)
{
	static const char UNITS[] = "KMG";
	char *end;
	unsigned shift = 0;

	errno = 0;
	if (!g_ascii_isdigit(text[0]))
		return false;
	guint64 n = g_ascii_strtoull(text, &end, 10);
	for (const char *unit = UNITS; *unit; unit++)
		if (g_ascii_toupper(*end) == *unit)
			shift = 10 * (unsigned)(unit - UNITS + 1);
	if (errno != 0 || end[shift > 0] != '\0' || n > (G_MAXSIZE >> shift))
		return false;
	*bytes = (size_t)n << shift;
	return *bytes >= LEAST;
}

/* Address space in use. */
static size_t in_use(void)
{
	FILE *statm = fopen("/proc/self/statm", "r");
	unsigned long pages = 0;

	if (statm != NULL) {
		if (fscanf(statm, "%lu", &pages) != 1)
			pages = 0;
		fclose(statm);
	}
	return pages * (size_t)sysconf(_SC_PAGESIZE);
}

size_t budget_allowed(size_t wanted)
{
	static const int LIMITS[] = {RLIMIT_AS, RLIMIT_DATA};
	size_t used = in_use();

	for (size_t i = 0; i < G_N_ELEMENTS(LIMITS); i++) {
		struct rlimit limit;

		if (getrlimit(LIMITS[i], &limit) < 0 || limit.rlim_cur == RLIM_INFINITY)
			continue;
		size_t rest = limit.rlim_cur > used ? (size_t)limit.rlim_cur - used : 0;
		wanted = MIN(wanted, MAX(rest / SHARE, 1));
	}
	return wanted;
}
