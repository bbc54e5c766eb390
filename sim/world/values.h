/* Values as a world is written: numbers with units, times, selections, addresses. */
#ifndef SIM_WORLD_VALUES_H
#define SIM_WORLD_VALUES_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <tcpsim/addr.h>

enum value_type {
	VALUE_TEXT,
	VALUE_BOOL,
	VALUE_COUNT,   /* uint32_t */
	VALUE_COUNT1,  /* uint32_t, not 0 */
	VALUE_PORT,    /* uint32_t, 1 to 65535 */
	VALUE_COUNT64, /* uint64_t */
	VALUE_NUMBER,  /* double */
	VALUE_TIME,    /* int64_t ns */
	VALUE_RATE,    /* int64_t bit/s */
	VALUE_BYTES,   /* uint64_t */
	VALUE_BYTES32, /* uint32_t, 1 to 65535 */
	VALUE_MTU,     /* uint32_t, 68 to 65535: RFC 791 has every link carry 68 */
	VALUE_CHANCE,  /* double, 0 to 1 */
	VALUE_SELECTION,
	VALUE_SPECIAL,
};

/* How its values look, for people: "10 Mbit/s". */
const char *value_form(enum value_type type);
/* NULL, or what is wrong in words that end a sentence "KEY: ..." (to be freed). */
char *value_set(enum value_type type, const char *text, void *member);

/* What may stand behind a number, and what it makes of it; the last has no name. */
struct value_unit {
	const char *name;
	double factor;
};
extern const struct value_unit value_sizes[], value_chances[], value_plain[];
/* A number that is not negative, up to `most`, its unit reckoned in; false: it is none. */
bool value_number(const char *text, const struct value_unit *units, double most, double *out);
/* A whole one, from `least` on. */
bool value_whole(const char *text, const struct value_unit *units, double least, double most,
	uint32_t *member);

/* The words of a text, between blanks and commas; n may be NULL. Free with g_strfreev. */
char **value_words(const char *text, guint *n);
/* "10.1.0.0/16"; a lone address is a prefix of all its bits. bits: in 128. */
bool value_prefix(const char *text, struct tcpsim_addr *addr, int *bits, int *prefix_len);
/* May it be an interface's: neither the wildcard nor multicast nor broadcast. */
bool value_unicast(const struct tcpsim_addr *addr);

#endif
