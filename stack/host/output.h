/* What leaves the modules of a host. */
#ifndef TCPSIM_HOST_OUTPUT_H
#define TCPSIM_HOST_OUTPUT_H

#include <host/host.h>

/* Takes the packet (owned) and puts it last in what tcpsim_host_transmit gives out. */
void host_send(struct tcpsim_host *host, struct tcpsim_packet *packet);
/* Completes the event with time and host and hands it on. Ask host_listens() first where building
 * it costs. */
void host_event(struct tcpsim_host *host, struct tcpsim_event *event);

#endif
