/* The TCP header, RFC 9293 §3.1. */
#ifndef TCPSIM_WIRE_TCP_H
#define TCPSIM_WIRE_TCP_H

#include <stddef.h>
#include <stdint.h>

struct wire_packet;

/* Reads `present` bytes of a body that was `total` long. */
void wire_parse_tcp(
	const uint8_t *body, size_t present, size_t total, unsigned flags, struct wire_packet *out);

#endif
