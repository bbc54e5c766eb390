/* What an ICMP error does to a connection, by the profile's table. */
#ifndef TCPSIM_TCP_ICMP_H
#define TCPSIM_TCP_ICMP_H

struct tcpsim_host;
struct wire_packet;

/* An ICMP error that quotes a TCP segment: RFC 1122 §4.2.3.9, RFC 5927. */
void tcp_icmp(struct tcpsim_host *host, const struct wire_packet *in);

#endif
