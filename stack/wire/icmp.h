/* ICMP and ICMPv6 messages: errors with the header they quote. */
#ifndef TCPSIM_WIRE_ICMP_H
#define TCPSIM_WIRE_ICMP_H

#include <stddef.h>
#include <stdint.h>

struct wire_packet;

/* Reads `present` bytes of a body that was `total` long. */
void wire_parse_icmp(
	const uint8_t *body, size_t present, size_t total, unsigned flags, struct wire_packet *out);

#endif
