/* See find.h. */
#include "lesson/find.h"

#include <string.h>

#include "world/select.h"

/* What is left of the words. */
struct words {
	char **at;
	guint n;
};

static bool is(const struct words *w, guint i, const char *word)
{
	return i < w->n && strcmp(w->at[i], word) == 0;
}

static struct words behind(const struct words *w, guint n)
{
	return (struct words){w->at + n, w->n - n};
}

static guint number_of(const char *word)
{
	return (guint)g_ascii_strtoull(word, NULL, 10);
}

static uint32_t node_named(const struct timeline *run, const char *name)
{
	for (uint32_t i = 0; i < run->nodes->len; i++)
		if (strcmp(timeline_node_name(run, i), name) == 0)
			return i;
	return TIMELINE_NONE;
}

/* "from NODE [in C]": whose. */
struct sender {
	uint32_t node, connection; /* connection: NONE for all */
};

static bool take_sender(const struct timeline *run, const struct words *w, struct sender *from)
{
	if (!is(w, 0, "from") || (w->n != 2 && (w->n != 4 || !is(w, 2, "in"))))
		return false;
	from->node = node_named(run, w->at[1]);
	from->connection = w->n == 4 ? number_of(w->at[3]) : TIMELINE_NONE;
	return from->node != TIMELINE_NONE;
}

static bool sent_it(const struct sender *from, const struct timeline_item *item)
{
	return item->kind == TIMELINE_SEGMENT && item->node == from->node &&
	       (from->connection == TIMELINE_NONE || item->connection == from->connection);
}

/* --- segments --- */

static const struct timeline_item *nth_segment(
	const struct timeline *run, const struct sender *from, guint n)
{
	for (uint32_t i = 0; i < run->items->len; i++) {
		const struct timeline_item *item = timeline_at(run, i);

		if (sent_it(from, item) && n-- == 1)
			return item;
	}
	return NULL;
}

/* "segment N from NODE [in C]" */
static bool find_segment(const struct timeline *run, const struct words *w, struct found *f)
{
	struct sender from;
	struct words rest;

	if (w->n < 4 || !is(w, 0, "segment"))
		return false;
	rest = behind(w, 2);
	if (!take_sender(run, &rest, &from))
		return false;
	f->kind = FOUND_SEGMENT;
	f->segment = nth_segment(run, &from, number_of(w->at[1]));
	return f->segment;
}

/* The blocks of the SACK option, relative to what the other end began with (RFC 2018 §3), as the
 * notation has them. */
static bool find_sack(const struct timeline *run, const struct words *w, struct found *f)
{
	const struct timeline_segment *s;
	char text[512], *start;

	if (!find_segment(run, w, f))
		return false;
	s = &g_array_index(run->segments, struct timeline_segment, f->segment->text);
	timeline_segment_text(run, f->segment, false, text, sizeof(text));
	start = s->options_len ? strstr(text, "sack ") : NULL;
	if (!start)
		return false;
	start += strlen("sack ");
	f->kind = FOUND_WORD;
	f->word = g_strndup(start, strcspn(start, ",>"));
	return true;
}

static int64_t longest_trip(const struct timeline *run, const struct sender *from)
{
	int64_t longest = 0;

	for (uint32_t i = 0; i < run->items->len; i++) {
		const struct timeline_item *item = timeline_at(run, i);

		if (sent_it(from, item) && item->fate == TIMELINE_ARRIVED)
			longest = MAX(longest, item->until_ns - item->time_ns);
	}
	return longest;
}

static bool find_trip(const struct timeline *run, const struct words *w, struct found *f)
{
	struct sender from;
	struct words rest;

	if (!is(w, 0, "longest") || !is(w, 1, "trip"))
		return false;
	rest = behind(w, 2);
	if (!take_sender(run, &rest, &from))
		return false;
	f->kind = FOUND_TIME;
	f->time_ns = longest_trip(run, &from);
	return f->time_ns > 0;
}

/* "segments|repeated|lost from NODE [in C]" */
static bool find_count(const struct timeline *run, const struct words *w, struct found *f)
{
	bool repeated = is(w, 0, "repeated"), lost = is(w, 0, "lost");
	struct sender from;
	struct words rest;

	if (!w->n || (!repeated && !lost && !is(w, 0, "segments")))
		return false;
	rest = behind(w, 1);
	if (!take_sender(run, &rest, &from))
		return false;
	f->kind = FOUND_NUMBER;
	for (uint32_t i = 0; i < run->connections->len; i++) {
		const struct timeline_connection *c = run->connections->pdata[i];

		if (from.connection != TIMELINE_NONE && from.connection != i)
			continue;
		for (unsigned e = 0; e < 2; e++)
			if (c->end[e].node == from.node)
				f->number += (int64_t)(repeated ? c->end[e].repeated
						       : lost	? c->end[e].lost
								: c->end[e].segments);
	}
	return repeated || lost || f->number > 0;
}

/* --- calls --- */

/* "NAME N at NODE"; NULL too for one that never returned. */
static const struct timeline_item *find_call(const struct timeline *run, const struct words *w)
{
	const struct timeline_item *found = NULL;
	uint32_t node;
	guint n;
	char *head;

	if (w->n != 4 || !is(w, 2, "at"))
		return NULL;
	node = node_named(run, w->at[3]);
	n = number_of(w->at[1]);
	head = g_strconcat(w->at[0], "(", NULL);
	for (uint32_t i = 0; i < run->items->len && !found; i++) {
		const struct timeline_item *item = timeline_at(run, i);

		if (item->kind == TIMELINE_CALL && item->node == node &&
			g_str_has_prefix(timeline_words(run, item->text), head) && n-- == 1)
			found = item;
	}
	g_free(head);
	return found && found->until_ns != TIMELINE_NEVER ? found : NULL;
}

static bool find_time(const struct timeline *run, const struct words *w, struct found *f)
{
	const struct timeline_item *call;

	if (is(w, 0, "longest"))
		return find_trip(run, w, f);
	if (is(w, 0, "segment")) {
		if (!find_segment(run, w, f))
			return false;
		f->time_ns = f->segment->time_ns;
	} else {
		call = find_call(run, w);
		if (!call)
			return false;
		f->time_ns = call->until_ns - call->time_ns;
	}
	f->kind = FOUND_TIME;
	return true;
}

static bool find_result(const struct timeline *run, const struct words *w, struct found *f)
{
	const struct timeline_item *call = find_call(run, w);

	f->kind = FOUND_NUMBER;
	f->number = call ? call->call.result : 0;
	return call;
}

static bool find_errno(const struct timeline *run, const struct words *w, struct found *f)
{
	const struct timeline_item *call = find_call(run, w);

	f->kind = FOUND_WORD;
	if (call)
		f->word = g_strdup(call->error ? strerrorname_np(call->error) : "0");
	return call;
}

static bool find_address(const struct timeline *run, const struct words *w, struct found *f)
{
	const struct timeline_item *call = find_call(run, w);
	const char *filled = call ? strchr(timeline_words(run, call->text), '[') : NULL;

	f->kind = FOUND_WORD;
	if (filled)
		f->word = g_strndup(filled + 1, strlen(filled) - 3); /* "])" behind it */
	return filled;
}

/* --- states and queues --- */

/* "NODE at TIME [in C]" */
static bool find_state(const struct timeline *run, const struct words *w, struct found *f)
{
	uint32_t node = w->n ? node_named(run, w->at[0]) : TIMELINE_NONE, connection = 0;
	uint8_t state = TCPSIM_CLOSED;
	int64_t when;
	int words = is(w, 1, "at") ? select_take_time(w->at + 2, &when) : -1;

	if (words < 0 || node == TIMELINE_NONE)
		return false;
	if (is(w, 2 + (guint)words, "in") && w->n > 3 + (guint)words)
		connection = number_of(w->at[3 + words]);
	for (uint32_t i = 0; i < run->items->len; i++) {
		const struct timeline_item *item = timeline_at(run, i);

		if (item->time_ns <= when && item->kind == TIMELINE_STATE && item->node == node &&
			item->connection == connection)
			state = item->after;
	}
	f->kind = FOUND_WORD;
	f->word = g_strdup(tcpsim_state_name((enum tcpsim_state)state));
	return true;
}

static int64_t of_listener(const struct timeline_listener *l, const char *what)
{
	int64_t dropped = 0;

	if (strcmp(what, "completed") == 0)
		return l->peak_completed;
	if (strcmp(what, "incomplete") == 0)
		return l->peak_incomplete;
	if (strcmp(what, "cookies") == 0)
		return l->cookies;
	for (unsigned r = 0; r < TCPSIM_NRULES; r++)
		dropped += l->dropped[r];
	return dropped;
}

/* "completed|incomplete|cookies|dropped at NODE": the highest of its listeners, or all of theirs. */
static bool find_queue(const struct timeline *run, const struct words *w, struct found *f)
{
	bool peak = is(w, 0, "completed") || is(w, 0, "incomplete"), any = false;

	if (w->n != 3 || !is(w, 1, "at"))
		return false;
	f->kind = FOUND_NUMBER;
	for (guint i = 0; i < run->listeners->len; i++) {
		const struct timeline_listener *l = run->listeners->pdata[i];
		int64_t n;

		if (l->node != node_named(run, w->at[2]))
			continue;
		any = true;
		n = of_listener(l, w->at[0]);
		f->number = peak ? MAX(f->number, n) : f->number + n;
	}
	return any;
}

/* The forms, by the words that they begin with. */
static const struct form {
	const char *first, *second; /* second: NULL if any */
	guint taken;		    /* of the words, before `find` sees them */
	bool (*find)(const struct timeline *run, const struct words *w, struct found *f);
} FORMS[] = {
	{"segment", NULL, 0, find_segment},
	{"sack", "of", 2, find_sack},
	{"count", "of", 2, find_count},
	{"time", "of", 2, find_time},
	{"errno", "of", 2, find_errno},
	{"result", "of", 2, find_result},
	{"address", "of", 2, find_address},
	{"state", "of", 2, find_state},
	{"most", "completed", 1, find_queue},
	{"most", "incomplete", 1, find_queue},
	{"dropped", "at", 0, find_queue},
	{"cookies", "at", 0, find_queue},
};

bool lesson_find(const struct timeline *run, const char *text, struct found *f)
{
	char **each = g_strsplit(text, " ", -1);
	struct words w = {each, g_strv_length(each)}, rest;
	bool good = false;

	*f = (struct found){0};
	for (guint i = 0; i < G_N_ELEMENTS(FORMS); i++) {
		if (!is(&w, 0, FORMS[i].first) || (FORMS[i].second && !is(&w, 1, FORMS[i].second)))
			continue;
		rest = behind(&w, FORMS[i].taken);
		good = FORMS[i].find(run, &rest, f);
		break;
	}
	g_strfreev(each);
	if (!good)
		*f = (struct found){0};
	return good;
}
