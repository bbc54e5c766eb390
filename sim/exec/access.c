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

#ifndef SECCOMP_IOCTL_NOTIF_SET_FLAGS
#define SECCOMP_IOCTL_NOTIF_SET_FLAGS	   SECCOMP_IOW(4, __u64)
#define SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP 1ul
#endif

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

static bool write_both(struct exec_caller *caller, int tid, uint64_t to, const void *bytes,
	size_t len, uint64_t len_to, uint32_t whole_len)
{
	struct iovec here[2] = {{(void *)bytes, len}, {&whole_len, sizeof(whole_len)}};
	struct iovec there[2] = {
		{(void *)(uintptr_t)to, len}, {(void *)(uintptr_t)len_to, sizeof(whole_len)}};
	unsigned first = len ? 0 : 1; /* of nothing its place is not looked at */

	return process_vm_writev(tid, here + first, 2 - first, there + first, 2 - first, 0) ==
	       (ssize_t)(len + sizeof(whole_len));
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

/* By a handle of the thread itself, which is kept: once the thread is gone it stands for nobody, also
 * when its number is another's. False: there is none to be had, and errno. */
static bool take_by_thread(struct exec_notices *notices, int tid, int fd, int *copy)
{
	int *of = &notices->threads[tid % EXEC_HANDLES].tid,
	    *handle = &notices->threads[tid % EXEC_HANDLES].handle;

	if (*of == tid) {
		*copy = (int)syscall(SYS_pidfd_getfd, *handle, fd, 0);
		if (*copy >= 0 || errno != ESRCH)
			return true;
	}
	if (*of)
		close(*handle);
	*handle = (int)syscall(SYS_pidfd_open, tid, PIDFD_OF_THREAD);
	*of = *handle >= 0 ? tid : 0;
	if (*handle < 0)
		return false;
	*copy = (int)syscall(SYS_pidfd_getfd, *handle, fd, 0);
	return true;
}

static int take(struct exec_caller *caller, int tid, int fd)
{
	int handle, copy, error;

	if (take_by_thread((struct exec_notices *)caller, tid, fd, &copy))
		return copy < 0 ? -errno : copy;
	if (errno != EINVAL)
		return -errno;
	/* One of the process, which outlives the thread: it is not kept. */
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
	.write_both = write_both,
	.take = take,
	.is_valid = is_valid,
	.answer = answer,
	.give = give,
	.replace = replace,
	.pass = pass,
};

void exec_notices_open(struct exec_notices *notices, int fd)
{
	*notices = (struct exec_notices){.caller = {.access = &ACCESS}, .fd = fd};
	/* The caller stands still until it is answered: it may wake up where we run. Linux 6.6; on an
	 * older one it is as it was. */
	ioctl(fd, SECCOMP_IOCTL_NOTIF_SET_FLAGS, SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP);
}

void exec_notices_close(struct exec_notices *notices)
{
	for (unsigned i = 0; i < EXEC_HANDLES; i++) {
		if (notices->threads[i].tid)
			close(notices->threads[i].handle);
		notices->threads[i].tid = 0;
	}
	notices->fd = -1;
}
