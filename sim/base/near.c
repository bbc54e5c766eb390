/* Near names: see near.h. */
#include "base/near.h"

#include <stdbool.h>
#include <string.h>

#define LONGEST 100

static char folded(char c)
{
	return c == '_' ? '-' : g_ascii_tolower(c);
}

unsigned near_distance(const char *a, const char *b)
{
	size_t n = strlen(a), m = strlen(b), width = m + 1;
	unsigned *cell = g_new(unsigned, (n + 1) * width);

	for (size_t i = 0; i <= n; i++)
		cell[i * width] = i;
	for (size_t j = 0; j <= m; j++)
		cell[j] = j;
	for (size_t i = 1; i <= n; i++) {
		for (size_t j = 1; j <= m; j++) {
			unsigned differs = folded(a[i - 1]) != folded(b[j - 1]);
			unsigned best = cell[(i - 1) * width + j - 1] + differs;

			best = MIN(best, cell[(i - 1) * width + j] + 1);
			best = MIN(best, cell[i * width + j - 1] + 1);
			if (i > 1 && j > 1 && folded(a[i - 1]) == folded(b[j - 2]) &&
				folded(a[i - 2]) == folded(b[j - 1]))
				best = MIN(best, cell[(i - 2) * width + j - 2] + 1);
			cell[i * width + j] = best;
		}
	}
	unsigned result = cell[n * width + m];
	g_free(cell);
	return result;
}

struct candidate {
	const char *name;
	unsigned distance, order;
};

static int by_distance(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;

	if (x->distance != y->distance)
		return x->distance < y->distance ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

/* What stands behind the last hyphen or dot of a name: "prohibited" of "admin-prohibited". */
static const char *last_word(const char *name)
{
	const char *last = name;

	for (const char *c = name; *c; c++) {
		if (strchr("-_.", *c))
			last = c + 1;
	}
	return last;
}

static bool share_a_word(const char *a, const char *b)
{
	const char *word = last_word(a);

	return strlen(word) >= 5 && g_ascii_strcasecmp(word, last_word(b)) == 0;
}

/* Longer names may hold more slips: a third of the letters, at least one, at most four. */
static bool is_near(const char *typed, const char *name, unsigned distance)
{
	size_t length = strlen(typed);

	if (length >= 2 && g_ascii_strncasecmp(typed, name, length) == 0)
		return true;
	if (share_a_word(typed, name))
		return true;
	return distance <= CLAMP((unsigned)(length + 1) / 3, 1, 4);
}

static char *joined(const struct candidate *near, unsigned count)
{
	GString *text = g_string_new(near[0].name);

	for (unsigned i = 1; i < count; i++)
		g_string_append_printf(text, "%s%s", i + 1 == count ? " or " : ", ", near[i].name);
	return g_string_free(text, FALSE);
}

char *near_names(const char *typed, const char *const *names, unsigned most)
{
	GArray *near;

	/* Nobody types a name of a kilobyte: it is not compared with every one there is. */
	if (*typed == '\0' || strlen(typed) > LONGEST)
		return NULL;
	near = g_array_new(FALSE, FALSE, sizeof(struct candidate));

	for (unsigned i = 0; names[i]; i++) {
		unsigned distance = near_distance(typed, names[i]);

		if (is_near(typed, names[i], distance)) {
			struct candidate c = {names[i], distance, i};
			g_array_append_val(near, c);
		}
	}
	g_array_sort(near, by_distance);
	char *text = near->len && most ? joined((void *)near->data, MIN(near->len, most)) : NULL;
	g_array_free(near, TRUE);
	return text;
}
