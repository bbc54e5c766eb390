/* A process whose call was told, by way of the kernel. See access.h. */
#include "exec/access.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define PIDFD_OF_THREAD O_EXCL /* PIDFD_THREAD, Linux 6.9 */

static int fd_of(struct exec_caller *caller)
{
	return ((struct exec_notices *)caller)->fd;
}

/* A kernel may be newer than these headers, and its notices longer. */
union notice {
	struct seccomp_notif notif;
	char room[512];
};

bool exec_notices_next(struct exec_notices *notices, struct exec_call *out)
{
	union notice notice;

	memset(&notice, 0, sizeof(notice)); /* the kernel insists */
	if (ioctl(notices->fd, SECCOMP_IOCTL_NOTIF_RECV, &notice) != 0)
		return false;
	out->caller = &notices->caller;
	out->id = notice.notif.id;
	out->tid = (int)notice.notif.pid;
	if (exec_call_decode(notice.notif.data.nr, (const uint64_t *)notice.notif.data.args, out))
		return true;
	notices->caller.access->pass(&notices->caller, out->id);
	return false;
}

static bool read_memory(struct exec_caller *caller, int tid, uint64_t from, void *out, size_t len)
{
	struct iovec here = {out, len}, there = {(void *)(uintptr_t)from, len};

	return process_vm_readv(tid, &here, 1, &there, 1, 0) == (ssize_t)len;
}

static bool write_memory(
	struct exec_caller *caller, int tid, uint64_t to, const void *bytes, size_t len)
{
	struct iovec here = {(void *)bytes, len}, there = {(void *)(uintptr_t)to, len};

	return process_vm_writev(tid, &here, 1, &there, 1, 0) == (ssize_t)len;
}

/* The process that a thread belongs to, where the kernel knows no handles of threads. */
static int leader_of(int tid)
{
	char path[64], line[256];
	FILE *status;
	int leader = tid;

	snprintf(path, sizeof(path), "/proc/%d/status", tid);
	status = fopen(path, "re");
	if (!status)
		return tid;
	while (fgets(line, sizeof(line), status)) {
		if (sscanf(line, "Tgid: %d", &leader) == 1)
			break;
	}
	fclose(status);
	return leader;
}

static int take(struct exec_caller *caller, int tid, int fd)
{
	int handle = (int)syscall(SYS_pidfd_open, tid, PIDFD_OF_THREAD), copy, error;

	if (handle < 0 && errno == EINVAL)
		handle = (int)syscall(SYS_pidfd_open, leader_of(tid), 0);
	if (handle < 0)
		return -errno;
	copy = (int)syscall(SYS_pidfd_getfd, handle, fd, 0);
	error = errno;
	close(handle);
	return copy < 0 ? -error : copy;
}

static bool is_valid(struct exec_caller *caller, uint64_t id)
{
	return ioctl(fd_of(caller), SECCOMP_IOCTL_NOTIF_ID_VALID, &id) == 0;
}

static bool answer(struct exec_caller *caller, uint64_t id, int64_t result)
{
	struct seccomp_notif_resp reply = {.id = id};

	if (result < 0)
		reply.error = (int)result;
	else
		reply.val = result;
	return ioctl(fd_of(caller), SECCOMP_IOCTL_NOTIF_SEND, &reply) == 0;
}

static int give(struct exec_caller *caller, uint64_t id, int fd, bool close_on_exec)
{
	struct seccomp_notif_addfd add = {.id = id,
		.flags = SECCOMP_ADDFD_FLAG_SEND,
		.srcfd = (uint32_t)fd,
		.newfd_flags = close_on_exec ? O_CLOEXEC : 0};
	int number = ioctl(fd_of(caller), SECCOMP_IOCTL_NOTIF_ADDFD, &add);

	return number < 0 ? -errno : number;
}

static bool replace(struct exec_caller *caller, uint64_t id, int fd, int target)
{
	struct seccomp_notif_addfd add = {.id = id,
		.flags = SECCOMP_ADDFD_FLAG_SETFD,
		.srcfd = (uint32_t)fd,
		.newfd = (uint32_t)target};

	return ioctl(fd_of(caller), SECCOMP_IOCTL_NOTIF_ADDFD, &add) >= 0;
}

static void pass(struct exec_caller *caller, uint64_t id)
{
	struct seccomp_notif_resp reply = {.id = id, .flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE};

	ioctl(fd_of(caller), SECCOMP_IOCTL_NOTIF_SEND, &reply);
}

static const struct exec_access ACCESS = {
	.read = read_memory,
	.write = write_memory,
	.take = take,
	.is_valid = is_valid,
	.answer = answer,
	.give = give,
	.replace = replace,
	.pass = pass,
};

struct exec_notices exec_notices_open(int fd)
{
	return (struct exec_notices){.caller = {.access = &ACCESS}, .fd = fd};
}
