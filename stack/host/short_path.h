/*
 * Whether a host takes its short paths: what is asked once of a connection's pair of addresses
 * (ip/ip.c), the expected segment's way past checks that would let it through (tcp/arrive.c), ACKs that
 * say nothing (tcp/ack.c, tcp/sender_ack.c), plain segments (tcp/plain.h). All of them end where the
 * long way does; tests take that, too, and hold the events of both against each other
 * (tests/e2e/soak.c).
 */
#ifndef TCPSIM_HOST_SHORT_PATH_H
#define TCPSIM_HOST_SHORT_PATH_H

#include <host/host.h>

static inline bool host_takes_short_path(const struct tcpsim_host *host)
{
	return !host->long_way;
}

/* From now on it asks everything each time. */
void host_take_long_way(struct tcpsim_host *host);

#endif
