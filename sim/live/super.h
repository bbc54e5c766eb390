/*
 * Super-segments: what the kernel of a TUN device with offload (IFF_VNET_HDR) hands over as one packet
 * and takes as one packet, up to 64 kB of one connection's text. On the world's links there are none:
 * what is read is cut into the datagrams that the kernel's device would have put on the line (TSO),
 * and what arrives in a row is put together as a receiving device does (GRO, RFC 9293 says nothing
 * of either). A packet on a line stays a packet; what is saved is the system call for each.
 *
 * Packets are owned by whoever holds the pointer; a super-segment owns its packets.
 */
#ifndef LIVE_SUPER_H
#define LIVE_SUPER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tcpsim/packet.h>

/* What such a device puts before each datagram: struct virtio_net_hdr. */
#define SUPER_HEADER 10

/* --- out of a device --- */

/* A reader of a device; `spare` is the chunk for what is read next, NULL at first. */
struct super_reader {
	struct tcpsim_pool *pool;
	struct tcpsim_chunk *spare;
};

/* Each datagram of what was read; owned by the callee. */
typedef void (*super_fn)(void *context, struct tcpsim_packet *packet);

/* --- into a device --- */

/* Packets of one connection, each going on where the one before ended. All zero: none. */
struct super {
	struct tcpsim_packet *first, *last; /* by `next` */
	unsigned n;
	uint32_t text;	       /* bytes of it in all */
	uint32_t next_seq;     /* of the packet that would go on */
	uint32_t segment_size; /* the text of each but the last */
	bool ended;	       /* nothing goes on after it: a PSH, a FIN, a short one */
};

#endif
