/* Values of a world's file: numbers with units, and the keys that have a form of their own. Each
 * function returns NULL, or what is wrong in words that end a sentence "KEY: ..."; those strings
 * are to be freed. */
#ifndef SIM_WORLD_VALUES_H
#define SIM_WORLD_VALUES_H

#include "worldfile/file.h"

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
char *value_set(enum value_type type, const char *text, void *member);

/* target: struct world_link or struct router_settings; `ends`: bit 0 from the first end, bit 1 from
 * the second. */
char *set_unreachable(void *target, unsigned ends, const char *text);
char *set_black_hole(void *target, unsigned ends, const char *text);
char *set_queue(void *target, unsigned ends, const char *text);
char *set_addresses(void *target, unsigned ends, const char *text);
char *set_payload(void *target, unsigned ends, const char *text);
char *set_system(void *target, unsigned ends, const char *text);
char *set_families(void *target, unsigned ends, const char *text);
char *set_bursts(void *target, unsigned ends, const char *text);
char *set_down(void *target, unsigned ends, const char *text);
char *set_strip(void *target, unsigned ends, const char *text);

/* The words of a text, between blanks and commas; n may be NULL. Free with g_strfreev. */
char **value_words(const char *text, guint *n);
/* "10.1.0.0/16"; a lone address is a prefix of all its bits. bits: in 128. */
bool value_prefix(const char *text, struct tcpsim_addr *addr, int *bits, int *prefix_len);
/* May it be an interface's: neither the wildcard nor multicast nor broadcast. */
bool value_unicast(const struct tcpsim_addr *addr);

#endif
