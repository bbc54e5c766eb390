/*
 * A socket: what a descriptor stands for. It is born fresh, and becomes either a connection or a
 * listener; the machine (tcp/) owns those and points back here. A connection may outlive its socket
 * (close) and may exist before it (until accept).
 */
#ifndef TCPSIM_SOCKET_INTERNAL_H
#define TCPSIM_SOCKET_INTERNAL_H

#include <host/internal.h>
#include <sys/uio.h>
#include <tcp/settings.h>
#include <tcpsim/socket.h>

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
	bool connect_cut;      /* shutdown() ended it, and a connect() that waits is to be told */
	bool read_shut; /* shutdown() for reading, of no connection: Linux notes it all the same
			 */
	bool on_port;	/* stands in the list of its local port; an accepted one does not */
	bool free_bind, late_port; /* IP_FREEBIND; IP_BIND_ADDRESS_NO_PORT */
	bool deferred; /* TCP_FASTOPEN_CONNECT: connect() said 0 and waits for the first data */
	struct tcpsim_addr deferred_remote;
	uint16_t deferred_port;
	uint32_t priority, mark; /* SO_PRIORITY, SO_MARK: kept, as nothing here routes by them */
	int64_t receive_timeout_ns, send_timeout_ns;
	struct socket_marks *marks; /* places in the stream that the process asked about: marks.c */
	struct socket_errors *errors; /* the error queue: errors.c */
	struct socket_watch *watches; /* epoll instances that watch it */
};

/* connect() was called or accept() gave it, and the connection is still held. */
static inline bool socket_has_connection(const struct tcp_socket *so)
{
	return so->tcb || so->resting;
}

/* --- called by the machine --- */

/* Readiness changed (POLLIN ...): wakes whoever waits, feeds edge-triggered watches. so may be
 * NULL. */
void socket_wake(struct tcp_socket *so, short events);
/* Sets the pending error (positive errno) and wakes everybody. so may be NULL. */
void socket_fail(struct tcp_socket *so, int error);
/* IP_RECVERR: an ICMP error for the error queue, as the message told it. */
void socket_icmp_error(struct tcp_socket *so, const struct wire_packet *in, int error);
/* Text left or was acknowledged. so may be NULL. */
void socket_progress_marks(struct tcp_socket *so);
static inline void socket_progress(struct tcp_socket *so)
{
	if (so && so->marks)
		socket_progress_marks(so);
}

/* What demultiplexing must know of a listener made from so. */
void socket_fill_listen_entry(const struct tcp_socket *so, struct listen_entry *entry);

/* --- between the modules of socket/ --- */

/* The pending error as a negative errno, now cleared; or 0. */
int socket_take_error(struct tcp_socket *so);
/* Chooses local address and port for going there (S13): `remote` wildcard becomes this host. 0 or
 * -errno. */
int socket_route(struct tcp_socket *so, struct tcpsim_addr *remote, uint16_t port);
/* That, and the SYN: see tcp_connect. */
int socket_connect(struct tcp_socket *so, const struct tcpsim_addr *to, uint16_t port,
	const struct iovec *data, int n_data, size_t *taken);
void socket_stop_listening(struct tcp_socket *so);
/* The error queue (errors.h). */
void errors_free(struct tcp_socket *so);
bool errors_pending(const struct tcp_socket *so);

/* The settings of a socket that is bound to the port and neither listens nor is connected; NULL:
 * none is. */
const struct tcp_settings *socket_bound_settings(
	struct tcpsim_host *host, const struct tcpsim_addr *local, uint16_t port);

/* --- ports (ports.c) --- */

/* An ephemeral port for so (whose local address is set) towards that peer, or for bind() (NULL); so
 * has it from here. 0, -EADDRNOTAVAIL (-EADDRINUSE for bind), -ENOMEM. */
int ports_choose(struct tcp_socket *so, const struct tcpsim_addr *remote, uint16_t remote_port);

#endif
