/* Records, whole and folded: see records.h. */
#include "traces/flow/records.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* No segment unfolds or ends as many. */
#define BETWEEN 16

void *records_pages(size_t bytes, bool huge)
{
	void *pages = aligned_alloc(
		RECORDS_PAGE, (bytes + RECORDS_PAGE - 1) / RECORDS_PAGE * RECORDS_PAGE);

	if (pages != NULL && huge)
		madvise(pages, bytes, MADV_HUGEPAGE);
	return pages;
}

void records_init(struct records *r)
{
	memset(r, 0, sizeof(*r));
	r->free_place = r->free_whole = RECORDS_REST;
	r->shelf_used = RECORDS_SHELF;
}

void records_clear(struct records *r)
{
	for (uint32_t i = 0; i < r->n_chunks; i++)
		free(r->chunks[i]);
	for (uint32_t i = 0; i < r->n_shelves; i++)
		free(r->shelves[i]);
	g_free(r->chunks);
	g_free(r->shelves);
	g_free(r->ended);
	free(r->at);
}

size_t records_bytes(const struct records *r)
{
	return r->n_chunks * (RECORDS_PAGE + sizeof(*r->chunks)) +
	       r->n_shelves * (RECORDS_SHELF * sizeof(uint64_t) + sizeof(*r->shelves)) +
	       r->cap_places * sizeof(*r->at);
}

/* ---- room ---- */

static bool chunk_new(struct records *r)
{
	struct flow *chunk = records_pages(RECORDS_PAGE, r->n_chunks > 0);

	if (chunk == NULL)
		return false;
	if (r->n_chunks == r->cap_chunks) {
		r->cap_chunks = r->cap_chunks ? r->cap_chunks * 2 : 16;
		r->chunks = g_renew(struct flow *, r->chunks, r->cap_chunks);
	}
	r->chunks[r->n_chunks++] = chunk;
	return true;
}

static bool shelf_new(struct records *r)
{
	uint64_t *shelf;

	if (r->n_shelves == RECORDS_FOLDED / RECORDS_SHELF)
		return false;
	shelf = malloc(RECORDS_SHELF * sizeof(*shelf));
	if (shelf == NULL)
		return false;
	if (r->n_shelves == r->cap_shelves) {
		r->cap_shelves = r->cap_shelves ? r->cap_shelves * 2 : 16;
		r->shelves = g_renew(uint64_t *, r->shelves, r->cap_shelves);
	}
	r->shelves[r->n_shelves++] = shelf;
	r->shelf_used = r->n_shelves == 1; /* the very first word means none */
	return true;
}

static uint32_t chunks_for(const struct records *r, uint32_t n)
{
	uint64_t there = r->n_chunks * (uint64_t)RECORDS_CHUNK - r->in_use;

	return there >= n ? 0 : (uint32_t)((n - there + RECORDS_CHUNK - 1) / RECORDS_CHUNK);
}

static uint32_t places_for(const struct records *r, uint32_t n)
{
	uint32_t cap = r->cap_places ? r->cap_places : 1024;

	while (cap - r->places < n)
		cap *= 2;
	return cap;
}

size_t records_growth(const struct records *r, uint32_t n)
{
	return (size_t)chunks_for(r, n) * RECORDS_PAGE +
	       (places_for(r, n) - r->cap_places) * sizeof(*r->at);
}

bool records_reserve(struct records *r, uint32_t n)
{
	uint32_t cap = places_for(r, n);

	if (cap > r->cap_places) {
		uint32_t *at = realloc(r->at, cap * sizeof(*at));

		if (at == NULL)
			return false;
		r->at = at;
		r->cap_places = cap;
	}
	for (uint32_t chunks = chunks_for(r, n); chunks > 0; chunks--)
		if (!chunk_new(r))
			return false;
	return true;
}

/* ---- whole ones ---- */

/* Where the next whole one is to be. */
static uint32_t whole_new(struct records *r)
{
	uint32_t at = r->free_whole, n;

	r->in_use++;
	if (at != RECORDS_REST) {
		r->free_whole = records_whole_at(r, at)->previous;
		return at;
	}
	n = r->n_whole++;
	if (n == r->n_chunks * RECORDS_CHUNK && !chunk_new(r))
		g_error("no memory for more connections");
	return n / RECORDS_CHUNK << RECORDS_BITS | n % RECORDS_CHUNK;
}

static void whole_free(struct records *r, uint32_t i)
{
	records_whole_at(r, i)->previous = r->free_whole;
	r->free_whole = i;
	r->in_use--;
}

struct flow *records_new(struct records *r)
{
	uint32_t place = r->free_place;
	struct flow *f;

	if (place == RECORDS_REST) {
		if (r->places == r->cap_places && !records_reserve(r, 1))
			g_error("no memory for more connections");
		place = r->places++;
	} else {
		r->free_place = r->at[place] & RECORDS_REST;
	}
	r->at[place] = whole_new(r);
	f = records_whole(r, place);
	memset(f, 0, sizeof(*f));
	f->place = place;
	return f;
}

/* ---- folded ones ---- */

static uint64_t *word_at(const struct records *r, uint32_t word)
{
	return &r->shelves[word / RECORDS_SHELF][word % RECORDS_SHELF];
}

/* First of so many words; 0: there is no room. */
static uint32_t words_new(struct records *r, unsigned words)
{
	uint32_t first = r->spare[words];

	if (first != 0) {
		r->spare[words] = (uint32_t)*word_at(r, first);
		return first;
	}
	if (r->shelf_used + words > RECORDS_SHELF && !shelf_new(r))
		return 0;
	first = (r->n_shelves - 1) * RECORDS_SHELF + r->shelf_used;
	r->shelf_used += words;
	return first;
}

static void words_free(struct records *r, uint32_t first)
{
	uint64_t *folded = word_at(r, first);
	unsigned words = fold_head_of(folded).words;

	*folded = r->spare[words];
	r->spare[words] = first;
}

static void fold(struct records *r, const struct flow *f)
{
	uint64_t folded[FOLD_WORDS];
	uint32_t first, place = f->place;
	unsigned words;

	/* Of the first one: times from then on are small. */
	if (r->n_shelves == 0)
		r->since_ns = f->start_ns / 1000 * 1000;
	words = flow_fold(f, r->since_ns, folded);
	first = words_new(r, words);
	if (first == 0)
		return; /* it stays whole */
	memcpy(word_at(r, first), folded, words * sizeof(*folded));
	whole_free(r, r->at[place]);
	r->at[place] = RECORDS_FOLDED | first;
}

static struct flow *unfold(struct records *r, uint32_t place)
{
	uint32_t first = r->at[place] & ~RECORDS_FOLDED, whole = whole_new(r);
	struct flow *f = records_whole_at(r, whole);

	flow_unfold(word_at(r, first), r->since_ns, f);
	f->place = place;
	words_free(r, first);
	r->at[place] = whole;
	records_end(r, f);
	return f;
}

void records_free(struct records *r, uint32_t place)
{
	if (r->at[place] & RECORDS_FOLDED)
		words_free(r, r->at[place] & ~RECORDS_FOLDED);
	else
		whole_free(r, r->at[place]);
	r->at[place] = RECORDS_FREE | r->free_place;
	r->free_place = place;
}

struct flow *records_open(struct records *r, uint32_t place)
{
	if (r->at[place] & RECORDS_FOLDED)
		return unfold(r, place);
	return records_whole(r, place);
}

const struct flow *records_look(const struct records *r, uint32_t place, struct flow *space)
{
	const uint64_t *folded = records_folded(r, place);

	if (folded == NULL)
		return records_whole(r, place);
	flow_unfold(folded, r->since_ns, space);
	space->place = place;
	return space;
}

/* ---- when ---- */

void records_keep_at_hand(struct records *r, uint32_t n)
{
	r->at_hand = n;
	r->room = n > 0 ? n + BETWEEN : 0;
	r->ended = g_renew(struct records_ended, r->ended, r->room);
}

void records_end(struct records *r, const struct flow *f)
{
	/* Reports ask for many, and nothing is folded any more. */
	if (r->n_ended == r->room)
		return;
	r->ended[(r->ended_first + r->n_ended++) % r->room] =
		(struct records_ended){f->place, (uint32_t)f->last_packet};
}

void records_settle(struct records *r)
{
	while (r->n_ended > r->at_hand) {
		struct records_ended e = r->ended[r->ended_first];
		const struct flow *f = records_whole(r, e.place);

		r->ended_first = (r->ended_first + 1) % r->room;
		r->n_ended--;
		if (f != NULL && (uint32_t)f->last_packet == e.packet && f->pace == NULL)
			fold(r, f);
	}
}
