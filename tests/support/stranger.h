/* Segments of other peers than the testkit's own: to its host's port 8080, from any address. */
#ifndef TESTS_SUPPORT_STRANGER_H
#define TESTS_SUPPORT_STRANGER_H

#include <tcpsim/testkit.h>

/* From 198.18.0.0 + from, port 1000, first number 7: a SYN, or what follows it with that ACK. */
void stranger_sends(struct tcpsim_peer *peer, uint32_t from, uint16_t flags, uint32_t ack);
/* A router on the way says by ICMP, type 3, that it could not deliver what left last (and is
 * taken here), whose number was `more` greater in its quote; `mtu` for code 4. False:
 * nothing had left. */
bool stranger_refuses(struct tcpsim_peer *peer, uint8_t code, uint16_t mtu, uint32_t more);
/* How many connections of the host are in SYN-RECEIVED. */
unsigned strangers_remembered(struct tcpsim_peer *peer);

#endif
