/* Tunnels: what an IP protocol or a UDP port carries that is a packet again. */
#ifndef TCPSIM_TRACES_DECAPSULATION_TUNNEL_H
#define TCPSIM_TRACES_DECAPSULATION_TUNNEL_H

#include "traces/decapsulation/layers.h"
#include <stdint.h>

/* Tunnels, decapsulation/tunnel.c. */
enum layer layer_mpls(struct cursor *c);
enum layer layer_gre(struct cursor *c);
enum layer layer_erspan(struct cursor *c);
enum layer layer_nsh(struct cursor *c);
enum layer layer_udp(struct cursor *c);
/* The body of an IP datagram of this protocol, the cursor standing on it. */
enum layer layer_ip_protocol(struct cursor *c, uint8_t protocol);

#endif
