/* Segments to packets: the one place where TCP hands something to the network. */
#ifndef TCPSIM_TCP_EMIT_H
#define TCPSIM_TCP_EMIT_H

#include <stdint.h>
#include <tcpsim/event.h>

struct tcpsim_chunk;
struct tcpsim_host;

/*
 * Any segment of this host: builds the packet, hands it to the network, tells the event. `segment`
 * has addresses, ports, numbers, flags, window, options.raw; payload is `data` in `chunk` (NULL
 * with a length: a fill).
 */
void tcp_emit(struct tcpsim_host *host, struct tcpsim_segment *segment, struct tcpsim_chunk *chunk,
	uint16_t interface, uint32_t connection, enum tcpsim_state state, enum tcpsim_rule rule);
/* RST in answer to a segment that belongs nowhere: RFC 9293 §3.5.2. */
void tcp_refuse(struct tcpsim_host *host, const struct tcpsim_segment *in, uint16_t interface,
	uint32_t connection, enum tcpsim_state state, enum tcpsim_rule rule);

#endif
