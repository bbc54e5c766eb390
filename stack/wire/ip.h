/*
 * IP datagrams: the header of either version, its options or extension headers, its lengths, its
 * fragments.
 */
#ifndef TCPSIM_WIRE_IP_H
#define TCPSIM_WIRE_IP_H

#include <stddef.h>
#include <stdint.h>

struct tcpsim_packet;
struct wire_packet;

/*
 * Steps over IPv6 extension headers from `at` (whose kind is *next) to what they precede, or to a
 * fragment header: returns its offset with its kind in *next, or 0 if the bytes end first. RFC 8200
 * §4.1.
 */
size_t wire_skip_extensions(const uint8_t *bytes, size_t len, size_t at, uint8_t *next);
/* Reads one IP datagram. Never fails otherwise than by out->kind; out borrows from bytes. */
void wire_parse(const uint8_t *bytes, size_t len, unsigned flags, struct wire_packet *out);
/* The same of a datagram that was `original` bytes long, of which `len` are here: WIRE_CUT that
 * knows the end. */
void wire_parse_cut(
	const uint8_t *bytes, size_t len, size_t original, unsigned flags, struct wire_packet *out);
/* The same of a packet, whose payload lies apart from its headers; a packet with good sums is not
 * summed again. */
void wire_parse_packet(const struct tcpsim_packet *packet, unsigned flags, struct wire_packet *out);

#endif
