/*
 * TCP in UDP, as FreeBSD has it (draft-cheshire-tcp-over-udp): a UDP header between the IP and
 * the TCP header.
 */
#ifndef TCPSIM_WIRE_TUNNEL_H
#define TCPSIM_WIRE_TUNNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * TCP in UDP (draft-cheshire-tcp-over-udp). wire_udp_wrap puts a UDP header behind the IP header of
 * `headers`, which need 8 bytes more room, and returns their new length; `payload` as in
 * wire_build_headers. wire_udp_unwrap takes it out of a whole datagram in place, both checksums
 * made right; false: it is no such datagram, or its sum is wrong.
 */
size_t wire_udp_wrap(uint8_t *headers, size_t headers_len, const uint8_t *payload,
	uint32_t payload_len, uint16_t src_port, uint16_t dst_port);
bool wire_udp_unwrap(uint8_t *datagram, size_t *len, uint16_t *src_port, uint16_t *dst_port);

#endif
