/* Segments of other peers than the testkit's own: to its host's port 8080, from any address. */
#ifndef TESTS_SUPPORT_STRANGER_H
#define TESTS_SUPPORT_STRANGER_H

#include <tcpsim/testkit.h>

/* From 198.18.0.0 + from, port 1000, first number 7: a SYN, or what follows it with that ACK. */
void stranger_sends(struct peer *peer, uint32_t from, uint16_t flags, uint32_t ack);
/* How many connections of the host are in SYN-RECEIVED. */
unsigned strangers_remembered(struct peer *peer);

#endif
