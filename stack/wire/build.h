/* Segments and ICMP errors, written. */
#ifndef TCPSIM_WIRE_BUILD_H
#define TCPSIM_WIRE_BUILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tcpsim_addr;
struct tcpsim_segment;

/*
 * Writes IP and TCP headers for `s` into out (at least 60 + 60 bytes), checksums included; option
 * bytes are s->options.raw[0..raw_len), a multiple of four long; `payload` is what the checksum
 * covers and is not copied (NULL with s->len > 0: all zero bytes). Returns the header bytes
 * written.
 */
size_t wire_build_headers(const struct tcpsim_segment *s, uint16_t ip_id, bool dont_fragment,
	const uint8_t *payload, uint8_t *out);
/* The sum to start from for TCP (6) or ICMPv6 (58): the pseudo-header, RFC 9293 §3.1, RFC 8200
 * §8.1. */
uint64_t wire_sum_pseudo(const struct tcpsim_addr *src, const struct tcpsim_addr *dst,
	uint8_t protocol, uint32_t len);
/*
 * Writes an ICMP or ICMPv6 error (IP header included) from `src` that quotes `quoted` (an IP
 * datagram): as much of it as stays under 576 (RFC 1812 §4.3.2.3) or 1280 bytes (RFC 4443 §2.4) in
 * all; a caller that quotes less, as 4.4BSD's 8 bytes, hands less. `rest` is the word behind the
 * checksum: the MTU of a too-big message. Returns the length, or 0 if `size` has no room for the
 * headers.
 */
size_t wire_build_icmp_error(const struct tcpsim_addr *src, const struct tcpsim_addr *dst,
	uint8_t type, uint8_t code, uint32_t rest, const uint8_t *quoted, size_t quoted_len,
	uint8_t *out, size_t size);

#endif
