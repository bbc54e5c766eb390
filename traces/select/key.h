/*
 * What can be asked of a connection by name: `--sort KEY`, and `--where` (where.h), which compares
 * keys with values. One row of the table in key.c is the only place that says what a key is called,
 * its kind and where it comes from; the help and docs/replay.md are held against it by a test.
 *
 * A value that the capture cannot tell (a round trip never measured) is unknown: no comparison with
 * it holds, and it is sorted last.
 */
#ifndef TCPSIM_TRACES_KEY_H
#define TCPSIM_TRACES_KEY_H

#include "traces/replay/replay.h"

enum key_kind {
	KEY_COUNT,
	KEY_TIME,  /* seconds */
	KEY_BYTES, /* 1 k = 1000 */
	KEY_RATE,  /* bits a second */
	KEY_SHARE, /* of 1; written in percent */
	KEY_WORD,  /* one of a few */
	KEY_ADDRESS
};

/* What is asked, and what it takes to answer quickly. */
struct asked {
	const struct replay *r;
	GHashTable *resets; /* place of a connection to its first RST's cause, plus one */
};
void asked_init(struct asked *a, const struct replay *r);
void asked_clear(struct asked *a);

struct connection_key {
	const char *name;
	enum key_kind kind;
	bool least_first; /* sorted from the least on: what has no "most" */
	const char *text; /* what it is, for help */
	unsigned of;	  /* which limit, stall or side, where several keys share a function */
	/* NAN: unknown. Of the other kinds NULL. */
	double (*number)(const struct asked *a, const struct flow *f, unsigned of);
	/* KEY_WORD: its word, or NULL; the words there are, NULL behind the last. */
	const char *(*word)(const struct asked *a, const struct flow *f);
	const char *(*choice)(unsigned i);
};

/* Row `i` of the table; NULL behind the last. */
const struct connection_key *key_at(unsigned i);
/* The key of that name ('-' and '_' are the same); NULL, and *near: the names that it may have
 * meant, or all of them (freed by g_free). */
const struct connection_key *key_find(const char *name, char **near);

/* Before, after: <0, 0, >0 as qsort has it, by `key` (NULL: harm), `reverse`d if wanted; of two
 * alike the earlier one comes first. */
int key_compare(const struct asked *a, const struct connection_key *key, bool reverse,
	const struct flow *x, const struct flow *y);

#endif
