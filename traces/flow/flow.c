/* The table of connections: open addressing with linear probing over 32-bit hashes, records in
 * chunks. */
#include "traces/flow/flow.h"

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
	uint32_t place; /* of the record; FLOW_NONE: free */
};

struct flow_table {
	struct slot *slots;
	uint32_t mask, used; /* slots in use: one a 4-tuple */
	struct flow **chunks;
	uint32_t n_chunks, cap_chunks;
	uint32_t n, held, places; /* connections ever; records in use; places that ever were */
	uint32_t free;		  /* first free place, or FLOW_NONE */
	size_t extra_bytes;
};

/* Memory of many pages is asked for in huge ones: there is no order in which records are needed. */
static void *pages_new(size_t bytes, bool huge)
{
	void *pages = aligned_alloc(HUGE_PAGE, (bytes + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE);

	if (pages != NULL && huge)
		madvise(pages, bytes, MADV_HUGEPAGE);
	return pages;
}

static struct slot *slots_new(uint32_t size)
{
	size_t bytes = size * sizeof(struct slot);
	struct slot *s = pages_new(bytes, bytes >= HUGE_PAGE);

	return s == NULL ? NULL : memset(s, 0xff, bytes);
}

static inline struct flow *record_at(const struct flow_table *t, uint32_t place)
{
	return &t->chunks[place / CHUNK][place % CHUNK];
}

struct flow_table *flow_table_new(void)
{
	struct flow_table *t = g_new0(struct flow_table, 1);

	t->mask = 1023;
	t->slots = slots_new(t->mask + 1);
	t->free = FLOW_NONE;
	if (t->slots == NULL)
		g_error("no memory for a table of connections");
	return t;
}

static void side_free(struct flow_table *t, struct flow_side *s)
{
	if (s->extra == NULL)
		return;
	t->extra_bytes -= sizeof(*s->extra) + s->extra->cap_holes * sizeof(*s->extra->holes);
	g_free(s->extra->holes);
	g_free(s->extra);
	s->extra = NULL;
}

void flow_table_free(struct flow_table *t)
{
	if (t == NULL)
		return;
	for (uint32_t i = 0; i < t->places; i++) {
		struct flow *f = record_at(t, i);

		side_free(t, &f->side[0]);
		side_free(t, &f->side[1]);
		flow_figures_free(t, f);
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

uint32_t flow_held(const struct flow_table *t)
{
	return t->held;
}

uint32_t flow_places(const struct flow_table *t)
{
	return t->places;
}

struct flow *flow_at(const struct flow_table *t, uint32_t place)
{
	struct flow *f = record_at(t, place);

	return f->number == FLOW_NONE ? NULL : f;
}

struct flow *flow_numbered(const struct flow_table *t, uint32_t number)
{
	/* Places are numbers until the first connection is let go. */
	for (uint32_t i = t->held == t->n ? number : 0; i < t->places; i++)
		if (record_at(t, i)->number == number)
			return record_at(t, i);
	return NULL;
}

static int by_number(const void *a, const void *b)
{
	const struct flow *x = *(struct flow *const *)a, *y = *(struct flow *const *)b;

	return x->number < y->number ? -1 : x->number > y->number;
}

struct flow **flow_in_order(const struct flow_table *t, uint32_t *n)
{
	struct flow **in_order = g_new(struct flow *, t->held + 1);

	*n = 0;
	for (uint32_t i = 0; i < t->places; i++)
		if (record_at(t, i)->number != FLOW_NONE)
			in_order[(*n)++] = record_at(t, i);
	if (t->held < t->n)
		qsort(in_order, *n, sizeof(struct flow *), by_number);
	return in_order;
}

size_t flow_table_bytes(const struct flow_table *t)
{
	return (t->mask + (size_t)1) * sizeof(struct slot) +
	       t->n_chunks * (CHUNK_BYTES + sizeof(*t->chunks)) + t->extra_bytes;
}

/* Two multiplications that spread every input bit over the upper half (as wyhash and
 * its kin do). */
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

		if (s->place == FLOW_NONE)
			return s;
		if (s->hash != hash)
			continue;
		if (key_eq(&record_at(t, s->place)->key, key))
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

	if (s->place == FLOW_NONE)
		return NULL;
	struct flow *f = record_at(t, s->place);
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

	/* The first place is right nearly always, and a wrong guess costs nothing
	 * but the asking. */
	if (s->place != FLOW_NONE)
		prefetch(record_at(t, s->place));
}

const struct pace *flow_pace(const struct flow_table *t, const struct flow_slot *slot)
{
	const struct slot *s = &t->slots[slot->hash & t->mask];

	return s->place == FLOW_NONE ? NULL : record_at(t, s->place)->pace;
}

/* The same 4-tuples in a table of `size` slots. */
static bool rebuild(struct flow_table *t, uint32_t size)
{
	struct slot *old = t->slots, *slots = slots_new(size);
	uint32_t old_size = t->mask + 1;

	if (slots == NULL)
		return false;
	t->slots = slots;
	t->mask = size - 1;
	for (uint32_t i = 0; i < old_size; i++) {
		if (old[i].place == FLOW_NONE)
			continue;
		uint32_t at = old[i].hash & t->mask;
		while (slots[at].place != FLOW_NONE)
			at = (at + 1) & t->mask;
		slots[at] = old[i];
	}
	free(old);
	return true;
}

static bool chunk_new(struct flow_table *t)
{
	struct flow *chunk = pages_new(CHUNK_BYTES, t->n_chunks > 0);

	if (chunk == NULL)
		return false;
	if (t->n_chunks == t->cap_chunks) {
		t->cap_chunks = t->cap_chunks ? t->cap_chunks * 2 : 16;
		t->chunks = g_renew(struct flow *, t->chunks, t->cap_chunks);
	}
	t->chunks[t->n_chunks++] = chunk;
	return true;
}

/* Slots that `n` more connections need. */
static uint32_t slots_for(const struct flow_table *t, uint32_t n)
{
	uint32_t size = t->mask + 1;

	while ((t->used + (uint64_t)n) * 8 > size * 5ull)
		size *= 2;
	return size;
}

static uint32_t chunks_for(const struct flow_table *t, uint32_t n)
{
	uint64_t there = t->n_chunks * (uint64_t)CHUNK - t->held;

	return there >= n ? 0 : (uint32_t)((n - there + CHUNK - 1) / CHUNK);
}

size_t flow_table_growth(const struct flow_table *t, uint32_t n)
{
	uint32_t slots = slots_for(t, n);

	return (slots > t->mask + 1 ? slots * sizeof(struct slot) : 0) +
	       (size_t)chunks_for(t, n) * CHUNK_BYTES;
}

bool flow_table_reserve(struct flow_table *t, uint32_t n)
{
	uint32_t slots = slots_for(t, n), chunks = chunks_for(t, n);

	if (slots > t->mask + 1 && !rebuild(t, slots))
		return false;
	for (; chunks > 0; chunks--)
		if (!chunk_new(t))
			return false;
	return true;
}

static struct flow *record_new(struct flow_table *t)
{
	uint32_t place = t->free;
	struct flow *f;

	if (place != FLOW_NONE) {
		f = record_at(t, place);
		t->free = f->previous;
	} else {
		place = t->places++;
		if (place == t->n_chunks * CHUNK && !chunk_new(t))
			g_error("no memory for more connections");
		f = record_at(t, place);
	}
	memset(f, 0, sizeof(*f));
	f->place = place;
	f->number = t->n++;
	t->held++;
	return f;
}

struct flow *flow_new(struct flow_table *t, const struct flow_slot *slot)
{
	struct flow *f = record_new(t);
	struct slot *s = probe(t, &slot->key, slot->hash);

	f->key = slot->key;
	f->previous = s->place == FLOW_NONE ? FLOW_NONE : record_at(t, s->place)->number;
	f->listener = FLOW_NONE;
	f->low = slot->src_is_high; /* src is side 0 */
	if (s->place == FLOW_NONE)
		t->used++;
	s->hash = slot->hash;
	s->place = f->place;
	if (t->used * 8ull > (t->mask + 1ull) * 5 && !rebuild(t, (t->mask + 1) * 2))
		g_error("no memory for more connections");
	return f;
}

/* Linear probing takes no holes: what follows moves up, as long as that brings it no nearer than
 * its own first place. */
static void slot_erase(struct flow_table *t, struct slot *s)
{
	uint32_t hole = (uint32_t)(s - t->slots);

	for (uint32_t i = (hole + 1) & t->mask; t->slots[i].place != FLOW_NONE;
		i = (i + 1) & t->mask) {
		if (((i - t->slots[i].hash) & t->mask) < ((i - hole) & t->mask))
			continue;
		t->slots[hole] = t->slots[i];
		hole = i;
	}
	t->slots[hole].place = FLOW_NONE;
	t->used--;
}

static void record_release(struct flow_table *t, struct flow *f)
{
	struct slot *s = probe(t, &f->key, key_hash(&f->key));

	if (s->place == f->place) /* else another has the 4-tuple since */
		slot_erase(t, s);
	side_free(t, &f->side[0]);
	side_free(t, &f->side[1]);
	flow_figures_free(t, f);
	f->number = FLOW_NONE;
	f->previous = t->free;
	t->free = f->place;
	t->held--;
}

uint32_t flow_release(struct flow_table *t, flow_ended_fn ended, void *context)
{
	uint32_t held = t->held;

	for (uint32_t i = 0; i < t->places; i++) {
		struct flow *f = record_at(t, i);

		if (f->number != FLOW_NONE && ended(context, f))
			record_release(t, f);
	}
	return held - t->held;
}

const char *flow_addr_text(const struct flow *f, unsigned side, char out[FLOW_ADDRSTRLEN])
{
	const struct tcpsim_addr *addr = flow_addr(f, side);
	bool mapped = f->ip_version == 6 && tcpsim_addr_is_v4(addr);

	memcpy(out, "::ffff:", 7);
	tcpsim_addr_text(addr, out + (mapped ? 7 : 0));
	return out;
}

void flow_table_grew(struct flow_table *t, ptrdiff_t bytes)
{
	t->extra_bytes += (size_t)bytes;
}

struct flow_figures *flow_figures(struct flow_table *t, struct flow *f)
{
	if (f->figures == NULL) {
		f->figures = g_new0(struct flow_figures, 1);
		flow_table_grew(t, sizeof(*f->figures));
	}
	return f->figures;
}

void flow_figures_free(struct flow_table *t, struct flow *f)
{
	struct flow_figures *g = f->figures;

	if (g == NULL)
		return;
	flow_table_grew(t, -(ptrdiff_t)(sizeof(*g) + flow_figures_bytes(g)));
	g_free(g->side[0].limits);
	g_free(g->side[1].limits);
	if (g->stalls != NULL)
		g_free(g->stalls->at);
	g_free(g->stalls);
	g_free(g);
	f->figures = NULL;
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

void flow_open_hole(struct flow_table *t, struct flow_side *s, const struct flow_hole *hole)
{
	hole_insert(t, s, 0, *hole);
}

static void hole_remove(struct flow_extra *x, uint32_t at)
{
	x->n_holes--;
	memmove(x->holes + at, x->holes + at + 1, (x->n_holes - at) * sizeof(*x->holes));
}

/* Bytes of [start, end) that lay in holes; they do no longer. */
static uint32_t holes_fill(
	struct flow_table *t, struct flow_side *s, tcpsim_seq start, tcpsim_seq end)
{
	struct flow_extra *x = s->extra;
	uint32_t fresh = 0;

	for (uint32_t i = 0; x != NULL && i < x->n_holes;) {
		struct flow_hole h = x->holes[i];
		tcpsim_seq from = tcpsim_seq_max(h.start, start), to = tcpsim_seq_min(h.end, end);

		if (!tcpsim_seq_lt(from, to)) {
			i++;
			continue;
		}
		fresh += (uint32_t)tcpsim_seq_diff(to, from);
		if (tcpsim_seq_lt(h.start, from) && tcpsim_seq_lt(to, h.end)) {
			struct flow_hole upper = h;

			x->holes[i].end = from;
			upper.start = to;
			hole_insert(t, s, i + 1, upper);
			i += 2;
		} else if (tcpsim_seq_lt(h.start, from)) {
			x->holes[i++].end = from;
		} else if (tcpsim_seq_lt(to, h.end)) {
			x->holes[i++].start = to;
		} else {
			hole_remove(x, i);
		}
	}
	return fresh;
}

uint32_t flow_cover(struct flow_table *t, struct flow_side *s, tcpsim_seq start, tcpsim_seq end,
	const struct flow_hole *opened)
{
	uint32_t fresh = 0;

	if (!(s->seen & FLOW_SENT)) {
		s->seen |= FLOW_SENT;
		s->nxt = start;
	}
	if (tcpsim_seq_lt(start, s->nxt))
		fresh = holes_fill(t, s, start, tcpsim_seq_min(end, s->nxt));
	if (tcpsim_seq_gt(start, s->nxt)) {
		struct flow_hole hole = *opened;

		hole.start = s->nxt;
		hole.end = start;
		hole_insert(t, s, s->extra ? s->extra->n_holes : 0, hole);
	}
	if (tcpsim_seq_gt(end, s->nxt)) {
		fresh += (uint32_t)tcpsim_seq_diff(end, tcpsim_seq_max(start, s->nxt));
		s->nxt = end;
	}
	return fresh;
}

const struct flow_hole *flow_hole_at(const struct flow_side *s, tcpsim_seq at)
{
	for (uint32_t i = 0; s->extra != NULL && i < s->extra->n_holes; i++)
		if (tcpsim_seq_in(at, s->extra->holes[i].start, s->extra->holes[i].end))
			return &s->extra->holes[i];
	return NULL;
}

tcpsim_seq flow_contiguous(const struct flow_side *s, tcpsim_seq from)
{
	for (uint32_t i = 0; s->extra != NULL && i < s->extra->n_holes; i++)
		if (tcpsim_seq_ge(s->extra->holes[i].start, from))
			return s->extra->holes[i].start;
		else if (tcpsim_seq_gt(s->extra->holes[i].end, from))
			return from;
	return s->nxt;
}
