/*
 * What the network does to a packet on its way: copies, flipped bits, options taken out, a lower
 * TTL, fragments. Each keeps the checksums right where the real box would (RFC 1624) and leaves
 * them wrong where it would not.
 */
#ifndef SIM_WORLD_MODIFY_H
#define SIM_WORLD_MODIFY_H

#include <tcpsim/addr.h>
#include <tcpsim/packet.h>

#include "world/rng.h"

/* A second packet with the same bytes; the payload is shared. NULL when memory is exhausted. */
struct tcpsim_packet *modify_copy(const struct tcpsim_packet *packet);

/* Flips one bit anywhere in the datagram; the receiver's checksums are to find it. The payload is
 * copied first. */
void modify_corrupt(struct tcpsim_packet *packet, struct rng *rng);

/*
 * Overwrites the TCP options whose bit (1 << kind for kinds below 64) is in `kinds` by NOPs, as
 * middleboxes do that know no better; with mss_limit, lowers a SYN's MSS to it. Returns whether
 * anything changed.
 */
bool modify_options(struct tcpsim_packet *packet, uint64_t kinds, uint16_t mss_limit);

/* Lowers TTL or hop limit by one; false: it was 1 or less (RFC 1812 §5.3.1), nothing changed. */
bool modify_ttl(struct tcpsim_packet *packet);

/* RFC 1812 §4.2.2.7. Fragments of an IPv4 datagram, each at most `mtu` bytes, as a list; the packet
 * is consumed. NULL when memory is exhausted. */
struct tcpsim_packet *modify_fragment(struct tcpsim_packet *packet, uint32_t mtu);

/* RFC 1812 §5.2.2: the IPv4 header has the length that it says and the sum that it must; IPv6's has
 * none. */
bool modify_header_is_whole(const struct tcpsim_packet *packet);

/* The datagram's IP version, whether it must not be fragmented by a router, and its destination. */
struct modify_view {
	uint8_t version; /* 4, 6, 0: neither */
	bool dont_fragment;
	struct tcpsim_addr src, dst;
};
struct modify_view modify_view_of(const struct tcpsim_packet *packet);

#endif
