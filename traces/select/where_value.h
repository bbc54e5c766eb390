/* One test of a condition: a key, a sign, a value with its unit. Private to where.c. */
#ifndef TCPSIM_TRACES_WHERE_VALUE_H
#define TCPSIM_TRACES_WHERE_VALUE_H

#include "traces/select/key.h"

enum where_operator {
	WHERE_IS_THERE, /* no sign: not 0, or such a word */
	WHERE_EQUAL,
	WHERE_NOT_EQUAL,
	WHERE_LESS,
	WHERE_LESS_OR_EQUAL,
	WHERE_MORE,
	WHERE_MORE_OR_EQUAL
};

struct where_test {
	const struct connection_key *key;
	enum where_operator operator;
	double number;	  /* in the key's unit */
	const char *word; /* one of the key's choices */
	struct tcpsim_addr addr;
	unsigned prefix; /* of `addr`, of 128 bits */
	int port;	 /* -1: any */
};

/* Reads the value into the test; false and *why (freed by g_free). */
bool where_value_parse(struct where_test *t, const char *text, char **why);
/* What a value of the key looks like. */
const char *where_value_example(const struct connection_key *key);
/* Why that sign makes no sense with the key; NULL: it does. */
const char *where_operator_refused(const struct where_test *t);
bool where_test_holds(const struct where_test *t, const struct asked *a, const struct flow *f);

#endif
