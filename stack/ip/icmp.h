/* ICMP and ICMPv6 for this host. */
#ifndef TCPSIM_IP_ICMP_H
#define TCPSIM_IP_ICMP_H

struct tcpsim_host;
struct wire_packet;

/* An ICMP message for this host: errors go to TCP, echo requests are answered. The packet stays the
 * caller's. */
void icmp_input(struct tcpsim_host *host, struct wire_packet *in);

#endif
