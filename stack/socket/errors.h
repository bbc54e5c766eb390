/*
 * The error queue of a socket: what recvmsg(MSG_ERRQUEUE) gives. IP_RECVERR's ICMP errors,
 * MSG_ZEROCOPY's completions, SO_TIMESTAMPING's send times. ip(7),
 * Documentation/networking/{msg_zerocopy,timestamping}.rst.
 */
#ifndef TCPSIM_SOCKET_ERRORS_H
#define TCPSIM_SOCKET_ERRORS_H

#include <sys/socket.h>
#include <tcp/socket.h>
#include <wire/linux_abi.h>
#include <wire/wire.h>

/* A send time. -ENOMEM. */
int errors_add_time(struct tcp_socket *so, const struct sock_extended_err *error, int64_t time_ns);
/* A MSG_ZEROCOPY write is done: joins the entry before it if its numbers end there. */
void errors_add_zerocopy(struct tcp_socket *so, uint32_t id);
/* An ICMP error, as the message told it, with the address that was tried and the quoted header. */
void errors_add_icmp(struct tcp_socket *so, const struct wire_packet *in, int error);
bool errors_pending(const struct tcp_socket *so);
void errors_free(struct tcp_socket *so);
/* MSG_ERRQUEUE: the first entry as control messages, and of an ICMP error the quoted header as text;
 * its length, or -EAGAIN. */
ssize_t errors_receive(struct tcp_socket *so, struct msghdr *msg);

/* Appends a control message if there is room, else sets MSG_CTRUNC; *used counts what msg_control
 * holds. */
void control_add(
	struct msghdr *msg, size_t *used, int level, int type, const void *data, size_t len);

#endif
