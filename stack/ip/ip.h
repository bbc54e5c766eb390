/* What comes in from an interface: the checks of RFC 1122 §3.2 and the way up. Owns the packet it
 * is given. */
#ifndef TCPSIM_IP_IP_H
#define TCPSIM_IP_IP_H

#include <host/host.h>

void ip_input(struct tcpsim_host *host, struct tcpsim_packet *packet);

#endif
