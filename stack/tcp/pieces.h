/*
 * The pieces that text to be sent lies in where a system keeps it so (Linux's skbs): what a write
 * fills, what goes to the device at once, what carries PSH, and what each counts against the buffer
 * beyond its text. Those that left are remembered until they are acknowledged.
 */
#ifndef TCPSIM_TCP_PIECES_H
#define TCPSIM_TCP_PIECES_H

#include <stdbool.h>
#include <tcpsim/packet.h>
#include <tcpsim/seq.h>

struct tcp_piece {
	tcpsim_seq start, end;
	bool push;   /* its end carries PSH */
	bool closed; /* MSG_EOR: nothing joins it */
};

struct piece_ring {
	struct tcp_piece *at;
	uint32_t head, n, capacity; /* capacity a power of two */
};

struct tcp_pieces {
	struct piece_ring unsent, sent; /* each in sequence order */
};

/* The first and the last piece that has not left; NULL: there is none. */
struct tcp_piece *pieces_head(const struct tcp_pieces *p);
struct tcp_piece *pieces_tail(const struct tcp_pieces *p);
/* Begins one at seq; NULL: no memory. */
struct tcp_piece *pieces_begin(struct tcp_pieces *p, struct tcpsim_pool *pool, tcpsim_seq seq);
/* The last one goes if no text came into it. */
void pieces_drop_empty(struct tcp_pieces *p);
/* The head takes up to `len` bytes of the piece behind it, all of it if they suffice. */
void pieces_grow_head(struct tcp_pieces *p, uint32_t len);
/* Text up to `end` left as one piece. Its PSH is its own if the piece ended there. */
void pieces_left(struct tcp_pieces *p, struct tcpsim_pool *pool, tcpsim_seq end);
/* It left to probe the window: with PSH, and so does what is cut from it (tcp_write_wakeup). */
void pieces_probed(struct tcp_pieces *p, struct tcpsim_pool *pool, tcpsim_seq end);
/* Did a piece that left end within (seq, end], with PSH? More than one may: they were collapsed. */
bool pieces_pushed_within(const struct tcp_pieces *p, tcpsim_seq seq, tcpsim_seq end);
/* Forgets what left and ends before una. */
void pieces_acked(struct tcp_pieces *p, tcpsim_seq una);
static inline uint32_t pieces_n(const struct tcp_pieces *p)
{
	return p->unsent.n + p->sent.n;
}
static inline uint32_t piece_len(const struct tcp_piece *piece)
{
	return piece->end.n - piece->start.n;
}
void pieces_clear(struct tcp_pieces *p, struct tcpsim_pool *pool);

#endif
