/*
 * The schema of a profile, made from profile_fields.def: every field's name, type, unit, clause and
 * help, and its value as text in both directions.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tcpsim/profile.h>

#define WORD(id, text) text,
#define WORDS(name)    static const char *const WORDS_##name[] = {TCP_ENUM_##name(WORD) NULL};
WORDS(rst_accept)
WORDS(syn_accept)
WORDS(backlog_rule)
WORDS(option_order)
WORDS(rtt_method)
WORDS(window_rule)
WORDS(delack_rule)
WORDS(recovery)
WORDS(port_order)
WORDS(iss_rule)
WORDS(duplicate_rule)
WORDS(queued_reset)
WORDS(overrun_rule)
WORDS(late_abort)
WORDS(bind_rule)

#define AT(name)			   offsetof(struct tcp_profile, name)
#define PROFILE_BOOL(name, rfc, help)	   {#name, TCP_FIELD_BOOL, "", rfc, help, AT(name), NULL},
#define PROFILE_INT(name, unit, rfc, help) {#name, TCP_FIELD_INT, unit, rfc, help, AT(name), NULL},
#define PROFILE_TIME(name, rfc, help)	   {#name, TCP_FIELD_TIME, "ns", rfc, help, AT(name), NULL},
#define PROFILE_ENUM(name, type, rfc, help)                                                        \
	{#name, TCP_FIELD_ENUM, "", rfc, help, AT(name), WORDS_##type},
#define PROFILE_LIST(name, unit, rfc, help)                                                        \
	{#name, TCP_FIELD_LIST, unit, rfc, help, AT(name), NULL},

const struct tcp_profile_field tcp_profile_schema[] = {
#include <tcpsim/profile_fields.def>
};
const size_t tcp_profile_schema_n = sizeof(tcp_profile_schema) / sizeof(tcp_profile_schema[0]);

static const struct {
	const char *name;
	int64_t ns;
} UNITS[] = {{"s", 1000000000}, {"ms", 1000000}, {"us", 1000}, {"ns", 1}};
#define N_UNITS (sizeof(UNITS) / sizeof(UNITS[0]))

const struct tcp_profile_field *tcp_profile_field_find(const char *name)
{
	for (size_t i = 0; i < tcp_profile_schema_n; i++) {
		if (strcmp(tcp_profile_schema[i].name, name) == 0)
			return &tcp_profile_schema[i];
	}
	return NULL;
}

static const void *field_at(
	const struct tcp_profile *profile, const struct tcp_profile_field *field)
{
	return (const char *)profile + field->offset;
}

/* The largest unit that leaves a whole number. */
static int time_text(int64_t ns, char *out, size_t size)
{
	size_t unit = 0;

	if (ns == 0)
		return snprintf(out, size, "0");
	while (ns % UNITS[unit].ns != 0)
		unit++;
	return snprintf(out, size, "%lld %s", (long long)(ns / UNITS[unit].ns), UNITS[unit].name);
}

static int list_text(const struct tcp_int_list *list, char *out, size_t size)
{
	char text[TCP_PROFILE_LIST_MAX * 12] = "";
	size_t used = 0;

	for (int32_t i = 0; i < list->n; i++)
		used += (size_t)snprintf(
			text + used, sizeof(text) - used, i ? " %d" : "%d", list->at[i]);
	return snprintf(out, size, "%s", text);
}

int tcp_profile_field_text(const struct tcp_profile *profile, const struct tcp_profile_field *field,
	char *out, size_t size)
{
	const void *at = field_at(profile, field);

	switch (field->type) {
	case TCP_FIELD_BOOL: return snprintf(out, size, "%s", *(const bool *)at ? "yes" : "no");
	case TCP_FIELD_INT: return snprintf(out, size, "%lld", (long long)*(const int64_t *)at);
	case TCP_FIELD_TIME: return time_text(*(const int64_t *)at, out, size);
	case TCP_FIELD_ENUM: return snprintf(out, size, "%s", field->words[*(const unsigned *)at]);
	case TCP_FIELD_LIST: return list_text(at, out, size);
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

static int set_int(int64_t *at, const char *text)
{
	const char *end;
	int64_t value;

	if (!read_number(text, &value, &end) || *skip_blanks(end) != '\0')
		return -EINVAL;
	*at = value;
	return 0;
}

static int set_time(int64_t *at, const char *text)
{
	const char *unit;
	int64_t value, product;

	if (!read_number(text, &value, &unit) || value < 0)
		return -EINVAL;
	unit = skip_blanks(unit);
	if (value == 0 && *unit == '\0') {
		*at = 0;
		return 0;
	}
	for (size_t i = 0; i < N_UNITS; i++) {
		if (strcmp(unit, UNITS[i].name) == 0) {
			if (__builtin_mul_overflow(value, UNITS[i].ns, &product))
				return -EINVAL;
			*at = product;
			return 0;
		}
	}
	return -EINVAL;
}

static int set_enum(unsigned *at, const char *const *words, const char *text)
{
	for (unsigned i = 0; words[i]; i++) {
		if (strcmp(words[i], text) == 0) {
			*at = i;
			return 0;
		}
	}
	return -EINVAL;
}

static int set_list(struct tcp_int_list *at, const char *text)
{
	struct tcp_int_list list = {0};
	int64_t value;

	for (text = skip_blanks(text); *text; text = skip_blanks(text)) {
		if (list.n == TCP_PROFILE_LIST_MAX || !read_number(text, &value, &text) ||
			value < 0 || value > INT32_MAX)
			return -EINVAL;
		list.at[list.n++] = (int32_t)value;
	}
	*at = list;
	return 0;
}

int tcp_profile_field_set(
	struct tcp_profile *profile, const struct tcp_profile_field *field, const char *text)
{
	void *at = (char *)profile + field->offset;

	switch (field->type) {
	case TCP_FIELD_BOOL: return set_bool(at, text);
	case TCP_FIELD_INT: return set_int(at, text);
	case TCP_FIELD_TIME: return set_time(at, text);
	case TCP_FIELD_ENUM: return set_enum(at, field->words, text);
	case TCP_FIELD_LIST: return set_list(at, text);
	}
	return -EINVAL;
}
