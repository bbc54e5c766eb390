/*
 * Where the network hands TCP what it got. The packet is the callee's from here; its segment has
 * been parsed and its destination is an address of this host.
 */
#ifndef TCPSIM_TCP_INPUT_H
#define TCPSIM_TCP_INPUT_H

#include <host/demux.h>
#include <host/host.h>
#include <wire/wire.h>

/* A TCP segment: SEGMENT ARRIVES, RFC 9293 §3.10.7. `conn`: what tcp_find() says of it. */
void tcp_input(struct tcpsim_host *host, const struct wire_packet *in, struct tcpsim_packet *packet,
	struct conn *conn);
/* The entry that a segment is for, or NULL. */
static inline struct conn *tcp_find(struct tcpsim_host *host, const struct tcpsim_segment *seg)
{
	return demux_find(host, &seg->dst, seg->dst_port, &seg->src, seg->src_port);
}
/* A segment for this entry will come soon: asks for its memory, and does not look at it. */
void tcp_prefetch(const struct conn *conn);
/* Kills connections as tcpdrop does: see tcpsim_host_drop. */
bool tcp_drop_connection(struct tcpsim_host *host, struct conn *conn);
/* Fills the row of whatever stands in the demultiplexing table. */
void tcp_describe(const struct conn *conn, struct tcpsim_socket_row *row);
/* Frees a table entry without a word to anybody: the host goes away. */
void tcp_forget(struct tcpsim_host *host, struct conn *conn);

#endif
