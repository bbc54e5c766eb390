/*
 * From the link layer to the innermost IP datagram that carries TCP, through whatever lies between:
 * VLAN tags, PPPoE, MPLS, GRE, IP in IP, VXLAN, Geneve, GTP-U ..., and IP fragments put together
 * again (RFC 791, 815, 5722, 8200 §4.5). What is not TCP, and what cannot be read, is counted by a
 * short, stable reason; hostile bytes end so too.
 *
 * A packet cut by the snaplen is read from its headers: lengths are those of the IP header, the
 * payload may be short. An IP total length of 0 (segmentation offload) means the rest of the frame;
 * padding behind the IP length is dropped. Checksums are looked at only when asked, and never a
 * reason to skip.
 */
#ifndef TCPSIM_TRACES_DECAPSULATION_DECAPSULATION_H
#define TCPSIM_TRACES_DECAPSULATION_DECAPSULATION_H

#include "traces/capture/reader.h"
#include "wire/wire.h"

#include <stdbool.h>
#include <stdint.h>

struct decapsulation;

enum decapsulation_result {
	DECAPSULATION_TCP, /* out->segment is filled; of fragments: with the last one to come */
	DECAPSULATION_ICMP_ERROR, /* out->icmp is filled; quotes a TCP segment */
	DECAPSULATION_SKIPPED,	  /* counted; decapsulation_reason tells why */
};

/* Tunnels and tags passed on the way, as bits. */
enum {
	DECAPSULATION_VLAN = 1 << 0,
	DECAPSULATION_PPP = 1 << 1,
	DECAPSULATION_MPLS = 1 << 2,
	DECAPSULATION_GRE = 1 << 3,
	DECAPSULATION_IP_IN_IP = 1 << 4,
	DECAPSULATION_UDP_TUNNEL = 1 << 5, /* VXLAN, Geneve, GTP-U, Teredo, L2TP */
	DECAPSULATION_FRAGMENTS = 1 << 6,  /* the datagram was reassembled */
	DECAPSULATION_CUT = 1 << 7,	   /* captured bytes end before the datagram does */
};

struct decapsulation *decapsulation_new(void);
void decapsulation_free(struct decapsulation *d);

/* Also compute checksums: out->ip_sum_ok and tcp_sum_ok mean something then. Off at first. */
void decapsulation_check_sums(struct decapsulation *d, bool on);

/* out borrows from packet->bytes, or from d for reassembled datagrams: until the next call. */
enum decapsulation_result decapsulate(
	struct decapsulation *d, const struct capture_packet *packet, struct wire_packet *out);

/* Of the last packet: DECAPSULATION_ bits; why it was skipped ("udp"; NULL if it was not). */
unsigned decapsulation_layers(const struct decapsulation *d);
const char *decapsulation_reason(const struct decapsulation *d);

/* The datagram whose fragment the last packet was, where it is still waited for ("ip-fragment") or
 * was put together (DECAPSULATION_FRAGMENTS). */
struct decapsulation_datagram {
	struct tcpsim_addr src, dst;
	uint32_t id;
};
const struct decapsulation_datagram *decapsulation_datagram(const struct decapsulation *d);

/* The i-th reason that there is, from 0, and its sentence; false behind the last. */
bool decapsulation_reason_at(unsigned i, const char **name, const char **sentence);

struct decapsulation_count {
	const char *reason;   /* "arp", "udp", "cut-by-snaplen": stable, lives for ever */
	const char *sentence; /* what that means, in plain words */
	uint64_t packets;
	bool trouble; /* something that could have been TCP was lost by it */
};
/* What was skipped so far, most frequent first, reasons with no packet left out. Returns how many
 * were written. */
size_t decapsulation_counts(
	const struct decapsulation *d, struct decapsulation_count *out, size_t size);

struct decapsulation_fragments {
	uint64_t fragments, datagrams; /* seen; put together */
	uint64_t overlaps,
		duplicates; /* fragments that lay over bytes already there: the first bytes stand */
	/* datagrams given up: for memory; for time (30 s, RFC 791; 60 s, RFC 8200) */
	uint64_t incomplete, timed_out;
};
/* Call at the end of the capture: datagrams still open are counted as incomplete. */
void decapsulation_finish(struct decapsulation *d);
struct decapsulation_fragments decapsulation_fragments(const struct decapsulation *d);

#endif
