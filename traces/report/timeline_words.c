/* What the reports of a timeline share: ends, spans, calls and verdicts in words. See timeline.h.
 */
#include "traces/report/timeline_words.h"
#include "traces/report/timeline.h"

#include <errno.h>
#include <string.h>

const char *timeline_span(int64_t ns, char out[TIMELINE_SPAN])
{
	int64_t a = ns < 0 ? -ns : ns;

	if (a >= 1000000000)
		g_snprintf(out, TIMELINE_SPAN, "%.7g s", (double)ns * 1e-9);
	else if (a >= 1000000)
		g_snprintf(out, TIMELINE_SPAN, "%.6g ms", (double)ns * 1e-6);
	else
		g_snprintf(out, TIMELINE_SPAN, "%.6g us", (double)ns * 1e-3);
	return out;
}

const char *timeline_errno(int error)
{
	const char *name = strerrorname_np(error);

	return name ? name : "an unknown error";
}

/* Do several addresses of that family belong to the node? Then its name does not say which. */
static bool has_several(const struct timeline *t, const struct timeline_end *end)
{
	for (guint i = 0; i < t->connections->len; i++) {
		const struct timeline_connection *c = t->connections->pdata[i];

		for (int e = 0; e < 2; e++)
			if (c->end[e].node == end->node &&
				tcpsim_addr_is_v4(&c->end[e].addr) ==
					tcpsim_addr_is_v4(&end->addr) &&
				!tcpsim_addr_eq(&c->end[e].addr, &end->addr))
				return true;
	}
	return false;
}

const char *timeline_end_words(
	const struct timeline *t, const struct timeline_end *end, char out[TIMELINE_END])
{
	char address[64];

	timeline_end_text(end, address);
	if (end->node == TIMELINE_NONE)
		g_snprintf(out, TIMELINE_END, "%s (nobody's)", address);
	else if (has_several(t, end))
		g_snprintf(
			out, TIMELINE_END, "%.40s %s", timeline_node_name(t, end->node), address);
	else
		g_snprintf(
			out, TIMELINE_END, "%.40s:%u", timeline_node_name(t, end->node), end->port);
	return out;
}

void timeline_call_text(
	const struct timeline *t, const struct timeline_item *call, bool returned, GString *out)
{
	bool is_over = call->until_ns != TIMELINE_NEVER;
	bool took_time = !is_over || call->until_ns > call->time_ns;

	const char *text = timeline_words(t, call->text), *filled = strstr(text, ", [");

	/* What it fills in is not there yet. */
	if (!returned && filled)
		g_string_append_printf(out, "%.*s)", (int)(filled - text), text);
	else
		g_string_append(out, text);
	if (took_time)
		g_string_append(out, " ...");
	if (!returned)
		return;
	if (!is_over) {
		g_string_append(out, " never returns");
		return;
	}
	if (took_time)
		g_string_append_printf(
			out, " %.3f s", (double)(call->until_ns - call->time_ns) * 1e-9);
	g_string_append_printf(out, " = %" G_GINT64_FORMAT, call->call.result);
	if (call->call.result < 0)
		g_string_append_printf(out, " %s", timeline_errno(call->error));
}

/* --- what became of it --- */

/* The end that opened it actively, or whose SYN it was. */
static const struct timeline_end *opener_of(const struct timeline_connection *c)
{
	return &c->end[c->end[0].is_passive && !c->end[1].is_passive];
}

static bool is_reset(const struct timeline_end *end)
{
	const char *rule = tcpsim_rule_text(end->ended_rule)->name;

	return rule && g_str_has_prefix(rule, "rst/");
}

static bool gave_up(const struct timeline_end *end)
{
	switch ((enum tcpsim_rule)end->ended_rule) {
	case TCPSIM_RULE_CONNECT_GIVE_UP:
	case TCPSIM_RULE_TIMER_GIVE_UP:
	case TCPSIM_RULE_KEEPALIVE_GIVE_UP:
	case TCPSIM_RULE_TIMER_ORPHAN: return true;
	default: return false;
	}
}

static bool was_open(const struct timeline_connection *c)
{
	return c->end[0].established_ns != TIMELINE_NEVER ||
	       c->end[1].established_ns != TIMELINE_NEVER;
}

static bool is_over(const struct timeline_end *end)
{
	return !end->is_tcp || end->state == TCPSIM_CLOSED || end->state == TCPSIM_LISTEN ||
	       end->state == TCPSIM_TIME_WAIT;
}

const char *timeline_outcome(const struct timeline *t, const struct timeline_connection *c)
{
	const struct timeline_end *o = opener_of(c), *p = &c->end[o == &c->end[0]];

	switch ((enum tcpsim_rule)o->ended_rule) {
	case TCPSIM_RULE_CONNECT_REFUSED: return "refused";
	case TCPSIM_RULE_CONNECT_GIVE_UP: return "given up";
	case TCPSIM_RULE_CONNECT_ICMP_HARD: return "unreachable";
	default: break;
	}
	if (!was_open(c) && p->reset_rule && !o->is_tcp && !p->is_tcp)
		return "refused";
	if (is_reset(o) || is_reset(p) || p->ended_rule == TCPSIM_RULE_LISTEN_ENTRY_RESET)
		return "reset";
	if (gave_up(o) || gave_up(p))
		return "given up";
	if (c->rebooted[0] || c->rebooted[1])
		return "forgotten";
	if (!was_open(c))
		return p->segments || p->is_tcp ? "half-open" : "unanswered";
	if (is_over(o) && is_over(p) && o->is_tcp && p->is_tcp)
		return "closed";
	return o->established_ns != TIMELINE_NEVER && p->established_ns != TIMELINE_NEVER &&
			       !is_over(o) && !is_over(p)
		       ? "established"
		       : "half-open";
}

static void sentence(GString *text, const char *format, ...) G_GNUC_PRINTF(2, 3);
static void sentence(GString *text, const char *format, ...)
{
	va_list args;

	if (text->len)
		g_string_append(text, ". ");
	va_start(args, format);
	g_string_append_vprintf(text, format, args);
	va_end(args);
}

static void print_errors(GString *text, const struct timeline_end *end)
{
	if (end->error)
		g_string_append_printf(text, "; its program gets %s", timeline_errno(end->error));
}

/* How it ended, told by the end that ended it. */
static void print_ending(
	const struct timeline *t, const struct timeline_connection *c, int e, GString *text)
{
	const struct timeline_end *end = &c->end[e], *peer = &c->end[!e];
	const struct tcpsim_rule_text *rule = tcpsim_rule_text(end->ended_rule);
	const char *name = timeline_node_name(t, end->node),
		   *other = timeline_node_name(t, peer->node);
	char span[TIMELINE_SPAN];

	if (end->ended_rule == TCPSIM_RULE_CONNECT_REFUSED) {
		sentence(text, "%s answered with a RST (%s)", other,
			peer->reset_rule ? tcpsim_rule_text(peer->reset_rule)->name
					 : "of a program");
		print_errors(text, end);
	} else if (gave_up(end)) {
		sentence(text, "%s gave up in %s, %s after the first segment (%s)", name,
			tcpsim_state_name(end->ended_in),
			timeline_span(end->ended_ns - c->start_ns, span), rule->name);
		print_errors(text, end);
		if (end->soft_error)
			g_string_append(text, ", which an ICMP message had left");
	} else if (end->ended_rule == TCPSIM_RULE_CONNECT_ICMP_HARD) {
		sentence(text, "an ICMP message ended it for %s at once (%s)", name, rule->name);
		print_errors(text, end);
	} else if (end->ended_rule == TCPSIM_RULE_LISTEN_ENTRY_EXPIRED ||
		   end->ended_rule == TCPSIM_RULE_LISTEN_ENTRY_EVICTED ||
		   end->ended_rule == TCPSIM_RULE_LISTEN_ENTRY_RESET) {
		sentence(text, "%s's entry of the incomplete queue was gone %s after the SYN (%s)",
			name, timeline_span(end->ended_ns - c->start_ns, span), rule->name);
	} else if (end->ended_rule == TCPSIM_RULE_RST_ARRIVED) {
		sentence(text, "a RST ended it for %s in %s", name,
			tcpsim_state_name(end->ended_in));
		if (peer->reset_rule && !is_reset(peer))
			g_string_append_printf(text, "; %s sent it because of %s", other,
				tcpsim_rule_text(peer->reset_rule)->name);
		print_errors(text, end);
	} else if (is_reset(end)) {
		sentence(text, "%s reset it, from %s (%s)", name, tcpsim_state_name(end->ended_in),
			rule->name);
		print_errors(text, end);
	}
}

static void print_losses(
	const struct timeline *t, const struct timeline_connection *c, int e, GString *text)
{
	const struct timeline_end *end = &c->end[e];
	const char *name =
		end->node == TIMELINE_NONE ? "the other end" : timeline_node_name(t, end->node);

	if (end->lost)
		sentence(text, "%u of %s's segments %s lost on the way", end->lost, name,
			end->lost == 1 ? "was" : "were");
	if (end->repeated)
		sentence(text, "%s sent %u again", name, end->repeated);
	if (end->syns_ignored)
		sentence(text, "%u of its SYNs %s ignored by the listener: no room",
			end->syns_ignored, end->syns_ignored == 1 ? "was" : "were");
}

static void print_states(
	const struct timeline *t, const struct timeline_connection *c, GString *text)
{
	const char *outcome = timeline_outcome(t, c);

	if (strcmp(outcome, "half-open") != 0 && strcmp(outcome, "established") != 0 &&
		strcmp(outcome, "unanswered") != 0)
		return;
	for (int e = 0; e < 2; e++) {
		const struct timeline_end *end = &c->end[e];

		if (end->node == TIMELINE_NONE)
			continue;
		if (end->is_tcp)
			sentence(text, "%s is in %s at the end", timeline_node_name(t, end->node),
				tcpsim_state_name(end->state));
		else if (!end->was_tcp_sent)
			sentence(text, "%s's TCP never had this connection",
				timeline_node_name(t, end->node));
	}
}

char *timeline_verdict(const struct timeline *t, const struct timeline_connection *c)
{
	GString *text = g_string_new(NULL);

	for (int e = 0; e < 2; e++) {
		print_ending(t, c, e, text);
		if (c->rebooted[e])
			sentence(text, "%s went down in %s, at %.3f s, and forgot it",
				timeline_node_name(t, c->end[e].node),
				tcpsim_state_name(c->end[e].ended_in),
				(double)c->end[e].ended_ns * 1e-9);
	}
	for (int e = 0; e < 2; e++)
		print_losses(t, c, e, text);
	print_states(t, c, text);
	return g_string_free(text, FALSE);
}
