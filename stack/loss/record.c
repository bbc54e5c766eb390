/*
 * The ring of records and the list by time through it.
 */
#include <assert.h>
#include <loss/loss.h>
#include <loss/record.h>
#include <string.h>
#include <wire/packet.h>

#define RING_FIRST 4
#define RING_KEEP  32 /* records; a larger empty ring is given back */

void loss_init(struct tcp_loss *loss, const struct tcpsim_profile *sys, struct tcpsim_pool *pool)
{
	memset(loss, 0, sizeof(*loss));
	loss->pool = pool;
	loss->reordering = (uint32_t)sys->dupack_threshold;
	loss->reo_wnd_mult = 1;
}

static size_t ring_size(uint32_t capacity)
{
	return sizeof(struct loss_ring) + (size_t)capacity * sizeof(struct loss_record);
}

static void free_ring(struct tcp_loss *loss)
{
	if (loss->ring)
		pool_give(loss->pool, loss->ring, ring_size(loss->ring->mask + 1));
	loss->ring = NULL;
}

void loss_free(struct tcp_loss *loss)
{
	free_ring(loss);
	loss->packets = loss->sacked = loss->lost = loss->retrans = loss->listed = 0;
	loss->sacked_bytes = loss->lost_bytes = loss->retrans_bytes = 0;
}

void loss_shrink(struct tcp_loss *loss)
{
	if (loss->packets || !loss->ring || loss->ring->mask < RING_KEEP)
		return;
	free_ring(loss);
}

bool loss_reserve(struct tcp_loss *loss, uint32_t n)
{
	uint32_t old = loss->ring ? loss->ring->mask + 1 : 0, capacity = old ? old : RING_FIRST;
	struct loss_ring *ring;

	while (capacity < loss->packets + n)
		capacity *= 2;
	if (capacity == old)
		return true;
	ring = pool_take(loss->pool, ring_size(capacity));
	if (!ring)
		return false;
	ring->mask = capacity - 1;
	for (uint32_t i = loss->first; i != loss_end(loss); i++)
		ring->at[i & ring->mask] = *loss_at(loss, i);
	free_ring(loss);
	loss->ring = ring;
	return true;
}

/* --- the list by time --- */

static void list_last(struct tcp_loss *loss, uint32_t index)
{
	struct loss_record *r = loss_at(loss, index);

	r->next = index;
	if (loss->listed++) {
		r->prev = loss->time_tail;
		loss_at(loss, loss->time_tail)->next = index;
	} else {
		r->prev = index;
		loss->time_head = index;
	}
	loss->time_tail = index;
	r->flags |= RECORD_LISTED;
}

void loss_unlist(struct tcp_loss *loss, uint32_t index)
{
	struct loss_record *r = loss_at(loss, index);

	if (!(r->flags & RECORD_LISTED))
		return;
	r->flags &= (uint16_t)~RECORD_LISTED;
	if (--loss->listed == 0)
		return;
	if (loss->time_head == index) {
		loss->time_head = r->next;
		loss_at(loss, r->next)->prev = r->next;
	} else if (loss->time_tail == index) {
		loss->time_tail = r->prev;
		loss_at(loss, r->prev)->next = r->prev;
	} else {
		loss_at(loss, r->prev)->next = r->next;
		loss_at(loss, r->next)->prev = r->prev;
	}
}

/* --- what leaves --- */

static void stamp(const struct tcp_loss *loss, struct loss_record *r, int64_t now)
{
	r->sent_ns = now;
	r->delivered = loss->delivered;
	r->delivered_us = loss->delivered_us;
	r->first_sent_us = loss->first_sent_us;
	if (loss->app_limited)
		r->flags |= RECORD_APP_LIMITED;
	else
		r->flags &= (uint16_t)~RECORD_APP_LIMITED;
}

void loss_append(struct tcp_loss *loss, tcpsim_seq seq, uint32_t len, unsigned flags, int64_t now)
{
	struct loss_record *r;

	assert(loss->ring && loss->packets <= loss->ring->mask); /* loss_reserve */
	if (!loss->packets) {
		loss->hint = loss->judged = loss->first;
		loss->first_sent_us = loss->delivered_us = loss_us(now);
	}
	r = loss_at(loss, loss_end(loss));
	loss->packets++;
	r->seq = seq;
	r->len = len;
	r->flags = (uint16_t)flags;
	stamp(loss, r, now);
	list_last(loss, loss_end(loss) - 1);
}

void loss_resent(struct tcp_loss *loss, uint32_t index, int64_t now, bool counted)
{
	struct loss_record *r = loss_at(loss, index);

	if (counted && !(r->flags & RECORD_RETRANS)) {
		r->flags |= RECORD_RETRANS;
		loss->retrans++;
		loss->retrans_bytes += r->len;
	}
	r->flags |= RECORD_EVER;
	/* A probe may repeat what was SACKed (RFC 8985 §7.3 has it send the last segment, whatever
	 * is known of it): that cannot be lost, and was counted as delivered. */
	if (r->flags & RECORD_SACKED)
		return;
	stamp(loss, r, now);
	loss_unlist(loss, index);
	list_last(loss, index);
}

/* --- looking up --- */

uint32_t loss_find(const struct tcp_loss *loss, tcpsim_seq seq)
{
	uint32_t low = 0, high = loss->packets;

	if (!high || tcpsim_seq_lt(seq, loss_at(loss, loss->first)->seq))
		return loss_end(loss);
	if (tcpsim_seq_ge(seq, record_end(loss_at(loss, loss_end(loss) - 1))))
		return loss_end(loss);
	while (high - low > 1) {
		uint32_t middle = low + (high - low) / 2;

		if (tcpsim_seq_le(loss_at(loss, loss->first + middle)->seq, seq))
			low = middle;
		else
			high = middle;
	}
	return loss->first + low;
}

/* --- cutting and joining: rare, so the records behind simply move --- */

static void shift_links(struct tcp_loss *loss, uint32_t from, int32_t by)
{
	for (uint32_t i = loss->first; i != loss_end(loss); i++) {
		struct loss_record *r = loss_at(loss, i);

		if (r->next - loss->first >= from - loss->first)
			r->next += (uint32_t)by;
		if (r->prev - loss->first >= from - loss->first)
			r->prev += (uint32_t)by;
	}
	if (loss->time_head - loss->first >= from - loss->first)
		loss->time_head += (uint32_t)by;
	if (loss->time_tail - loss->first >= from - loss->first)
		loss->time_tail += (uint32_t)by;
}

static void count(struct tcp_loss *loss, unsigned flags, int32_t records, int32_t bytes)
{
	if (flags & RECORD_SACKED) {
		loss->sacked += (uint32_t)records;
		loss->sacked_bytes += (uint32_t)bytes;
	}
	if (flags & RECORD_LOST) {
		loss->lost += (uint32_t)records;
		loss->lost_bytes += (uint32_t)bytes;
	}
	if (flags & RECORD_RETRANS) {
		loss->retrans += (uint32_t)records;
		loss->retrans_bytes += (uint32_t)bytes;
	}
}

bool loss_split(struct tcp_loss *loss, uint32_t index, uint32_t len)
{
	struct loss_record *r, *tail;

	if (len == 0 || len >= loss_at(loss, index)->len || !loss_reserve(loss, 1))
		return false;
	shift_links(loss, index + 1, 1);
	for (uint32_t i = loss_end(loss); i != index + 1; i--)
		*loss_at(loss, i) = *loss_at(loss, i - 1);
	loss->packets++;
	r = loss_at(loss, index);
	tail = loss_at(loss, index + 1);
	*tail = *r;
	tail->seq = tcpsim_seq_add(r->seq, len);
	tail->len = r->len - len;
	r->len = len;
	r->flags &= (uint16_t)~RECORD_FIN;
	count(loss, r->flags, 1, 0);
	if (r->flags & RECORD_LISTED) { /* the tail stands right behind its head */
		loss->listed++;
		tail->prev = index;
		if (loss->time_tail == index) {
			loss->time_tail = index + 1;
			tail->next = index + 1;
		} else {
			tail->next = r->next;
			loss_at(loss, r->next)->prev = index + 1;
		}
		r->next = index + 1;
		if (loss->time_head == index)
			r->prev = index;
	}
	if (loss->hint - loss->first > index - loss->first)
		loss->hint++;
	loss->judged = loss->first;
	return true;
}

void loss_join(struct tcp_loss *loss, uint32_t index)
{
	struct loss_record *r = loss_at(loss, index), *behind = loss_at(loss, index + 1);

	loss_unlist(loss, index + 1);
	count(loss, behind->flags, -1, -(int32_t)behind->len);
	count(loss, r->flags, 0, (int32_t)behind->len);
	r->len += behind->len;
	r->flags |= behind->flags & (RECORD_FIN | RECORD_EVER);
	for (uint32_t i = index + 1; i + 1 != loss_end(loss); i++)
		*loss_at(loss, i) = *loss_at(loss, i + 1);
	loss->packets--;
	shift_links(loss, index + 2, -1);
	if (loss->hint - loss->first > index - loss->first)
		loss->hint--;
	loss->judged = loss->first;
}

bool loss_fill(struct tcp_loss *loss, uint32_t index, uint32_t room)
{
	const unsigned FATE = RECORD_SACKED | RECORD_LOST | RECORD_RETRANS;
	struct loss_record *r = loss_at(loss, index), *next;
	uint32_t text, take;

	if (!loss_is_record(loss, index + 1) || r->len >= room || r->flags & RECORD_FIN)
		return false;
	next = loss_at(loss, index + 1);
	if ((r->flags & FATE) != (next->flags & FATE))
		return false;
	text = next->len - !!(next->flags & RECORD_FIN);
	take = room - r->len;
	if (take >= text) {
		loss_join(loss, index);
		return true;
	}
	r->len += take;
	next->seq = tcpsim_seq_add(next->seq, take);
	next->len -= take;
	return false;
}

/* --- marks --- */

void loss_mark_lost(struct tcp_loss *loss, uint32_t index)
{
	struct loss_record *r = loss_at(loss, index);

	if (r->flags & RECORD_SACKED)
		return;
	if (r->flags & RECORD_LOST) {
		if (!(r->flags & RECORD_RETRANS))
			return;
		r->flags &= (uint16_t)~RECORD_RETRANS; /* the retransmission is lost too */
		loss->retrans--;
		loss->retrans_bytes -= r->len;
	} else {
		r->flags |= RECORD_LOST;
		loss->lost++;
		loss->lost_bytes += r->len;
	}
	loss->lost_total++;
	if (index - loss->first < loss->hint - loss->first)
		loss->hint = index;
}

void loss_begin_anew(struct tcp_loss *loss)
{
	for (uint32_t i = loss->first; i != loss_end(loss); i++) {
		loss_at(loss, i)->flags &= (uint16_t)~RECORD_SACKED;
		loss_mark_lost(loss, i);
	}
	loss->sacked = loss->sacked_bytes = 0;
	loss->hint = loss->judged = loss->first;
}

void loss_unmark_all(struct tcp_loss *loss)
{
	for (uint32_t i = loss->first; i != loss_end(loss) && loss->lost; i++) {
		struct loss_record *r = loss_at(loss, i);

		if (!(r->flags & RECORD_LOST))
			continue;
		r->flags &= (uint16_t)~RECORD_LOST;
		loss->lost--;
	}
	loss->lost_bytes = 0;
	loss->hint = loss->first;
}

/* --- invariants --- */

/* The links that loss.h promises of SACKed records, from the last one on down. */
static void check_runs(const struct tcp_loss *loss)
{
	uint32_t run_end = loss_end(loss); /* of the run of SACKed records that record i ends in */

	for (uint32_t i = loss_end(loss); i-- != loss->first;) {
		const struct loss_record *r = loss_at(loss, i);

		if (!(r->flags & RECORD_SACKED)) {
			run_end = i;
			continue;
		}
		assert(!(r->flags & RECORD_LISTED));
		assert(r->next - loss->first > i - loss->first);
		assert(r->next - loss->first <= run_end - loss->first);
	}
	(void)run_end; /* read by assertions only */
}

/* The list by time: each of its records once, the oldest first. */
static void check_times(const struct tcp_loss *loss)
{
	uint32_t i = loss->time_head;

	for (uint32_t n = 0; n < loss->listed; n++) {
		const struct loss_record *r = loss_at(loss, i);

		assert(loss_is_record(loss, i) && r->flags & RECORD_LISTED);
		assert(n ? loss_at(loss, r->prev)->next == i : r->prev == i);
		assert(!n || loss_at(loss, r->prev)->sent_ns <= r->sent_ns);
		assert(n + 1 < loss->listed ? r->next != i : r->next == i && loss->time_tail == i);
		i = r->next;
	}
}

void loss_check(const struct tcp_loss *loss, tcpsim_seq una, tcpsim_seq nxt, bool sack)
{
	uint32_t sacked = 0, lost = 0, retrans = 0, listed = 0;
	tcpsim_seq at = una;

	for (uint32_t i = loss->first; i != loss_end(loss); i++) {
		const struct loss_record *r = loss_at(loss, i);

		assert(r->len > 0);
		assert(i == loss->first ? tcpsim_seq_le(r->seq, una) : tcpsim_seq_eq(r->seq, at));
		assert(tcpsim_seq_gt(record_end(r), una));
		at = record_end(r);
		sacked += !!(r->flags & RECORD_SACKED);
		lost += !!(r->flags & RECORD_LOST);
		retrans += !!(r->flags & RECORD_RETRANS);
		listed += !!(r->flags & RECORD_LISTED);
		assert(!(r->flags & RECORD_SACKED) || !(r->flags & RECORD_LOST));
	}
	check_runs(loss);
	check_times(loss);
	assert(!loss->packets || tcpsim_seq_eq(at, nxt));
	assert(!sack || sacked == loss->sacked);
	assert(lost == loss->lost);
	assert(retrans == loss->retrans);
	assert(listed == loss->listed);
	assert(loss->sacked + loss->lost <= loss->packets);
	(void)at; /* read by assertions only */
}
