/* A segment for an entry of the incomplete queue. */
#ifndef TCPSIM_TCP_REQUEST_ARRIVE_H
#define TCPSIM_TCP_REQUEST_ARRIVE_H

#include <tcpsim/event.h>

struct tcp_request;
struct tcpsim_host;
struct tcpsim_packet;
struct wire_packet;

/* A segment for an entry of the incomplete queue. */
void request_arrived(struct tcpsim_host *host, struct tcp_request *request,
	const struct wire_packet *in, struct tcpsim_packet *packet);
/* RST,ACK in its name. */
void request_reset(struct tcpsim_host *host, struct tcp_request *request, enum tcpsim_rule rule);

#endif
