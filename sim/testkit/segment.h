/* A packet as text, read and checked for what the testkit can send or compare. */
#ifndef SIM_TESTKIT_SEGMENT_H
#define SIM_TESTKIT_SEGMENT_H

#include "script/language/ast.h"
#include "testkit/internal.h"

/* NULL, and the test has failed, if the text is not a packet that `call` can use; else to be freed
 * with script_free(). Its events->packet is the packet. */
struct script *testkit_parse(
	const char *call, const struct tcpsim_peer *peer, const char *text, bool outbound);

/* The options as on the wire. `sack` is added to the edges of SACK blocks: what
 * the first number of the side is that they speak of. */
size_t testkit_options(
	const struct script_packet *packet, uint32_t sack, uint8_t out[TCPSIM_MAX_OPTIONS_LEN]);

#endif
