/*
 * IP fragments on their way to a datagram, as packets: who writes some packets of a capture again
 * needs all that a segment came in, and learns only with the last one whose they were. A thousand of
 * the latest are kept; they are owned here until they are taken.
 */
#ifndef TCPSIM_TRACES_DECAPSULATION_FRAGMENT_PACKETS_H
#define TCPSIM_TRACES_DECAPSULATION_FRAGMENT_PACKETS_H

#include "traces/capture/reader.h"

struct fragment_packets;

struct fragment_packets *fragment_packets_new(void);
void fragment_packets_free(struct fragment_packets *p);
/* Each packet of the capture, in order. */
void fragment_packets_look(struct fragment_packets *p, const struct capture_packet *packet);
/* Hands out the fragments that came before the packet looked at last, if that put a datagram
 * together. */
void fragment_packets_take(struct fragment_packets *p,
	void (*take)(void *context, const struct capture_packet *packet), void *context);

#endif
