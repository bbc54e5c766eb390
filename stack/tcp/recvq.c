#include <errno.h>
#include <string.h>
#include <tcp/recvq.h>
#include <wire/memory.h>
#include <wire/packet.h>

static struct recvq_part *part_at(const struct tcp_recvq *q, uint32_t i)
{
	return &q->parts[(q->head + i) & (q->capacity - 1)];
}

static bool reserve_part(struct tcp_recvq *q)
{
	uint32_t capacity = q->capacity ? q->capacity * 2 : 4;
	struct recvq_part *parts;

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

/* Linux tcp_try_coalesce: what the packet before has room for occupies nothing of its own. The
 * memory is accounted to the one that came last. */
static bool fill_room(struct packet_memory *before, struct packet_memory *memory, uint32_t len)
{
	if (len > before->room)
		return false;
	*memory = (struct packet_memory){before->whole, before->room - len};
	*before = (struct packet_memory){0};
	return true;
}

bool recvq_append(struct tcp_recvq *q, const struct owned_text *text, uint32_t len,
	struct packet_memory memory)
{
	if (!reserve_part(q))
		return false;
	if (!q->n || !fill_room(&part_at(q, q->n - 1)->memory, &memory, len))
		q->memory += memory.whole;
	*part_at(q, q->n++) = (struct recvq_part){owned_text_keep(text), len, memory};
	q->bytes += len;
	return true;
}

static struct recvq_disorder *disorder_of(struct tcp_recvq *q)
{
	if (!q->disorder) {
		q->disorder = pool_take_clear(q->pool, sizeof(*q->disorder));
		if (q->disorder)
			TAILQ_INIT(&q->disorder->list);
	}
	return q->disorder;
}

static tcpsim_seq ooo_end(const struct recvq_ooo *part)
{
	return tcpsim_seq_add(part->seq, part->len + part->fin);
}

/* Nothing is out of order any more. */
static void disorder_free(struct tcp_recvq *q)
{
	pool_give(q->pool, q->disorder, sizeof(*q->disorder));
	q->disorder = NULL;
}

static void ooo_free(struct tcp_recvq *q, struct recvq_ooo *part)
{
	struct recvq_disorder *d = q->disorder;

	TAILQ_REMOVE(&d->list, part, link);
	d->bytes -= part->len;
	d->parts--;
	owned_text_release(&part->text);
	pool_give(q->pool, part, sizeof(*part));
}

/* The run of adjacent parts around `part`: what a SACK block says of it. */
static struct tcpsim_sack_block run_around(const struct recvq_ooo *part, bool count_fin)
{
	const struct recvq_ooo *first = part, *last = part, *other;

	while ((other = TAILQ_PREV(first, recvq_ooo_list, link)) &&
		tcpsim_seq_eq(ooo_end(other), first->seq))
		first = other;
	while ((other = TAILQ_NEXT(last, link)) && tcpsim_seq_eq(ooo_end(last), other->seq))
		last = other;
	return (struct tcpsim_sack_block){
		first->seq, count_fin ? ooo_end(last) : tcpsim_seq_add(last->seq, last->len)};
}

static bool overlaps(const struct tcpsim_sack_block *a, const struct tcpsim_sack_block *b)
{
	return tcpsim_seq_le(a->start, b->end) && tcpsim_seq_le(b->start, a->end);
}

/* RFC 2018 §4: the block of the segment that caused this ACK comes first; what it
 * swallowed goes. */
static void note_block(struct recvq_disorder *d, struct tcpsim_sack_block block)
{
	struct tcpsim_sack_block kept[RECVQ_SACK_BLOCKS];
	uint8_t n = 0;

	kept[n++] = block;
	for (uint8_t i = 0; i < d->n_blocks && n < RECVQ_SACK_BLOCKS; i++)
		if (!overlaps(&d->blocks[i], &block))
			kept[n++] = d->blocks[i];
	memcpy(d->blocks, kept, n * sizeof(*kept));
	d->n_blocks = n;
}

/* One new part before `next` (NULL: last). */
static struct recvq_ooo *ooo_new(struct tcp_recvq *q, struct recvq_ooo *next,
	const struct owned_text *text, tcpsim_seq seq, uint32_t len, bool fin)
{
	struct recvq_ooo *part = pool_take(q->pool, sizeof(*part));
	struct recvq_disorder *d = q->disorder;

	if (!part)
		return NULL;
	*part = (struct recvq_ooo){
		.text = owned_text_keep(text), .seq = seq, .len = len, .fin = fin};
	if (next)
		TAILQ_INSERT_BEFORE(next, part, link);
	else
		TAILQ_INSERT_TAIL(&d->list, part, link);
	d->bytes += len;
	d->parts++;
	return part;
}

/* RFC 2883 §4: one duplicate is told an ACK; what joins it makes it longer, more of them are left
 * unsaid. */
static void note_dsack(struct recvq_disorder *d, struct tcpsim_sack_block block)
{
	if (!d->has_dsack) {
		d->has_dsack = true;
		d->dsack = block;
	} else if (overlaps(&d->dsack, &block)) {
		d->dsack.start = tcpsim_seq_min(d->dsack.start, block.start);
		d->dsack.end = tcpsim_seq_max(d->dsack.end, block.end);
	}
}

void recvq_note_duplicate(struct tcp_recvq *q, tcpsim_seq start, tcpsim_seq end)
{
	struct recvq_disorder *d = disorder_of(q);

	if (d && tcpsim_seq_lt(start, end))
		note_dsack(d, (struct tcpsim_sack_block){start, end});
}

/* The first part that ends after seq, searched from the tail: new text mostly comes last. */
static struct recvq_ooo *first_after(const struct recvq_disorder *d, tcpsim_seq seq)
{
	struct recvq_ooo *found = NULL, *part;

	TAILQ_FOREACH_REVERSE(part, &d->list, recvq_ooo_list, link)
	{
		if (tcpsim_seq_le(ooo_end(part), seq))
			break;
		found = part;
	}
	return found;
}

/* Fills the gaps of [seq, seq+len) one by one; `*touched` is some part of the run. Returns bytes
 * kept or -ENOMEM. */
static ssize_t fill_gaps(struct tcp_recvq *q, const struct owned_text *text, tcpsim_seq seq,
	uint32_t len, unsigned flags, struct recvq_ooo **touched)
{
	struct recvq_disorder *d = q->disorder;
	struct recvq_ooo *next = first_after(d, seq);
	tcpsim_seq end = tcpsim_seq_add(seq, len), at = seq;
	bool fin = flags & RECVQ_FIN;
	ssize_t kept = 0;

	for (;;) {
		tcpsim_seq stop = next && tcpsim_seq_lt(next->seq, end) ? next->seq : end;
		bool last = tcpsim_seq_eq(stop, end) && !(next && tcpsim_seq_lt(next->seq, end));
		uint32_t n = tcpsim_seq_gt(stop, at) ? stop.n - at.n : 0;
		/* what lies beyond it is forgotten when it is reached */
		bool ends = last && fin && (!next || flags & RECVQ_FIN_TELLS);

		if (n || ends) {
			struct owned_text part = owned_text_from(text, at.n - seq.n);

			*touched = ooo_new(q, next, &part, at, n, ends);
			if (!*touched)
				return -ENOMEM;
			kept += n;
		}
		if (last)
			return kept;
		at = tcpsim_seq_max(at, next->seq);
		*touched = next;
		if (flags & RECVQ_DSACK && len)
			note_dsack(d,
				(struct tcpsim_sack_block){at, tcpsim_seq_min(end, ooo_end(next))});
		at = tcpsim_seq_max(at, ooo_end(next));
		next = TAILQ_NEXT(next, link);
		if (tcpsim_seq_ge(at, end))
			return kept;
	}
}

/* The memory of a packet whose text is, or ends in, `part`. */
static void account(struct tcp_recvq *q, struct recvq_ooo *part, struct packet_memory memory)
{
	struct recvq_ooo *before = TAILQ_PREV(part, recvq_ooo_list, link);

	if (part->memory.whole) { /* it was there before */
		part->memory.whole += memory.whole;
		q->memory += memory.whole;
		return;
	}
	if (!before || !tcpsim_seq_eq(ooo_end(before), part->seq) ||
		!fill_room(&before->memory, &memory, part->len))
		q->memory += memory.whole;
	part->memory = memory;
}

ssize_t recvq_insert(struct tcp_recvq *q, const struct owned_text *text, tcpsim_seq seq,
	uint32_t len, struct packet_memory memory, unsigned flags)
{
	struct recvq_disorder *d = disorder_of(q);
	struct recvq_ooo *touched = NULL, *last;
	ssize_t kept;

	if (!d)
		return -ENOMEM;
	last = TAILQ_LAST(&d->list, recvq_ooo_list);
	if (last && last->fin && !(flags & RECVQ_FIN_TELLS) && tcpsim_seq_ge(seq, ooo_end(last)))
		return 0; /* beyond a FIN there is nothing */
	kept = fill_gaps(q, text, seq, len, flags, &touched);
	if (touched && kept > 0) /* a packet that filled several gaps is counted once */
		account(q, touched, memory);
	if (touched && (len || flags & RECVQ_SACK_FIN))
		note_block(d, run_around(touched, flags & RECVQ_SACK_FIN));
	return kept;
}

/* Blocks that RCV.NXT has passed go; one that it has entered is no gap any more either. */
static void forget_blocks(struct recvq_disorder *d, tcpsim_seq rcv_nxt)
{
	uint8_t n = 0;

	for (uint8_t i = 0; i < d->n_blocks; i++)
		if (tcpsim_seq_gt(d->blocks[i].start, rcv_nxt))
			d->blocks[n++] = d->blocks[i];
	d->n_blocks = n;
}

/* What the text before rcv_nxt has of a part, too. */
static void note_passed(
	struct recvq_disorder *d, const struct recvq_ooo *part, tcpsim_seq rcv_nxt, unsigned flags)
{
	uint32_t span = part->len + (part->fin && flags & RECVQ_SACK_FIN);

	if (flags & RECVQ_DSACK && span && tcpsim_seq_lt(part->seq, rcv_nxt))
		note_dsack(d, (struct tcpsim_sack_block){part->seq,
				      tcpsim_seq_min(rcv_nxt, tcpsim_seq_add(part->seq, span))});
}

uint32_t recvq_advance(struct tcp_recvq *q, tcpsim_seq rcv_nxt, unsigned flags, bool *fin)
{
	struct recvq_disorder *d = q->disorder;
	struct recvq_ooo *part;
	uint32_t moved = 0;

	*fin = false;
	if (!d)
		return 0;
	while (!*fin && (part = TAILQ_FIRST(&d->list)) && tcpsim_seq_le(part->seq, rcv_nxt)) {
		uint32_t skip = rcv_nxt.n - part->seq.n;

		note_passed(d, part, rcv_nxt, flags);
		if (skip < part->len) {
			struct owned_text rest = owned_text_from(&part->text, skip);
			uint32_t n = part->len - skip;

			if (!recvq_append(q, &rest, n, part->memory))
				break;
			rcv_nxt = tcpsim_seq_add(rcv_nxt, n);
			moved += n;
		}
		/* the octet of a FIN that text has passed is no FIN's */
		*fin = part->fin && skip <= part->len;
		q->memory -= part->memory.whole; /* what moved was counted anew */
		ooo_free(q, part);
	}
	if (*fin && flags & RECVQ_FIN_TELLS)
		return moved;
	forget_blocks(d, rcv_nxt);
	if (TAILQ_EMPTY(&d->list) && !d->has_dsack) {
		disorder_free(q);
	}
	return moved;
}

int recvq_sack_blocks(const struct tcp_recvq *q, struct tcpsim_sack_block *blocks, int max)
{
	const struct recvq_disorder *d = q->disorder;
	int n = 0;

	if (!d)
		return 0;
	if (d->has_dsack && n < max)
		blocks[n++] = d->dsack;
	for (uint8_t i = 0; i < d->n_blocks && n < max; i++)
		blocks[n++] = d->blocks[i];
	return n;
}

void recvq_sack_sent(struct tcp_recvq *q)
{
	struct recvq_disorder *d = q->disorder;

	if (!d)
		return;
	d->has_dsack = false;
	if (TAILQ_EMPTY(&d->list)) {
		disorder_free(q);
	}
}

/* Copies at most len bytes, from `offset` into the first part on, to `to` (NULL: nowhere). */
static size_t copy_out(const struct tcp_recvq *q, size_t offset, uint8_t *to, size_t len)
{
	size_t done = 0;

	for (uint32_t i = 0; i < q->n && done < len; i++) {
		const struct recvq_part *part = part_at(q, i);
		const uint8_t *bytes = owned_text_bytes(&part->text);
		size_t n;

		if (offset >= part->len) {
			offset -= part->len;
			continue;
		}
		n = part->len - offset;
		if (n > len - done)
			n = len - done;
		if (to && bytes)
			memcpy(to + done, bytes + offset, n);
		else if (to)
			memset(to + done, 0, n);
		done += n;
		offset = 0;
	}
	return done;
}

static void consume(struct tcp_recvq *q, size_t len)
{
	q->bytes -= (uint32_t)len;
	while (len) {
		struct recvq_part *part = part_at(q, 0);

		if (len < part->len) {
			part->len -= (uint32_t)len;
			part->text = owned_text_from(&part->text, (uint32_t)len);
			return;
		}
		len -= part->len;
		q->memory -= part->memory.whole;
		owned_text_release(&part->text);
		q->head = (q->head + 1) & (q->capacity - 1);
		q->n--;
	}
}

size_t recvq_read(struct tcp_recvq *q, const struct iovec *iov, int n_iov, size_t limit, bool peek)
{
	size_t done = 0;

	for (int i = 0; i < n_iov && done < limit; i++) {
		size_t want = iov[i].iov_len < limit - done ? iov[i].iov_len : limit - done;
		size_t n;

		if (!want)
			continue;
		n = copy_out(q, peek ? done : 0, iov[i].iov_base, want);
		if (!peek)
			consume(q, n);
		done += n;
		if (n < want)
			break;
	}
	return done;
}

size_t recvq_view(const struct tcp_recvq *q, size_t skip, void *out, size_t want)
{
	return copy_out(q, skip, out, want);
}

uint32_t recvq_first_packet(const struct tcp_recvq *q)
{
	uint32_t len = 0;

	/* the parts before the one that has the memory lie in the same packet */
	for (uint32_t i = 0; i < q->n; i++) {
		len += part_at(q, i)->len;
		if (part_at(q, i)->memory.whole)
			break;
	}
	return len;
}

uint32_t recvq_reach(const struct tcp_recvq *q, tcpsim_seq rcv_nxt)
{
	const struct recvq_ooo *last =
		recvq_has_gap(q) ? TAILQ_LAST(&q->disorder->list, recvq_ooo_list) : NULL;

	return last ? ooo_end(last).n - rcv_nxt.n : 0;
}

/* Linux tcp_collapse: new buffers of a page each. */
#define COLLAPSED_MOST 3776u

void recvq_collapse(struct tcp_recvq *q)
{
	uint32_t before = 0, after = 0, rest;

	for (uint32_t i = 0; i < q->n; i++)
		before += part_at(q, i)->memory.whole;
	for (rest = q->bytes; rest; rest -= rest < COLLAPSED_MOST ? rest : COLLAPSED_MOST)
		after += truesize_of_text(rest < COLLAPSED_MOST ? rest : COLLAPSED_MOST).whole;
	if (!q->n || after >= before)
		return;
	/* All of it is given back with the last: nothing was read of what is full. */
	for (uint32_t i = 0; i < q->n; i++)
		part_at(q, i)->memory = (struct packet_memory){0};
	part_at(q, q->n - 1)->memory.whole = after;
	q->memory -= before - after;
}

void recvq_prune(struct tcp_recvq *q, tcpsim_seq seq, uint32_t step, uint32_t most)
{
	int64_t goal = step;
	struct recvq_ooo *last;

	while (recvq_has_gap(q)) {
		last = TAILQ_LAST(&q->disorder->list, recvq_ooo_list);
		if (tcpsim_seq_gt(seq, last->seq))
			break;
		goal -= last->memory.whole;
		q->memory -= last->memory.whole;
		ooo_free(q, last);
		q->disorder->n_blocks = 0; /* as after a timeout: nothing of it is promised */
		if (goal <= 0) {
			if (q->memory <= most)
				break;
			goal = step;
		}
	}
}

void recvq_drop_ooo(struct tcp_recvq *q)
{
	struct recvq_disorder *d = q->disorder;

	if (!d)
		return;
	while (!TAILQ_EMPTY(&d->list)) {
		q->memory -= TAILQ_FIRST(&d->list)->memory.whole;
		ooo_free(q, TAILQ_FIRST(&d->list));
	}
	disorder_free(q);
}

void recvq_clear(struct tcp_recvq *q)
{
	recvq_drop_ooo(q);
	for (uint32_t i = 0; i < q->n; i++)
		owned_text_release(&part_at(q, i)->text);
	pool_give(q->pool, q->parts, q->capacity * sizeof(*q->parts));
	*q = (struct tcp_recvq){.pool = q->pool};
}
