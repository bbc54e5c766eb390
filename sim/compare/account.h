/*
 * The account of a run: every call with its result, every packet either way, every state that was
 * asked for, each with its time. Two accounts of the same events, one by the model and one by the
 * running kernel, are what a comparison compares.
 *
 * An account is known, not guessed: it is written by account_sut(), which stands between whoever
 * drives a system under test and that system. It can be sent through a pipe, as the kernel's side
 * runs in a process of its own.
 */
#ifndef COMPARE_ACCOUNT_H
#define COMPARE_ACCOUNT_H

#include "script/system/sut.h"
#include <glib.h>

enum account_kind {
	/* text, result, error, start_ns, end_ns (INT64_MAX: it never came back), extra: what
	 * it filled in */
	ACCOUNT_CALL,
	ACCOUNT_IN,  /* bytes: a packet that the system was given */
	ACCOUNT_OUT, /* bytes: a packet that it sent */
	/* text: the states of all sockets that were asked for, extra: their figures */
	ACCOUNT_STATE,
};

struct account_entry {
	enum account_kind kind;
	unsigned event; /* of the scenario; for packets that went out the one that came last */
	int64_t start_ns, end_ns;
	int64_t result;
	int error;
	char *text;    /* or NULL */
	char *extra;   /* or NULL */
	GBytes *bytes; /* or NULL */
};

struct account {
	GPtrArray *entries; /* struct account_entry, in the order of their start */
	int64_t lateness_ns;
};

struct account *account_new(void);
void account_free(struct account *account);
/* The entry is the account's. */
struct account_entry *account_add(
	struct account *account, enum account_kind kind, int64_t start_ns);

void account_write(const struct account *account, GByteArray *out);
/* Takes what account_write() put from *at on, which moves behind it; NULL if the
 * bytes end before. */
struct account *account_read(const uint8_t **at, const uint8_t *end);

#endif
