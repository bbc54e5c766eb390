/* Reading values. See values.h. */
#include "world/values.h"

#include <math.h>
#include <string.h>

#include "base/near.h"
#include "world/select.h"

static const char *const FORM[] = {
	[VALUE_TEXT] = "text",
	[VALUE_BOOL] = "yes or no",
	[VALUE_COUNT] = "a whole number",
	[VALUE_COUNT1] = "a whole number from 1 on",
	[VALUE_PORT] = "a port: 1 to 65535",
	[VALUE_COUNT64] = "a whole number",
	[VALUE_NUMBER] = "a number",
	[VALUE_TIME] = "a time: 10 ms, 1.5 s",
	[VALUE_RATE] = "a rate: 10 Mbit/s, 56 kbit/s",
	[VALUE_BYTES] = "a size: 1500, 64 kB, 1 MB",
	[VALUE_BYTES32] = "a size: 1500, 64 kB, up to 65535",
	[VALUE_MTU] = "a size from 68 to 65535: 1500, 9 kB",
	[VALUE_CHANCE] = "a chance: 1 %, 0.01",
	[VALUE_SELECTION] = "a selection: 2nd syn; every 10th data",
	[VALUE_SPECIAL] = "as its help says",
};

const char *value_form(enum value_type type)
{
	return FORM[type];
}

struct unit {
	const char *name;
	double factor;
};

static const struct unit RATES[] = {
	{"bit/s", 1}, {"kbit/s", 1e3}, {"Mbit/s", 1e6}, {"Gbit/s", 1e9}, {NULL, 0}};
static const struct unit SIZES[] = {{"", 1}, {"B", 1}, {"bytes", 1}, {"kB", 1e3}, {"MB", 1e6},
	{"GB", 1e9}, {"KiB", 1024}, {"MiB", 1048576}, {"GiB", 1073741824}, {NULL, 0}};
static const struct unit CHANCES[] = {{"%", 0.01}, {"", 1}, {NULL, 0}};
static const struct unit PLAIN[] = {{"", 1}, {NULL, 0}};

static bool read_number(const char *text, const struct unit *units, double most, double *out)
{
	char *end;
	double value = g_ascii_strtod(text, &end);

	if (end == text || !(value >= 0))
		return false;
	while (g_ascii_isspace(*end))
		end++;
	for (; units->name; units++) {
		if (strcmp(units->name, end) == 0) {
			*out = value * units->factor;
			return *out <= most;
		}
	}
	return false;
}

static bool read_bool(const char *text, bool *out)
{
	*out = strcmp(text, "yes") == 0 || strcmp(text, "true") == 0;
	return *out || strcmp(text, "no") == 0 || strcmp(text, "false") == 0;
}

/* Whole, and from `least` to `most`, once its unit is reckoned in. */
static bool set_whole(
	const char *text, const struct unit *units, double least, double most, uint32_t *member)
{
	double n;

	if (!read_number(text, units, most, &n) || n < least || n != floor(n))
		return false;
	*member = (uint32_t)n;
	return true;
}

static bool set_number(enum value_type type, const char *text, void *member)
{
	double n;

	switch (type) {
	case VALUE_NUMBER: return read_number(text, PLAIN, 1e18, member);
	case VALUE_CHANCE: return read_number(text, CHANCES, 1, member);
	case VALUE_COUNT: return set_whole(text, PLAIN, 0, UINT32_MAX, member);
	case VALUE_COUNT1: return set_whole(text, PLAIN, 1, UINT32_MAX, member);
	case VALUE_PORT: return set_whole(text, PLAIN, 1, UINT16_MAX, member);
	case VALUE_MTU: return set_whole(text, SIZES, 68, UINT16_MAX, member);
	case VALUE_COUNT64:
		return g_ascii_string_to_unsigned(text, 10, 0, UINT64_MAX, member, NULL);
	case VALUE_RATE: {
		if (!read_number(text, RATES, 1e15, &n) || n < 1)
			return false;
		*(int64_t *)member = (int64_t)n;
		return true;
	}
	case VALUE_BYTES: {
		if (!read_number(text, SIZES, 1e15, &n) || n != floor(n))
			return false;
		*(uint64_t *)member = (uint64_t)n;
		return true;
	}
	default: return set_whole(text, SIZES, 1, UINT16_MAX, member);
	}
}

char *value_set(enum value_type type, const char *text, void *member)
{
	char *why = NULL;
	bool good;

	switch (type) {
	case VALUE_TEXT:
		g_free(*(char **)member);
		*(char **)member = g_strdup(text);
		return NULL;
	case VALUE_SELECTION:
		select_free(*(struct selector **)member);
		*(struct selector **)member = select_parse(text, &why);
		return why;
	case VALUE_BOOL: good = read_bool(text, member); break;
	case VALUE_TIME:
		good = select_parse_time(text, member);
		if (!good && *(int64_t *)member == INT64_MAX)
			return g_strdup_printf("'%s' is longer than 30 years", text);
		break;
	default: good = set_number(type, text, member);
	}
	if (good)
		return NULL;
	if (*text && text[strspn(text, "0123456789.")] == '\0' && type == VALUE_TIME)
		return g_strdup_printf("'%s' has no unit: write %s ms, or %s s", text, text, text);
	if (*text && text[strspn(text, "0123456789.")] == '\0' && type == VALUE_RATE)
		return g_strdup_printf(
			"'%s' has no unit: write %s Mbit/s, or %s kbit/s", text, text, text);
	return g_strdup_printf("'%s' is not %s", text, FORM[type]);
}

bool value_prefix(const char *text, struct tcpsim_addr *addr, int *bits, int *prefix_len)
{
	const char *slash = strchr(text, '/');
	char *alone = slash ? g_strndup(text, (gsize)(slash - text)) : g_strdup(text);
	bool good = tcpsim_addr_parse(g_strstrip(alone), addr);
	guint64 n;

	g_free(alone);
	if (!good)
		return false;
	int most = tcpsim_addr_is_v4(addr) ? 32 : 128;

	n = (guint64)most;
	if (slash && !g_ascii_string_to_unsigned(slash + 1, 10, 0, (guint64)most, &n, NULL))
		return false;
	*prefix_len = (int)n;
	*bits = most == 32 ? 96 + (int)n : (int)n;
	return true;
}

bool value_unicast(const struct tcpsim_addr *addr)
{
	uint32_t v4 = tcpsim_addr_to_v4(addr);

	if (!tcpsim_addr_is_v4(addr))
		return !tcpsim_addr_is_any(addr) && addr->b[0] != 0xff;
	return v4 && v4 < 0xe0000000; /* classes D and E, and the broadcast */
}

char **value_words(const char *text, guint *n)
{
	char **raw = g_strsplit_set(text, " \t,", -1);
	guint kept = 0;

	for (guint i = 0; raw[i]; i++) {
		if (*raw[i])
			raw[kept++] = raw[i];
		else
			g_free(raw[i]);
	}
	raw[kept] = NULL;
	if (n)
		*n = kept;
	return raw;
}

/* --- routers --- */

static char *unknown_code(const char *row, const char *code)
{
	char *near = code ? near_names(code, router_code_names, 3) : NULL, *why;

	if (near)
		why = g_strdup_printf("there is no code '%s': did you mean %s?", code, near);
	else
		why = g_strdup_printf(
			"'%s' is not PREFIX and a code (net, host, port, prohibited ...)", row);
	g_free(near);
	return why;
}

static char *add_routes(
	struct router_settings *settings, enum router_action action, const char *text)
{
	char **rows = g_strsplit(text, ";", -1), *why = NULL;

	for (guint i = 0; rows[i] && !why; i++) {
		struct router_route route = {.action = action};
		guint n;
		char **word = value_words(rows[i], &n);
		int code = n > 1 ? router_code(word[1]) : 0, unused;

		if (n == 0) {
			g_strfreev(word);
			continue;
		}
		route.code = (uint8_t)code;
		if (!value_prefix(word[0], &route.prefix, &route.bits, &unused))
			why = g_strdup_printf("'%s' is not a prefix such as 10.9.0.0/16", word[0]);
		else if (action == ROUTE_UNREACHABLE && (n != 2 || code < 0))
			why = unknown_code(rows[i], n == 2 ? word[1] : NULL);
		else if (action == ROUTE_BLACK_HOLE && n != 1)
			why = g_strdup_printf(
				"'%s' is more than a PREFIX; ';' stands between two", rows[i]);
		else
			g_array_append_val(settings->routes, route);
		g_strfreev(word);
	}
	g_strfreev(rows);
	return why;
}

char *set_unreachable(void *target, unsigned ends, const char *text)
{
	return add_routes(target, ROUTE_UNREACHABLE, text);
}

char *set_black_hole(void *target, unsigned ends, const char *text)
{
	return add_routes(target, ROUTE_BLACK_HOLE, text);
}

/* --- links --- */

static bool read_queue_size(struct qdisc_config *q, const char *text)
{
	double n;

	if (g_str_has_suffix(text, "packets") || g_str_has_suffix(text, "packet")) {
		char *number = g_strndup(text, strcspn(text, " p"));
		bool good = set_whole(number, PLAIN, 1, 1e9, &q->limit_packets);

		g_free(number);
		return good;
	}
	if (!read_number(text, SIZES, 1e12, &n) || n < 1)
		return false;
	q->limit_bytes = (uint64_t)n;
	return true;
}

char *set_queue(void *target, unsigned ends, const char *text)
{
	static const char *const KIND[] = {"drop-tail", "red", "codel"};
	struct world_link *link = target;
	struct qdisc_config q = {0};
	char *rest = g_strdup(text), *at = rest;

	for (unsigned i = 0; i < G_N_ELEMENTS(KIND); i++) {
		if (g_str_has_prefix(at, KIND[i])) {
			q.kind = (enum qdisc_kind)i;
			at += strlen(KIND[i]);
			break;
		}
	}
	q.ecn = g_str_has_suffix(at, " ecn");
	if (q.ecn)
		at[strlen(at) - 4] = '\0';
	bool good = read_queue_size(&q, g_strstrip(at));

	g_free(rest);
	if (!good)
		return g_strdup_printf(
			"'%s' is not a queue such as '100 packets', 'red 64 kB ecn'", text);
	for (int e = 0; e < 2; e++) {
		if (ends >> e & 1)
			link->config[e].queue = q;
	}
	return NULL;
}

static bool add_addresses(struct world_link *link, int end, const char *text)
{
	char **each = g_strsplit(text, ",", -1);
	bool good = true;
	int bits;

	link->n_addr[end] = 0;
	for (guint i = 0; each[i] && good && strcmp(text, "-") != 0; i++) {
		unsigned n = link->n_addr[end];

		good = n < 2 &&
		       value_prefix(each[i], &link->addr[end][n], &bits, &link->prefix_len[end][n]);
		link->n_addr[end] += good;
	}
	g_strfreev(each);
	return good;
}

static char *check_addresses(const struct world_link *link, const char *text)
{
	char shown[TCPSIM_ADDRSTRLEN];

	for (int i = 0; i < 4; i++) {
		const struct tcpsim_addr *a = &link->addr[i / 2][i % 2];

		if ((unsigned)(i % 2) >= link->n_addr[i / 2])
			continue;
		if (!value_unicast(a))
			return g_strdup_printf(
				"'%s' is no interface's own address", tcpsim_addr_text(a, shown));
		for (int j = 0; j < i; j++) {
			if ((unsigned)(j % 2) < link->n_addr[j / 2] &&
				tcpsim_addr_eq(a, &link->addr[j / 2][j % 2]))
				return g_strdup_printf(
					"'%s' has one address twice; each interface needs its own",
					text);
		}
	}
	return NULL;
}

/* What is the link's as a whole has no direction. */
static char *whole_link(unsigned ends)
{
	return ends == 3 ? NULL
			 : g_strdup("is of the whole link; write it without 'there.' or 'back.'");
}

char *set_addresses(void *target, unsigned ends, const char *text)
{
	char **word = g_strsplit_set(text, " \t", -1), *why = whole_link(ends);
	GPtrArray *two = g_ptr_array_new();
	bool good;

	for (guint i = 0; word[i]; i++) {
		if (*word[i])
			g_ptr_array_add(two, word[i]);
	}
	good = two->len == 2 && add_addresses(target, 0, two->pdata[0]) &&
	       add_addresses(target, 1, two->pdata[1]);
	g_ptr_array_free(two, TRUE);
	g_strfreev(word);
	if (!good && !why)
		why = g_strdup_printf(
			"'%s' is not two addresses such as 10.0.1.1/24 10.0.1.2/24", text);
	return why ? why : check_addresses(target, text);
}

char *set_payload(void *target, unsigned ends, const char *text)
{
	struct world_settings *settings = target;

	settings->lengths = strcmp(text, "lengths") == 0;
	return settings->lengths || strcmp(text, "bytes") == 0
		       ? NULL
		       : g_strdup_printf("'%s' is not bytes or lengths", text);
}

char *set_system(void *target, unsigned ends, const char *text)
{
	struct host_settings *settings = target;

	settings->is_kernel = strcmp(text, "kernel") == 0;
	return settings->is_kernel || strcmp(text, "model") == 0
		       ? NULL
		       : g_strdup_printf("'%s' is not model or kernel (a profile, such as bsd44, "
					 "is named by `profile`)",
				 text);
}

char *set_families(void *target, unsigned ends, const char *text)
{
	struct world_link *link = target;

	if (ends != 3)
		return whole_link(ends);
	link->v4 = strcmp(text, "4") == 0 || strcmp(text, "both") == 0;
	link->v6 = strcmp(text, "6") == 0 || strcmp(text, "both") == 0;
	return link->v4 || link->v6 ? NULL : g_strdup_printf("'%s' is not 4, 6 or both", text);
}

char *set_bursts(void *target, unsigned ends, const char *text)
{
	struct world_link *link = target;
	char *joined = g_strdup(text);
	double chance[3] = {0, 0, 1};
	guint n;
	bool good = true;

	for (char *c = joined; *c; c++) { /* "1 %" is one word */
		if (c[0] == '%' && c > joined && c[-1] == ' ')
			memmove(c - 1, c, strlen(c) + 1);
	}
	char **word = value_words(joined, &n);

	for (guint i = 0; i < n && i < 3; i++)
		good = good && read_number(word[i], CHANCES, 1, &chance[i]);
	g_strfreev(word);
	g_free(joined);
	if (!good || n < 2 || n > 3)
		return g_strdup_printf(
			"'%s' is not two or three chances such as '1 %% 25 %%'", text);
	for (int e = 0; e < 2; e++) {
		if (!(ends >> e & 1))
			continue;
		link->config[e].burst_enter = chance[0];
		link->config[e].burst_leave = chance[1];
		link->config[e].burst_loss = chance[2];
	}
	return NULL;
}

char *set_down(void *target, unsigned ends, const char *text)
{
	struct world_link *link = target;
	char *why = NULL;
	struct selector *s = select_parse(text, &why);
	int64_t from = s ? s->from_ns : 0, until = s ? s->until_ns : 0;

	select_free(s);
	g_free(why);
	if (until <= from)
		return g_strdup_printf("'%s' is not 'from TIME until TIME'", text);
	for (int e = 0; e < 2; e++) {
		if (ends >> e & 1) {
			link->config[e].down_from_ns = from;
			link->config[e].down_until_ns = until;
		}
	}
	return NULL;
}

char *set_strip(void *target, unsigned ends, const char *text)
{
	static const struct {
		const char *name;
		uint64_t kinds;
	} OPTION[] = {
		{"mss", UINT64_C(1) << TCP_OPT_MSS},
		{"wscale", UINT64_C(1) << TCP_OPT_WSCALE},
		{"sack", UINT64_C(1) << TCP_OPT_SACK_PERMITTED | UINT64_C(1) << TCP_OPT_SACK},
		{"timestamps", UINT64_C(1) << TCP_OPT_TIMESTAMP},
		{"fastopen", UINT64_C(1) << TCP_OPT_FASTOPEN},
		{"mptcp", UINT64_C(1) << TCP_OPT_MPTCP},
		{"md5", UINT64_C(1) << TCP_OPT_MD5},
	};
	struct world_link *link = target;
	uint64_t kinds = 0;
	char *why = NULL;
	guint n;
	char **word = value_words(text, &n);

	for (guint i = 0; i < n && !why; i++) {
		guint o = 0;

		while (o < G_N_ELEMENTS(OPTION) && strcmp(OPTION[o].name, word[i]) != 0)
			o++;
		if (o < G_N_ELEMENTS(OPTION))
			kinds |= OPTION[o].kinds;
		else
			why = g_strdup_printf(
				"'%s' is none of mss, wscale, sack, timestamps, fastopen, "
				"mptcp, md5",
				word[i]);
	}
	g_strfreev(word);
	for (int e = 0; e < 2 && !why; e++) {
		if (ends >> e & 1)
			link->config[e].strip_options = kinds;
	}
	return why;
}
