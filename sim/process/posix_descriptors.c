/* Calls that take any descriptor, and several messages at once. The three of the machine are asked
 * there. See <tcpsim/posix.h>. */
#define TCPSIM_POSIX_NO_MACROS
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <tcpsim/posix.h>

#include "process/wait.h"
#include "time_units.h"

/* Fails with `error` for a descriptor of the host, EBADF for none. */
static int refuse(int fd, int error)
{
	struct tcpsim_host *host = posix_host();

	if (!host)
		return -1;
	return (int)posix_result(tcpsim_poll(host, fd) & POLLNVAL ? -EBADF : -error);
}

int tcpsim_posix_isatty(int fd)
{
	if (posix_is_of_machine(fd))
		return isatty(fd);
	refuse(fd, ENOTTY);
	return 0;
}

off_t tcpsim_posix_lseek(int fd, off_t offset, int whence)
{
	return posix_is_of_machine(fd) ? lseek(fd, offset, whence) : refuse(fd, ESPIPE);
}

/* Memory of its own a program may have; a socket has none (Linux: sock_no_mmap). */
void *tcpsim_posix_mmap(void *at, size_t len, int protection, int flags, int fd, off_t offset)
{
	if (flags & MAP_ANONYMOUS)
		return mmap(at, len, protection, flags, -1, offset);
	refuse(fd, ENODEV);
	return MAP_FAILED;
}

int tcpsim_posix_fileno(FILE *stream)
{
	FILE *const standard[] = {stdin, stdout, stderr};

	for (int fd = 0; fd < 3; fd++) {
		if (stream == standard[fd])
			return fd;
	}
	return (int)posix_result(-EBADF);
}

int tcpsim_posix_vdprintf(int fd, const char *format, va_list args)
{
	char *text;
	int len = vasprintf(&text, format, args);
	ssize_t n = -1;

	if (len >= 0) {
		n = tcpsim_posix_write(fd, text, (size_t)len);
		free(text);
	}
	return (int)n;
}

int tcpsim_posix_dprintf(int fd, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = tcpsim_posix_vdprintf(fd, format, args);
	va_end(args);
	return n;
}

int tcpsim_posix_sockatmark(int fd)
{
	int at;

	return tcpsim_posix_ioctl(fd, SIOCATMARK, &at) ? -1 : at;
}

/* Linux: the time is looked at after each message; what was got is told before an error. */
int tcpsim_posix_recvmmsg(
	int fd, struct mmsghdr *messages, unsigned n, int flags, struct timespec *timeout)
{
	int64_t end = timeout ? timeout->tv_sec * NSEC_PER_SEC + timeout->tv_nsec : 0;
	unsigned done = 0;

	if (!posix_host())
		return -1;
	end += process_now();
	while (done < n && (!done || !timeout || process_now() < end)) {
		int wait = done && (flags & MSG_WAITFORONE) ? MSG_DONTWAIT : 0;
		ssize_t len = tcpsim_posix_recvmsg(
			fd, &messages[done].msg_hdr, (flags & ~MSG_WAITFORONE) | wait);

		if (len < 0)
			return done ? (int)done : -1;
		messages[done++].msg_len = (unsigned)len;
		if (!len)
			break; /* the end of the stream comes once */
	}
	return (int)done;
}

int tcpsim_posix_sendmmsg(int fd, struct mmsghdr *messages, unsigned n, int flags)
{
	unsigned done = 0;

	if (!posix_host())
		return -1;
	while (done < n) {
		ssize_t len = tcpsim_posix_sendmsg(fd, &messages[done].msg_hdr, flags);

		if (len < 0)
			return done ? (int)done : -1;
		messages[done++].msg_len = (unsigned)len;
	}
	return (int)done;
}
