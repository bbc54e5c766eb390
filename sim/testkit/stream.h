/* Bytes of both streams: what the process writes and reads, and what of it is known. */
#ifndef SIM_TESTKIT_STREAM_H
#define SIM_TESTKIT_STREAM_H

#include <stdint.h>
#include <tcpsim/old_names.h>

struct tcpsim_peer;
struct tcpsim_segment;

/* Where the first byte differs from what was written, or -1; what is not known is not compared. */
int64_t testkit_wrong_byte(const struct tcpsim_peer *peer, const struct tcpsim_segment *seg);

#endif
