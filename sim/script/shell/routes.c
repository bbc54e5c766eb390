/* ip route. See routes.h. */
#include "script/shell/routes.h"

#include <errno.h>
#include <string.h>

#include "time_units.h"

#define STATUS_REFUSED 2 /* ip(8): the kernel said no */

/* The words of a route, and where its reading is. */
struct route_words {
	int argc, at;
	char **argv;
	bool locked; /* `lock` stood before the last value: `mtu lock 1000` */
	bool has_priority, has_figures;
	struct shell_io *io;
};

static const char *value_behind(struct route_words *w, bool may_lock)
{
	w->locked = may_lock && w->at + 2 < w->argc && strcmp(w->argv[w->at + 1], "lock") == 0;
	w->at += w->locked ? 2 : 1;
	return w->at < w->argc ? w->argv[w->at] : "";
}

static bool number_behind(struct route_words *w, uint32_t *out)
{
	const char *word = w->argv[w->at], *text = value_behind(w, true);
	guint64 value;

	if (!g_ascii_string_to_unsigned(text, 10, 0, UINT32_MAX, &value, NULL))
		return !shell_complain(w->io, "ip route: %s takes a number, not '%s'", word, text);
	*out = (uint32_t)value;
	return true;
}

/* 200ms, 1s, 5: milliseconds by default, and a part of one counts as one, as ip(8) has it. A day is
 * more than any route has. */
static bool time_behind(struct route_words *w, bool may_lock, int64_t *out)
{
	static const char *const SECONDS[] = {"s", "sec", "secs", NULL}, *const MILLISECONDS[] = {
										 "", "ms", "msec",
										 "msecs", NULL};
	const char *word = w->argv[w->at], *text = value_behind(w, may_lock);
	char *end;
	double value = g_ascii_strtod(text, &end);
	bool seconds = g_strv_contains(SECONDS, end);

	if (end == text || !(value >= 0) || !(seconds || g_strv_contains(MILLISECONDS, end)))
		return !shell_complain(w->io,
			"ip route: %s takes a time such as 200ms or 1s, not '%s'", word, text);
	value = MIN(seconds ? value * 1000 : value, 86400e3);
	*out = ((int64_t)value + ((double)(int64_t)value < value)) * NSEC_PER_MSEC;
	return true;
}

static bool route_figure(
	struct route_words *w, struct tcpsim_route_metrics *m, const char *word, bool *known)
{
	const struct {
		const char *word;
		uint32_t *number;
	} NUMBERS[] = {{"mtu", &m->mtu}, {"advmss", &m->advmss}, {"initcwnd", &m->initcwnd},
		{"initrwnd", &m->initrwnd}, {"ssthresh", &m->ssthresh}};
	const struct {
		const char *word;
		int64_t *time;
		bool may_lock; /* rto_min is always locked: iproute2, ip/iproute.c */
	} TIMES[] = {{"rto_min", &m->rto_min_ns, false}, {"rtt", &m->rtt_ns, true},
		{"rttvar", &m->rttvar_ns, true}};

	*known = true;
	for (size_t i = 0; i < G_N_ELEMENTS(NUMBERS); i++)
		if (strcmp(word, NUMBERS[i].word) == 0)
			return number_behind(w, NUMBERS[i].number);
	for (size_t i = 0; i < G_N_ELEMENTS(TIMES); i++)
		if (strcmp(word, TIMES[i].word) == 0)
			return time_behind(w, TIMES[i].may_lock, TIMES[i].time);
	*known = false;
	return true;
}

static bool route_word(struct route_words *w, struct tcpsim_route_metrics *m)
{
	static const char *const PLACES[] = {"via", "dev", "src", "proto", "table", NULL};
	const char *word = w->argv[w->at];
	uint32_t number;
	bool known;

	if (!route_figure(w, m, word, &known))
		return false;
	w->has_figures |= known;
	if (strcmp(word, "mtu") == 0) {
		m->mtu_locked = w->locked;
	} else if (strcmp(word, "quickack") == 0) {
		if (!number_behind(w, &number))
			return false;
		m->quickack = number != 0;
	} else if (strcmp(word, "congctl") == 0) {
		m->congestion_control = value_behind(w, true);
		m->congestion_control_locked = w->locked;
	} else if (strcmp(word, "features") == 0) {
		m->ecn = strcmp(value_behind(w, true), "ecn") == 0;
	} else if (strcmp(word, "metric") == 0) {
		w->has_priority = true;
		return number_behind(w, &m->priority);
	} else if (g_strv_contains(PLACES, word)) {
		value_behind(w, false);
	} else if (!known) {
		return !shell_complain(w->io, "ip route: the word %s is not known here", word);
	}
	return true;
}

/* default, 192.0.2.1, 192.0.2.0/24 */
static bool route_prefix(const char *text, bool v6, struct tcpsim_addr *prefix, int *len)
{
	char *bare = g_strndup(text, strcspn(text, "/"));
	const char *slash = strchr(text, '/');
	guint64 bits = 0;
	bool ok = true;

	if (strcmp(text, "default") == 0) {
		*prefix = v6 ? (struct tcpsim_addr){0} : tcpsim_addr_v4(0);
	} else if ((ok = tcpsim_addr_parse(bare, prefix))) {
		bits = tcpsim_addr_is_v4(prefix) ? 32 : 128;
		ok = slash == NULL ||
		     g_ascii_string_to_unsigned(slash + 1, 10, 0, bits, &bits, NULL);
	}
	*len = (int)bits;
	g_free(bare);
	return ok;
}

/* A route as it was asked for. */
struct asked_route {
	const char *verb;
	struct tcpsim_addr prefix;
	int len;
	struct tcpsim_route_metrics metrics;
	bool has_priority, has_figures;
};

static int answer(struct shell_io *io, int error)
{
	shell_complain(io, "RTNETLINK answers: %s", g_strerror(error));
	return STATUS_REFUSED;
}

/* ip6_route_add() has words of its own for it. */
static int nothing_to_change(const struct asked_route *route, struct shell_io *io)
{
	if (tcpsim_addr_is_v4(&route->prefix))
		return answer(io, ENOENT);
	shell_complain(io, "Error: Can not replace route - no match found.");
	return STATUS_REFUSED;
}

static int remove_route(struct shell *shell, const struct asked_route *route, struct shell_io *io)
{
	int error;

	if (route->has_figures)
		return shell_complain(io, "ip route del: figures (mtu, initcwnd ...) are not "
					  "compared here; leave them away");
	error = tcpsim_host_remove_route(shell->host, &route->prefix, route->len,
		route->has_priority ? (int64_t)route->metrics.priority : -1);
	return error >= 0 ? 0 : answer(io, -error);
}

/* NLM_F_CREATE, _EXCL, _REPLACE and _APPEND of rtnetlink(7): `add` makes a new one, `change` needs one,
 * `replace` takes either, `append` and `prepend` put another one beside. */
static int set_route(struct shell *shell, const struct asked_route *route, struct shell_io *io)
{
	int there = tcpsim_host_find_route(
		shell->host, &route->prefix, route->len, route->metrics.priority);
	int error;

	if (there >= 0 && strcmp(route->verb, "add") == 0)
		return answer(io, EEXIST);
	if (there >= 0 && g_str_has_suffix(route->verb, "pend"))
		return shell_complain(io,
			"ip route %s: there is one already, and a second one to that network is "
			"not known here",
			route->verb);
	if (there == -ESRCH && strcmp(route->verb, "change") == 0)
		return nothing_to_change(route, io);
	error = tcpsim_host_add_route(
		shell->host, &route->prefix, route->len, shell->interface, &route->metrics);
	return error >= 0 ? 0 : answer(io, -error);
}

static bool read_route(
	struct asked_route *route, int argc, char **argv, bool v6, struct shell_io *io)
{
	struct route_words words = {.argc = argc, .at = 2, .argv = argv, .io = io};

	if (argc < 2 || !route_prefix(argv[1], v6, &route->prefix, &route->len))
		return !shell_complain(io, "ip route: '%s' is no network", argc > 1 ? argv[1] : "");
	for (; words.at < argc; words.at++)
		if (!route_word(&words, &route->metrics))
			return false;
	route->has_priority = words.has_priority;
	route->has_figures = words.has_figures;
	if (!words.has_priority && !tcpsim_addr_is_v4(&route->prefix))
		route->metrics.priority = TCPSIM_ROUTE_PRIORITY_V6;
	return true;
}

int shell_ip_route(struct shell *shell, int argc, char **argv, bool v6, struct shell_io *io)
{
	static const char *const VERBS[] = {
		"add", "change", "replace", "append", "prepend", "del", "delete", NULL};
	struct asked_route route = {.verb = argc > 0 ? argv[0] : "show"};

	if (strcmp(route.verb, "show") == 0 || strcmp(route.verb, "list") == 0 ||
		strcmp(route.verb, "flush") == 0 || (argc > 1 && strcmp(argv[1], "cache") == 0))
		return 0;
	if (!g_strv_contains(VERBS, route.verb))
		return shell_complain(io,
			"ip route: %s is not known here; there are add, change, replace, append, "
			"prepend, del, show",
			route.verb);
	if (!read_route(&route, argc, argv, v6, io))
		return 1;
	return g_str_has_prefix(route.verb, "del") ? remove_route(shell, &route, io)
						   : set_route(shell, &route, io);
}
