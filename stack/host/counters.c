/* Counters by the names that nstat gives them. */
#include <errno.h>
#include <host/host.h>

static const char *const NAMES[HOST_NCOUNTERS] = {
#define COUNTER(id, name) name,
#include <host/counters.def>
#undef COUNTER
};

const char *tcpsim_host_counter_name(size_t i)
{
	return i < HOST_NCOUNTERS ? NAMES[i] : NULL;
}

int tcpsim_host_counter(const struct tcpsim_host *host, const char *name, uint64_t *value)
{
	if (!host || !name || !value)
		return -EFAULT;
	for (size_t i = 0; i < HOST_NCOUNTERS; i++) {
		if (strcmp(NAMES[i], name) == 0) {
			*value = host->counters[i];
			return 0;
		}
	}
	return -ENOENT;
}
