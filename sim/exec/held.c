/* Who holds a socket. See held.h. */
#include "exec/held.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int exec_held_open(void)
{
	return socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
}

/* 1, 0, or -1: the kernel does not say. */
static int ask_kernel(int fd, ino_t inode)
{
	struct {
		struct nlmsghdr head;
		struct unix_diag_req ask;
	} query = {.head = {.nlmsg_len = sizeof(query),
			   .nlmsg_type = SOCK_DIAG_BY_FAMILY,
			   .nlmsg_flags = NLM_F_REQUEST},
		.ask = {.sdiag_family = AF_UNIX,
			.udiag_states = UINT32_MAX,
			.udiag_ino = (uint32_t)inode,
			.udiag_cookie = {UINT32_MAX, UINT32_MAX}}};
	union {
		struct nlmsghdr head;
		char room[1024];
	} reply;
	const struct nlmsgerr *error = NLMSG_DATA(&reply.head);
	ssize_t n;

	if (fd < 0 || send(fd, &query, sizeof(query), 0) < 0)
		return -1;
	n = recv(fd, &reply, sizeof(reply), 0);
	if (n < (ssize_t)sizeof(reply.head))
		return -1;
	if (reply.head.nlmsg_type != NLMSG_ERROR)
		return 1;
	return n >= (ssize_t)NLMSG_LENGTH(sizeof(*error)) && error->error == -ENOENT ? 0 : -1;
}

static bool process_holds(const char *process, ino_t inode)
{
	char path[300], target[64];
	struct dirent *entry;
	unsigned long number;
	bool holds = false;
	DIR *folder;
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%s/fd", process);
	folder = opendir(path);
	while (folder && !holds && (entry = readdir(folder))) {
		n = readlinkat(dirfd(folder), entry->d_name, target, sizeof(target) - 1);
		if (n <= 0)
			continue;
		target[n] = 0;
		holds = sscanf(target, "socket:[%lu]", &number) == 1 && number == inode;
	}
	if (folder)
		closedir(folder);
	return holds;
}

static bool ask_processes(ino_t inode)
{
	DIR *folder = opendir("/proc");
	struct dirent *entry;
	bool holds = !folder; /* nobody knows: it stays */

	while (folder && !holds && (entry = readdir(folder)))
		holds = isdigit((unsigned char)entry->d_name[0]) &&
			process_holds(entry->d_name, inode);
	if (folder)
		closedir(folder);
	return holds;
}

bool exec_is_held(int fd, ino_t inode)
{
	int held = ask_kernel(fd, inode);

	return held < 0 ? ask_processes(inode) : held;
}
