/* Connections, listeners and TCP_INFO of two accounts of a world. See world_compare.h. */
#include "compare/world_compare.h"
#include "compare/world_calls.h"
#include "compare/world_segments.h"

#include <string.h>

#include "script/system/info.h"

static void free_difference(gpointer data)
{
	struct world_difference *d = data;

	g_free(d->where);
	g_free(d->model);
	g_free(d->kernel);
	g_free(d);
}

bool world_near(
	const struct world_sides *sides, int64_t model_ns, int64_t kernel_ns, int64_t gap_ns)
{
	int64_t apart = model_ns > kernel_ns ? model_ns - kernel_ns : kernel_ns - model_ns;

	if (apart > WORLD_LEAST_NS + MAX(gap_ns, 0) * WORLD_PERCENT / 100 + sides->late_ns)
		return false;
	sides->times->farthest_ns = MAX(sides->times->farthest_ns, apart);
	return true;
}

void world_differs(const struct world_sides *sides, const struct world_difference *like,
	char *where, char *model, char *kernel)
{
	struct world_difference *d = g_new(struct world_difference, 1);

	*d = *like;
	d->where = where;
	d->model = model;
	d->kernel = kernel;
	d->stable = true;
	g_ptr_array_add(sides->out, d);
}

/* --- which connection is which --- */

static char *key_of(const struct timeline *t, const struct timeline_connection *c)
{
	const struct timeline_end *from = &c->end[0], *to = &c->end[1];
	char source[64], target[64];

	timeline_end_text(from, source);
	timeline_end_text(to, target);
	return g_strdup_printf("%s %s",
		from->node == TIMELINE_NONE ? source : timeline_node_name(t, from->node), target);
}

/* The connections of each key, in their order. */
static GHashTable *by_key(const struct timeline *t)
{
	GHashTable *keys = g_hash_table_new_full(
		g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_queue_free);

	for (guint i = 0; i < t->connections->len; i++) {
		char *key = key_of(t, t->connections->pdata[i]);
		GQueue *queue = g_hash_table_lookup(keys, key);

		if (!queue) {
			queue = g_queue_new();
			g_hash_table_insert(keys, g_strdup(key), queue);
		}
		g_queue_push_tail(queue, GUINT_TO_POINTER(i));
		g_free(key);
	}
	return keys;
}

GArray *world_pairs(const struct timeline *model, const struct timeline *kernel)
{
	GArray *pairs = g_array_new(FALSE, FALSE, sizeof(struct world_pair));
	GHashTable *theirs = by_key(kernel);
	bool *is_taken = g_new0(bool, kernel->connections->len + 1);

	for (guint i = 0; i < model->connections->len; i++) {
		char *key = key_of(model, model->connections->pdata[i]);
		GQueue *queue = g_hash_table_lookup(theirs, key);
		struct world_pair pair = {i, WORLD_NOWHERE};

		if (queue && !g_queue_is_empty(queue)) {
			pair.kernel = GPOINTER_TO_UINT(g_queue_pop_head(queue));
			is_taken[pair.kernel] = true;
		}
		g_array_append_val(pairs, pair);
		g_free(key);
	}
	for (guint i = 0; i < kernel->connections->len; i++) {
		struct world_pair pair = {WORLD_NOWHERE, i};

		if (!is_taken[i])
			g_array_append_val(pairs, pair);
	}
	g_free(is_taken);
	g_hash_table_destroy(theirs);
	return pairs;
}

/* --- what became of each --- */

static unsigned resets_of(const struct timeline *t, uint32_t connection, int end)
{
	unsigned n = 0;

	for (guint i = 0; i < t->items->len; i++) {
		const struct timeline_item *item = timeline_at(t, i);

		n += item->kind == TIMELINE_SEGMENT && item->connection == connection &&
		     item->end == end &&
		     g_array_index(t->segments, struct timeline_segment, item->text).flags &
			     TCPSIM_RST;
	}
	return n;
}

struct fact {
	const struct world_sides *sides;
	const struct world_pair *pair;
	const char *name, *node;
	enum tcpsim_rule rule;
	int64_t time_ns;
};

static void differs(
	const struct fact *f, const char *kind, const char *field, char *model, char *kernel)
{
	struct world_difference like = {.kind = kind,
		.field = field,
		.rule = f->rule,
		.time_ns = f->time_ns,
		.connection = f->pair->model,
		.kernel_connection = f->pair->kernel,
		.model_item = WORLD_NOWHERE,
		.kernel_item = WORLD_NOWHERE};

	world_differs(f->sides, &like, g_strdup_printf("%s, %s", f->name, f->node), model, kernel);
}

static void compare_end(const struct fact *f, const struct timeline_end *m,
	const struct timeline_end *k, unsigned m_resets, unsigned k_resets)
{
	bool m_open = m->established_ns != TIMELINE_NEVER,
	     k_open = k->established_ns != TIMELINE_NEVER;

	if (m->is_tcp && k->is_tcp && m->state != k->state)
		differs(f, "state", "state", g_strdup(tcpsim_state_name(m->state)),
			g_strdup(tcpsim_state_name(k->state)));
	if (m->is_tcp && k->is_tcp && m_open != k_open)
		differs(f, "state", "established", g_strdup(m_open ? "yes" : "no"),
			g_strdup(k_open ? "yes" : "no"));
	if (m_resets != k_resets)
		differs(f, "segment", "resets", g_strdup_printf("%u", m_resets),
			g_strdup_printf("%u", k_resets));
	if (m->repeated != k->repeated)
		differs(f, "segment", "sent again", g_strdup_printf("%u", m->repeated),
			g_strdup_printf("%u", k->repeated));
	if (m->lost != k->lost)
		differs(f, "segment", "lost", g_strdup_printf("%u", m->lost),
			g_strdup_printf("%u", k->lost));
}

/* --- TCP_INFO --- */

/* Those that follow from what was sent and taken, and those that are times and may be near. What
 * depends on when one looks (ages, rates, busy times) is not compared. */
static const struct {
	const char *name;
	unsigned microseconds; /* of one unit; 0: no time */
} INFO[] = {{"tcpi_ca_state", 0}, {"tcpi_retransmits", 0}, {"tcpi_options", 0},
	{"tcpi_snd_wscale", 0}, {"tcpi_rcv_wscale", 0}, {"tcpi_snd_mss", 0}, {"tcpi_rcv_mss", 0},
	{"tcpi_unacked", 0}, {"tcpi_sacked", 0}, {"tcpi_lost", 0}, {"tcpi_retrans", 0},
	{"tcpi_pmtu", 0}, {"tcpi_snd_ssthresh", 0}, {"tcpi_snd_cwnd", 0}, {"tcpi_advmss", 0},
	{"tcpi_reordering", 0}, {"tcpi_total_retrans", 0}, {"tcpi_bytes_acked", 0},
	{"tcpi_bytes_received", 0}, {"tcpi_segs_out", 0}, {"tcpi_segs_in", 0},
	{"tcpi_data_segs_in", 0}, {"tcpi_data_segs_out", 0}, {"tcpi_delivered", 0},
	{"tcpi_bytes_sent", 0}, {"tcpi_bytes_retrans", 0}, {"tcpi_dsack_dups", 0}, {"tcpi_rto", 1},
	{"tcpi_rtt", 1}, {"tcpi_min_rtt", 1}};

struct figures {
	int64_t value[G_N_ELEMENTS(INFO)];
	bool is_there[G_N_ELEMENTS(INFO)];
};

static void take_figure(void *context, const char *name, int64_t value)
{
	struct figures *f = context;

	for (size_t i = 0; i < G_N_ELEMENTS(INFO); i++) {
		if (strcmp(INFO[i].name, name) != 0)
			continue;
		f->value[i] = value;
		f->is_there[i] = true;
	}
}

static bool figures_of(
	const struct world_account *a, uint32_t connection, int end, struct figures *out)
{
	*out = (struct figures){0};
	for (guint i = 0; i < a->infos->len; i++) {
		const struct world_info *info = &g_array_index(a->infos, struct world_info, i);

		if (info->connection != connection || info->end != end)
			continue;
		sut_info_each(info->bytes, info->len, take_figure, out);
		return true;
	}
	return false;
}

static bool same_figure(const struct world_sides *s, size_t i, int64_t model, int64_t kernel)
{
	int64_t unit_ns = (int64_t)INFO[i].microseconds * 1000;

	return model == kernel ||
	       (unit_ns && world_near(s, model * unit_ns, kernel * unit_ns, model * unit_ns));
}

static void compare_info(const struct fact *f, int end)
{
	struct figures m, k;

	if (!figures_of(f->sides->model, f->pair->model, end, &m) ||
		!figures_of(f->sides->kernel, f->pair->kernel, end, &k))
		return;
	for (size_t i = 0; i < G_N_ELEMENTS(INFO); i++)
		if (m.is_there[i] && k.is_there[i] &&
			!same_figure(f->sides, i, m.value[i], k.value[i]))
			differs(f, "tcp-info", INFO[i].name,
				g_strdup_printf("%" G_GINT64_FORMAT, m.value[i]),
				g_strdup_printf("%" G_GINT64_FORMAT, k.value[i]));
}

/* --- all of it --- */

static void compare_pair(const struct world_sides *s, const struct world_pair *pair)
{
	const struct timeline *m = s->model->timeline, *k = s->kernel->timeline;
	bool is_extra = pair->kernel == WORLD_NOWHERE, is_missing = pair->model == WORLD_NOWHERE;
	const struct timeline *t = is_missing ? k : m;
	const struct timeline_connection *c =
		t->connections->pdata[is_missing ? pair->kernel : pair->model];
	char *key = key_of(t, c), *name;
	struct fact f = {.sides = s, .pair = pair, .time_ns = c->start_ns};

	if (is_extra || is_missing) {
		f.name = key;
		f.node = "a connection";
		differs(&f, is_extra ? "extra" : "missing", "connection",
			g_strdup(is_extra ? "is there" : "none"),
			g_strdup(is_extra ? "none" : "is there"));
		g_free(key);
		return;
	}
	g_free(key);
	f.name = name = g_strdup_printf("connection %u", pair->model);
	world_compare_segments(s, pair, name);
	for (int e = 0; e < 2; e++) {
		const struct timeline_connection *other = k->connections->pdata[pair->kernel];

		f.node = timeline_node_name(m, c->end[e].node);
		f.rule = (enum tcpsim_rule)c->end[e].ended_rule;
		compare_end(&f, &c->end[e], &other->end[e], resets_of(m, pair->model, e),
			resets_of(k, pair->kernel, e));
		compare_info(&f, e);
	}
	g_free(name);
}

static uint32_t dropped_by(const struct timeline_listener *l)
{
	uint32_t n = 0;

	for (int rule = 0; rule < TCPSIM_NRULES; rule++)
		n += l->dropped[rule];
	return n;
}

static void compare_queue(const struct world_sides *s, const struct timeline_listener *m,
	const char *field, uint32_t model, uint32_t kernel)
{
	struct world_difference like = {.kind = "queue",
		.field = field,
		.connection = WORLD_NOWHERE,
		.kernel_connection = WORLD_NOWHERE,
		.model_item = WORLD_NOWHERE,
		.kernel_item = WORLD_NOWHERE};

	if (model != kernel)
		world_differs(s, &like,
			g_strdup_printf("listener %s:%u",
				timeline_node_name(s->model->timeline, m->node), m->port),
			g_strdup_printf("%u", model), g_strdup_printf("%u", kernel));
}

/* What accept() takes as it comes has waited or not, as the threads' turns have it. */
static uint32_t peak(uint32_t n)
{
	return MAX(n, 1);
}

static void compare_listener(const struct world_sides *s, const struct timeline_listener *m,
	const struct timeline_listener *k)
{
	compare_queue(s, m, "backlog", m->backlog, k->backlog);
	compare_queue(s, m, "most incomplete", m->peak_incomplete, k->peak_incomplete);
	compare_queue(s, m, "most completed", peak(m->peak_completed), peak(k->peak_completed));
	compare_queue(s, m, "accepted", m->accepted, k->accepted);
	compare_queue(s, m, "SYNs dropped", dropped_by(m), dropped_by(k));
	compare_queue(s, m, "cookies", m->cookies, k->cookies);
}

/* The n-th of that node and port, on the other side. */
static void compare_listeners(const struct world_sides *s)
{
	const GPtrArray *ours = s->model->timeline->listeners,
			*theirs = s->kernel->timeline->listeners;
	bool *is_taken = g_new0(bool, theirs->len + 1);

	for (guint i = 0; i < ours->len; i++) {
		const struct timeline_listener *m = ours->pdata[i], *k = NULL;

		for (guint j = 0; j < theirs->len && !k; j++) {
			const struct timeline_listener *l = theirs->pdata[j];

			if (is_taken[j] || l->node != m->node || l->port != m->port)
				continue;
			is_taken[j] = true;
			k = l;
		}
		if (k)
			compare_listener(s, m, k);
	}
	g_free(is_taken);
}

GPtrArray *world_compare(const struct world_account *model, const struct world_account *kernel,
	struct world_times *times)
{
	struct world_sides sides = {model, kernel, g_ptr_array_new_with_free_func(free_difference),
		kernel->lateness.late ? kernel->lateness.worst_ns : 0, times};
	GArray *pairs = world_pairs(model->timeline, kernel->timeline);

	world_compare_programs(&sides);
	for (guint i = 0; i < pairs->len; i++)
		compare_pair(&sides, &g_array_index(pairs, struct world_pair, i));
	compare_listeners(&sides);
	g_array_free(pairs, TRUE);
	return sides.out;
}

/* A count that is another one each time is the machine's, a time is never quite the same. */
static bool is_count(const struct world_difference *d)
{
	return d->model_item == WORLD_NOWHERE && strcmp(d->kind, "call") != 0 &&
	       strcmp(d->kind, "said") != 0;
}

void world_compare_again(GPtrArray *all, const GPtrArray *again)
{
	for (guint i = 0; i < all->len; i++) {
		struct world_difference *d = all->pdata[i];
		bool found = false;

		for (guint j = 0; j < again->len && !found; j++) {
			const struct world_difference *other = again->pdata[j];

			found = strcmp(d->kind, other->kind) == 0 &&
				strcmp(d->field, other->field) == 0 &&
				strcmp(d->where, other->where) == 0 &&
				(!is_count(d) || strcmp(d->kernel, other->kernel) == 0);
		}
		d->stable = d->stable && found;
	}
}
