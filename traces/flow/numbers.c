/* Lists of numbers: see numbers.h. */
#include "traces/flow/numbers.h"

#include <glib.h>

struct range {
	uint32_t from, to;
	bool open; /* "9-": to the end, wherever that is */
};

struct numbers {
	GArray *ranges; /* as they were given: lists are short */
};

/* Digits at *at; false where there are none, or too many of them. */
static bool take_number(const char **at, uint32_t *out)
{
	uint64_t n = 0;
	const char *p = *at;

	for (; g_ascii_isdigit(*p) && n <= UINT32_MAX; p++)
		n = n * 10 + (uint64_t)(*p - '0');
	if (p == *at || n >= UINT32_MAX)
		return false;
	*at = p;
	*out = (uint32_t)n;
	return true;
}

/* "3", "3-5" or "3-" at *at; NULL, or what is wrong there. */
static const char *take_range(const char **at, struct range *r)
{
	if (!take_number(at, &r->from))
		return "a connection's number is expected here, from 0";
	r->to = r->from;
	if (**at != '-')
		return NULL;
	++*at;
	r->open = **at == ',' || **at == '\0';
	if (r->open)
		r->to = UINT32_MAX;
	else if (!take_number(at, &r->to))
		return "a range ends in a number, or in nothing";
	else if (r->to < r->from)
		return "this range ends before it begins";
	return NULL;
}

struct numbers *numbers_parse(const char *text, char **why)
{
	struct numbers *n = g_new(struct numbers, 1);
	const char *at = text;

	n->ranges = g_array_new(FALSE, FALSE, sizeof(struct range));
	for (;;) {
		struct range r = {0};
		const char *wrong = take_range(&at, &r);

		if (wrong == NULL && *at != ',' && *at != '\0')
			wrong = "numbers and ranges are separated by commas, as in 0,3-5";
		if (wrong != NULL) {
			*why = g_strdup_printf(
				"'%s', column %d: %s", text, (int)(at - text) + 1, wrong);
			numbers_free(n);
			return NULL;
		}
		g_array_append_val(n->ranges, r);
		if (*at++ == '\0')
			return n;
	}
}

bool numbers_has(const struct numbers *n, uint32_t number)
{
	for (guint i = 0; i < n->ranges->len; i++) {
		const struct range *r = &g_array_index(n->ranges, struct range, i);

		if (number >= r->from && number <= r->to)
			return true;
	}
	return false;
}

bool numbers_beyond(const struct numbers *n, uint32_t count, uint32_t *first)
{
	for (guint i = 0; i < n->ranges->len; i++) {
		const struct range *r = &g_array_index(n->ranges, struct range, i);

		*first = MAX(r->from, count);
		if (r->from >= count || (r->to >= count && !r->open))
			return true;
	}
	return false;
}

void numbers_free(struct numbers *n)
{
	if (n == NULL)
		return;
	g_array_free(n->ranges, TRUE);
	g_free(n);
}
