/*
 * Where a question's answer is in the run, and whether what was given is it. See lesson.h.
 *
 *	time of segment N from NODE         seconds
 *	segment N from NODE                 in the one notation
 *	count of segments from NODE
 *	time of NAME N at NODE              how long its N-th call of that name took, seconds
 *	errno of NAME N at NODE             or 0
 *	result of NAME N at NODE            a number
 *	address of NAME N at NODE           that getsockname() or accept() gave
 *	state of NODE at TIME [in C]        of its end of connection C (0)
 *	most completed|incomplete at NODE   of its listener's queues
 *	dropped at NODE                     SYNs that its listeners dropped
 */
#include <math.h>
#include <string.h>

#include "lesson/lesson.h"
#include "script/parser.h"
#include "world/select.h"

enum kind { TIME, SEGMENT, NUMBER, WORD };

struct found {
	enum kind kind;
	int64_t time_ns, number;
	char *word;
	const struct timeline_item *segment;
};

static uint32_t node_named(const struct timeline *run, const char *name)
{
	for (uint32_t i = 0; name && i < run->nodes->len; i++)
		if (strcmp(timeline_node_name(run, i), name) == 0)
			return i;
	return TIMELINE_NONE;
}

static guint count_of(const char *word)
{
	return word ? (guint)g_ascii_strtoull(word, NULL, 10) : 0;
}

static const struct timeline_item *nth_segment(const struct timeline *run, uint32_t node, guint n)
{
	for (uint32_t i = 0; i < run->items->len; i++) {
		const struct timeline_item *item = timeline_at(run, i);

		if (item->kind == TIMELINE_SEGMENT && item->node == node && n-- == 1)
			return item;
	}
	return NULL;
}

static const struct timeline_item *nth_call(
	const struct timeline *run, uint32_t node, const char *name, guint n)
{
	char *head = g_strconcat(name, "(", NULL);
	const struct timeline_item *found = NULL;

	for (uint32_t i = 0; i < run->items->len && !found; i++) {
		const struct timeline_item *item = timeline_at(run, i);

		if (item->kind == TIMELINE_CALL && item->node == node &&
			g_str_has_prefix(timeline_words(run, item->text), head) && n-- == 1)
			found = item;
	}
	g_free(head);
	return found && found->until_ns != TIMELINE_NEVER ? found : NULL;
}

/* --- each form --- */

/* "segment N from NODE" */
static bool find_segment(const struct timeline *run, char **w, guint n, struct found *f)
{
	if (n != 4 || strcmp(w[2], "from") != 0)
		return false;
	f->segment = nth_segment(run, node_named(run, w[3]), count_of(w[1]));
	return f->segment;
}

/* "NAME N at NODE" */
static const struct timeline_item *find_call(const struct timeline *run, char **w, guint n)
{
	if (n != 4 || strcmp(w[2], "at") != 0)
		return NULL;
	return nth_call(run, node_named(run, w[3]), w[0], count_of(w[1]));
}

static bool find_time(const struct timeline *run, char **w, guint n, struct found *f)
{
	const struct timeline_item *call;

	f->kind = TIME;
	if (n > 0 && strcmp(w[0], "segment") == 0) {
		if (!find_segment(run, w, n, f))
			return false;
		f->time_ns = f->segment->time_ns;
		return true;
	}
	call = find_call(run, w, n);
	f->time_ns = call ? call->until_ns - call->time_ns : 0;
	return call;
}

static bool find_of_call(
	const struct timeline *run, const char *what, char **w, guint n, struct found *f)
{
	const struct timeline_item *call = find_call(run, w, n);
	const char *text = call ? timeline_words(run, call->text) : NULL, *filled;

	if (!call)
		return false;
	if (strcmp(what, "result") == 0) {
		f->kind = NUMBER;
		f->number = call->call.result;
		return true;
	}
	f->kind = WORD;
	if (strcmp(what, "errno") == 0) {
		f->word = g_strdup(call->error ? strerrorname_np(call->error) : "0");
		return true;
	}
	filled = strchr(text, '[');
	if (filled)
		f->word = g_strndup(filled + 1, strlen(filled) - 3); /* "])" behind it */
	return filled;
}

static bool find_state(const struct timeline *run, char **w, guint n, struct found *f)
{
	uint32_t node = n > 0 ? node_named(run, w[0]) : TIMELINE_NONE, connection = 0;
	uint8_t state = TCP_CLOSED;
	int64_t when;
	int words = n > 2 && strcmp(w[1], "at") == 0 ? select_take_time(w + 2, &when) : -1;

	if (words < 0 || node == TIMELINE_NONE)
		return false;
	if (n > 3 + (guint)words && strcmp(w[2 + words], "in") == 0)
		connection = count_of(w[3 + words]);
	for (uint32_t i = 0; i < run->items->len; i++) {
		const struct timeline_item *item = timeline_at(run, i);

		if (item->time_ns <= when && item->kind == TIMELINE_STATE && item->node == node &&
			item->connection == connection)
			state = item->after;
	}
	f->kind = WORD;
	f->word = g_strdup(tcp_state_name((enum tcp_state)state));
	return true;
}

static bool find_queue(
	const struct timeline *run, const char *what, const char *node, struct found *f)
{
	bool any = false;

	f->kind = NUMBER;
	for (guint i = 0; i < run->listeners->len; i++) {
		const struct timeline_listener *l = run->listeners->pdata[i];

		if (l->node != node_named(run, node))
			continue;
		any = true;
		if (strcmp(what, "completed") == 0)
			f->number = MAX(f->number, l->peak_completed);
		else if (strcmp(what, "incomplete") == 0)
			f->number = MAX(f->number, l->peak_incomplete);
		for (unsigned r = 0; strcmp(what, "dropped") == 0 && r < TCP_NRULES; r++)
			f->number += l->dropped[r];
	}
	return any;
}

static bool find_count(const struct timeline *run, char **w, guint n, struct found *f)
{
	f->kind = NUMBER;
	if (n != 3 || strcmp(w[0], "segments") != 0 || strcmp(w[1], "from") != 0)
		return false;
	while (nth_segment(run, node_named(run, w[2]), (guint)f->number + 1))
		f->number++;
	return f->number > 0;
}

static bool find(const struct timeline *run, const char *text, struct found *f)
{
	char **w = g_strsplit(text, " ", -1);
	guint n = g_strv_length(w);
	bool of = n > 2 && strcmp(w[1], "of") == 0, good = false;

	*f = (struct found){.kind = SEGMENT};
	if (n > 0 && strcmp(w[0], "segment") == 0)
		good = find_segment(run, w, n, f);
	else if (of && strcmp(w[0], "time") == 0)
		good = find_time(run, w + 2, n - 2, f);
	else if (of && strcmp(w[0], "count") == 0)
		good = find_count(run, w + 2, n - 2, f);
	else if (of && strcmp(w[0], "state") == 0)
		good = find_state(run, w + 2, n - 2, f);
	else if (of)
		good = find_of_call(run, w[0], w + 2, n - 2, f);
	else if (n == 4 && strcmp(w[0], "most") == 0 && strcmp(w[2], "at") == 0)
		good = find_queue(run, w[1], w[3], f);
	else if (n == 3 && strcmp(w[0], "dropped") == 0 && strcmp(w[1], "at") == 0)
		good = find_queue(run, w[0], w[2], f);
	g_strfreev(w);
	return good;
}

char *lesson_answer(const struct timeline *run, const struct lesson_question *q, char **error)
{
	struct found f;
	char text[512];

	if (!find(run, q->find, &f)) {
		*error =
			g_strdup_printf("line %u: '%s' finds nothing in the run", q->line, q->find);
		return NULL;
	}
	switch (f.kind) {
	case TIME: return g_strdup_printf("%.7g s", (double)f.time_ns * 1e-9);
	case NUMBER: return g_strdup_printf("%" G_GINT64_FORMAT, f.number);
	case WORD: return f.word;
	case SEGMENT: break;
	}
	timeline_segment_text(run, f.segment, false, text, sizeof(text));
	return g_strdup(text);
}

/* --- is it right? --- */

/* Within a hundredth, or a hundredth of a second. */
static bool same_time(int64_t is, const char *given, char **why)
{
	char *end;
	double seconds = g_ascii_strtod(given, &end);
	int64_t ns = (int64_t)(seconds * 1e9);
	const char *unit = end + strspn(end, " ");

	if (end != given && strcmp(unit, "ms") == 0)
		ns /= 1000;
	else if (end == given || (*unit && strcmp(unit, "s") != 0)) {
		*why = g_strdup("not a time: 6 s, 200 ms");
		return false;
	}
	return fabs((double)(ns - is)) <= MAX(fabs((double)is) * 0.01, 1e7);
}

static bool same_number(int64_t is, const char *given, char **why)
{
	gint64 n;

	if (!g_ascii_string_to_signed(given, 10, G_MININT64, G_MAXINT64, &n, NULL)) {
		*why = g_strdup("not a number");
		return false;
	}
	return n == is;
}

/* Numbers relative, as a script has them; what was not written is not asked. */
static bool same_segment(
	const struct timeline *run, const struct timeline_item *item, const char *given, char **why)
{
	const struct timeline_segment *is =
		&g_array_index(run->segments, struct timeline_segment, item->text);
	const struct timeline_connection *c = run->connections->pdata[item->connection];
	const struct timeline_end *own = &c->end[item->end], *peer = &c->end[!item->end];
	GError *error = NULL;
	struct script *script = script_parse_packet(given, true, &error);
	const struct script_packet *p;
	bool same;

	if (!script) {
		*why = g_strdup(error->message);
		g_error_free(error);
		return false;
	}
	p = &script->events->packet;
	same = p->kind == PACKET_TCP &&
	       p->flags == (is->flags & ~(TCP_PSH)) + (p->flags & TCP_PSH) &&
	       (p->any_seq || p->seq == is->seq.n - (own->has_base ? own->base.n : 0)) &&
	       p->payload_len == is->len &&
	       (!(is->flags & TCP_ACK) || !p->has_ack ||
		       p->ack == is->ack.n - (peer->has_base ? peer->base.n : 0)) &&
	       (p->window < 0 || p->window == is->window);
	script_free(script);
	return same;
}

/* Case, and the ends' blanks, tell nothing; SYN_RECEIVED is SYN_RCVD; of "address:port" the address
 * is enough, as nobody knows an ephemeral port beforehand. */
static bool same_word(const char *is, const char *given)
{
	const char *colon = strrchr(is, ':');
	size_t address = colon ? (size_t)(colon - is) : 0;

	if (address && strlen(given) == address && g_ascii_strncasecmp(is, given, address) == 0)
		return true;
	if (g_ascii_strcasecmp(given, "SYN_RECEIVED") == 0)
		given = "SYN_RCVD";
	return g_ascii_strcasecmp(is, given) == 0;
}

bool lesson_is_right(
	const struct timeline *run, const struct lesson_question *q, const char *text, char **why)
{
	char *given = g_strstrip(g_strdup(text));
	struct found f;
	bool right = false;

	*why = NULL;
	if (find(run, q->find, &f)) {
		switch (f.kind) {
		case TIME: right = same_time(f.time_ns, given, why); break;
		case NUMBER: right = same_number(f.number, given, why); break;
		case WORD: right = same_word(f.word, given); break;
		case SEGMENT: right = same_segment(run, f.segment, given, why); break;
		}
		g_free(f.word);
	}
	g_free(given);
	return right;
}
