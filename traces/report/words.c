/* Words and numbers of the text reports; see words.h. */
#include "traces/report/words.h"

#include "traces/observer/why.h"

#include <string.h>

const char *words_span(int64_t ns, char out[WORDS_MAX])
{
	double s = (double)ns / 1e9;

	if (ns >= 100 * (int64_t)1000000000)
		g_snprintf(out, WORDS_MAX, "%.0f s", s);
	else if (ns >= 10 * (int64_t)1000000000)
		g_snprintf(out, WORDS_MAX, "%.1f s", s);
	else if (ns >= 1000000000)
		g_snprintf(out, WORDS_MAX, "%.2f s", s);
	else if (ns >= 1000000)
		g_snprintf(out, WORDS_MAX, "%.0f ms", s * 1e3);
	else
		g_snprintf(out, WORDS_MAX, "%.0f us", s * 1e6);
	return out;
}

const char *words_count(uint64_t n, char out[WORDS_MAX])
{
	static const char *const unit[] = {"", " k", " M", " G", " T", " P"};
	unsigned u = 0;
	double v = (double)n;

	if (n < 10000) {
		g_snprintf(out, WORDS_MAX, "%u", (unsigned)n);
		return out;
	}
	while (v >= 999.5 && u + 1 < G_N_ELEMENTS(unit)) {
		v /= 1000;
		u++;
	}
	g_snprintf(out, WORDS_MAX, "%.*f%s", v < 9.995 ? 2 : v < 99.95 ? 1 : 0, v, unit[u]);
	return out;
}

const char *words_end(const struct flow *f, unsigned side, unsigned width, char out[WORDS_END])
{
	char addr[FLOW_ADDRSTRLEN];

	flow_addr_text(f, side, addr);
	g_snprintf(
		out, WORDS_END, f->ip_version == 6 ? "[%s]:%u" : "%s:%u", addr, flow_port(f, side));
	return out;
}

const char *words_name(const struct replay *r, const struct report_style *style,
	const struct flow *f, unsigned side)
{
	return style->numeric || r->capture == NULL
		       ? NULL
		       : capture_host_name(r->capture, flow_addr(f, side));
}

/* The clock on the wall: the user's time zone, or TZ's. */
static void put_wall(int64_t ns, const char *format, unsigned digits, char out[WORDS_MAX])
{
	gint64 part = ns % 1000000000, seconds = ns / 1000000000 - (part < 0);
	GDateTime *at = g_date_time_new_from_unix_local(seconds);
	char *clock = at != NULL ? g_date_time_format(at, format) : g_strdup("(no such time)");

	part += part < 0 ? 1000000000 : 0;
	if (digits == 0)
		g_snprintf(out, WORDS_MAX, "%s", clock);
	else
		g_snprintf(out, WORDS_MAX, "%s.%0*d", clock, (int)digits,
			(int)(part / (digits == 3 ? 1000000 : 1000)));
	g_free(clock);
	if (at != NULL)
		g_date_time_unref(at);
}

const char *words_time(const struct report_style *style, int64_t ns, int64_t since_ns,
	unsigned digits, char out[WORDS_MAX])
{
	if (style->wall)
		put_wall(ns, "%H:%M:%S", digits, out);
	else
		g_snprintf(out, WORDS_MAX, "%.*f", (int)digits, (double)(ns - since_ns) / 1e9);
	return out;
}

const char *words_date(int64_t ns, char out[WORDS_MAX])
{
	put_wall(ns, "%Y-%m-%d %H:%M:%S %Z", 0, out);
	return out;
}

static size_t fitting(const char *text, size_t room)
{
	size_t len = strlen(text), at;

	if (len <= room)
		return len;
	for (at = room; at > 0; at--)
		if (text[at] == ' ')
			return at;
	/* A list of options has no spaces: a comma will do. */
	for (at = room; at > 0; at--)
		if (text[at - 1] == ',')
			return at;
	return room;
}

void words_wrap(const struct report_style *style, unsigned indent, bool begun, const char *text)
{
	size_t room = style->width > indent + 20 ? style->width - indent : 20;

	while (*text != '\0') {
		size_t n = fitting(text, room);

		fprintf(style->out, "%*s%.*s\n", begun ? 0 : (int)indent, "", (int)n, text);
		text += n;
		text += strspn(text, " ");
		begun = false;
	}
}

size_t words_first_part(const char *text, size_t room)
{
	size_t len = strlen(text);

	if (len <= room)
		return len;
	static const char *const PART[] = {" <", " win ", " ack "};

	/* Options go below if the rest fits, then the window; else anywhere between words. */
	for (size_t i = 0; i < G_N_ELEMENTS(PART); i++) {
		const char *part = strstr(text, PART[i]);

		if (part != NULL && (size_t)(part - text) <= room)
			return (size_t)(part - text);
	}
	for (size_t at = room; at > 0; at--)
		if (text[at] == ' ')
			return at;
	return room;
}

char *words_schedule(const struct flow_side *s, const struct tcpsim_profile *wanted)
{
	const struct flow_extra *x = s->extra;
	const char *names[WHY_MAX_FITS];
	char span[WORDS_MAX];

	if (x == NULL || x->n_gaps == 0)
		return NULL;
	if (s->seen & FLOW_SYN_ANSWER)
		return g_strdup("sent again, though not by its timer alone: something had come");
	GString *text = g_string_new("sent again after ");
	for (uint32_t i = 0; i < x->n_gaps; i++)
		g_string_append_printf(text, "%s%s", i ? ", " : "", words_span(x->gap_ns[i], span));
	if (wanted != NULL) {
		g_string_append_printf(text,
			why_schedule_fits(wanted, x->gap_ns, x->n_gaps)
				? ": that is %s's schedule"
				: ": that is not %s's schedule",
			wanted->name);
		return g_string_free(text, FALSE);
	}
	size_t n = why_schedules(x->gap_ns, x->n_gaps, names);
	g_string_append(text, n ? ": fits " : ": fits no system known here");
	for (size_t i = 0; i < n; i++)
		g_string_append_printf(text, "%s%s", i ? ", " : "", names[i]);
	return g_string_free(text, FALSE);
}
