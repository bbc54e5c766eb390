/*
 * The machine's user calls, RFC 9293 §3.10.1 to §3.10.6, as the socket layer makes them. Errors are
 * negative errnos. A struct tcp_tcb is the machine's; the socket layer holds a pointer from
 * tcp_connect or tcp_accept until tcp_close or tcp_abort, and must not use it afterwards.
 */
#ifndef TCPSIM_TCP_CALLS_H
#define TCPSIM_TCP_CALLS_H

#include <sys/uio.h>
#include <tcp/socket.h>
#include <tcpsim/socket.h>

/* §3.10.1, active: makes so->tcb from so (local address and port are chosen by now) and sends the
 * SYN. `data`: Fast Open, NULL otherwise; *taken is how much of it was taken. 0 (on its way) or
 * -errno. */
int tcp_connect(struct tcp_socket *so, const struct tcpsim_addr *remote, uint16_t remote_port,
	const struct iovec *data, int n_data, size_t *taken);
/* May a new connection of this host take that entry's 4-tuple over? It is in TIME-WAIT, and RFC
 * 6191 §2 and the profile permit it. `bound`: the process asked for the port. */
bool tcp_may_take_over(const struct tcpsim_host *host, const struct conn *conn, bool bound);
/* In how many ns it may, if the entry stays as it is: 0 now, INT64_MAX never. */
int64_t tcp_take_over_wait(const struct tcpsim_host *host, const struct conn *conn, bool bound);
/* §3.10.1, passive: makes so->listener, CLOSED to LISTEN. The backlog is as the process gave it. */
int tcp_listen(struct tcp_socket *so, int backlog);
void tcp_listener_set_backlog(struct tcp_listener *listener, int backlog);
/* Ends a listener: its incomplete entries are forgotten, its completed connections reset. */
/* It listens no longer; connections that its queues hold go on. */
void tcp_listener_shut(struct tcp_listener *listener);
void tcp_listener_close(struct tcp_listener *listener);
/* The front of the completed queue, now without queue and with `so` as its socket; NULL: none
 * waits. */
/* The first of the queue was reset while it waited, and the system says so: it is let go. */
bool tcp_accept_aborted(struct tcp_listener *listener);
struct tcp_tcb *tcp_accept(struct tcp_listener *listener, struct tcp_socket *so);
/* The id that its events carry. */
uint32_t tcp_listener_id(const struct tcp_listener *listener);
/* Completed connections that wait; and how many may. */
uint32_t tcp_listener_completed(const struct tcp_listener *listener);
uint32_t tcp_listener_backlog(const struct tcp_listener *listener);

/* §3.10.2 SEND. Bytes taken (> 0), -EAGAIN when no buffer space, -EPIPE, or the pending error. */
ssize_t tcp_send(struct tcp_tcb *tcb, const struct iovec *iov, int n_iov, int flags);
/* §3.10.3 RECEIVE. Bytes given, 0 at the end of the stream, -EAGAIN, -ENOTCONN, or the pending
 * error. buf NULL with a length: discard (MSG_TRUNC). */
ssize_t tcp_receive(struct tcp_tcb *tcb, const struct iovec *iov, int n_iov, int flags);
/* tcpsim_view. */
size_t tcp_view(const struct tcp_tcb *tcb, size_t skip, void *out, size_t size);
/* Urgent byte (MSG_OOB), RFC 6093. -EINVAL: none; -EAGAIN: announced, not here yet. */
ssize_t tcp_receive_urgent(struct tcp_tcb *tcb, uint8_t *byte, int flags);
bool tcp_at_mark(const struct tcp_tcb *tcb);
int tcp_shutdown(struct tcp_tcb *tcb, int how);
/* §3.10.4 CLOSE: the process lets go. Sends FIN or, by linger and profile, RST. */
void tcp_close(struct tcp_tcb *tcb);
/* The same for a process that waits until its text and FIN are acknowledged (SO_LINGER with a
 * time): what tcp_close begins with, but the socket keeps the connection, and calls tcp_close when
 * the waiting is over. False: there is nothing to wait for. */
bool tcp_close_lingering(struct tcp_tcb *tcb);
/* Text or the FIN is still to be acknowledged. */
bool tcp_lingering(const struct tcp_tcb *tcb);
/* §3.10.5 ABORT. */
void tcp_abort(struct tcp_tcb *tcb);
/* connect(AF_UNSPEC): aborts or closes the connection and leaves so fresh. */
int tcp_disconnect(struct tcp_socket *so);

/* §3.10.6 STATUS. */
enum tcpsim_state tcp_tcb_state(const struct tcp_tcb *tcb);
short tcp_poll(const struct tcp_tcb *tcb);
bool tcp_stream_ended(const struct tcp_tcb *tcb); /* the peer's FIN was here */
uint32_t tcp_readable(const struct tcp_tcb *tcb); /* FIONREAD, SIOCINQ */
uint32_t tcp_unacked(const struct tcp_tcb *tcb);  /* SIOCOUTQ: queued and not acknowledged */
/* A process asked and was told that it may not write: it is woken when it may. */
void tcp_want_space(struct tcp_tcb *tcb);
uint32_t tcp_unsent(const struct tcp_tcb *tcb); /* SIOCOUTQNSD */
/* What the two ioctls say of a socket, whatever became of its connection. */
uint32_t tcp_outq(const struct tcp_socket *so, bool unsent);
/* The settings that stand for the socket: the connection's, the listener's or its own. */
struct tcp_settings *tcp_settings_of(struct tcp_socket *so);
/* Copies settings to so->settings, which is made if need be. */
void tcp_settings_keep(struct tcp_socket *so, const struct tcp_settings *settings);
/* A setting changed that may move timers; with `push` one that held text back lets it go (cork off,
 * nodelay on). */
void tcp_settings_changed(struct tcp_tcb *tcb, bool push);
/* The errno that ICMP left behind, and the connection did not end of; it is forgotten. */
int tcp_take_soft_error(struct tcp_tcb *tcb);
/* TCP_QUICKACK: of a connection it is what it is doing, and passes. */
void tcp_set_quickack(struct tcp_socket *so, int value);
bool tcp_quickack(struct tcp_socket *so);
/* TCP_WINDOW_CLAMP was set in the settings; and what it is. */
void tcp_set_window_clamp(struct tcp_socket *so);
uint32_t tcp_window_clamp(struct tcp_socket *so);
struct cc_ops;
/* TCP_CONGESTION: a connection goes on with it at once. 0; -EPERM: the route has fixed it. */
int tcp_set_congestion(struct tcp_socket *so, const struct cc_ops *ops);
union tcp_cc_info;
/* TCP_CC_INFO: what congestion control tells of itself; how many bytes, 0 if nothing. */
size_t tcp_cc_info(const struct tcp_tcb *tcb, union tcp_cc_info *info);
struct tcpsim_tcp_info;
/* TCP_INFO, every member. */
void tcp_fill_info(const struct tcp_tcb *tcb, struct tcpsim_tcp_info *info);
/* Of a socket that listens, or has no connection. */
/* Linux tcp_disconnect: what a socket goes on telling of a connection that it has no more. */
struct tcp_relics {
	uint32_t snd_mss, adv_mss, mtu;
	uint32_t rcv_ssthresh, rcv_space, rcv_wnd, snd_wnd, reordering;
	uint32_t unacked, unsent; /* as SIOCOUTQ and SIOCOUTQNSD have them */
	uint32_t gap;		  /* between its numbers and the next connection's */
	uint8_t retransmits;
};
void tcp_keep_relics(struct tcp_socket *so, const struct tcp_tcb *tcb);
/* Disconnected once more: the next connection's numbers move on by the gap again. */
void tcp_move_relics(struct tcp_socket *so);
void tcp_fill_info_without(const struct tcp_socket *so, struct tcpsim_tcp_info *info);
/* MSS for TCP_MAXSEG, header size excluded; path MTU for IP_MTU. */
uint32_t tcp_current_mss(const struct tcp_tcb *tcb);
uint32_t tcp_current_mtu(const struct tcp_tcb *tcb);
/* Initial buffers and values of a fresh socket. */
void tcp_settings_init(struct tcp_settings *settings, const struct tcpsim_profile *sys);

#endif
