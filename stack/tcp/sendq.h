/*
 * The send queue: what the process wrote and the peer has not acknowledged. Bytes are copied in
 * once, into chunks; segments borrow them. The queue is a ring of parts (a run of bytes in one
 * chunk) found by binary search, so its cost does not depend on the window; an empty queue holds no
 * memory.
 */
#ifndef TCPSIM_TCP_SENDQ_H
#define TCPSIM_TCP_SENDQ_H

#include <stdbool.h>
#include <sys/uio.h>
#include <tcp/skbs.h>
#include <tcpsim/packet.h>
#include <tcpsim/seq.h>

enum {
	SENDQ_BOUNDARY = 2, /* MSG_EOR: no segment crosses */
};

struct sendq_part {
	struct tcpsim_chunk *chunk; /* NULL: a fill */
	const uint8_t *data;
	tcpsim_seq seq;
	uint32_t len;
	uint32_t flags; /* of its end */
};

struct tcp_sendq {
	struct tcpsim_pool *pool; /* whose memory and chunks it takes */
	struct sendq_part *parts;
	uint32_t head, n, capacity; /* ring; capacity a power of two */
	uint32_t bytes;
	uint32_t dropped;     /* parts that stood before the first one there is */
	uint32_t last_found;  /* counted with those: where sendq_slice() last was */
	struct tcp_skbs skbs; /* where the profile keeps text in such */
};

/* Bytes of all parts together. */
static inline size_t iov_total(const struct iovec *iov, int n_iov)
{
	size_t len = 0;

	for (int i = 0; i < n_iov; i++)
		len += iov[i].iov_len;
	return len;
}

/* A piece of the stream, contiguous in memory. */
struct sendq_slice {
	struct tcpsim_chunk *chunk; /* borrowed: take a reference to keep it */
	const uint8_t *data;	    /* NULL: a fill */
	uint32_t len;
};

/*
 * Copies up to `max` bytes of iov in at sequence number `end`. Text from `unsent` on may still be
 * joined with what follows. A NULL iov_base appends a fill. Returns bytes taken, or -ENOMEM.
 */
ssize_t sendq_append(struct tcp_sendq *q, tcpsim_seq end, tcpsim_seq unsent,
	const struct iovec *iov, int n_iov, size_t max, unsigned flags);
/* The bytes at seq, at most len and as many as are contiguous. */
struct sendq_slice sendq_slice(struct tcp_sendq *q, tcpsim_seq seq, uint32_t len);
/* Copies exactly [seq, seq+len), which the queue holds, to out. */
void sendq_copy(struct tcp_sendq *q, tcpsim_seq seq, uint32_t len, uint8_t *out);
/* How many bytes from seq to the first boundary that no segment may cross, at most len. */
uint32_t sendq_until_boundary(const struct tcp_sendq *q, tcpsim_seq seq, uint32_t len);
/* Adds flags to the end of what is queued, if anything is. */
void sendq_mark_end(struct tcp_sendq *q, unsigned flags);
/* Forgets what lies before una. */
void sendq_release(struct tcp_sendq *q, tcpsim_seq una);
void sendq_clear(struct tcp_sendq *q);

#endif
