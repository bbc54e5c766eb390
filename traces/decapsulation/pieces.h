/*
 * IP fragments on their way to a datagram, as packets: who writes some packets of a capture again
 * needs all that a segment came in, and learns only with the last one whose they were. A thousand of
 * the latest are kept; they are owned here until they are taken.
 */
#ifndef TCPSIM_TRACES_DECAPSULATION_PIECES_H
#define TCPSIM_TRACES_DECAPSULATION_PIECES_H

#include "traces/capture/reader.h"

struct pieces;

struct pieces *pieces_new(void);
void pieces_free(struct pieces *p);
/* Each packet of the capture, in order. */
void pieces_look(struct pieces *p, const struct capture_packet *packet);
/* Hands out the fragments that came before the packet looked at last, if that put a datagram
 * together. */
void pieces_take(struct pieces *p, void (*take)(void *context, const struct capture_packet *piece),
	void *context);

#endif
