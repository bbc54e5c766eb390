/*
 * A replay that looks on while packets pass, in place of reading a capture of them: what it finds
 * is what it would find in the capture. A segment is read where it lies; only what is no plain TCP
 * is laid out as bytes.
 */
#ifndef TCPSIM_TRACES_REPLAY_TAP_H
#define TCPSIM_TRACES_REPLAY_TAP_H

#include <stdint.h>

struct replay;
struct tcpsim_packet;

/* The next packet passes, by that interface; one that a capture would hold (world/capture.h).
 * `replay` is of replay_new(). */
void tap_packet(struct replay *replay, unsigned interface, int64_t time_ns,
	const struct tcpsim_packet *packet);

#endif
