/*
 * The same packet twice in a capture: two interfaces, a mirrored port, a router's both sides, a
 * network that doubles it.
 */
#ifndef TCPSIM_TRACES_OBSERVER_TWICE_H
#define TCPSIM_TRACES_OBSERVER_TWICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct observed_segment;
struct passing;

/* What makes this packet this packet: `len` bytes of TCP, and what the segment says. */
uint32_t observer_signature(const struct observed_segment *seen, const uint8_t *tcp, size_t len);
/* The capture holds it already. */
bool observer_seen_twice(struct passing *p, uint32_t sign);

#endif
