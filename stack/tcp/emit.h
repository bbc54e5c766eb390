/* Segments to packets: the one place where TCP hands something to the network. */
#ifndef TCPSIM_TCP_EMIT_H
#define TCPSIM_TCP_EMIT_H

#include <stdint.h>
#include <tcpsim/event.h>

struct tcpsim_chunk;
struct tcpsim_host;
struct tcpsim_packet;

/*
 * Any segment of this host: builds the packet, hands it to the network, tells the event. `segment`
 * has addresses, ports, numbers, flags, window, options.raw; payload is `data` in `chunk` (NULL
 * with a length: a fill).
 */
void tcp_emit(struct tcpsim_host *host, struct tcpsim_segment *segment, struct tcpsim_chunk *chunk,
	uint16_t interface, uint32_t connection, enum tcpsim_state state, enum tcpsim_rule rule);
/* Whose a segment is, and why it left. */
struct tcp_occasion {
	uint32_t connection;
	enum tcpsim_state state;
	enum tcpsim_rule rule;
};
/* The packet is built: for whoever listens, and `segment` is what it says. */
void tcp_emit_tell(struct tcpsim_host *host, const struct tcpsim_packet *packet,
	const struct tcpsim_segment *segment, const struct tcp_occasion *why);
/* Does a packet that goes there forbid routers to cut it? `mode`: enum pmtu_mode. */
bool tcp_forbids_fragments(struct tcpsim_host *host, const struct tcpsim_addr *dst, uint8_t mode);
/* What stands for it where there is no connection to ask. */
uint8_t tcp_answer_pmtu_mode(const struct tcpsim_host *host);
/* RST in answer to a segment that belongs nowhere: RFC 9293 §3.5.2. */
void tcp_refuse(struct tcpsim_host *host, const struct tcpsim_segment *in, uint16_t interface,
	uint32_t connection, enum tcpsim_state state, enum tcpsim_rule rule);

#endif
