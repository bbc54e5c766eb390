#include <tcp/skbs.h>
#include <wire/packet.h>

static struct tcp_skb *at(const struct skb_ring *ring, uint32_t i)
{
	return &ring->at[(ring->head + i) & (ring->capacity - 1)];
}

static void drop_first(struct skb_ring *ring)
{
	ring->head = (ring->head + 1) & (ring->capacity - 1);
	ring->n--;
}

static struct tcp_skb *append(struct skb_ring *ring, struct tcpsim_pool *pool, struct tcp_skb skb)
{
	uint32_t capacity = ring->capacity ? ring->capacity * 2 : 4;
	struct tcp_skb *more, *last;

	if (ring->n == ring->capacity) {
		more = pool_take(pool, capacity * sizeof(*more));
		if (!more)
			return NULL;
		for (uint32_t i = 0; i < ring->n; i++)
			more[i] = *at(ring, i);
		pool_give(pool, ring->at, ring->capacity * sizeof(*more));
		ring->at = more;
		ring->head = 0;
		ring->capacity = capacity;
	}
	last = at(ring, ring->n++);
	*last = skb;
	return last;
}

struct tcp_skb *skbs_head(const struct tcp_skbs *p)
{
	return p->unsent.n ? at(&p->unsent, 0) : NULL;
}

struct tcp_skb *skbs_tail(const struct tcp_skbs *p)
{
	return p->unsent.n ? at(&p->unsent, p->unsent.n - 1) : NULL;
}

struct tcp_skb *skbs_begin(struct tcp_skbs *p, struct tcpsim_pool *pool, tcpsim_seq seq)
{
	return append(&p->unsent, pool, (struct tcp_skb){.start = seq, .end = seq});
}

void skbs_drop_empty(struct tcp_skbs *p)
{
	const struct tcp_skb *tail = skbs_tail(p);

	if (tail && !skb_len(tail))
		p->unsent.n--;
}

void skbs_grow_head(struct tcp_skbs *p, uint32_t len)
{
	struct tcp_skb *head, *next;

	if (p->unsent.n < 2)
		return;
	head = at(&p->unsent, 0);
	next = at(&p->unsent, 1);
	if (head->closed)
		return;
	if (len < skb_len(next)) {
		head->end = next->start = tcpsim_seq_add(next->start, len);
		return;
	}
	next->start = head->start;
	next->push |= head->push;
	drop_first(&p->unsent);
}

void skbs_left(struct tcp_skbs *p, struct tcpsim_pool *pool, tcpsim_seq end)
{
	struct tcp_skb *head = skbs_head(p), gone;

	if (!head || !tcpsim_seq_gt(end, head->start))
		return;
	gone = (struct tcp_skb){.start = head->start, .end = end};
	while ((head = skbs_head(p)) && tcpsim_seq_le(head->end, end)) {
		gone.push = tcpsim_seq_eq(head->end, end) && head->push;
		drop_first(&p->unsent);
	}
	if (head && tcpsim_seq_lt(head->start, end))
		head->start = end;
	append(&p->sent, pool, gone); /* without memory it counts nothing */
}

void skbs_probed(struct tcp_skbs *p, struct tcpsim_pool *pool, tcpsim_seq end)
{
	struct tcp_skb *head = skbs_head(p);

	if (!head)
		return;
	head->push = true;
	skbs_left(p, pool, end);
	if (p->sent.n)
		at(&p->sent, p->sent.n - 1)->push = true;
}

bool skbs_pushed_within(const struct tcp_skbs *p, tcpsim_seq seq, tcpsim_seq end)
{
	uint32_t low = 0, high = p->sent.n;

	while (low < high) {
		uint32_t middle = (low + high) / 2;

		if (tcpsim_seq_le(at(&p->sent, middle)->end, seq))
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < p->sent.n && tcpsim_seq_le(at(&p->sent, low)->end, end); low++)
		if (at(&p->sent, low)->push)
			return true;
	return false;
}

void skbs_acked(struct tcp_skbs *p, tcpsim_seq una)
{
	while (p->sent.n && tcpsim_seq_le(at(&p->sent, 0)->end, una))
		drop_first(&p->sent);
}

void skbs_clear(struct tcp_skbs *p, struct tcpsim_pool *pool)
{
	pool_give(pool, p->unsent.at, p->unsent.capacity * sizeof(struct tcp_skb));
	pool_give(pool, p->sent.at, p->sent.capacity * sizeof(struct tcp_skb));
	*p = (struct tcp_skbs){0};
}
