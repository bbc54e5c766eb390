/*
 * The table of calls through which packetdrill drives a TCP that it loads as a shared object
 * (--so_filename): the order and types of its members are packetdrill's binary interface. Each call
 * takes `userdata` first; results and errno as the system calls'.
 */
#ifndef PLUGIN_PACKETDRILL_ABI_H
#define PLUGIN_PACKETDRILL_ABI_H

#include <poll.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

struct packetdrill_interface {
	void *userdata;
	void (*free)(void *userdata);
	int (*socket)(void *userdata, int domain, int type, int protocol);
	int (*bind)(void *userdata, int fd, const struct sockaddr *addr, socklen_t len);
	int (*listen)(void *userdata, int fd, int backlog);
	int (*accept)(void *userdata, int fd, struct sockaddr *addr, socklen_t *len);
	int (*connect)(void *userdata, int fd, const struct sockaddr *addr, socklen_t len);
	ssize_t (*read)(void *userdata, int fd, void *bytes, size_t size);
	ssize_t (*readv)(void *userdata, int fd, const struct iovec *parts, int n);
	ssize_t (*recv)(void *userdata, int fd, void *bytes, size_t size, int flags);
	ssize_t (*recvfrom)(void *userdata, int fd, void *bytes, size_t size, int flags,
		struct sockaddr *addr, socklen_t *len);
	ssize_t (*recvmsg)(void *userdata, int fd, struct msghdr *msg, int flags);
	ssize_t (*write)(void *userdata, int fd, const void *bytes, size_t size);
	ssize_t (*writev)(void *userdata, int fd, const struct iovec *parts, int n);
	ssize_t (*send)(void *userdata, int fd, const void *bytes, size_t size, int flags);
	ssize_t (*sendto)(void *userdata, int fd, const void *bytes, size_t size, int flags,
		const struct sockaddr *addr, socklen_t len);
	ssize_t (*sendmsg)(void *userdata, int fd, const struct msghdr *msg, int flags);
	int (*fcntl)(void *userdata, int fd, int command, ...);
	int (*ioctl)(void *userdata, int fd, unsigned long request, ...);
	int (*close)(void *userdata, int fd);
	int (*shutdown)(void *userdata, int fd, int how);
	int (*getsockopt)(void *userdata, int fd, int level, int name, void *value, socklen_t *len);
	int (*setsockopt)(
		void *userdata, int fd, int level, int name, const void *value, socklen_t len);
	int (*poll)(void *userdata, struct pollfd *fds, nfds_t n, int timeout_ms);
	/* A packet arrives at the stack. 0, or -1. */
	int (*netdev_send)(void *userdata, const void *bytes, size_t size);
	/* The next packet that leaves it; waits for one. *size: room in, length out. 0, or -1. */
	int (*netdev_receive)(void *userdata, void *bytes, size_t *size, long long *time_us);
	int (*usleep)(void *userdata, useconds_t us);
	int (*gettimeofday)(void *userdata, struct timeval *time, struct timezone *zone);
	int (*epoll_create)(void *userdata, int size);
	int (*epoll_ctl)(void *userdata, int epfd, int op, int fd, struct epoll_event *event);
	int (*epoll_wait)(
		void *userdata, int epfd, struct epoll_event *events, int max, int timeout_ms);
	int (*pipe)(void *userdata, int fds[2]);
	int (*splice)(void *userdata, int in, loff_t *in_offset, int out, loff_t *out_offset,
		size_t size, unsigned flags);
};

/* `flags` is packetdrill's --so_flags, or NULL. */
void packetdrill_interface_init(const char *flags, struct packetdrill_interface *table);

#endif
