/* Selections of packets, read and applied. See select.h. */
#include "world/select.h"

#include <glib.h>
#include <string.h>

#include "base/near.h"

/* About 30 years: sums of some of them are still times. */
#define LONGEST_NS 1e18

bool select_parse_time(const char *text, int64_t *ns)
{
	static const struct {
		const char *name;
		double ns;
	} UNIT[] = {{"ns", 1}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}, {"min", 60e9}, {"h", 3600e9}};
	char *end;
	double value = g_ascii_strtod(text, &end);

	if (end == text || !(value >= 0))
		return false;
	*ns = 0;
	if (value == 0 && !*end) /* nothing is nothing in any unit */
		return true;
	while (g_ascii_isspace(*end))
		end++;
	for (size_t i = 0; i < G_N_ELEMENTS(UNIT); i++) {
		if (strcmp(end, UNIT[i].name) != 0)
			continue;
		*ns = value * UNIT[i].ns > LONGEST_NS ? INT64_MAX
						      : (int64_t)(value * UNIT[i].ns + 0.5);
		return *ns != INT64_MAX;
	}
	return false;
}

/* "2nd", "10th", "1st". */
static bool ordinal(const char *word, uint32_t *n)
{
	char *end;
	guint64 value = g_ascii_strtoull(word, &end, 10);

	if (end == word || !value || value > UINT32_MAX)
		return false;
	*n = (uint32_t)value;
	return strcmp(end, "st") == 0 || strcmp(end, "nd") == 0 || strcmp(end, "rd") == 0 ||
	       strcmp(end, "th") == 0;
}

static bool number(const char *word, uint32_t most, uint32_t *n)
{
	char *end;
	guint64 value = word ? g_ascii_strtoull(word, &end, 10) : 0;

	if (!word || end == word || *end || value > most)
		return false;
	*n = (uint32_t)value;
	return true;
}

/* Takes WHICH from the words; returns how many it took, -1: badly formed. */
static int take_which(struct selector *s, char **word)
{
	if (!word[0])
		return 0;
	if (strcmp(word[0], "all") == 0)
		return 1;
	if (ordinal(word[0], &s->n)) {
		s->which = SELECT_NTH;
		return 1;
	}
	if (strcmp(word[0], "first") == 0) {
		s->which = SELECT_FIRST;
		return number(word[1], UINT32_MAX, &s->n) ? 2 : -1;
	}
	if (strcmp(word[0], "every") == 0) {
		s->which = SELECT_EVERY;
		return word[1] && ordinal(word[1], &s->n) ? 2 : -1;
	}
	return 0;
}

static const char *const KINDS[] = {"any", "syn", "syn-ack", "ack", "data", "fin", "rst", "icmp"};

static int take_kind(struct selector *s, char **word)
{
	for (unsigned i = 0; word[0] && i < G_N_ELEMENTS(KINDS); i++) {
		if (g_ascii_strcasecmp(word[0], KINDS[i]) == 0) {
			s->kind = (enum select_kind)i;
			return 1;
		}
	}
	return 0;
}

int select_take_time(char **word, int64_t *ns)
{
	if (!word[0])
		return -1;
	if (word[1]) {
		char *both = g_strconcat(word[0], word[1], NULL);
		bool good = select_parse_time(both, ns);

		g_free(both);
		if (good)
			return 2;
	}
	return select_parse_time(word[0], ns) ? 1 : -1;
}

static int take_condition(struct selector *s, char **word)
{
	uint32_t port;
	int n = -1;

	if (strcmp(word[0], "port") == 0 && number(word[1], UINT16_MAX, &port)) {
		s->port = (uint16_t)port;
		return 2;
	}
	if (strcmp(word[0], "from") == 0)
		n = select_take_time(word + 1, &s->from_ns);
	else if (strcmp(word[0], "until") == 0)
		n = select_take_time(word + 1, &s->until_ns);
	return n < 0 ? -1 : n + 1;
}

/* The words of one selection; *bad: the first that does not fit. */
static struct selector *parse_one(char **word, const char **bad)
{
	struct selector *s = g_new0(struct selector, 1);
	int n = take_which(s, word);

	s->until_ns = INT64_MAX;
	*bad = NULL;
	if (n >= 0) {
		word += n;
		word += take_kind(s, word);
		while (*word && (n = take_condition(s, word)) > 0)
			word += n;
	}
	if (*word) {
		*bad = *word;
		g_free(s);
		return NULL;
	}
	return s;
}

static char *no_place(const char *word)
{
	static const char *const WORDS[] = {"any", "syn", "syn-ack", "ack", "data", "fin", "rst",
		"icmp", "all", "first", "every", "port", "from", "until", NULL};
	char *near = near_names(word, WORDS, 3), *text;

	if (near)
		text = g_strdup_printf(
			"'%s' has no place in a selection: did you mean %s?", word, near);
	else
		text = g_strdup_printf("'%s' has no place in a selection such as '2nd syn', 'every "
				       "10th data', 'all rst from 5 s'",
			word);
	g_free(near);
	return text;
}

struct selector *select_parse(const char *text, char **error)
{
	char **parts = g_strsplit(text, ";", -1);
	struct selector *first = NULL, **last = &first;
	const char *bad = NULL;

	for (char **part = parts; *part && !bad; part++) {
		char **raw = g_strsplit_set(g_strstrip(*part), " \t", -1);
		GPtrArray *words = g_ptr_array_new();

		for (char **w = raw; *w; w++) {
			if (**w)
				g_ptr_array_add(words, *w);
		}
		bool empty = words->len == 0;
		g_ptr_array_add(words, NULL);
		if (!empty && (*last = parse_one((char **)words->pdata, &bad)))
			last = &(*last)->next;
		if (bad)
			*error = no_place(bad);
		g_ptr_array_free(words, TRUE);
		g_strfreev(raw);
	}
	g_strfreev(parts);
	if (!bad && !first)
		*error = g_strdup("an empty selection; 'all' is every packet");
	if (bad || !first) {
		select_free(first);
		return NULL;
	}
	return first;
}

void select_free(struct selector *selector)
{
	while (selector) {
		struct selector *next = selector->next;

		g_free(selector);
		selector = next;
	}
}

static bool is_kind(const struct wire_packet *p, enum select_kind kind)
{
	uint16_t flags = p->segment.flags;

	if (kind == SELECT_ANY)
		return true;
	if (kind == SELECT_ICMP)
		return p->kind == WIRE_ICMP_ERROR || p->kind == WIRE_ICMP_OTHER;
	if (p->kind != WIRE_TCP)
		return false;
	switch (kind) {
	case SELECT_SYN: return (flags & (TCPSIM_SYN | TCPSIM_ACK)) == TCPSIM_SYN;
	case SELECT_SYN_ACK:
		return (flags & (TCPSIM_SYN | TCPSIM_ACK)) == (TCPSIM_SYN | TCPSIM_ACK);
	case SELECT_ACK:
		return (flags & (TCPSIM_SYN | TCPSIM_FIN | TCPSIM_RST | TCPSIM_ACK)) ==
			       TCPSIM_ACK &&
		       !p->segment.len;
	case SELECT_DATA: return p->segment.len > 0;
	case SELECT_FIN: return flags & TCPSIM_FIN;
	default: return flags & TCPSIM_RST;
	}
}

static bool strikes_one(struct selector *s, const struct wire_packet *p, int64_t now_ns)
{
	if (now_ns < s->from_ns || now_ns >= s->until_ns || !is_kind(p, s->kind))
		return false;
	if (s->port && (p->kind != WIRE_TCP ||
			       (p->segment.src_port != s->port && p->segment.dst_port != s->port)))
		return false;
	s->seen++;
	switch (s->which) {
	case SELECT_NTH: return s->seen == s->n;
	case SELECT_FIRST: return s->seen <= s->n;
	case SELECT_EVERY: return s->seen % s->n == 0;
	default: return true;
	}
}

bool select_strikes(struct selector *selector, const struct wire_packet *packet, int64_t now_ns)
{
	bool strikes = false;

	for (; selector; selector = selector->next)
		strikes |= strikes_one(selector, packet, now_ns);
	return strikes;
}
