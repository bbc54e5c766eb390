/* What the answer to a question is, and whether what was given is it. See lesson.h. */
#include <math.h>
#include <string.h>

#include "lesson/answer.h"
#include "lesson/find.h"
#include "lesson/lesson.h"
#include "script/language/match_packet.h"
#include "script/language/parser.h"

char *lesson_answer(const struct timeline *run, const struct lesson_question *q, char **error)
{
	struct found f;
	char text[512];

	if (!lesson_find(run, q->find, &f)) {
		*error =
			g_strdup_printf("line %u: '%s' finds nothing in the run", q->line, q->find);
		return NULL;
	}
	switch (f.kind) {
	case FOUND_TIME: /* to a tenth of a millisecond */
		return g_strdup_printf("%.10g s", round((double)f.time_ns * 1e-5) * 1e-4);
	case FOUND_NUMBER: return g_strdup_printf("%" G_GINT64_FORMAT, f.number);
	case FOUND_WORD: return f.word;
	case FOUND_SEGMENT: break;
	}
	timeline_segment_text(run, f.segment, false, text, sizeof(text));
	return g_strdup(text);
}

/* --- is it right? --- */

/* "6 s", "200 ms", "6"; false if it is none. */
static bool read_seconds(const char *given, double *seconds)
{
	char *end;

	*seconds = g_ascii_strtod(given, &end);
	if (end == given || !isfinite(*seconds))
		return false;
	end += strspn(end, " ");
	if (strcmp(end, "ms") == 0)
		*seconds /= 1000;
	return !*end || strcmp(end, "s") == 0 || strcmp(end, "ms") == 0;
}

/* A time's last digits are nobody's to know: a hundredth of a second never matters. */
static bool same_time(int64_t is, double within, const char *given, char **why)
{
	double seconds;

	if (!read_seconds(given, &seconds)) {
		*why = g_strdup("not a time: 6 s, 200 ms");
		return false;
	}
	return fabs(seconds * 1e9 - (double)is) <= MAX(fabs((double)is) * within, 1e7);
}

static bool same_number(int64_t is, double within, const char *given, char **why)
{
	gint64 n;

	if (!g_ascii_string_to_signed(given, 10, G_MININT64, G_MAXINT64, &n, NULL)) {
		*why = g_strdup("not a number");
		return false;
	}
	return fabs((double)n - (double)is) <= fabs((double)is) * within;
}

static void on_difference(
	void *context, enum match_field field, const char *expected, const char *got)
{
	*(bool *)context = false;
}

/* What was not written is not asked; options and PSH nobody can know beforehand. */
static bool same_segment(const struct timeline *run, const struct timeline_item *item,
	const struct script_packet *given)
{
	uint8_t options[TCPSIM_MAX_OPTIONS_LEN];
	tcpsim_seq base[2];
	struct tcpsim_segment is = timeline_segment_of(run, item, base);
	bool same = given->kind == PACKET_TCP;
	struct packet_match match = {
		.any_push = true, .any_options = true, .differs = on_difference, .context = &same};

	match_relative(&is, base[0].n, base[1].n, options);
	if (same)
		match_tcp(&match, given, &is);
	return same;
}

static bool is_segment(
	const struct timeline *run, const struct timeline_item *item, const char *given, char **why)
{
	GError *error = NULL;
	struct script *script = script_parse_packet(given, true, &error);
	bool same;

	if (!script) {
		*why = g_strdup(error->message);
		g_error_free(error);
		return false;
	}
	same = same_segment(run, item, &script->events->packet);
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
	if (lesson_find(run, q->find, &f)) {
		switch (f.kind) {
		case FOUND_TIME:
			right = same_time(f.time_ns, MAX(q->within, 0.01), given, why);
			break;
		case FOUND_NUMBER: right = same_number(f.number, q->within, given, why); break;
		case FOUND_WORD: right = same_word(f.word, given); break;
		case FOUND_SEGMENT: right = is_segment(run, f.segment, given, why); break;
		}
		g_free(f.word);
	}
	g_free(given);
	return right;
}

/* --- another run --- */

/* How coarse Linux's timer wheel is at the most: a keep-alive after 30 s leaves at 30.9 s
 * (kernel/time/timer.c: each level has buckets of an eighth of where it begins). */
#define WHEEL 0.125

static bool agree_in_segment(const struct timeline *run, const struct timeline_item *item,
	const struct timeline *other, const struct timeline_item *others)
{
	char text[512];
	struct script *script;
	bool same;

	timeline_segment_text(other, others, false, text, sizeof(text));
	text[strcspn(text, "<")] = '\0'; /* its options, of which only those that tell are there */
	script = script_parse_packet(text, true, NULL);
	if (!script)
		return false;
	script->events->packet.window = -1;
	same = same_segment(run, item, &script->events->packet);
	script_free(script);
	return same;
}

/* A port that the host drew is another one each time. */
static bool agree_in_word(const char *word, const char *others)
{
	const char *colon = strrchr(others, ':');
	char *address = colon ? g_strndup(others, (gsize)(colon - others)) : NULL;
	bool same = same_word(word, others) || (address && same_word(word, address));

	g_free(address);
	return same;
}

bool lesson_agrees(const struct timeline *run, const struct timeline *other,
	const struct lesson_question *q, int64_t slack_ns)
{
	struct found a, b = {0};
	bool same = lesson_find(run, q->find, &a) && lesson_find(other, q->find, &b);

	if (same && a.kind == FOUND_TIME)
		same = fabs((double)(a.time_ns - b.time_ns)) <=
		       (double)slack_ns + fabs((double)a.time_ns) * MAX(q->within, WHEEL);
	else if (same && a.kind == FOUND_NUMBER)
		same = fabs((double)(a.number - b.number)) <= fabs((double)a.number) * q->within;
	else if (same && a.kind == FOUND_WORD)
		same = agree_in_word(a.word, b.word);
	else if (same)
		same = agree_in_segment(run, a.segment, other, b.segment);
	g_free(a.word);
	g_free(b.word);
	return same;
}
