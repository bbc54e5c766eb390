/*
 * A socket: what a descriptor stands for. It is born fresh, and becomes either a connection or a
 * listener; the machine owns those and points back here. A connection may outlive its socket
 * (close) and may exist before it (until accept). What the machine tells a socket goes by the
 * host's upcalls; socket/ is above it.
 */
#ifndef TCPSIM_TCP_SOCKET_H
#define TCPSIM_TCP_SOCKET_H

#include <host/host.h>
#include <host/upcalls.h>
#include <poll.h>
#include <tcp/settings.h>

struct tcp_socket {
	TAILQ_ENTRY(tcp_socket) port_link; /* among the sockets of one local port */
	struct tcpsim_host *host;
	struct tcp_tcb *tcb;	       /* once connect was called or accept gave it; else NULL */
	struct tcp_resting *resting;   /* the connection while it rests: tcb is NULL then */
	struct tcp_listener *listener; /* once listen was called; else NULL */
	struct tcp_settings
		*settings; /* of a fresh socket; a connection's and a listener's are its own */
	struct tcp_relics *relics; /* what is left of a connection that was disconnected, or NULL */
	struct tcpsim_addr local;  /* bound address; wildcard until bind or connect chose one */
	uint16_t local_port;	   /* 0 until then */
	struct host_wake wake;
	int fd;
	int family; /* AF_INET or AF_INET6 */
	int error;  /* SO_ERROR: pending, positive errno; cleared by reading it */
	bool nonblocking, close_on_exec, v6only;
	bool lingers; /* close() was called, and waits: to all other calls the descriptor is gone */
	bool bound_addr, bound_port; /* by bind(), not chosen by the host */
	bool reuse_addr, reuse_port;
	bool writes_on;	       /* the call that connects waits to write the rest */
	bool connect_reported; /* the result of connect() was given */
	bool connect_void;     /* nor will it be given: shutdown() came before there was one */
	bool connect_cut;      /* shutdown() ended it, and a connect() that waits is to be told */
	uint8_t shut; /* shutdown() of no connection, as struct tcp_tcb has it: noted on Linux */
	bool on_port; /* stands in the list of its local port; an accepted one does not */
	bool free_bind, late_port; /* IP_FREEBIND; IP_BIND_ADDRESS_NO_PORT */
	bool deferred; /* TCP_FASTOPEN_CONNECT: connect() said 0 and waits for the first data */
	struct tcpsim_addr deferred_remote;
	uint16_t deferred_port;
	uint32_t priority, mark; /* SO_PRIORITY, SO_MARK: kept, as nothing here routes by them */
	int64_t receive_timeout_ns, send_timeout_ns;
	struct socket_marks *marks; /* places in the stream that the process asked about: marks.c */
	struct socket_errors *errors; /* the error queue: errors.c */
	struct md5_key *md5;	      /* its keys for its peers: tcp/md5.h */
	struct socket_watch *watches; /* epoll instances that watch it */
};

/* connect() was called or accept() gave it, and the connection is still held. */
static inline bool socket_has_connection(const struct tcp_socket *so)
{
	return so->tcb || so->resting;
}

/* Readiness changed (POLLIN ...). so may be NULL. */
static inline void socket_wake(struct tcp_socket *so, short events)
{
	if (so && so->fd >= 0)
		so->host->up->wake(so, events);
}

/* Sets the pending error (positive errno) and wakes everybody. so may be NULL. */
static inline void socket_fail(struct tcp_socket *so, int error)
{
	if (!so)
		return;
	so->error = error;
	socket_wake(so, POLLIN | POLLOUT | POLLERR | POLLHUP);
}

/* Text left or was acknowledged. so may be NULL. */
static inline void socket_progress(struct tcp_socket *so)
{
	if (so && so->marks)
		so->host->up->progress(so);
}

#endif
