/* Who may come in, and when whoever waits is told. See entry.h. */
#include <host/entry.h>
#include <host/upcalls.h>

#include <errno.h>

int host_refuse(struct tcpsim_host *host)
{
	if (!host)
		return -EFAULT;
	host->entry.refused++;
	return -EBUSY;
}

void host_leave_last(struct tcpsim_host *host)
{
	host_report_wakes(host);
	if (--host->entry.depth == 0 && host->entry.ends)
		host->up->end(host);
}

void host_wake(struct tcpsim_host *host, struct host_wake *wake, int fd)
{
	if (wake->waits || !host->config.on_wake)
		return;
	wake->waits = true;
	wake->fd = fd;
	STAILQ_INSERT_TAIL(&host->entry.wakes, wake, link);
}

void host_wake_forget(struct tcpsim_host *host, struct host_wake *wake)
{
	if (wake->waits)
		STAILQ_REMOVE(&host->entry.wakes, wake, host_wake, link);
	wake->waits = false;
}

bool host_report_wakes(struct tcpsim_host *host)
{
	struct host_wake *wake;

	if (host->entry.depth > 1 || host->entry.telling)
		return !host->entry.ends;
	host->entry.telling = true;
	while (!host->entry.ends && (wake = STAILQ_FIRST(&host->entry.wakes))) {
		int fd = wake->fd;

		STAILQ_REMOVE_HEAD(&host->entry.wakes, link);
		wake->waits = false;
		host->config.on_wake(host->config.context, host, fd);
	}
	host->entry.telling = false;
	return !host->entry.ends;
}
