#include <tcp/pieces.h>
#include <wire/packet.h>

static struct tcp_piece *at(const struct piece_ring *ring, uint32_t i)
{
	return &ring->at[(ring->head + i) & (ring->capacity - 1)];
}

static void drop_first(struct piece_ring *ring)
{
	ring->head = (ring->head + 1) & (ring->capacity - 1);
	ring->n--;
}

static struct tcp_piece *append(
	struct piece_ring *ring, struct tcpsim_pool *pool, struct tcp_piece piece)
{
	uint32_t capacity = ring->capacity ? ring->capacity * 2 : 4;
	struct tcp_piece *more, *last;

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
	*last = piece;
	return last;
}

struct tcp_piece *pieces_head(const struct tcp_pieces *p)
{
	return p->unsent.n ? at(&p->unsent, 0) : NULL;
}

struct tcp_piece *pieces_tail(const struct tcp_pieces *p)
{
	return p->unsent.n ? at(&p->unsent, p->unsent.n - 1) : NULL;
}

struct tcp_piece *pieces_begin(struct tcp_pieces *p, struct tcpsim_pool *pool, tcpsim_seq seq)
{
	return append(&p->unsent, pool, (struct tcp_piece){.start = seq, .end = seq});
}

void pieces_drop_empty(struct tcp_pieces *p)
{
	const struct tcp_piece *tail = pieces_tail(p);

	if (tail && !piece_len(tail))
		p->unsent.n--;
}

void pieces_grow_head(struct tcp_pieces *p, uint32_t len)
{
	struct tcp_piece *head, *next;

	if (p->unsent.n < 2)
		return;
	head = at(&p->unsent, 0);
	next = at(&p->unsent, 1);
	if (head->closed)
		return;
	if (len < piece_len(next)) {
		head->end = next->start = tcpsim_seq_add(next->start, len);
		return;
	}
	next->start = head->start;
	next->push |= head->push;
	drop_first(&p->unsent);
}

void pieces_left(struct tcp_pieces *p, struct tcpsim_pool *pool, tcpsim_seq end)
{
	struct tcp_piece *head = pieces_head(p), gone;

	if (!head || !tcpsim_seq_gt(end, head->start))
		return;
	gone = (struct tcp_piece){.start = head->start, .end = end};
	while ((head = pieces_head(p)) && tcpsim_seq_le(head->end, end)) {
		gone.push = tcpsim_seq_eq(head->end, end) && head->push;
		drop_first(&p->unsent);
	}
	if (head && tcpsim_seq_lt(head->start, end))
		head->start = end;
	append(&p->sent, pool, gone); /* without memory it counts nothing */
}

void pieces_probed(struct tcp_pieces *p, struct tcpsim_pool *pool, tcpsim_seq end)
{
	struct tcp_piece *head = pieces_head(p);

	if (!head)
		return;
	head->push = true;
	pieces_left(p, pool, end);
	if (p->sent.n)
		at(&p->sent, p->sent.n - 1)->push = true;
}

bool pieces_pushed_within(const struct tcp_pieces *p, tcpsim_seq seq, tcpsim_seq end)
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

void pieces_acked(struct tcp_pieces *p, tcpsim_seq una)
{
	while (p->sent.n && tcpsim_seq_le(at(&p->sent, 0)->end, una))
		drop_first(&p->sent);
}

void pieces_clear(struct tcp_pieces *p, struct tcpsim_pool *pool)
{
	pool_give(pool, p->unsent.at, p->unsent.capacity * sizeof(struct tcp_piece));
	pool_give(pool, p->sent.at, p->sent.capacity * sizeof(struct tcp_piece));
	*p = (struct tcp_pieces){0};
}
