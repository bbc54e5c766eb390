/*
 * bind, listen, accept, connect, close and the two names. What each refuses, and with
 * which errno, is what a process sees on the profile's system. UNP chapter 4, POSIX.1-2017.
 */
#include <errno.h>
#include <host/demux.h>
#include <host/entry.h>
#include <host/peers.h>
#include <host/routes.h>
#include <netinet/in.h>
#include <socket/address.h>
#include <socket/calls.h>
#include <socket/descriptors.h>
#include <socket/epoll.h>
#include <socket/habits.h>
#include <socket/ports.h>
#include <socket/socket.h>
#include <tcp/calls.h>
#include <tcp/listen.h>
#include <tcp/status.h>
#include <tcp/timewait.h>
#include <time_units.h>
#include <wire/packet.h>

/* The socket of the descriptor, or *error says what is wrong with it. */
static struct tcp_socket *lookup(struct tcpsim_host *host, int fd, int *error)
{
	struct tcp_socket *so = descriptor_socket(host, fd);

	*error = so ? 0 : descriptor_is_socket(host, fd);
	return so;
}

/* --- bind --- */

static bool may_bind_address(const struct tcp_socket *so, const struct tcpsim_addr *addr)
{
	return tcpsim_addr_is_any(addr) || host_owns(so->host, addr) || so->free_bind ||
	       so->host->sys.nonlocal_bind;
}

static int check_bind(const struct tcp_socket *so, const struct tcpsim_addr *addr, uint16_t port)
{
	if (so->tcb || so->listener || so->bound_port || so->bound_addr || so->on_port)
		return -EINVAL;
	if (so->family == AF_INET6 && tcpsim_addr_is_v4(addr) && so->v6only)
		return habits_of(so)->bind_v4_v6only;
	if (!may_bind_address(so, addr))
		return -EADDRNOTAVAIL;
	if (port && port < so->host->sys.port_reserved && so->host->config.unprivileged)
		return -EACCES;
	return port ? ports_conflict(so, addr, port) : 0;
}

int tcpsim_bind(struct tcpsim_host *host, int fd, const struct sockaddr *sa, socklen_t len)
{
	HOST_ENTRY(host);
	if (refused)
		return refused;

	struct tcpsim_addr addr;
	struct tcp_socket *so;
	uint16_t port;
	int error;

	so = lookup(host, fd, &error);
	if (!so)
		return error;
	error = address_read(sa, len, so->family, &addr, &port);
	if (error == -EAFNOSUPPORT && so->family == AF_INET && sa->sa_family == AF_UNSPEC) {
		/* Linux takes AF_UNSPEC for AF_INET with the wildcard address: old programs. */
		struct sockaddr_in v4 = *(const struct sockaddr_in *)(const void *)sa;

		v4.sin_family = AF_INET;
		if (v4.sin_addr.s_addr == 0)
			error = address_read(
				(struct sockaddr *)&v4, sizeof(v4), AF_INET, &addr, &port);
	}
	if (error)
		return error;
	error = check_bind(so, &addr, port);
	if (error)
		return error;
	so->local = addr;
	if (port || !so->late_port)
		error = port ? ports_take(so, port) : ports_choose(so, NULL, 0);
	if (error) {
		so->local = so->family == AF_INET ? ADDR_ANY4 : ADDR_ANY6;
		return error;
	}
	if (so->local_port)
		ports_asked(so);
	so->bound_addr = !tcpsim_addr_is_any(&addr);
	return 0;
}

/* --- listen, accept --- */

int socket_start_over(struct tcp_socket *so)
{
	int error = tcp_disconnect(so);

	if (error)
		return error;
	so->shut = 0;
	so->connect_reported = so->connect_void = false;
	if (!so->bound_port)
		ports_leave(so);
	if (!so->bound_port)
		so->local_port = 0;
	if (!so->bound_addr)
		so->local = so->family == AF_INET ? ADDR_ANY4 : ADDR_ANY6;
	return 0;
}

/* What tcp_connect and tcp_listen copied is no longer the socket's. */
static void hand_over_settings(struct tcp_socket *so)
{
	if (so->tcb || so->listener) {
		pool_give(so->host->pool, so->settings, sizeof(*so->settings));
		so->settings = NULL;
	}
}

int tcpsim_listen(struct tcpsim_host *host, int fd, int backlog)
{
	HOST_ENTRY(host);
	if (refused)
		return refused;

	struct tcp_socket *so;
	int error;

	so = lookup(host, fd, &error);
	if (!so)
		return error;
	if (so->listener) {
		tcp_listener_set_backlog(so->listener, backlog);
		return 0;
	}
	if (so->tcb && (!habits_of(so)->used_again || tcp_tcb_state(so->tcb) != TCPSIM_CLOSED))
		return -EINVAL;
	if (so->tcb)
		error = socket_start_over(so);
	if (!error && !so->on_port)
		error = ports_choose(so, NULL, 0);
	else if (!error &&
		 host->sys.bind_rule == TCPSIM_BIND_LINUX) /* inet_csk_listen_start() asks again */
		error = ports_conflict(so, &so->local, so->local_port);
	if (error)
		return error;
	error = tcp_listen(so, backlog);
	hand_over_settings(so);
	return error;
}

static int check_accept(
	const struct tcp_socket *so, const struct sockaddr *sa, const socklen_t *len, int flags)
{
	if (flags & ~(SOCK_NONBLOCK | SOCK_CLOEXEC) || !so->listener)
		return -EINVAL;
	if (sa && !len)
		return -EFAULT;
	if (tcp_listener_completed(so->listener) == 0)
		return so->error ? -so->error : -EAGAIN;
	return 0;
}

int tcpsim_accept4(struct tcpsim_host *host, int fd, struct sockaddr *sa, socklen_t *len, int flags)
{
	HOST_ENTRY(host);
	if (refused)
		return refused;

	struct tcp_socket *so, *accepted;
	const struct conn *conn;
	int error;

	so = lookup(host, fd, &error);
	if (!so)
		return error;
	error = check_accept(so, sa, len, flags);
	if (error)
		return error;
	if (tcp_accept_aborted(so->listener))
		return -ECONNABORTED;
	accepted = socket_new(host, so->family);
	if (!accepted)
		return -ENOMEM;
	fd = descriptor_take(host, accepted, NULL);
	if (fd < 0) {
		socket_free(accepted);
		return fd;
	}
	accepted->tcb = tcp_accept(so->listener, accepted);
	hand_over_settings(accepted);
	conn = (const struct conn *)accepted->tcb;
	accepted->local = conn->local;
	accepted->local_port = conn->local_port;
	accepted->v6only = so->v6only;
	accepted->reuse_addr = so->reuse_addr;
	accepted->reuse_port = so->reuse_port;
	accepted->priority = so->priority;
	accepted->mark = so->mark;
	accepted->receive_timeout_ns = so->receive_timeout_ns;
	accepted->send_timeout_ns = so->send_timeout_ns;
	accepted->connect_reported = true;
	accepted->nonblocking =
		flags & SOCK_NONBLOCK || (host->sys.accept_inherits && so->nonblocking);
	accepted->close_on_exec = flags & SOCK_CLOEXEC;
	if (sa)
		address_write(so->family, &conn->remote, conn->remote_port, sa, len);
	return fd;
}

/* --- connect --- */

/* The state of a connection that connect() is called on again; 1: it may go on. */
static int connect_again(struct tcp_socket *so)
{
	enum tcpsim_state state = tcp_tcb_state(so->tcb);
	bool reported = so->connect_reported;

	if (so->connect_void)
		return -EINVAL;
	if (state != TCPSIM_CLOSED && (state != TCPSIM_SYN_SENT || reported) &&
		(state != TCPSIM_SYN_RCVD || reported)) {
		so->connect_reported = true;
		return reported ? -EISCONN : 0;
	}
	if (state != TCPSIM_CLOSED)
		return -EALREADY;
	so->connect_reported = true;
	if (reported && habits_of(so)->used_again)
		return habits_of(so)->connect_over; /* and an error is for another call */
	if (so->error || (!reported && habits_of(so)->used_again)) {
		int error = so->error ? socket_take_error(so) : -ECONNABORTED;

		/* Linux inet_stream_connect: who is told so has a fresh socket */
		if (habits_of(so)->used_again)
			socket_start_over(so);
		return error;
	}
	return habits_of(so)->connect_over ? habits_of(so)->connect_over : 1;
}

static int check_destination(const struct tcp_socket *so, struct tcpsim_addr *remote, uint16_t port)
{
	bool v4 = tcpsim_addr_is_v4(remote);

	if (so->family == AF_INET6 && v4 && so->v6only)
		return habits_of(so)->connect_v4_v6only;
	if (v4 != tcpsim_addr_is_v4(&so->local) &&
		!(so->family == AF_INET6 && tcpsim_addr_is_any(&so->local)))
		return -ENETUNREACH;
	if (port == 0 && habits_of(so)->connect_port_0)
		return habits_of(so)->connect_port_0;
	if (tcpsim_addr_is_any(remote)) { /* "this host": RFC 1122 §3.2.1.3(a) */
		*remote = ADDR_ANY6;
		if (v4)
			*remote = tcpsim_addr_v4(0x7f000001);
		else
			remote->b[15] = 1;
	}
	if (addr_is_broadcast_or_multicast(so->host, remote))
		return habits_of(so)->connect_broadcast;
	return 0;
}

/* From the port that it has already: by bind(), or by an earlier connect(). */
static bool tuple_is_taken(
	const struct tcp_socket *so, const struct tcpsim_addr *remote, uint16_t port)
{
	const struct conn *there = demux_find(so->host, &so->local, so->local_port, remote, port);

	return there && !tcp_may_take_over(so->host, there, so->bound_port);
}

int socket_route(struct tcp_socket *so, struct tcpsim_addr *remote, uint16_t port)
{
	const struct route *route;
	int error = check_destination(so, remote, port);

	if (!error)
		error = route_ask(so->host, remote, &so->local, &route);
	if (error)
		return error;
	so->local = route->source;
	if (so->on_port) /* it is bound to less than it was */
		port_changed(so->host, so->local_port);
	if (!so->on_port)
		error = ports_choose(so, remote, port);
	else if (tuple_is_taken(so, remote, port))
		error = habits_of(so)->connect_taken;
	if (error && !so->bound_addr)
		so->local = so->family == AF_INET ? ADDR_ANY4 : ADDR_ANY6;
	return error;
}

int socket_connect(struct tcp_socket *so, const struct tcpsim_addr *to, uint16_t port,
	const struct iovec *data, int n_data, size_t *taken)
{
	struct tcpsim_addr remote = *to;
	int error = socket_route(so, &remote, port);

	if (error)
		return error;
	so->connect_reported = false;
	error = tcp_connect(so, &remote, port, data, n_data, taken);
	if (!error && habits_of(so)->used_again) /* tcp_connect_init */
		so->error = 0;
	hand_over_settings(so);
	if (error && !so->tcb && !so->bound_port) {
		ports_leave(so);
		so->local_port = 0;
	}
	return error;
}

/* TCP_FASTOPEN_CONNECT: with a cookie at hand the SYN waits for the first data (Linux,
 * tcp_fastopen_defer_connect). */
static bool may_defer(struct tcp_socket *so, const struct tcpsim_addr *remote)
{
	const struct peer_memory *peer = peer_memory(so->host, remote, false);

	if (!so->settings->fastopen_client || habits_of(so)->fastopen_is_switch ||
		!(so->host->sys.fastopen & TCPSIM_FASTOPEN_CLIENT) ||
		so->host->fastopen.disabled_until_ns > so->host->now)
		return false;
	return (peer && peer->cookie_len) || so->settings->fastopen_no_cookie ||
	       so->host->sys.fastopen & TCPSIM_FASTOPEN_CLIENT_NO_COOKIE;
}

static int disconnect(struct tcp_socket *so)
{
	if (so->deferred) {
		so->deferred = false;
		return 0;
	}
	if (so->listener) {
		socket_stop_listening(so);
		return 0;
	}
	return so->tcb ? socket_start_over(so) : tcp_disconnect(so);
}

/* What comes before the SYN: 1 if connect() shall go on. */
static int check_connect(struct tcp_socket *so)
{
	int error;

	if (so->listener)
		return habits_of(so)->connect_listening;
	if (so->deferred)
		return -EISCONN; /* as the process was told */
	if (so->connect_cut) {
		so->connect_cut = false;
		tcp_disconnect(so); /* who waited does so once more (inet_stream_connect) */
		return socket_take_error(so);
	}
	if (!so->tcb)
		return 1;
	error = connect_again(so);
	if (error != 1)
		return error;
	error = socket_start_over(so);
	return error ? error : 1;
}

int tcpsim_connect(struct tcpsim_host *host, int fd, const struct sockaddr *sa, socklen_t len)
{
	HOST_ENTRY(host);
	if (refused)
		return refused;

	struct tcpsim_addr remote;
	struct tcp_socket *so;
	uint16_t port;
	int error;

	so = lookup(host, fd, &error);
	if (!so)
		return error;
	if (sa && len >= (socklen_t)sizeof(sa->sa_family) && sa->sa_family == AF_UNSPEC)
		return disconnect(so);
	error = address_read(sa, len, so->family, &remote, &port);
	if (error)
		return error;
	error = check_connect(so);
	if (error != 1)
		return error;
	if (may_defer(so, &remote)) {
		error = socket_route(so, &remote, port);
		if (error)
			return error;
		so->deferred = true;
		so->deferred_remote = remote;
		so->deferred_port = port;
		return 0;
	}
	error = socket_connect(so, &remote, port, NULL, 0, NULL);
	return error ? error : -EINPROGRESS;
}

/* --- the end --- */

static int close_with(struct tcpsim_host *host, int fd, void (*end)(struct tcp_tcb *))
{
	struct tcp_socket *so = descriptor_socket(host, fd);
	struct epoll *epoll = descriptor_epoll(host, fd);

	if (epoll) {
		descriptor_release(host, fd);
		epoll_free(epoll);
		return 0;
	}
	if (!so)
		return -EBADF;
	descriptor_release(host, fd);
	so->fd = -1; /* whatever the machine says now, nobody listens */
	if (so->listener)
		tcp_listener_close(so->listener);
	if (so->tcb)
		end(so->tcb);
	socket_free(so);
	return 0;
}

/* The end of a close() that waited: the connection goes on without its process. BSD's soclose()
 * tells that the time was over first. */
static int close_waited(struct tcpsim_host *host, struct tcp_socket *so)
{
	bool in_vain = tcpsim_lingers(host, so->fd);

	descriptor_release(host, so->fd);
	so->fd = -1;
	tcp_close(so->tcb);
	socket_free(so);
	return in_vain && host->sys.linger_is_told ? -EAGAIN : 0;
}

int tcpsim_close(struct tcpsim_host *host, int fd)
{
	HOST_ENTRY(host);
	if (refused)
		return refused;

	struct tcp_socket *lingering = descriptor_lingering(host, fd);

	return lingering ? close_waited(host, lingering) : close_with(host, fd, tcp_close);
}

int64_t tcpsim_close_lingering(struct tcpsim_host *host, int fd)
{
	HOST_ENTRY(host);
	if (refused)
		return refused;

	struct tcp_socket *so = descriptor_socket(host, fd);
	const struct tcp_settings *settings = so && so->tcb ? tcp_settings_of(so) : NULL;

	if (!settings || !settings->linger || !settings->linger_s ||
		(so->nonblocking && !host->sys.linger_nonblocking) || !tcp_close_lingering(so->tcb))
		return tcpsim_close(host, fd);
	so->lingers = true;
	epoll_forget(so);
	return settings->linger_s * NSEC_PER_SEC;
}

bool tcpsim_lingers(struct tcpsim_host *host, int fd)
{
	HOST_ENTRY(host);
	if (refused)
		return false;

	const struct tcp_socket *so = descriptor_lingering(host, fd);

	return so && tcp_lingering(so->tcb);
}

int tcpsim_abort(struct tcpsim_host *host, int fd)
{
	HOST_ENTRY(host);
	if (refused)
		return refused;

	return close_with(host, fd, tcp_abort);
}

/* --- names --- */

int tcpsim_getsockname(struct tcpsim_host *host, int fd, struct sockaddr *sa, socklen_t *len)
{
	HOST_ENTRY(host);
	if (refused)
		return refused;

	struct tcp_socket *so;
	int error;

	so = lookup(host, fd, &error);
	if (!so)
		return error;
	return !sa || !len ? -EFAULT
			   : address_write(so->family, &so->local, so->local_port, sa, len);
}

int tcpsim_getpeername(struct tcpsim_host *host, int fd, struct sockaddr *sa, socklen_t *len)
{
	HOST_ENTRY(host);
	if (refused)
		return refused;

	const struct conn *conn;
	struct tcp_socket *so;
	enum tcpsim_state state;
	int error;

	so = lookup(host, fd, &error);
	if (!so)
		return error;
	state = so->tcb ? tcp_tcb_state(so->tcb) : TCPSIM_CLOSED;
	if (state == TCPSIM_CLOSED || state == TCPSIM_SYN_SENT)
		return -ENOTCONN;
	conn = (const struct conn *)so->tcb;
	return !sa || !len ? -EFAULT
			   : address_write(so->family, &conn->remote, conn->remote_port, sa, len);
}

uint32_t tcpsim_connection_id(struct tcpsim_host *host, int fd)
{
	HOST_ENTRY(host);
	if (refused)
		return 0;

	const struct tcp_socket *so = descriptor_socket(host, fd);

	return so && so->tcb ? ((const struct conn *)so->tcb)->id : 0;
}

enum tcpsim_state tcpsim_state(struct tcpsim_host *host, int fd)
{
	HOST_ENTRY(host);
	if (refused)
		return TCPSIM_CLOSED;

	const struct tcp_socket *so = descriptor_socket(host, fd);

	if (so && so->listener)
		return TCPSIM_LISTEN;
	return so && so->tcb ? tcp_tcb_state(so->tcb) : TCPSIM_CLOSED;
}
