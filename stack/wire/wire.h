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
	/* The transport header and what follows, as much as was quoted; borrowed; NULL: nothing */
	const uint8_t *header;
	uint16_t header_len;
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

/* Folds and complements a running sum (checksum.h): the field's value in host order, 0 over a packet
 * that holds. */
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

#endif
