/*
 * IP fragments put together again, RFC 791 §3.2, RFC 815, RFC 8200 §4.5. Where fragments overlap
 * the bytes that came first stand, and it is counted (a host would drop such an IPv6 datagram
 * whole, RFC 5722 §4; a reader of captures wants to see). Memory is bounded: the datagram that
 * began first goes when there is no room, or when capture time has passed it by.
 */
#ifndef TCPSIM_TRACES_DECAPSULATION_FRAGMENTS_H
#define TCPSIM_TRACES_DECAPSULATION_FRAGMENTS_H

#include "traces/decapsulation/decapsulation.h"

struct fragments;

enum fragments_result {
	FRAGMENTS_WAIT,	 /* taken; the datagram is not whole yet */
	FRAGMENTS_WHOLE, /* *datagram is */
	FRAGMENTS_BAD,	 /* fits no datagram */
};

struct fragments *fragments_new(void);
void fragments_free(struct fragments *f);

/*
 * One fragment as wire_parse found it (kind WIRE_FRAGMENT, its body complete). When the datagram is
 * whole *datagram is an IP datagram without fragmentation, made from the first fragment's header:
 * it lives until the next call.
 */
enum fragments_result fragments_add(struct fragments *f, const struct wire_packet *w,
	int64_t time_ns, const uint8_t **datagram, size_t *len);

/* A lone fragment's body behind a header of its own, as if it were a datagram; for a first fragment
 * cut by the snaplen. `w` may lie in what these functions handed out last. */
const uint8_t *fragments_alone(struct fragments *f, const struct wire_packet *w, size_t *len);

/* Gives up what is still open. */
void fragments_finish(struct fragments *f);

struct decapsulation_fragments fragments_counts(const struct fragments *f);
/* Fragments of datagrams given up so far. */
uint64_t fragments_lost(const struct fragments *f);

#endif
