/* The sentence a connection is told by: see verdict.h. */
#include "traces/report/verdict.h"

#include "traces/report/words.h"

#include <string.h>

/* A cause is told when at least that share of the time went into it. */
#define SHARE 0.10
/* A limit, when it takes most of it. */
#define LIMIT_SHARE 0.40

static const char *who(const struct flow *f, unsigned side)
{
	return side == flow_client(f) ? "client" : "server";
}

/* ---- stalls ---- */

/* %s is who ended it, %p its peer. */
static const char *const STALLED[FLOW_N_STALLS] = {
	[FLOW_STALL_LOST_SYN] = "lost to a SYN without answer (lost on the way, or not taken)",
	[FLOW_STALL_LOST_SYN_ACK] = "lost to a SYN,ACK or its ACK that got lost or was not taken",
	[FLOW_STALL_TIMEOUT] = "waiting for the %s's retransmission timer",
	[FLOW_STALL_AFTER_IDLE] = "waiting for the %s's retransmission timer, after an idle time "
				  "(did a box on the way forget the connection?)",
	[FLOW_STALL_TWICE_LOST] = "waiting for the %s's timer again and again: its repetitions "
				  "were lost too",
	[FLOW_STALL_BLACK_HOLE] = "lost to a black hole: the %s's full-sized segments vanish, "
				  "shorter ones pass",
	[FLOW_STALL_TAIL_LOSS] = "waiting for the %s's probe: the last of its segments were lost",
	[FLOW_STALL_LOSS] = "waiting for the %s to send again what was lost",
	[FLOW_STALL_NEEDLESS] =
		"before the %s sent again what had arrived: its ACK was lost or late",
	[FLOW_STALL_ZERO_WINDOW] = "stalled on the %s's shut window: its program did not read",
	[FLOW_STALL_DELAYED_ACK] = "waiting for the %s's delayed ACK (Nagle's rule held the rest "
				   "back)",
	[FLOW_STALL_SERVER] = "waiting for the server's program",
	[FLOW_STALL_CLIENT] = "waiting for the client's program",
};

static char *stalled_text(const struct flow *f, const struct flow_stall *stall)
{
	bool unseen = stall->cause == FLOW_STALL_LOST_SYN && stall->certainty == OBSERVER_SUSPECTED;
	GString *text = g_string_new(
		unseen ? "behind a SYN whose answer is not in the capture" : STALLED[stall->cause]);

	g_string_replace(text, "%s", who(f, stall->side), 0);
	return g_string_free(text, FALSE);
}

char *verdict_stall(const struct flow *f, const struct flow_stall *stall)
{
	return stalled_text(f, stall);
}

struct worst {
	enum flow_stall_cause cause;
	double seconds;
	uint32_t n;
	const struct flow_stall *longest;
};

static struct worst worst_stalls(const struct flow_figures *g)
{
	struct worst w = {.cause = 0};

	for (unsigned i = 0; i < FLOW_N_STALLS; i++)
		if (g->stalls->sum_s[i] > w.seconds) {
			w.seconds = (double)g->stalls->sum_s[i];
			w.cause = i;
		}
	for (uint32_t i = 0; i < g->stalls->n; i++) {
		const struct flow_stall *s = &g->stalls->at[i];

		if (s->cause != w.cause)
			continue;
		w.n++;
		if (w.longest == NULL ||
			s->to_ns - s->from_ns > w.longest->to_ns - w.longest->from_ns)
			w.longest = s;
	}
	return w;
}

/* Why the time passed that no limit but the ends' programs accounts for. */
static bool add_stalls(GString *text, const struct flow *f, double lasted_s)
{
	const struct flow_figures *g = f->figures;
	struct worst w = g && g->stalls ? worst_stalls(g) : (struct worst){.cause = 0};
	char span[WORDS_MAX];
	char *what;

	if (w.longest == NULL || w.seconds < SHARE * lasted_s)
		return false;
	what = stalled_text(f, w.longest);
	g_string_append_printf(
		text, "; %s %s (", words_span((int64_t)(w.seconds * 1e9), span), what);
	if (w.n > 1)
		g_string_append_printf(text, "%s%u times, the longest ",
			w.n >= FIGURES_FEW_STALLS ? "at least " : "", w.n);
	g_string_append_printf(text, "packets %" G_GUINT64_FORMAT " to %" G_GUINT64_FORMAT ")",
		w.longest->before, w.longest->after);
	g_free(what);
	return true;
}

/* ---- limits ---- */

static const char *const LIMITED[FLOW_N_LIMITS] = {
	[FLOW_LIMIT_APPLICATION] = "the %s's program had nothing to send",
	[FLOW_LIMIT_WINDOW] = "the %p's window held the %s back",
	[FLOW_LIMIT_CONGESTION] = "the %s's congestion window, it is suspected",
	[FLOW_LIMIT_RECOVERY] = "the %s repaired losses",
	[FLOW_LIMIT_BUFFER] = "the %s's send buffer, it is suspected",
	[FLOW_LIMIT_PATH] = "all was on its way from the %s",
};

/* The direction that carries the text. */
static unsigned main_direction(const struct flow *f)
{
	return f->side[1].unique_bytes > f->side[0].unique_bytes;
}

static void add_limit(GString *text, const struct flow *f, double lasted_s)
{
	unsigned side = main_direction(f);
	enum flow_limit most = f->figures ? figures_main_limit(f->figures, side) : FLOW_N_LIMITS;
	double seconds;
	GString *what;

	if (most == FLOW_N_LIMITS || LIMITED[most] == NULL || f->side[side].unique_bytes == 0 ||
		lasted_s <= 0)
		return;
	seconds = (double)f->figures->side[side].limit_s[most];
	if (seconds < LIMIT_SHARE * lasted_s)
		return;
	what = g_string_new(LIMITED[most]);
	g_string_replace(what, "%s", who(f, side), 0);
	g_string_replace(what, "%p", who(f, !side), 0);
	g_string_append_printf(
		text, "; %.0f %% of it %s", MIN(100, seconds / lasted_s * 100), what->str);
	g_string_free(what, TRUE);
}

/* ---- the rest ---- */

/* An end that asks and asks, and is not answered any more. */
static bool add_dead(GString *text, const struct flow *f)
{
	for (unsigned side = 0; side < 2; side++) {
		const struct flow_side *s = &f->side[side];

		if (s->unanswered < 2 || !(f->marks & FLOW_ESTABLISHED) ||
			s->state == TCPSIM_CLOSED || f->side[!side].packets == 0)
			continue;
		g_string_append_printf(text,
			"; at its end the %s answers no more: %u %s of the %s stayed "
			"without answer",
			who(f, !side), s->unanswered,
			s->keepalives > 0 ? "keepalives or repetitions" : "repetitions",
			who(f, side));
		return true;
	}
	return false;
}

static void add_loss(GString *text, const struct flow *f)
{
	for (unsigned side = 0; side < 2; side++) {
		const struct flow_side *s = &f->side[side];

		if (s->retransmitted > 0 && s->seen & FLOW_TALKED)
			g_string_append_printf(text, "; the %s sent %u of %u segments again",
				who(f, side), s->retransmitted, s->packets);
	}
}

static void add_goodput(GString *text, const struct flow *f, double lasted_s)
{
	uint64_t bytes = f->side[main_direction(f)].unique_bytes;
	double rate = (double)bytes * 8 / lasted_s;

	if (bytes < 100000 || lasted_s <= 0)
		return;
	if (rate >= 1e6)
		g_string_append_printf(text, "; %.3g Mbit/s", rate / 1e6);
	else
		g_string_append_printf(text, "; %.3g kbit/s", rate / 1e3);
}

static void add_not_open(GString *text, const struct flow *f)
{
	const struct flow_side *c = &f->side[flow_client(f)], *s = &f->side[!flow_client(f)];

	switch (flow_outcome(f)) {
	case FLOW_OUTCOME_UNANSWERED:
		g_string_append_printf(
			text, "; %u SYN%s, nothing came back", c->syn, c->syn == 1 ? "" : "s");
		break;
	case FLOW_OUTCOME_REFUSED: g_string_append(text, "; refused"); break;
	case FLOW_OUTCOME_HALF_OPEN:
		if (s->seen & FLOW_SYN_ACK && !(c->seen & FLOW_TALKED))
			g_string_append_printf(text, "; the server answered, the client never "
						     "completed the handshake");
		break;
	default: break;
	}
}

static void add_one_sided(GString *text, const struct flow *f)
{
	for (unsigned side = 0; side < 2; side++)
		if (f->side[side].packets == 0 && f->side[!side].seen & FLOW_TALKED)
			g_string_append_printf(
				text, "; only the %s's packets are in the capture", who(f, !side));
}

char *verdict_text(const struct flow *f)
{
	double lasted_s = (double)(f->end_ns - f->start_ns) / 1e9;
	char span[WORDS_MAX];
	GString *text = g_string_new(words_span(f->end_ns - f->start_ns, span));
	uint32_t rtt_us = flow_rtt_us(f);

	add_not_open(text, f);
	add_one_sided(text, f);
	if (!add_stalls(text, f, lasted_s))
		add_limit(text, f, lasted_s);
	add_dead(text, f);
	add_loss(text, f);
	add_goodput(text, f, lasted_s);
	if (rtt_us > 0)
		g_string_append_printf(
			text, "; round trip %s", words_span((int64_t)rtt_us * 1000, span));
	g_string_append_c(text, '.');
	return g_string_free(text, FALSE);
}
