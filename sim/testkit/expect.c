/* Expectations of states, rules, timers, errors and figures. */
#include "testkit/internal.h"
#include "testkit/testkit.h"
#include <string.h>

static void append_path(const struct tcpsim_peer *peer, GString *with_rules, GString *without)
{
	for (guint i = 0; i < peer->path->len; i++) {
		const struct step *s = &g_array_index(peer->path, struct step, i);

		if (!i) {
			g_string_append(with_rules, tcpsim_state_name(s->before));
			g_string_append(without, tcpsim_state_name(s->before));
		}
		g_string_append_printf(with_rules, " -%s-> %s", tcpsim_rule_text(s->rule)->name,
			tcpsim_state_name(s->after));
		g_string_append_printf(without, " -> %s", tcpsim_state_name(s->after));
	}
}

void tcpsim_expect_path(struct tcpsim_peer *peer, const char *path)
{
	GString *with_rules, *without;

	if (!testkit_has("expect_path", peer, path))
		return;
	with_rules = g_string_new(NULL);
	without = g_string_new(NULL);
	append_path(peer, with_rules, without);
	if (strcmp(path, with_rules->str) && strcmp(path, without->str))
		testkit_fail("expected the path: %s\n      it went: %s", path, with_rules->str);
	g_string_free(with_rules, TRUE);
	g_string_free(without, TRUE);
}

struct find_state {
	uint32_t connection;
	enum tcpsim_state state;
};

static bool note_row(void *context, const struct tcpsim_socket_row *row)
{
	struct find_state *find = context;

	if (row->connection != find->connection)
		return true;
	find->state = row->state;
	return false;
}

enum tcpsim_state tcpsim_peer_state(struct tcpsim_peer *peer)
{
	struct find_state find = {peer ? peer->connection : 0, TCPSIM_CLOSED};

	if (!testkit_has("peer_state", peer, peer))
		return TCPSIM_CLOSED;
	tcpsim_host_each_socket(peer->bench->host, note_row, &find);
	return find.state;
}

void tcpsim_expect_state(struct tcpsim_peer *peer, enum tcpsim_state state)
{
	enum tcpsim_state is;

	if (!testkit_has("expect_state", peer, peer))
		return;
	is = tcpsim_peer_state(peer);
	if (is != state)
		testkit_fail("expected the state %s, it is %s", tcpsim_state_name(state),
			tcpsim_state_name(is));
}

void tcpsim_expect_rule(struct tcpsim_peer *peer, const char *rule)
{
	const char *last;

	if (!testkit_has("expect_rule", peer, rule))
		return;
	last = tcpsim_rule_text(peer->last_rule)->name;
	if (strcmp(rule, last))
		testkit_fail("expected the rule %s, the last one was %s", rule, last);
}

static bool is_timer(const char *call, const struct tcpsim_peer *peer, enum tcpsim_timer timer)
{
	if (!testkit_has(call, peer, peer))
		return false;
	if ((unsigned)timer >= TCPSIM_NTIMERS)
		testkit_fail("%s: %d is no timer", call, (int)timer);
	return (unsigned)timer < TCPSIM_NTIMERS;
}

void tcpsim_expect_timer(struct tcpsim_peer *peer, enum tcpsim_timer timer, int64_t in_ns)
{
	int64_t due;

	if (!is_timer("expect_timer", peer, timer))
		return;
	due = testkit_due(peer, timer);
	if (due == INT64_MAX)
		testkit_fail("expected the %s timer in %" G_GINT64_FORMAT " ns, it does not run",
			tcpsim_timer_name(timer), in_ns);
	else if (due - tcpsim_host_now(peer->bench->host) != in_ns)
		testkit_fail("expected the %s timer in %" G_GINT64_FORMAT
			     " ns, it is due in %" G_GINT64_FORMAT,
			tcpsim_timer_name(timer), in_ns, due - tcpsim_host_now(peer->bench->host));
}

void tcpsim_expect_no_timer(struct tcpsim_peer *peer, enum tcpsim_timer timer)
{
	int64_t due;

	if (!is_timer("expect_no_timer", peer, timer))
		return;
	due = testkit_due(peer, timer);
	if (due != INT64_MAX)
		testkit_fail("expected the %s timer not to run, it is due in %" G_GINT64_FORMAT
			     " ns",
			tcpsim_timer_name(timer), due - tcpsim_host_now(peer->bench->host));
}

void tcpsim_expect_error(struct tcpsim_peer *peer, int error)
{
	int is = 0;
	socklen_t len = sizeof(is);
	int result;

	if (!testkit_has("expect_error", peer, peer))
		return;
	result = tcpsim_getsockopt(peer->bench->host, peer->fd, SOL_SOCKET, SO_ERROR, &is, &len);
	if (result || is != error)
		testkit_fail("expected SO_ERROR %d (%s), it is %d (%s)", error, g_strerror(error),
			is, g_strerror(is));
}

/* --- figures --- */

bool tcpsim_peer_status(struct tcpsim_peer *peer, struct tcpsim_status *status)
{
	int result;

	if (!testkit_has("peer_status", peer, status))
		return false;
	result = tcpsim_status(peer->bench->host, peer->connection, status);
	if (result)
		testkit_fail("there are no figures: the connection is in %s",
			tcpsim_state_name(tcpsim_peer_state(peer)));
	return !result;
}

enum figure_kind { NUMBER, FROM_ISS, FROM_IRS, TIME };

static const struct figure {
	const char *name;
	size_t offset;
	enum figure_kind kind;
} FIGURE[] = {
	{"SND.UNA", offsetof(struct tcpsim_status, snd_una), FROM_ISS},
	{"SND.NXT", offsetof(struct tcpsim_status, snd_nxt), FROM_ISS},
	{"SND.UP", offsetof(struct tcpsim_status, snd_up), FROM_ISS},
	{"SND.WL1", offsetof(struct tcpsim_status, snd_wl1), FROM_IRS},
	{"SND.WL2", offsetof(struct tcpsim_status, snd_wl2), FROM_ISS},
	{"SND.WND", offsetof(struct tcpsim_status, snd_wnd), NUMBER},
	{"ISS", offsetof(struct tcpsim_status, iss), NUMBER},
	{"RCV.NXT", offsetof(struct tcpsim_status, rcv_nxt), FROM_IRS},
	{"RCV.UP", offsetof(struct tcpsim_status, rcv_up), FROM_IRS},
	{"RCV.WND", offsetof(struct tcpsim_status, rcv_wnd), NUMBER},
	{"IRS", offsetof(struct tcpsim_status, irs), NUMBER},
	{"MSS", offsetof(struct tcpsim_status, mss), NUMBER},
	{"cwnd", offsetof(struct tcpsim_status, cwnd), NUMBER},
	{"ssthresh", offsetof(struct tcpsim_status, ssthresh), NUMBER},
	{"SRTT", offsetof(struct tcpsim_status, srtt_ns), TIME},
	{"RTTVAR", offsetof(struct tcpsim_status, rttvar_ns), TIME},
	{"RTO", offsetof(struct tcpsim_status, rto_ns), TIME},
};

static int64_t value_of(const struct figure *figure, const struct tcpsim_status *status)
{
	const char *at = (const char *)status + figure->offset;
	int64_t time;
	uint32_t number;

	if (figure->kind == TIME) {
		memcpy(&time, at, sizeof(time));
		return time;
	}
	memcpy(&number, at, sizeof(number));
	if (figure->kind == FROM_ISS)
		number -= status->iss;
	else if (figure->kind == FROM_IRS)
		number -= status->irs;
	return number;
}

void tcpsim_expect_figure(struct tcpsim_peer *peer, const char *name, int64_t value)
{
	struct tcpsim_status status;
	GString *names;
	int64_t is;

	if (!testkit_has("expect_figure", peer, name))
		return;
	for (size_t i = 0; i < G_N_ELEMENTS(FIGURE); i++) {
		if (strcmp(FIGURE[i].name, name) != 0)
			continue;
		if (tcpsim_peer_status(peer, &status) &&
			(is = value_of(&FIGURE[i], &status)) != value)
			testkit_fail("expected %s to be %" G_GINT64_FORMAT
				     ", it is %" G_GINT64_FORMAT,
				name, value, is);
		return;
	}
	names = g_string_new(NULL);
	for (size_t i = 0; i < G_N_ELEMENTS(FIGURE); i++)
		g_string_append_printf(names, " %s", FIGURE[i].name);
	testkit_fail("expect_figure: no figure is called %s; there are%s", name, names->str);
	g_string_free(names, TRUE);
}
