/*
 * Where the records of connections are. Each has a place, a number that stays its own until it is
 * let go. Those that are open, or ended a moment ago, are whole, and a pointer to one is good until
 * records_settle; of those that ended before, what is kept is folded (fold.h), until somebody asks
 * for one.
 *
 * Inner to the table of connections (flow.c), which owns it; what a record owns is the table's.
 */
#ifndef TCPSIM_TRACES_FLOW_RECORDS_H
#define TCPSIM_TRACES_FLOW_RECORDS_H

#include "traces/flow/fold.h"

/* One huge page: with many connections most of a look-up's cost is the way to its memory. */
#define RECORDS_PAGE  (2u << 20)
#define RECORDS_CHUNK ((uint32_t)(RECORDS_PAGE / sizeof(struct flow)))
/* Of where a whole one is: in its chunk; the rest is which chunk. */
#define RECORDS_BITS 13
_Static_assert(RECORDS_CHUNK <= 1 << RECORDS_BITS, "a chunk's records are counted in so many bits");
/* Words of folded ones at a time: a small budget has room for some. */
#define RECORDS_SHELF ((64u << 10) / 8)

/* Where a record is: bits of records.at. With neither it is whole, and the rest says where. */
#define RECORDS_FOLDED (1u << 31) /* the rest is its first word */
#define RECORDS_FREE   (1u << 30) /* the rest is the next free place */
#define RECORDS_REST   (RECORDS_FREE - 1)

/* A connection that has ended, and its last packet then: if that has changed it is told again. */
struct records_ended {
	uint32_t place, packet;
};

struct records {
	uint32_t *at; /* by place */
	uint32_t places, cap_places, free_place;
	struct flow **chunks;
	uint32_t n_chunks, cap_chunks;
	uint32_t n_whole;    /* of the chunks' records so many were ever in use */
	uint32_t free_whole; /* the first of those that are no longer, chained by `previous` */
	uint32_t in_use;
	uint64_t **shelves;
	uint32_t n_shelves, cap_shelves, shelf_used;
	uint32_t spare[FOLD_WORDS + 1]; /* first words of room, by how many there are; 0: none */
	int64_t since_ns;
	struct records_ended *ended; /* a ring */
	uint32_t ended_first, n_ended, room, at_hand;
};

void records_init(struct records *r);
void records_clear(struct records *r);
size_t records_bytes(const struct records *r);
/* Memory of many pages is asked for in huge ones: there is no order in which records are needed.
 * NULL: there is none. */
void *records_pages(size_t bytes, bool huge);

/* Room for `n` more; bytes that this would add. */
bool records_reserve(struct records *r, uint32_t n);
size_t records_growth(const struct records *r, uint32_t n);
/* A new one, all zero but its place. */
struct flow *records_new(struct records *r);
/* Its place is free again. */
void records_free(struct records *r, uint32_t place);
/* The whole record, unfolded if need be; NULL: the place is free. */
struct flow *records_open(struct records *r, uint32_t place);
/* To read it: a copy in `space` where it is folded. */
const struct flow *records_look(const struct records *r, uint32_t place, struct flow *space);
/* So many that ended are not folded; 0: none is ever. Before the first of them. */
void records_keep_at_hand(struct records *r, uint32_t n);
/* The connection has ended: it may be folded some time after. */
void records_end(struct records *r, const struct flow *f);
/* Folds those that ended longest ago, but for so many. Pointers to records are good no longer. */
void records_settle(struct records *r);

static inline bool records_is_free(const struct records *r, uint32_t place)
{
	return (r->at[place] & (RECORDS_FOLDED | RECORDS_FREE)) == RECORDS_FREE;
}

static inline const uint64_t *records_folded(const struct records *r, uint32_t place)
{
	uint32_t word = r->at[place] & ~RECORDS_FOLDED;

	return r->at[place] & RECORDS_FOLDED
		       ? &r->shelves[word / RECORDS_SHELF][word % RECORDS_SHELF]
		       : NULL;
}

static inline struct flow *records_whole_at(const struct records *r, uint32_t at)
{
	return &r->chunks[at >> RECORDS_BITS][at & ((1u << RECORDS_BITS) - 1)];
}

/* NULL: it is folded, or the place is free. */
static inline struct flow *records_whole(const struct records *r, uint32_t place)
{
	uint32_t at = r->at[place];

	return at < RECORDS_FREE ? records_whole_at(r, at) : NULL;
}

#endif
