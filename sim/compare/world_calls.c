/* What programs said and called, on both sides. See world_compare.h. */
#include <stdlib.h>
#include <string.h>

#include "compare/world_calls.h"
#include "compare/world_compare.h"

/* The items of one kind and program, in their order. */
struct words {
	const struct timeline *timeline;
	GArray *items; /* uint32_t */
};

/* --- the same words --- */

/* "in 1.609823 s" may be near; a port that nobody named is another one. */
static bool same_number(const struct world_sides *s, const char *before, char *model, char *kernel)
{
	char *dot = strchr(model, '.'), *end_a, *end_b;
	bool decimal = dot && dot == strrchr(model, '.');
	double a = strtod(model, &end_a), b = strtod(kernel, &end_b);

	if (strcmp(model, kernel) == 0)
		return true;
	if (*end_a || *end_b)
		return false;
	if (decimal)
		return world_near(s, (int64_t)(a * 1e9), (int64_t)(b * 1e9), (int64_t)(a * 1e9));
	return (g_str_has_suffix(before, ":") || g_str_has_suffix(before, "port ")) && a >= 1024 &&
	       b >= 1024;
}

static size_t number_length(const char *text)
{
	size_t n = strspn(text, "0123456789.");

	while (n && text[n - 1] == '.') /* the end of a sentence */
		n--;
	return n;
}

static bool same_words(const struct world_sides *s, const char *model, const char *kernel)
{
	const char *start = model;

	while (*model && *kernel) {
		size_t a = g_ascii_isdigit(*model) ? number_length(model) : 0;
		size_t b = g_ascii_isdigit(*kernel) ? number_length(kernel) : 0;
		char *before, *ours, *theirs;
		bool same;

		if (!a || !b) {
			if (*model++ != *kernel++)
				return false;
			continue;
		}
		before = g_strndup(start, (gsize)(model - start));
		ours = g_strndup(model, a);
		theirs = g_strndup(kernel, b);
		same = same_number(s, before, ours, theirs);
		g_free(before);
		g_free(ours);
		g_free(theirs);
		if (!same)
			return false;
		model += a;
		kernel += b;
	}
	return *model == *kernel;
}

/* --- lists --- */

static bool is_of(const struct timeline *t, const struct timeline_item *item, const char *program)
{
	char *own = g_strconcat(timeline_node_name(t, item->node), " ",
		timeline_words(t, item->call.program), NULL);
	bool same = strcmp(own, program) == 0;

	g_free(own);
	return same;
}

/* Whether bytes come in one read or in two is their timing's doing. */
static bool goes_on(const struct timeline *t, uint32_t before, const struct timeline_item *item)
{
	const struct timeline_item *last;
	const char *text = timeline_words(t, item->text);

	if (before == WORLD_NOWHERE ||
		(!g_str_has_prefix(text, "recv(") && !g_str_has_prefix(text, "read(")))
		return false;
	last = timeline_at(t, before);
	return last->call.result > 0 && last->until_ns != TIMELINE_NEVER && item->call.result > 0 &&
	       item->until_ns != TIMELINE_NEVER &&
	       strncmp(timeline_words(t, last->text), text, strlen("recv(")) == 0;
}

static struct words words_of(const struct timeline *t, enum timeline_kind kind, const char *program)
{
	struct words w = {t, g_array_new(FALSE, FALSE, sizeof(uint32_t))};
	uint32_t before = WORLD_NOWHERE;

	for (uint32_t i = 0; i < t->items->len; i++) {
		const struct timeline_item *item = timeline_at(t, i);

		if (item->kind != kind || !is_of(t, item, program))
			continue;
		if (kind == TIMELINE_SAID || !goes_on(t, before, item))
			g_array_append_val(w.items, i);
		else
			g_array_index(w.items, uint32_t, w.items->len - 1) = i;
		before = i;
	}
	return w;
}

static uint32_t word_at(const struct words *w, guint i)
{
	return i < w->items->len ? g_array_index(w->items, uint32_t, i) : WORLD_NOWHERE;
}

static char *text_of(const struct words *w, uint32_t at)
{
	const struct timeline_item *item =
		at == WORLD_NOWHERE ? NULL : timeline_at(w->timeline, at);
	const char *text = item ? timeline_words(w->timeline, item->text) : NULL, *name;

	if (!item)
		return g_strdup("nothing");
	if (item->kind == TIMELINE_SAID)
		return g_strdup_printf("%.6f %s", (double)item->time_ns * 1e-9, text);
	if (item->until_ns == TIMELINE_NEVER)
		return g_strdup_printf("%s never returns", text);
	name = item->error ? strerrorname_np(item->error) : NULL;
	return g_strdup_printf("%s = %" G_GINT64_FORMAT "%s%s after %.6f s", text,
		item->call.result, name ? " " : "", name ? name : "",
		(double)(item->until_ns - item->time_ns) * 1e-9);
}

/* --- one of each held against the other --- */

/* When the one before was said, on each side. */
struct before {
	int64_t model_ns, kernel_ns;
};

static const char *said_field(const struct world_sides *s, const struct timeline_item *m,
	const struct timeline_item *k, const struct before *before)
{
	int64_t gap_ns = m->time_ns - before->model_ns;

	if (!same_words(s, timeline_words(s->model->timeline, m->text),
		    timeline_words(s->kernel->timeline, k->text)))
		return "words";
	return world_near(s, gap_ns, k->time_ns - before->kernel_ns, gap_ns) ? NULL : "time";
}

/* A descriptor is a number that the host hands out: what stands behind it counts. */
static const char *behind_descriptor(const char *call)
{
	const char *open = strchr(call, '('), *at = open ? open + 1 : call;

	return at + strspn(at, "-0123456789");
}

static bool same_call(const struct world_sides *s, const char *model, const char *kernel)
{
	size_t name = strcspn(model, "(");

	return strncmp(model, kernel, name + 1) == 0 &&
	       same_words(s, behind_descriptor(model), behind_descriptor(kernel));
}

static bool gives_a_number(const char *call)
{
	return g_str_has_prefix(call, "socket(") || g_str_has_prefix(call, "accept(") ||
	       g_str_has_prefix(call, "recv(") || g_str_has_prefix(call, "read(");
}

static const char *call_field(const struct world_sides *s, const struct timeline_item *m,
	const struct timeline_item *k, const struct before *before)
{
	const char *ours = timeline_words(s->model->timeline, m->text);
	const char *theirs = timeline_words(s->kernel->timeline, k->text);
	bool m_over = m->until_ns != TIMELINE_NEVER, k_over = k->until_ns != TIMELINE_NEVER;

	if (!same_call(s, ours, theirs))
		return "call";
	if (m_over != k_over)
		return "return";
	if (!m_over)
		return NULL;
	if (m->error != k->error)
		return "errno";
	if (m->call.result != k->call.result &&
		!(gives_a_number(ours) && m->call.result > 0 && k->call.result > 0))
		return "result";
	return world_near(s, m->until_ns - m->time_ns, k->until_ns - k->time_ns,
		       m->until_ns - m->time_ns) ||
			       gives_a_number(ours) /* when it began to wait is another's doing */
		       ? NULL
		       : "duration";
}

typedef const char *(*field_fn)(const struct world_sides *s, const struct timeline_item *m,
	const struct timeline_item *k, const struct before *before);

static void compare_words(const struct world_sides *s, enum timeline_kind kind, const char *program,
	field_fn differing)
{
	struct words m = words_of(s->model->timeline, kind, program),
		     k = words_of(s->kernel->timeline, kind, program);
	struct before before = {0, 0};

	for (guint i = 0; i < MAX(m.items->len, k.items->len); i++) {
		uint32_t mi = word_at(&m, i), ki = word_at(&k, i);
		const struct timeline_item *ours =
			mi == WORLD_NOWHERE ? NULL : timeline_at(m.timeline, mi);
		const struct timeline_item *theirs =
			ki == WORLD_NOWHERE ? NULL : timeline_at(k.timeline, ki);
		const char *field = ours && theirs ? differing(s, ours, theirs, &before) : "number";
		struct world_difference like = {.kind = kind == TIMELINE_SAID ? "said" : "call",
			.field = field,
			.time_ns = ours ? ours->time_ns : theirs->time_ns,
			.connection = WORLD_NOWHERE,
			.kernel_connection = WORLD_NOWHERE,
			.model_item = WORLD_NOWHERE,
			.kernel_item = WORLD_NOWHERE};

		if (!field) {
			before = (struct before){ours->time_ns, theirs->time_ns};
			continue;
		}
		world_differs(s, &like,
			g_strdup_printf("program %s, %s %u", program,
				kind == TIMELINE_SAID ? "line" : "call", i + 1),
			text_of(&m, mi), text_of(&k, ki));
		break; /* what comes after it follows from it */
	}
	g_array_free(m.items, TRUE);
	g_array_free(k.items, TRUE);
}

/* The programs of both sides, in the order in which they are heard of first. */
static void each_program(const struct timeline *t, GHashTable *seen, GPtrArray *out)
{
	for (uint32_t i = 0; i < t->items->len; i++) {
		const struct timeline_item *item = timeline_at(t, i);
		char *program;

		if (item->kind != TIMELINE_SAID && item->kind != TIMELINE_CALL)
			continue;
		program = g_strconcat(timeline_node_name(t, item->node), " ",
			timeline_words(t, item->call.program), NULL);
		if (g_hash_table_contains(seen, program)) {
			g_free(program);
			continue;
		}
		g_hash_table_add(seen, program);
		g_ptr_array_add(out, program);
	}
}

/* A herd's clients are programs of their own, of one thread each. */
static bool is_single(const struct world_account *a, const char *program)
{
	const char *dot = strrchr(program, '.');
	char *herd = dot ? g_strndup(program, (gsize)(dot - program)) : NULL;
	bool single = g_hash_table_contains(a->single, program) ||
		      (herd && g_hash_table_contains(a->single, herd));

	g_free(herd);
	return single;
}

void world_compare_programs(const struct world_sides *s)
{
	GHashTable *seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	GPtrArray *programs = g_ptr_array_new();

	each_program(s->model->timeline, seen, programs);
	each_program(s->kernel->timeline, seen, programs);
	for (guint i = 0; i < programs->len; i++) {
		compare_words(s, TIMELINE_SAID, programs->pdata[i], said_field);
		if (is_single(s->model, programs->pdata[i]))
			compare_words(s, TIMELINE_CALL, programs->pdata[i], call_field);
	}
	g_ptr_array_free(programs, TRUE);
	g_hash_table_destroy(seen);
}
