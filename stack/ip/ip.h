/* What comes in from an interface: the checks of RFC 1122 §3.2 and the way up. Owns the packet it
 * is given. */
#ifndef TCPSIM_IP_IP_H
#define TCPSIM_IP_IP_H

#include <host/host.h>

void ip_input(struct tcpsim_host *host, struct tcpsim_packet *packet);

/* --- icmp.c --- */
/* An ICMP message for this host: errors go to TCP, echo requests are answered. The packet stays the
 * caller's. */
void icmp_input(struct tcpsim_host *host, struct wire_packet *in);

/* --- reassembly.c: RFC 791 §3.2, RFC 8200 §4.5, RFC 5722 --- */
struct reassembly *reassembly_new(void);
void reassembly_free(struct tcpsim_host *host);
/* Takes a fragment (borrowed); returns the whole datagram when this was the last piece, owned by
 * the caller. */
struct tcpsim_packet *reassembly_add(struct tcpsim_host *host, const struct wire_packet *in);

#endif
