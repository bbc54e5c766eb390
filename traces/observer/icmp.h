/* An ICMP error and the connection whose segment it quotes. */
#ifndef TCPSIM_TRACES_ICMP_H
#define TCPSIM_TRACES_ICMP_H

#include <stdint.h>

struct flow;
struct observed_icmp;
struct observed_packet;
struct observer;
struct wire_packet;

/* An ICMP error passed. Returns the connection it is about, or NULL. */
struct flow *observer_icmp(
	struct observer *o, const struct wire_packet *wire, const struct observed_packet *packet);
/* What was remembered of packet `number`, or NULL. */
const struct observed_icmp *observer_icmp_at(const struct observer *o, uint64_t number);

#endif
