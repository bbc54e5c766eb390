/* Keys of a world's file that have a form of their own. See special.h. */
#include "worldfile/special.h"

#include <string.h>

#include "base/near.h"
#include "world/qdisc.h"
#include "world/router.h"
#include "world/select.h"
#include "world/values.h"
#include "world/world.h"
#include "worldfile/file.h"

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
		bool good = value_whole(number, value_plain, 1, 1e9, &q->limit_packets);

		g_free(number);
		return good;
	}
	if (!value_number(text, value_sizes, 1e12, &n) || n < 1)
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
		good = good && value_number(word[i], value_chances, 1, &chance[i]);
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
		{"mss", UINT64_C(1) << TCPSIM_OPT_MSS},
		{"wscale", UINT64_C(1) << TCPSIM_OPT_WSCALE},
		{"sack", UINT64_C(1) << TCPSIM_OPT_SACK_PERMITTED | UINT64_C(1) << TCPSIM_OPT_SACK},
		{"timestamps", UINT64_C(1) << TCPSIM_OPT_TIMESTAMP},
		{"fastopen", UINT64_C(1) << TCPSIM_OPT_FASTOPEN},
		{"mptcp", UINT64_C(1) << TCPSIM_OPT_MPTCP},
		{"md5", UINT64_C(1) << TCPSIM_OPT_MD5},
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
