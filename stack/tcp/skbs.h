/*
 * The buffers (skbs) that text to be sent lies in where a system keeps it so, as Linux: what a write
 * fills, what goes to the device at once, what carries PSH, and what each counts against the buffer
 * beyond its text. Those that left are remembered until they are acknowledged.
 */
#ifndef TCPSIM_TCP_SKBS_H
#define TCPSIM_TCP_SKBS_H

#include <stdbool.h>
#include <tcpsim/packet.h>
#include <tcpsim/seq.h>

struct tcp_skb {
	tcpsim_seq start, end;
	bool push;   /* its end carries PSH */
	bool closed; /* MSG_EOR: nothing joins it */
};

struct skb_ring {
	struct tcp_skb *at;
	uint32_t head, n, capacity; /* capacity a power of two */
};

struct tcp_skbs {
	struct skb_ring unsent, sent; /* each in sequence order */
};

/* The first and the last skb that has not left; NULL: there is none. */
struct tcp_skb *skbs_head(const struct tcp_skbs *p);
struct tcp_skb *skbs_tail(const struct tcp_skbs *p);
/* Begins one at seq; NULL: no memory. */
struct tcp_skb *skbs_begin(struct tcp_skbs *p, struct tcpsim_pool *pool, tcpsim_seq seq);
/* The last one goes if no text came into it. */
void skbs_drop_empty(struct tcp_skbs *p);
/* The head takes up to `len` bytes of the skb behind it, all of it if they suffice. */
void skbs_grow_head(struct tcp_skbs *p, uint32_t len);
/* Text up to `end` left as one skb. Its PSH is its own if the skb ended there. */
void skbs_left(struct tcp_skbs *p, struct tcpsim_pool *pool, tcpsim_seq end);
/* It left to probe the window: with PSH, and so does what is cut from it (tcp_write_wakeup). */
void skbs_probed(struct tcp_skbs *p, struct tcpsim_pool *pool, tcpsim_seq end);
/* Did an skb that left end within (seq, end], with PSH? More than one may: they were collapsed. */
bool skbs_pushed_within(const struct tcp_skbs *p, tcpsim_seq seq, tcpsim_seq end);
/* Forgets what left and ends before una. */
void skbs_acked(struct tcp_skbs *p, tcpsim_seq una);
static inline uint32_t skbs_n(const struct tcp_skbs *p)
{
	return p->unsent.n + p->sent.n;
}
static inline uint32_t skb_len(const struct tcp_skb *skb)
{
	return skb->end.n - skb->start.n;
}
void skbs_clear(struct tcp_skbs *p, struct tcpsim_pool *pool);

#endif
