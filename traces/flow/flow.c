/* The table of connections: open addressing with linear probing over 32-bit hashes; its records are
 * in records.c. */
#include "traces/flow/flow.h"
#include "traces/flow/records.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>

struct slot {
	uint32_t hash;
	uint32_t place; /* of the record; FLOW_NONE: free */
};

struct flow_table {
	struct slot *slots;
	uint32_t mask, used; /* slots in use: one a 4-tuple */
	uint32_t n, held;    /* connections ever; those that are held */
	struct records records;
	size_t extra_bytes;
};

static struct slot *slots_new(uint32_t size)
{
	size_t bytes = size * sizeof(struct slot);
	struct slot *s = records_pages(bytes, bytes >= RECORDS_PAGE);

	return s == NULL ? NULL : memset(s, 0xff, bytes);
}

struct flow_table *flow_table_new(void)
{
	struct flow_table *t = g_new0(struct flow_table, 1);

	t->mask = 1023;
	t->slots = slots_new(t->mask + 1);
	records_init(&t->records);
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

/* What a record owns, whole or folded. */
static void owned_free(struct flow_table *t, uint32_t place)
{
	const uint64_t *folded = records_folded(&t->records, place);
	struct flow *f = records_whole(&t->records, place), copy;

	if (folded != NULL) {
		if (!fold_owns(folded))
			return;
		records_look(&t->records, place, &copy);
		f = &copy;
	}
	side_free(t, &f->side[0]);
	side_free(t, &f->side[1]);
	flow_figures_free(t, f);
}

void flow_table_free(struct flow_table *t)
{
	if (t == NULL)
		return;
	for (uint32_t i = 0; i < t->records.places; i++)
		if (!records_is_free(&t->records, i))
			owned_free(t, i);
	records_clear(&t->records);
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
	return t->records.places;
}

struct flow *flow_at(struct flow_table *t, uint32_t place)
{
	return records_open(&t->records, place);
}

const struct flow *flow_look(const struct flow_table *t, uint32_t place, struct flow *space)
{
	return records_look(&t->records, place, space);
}

struct flow_brief flow_brief(const struct flow_table *t, uint32_t place)
{
	const uint64_t *folded = records_folded(&t->records, place);
	const struct flow *f = records_whole(&t->records, place);

	if (folded != NULL)
		return fold_brief(folded);
	if (f == NULL)
		return (struct flow_brief){.number = FLOW_NONE, .listener = FLOW_NONE};
	return (struct flow_brief){.number = f->number, .listener = f->listener, .marks = f->marks};
}

struct flow *flow_numbered(struct flow_table *t, uint32_t number)
{
	/* Places are numbers until the first connection is let go. */
	for (uint32_t i = t->held == t->n ? number : 0; i < t->records.places; i++)
		if (flow_brief(t, i).number == number)
			return flow_at(t, i);
	return NULL;
}

struct place {
	uint32_t number, place;
};

static int by_number(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	return x->number < y->number ? -1 : x->number > y->number;
}

uint32_t *flow_in_order(const struct flow_table *t, uint32_t *n)
{
	uint32_t *in_order = g_new(uint32_t, t->held + 1);
	struct place *places;

	*n = 0;
	if (t->held == t->n) {
		for (; *n < t->n; (*n)++)
			in_order[*n] = *n;
		return in_order;
	}
	places = g_new(struct place, t->held + 1);
	for (uint32_t i = 0; i < t->records.places; i++)
		if (!records_is_free(&t->records, i))
			places[(*n)++] = (struct place){flow_brief(t, i).number, i};
	qsort(places, *n, sizeof(*places), by_number);
	for (uint32_t i = 0; i < *n; i++)
		in_order[i] = places[i].place;
	g_free(places);
	return in_order;
}

size_t flow_table_bytes(const struct flow_table *t)
{
	return (t->mask + (size_t)1) * sizeof(struct slot) + records_bytes(&t->records) +
	       t->extra_bytes;
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

static bool has_key(const struct flow_table *t, uint32_t place, const struct flow_key *key)
{
	const uint64_t *folded = records_folded(&t->records, place);
	struct flow_key own;

	if (folded == NULL)
		return key_eq(&records_whole(&t->records, place)->key, key);
	fold_key(folded, &own);
	return key_eq(&own, key);
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
		if (has_key(t, s->place, key))
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
	struct flow *f = flow_at(t, s->place);
	/* low tells which side has key.addr[0]; src has key.addr[high]. */
	*from = slot->src_is_high ? !f->low : f->low;
	return f;
}

void flow_prefetch_place(const struct flow_table *t, const struct flow_slot *slot)
{
	__builtin_prefetch(&t->slots[slot->hash & t->mask]);
}

/* By the hash alone, which is right nearly always; a wrong guess costs nothing but the asking. NULL:
 * there is no whole record. */
static const struct flow *guess(const struct flow_table *t, const struct flow_slot *slot)
{
	for (uint32_t i = slot->hash & t->mask;; i = (i + 1) & t->mask) {
		const struct slot *s = &t->slots[i];

		if (s->place == FLOW_NONE)
			return NULL;
		if (s->hash == slot->hash)
			return records_whole(&t->records, s->place);
	}
}

void flow_prefetch_look(const struct flow_table *t, uint32_t place)
{
	if (place < t->records.places)
		__builtin_prefetch(records_folded(&t->records, place));
}

void flow_prefetch_record(const struct flow_table *t, const struct flow_slot *slot)
{
	const struct flow *f = guess(t, slot);

	if (f != NULL)
		prefetch(f);
}

const struct pace *flow_pace(const struct flow_table *t, const struct flow_slot *slot)
{
	const struct flow *f = guess(t, slot);

	return f == NULL ? NULL : f->pace;
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

/* Slots that `n` more connections need. */
static uint32_t slots_for(const struct flow_table *t, uint32_t n)
{
	uint32_t size = t->mask + 1;

	while ((t->used + (uint64_t)n) * 8 > size * 5ull)
		size *= 2;
	return size;
}

size_t flow_table_growth(const struct flow_table *t, uint32_t n)
{
	uint32_t slots = slots_for(t, n);

	return (slots > t->mask + 1 ? slots * sizeof(struct slot) : 0) +
	       records_growth(&t->records, n);
}

bool flow_table_reserve(struct flow_table *t, uint32_t n)
{
	uint32_t slots = slots_for(t, n);

	return (slots <= t->mask + 1 || rebuild(t, slots)) && records_reserve(&t->records, n);
}

struct flow *flow_new(struct flow_table *t, const struct flow_slot *slot)
{
	struct flow *f = records_new(&t->records);
	struct slot *s = probe(t, &slot->key, slot->hash);

	f->number = t->n++;
	t->held++;
	f->key = slot->key;
	f->previous = s->place == FLOW_NONE ? FLOW_NONE : flow_brief(t, s->place).number;
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

static void release(struct flow_table *t, const struct flow *f)
{
	struct slot *s = probe(t, &f->key, key_hash(&f->key));
	uint32_t place = f->place;

	if (s->place == place) /* else another has the 4-tuple since */
		slot_erase(t, s);
	owned_free(t, place);
	records_free(&t->records, place);
	t->held--;
}

uint32_t flow_release(struct flow_table *t, flow_ended_fn ended, void *context)
{
	uint32_t held = t->held;
	struct flow space;

	for (uint32_t i = 0; i < t->records.places; i++) {
		const struct flow *f = flow_look(t, i, &space);

		if (f != NULL && ended(context, f))
			release(t, f);
	}
	return held - t->held;
}

void flow_keep_at_hand(struct flow_table *t, uint32_t n)
{
	records_keep_at_hand(&t->records, n);
}

void flow_end(struct flow_table *t, const struct flow *f)
{
	records_end(&t->records, f);
}

void flow_settle(struct flow_table *t)
{
	records_settle(&t->records);
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
