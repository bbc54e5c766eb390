#include <errno.h>
#include <string.h>
#include <tcp/sendq.h>
#include <wire/packet.h>
#include <wire/sums.h>

#define CHUNK_SMALL 2048u
#define CHUNK_LARGE 65536u

static struct sendq_part *part_at(const struct tcp_sendq *q, uint32_t i)
{
	return &q->parts[(q->head + i) & (q->capacity - 1)];
}

static tcpsim_seq part_end(const struct sendq_part *part)
{
	return tcpsim_seq_add(part->seq, part->len);
}

static bool holds(const struct tcp_sendq *q, uint32_t i, tcpsim_seq seq)
{
	return i < q->n && tcpsim_seq_ge(seq, part_at(q, i)->seq) &&
	       tcpsim_seq_lt(seq, part_end(part_at(q, i)));
}

/* The index of the part that holds seq, or q->n. What leaves mostly lies where the last did, or
 * behind it. */
static uint32_t part_find(const struct tcp_sendq *q, tcpsim_seq seq)
{
	uint32_t low = 0, high = q->n, last = q->last_found - q->dropped;

	if (holds(q, last, seq))
		return last;
	if (holds(q, last + 1, seq))
		return last + 1;
	while (low < high) {
		uint32_t middle = (low + high) / 2;

		if (tcpsim_seq_le(part_end(part_at(q, middle)), seq))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool reserve_part(struct tcp_sendq *q)
{
	uint32_t capacity = q->capacity ? q->capacity * 2 : 4;
	struct sendq_part *parts;

	if (q->n < q->capacity)
		return true;
	parts = pool_take(q->pool, capacity * sizeof(*parts));
	if (!parts)
		return false;
	for (uint32_t i = 0; i < q->n; i++)
		parts[i] = *part_at(q, i);
	pool_give(q->pool, q->parts, q->capacity * sizeof(*parts));
	q->parts = parts;
	q->head = 0;
	q->capacity = capacity;
	return true;
}

static struct sendq_part *push_part(struct tcp_sendq *q, struct sendq_part part)
{
	struct sendq_part *last;

	if (!reserve_part(q))
		return NULL;
	last = part_at(q, q->n++);
	*last = part;
	return last;
}

/*
 * The part that text at `end` may be added to: the last one if its chunk has room behind it,
 * nothing forbids joining, and some of it is unsent (what was sent keeps its PSH for a
 * retransmission), else a new one.
 */
static struct sendq_part *part_for(
	struct tcp_sendq *q, tcpsim_seq end, tcpsim_seq unsent, size_t want, bool fill)
{
	struct sendq_part *last = q->n ? part_at(q, q->n - 1) : NULL;
	struct tcpsim_chunk *chunk = NULL;
	const uint8_t *data = NULL;
	struct sendq_part *part;

	if (last && !fill && last->chunk &&
		last->data + last->len == last->chunk->data + last->chunk->used &&
		last->chunk->used < last->chunk->size) {
		if (!(last->flags & SENDQ_BOUNDARY) && tcpsim_seq_gt(part_end(last), unsent))
			return last;
		chunk = tcpsim_chunk_ref(last->chunk);
	} else if (last && fill && !last->chunk && !(last->flags & SENDQ_BOUNDARY) &&
		   tcpsim_seq_gt(part_end(last), unsent)) {
		return last;
	} else if (!fill) {
		chunk = tcpsim_chunk_new(q->pool, want > CHUNK_SMALL ? CHUNK_LARGE : CHUNK_SMALL);
		if (!chunk)
			return NULL;
	}
	if (chunk)
		data = chunk->data + chunk->used;
	part = push_part(q, (struct sendq_part){.chunk = chunk, .data = data, .seq = end});
	if (!part && chunk)
		tcpsim_chunk_unref(chunk);
	return part;
}

static ssize_t append_one(
	struct tcp_sendq *q, tcpsim_seq end, tcpsim_seq unsent, const uint8_t *from, size_t len)
{
	size_t done = 0;

	while (done < len) {
		struct sendq_part *part =
			part_for(q, tcpsim_seq_add(end, (uint32_t)done), unsent, len - done, !from);
		size_t take = len - done;

		if (!part)
			return done ? (ssize_t)done : -ENOMEM;
		if (from) {
			if (take > part->chunk->size - part->chunk->used)
				take = part->chunk->size - part->chunk->used;
			sums_append(part->chunk, from + done, (uint32_t)take);
		}
		part->len += (uint32_t)take;
		part->flags = 0;
		q->bytes += (uint32_t)take;
		done += take;
	}
	return (ssize_t)done;
}

ssize_t sendq_append(struct tcp_sendq *q, tcpsim_seq end, tcpsim_seq unsent,
	const struct iovec *iov, int n_iov, size_t max, unsigned flags)
{
	size_t done = 0;

	for (int i = 0; i < n_iov && done < max; i++) {
		size_t len = iov[i].iov_len < max - done ? iov[i].iov_len : max - done;
		ssize_t took = append_one(
			q, tcpsim_seq_add(end, (uint32_t)done), unsent, iov[i].iov_base, len);

		if (took < 0)
			return done ? (ssize_t)done : took;
		done += (size_t)took;
	}
	if (done)
		part_at(q, q->n - 1)->flags |= flags;
	return (ssize_t)done;
}

struct sendq_slice sendq_slice(struct tcp_sendq *q, tcpsim_seq seq, uint32_t len)
{
	uint32_t i = part_find(q, seq);
	const struct sendq_part *part;
	uint32_t skip;

	if (i == q->n)
		return (struct sendq_slice){0};
	q->last_found = q->dropped + i;
	part = part_at(q, i);
	skip = seq.n - part->seq.n;
	if (len > part->len - skip)
		len = part->len - skip;
	return (struct sendq_slice){part->chunk, part->data ? part->data + skip : NULL, len};
}

void sendq_copy(struct tcp_sendq *q, tcpsim_seq seq, uint32_t len, uint8_t *out)
{
	while (len) {
		struct sendq_slice slice = sendq_slice(q, seq, len);

		if (!slice.len)
			return;
		if (slice.data)
			memcpy(out, slice.data, slice.len);
		else
			memset(out, 0, slice.len);
		out += slice.len;
		len -= slice.len;
		seq = tcpsim_seq_add(seq, slice.len);
	}
}

uint32_t sendq_until_boundary(const struct tcp_sendq *q, tcpsim_seq seq, uint32_t len)
{
	tcpsim_seq end = tcpsim_seq_add(seq, len);

	for (uint32_t i = part_find(q, seq); i < q->n; i++) {
		const struct sendq_part *part = part_at(q, i);

		if (tcpsim_seq_ge(part->seq, end))
			break;
		if (part->flags & SENDQ_BOUNDARY && tcpsim_seq_lt(part_end(part), end))
			return part_end(part).n - seq.n;
	}
	return len;
}

void sendq_mark_end(struct tcp_sendq *q, unsigned flags)
{
	if (q->n)
		part_at(q, q->n - 1)->flags |= flags;
}

void sendq_release(struct tcp_sendq *q, tcpsim_seq una)
{
	skbs_acked(&q->skbs, una);
	while (q->n) {
		struct sendq_part *part = part_at(q, 0);
		uint32_t gone;

		if (tcpsim_seq_le(una, part->seq))
			return;
		gone = una.n - part->seq.n;
		if (gone < part->len) {
			part->seq = una;
			part->len -= gone;
			if (part->data)
				part->data += gone;
			q->bytes -= gone;
			return;
		}
		q->bytes -= part->len;
		if (part->chunk)
			tcpsim_chunk_unref(part->chunk);
		q->head = (q->head + 1) & (q->capacity - 1);
		q->n--;
		q->dropped++;
	}
}

void sendq_clear(struct tcp_sendq *q)
{
	for (uint32_t i = 0; i < q->n; i++)
		if (part_at(q, i)->chunk)
			tcpsim_chunk_unref(part_at(q, i)->chunk);
	skbs_clear(&q->skbs, q->pool);
	pool_give(q->pool, q->parts, q->capacity * sizeof(*q->parts));
	*q = (struct tcp_sendq){.pool = q->pool};
}
