/* Pools of packets and payload chunks. */
#ifndef TCPSIM_WIRE_PACKET_H
#define TCPSIM_WIRE_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct owned_text;
struct tcpsim_packet;
struct tcpsim_pool;

/* The same of a pool, for the modules of stack/; of any size, the large ones malloc's. */
void *pool_take(struct tcpsim_pool *pool, size_t size);
/* All bytes zero. */
void *pool_take_clear(struct tcpsim_pool *pool, size_t size);
void pool_give(struct tcpsim_pool *pool, void *block, size_t size);
/* `len` bytes of the packet's text, at `borrowed` (NULL: a fill). The chunk is the packet's from
 * now on, if it was not. False: no memory. */
bool owned_text(struct tcpsim_packet *packet, const uint8_t *borrowed, uint32_t len,
	struct owned_text *out);

#endif
