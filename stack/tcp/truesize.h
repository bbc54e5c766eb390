/*
 * What a packet occupies in the memory of a Linux host: the buffer that holds it and what describes
 * that buffer (an skb's truesize). Receive and send buffers count this, not text; what a window may
 * offer and how much a write takes follow from it. Numbers are those of a TUN device, 64-bit.
 */
#ifndef TCPSIM_TCP_TRUESIZE_H
#define TCPSIM_TCP_TRUESIZE_H

#include <stdint.h>

struct packet_memory {
	uint32_t whole; /* bytes charged to the buffer; 0: not known, or charged elsewhere */
	uint32_t room;	/* more text that fits in without occupying more */
};

/* Of a received packet of `len` bytes, IP and TCP headers included. */
struct packet_memory truesize_of_packet(uint32_t len);
/* Of text of that length copied together into one buffer (Linux tcp_collapse). */
struct packet_memory truesize_of_text(uint32_t len);

#endif
