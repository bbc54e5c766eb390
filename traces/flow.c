/* The table of connections: open addressing with linear probing over 32-bit hashes, records in
 * chunks. */
#include "traces/flow.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* Records come in chunks of one huge page: with many connections most of a look-up's cost is the
 * way to its memory. */
#define HUGE_PAGE   (2u << 20)
#define CHUNK_BYTES HUGE_PAGE
#define CHUNK	    ((uint32_t)(CHUNK_BYTES / sizeof(struct flow)))

struct slot {
	uint32_t hash;
	uint32_t number; /* FLOW_NONE: free */
};

struct flow_table {
	struct slot *slots;
	uint32_t mask, used; /* slots in use: one a 4-tuple */
	struct flow **chunks;
	uint32_t n_chunks, cap_chunks, n;
	size_t extra_bytes;
};

/* Memory of many pages is asked for in huge ones: there is no order in which records are needed. */
static void *pages_new(size_t bytes, bool huge)
{
	void *pages = aligned_alloc(HUGE_PAGE, (bytes + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE);

	if (pages == NULL)
		g_error("no memory for more connections");
	if (huge)
		madvise(pages, bytes, MADV_HUGEPAGE);
	return pages;
}

static struct slot *slots_new(uint32_t size)
{
	size_t bytes = size * sizeof(struct slot);
	struct slot *s = pages_new(bytes, bytes >= HUGE_PAGE);

	memset(s, 0xff, bytes);
	return s;
}

static inline struct flow *record_at(const struct flow_table *t, uint32_t number)
{
	return &t->chunks[number / CHUNK][number % CHUNK];
}

struct flow_table *flow_table_new(void)
{
	struct flow_table *t = g_new0(struct flow_table, 1);

	t->mask = 1023;
	t->slots = slots_new(t->mask + 1);
	return t;
}

static void side_free(struct flow_side *s)
{
	if (s->extra == NULL)
		return;
	g_free(s->extra->holes);
	g_free(s->extra);
}

void flow_table_free(struct flow_table *t)
{
	if (t == NULL)
		return;
	for (uint32_t i = 0; i < t->n; i++) {
		struct flow *f = flow_at(t, i);

		side_free(&f->side[0]);
		side_free(&f->side[1]);
	}
	for (uint32_t i = 0; i < t->n_chunks; i++)
		free(t->chunks[i]);
	g_free(t->chunks);
	free(t->slots);
	g_free(t);
}

uint32_t flow_count(const struct flow_table *t)
{
	return t->n;
}

struct flow *flow_at(const struct flow_table *t, uint32_t number)
{
	return record_at(t, number);
}

size_t flow_table_bytes(const struct flow_table *t)
{
	return (t->mask + (size_t)1) * sizeof(struct slot) +
	       t->n_chunks * (CHUNK_BYTES + sizeof(*t->chunks)) + t->extra_bytes;
}

/* Two multiplications that spread every input bit over the upper half (as wyhash and its kin do).
 */
static inline uint64_t mix(uint64_t a, uint64_t b)
{
	__extension__ typedef unsigned __int128 wide;
	wide m = (wide)a * b;

	return (uint64_t)m ^ (uint64_t)(m >> 64);
}

static uint32_t key_hash(const struct flow_key *k)
{
	uint64_t h = mix(
		k->addr[0].d[0] ^ 0xa0761d6478bd642fULL, k->addr[0].d[1] ^ 0xe7037ed1a0b428dbULL);

	h ^= mix(k->addr[1].d[0] ^ 0x8ebc6af09c88c6e3ULL, k->addr[1].d[1] ^ 0x589965cc75374cc3ULL);
	h = mix(h ^ 0x1d8e4e27c47d124fULL,
		((uint64_t)k->port[0] << 16 | k->port[1]) ^ 0xeb44accab455d165ULL);
	return (uint32_t)(h >> 32 ^ h);
}

static bool key_eq(const struct flow_key *a, const struct flow_key *b)
{
	return a->port[0] == b->port[0] && a->port[1] == b->port[1] &&
	       tcpsim_addr_eq(&a->addr[0], &b->addr[0]) && tcpsim_addr_eq(&a->addr[1], &b->addr[1]);
}

/* Any total order does; this one is two comparisons. */
static bool addr_after(
	const struct tcpsim_addr *a, uint16_t a_port, const struct tcpsim_addr *b, uint16_t b_port)
{
	if (a->d[1] != b->d[1])
		return a->d[1] > b->d[1];
	if (a->d[0] != b->d[0])
		return a->d[0] > b->d[0];
	return a_port > b_port;
}

/* A record is several cache lines, all of which a segment needs: asks for them at once. */
static inline void prefetch(const struct flow *f)
{
	const char *line = (const char *)f;

	for (size_t at = 0; at < sizeof(*f); at += 64)
		__builtin_prefetch(line + at);
}

static inline struct slot *probe(
	const struct flow_table *t, const struct flow_key *key, uint32_t hash)
{
	for (uint32_t i = hash & t->mask;; i = (i + 1) & t->mask) {
		struct slot *s = &t->slots[i];

		if (s->number == FLOW_NONE)
			return s;
		if (s->hash != hash)
			continue;
		if (key_eq(&record_at(t, s->number)->key, key))
			return s;
	}
}

void flow_slot_of(struct flow_slot *slot, const struct tcpsim_addr *src, uint16_t src_port,
	const struct tcpsim_addr *dst, uint16_t dst_port)
{
	unsigned high = addr_after(src, src_port, dst, dst_port);

	slot->key.addr[high] = *src;
	slot->key.port[high] = src_port;
	slot->key.addr[!high] = *dst;
	slot->key.port[!high] = dst_port;
	slot->src_is_high = (uint8_t)high;
	slot->hash = key_hash(&slot->key);
}

struct flow *flow_find(struct flow_table *t, const struct flow_slot *slot, unsigned *from)
{
	const struct slot *s = probe(t, &slot->key, slot->hash);

	if (s->number == FLOW_NONE)
		return NULL;
	struct flow *f = record_at(t, s->number);
	/* low tells which side has key.addr[0]; src has key.addr[high]. */
	*from = slot->src_is_high ? !f->low : f->low;
	return f;
}

void flow_prefetch_place(const struct flow_table *t, const struct flow_slot *slot)
{
	__builtin_prefetch(&t->slots[slot->hash & t->mask]);
}

void flow_prefetch_record(const struct flow_table *t, const struct flow_slot *slot)
{
	const struct slot *s = &t->slots[slot->hash & t->mask];

	/* The first place is right nearly always, and a wrong guess costs nothing but the asking.
	 */
	if (s->number != FLOW_NONE)
		prefetch(record_at(t, s->number));
}

static void grow(struct flow_table *t)
{
	uint32_t old_size = t->mask + 1;
	struct slot *old = t->slots;

	t->mask = old_size * 2 - 1;
	t->slots = slots_new(old_size * 2);
	for (uint32_t i = 0; i < old_size; i++) {
		if (old[i].number == FLOW_NONE)
			continue;
		uint32_t at = old[i].hash & t->mask;
		while (t->slots[at].number != FLOW_NONE)
			at = (at + 1) & t->mask;
		t->slots[at] = old[i];
	}
	free(old);
}

static struct flow *chunk_new(bool many)
{
	return memset(pages_new(CHUNK_BYTES, many), 0, CHUNK_BYTES);
}

static struct flow *record_new(struct flow_table *t)
{
	if (t->n == t->n_chunks * CHUNK) {
		if (t->n_chunks == t->cap_chunks) {
			t->cap_chunks = t->cap_chunks ? t->cap_chunks * 2 : 16;
			t->chunks = g_renew(struct flow *, t->chunks, t->cap_chunks);
		}
		t->chunks[t->n_chunks] = chunk_new(t->n_chunks > 0);
		t->n_chunks++;
	}
	struct flow *f = record_at(t, t->n);
	f->number = t->n++;
	return f;
}

struct flow *flow_new(struct flow_table *t, const struct flow_slot *slot)
{
	struct flow *f = record_new(t);
	struct slot *s = probe(t, &slot->key, slot->hash);

	f->key = slot->key;
	f->previous = s->number;
	f->listener = FLOW_NONE;
	f->low = slot->src_is_high; /* src is side 0 */
	if (s->number == FLOW_NONE)
		t->used++;
	s->hash = slot->hash;
	s->number = f->number;
	if (t->used * 8ull > (t->mask + 1ull) * 5)
		grow(t);
	return f;
}

const char *flow_addr_text(const struct flow *f, unsigned side, char out[FLOW_ADDRSTRLEN])
{
	const struct tcpsim_addr *addr = flow_addr(f, side);
	bool mapped = f->ip_version == 6 && tcpsim_addr_is_v4(addr);

	memcpy(out, "::ffff:", 7);
	tcpsim_addr_text(addr, out + (mapped ? 7 : 0));
	return out;
}

struct flow_extra *flow_extra(struct flow_table *t, struct flow_side *s)
{
	if (s->extra == NULL) {
		s->extra = g_new0(struct flow_extra, 1);
		t->extra_bytes += sizeof(*s->extra);
	}
	return s->extra;
}

static void hole_insert(
	struct flow_table *t, struct flow_side *s, uint32_t at, struct flow_hole hole)
{
	struct flow_extra *x = flow_extra(t, s);

	if (x->n_holes == FLOW_MAX_HOLES) {
		/* The lowest is the oldest: let it count as seen. */
		memmove(x->holes, x->holes + 1, (FLOW_MAX_HOLES - 1) * sizeof(*x->holes));
		x->n_holes--;
		at = at ? at - 1 : 0;
	}
	if (x->n_holes == x->cap_holes) {
		uint32_t cap = x->cap_holes ? x->cap_holes * 2 : 4;

		t->extra_bytes += (cap - x->cap_holes) * sizeof(*x->holes);
		x->cap_holes = cap;
		x->holes = g_renew(struct flow_hole, x->holes, cap);
	}
	memmove(x->holes + at + 1, x->holes + at, (x->n_holes - at) * sizeof(*x->holes));
	x->holes[at] = hole;
	x->n_holes++;
}

static void hole_remove(struct flow_extra *x, uint32_t at)
{
	x->n_holes--;
	memmove(x->holes + at, x->holes + at + 1, (x->n_holes - at) * sizeof(*x->holes));
}

/* Bytes of [start, end) that lay in holes; they do no longer. */
static uint32_t holes_fill(struct flow_table *t, struct flow_side *s, tcp_seq start, tcp_seq end)
{
	struct flow_extra *x = s->extra;
	uint32_t fresh = 0;

	for (uint32_t i = 0; x != NULL && i < x->n_holes;) {
		struct flow_hole h = x->holes[i];
		tcp_seq from = seq_max(h.start, start), to = seq_min(h.end, end);

		if (!seq_lt(from, to)) {
			i++;
			continue;
		}
		fresh += (uint32_t)seq_diff(to, from);
		if (seq_lt(h.start, from) && seq_lt(to, h.end)) {
			struct flow_hole upper = h;

			x->holes[i].end = from;
			upper.start = to;
			hole_insert(t, s, i + 1, upper);
			i += 2;
		} else if (seq_lt(h.start, from)) {
			x->holes[i++].end = from;
		} else if (seq_lt(to, h.end)) {
			x->holes[i++].start = to;
		} else {
			hole_remove(x, i);
		}
	}
	return fresh;
}

uint32_t flow_cover(struct flow_table *t, struct flow_side *s, tcp_seq start, tcp_seq end,
	const struct flow_hole *opened)
{
	uint32_t fresh = 0;

	if (!(s->seen & FLOW_SENT)) {
		s->seen |= FLOW_SENT;
		s->nxt = start;
	}
	if (seq_lt(start, s->nxt))
		fresh = holes_fill(t, s, start, seq_min(end, s->nxt));
	if (seq_gt(start, s->nxt)) {
		struct flow_hole hole = *opened;

		hole.start = s->nxt;
		hole.end = start;
		hole_insert(t, s, s->extra ? s->extra->n_holes : 0, hole);
	}
	if (seq_gt(end, s->nxt)) {
		fresh += (uint32_t)seq_diff(end, seq_max(start, s->nxt));
		s->nxt = end;
	}
	return fresh;
}

const struct flow_hole *flow_hole_at(const struct flow_side *s, tcp_seq at)
{
	for (uint32_t i = 0; s->extra != NULL && i < s->extra->n_holes; i++)
		if (seq_in(at, s->extra->holes[i].start, s->extra->holes[i].end))
			return &s->extra->holes[i];
	return NULL;
}

tcp_seq flow_contiguous(const struct flow_side *s, tcp_seq from)
{
	for (uint32_t i = 0; s->extra != NULL && i < s->extra->n_holes; i++)
		if (seq_ge(s->extra->holes[i].start, from))
			return s->extra->holes[i].start;
		else if (seq_gt(s->extra->holes[i].end, from))
			return from;
	return s->nxt;
}
