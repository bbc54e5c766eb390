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
/* §3.10.3 RECEIVE. Bytes given, 0 at the end of the stream, -EAGAIN, -ENOTCONN, or the pending
 * error. buf NULL with a length: discard (MSG_TRUNC). */
ssize_t tcp_receive(struct tcp_tcb *tcb, const struct iovec *iov, int n_iov, int flags);
/* tcpsim_view. */
size_t tcp_view(const struct tcp_tcb *tcb, size_t skip, void *out, size_t size);
/* Urgent byte (MSG_OOB), RFC 6093. -EINVAL: none; -EAGAIN: announced, not here yet. */
ssize_t tcp_receive_urgent(struct tcp_tcb *tcb, uint8_t *byte, int flags);
bool tcp_at_mark(const struct tcp_tcb *tcb);
int tcp_shutdown(struct tcp_tcb *tcb, int how);
/* SYN-RECEIVED is over: shutdown() that came before is made good. */
void tcp_shut_meanwhile(struct tcp_tcb *tcb);
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

/* Linux tcp_disconnect: what a socket goes on telling of a connection that it has no more. */
struct tcp_relics {
	uint32_t snd_mss, adv_mss, mtu;
	uint32_t rcv_ssthresh, rcv_space, rcv_wnd, snd_wnd, reordering;
	uint32_t unacked, unsent; /* as SIOCOUTQ and SIOCOUTQNSD have them */
	tcpsim_seq next_iss;	  /* the next connection's first number: 0: any */
	uint32_t gap;		  /* between that and its own numbers */
	uint8_t retransmits;
};

#endif
