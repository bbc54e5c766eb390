/*
 * The schema of a profile, made from profile_fields.def: every field's name, type, unit, clause and
 * help, and its value as text in both directions.
 */
#include <errno.h>
#include <profile/schema.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time_units.h>

#define WORD(id, text) text,
#define WORDS(name)    static const char *const WORDS_##name[] = {TCPSIM_ENUM_##name(WORD) NULL};
WORDS(rst_accept)
WORDS(syn_accept)
WORDS(backlog_rule)
WORDS(option_order)
WORDS(md5_rule)
WORDS(rtt_method)
WORDS(window_rule)
WORDS(delack_rule)
WORDS(socket_habits)
WORDS(recovery)
WORDS(port_order)
WORDS(iss_rule)
WORDS(ssthresh_rule)
WORDS(duplicate_rule)
WORDS(queued_reset)
WORDS(edge_rule)
WORDS(overrun_rule)
WORDS(shut_window)
WORDS(window_update)
WORDS(late_abort)
WORDS(time_wait_rule)
WORDS(handshake_rule)
WORDS(bind_rule)
WORDS(syncookies)
WORDS(blackhole)
WORDS(ecn_mode)
WORDS(ecn_option)
WORDS(mtu_probing)
WORDS(tw_reuse)
WORDS(early_retrans)
WORDS(frto)
#define BIT_WORD(id, bit, text)	 text,
#define BIT_VALUE(id, bit, text) bit,
#define BITS(name)                                                                                 \
	static const char *const WORDS_##name[] = {TCPSIM_BITS_##name(BIT_WORD) NULL};             \
	static const int64_t BITS_##name[] = {TCPSIM_BITS_##name(BIT_VALUE)};
BITS(rack)
BITS(hystart)
BITS(fastopen)

/* For the ranges of profile_fields.def. */
#define S(n)	((n)*NSEC_PER_SEC)
#define MS(n)	((n)*NSEC_PER_MSEC)
#define US(n)	((n)*NSEC_PER_USEC)
#define LONGEST S(INT32_MAX / 1000) /* systems count milliseconds in an int */

/* clang-format off */
#define FIELD(name, type, unit, rfc, help, words, ...)                                             \
	{#name, TCPSIM_FIELD_##type, unit, rfc, help, offsetof(struct tcpsim_profile, name), words, __VA_ARGS__},
/* clang-format on */
#define COUNT_WORDS(type)                                                                          \
	((int64_t)(sizeof(WORDS_##type) / sizeof(WORDS_##type[0])) - 2) /* from 0, less NULL */
#define TCPSIM_PROFILE_BOOL(name, rfc, help) FIELD(name, BOOL, "", rfc, help, NULL, 0, 1, NULL)
#define TCPSIM_PROFILE_INT(name, unit, least, most, rfc, help)                                     \
	FIELD(name, INT, unit, rfc, help, NULL, least, most, NULL)
#define TCPSIM_PROFILE_TIME(name, least, most, rfc, help)                                          \
	FIELD(name, TIME, "ns", rfc, help, NULL, least, most, NULL)
#define TCPSIM_PROFILE_ENUM(name, type, rfc, help)                                                 \
	FIELD(name, ENUM, "", rfc, help, WORDS_##type, 0, COUNT_WORDS(type), NULL)
#define TCPSIM_PROFILE_CHOICE(name, type, rfc, help)                                               \
	TCPSIM_PROFILE_CHOICE_TO(name, type, COUNT_WORDS(type), rfc, help)
/* The system takes numbers that have no word: they mean what the last one means. */
#define TCPSIM_PROFILE_CHOICE_TO(name, type, most, rfc, help)                                      \
	FIELD(name, CHOICE, "", rfc, help, WORDS_##type, 0, most, NULL)
#define TCPSIM_PROFILE_BITS(name, most, rfc, help)                                                 \
	FIELD(name, BITS, "", rfc, help, WORDS_##name, 0, most, BITS_##name)
#define TCPSIM_PROFILE_LIST(name, unit, least, most, rfc, help)                                    \
	FIELD(name, LIST, unit, rfc, help, NULL, least, most, NULL)

const struct tcpsim_profile_field tcpsim_profile_schema[] = {
#include <tcpsim/profile_fields.def>
};
const size_t tcpsim_profile_schema_n =
	sizeof(tcpsim_profile_schema) / sizeof(tcpsim_profile_schema[0]);

static const struct {
	const char *name;
	int64_t ns;
} UNITS[] = {{"s", 1000000000}, {"ms", 1000000}, {"us", 1000}, {"ns", 1}};
#define N_UNITS (sizeof(UNITS) / sizeof(UNITS[0]))

const struct tcpsim_profile_field *tcpsim_profile_field_find(const char *name)
{
	for (size_t i = 0; i < tcpsim_profile_schema_n; i++) {
		if (strcmp(tcpsim_profile_schema[i].name, name) == 0)
			return &tcpsim_profile_schema[i];
	}
	return NULL;
}

static const void *field_at(
	const struct tcpsim_profile *profile, const struct tcpsim_profile_field *field)
{
	return (const char *)profile + field->offset;
}

int profile_time_text(int64_t ns, char *out, size_t size)
{
	size_t unit = 0;

	if (ns == 0)
		return snprintf(out, size, "0");
	while (ns % UNITS[unit].ns != 0)
		unit++;
	return snprintf(out, size, "%lld %s", (long long)(ns / UNITS[unit].ns), UNITS[unit].name);
}

static int list_text(const struct tcpsim_int_list *list, char *out, size_t size)
{
	char text[TCPSIM_PROFILE_LIST_MAX * 12] = "";
	size_t used = 0;

	for (int32_t i = 0; i < list->n; i++)
		used += (size_t)snprintf(
			text + used, sizeof(text) - used, i ? " %d" : "%d", list->at[i]);
	return snprintf(out, size, "%s", text);
}

static int64_t n_words(const struct tcpsim_profile_field *field)
{
	int64_t n = 0;

	while (field->words[n])
		n++;
	return n;
}

/* A number of the program's own making may be none of the words. */
static int word_text(
	const void *at, const struct tcpsim_profile_field *field, char *out, size_t size)
{
	int64_t value = field->type == TCPSIM_FIELD_ENUM ? (int64_t) * (const unsigned *)at
							 : *(const int64_t *)at;

	if (value < field->least || value > field->most)
		return snprintf(out, size, "?");
	if (value >= n_words(field))
		return snprintf(out, size, "%lld", (long long)value);
	return snprintf(out, size, "%s", field->words[value]);
}

/* "client, server"; what no word stands for follows as a number. */
static int bits_text(
	int64_t value, const struct tcpsim_profile_field *field, char *out, size_t size)
{
	char text[256] = "";
	size_t used = 0;

	if (value == 0)
		return snprintf(out, size, "off");
	for (int i = 0; field->words[i] && used < sizeof(text); i++) {
		if (!(value & field->bits[i]))
			continue;
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s", used ? ", " : "",
			field->words[i]);
		value &= ~field->bits[i];
	}
	if (value && used < sizeof(text))
		snprintf(text + used, sizeof(text) - used, "%s0x%llx", used ? ", " : "",
			(unsigned long long)value);
	return snprintf(out, size, "%s", text);
}

int tcpsim_profile_field_text(const struct tcpsim_profile *profile,
	const struct tcpsim_profile_field *field, char *out, size_t size)
{
	const void *at = field_at(profile, field);

	switch (field->type) {
	case TCPSIM_FIELD_BOOL: return snprintf(out, size, "%s", *(const bool *)at ? "yes" : "no");
	case TCPSIM_FIELD_INT: return snprintf(out, size, "%lld", (long long)*(const int64_t *)at);
	case TCPSIM_FIELD_TIME: return profile_time_text(*(const int64_t *)at, out, size);
	case TCPSIM_FIELD_ENUM:
	case TCPSIM_FIELD_CHOICE: return word_text(at, field, out, size);
	case TCPSIM_FIELD_BITS: return bits_text(*(const int64_t *)at, field, out, size);
	case TCPSIM_FIELD_LIST: return list_text(at, out, size);
	}
	return 0;
}

static const char *skip_blanks(const char *text)
{
	return text + strspn(text, " \t");
}

/* A whole number; *end is what follows it. False: none, or past the range. */
static bool read_number(const char *text, int64_t *value, const char **end)
{
	char *after;

	errno = 0;
	*value = strtoll(text, &after, 0);
	*end = after;
	return after != text && errno == 0;
}

static int set_bool(bool *at, const char *text)
{
	static const char *const YES[] = {"yes", "true", "on", "1", NULL};
	static const char *const NO[] = {"no", "false", "off", "0", NULL};

	for (int i = 0; YES[i]; i++) {
		if (strcmp(text, YES[i]) == 0 || strcmp(text, NO[i]) == 0) {
			*at = strcmp(text, YES[i]) == 0;
			return 0;
		}
	}
	return -EINVAL;
}

/* From a field's least to its most. */
static int set_number(int64_t *at, int64_t value, const struct tcpsim_profile_field *field)
{
	if (value < field->least || value > field->most)
		return -EINVAL;
	*at = value;
	return 0;
}

static int set_int(int64_t *at, const struct tcpsim_profile_field *field, const char *text)
{
	const char *end;
	int64_t value;

	if (!read_number(text, &value, &end) || *skip_blanks(end) != '\0')
		return -EINVAL;
	return set_number(at, value, field);
}

static int set_time(int64_t *at, const struct tcpsim_profile_field *field, const char *text)
{
	const char *unit;
	int64_t value, product;

	if (!read_number(text, &value, &unit))
		return -EINVAL;
	unit = skip_blanks(unit);
	if (value == 0 && *unit == '\0')
		return set_number(at, 0, field);
	for (size_t i = 0; i < N_UNITS; i++) {
		if (strcmp(unit, UNITS[i].name) == 0) {
			if (__builtin_mul_overflow(value, UNITS[i].ns, &product))
				return -EINVAL;
			return set_number(at, product, field);
		}
	}
	return -EINVAL;
}

/* The place of that word in the list; -1: none of them. */
static int word_find(const char *const *words, const char *text)
{
	for (int i = 0; words[i]; i++) {
		if (strcmp(words[i], text) == 0)
			return i;
	}
	return -1;
}

static int set_enum(unsigned *at, const struct tcpsim_profile_field *field, const char *text)
{
	int word = word_find(field->words, text);

	if (word < 0)
		return -EINVAL;
	*at = (unsigned)word;
	return 0;
}

static int set_choice(int64_t *at, const struct tcpsim_profile_field *field, const char *text)
{
	int word = word_find(field->words, text);

	return word < 0 ? set_int(at, field, text) : set_number(at, word, field);
}

/* The next of "client, 0x400": its bits; -1: it has none. *text moves to its comma or the end. */
static int64_t read_bit(const struct tcpsim_profile_field *field, const char **text)
{
	size_t len = strcspn(*text, ",");
	const char *word = *text, *end;
	int64_t value;

	*text += len;
	while (len > 0 && (word[len - 1] == ' ' || word[len - 1] == '\t'))
		len--;
	for (int i = 0; field->words[i]; i++) {
		if (strlen(field->words[i]) == len && memcmp(field->words[i], word, len) == 0)
			return field->bits[i];
	}
	return read_number(word, &value, &end) && end == word + len ? value : -1;
}

static int set_bits(int64_t *at, const struct tcpsim_profile_field *field, const char *text)
{
	int64_t value = 0, bit;

	if (strcmp(text, "off") == 0)
		return set_number(at, 0, field);
	for (;; text = skip_blanks(text + 1)) {
		bit = read_bit(field, &text);
		if (bit < 0)
			return -EINVAL;
		value |= bit;
		if (*text == '\0')
			break;
	}
	return set_number(at, value, field);
}

static int set_list(
	struct tcpsim_int_list *at, const struct tcpsim_profile_field *field, const char *text)
{
	struct tcpsim_int_list list = {0};
	int64_t value;

	for (text = skip_blanks(text); *text; text = skip_blanks(text)) {
		if (list.n == TCPSIM_PROFILE_LIST_MAX || !read_number(text, &value, &text) ||
			value < field->least || value > field->most)
			return -EINVAL;
		list.at[list.n++] = (int32_t)value;
	}
	*at = list;
	return 0;
}

int tcpsim_profile_field_set(
	struct tcpsim_profile *profile, const struct tcpsim_profile_field *field, const char *text)
{
	void *at = (char *)profile + field->offset;

	switch (field->type) {
	case TCPSIM_FIELD_BOOL: return set_bool(at, text);
	case TCPSIM_FIELD_INT: return set_int(at, field, text);
	case TCPSIM_FIELD_TIME: return set_time(at, field, text);
	case TCPSIM_FIELD_ENUM: return set_enum(at, field, text);
	case TCPSIM_FIELD_CHOICE: return set_choice(at, field, text);
	case TCPSIM_FIELD_BITS: return set_bits(at, field, text);
	case TCPSIM_FIELD_LIST: return set_list(at, field, text);
	}
	return -EINVAL;
}
