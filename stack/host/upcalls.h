/*
 * What a host's lower modules tell those above them, which they do not know: the machine (tcp/) its
 * sockets, the table of ports whoever is bound there, the door whoever owns the host. One table,
 * given to a host at its birth (api/host.c).
 */
#ifndef TCPSIM_HOST_UPCALLS_H
#define TCPSIM_HOST_UPCALLS_H

#include <stdbool.h>
#include <stdint.h>
#include <tcpsim/addr.h>

struct port;
struct tcp_settings;
struct tcp_socket;
struct tcpsim_host;
struct wire_packet;

struct host_upcalls {
	/* The outermost call returns, and the host is to be freed. */
	void (*end)(struct tcpsim_host *host);
	/* A socket's readiness changed (POLLIN ...): whoever waits is woken, edge-triggered watches
	 * are fed. */
	void (*wake)(struct tcp_socket *so, short events);
	/* An ICMP error for its error queue, as the message told it. */
	void (*icmp_error)(struct tcp_socket *so, const struct wire_packet *in, int error);
	/* Text of it left or was acknowledged, and it has marks in the stream. */
	void (*progress)(struct tcp_socket *so);
	/* The settings of a socket that is bound to the port and neither listens nor is connected;
	 * NULL: none is. */
	const struct tcp_settings *(*bound_settings)(
		struct tcpsim_host *host, const struct tcpsim_addr *local, uint16_t port);
	/* Somebody is bound to that port, and all who are said SO_REUSEADDR. */
	bool (*all_reuse)(const struct port *port);
};

#endif
