/*
 * Places in the stream that a process asked to hear of: the end of a MSG_ZEROCOPY write (may its
 * buffer be used again?) and the last byte of a write under SO_TIMESTAMPING (when did it leave,
 * when was it acknowledged?). The answer goes to the error queue.
 * Documentation/networking/msg_zerocopy.rst and timestamping.rst.
 */
#ifndef TCPSIM_SOCKET_MARKS_H
#define TCPSIM_SOCKET_MARKS_H

#include <tcp/socket.h>

/* A write took that many bytes: remembers its end if somebody asked. */
void marks_write(struct tcp_socket *so, size_t bytes, int flags);
/* SO_TIMESTAMPING was set: with SOF_TIMESTAMPING_OPT_ID bytes count from the first unacknowledged
 * one. */
void marks_start_count(struct tcp_socket *so);
/* Text left or was acknowledged: what is told of the places that it reaches. */
void marks_progress(struct tcp_socket *so);
void marks_free(struct tcp_socket *so);

#endif
