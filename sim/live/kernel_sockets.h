/*
 * What the kernel tells of one of its TCP sockets: state, queues, timer, TCP_INFO, by sock_diag(7),
 * which answers anybody. The descriptor was made in the namespace that it asks about.
 */
#ifndef LIVE_KERNEL_SOCKETS_H
#define LIVE_KERNEL_SOCKETS_H

#include <stdbool.h>
#include <stdint.h>
#include <tcpsim/addr.h>
#include <tcpsim/state.h>

struct kernel_socket {
	enum tcpsim_state state;
	uint32_t receive_queue,
		send_queue; /* of a listener: what waits for accept(), the backlog */
	uint32_t info_len;  /* 0: TCP_INFO is not told in that state */
	uint8_t info[512];
};

struct kernel_names {
	struct tcpsim_addr local, remote;
	uint16_t local_port, remote_port;
};

/* A state by the kernel's number (sock_diag, /proc/net/tcp). */
enum tcpsim_state kernel_socket_state(unsigned number);
/* A NETLINK_SOCK_DIAG socket of the namespace that this process is in, or -1 and errno. */
int kernel_sockets_open(void);
/* The connection of those names; where there is none, the listener that would take it. False:
 * neither. */
bool kernel_sockets_ask(int fd, const struct kernel_names *names, struct kernel_socket *out);

#endif
