/*
 * The receive queue: text in order that the process has not read, and text out of order that waits
 * for the gap before it to fill. Text is taken together with the chunk that owns it
 * (wire/owned.h), and never otherwise; bytes are copied once, out to the process. Also what the
 * SACK option says of it: the newest block first (RFC 2018 §4), a duplicate before that (RFC 2883).
 */
#ifndef TCPSIM_TCP_RECVQ_H
#define TCPSIM_TCP_RECVQ_H

#include <stdbool.h>
#include <sys/queue.h>
#include <sys/uio.h>
#include <tcp/truesize.h>
#include <tcpsim/segment.h>
#include <wire/owned.h>

#define RECVQ_SACK_BLOCKS 6

struct recvq_part {
	struct owned_text text;
	uint32_t len;
	struct packet_memory memory; /* given back once all of it is read */
};

struct recvq_ooo {
	TAILQ_ENTRY(recvq_ooo) link;
	struct owned_text text;
	tcpsim_seq seq;
	uint32_t len;
	struct packet_memory memory;
	bool fin;
};
TAILQ_HEAD(recvq_ooo_list, recvq_ooo);

/* Exists only while something is or was just out of order. */
struct recvq_disorder {
	struct recvq_ooo_list list; /* by sequence number, no overlaps */
	uint32_t bytes, parts;
	uint8_t n_blocks;
	bool has_dsack;
	struct tcpsim_sack_block dsack;
	struct tcpsim_sack_block blocks[RECVQ_SACK_BLOCKS]; /* most recently changed first */
};

struct tcp_recvq {
	struct tcpsim_pool *pool; /* whose memory it takes */
	struct recvq_part *parts; /* ring */
	uint32_t head, n, capacity;
	uint32_t bytes;	 /* in order */
	uint32_t memory; /* of all packets held, in order or not: payload and what surrounds it */
	struct recvq_disorder *disorder;
};

/* Appends in-order text of a packet that occupies `memory`, or the room that the packet before it
 * left; takes a reference on the chunk. false: no memory. */
bool recvq_append(struct tcp_recvq *q, const struct owned_text *text, uint32_t len,
	struct packet_memory memory);
enum {
	RECVQ_FIN = 1,	    /* a FIN follows the text */
	RECVQ_DSACK = 2,    /* duplicates are to be told */
	RECVQ_SACK_FIN = 4, /* the FIN's octet counts in SACK blocks */
	/* a FIN is kept though text lies beyond it, and answered, when it is reached, before that and
	 * its blocks are forgotten: Linux tcp_ofo_queue, tcp_fin */
	RECVQ_FIN_TELLS = 8,
};
/*
 * Keeps text that lies beyond rcv_nxt; what is already held is not kept twice. Notes the SACK
 * block, and what was held already as a duplicate where RECVQ_DSACK asks for it. Returns bytes
 * newly kept, or -ENOMEM.
 */
ssize_t recvq_insert(struct tcp_recvq *q, const struct owned_text *text, tcpsim_seq seq,
	uint32_t len, struct packet_memory memory, unsigned flags);
/* Moves what now follows rcv_nxt to the in-order text; returns the bytes moved and whether a FIN
 * ended them. What the text before rcv_nxt brought a second time is noted as a duplicate where
 * RECVQ_DSACK asks for it. */
uint32_t recvq_advance(struct tcp_recvq *q, tcpsim_seq rcv_nxt, unsigned flags, bool *fin);
/* Notes a duplicate [start, end) to be reported once (RFC 2883 §4). */
void recvq_note_duplicate(struct tcp_recvq *q, tcpsim_seq start, tcpsim_seq end);
/* Fills blocks for the next ACK, at most max, the D-SACK first; returns how many. */
int recvq_sack_blocks(const struct tcp_recvq *q, struct tcpsim_sack_block *blocks, int max);
/* The ACK left: the D-SACK is said. */
void recvq_sack_sent(struct tcp_recvq *q);
static inline bool recvq_has_gap(const struct tcp_recvq *q)
{
	return q->disorder && !TAILQ_EMPTY(&q->disorder->list);
}
static inline uint32_t recvq_ooo_bytes(const struct tcp_recvq *q)
{
	return q->disorder ? q->disorder->bytes : 0;
}
/* Copies up to the iov's size out (data NULL in an iov: discard); removes it unless peek. */
size_t recvq_read(struct tcp_recvq *q, const struct iovec *iov, int n_iov, size_t limit, bool peek);
/* Copies up to `want` bytes from `skip` on, and leaves all as it is. */
size_t recvq_view(const struct tcp_recvq *q, size_t skip, void *out, size_t want);
/* Text of the first packet: what one step of a read gives. */
uint32_t recvq_first_packet(const struct tcp_recvq *q);
/* How far beyond rcv_nxt the text that waits out of order goes. */
uint32_t recvq_reach(const struct tcp_recvq *q, tcpsim_seq rcv_nxt);
/* Copies text together, so that it occupies less memory. */
void recvq_collapse(struct tcp_recvq *q);
/* Forgets what is out of order from the far end on, `step` bytes of memory at a time, until no more
 * than `most` is held; nothing that lies before seq. */
void recvq_prune(struct tcp_recvq *q, tcpsim_seq seq, uint32_t step, uint32_t most);
/* Forgets what is out of order (a process that is gone; memory pressure). */
void recvq_drop_ooo(struct tcp_recvq *q);
void recvq_clear(struct tcp_recvq *q);

#endif
