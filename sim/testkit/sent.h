/* What goes in, and what came out held against what was expected, field by field. */
#ifndef SIM_TESTKIT_SENT_H
#define SIM_TESTKIT_SENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <tcpsim/old_names.h>

struct tcpsim_peer;
struct wire_packet;

/* The next datagram that was sent to it, parsed; false: none. `bytes` must live as
 * long as `out`. */
bool testkit_next_sent(
	struct tcpsim_peer *peer, uint8_t *bytes, size_t size, struct wire_packet *out);

#endif
