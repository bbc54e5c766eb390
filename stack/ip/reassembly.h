/*
 * Putting fragments together: RFC 791 §3.2, RFC 8200 §4.5. Fragments that overlap end the whole
 * datagram (RFC 5722 §3, which Linux and FreeBSD apply to IPv4 as well). A datagram that is not
 * complete after 30 s (RFC 1122 §3.3.2 asks for 60 to 120, systems wait 30) is forgotten, and so
 * is the oldest when there are too many.
 */
#ifndef TCPSIM_IP_REASSEMBLY_H
#define TCPSIM_IP_REASSEMBLY_H

struct reassembly;
struct tcpsim_host;
struct tcpsim_packet;
struct wire_packet;

/* --- reassembly.c: RFC 791 §3.2, RFC 8200 §4.5, RFC 5722 --- */
struct reassembly *reassembly_new(void);
void reassembly_free(struct tcpsim_host *host);
/* Takes a fragment (borrowed); returns the whole datagram when this was the last fragment, owned by
 * the caller. */
struct tcpsim_packet *reassembly_add(struct tcpsim_host *host, const struct wire_packet *in);

#endif
