/* Values and tests: see where_value.h. */
#include "traces/select/where_value.h"

#include "base/near.h"

#include <math.h>
#include <string.h>

/* ---- numbers ---- */

static const struct unit {
	enum key_kind kind;
	const char *name;
	double factor;
} UNITS[] = {
	{KEY_TIME, "ns", 1e-9},
	{KEY_TIME, "us", 1e-6},
	{KEY_TIME, "ms", 1e-3},
	{KEY_TIME, "s", 1},
	{KEY_TIME, "min", 60},
	{KEY_TIME, "h", 3600},
	{KEY_BYTES, "", 1},
	{KEY_BYTES, "B", 1},
	{KEY_BYTES, "k", 1e3},
	{KEY_BYTES, "kB", 1e3},
	{KEY_BYTES, "M", 1e6},
	{KEY_BYTES, "MB", 1e6},
	{KEY_BYTES, "G", 1e9},
	{KEY_BYTES, "GB", 1e9},
	{KEY_RATE, "bit/s", 1},
	{KEY_RATE, "kbit/s", 1e3},
	{KEY_RATE, "Mbit/s", 1e6},
	{KEY_RATE, "Gbit/s", 1e9},
	{KEY_SHARE, "%", 0.01},
	{KEY_COUNT, "", 1},
	{KEY_COUNT, "k", 1e3},
	{KEY_COUNT, "M", 1e6},
};

static const char *units_text(enum key_kind kind)
{
	switch (kind) {
	case KEY_TIME: return "a time needs a unit: ns, us, ms, s, min or h, as in 100ms";
	case KEY_BYTES: return "bytes may have a unit: B, k, M or G, as in 64k";
	case KEY_RATE: return "a rate needs a unit: bit/s, kbit/s, Mbit/s or Gbit/s";
	case KEY_SHARE: return "a share is in percent, as in 2%";
	default: return "a count may have k or M behind it, nothing else";
	}
}

static const struct unit *find_unit(enum key_kind kind, const char *name)
{
	for (size_t i = 0; i < G_N_ELEMENTS(UNITS); i++)
		if (UNITS[i].kind == kind && strcmp(UNITS[i].name, name) == 0)
			return &UNITS[i];
	return NULL;
}

static bool parse_number(struct where_test *t, const char *text, char **why)
{
	size_t digits = strspn(text, "0123456789."), points = 0;
	char *number = g_strndup(text, digits);
	const struct unit *unit = find_unit(t->key->kind, text + digits);

	for (const char *p = number; *p != '\0'; p++)
		points += *p == '.';
	t->number = g_ascii_strtod(number, NULL);
	g_free(number);
	if (digits == 0 || points > 1 || digits == points) {
		*why = g_strdup_printf("'%s' is no number: '%s' takes one such as %s", text,
			t->key->name, where_value_example(t->key));
		return false;
	}
	/* 0 is 0 in every unit. */
	if (unit == NULL && !(text[digits] == '\0' && t->number == 0)) {
		*why = g_strdup_printf("'%s': %s", text, units_text(t->key->kind));
		return false;
	}
	t->number *= unit != NULL ? unit->factor : 1;
	return true;
}

/* ---- words ---- */

#define MOST_WORDS 64

static bool parse_word(struct where_test *t, const char *text, char **why)
{
	const char *names[MOST_WORDS] = {NULL};
	unsigned n = 0;

	for (const char *name; n < MOST_WORDS - 1 && (name = t->key->choice(n)) != NULL; n++) {
		names[n] = name;
		if (g_ascii_strcasecmp(name, text) == 0) {
			t->word = name;
			return true;
		}
	}
	char *near = near_names(text, names, 3), *all = g_strjoinv(", ", (char **)names);
	*why = near != NULL
		       ? g_strdup_printf(
				 "'%s' is no %s: did you mean %s?", text, t->key->name, near)
		       : g_strdup_printf("'%s' is no %s: there are %s", text, t->key->name, all);
	g_free(near);
	g_free(all);
	return false;
}

/* ---- addresses ---- */

/* "8" of /8; false: no such prefix. */
static bool take_bits(struct where_test *t, const char *bits)
{
	unsigned most = tcpsim_addr_is_v4(&t->addr) ? 32 : 128;
	char *end;
	guint64 n = g_ascii_strtoull(bits, &end, 10);

	if (!g_ascii_isdigit(*bits) || *end != '\0' || n > most)
		return false;
	t->prefix = 128 - most + (unsigned)n;
	return true;
}

static bool take_port(struct where_test *t, const char *port)
{
	char *end;
	guint64 n = g_ascii_strtoull(port, &end, 10);

	if (!g_ascii_isdigit(*port) || *end != '\0' || n > 65535)
		return false;
	t->port = (int)n;
	return true;
}

/* ADDR, ADDR/BITS, ADDR:PORT, [ADDR6]:PORT, taken apart in `text`. */
static bool take_address(struct where_test *t, char *text)
{
	char *bits = strchr(text, '/'), *colon = strrchr(text, ':'), *port = NULL, *addr = text;

	if (bits != NULL) {
		*bits++ = '\0';
	} else if (*text == '[') {
		char *close = strchr(text, ']');

		if (close == NULL || (close[1] != '\0' && close[1] != ':'))
			return false;
		port = close[1] == ':' ? close + 2 : NULL;
		*close = '\0';
		addr++;
	} else if (colon != NULL && strchr(text, ':') == colon) {
		*colon = '\0';
		port = colon + 1;
	}
	t->prefix = 128;
	t->port = -1;
	return tcpsim_addr_parse(addr, &t->addr) && (bits == NULL || take_bits(t, bits)) &&
	       (port == NULL || take_port(t, port));
}

static bool parse_address(struct where_test *t, const char *text, char **why)
{
	char *copy = g_strdup(text);
	bool good = take_address(t, copy);

	g_free(copy);
	if (!good)
		*why = g_strdup_printf("'%s' is no address: 192.0.2.1, 192.0.2.0/24, 192.0.2.1:80, "
				       "2001:db8::/32 and [2001:db8::1]:80 are",
			text);
	return good;
}

static bool address_fits(const struct where_test *t, const struct flow *f, unsigned side)
{
	const uint8_t *a = (const uint8_t *)&t->addr, *b = (const uint8_t *)flow_addr(f, side);
	unsigned whole = t->prefix / 8, rest = t->prefix % 8;

	if (memcmp(a, b, whole) != 0)
		return false;
	if (rest > 0 && (a[whole] ^ b[whole]) >> (8 - rest) != 0)
		return false;
	return t->port < 0 || t->port == flow_port(f, side);
}

/* ---- tests ---- */

bool where_value_parse(struct where_test *t, const char *text, char **why)
{
	switch (t->key->kind) {
	case KEY_WORD: return parse_word(t, text, why);
	case KEY_ADDRESS: return parse_address(t, text, why);
	default: return parse_number(t, text, why);
	}
}

const char *where_value_example(const struct connection_key *key)
{
	switch (key->kind) {
	case KEY_TIME: return "100ms";
	case KEY_BYTES: return "64k";
	case KEY_RATE: return "10Mbit/s";
	case KEY_SHARE: return "2%";
	case KEY_WORD: return key->choice(0);
	case KEY_ADDRESS: return "192.0.2.1";
	default: return "3";
	}
}

const char *where_operator_refused(const struct where_test *t)
{
	bool ordered = t->operator!= WHERE_EQUAL && t->operator!= WHERE_NOT_EQUAL;

	if (ordered && t->key->kind == KEY_WORD)
		return "words have no order: = and != are possible here";
	if (ordered && t->key->kind == KEY_ADDRESS)
		return "addresses have no order: = and != are possible here, and a prefix such as "
		       "10.0.0.0/8";
	return NULL;
}

static bool number_holds(const struct where_test *t, double n)
{
	/* A time is read in nanoseconds and written in decimals: those are no difference. */
	bool same = fabs(n - t->number) <= 1e-9 * MAX(1, fabs(n));

	if (isnan(n))
		return false;
	switch (t->operator) {
	case WHERE_IS_THERE: return n != 0;
	case WHERE_EQUAL: return same;
	case WHERE_NOT_EQUAL: return !same;
	case WHERE_LESS: return n < t->number && !same;
	case WHERE_LESS_OR_EQUAL: return n < t->number || same;
	case WHERE_MORE: return n > t->number && !same;
	default: return n > t->number || same;
	}
}

static bool word_holds(const struct where_test *t, const char *word)
{
	if (word == NULL || t->operator== WHERE_IS_THERE)
		return word != NULL;
	return (strcmp(word, t->word) == 0) == (t->operator== WHERE_EQUAL);
}

static bool address_holds(const struct where_test *t, const struct flow *f)
{
	unsigned client = flow_client(f);
	bool fits = (t->key->of != 1 && address_fits(t, f, client)) ||
		    (t->key->of != 0 && address_fits(t, f, !client));

	return fits == (t->operator== WHERE_EQUAL);
}

bool where_test_holds(const struct where_test *t, const struct asked *a, const struct flow *f)
{
	switch (t->key->kind) {
	case KEY_WORD: return word_holds(t, t->key->word(a, f));
	case KEY_ADDRESS: return address_holds(t, f);
	default: return number_holds(t, t->key->number(a, f, t->key->of));
	}
}
