/* The TCP header, RFC 9293 §3.1. */
#ifndef TCPSIM_WIRE_TCP_H
#define TCPSIM_WIRE_TCP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tcpsim_segment;
struct wire_packet;

/* Reads `present` bytes of a body that was `total` long. */
void wire_parse_tcp(
	const uint8_t *body, size_t present, size_t total, unsigned flags, struct wire_packet *out);
/* Whether the checksum of the TCP header at `header` with this payload (NULL: zeros) holds. */
bool wire_tcp_sum_holds(const struct tcpsim_segment *s, const uint8_t *header,
	const uint8_t *payload, uint32_t len);

#endif
