/*
 * Bytes <-> segments. IPv4 and IPv6 (with extension headers), TCP with every option, ICMP and
 * ICMPv6 errors with the header they quote. Nothing here keeps state or allocates; hostile bytes
 * end as a named rule, never as an assertion. RFC 791, 8200, 9293 §3.1, 792, 4443.
 */
#ifndef TCPSIM_WIRE_H
#define TCPSIM_WIRE_H

#include <string.h>
#include <tcpsim/event.h>
#include <tcpsim/packet.h>
#include <tcpsim/segment.h>

enum wire_kind {
	WIRE_TCP,
	WIRE_ICMP_ERROR,  /* quotes a packet; `quoted` tells of which */
	WIRE_ICMP_OTHER,  /* echo and the like */
	WIRE_FRAGMENT,	  /* to be reassembled first */
	WIRE_OTHER_PROTO, /* `protocol` tells which (also tunnels: the caller may look inside) */
	WIRE_BAD,	  /* `rule` tells why */
};

enum {
	WIRE_VERIFY = 1 << 0, /* check checksums: a wrong one makes the packet WIRE_BAD */
	WIRE_SUMS = 1 << 1,   /* compute them, but only report (ip_sum_ok, tcp_sum_ok) */
	/* The bytes may be cut by a snaplen: lengths come from the headers, payload may be short;
	 * an IP length of 0 (segmentation offload) means all bytes. */
	WIRE_CUT = 1 << 2,
};

struct wire_quote {
	struct tcpsim_addr src, dst;
	uint16_t src_port, dst_port;
	/* of TCP in UDP; 0: plain TCP. Filled by who knows the tunnel's port */
	uint16_t udp_dst_port;
	uint8_t protocol;
	bool has_seq; /* at least 8 bytes of the TCP header were quoted */
	tcpsim_seq seq;
};

struct wire_packet {
	enum wire_kind kind;
	enum tcpsim_rule rule;
	/* kind TCP; src, dst, tos, ttl, ip_version are set for every kind but BAD */
	struct tcpsim_segment segment;
	uint8_t protocol; /* of the IP payload */
	/* with WIRE_VERIFY or WIRE_SUMS; true where bytes are missing to tell */
	bool ip_sum_ok, tcp_sum_ok;
	uint32_t ip_header_len; /* with extension headers */
	uint32_t total_len;	/* of the datagram as its header says */
	uint32_t
		captured_payload; /* payload bytes really present (= segment.len unless WIRE_CUT) */
	const uint8_t *body;	  /* after the IP header */
	uint32_t body_len;
	struct {
		uint8_t type, code;
		uint16_t mtu; /* of a too-big message; 0: not told */
		struct wire_quote quote;
	} icmp;
	struct {
		uint32_t id, offset; /* offset in bytes */
		bool more;
	} fragment;
};

/* Reads one IP datagram. Never fails otherwise than by out->kind; out borrows from bytes. */
void wire_parse(const uint8_t *bytes, size_t len, unsigned flags, struct wire_packet *out);

/* The same of a datagram that was `original` bytes long, of which `len` are here: WIRE_CUT that
 * knows the end. */
void wire_parse_cut(
	const uint8_t *bytes, size_t len, size_t original, unsigned flags, struct wire_packet *out);

/* The same of a packet, whose payload lies apart from its headers; a packet with good sums is not
 * summed again. */
void wire_parse_packet(const struct tcpsim_packet *packet, unsigned flags, struct wire_packet *out);

/* Reads a TCP header's option bytes; out borrows from raw. */
void tcp_options_parse(const uint8_t *raw, size_t len, struct tcpsim_options *out);

/*
 * Writes IP and TCP headers for `s` into out (at least 60 + 60 bytes), checksums included; option
 * bytes are s->options.raw[0..raw_len), a multiple of four long; `payload` is what the checksum
 * covers and is not copied (NULL with s->len > 0: all zero bytes). Returns the header bytes
 * written.
 */
size_t wire_build_headers(const struct tcpsim_segment *s, uint16_t ip_id, bool dont_fragment,
	const uint8_t *payload, uint8_t *out);

/*
 * TCP in UDP (draft-cheshire-tcp-over-udp). wire_udp_wrap puts a UDP header behind the IP header of
 * `headers`, which need 8 bytes more room, and returns their new length; `payload` as in
 * wire_build_headers. wire_udp_unwrap takes it out of a whole datagram in place, both checksums
 * made right; false: it is no such datagram, or its sum is wrong.
 */
size_t wire_udp_wrap(uint8_t *headers, size_t headers_len, const uint8_t *payload,
	uint32_t payload_len, uint16_t src_port, uint16_t dst_port);
bool wire_udp_unwrap(uint8_t *datagram, size_t *len, uint16_t *src_port, uint16_t *dst_port);

/*
 * The Internet checksum, RFC 1071. wire_sum adds bytes to a running sum (start with 0; all pieces
 * but the last must be of even length); wire_sum_finish folds and complements it: the field's value
 * in host order, 0 over a packet that holds.
 */
uint64_t wire_sum(const uint8_t *bytes, size_t len, uint64_t sum);
static inline uint16_t wire_sum_finish(uint64_t sum)
{
	uint16_t folded;
	uint8_t b[2];

	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	folded = (uint16_t)(~sum & 0xffff);
	memcpy(b, &folded, 2);
	return (uint16_t)(b[0] << 8 | b[1]);
}
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
