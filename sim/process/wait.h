/* What the POSIX calls share: whose turn it is, errno, and waiting for a descriptor. */
#ifndef SIM_PROCESS_WAIT_H
#define SIM_PROCESS_WAIT_H

#include <errno.h>
#include <sys/types.h>
#include <tcpsim/socket.h>

#include "process/native.h"
#include "process/process.h"

/* The host of the program that has the turn; NULL (and errno ENOSYS) outside of one. */
static inline struct tcpsim_host *posix_host(void)
{
	struct process *p = process_current();

	if (!p)
		native_call();
	return p ? p->node->host : NULL;
}

/* Descriptors 0, 1 and 2 stay the machine's. */
static inline bool posix_is_of_machine(int fd)
{
	return fd >= 0 && fd <= 2;
}

/* A result of the stack as POSIX gives it. */
static inline ssize_t posix_result(ssize_t result)
{
	if (result >= 0)
		return result;
	errno = (int)-result;
	return -1;
}

/* now + timeout, INT64_MAX for a timeout of 0 (SO_RCVTIMEO: none) or one that has no end. */
static inline int64_t posix_deadline(int64_t timeout_ns)
{
	int64_t now = process_now();

	return timeout_ns <= 0 || timeout_ns > INT64_MAX - now ? INT64_MAX : now + timeout_ns;
}

/* Waits until one descriptor wakes; false: the deadline came. */
static inline bool posix_wait_fd(int fd, int64_t deadline_ns)
{
	return process_wait(NULL, &fd, 1, deadline_ns);
}

#endif
