/* Where a connection's figures are kept: see figures.h. */
#include "traces/flow/figures.h"

#include "traces/flow/flow.h"

#include <glib.h>
#include <string.h>

static const char *const LIMIT[FLOW_N_LIMITS] = {
	[FLOW_LIMIT_HANDSHAKE] = "handshake",
	[FLOW_LIMIT_APPLICATION] = "application",
	[FLOW_LIMIT_WINDOW] = "receiver-window",
	[FLOW_LIMIT_CONGESTION] = "congestion",
	[FLOW_LIMIT_RECOVERY] = "recovery",
	[FLOW_LIMIT_BUFFER] = "sender-buffer",
	[FLOW_LIMIT_PATH] = "path",
	[FLOW_LIMIT_IDLE] = "idle",
};

static const char *const STALL[FLOW_N_STALLS] = {
	[FLOW_STALL_LOST_SYN] = "lost-syn",
	[FLOW_STALL_LOST_SYN_ACK] = "lost-syn-ack",
	[FLOW_STALL_TIMEOUT] = "retransmission-timeout",
	[FLOW_STALL_AFTER_IDLE] = "timeout-after-idle",
	[FLOW_STALL_TWICE_LOST] = "double-retransmission",
	[FLOW_STALL_BLACK_HOLE] = "black-hole",
	[FLOW_STALL_TAIL_LOSS] = "tail-loss",
	[FLOW_STALL_LOSS] = "loss",
	[FLOW_STALL_NEEDLESS] = "needless-retransmission",
	[FLOW_STALL_ZERO_WINDOW] = "zero-window",
	[FLOW_STALL_DELAYED_ACK] = "delayed-ack",
	[FLOW_STALL_SERVER] = "server-thinking",
	[FLOW_STALL_CLIENT] = "client-thinking",
};

const char *flow_limit_name(enum flow_limit limit)
{
	return LIMIT[limit];
}

const char *flow_stall_name(enum flow_stall_cause cause)
{
	return STALL[cause];
}

size_t flow_figures_bytes(const struct flow_figures *g)
{
	size_t bytes = (g->side[0].cap_limits + g->side[1].cap_limits) * sizeof(*g->side[0].limits);

	if (g->stalls != NULL)
		bytes += sizeof(*g->stalls) + g->stalls->cap * sizeof(*g->stalls->at);
	return bytes;
}

/* ---- limits ---- */

/* The shortest joins the neighbour before it (the first one the one behind). */
static void join_shortest(struct flow_side_figures *s)
{
	uint32_t at = 1;

	for (uint32_t i = 1; i < s->n_limits; i++)
		if (s->limits[i].to_ns - s->limits[i].from_ns <
			s->limits[at].to_ns - s->limits[at].from_ns)
			at = i;
	s->limits[at - 1].to_ns = s->limits[at].to_ns;
	memmove(&s->limits[at], &s->limits[at + 1], (s->n_limits - at - 1) * sizeof(s->limits[0]));
	s->n_limits--;
}

size_t figures_keep_limit(struct flow_side_figures *s, const struct flow_interval *stretch)
{
	size_t grew = 0;
	struct flow_interval *last = s->n_limits > 0 ? &s->limits[s->n_limits - 1] : NULL;

	if (last != NULL && last->limit == stretch->limit && last->to_ns == stretch->from_ns) {
		last->to_ns = stretch->to_ns;
		last->certainty = MAX(last->certainty, stretch->certainty);
		return 0;
	}
	if (s->n_limits == FIGURES_MOST_LIMITS)
		join_shortest(s);
	if (s->n_limits == s->cap_limits) {
		grew = (s->cap_limits ? s->cap_limits : 8) * sizeof(*s->limits);
		s->cap_limits = s->cap_limits ? s->cap_limits * 2 : 8;
		s->limits = g_renew(struct flow_interval, s->limits, s->cap_limits);
	}
	s->limits[s->n_limits++] = *stretch;
	return grew;
}

void figures_rename_limit(
	struct flow_side_figures *s, int64_t since_ns, enum flow_limit from, enum flow_limit to)
{
	for (uint32_t i = s->n_limits; i > 0 && s->limits[i - 1].from_ns >= since_ns; i--)
		if (s->limits[i - 1].limit == from)
			s->limits[i - 1].limit = (uint8_t)to;
}

enum flow_limit figures_main_limit(const struct flow_figures *g, unsigned side)
{
	enum flow_limit most = FLOW_N_LIMITS;

	for (unsigned i = 0; i < FLOW_N_LIMITS; i++)
		if (g->side[side].limit_s[i] > 0 &&
			(most == FLOW_N_LIMITS ||
				g->side[side].limit_s[i] > g->side[side].limit_s[most]))
			most = i;
	return most;
}

/* ---- stalls ---- */

static int64_t length(const struct flow_stall *stall)
{
	return stall->to_ns - stall->from_ns;
}

size_t figures_add_stall(struct flow_figures *g, const struct flow_stall *stall, uint32_t most)
{
	struct flow_stalls *s = g->stalls;
	uint32_t at = 0;
	size_t grew = 0;

	if (s == NULL) {
		s = g->stalls = g_new0(struct flow_stalls, 1);
		grew = sizeof(*s);
	}
	s->sum_s[stall->cause] += (float)((double)length(stall) / 1e9);
	if (s->n >= most) { /* the shortest makes room */
		for (uint32_t i = 1; i < s->n; i++)
			if (length(&s->at[i]) < length(&s->at[at]))
				at = i;
		if (length(&s->at[at]) >= length(stall))
			return grew;
		s->n--;
		memmove(&s->at[at], &s->at[at + 1], (s->n - at) * sizeof(s->at[0]));
	}
	if (s->n == s->cap) {
		uint32_t cap = s->cap ? s->cap * 2 : 2;

		grew += (cap - s->cap) * sizeof(s->at[0]);
		s->cap = cap;
		s->at = g_renew(struct flow_stall, s->at, cap);
	}
	s->at[s->n++] = *stall;
	return grew;
}
