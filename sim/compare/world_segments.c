/* The segments of one connection on both sides. See world_compare.h. */
#include <string.h>

#include "compare/world_compare.h"
#include "compare/world_segments.h"

struct stream {
	const struct timeline *timeline;
	const struct timeline_connection *connection;
	GArray *items; /* uint32_t: what one end sent, in its order */
	int end;
};

static struct stream stream_of(const struct timeline *t, uint32_t connection, int end)
{
	struct stream s = {t, t->connections->pdata[connection],
		g_array_new(FALSE, FALSE, sizeof(uint32_t)), end};

	for (uint32_t i = 0; i < t->items->len; i++) {
		const struct timeline_item *item = timeline_at(t, i);

		if (item->kind == TIMELINE_SEGMENT && item->connection == connection &&
			item->end == end)
			g_array_append_val(s.items, i);
	}
	return s;
}

static uint32_t item_at(const struct stream *s, guint i)
{
	return i < s->items->len ? g_array_index(s->items, uint32_t, i) : WORLD_NOWHERE;
}

static const struct timeline_segment *segment_of(const struct stream *s, uint32_t item)
{
	return &g_array_index(s->timeline->segments, struct timeline_segment,
		timeline_at(s->timeline, item)->text);
}

/* Since the connection began. */
static int64_t time_in(const struct stream *s, uint32_t item)
{
	return timeline_at(s->timeline, item)->time_ns - s->connection->start_ns;
}

/* Since the segment before it that either end sent, or that came in. */
static int64_t gap_before(const struct stream *s, uint32_t item)
{
	const struct timeline_item *own = timeline_at(s->timeline, item);
	int64_t last_ns = s->connection->start_ns;

	for (uint32_t i = item; i-- > 0;) {
		const struct timeline_item *other = timeline_at(s->timeline, i);

		if (other->kind != TIMELINE_SEGMENT || other->connection != own->connection)
			continue;
		if (other->end == own->end) {
			last_ns = MAX(last_ns, other->time_ns);
			break;
		}
		if (other->until_ns <= own->time_ns)
			last_ns = MAX(last_ns, other->until_ns);
	}
	return own->time_ns - last_ns;
}

/* "TS val 7 ecr 0,": the name, without what stands behind it. */
static void put_masked(GString *out, const char *option, size_t len)
{
	static const char *const CHOSEN[] = {"TS", "FO"};

	for (size_t i = 0; i < G_N_ELEMENTS(CHOSEN); i++)
		if (strncmp(option, CHOSEN[i], 2) == 0 && option[2] == ' ')
			len = 2;
	g_string_append_len(out, option, (gssize)len);
}

/* "<mss 1460,sackOK,TS val 7 ecr 0>": the clock's and the key's own numbers are no difference. */
static char *options_of(const struct stream *s, uint32_t item)
{
	char text[600], *at;
	GString *out = g_string_new(NULL);

	timeline_segment_text(
		s->timeline, timeline_at(s->timeline, item), true, text, sizeof(text));
	for (at = strchr(text, '<'); at && *at && *at != '>';) {
		size_t len = strcspn(++at, ",>");

		put_masked(out, at, len);
		g_string_append_c(out, ',');
		at += len;
	}
	return g_string_free(out, FALSE);
}

static uint32_t relative(const struct stream *s, int end, tcpsim_seq number)
{
	return s->connection->end[end].has_base
		       ? (uint32_t)tcpsim_seq_diff(number, s->connection->end[end].base)
		       : number.n;
}

static char *whole_text(const struct stream *s, uint32_t item)
{
	char text[600];

	if (item == WORLD_NOWHERE)
		return g_strdup("none");
	timeline_segment_text(
		s->timeline, timeline_at(s->timeline, item), false, text, sizeof(text));
	return g_strdup(text);
}

/* The first field in which the two differ; NULL: none. */
static const char *differing_field(
	const struct stream *m, uint32_t mi, const struct stream *k, uint32_t ki)
{
	const struct timeline_segment *a = segment_of(m, mi), *b = segment_of(k, ki);
	char *ours, *theirs;
	bool same;

	if (a->flags != b->flags)
		return "flags";
	if (relative(m, m->end, a->seq) != relative(k, k->end, b->seq))
		return "sequence number";
	if (a->len != b->len)
		return "length";
	if (a->flags & TCPSIM_ACK && relative(m, !m->end, a->ack) != relative(k, !k->end, b->ack))
		return "acknowledgment";
	if (a->window != b->window)
		return "window";
	ours = options_of(m, mi);
	theirs = options_of(k, ki);
	same = strcmp(ours, theirs) == 0;
	g_free(ours);
	g_free(theirs);
	return same ? NULL : "options";
}

static void tell(const struct world_sides *sides, const struct world_pair *pair, const char *name,
	const struct stream *m, const struct stream *k, guint at, const char *kind,
	const char *field)
{
	uint32_t mi = item_at(m, at), ki = item_at(k, at);
	bool is_time = strcmp(kind, "timing") == 0;
	struct world_difference like = {.kind = kind,
		.field = field,
		.rule = mi == WORLD_NOWHERE ? TCPSIM_RULE_NONE
					    : (enum tcpsim_rule)timeline_at(m->timeline, mi)->rule,
		.time_ns = mi == WORLD_NOWHERE ? timeline_at(k->timeline, ki)->time_ns
					       : timeline_at(m->timeline, mi)->time_ns,
		.connection = pair->model,
		.kernel_connection = pair->kernel,
		.model_item = mi,
		.kernel_item = ki};

	world_differs(sides, &like,
		g_strdup_printf("%s, %s's segment %u", name,
			timeline_node_name(m->timeline, m->connection->end[m->end].node), at + 1),
		is_time ? g_strdup_printf("%.6f s", (double)time_in(m, mi) * 1e-9)
			: whole_text(m, mi),
		is_time ? g_strdup_printf("%.6f s", (double)time_in(k, ki) * 1e-9)
			: whole_text(k, ki));
}

static void compare_streams(const struct world_sides *sides, const struct world_pair *pair,
	const char *name, const struct stream *m, const struct stream *k)
{
	guint n = MAX(m->items->len, k->items->len);

	for (guint i = 0; i < n; i++) {
		uint32_t mi = item_at(m, i), ki = item_at(k, i);
		const char *field;

		if (mi == WORLD_NOWHERE || ki == WORLD_NOWHERE) {
			tell(sides, pair, name, m, k, i, mi == WORLD_NOWHERE ? "missing" : "extra",
				"segment");
			return;
		}
		field = differing_field(m, mi, k, ki);
		if (field) {
			tell(sides, pair, name, m, k, i, "segment", field);
			return;
		}
		if (!world_near(sides, gap_before(m, mi), gap_before(k, ki), gap_before(m, mi))) {
			tell(sides, pair, name, m, k, i, "timing", "time");
			return;
		}
	}
}

void world_compare_segments(
	const struct world_sides *sides, const struct world_pair *pair, const char *name)
{
	for (int e = 0; e < 2; e++) {
		struct stream m = stream_of(sides->model->timeline, pair->model, e),
			      k = stream_of(sides->kernel->timeline, pair->kernel, e);

		compare_streams(sides, pair, name, &m, &k);
		g_array_free(m.items, TRUE);
		g_array_free(k.items, TRUE);
	}
}
