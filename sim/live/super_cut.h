/* What a device with offload hands over, cut into datagrams. */
#ifndef LIVE_SUPER_CUT_H
#define LIVE_SUPER_CUT_H

#include "live/super.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tcpsim_pool;

/* One read of the descriptor: false, nothing was there. What is no datagram is left out. */
bool super_read(struct super_reader *reader, int fd, super_fn fn, void *context);
void super_reader_clear(struct super_reader *reader);
/* The datagrams of one super-segment: its header, and the `len` bytes that the chunk begins with. */
void super_cut(struct tcpsim_pool *pool, const uint8_t header[SUPER_HEADER],
	struct tcpsim_chunk *chunk, size_t len, super_fn fn, void *context);

#endif
