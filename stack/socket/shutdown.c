/* shutdown: what it does to a connection, to a listener, and to a connect() under way. UNP §6.6. */
#include <errno.h>
#include <host/entry.h>
#include <socket/calls.h>
#include <socket/descriptors.h>
#include <socket/habits.h>
#include <socket/socket.h>
#include <sys/socket.h>
#include <tcp/calls.h>
#include <tcp/listen.h>
#include <tcp/status.h>

/* Linux inet_shutdown: before the handshake's answer it is as if the process had disconnected, and
 * whoever waits for the connection is told of a reset. */
static int cut_connect(struct tcp_socket *so)
{
	int error = socket_start_over(so);

	if (error)
		return error;
	so->connect_cut = !so->nonblocking;
	socket_fail(so, ECONNRESET);
	return 0;
}

/* Linux inet_shutdown: SS_CONNECTING ends as SS_CONNECTED or SS_DISCONNECTING. */
static void end_connect(struct tcp_socket *so)
{
	enum tcpsim_state state = tcp_tcb_state(so->tcb);

	if (so->connect_reported || !habits_of(so)->shutdown_answers_connect)
		return;
	if (state == TCPSIM_SYN_RCVD || state == TCPSIM_CLOSED)
		so->connect_void = so->nonblocking; /* else a connect() waits, and is told */
	else
		so->connect_reported = true;
}

int tcpsim_shutdown(struct tcpsim_host *host, int fd, int how)
{
	HOST_ENTRY(host);
	if (refused)
		return refused;

	struct tcp_socket *so;
	int error;

	error = descriptor_is_socket(host, fd);
	if (error)
		return error;
	so = descriptor_socket(host, fd);
	if (how != SHUT_RD && how != SHUT_WR && how != SHUT_RDWR)
		return -EINVAL;
	if (so->listener && habits_of(so)->shutdown_unlistens && how != SHUT_WR) {
		socket_stop_listening(so);
		socket_wake(so, POLLIN | POLLHUP);
		return 0;
	}
	if (so->listener && how != SHUT_RD && host->sys.shutdown_ends_listen) {
		tcp_listener_shut(so->listener); /* 4.4BSD tcp_usrclosed */
		socket_fail(so, ECONNABORTED);	 /* to accept(), once nothing waits any more */
	}
	if (so->listener && (host->sys.shutdown_ends_listen || habits_of(so)->listener_shuts))
		return 0;
	if (so->tcb && host->sys.shutdown_disconnects && tcp_tcb_state(so->tcb) == TCPSIM_SYN_SENT)
		return cut_connect(so);
	if (so->tcb) {
		end_connect(so);
		return tcp_shutdown(so->tcb, how);
	}
	/* Linux inet_shutdown, "hack to wake up other listeners": who reads is told the end, and what
	 * connects later is shut from the beginning */
	if (habits_of(so)->end_goes_first)
		so->shut |= (how != SHUT_WR ? 1 : 0) | (how != SHUT_RD ? 2 : 0);
	return -ENOTCONN;
}
