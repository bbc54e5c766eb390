/* Causes, schedules and effects in words; see why.h. */
#include "traces/observer/why.h"

#include <errno.h>
#include <glib.h>
#include <string.h>

/* ---- RST ---- */

const char *why_cause(enum tcpsim_rule rule)
{
	const char *name = tcpsim_rule_text(rule)->name, *slash = strchr(name, '/');

	return slash ? slash + 1 : name;
}

static bool always(const struct flow *f, const struct observed_reset *reset)
{
	return true;
}

/* A listener answers what belongs to no connection by other code than a closed port. */
static bool listens(const struct flow *f, const struct observed_reset *reset)
{
	return reset->listens;
}

static bool is_connecting(const struct flow *f, const struct observed_reset *reset)
{
	return reset->sender_state == TCPSIM_SYN_SENT;
}

/* Once its FIN is acknowledged an end without a program is kept as one in TIME-WAIT is. */
static bool fin_is_acked(const struct flow *f, const struct observed_reset *reset)
{
	return reset->sender_state == TCPSIM_FIN_WAIT_2;
}

static bool left_unread(const struct flow *f, const struct observed_reset *reset)
{
	return reset->unread;
}

static bool kept_alive(const struct flow *f, const struct observed_reset *reset)
{
	return f->side[reset->side].keepalives > 0;
}

/* enum sk_rst_reason of Linux 6.18, the first row that fits. What is given up by retransmissions
 * ends without a RST there, and so does a handshake that nobody completes. */
static const struct {
	enum tcpsim_rule rule;
	bool (*when)(const struct flow *f, const struct observed_reset *reset);
	const char *reason;
} KERNEL_REASON[] = {
	{TCPSIM_RULE_RST_NO_LISTENER, always, "NO_SOCKET"},
	{TCPSIM_RULE_RST_NO_CONNECTION, listens, "TCP_FLAGS"},
	{TCPSIM_RULE_RST_NO_CONNECTION, always, "NO_SOCKET"},
	{TCPSIM_RULE_RST_REPEATED, listens, "TCP_FLAGS"},
	{TCPSIM_RULE_RST_REPEATED, always, "NO_SOCKET"},
	{TCPSIM_RULE_RST_HANDSHAKE_ABORTED, always, "NO_SOCKET"},
	{TCPSIM_RULE_RST_UNACCEPTABLE_ACK, is_connecting, "TCP_INVALID_ACK_SEQUENCE"},
	{TCPSIM_RULE_RST_UNACCEPTABLE_ACK, always, "TCP_FLAGS"},
	{TCPSIM_RULE_RST_SYN_IN_WINDOW, always, "INVALID_SYN"},
	{TCPSIM_RULE_RST_QUEUE_FULL, always, "INVALID_SYN"},
	{TCPSIM_RULE_RST_AFTER_CLOSE, fin_is_acked, "TCP_TIMEWAIT_SOCKET"},
	{TCPSIM_RULE_RST_AFTER_CLOSE, always, "TCP_ABORT_ON_DATA"},
	/* SO_LINGER with 0, connect() to nobody, a listener that closes: all disconnect. */
	{TCPSIM_RULE_RST_ABORT, left_unread, "TCP_ABORT_ON_CLOSE"},
	{TCPSIM_RULE_RST_ABORT, always, "TCP_STATE"},
	{TCPSIM_RULE_RST_GAVE_UP, kept_alive, "TCP_KEEPALIVE_TIMEOUT"},
};

const char *why_kernel_reason(const struct flow *f, const struct observed_reset *reset)
{
	for (size_t i = 0; i < G_N_ELEMENTS(KERNEL_REASON); i++)
		if (KERNEL_REASON[i].rule == reset->rule && KERNEL_REASON[i].when(f, reset))
			return KERNEL_REASON[i].reason;
	return NULL;
}

static void append_kernel_reason(
	GString *text, const struct flow *f, const struct observed_reset *reset)
{
	const char *reason = why_kernel_reason(f, reset);

	if (reason != NULL)
		g_string_append_printf(text, " Linux calls it %s.", reason);
}

char *why_reset_text(const struct flow *f, const struct observed_reset *reset)
{
	const char *who = reset->side == flow_client(f) ? "client" : "server";
	const char *peer = reset->side == flow_client(f) ? "server" : "client";
	GString *text = g_string_new(tcpsim_rule_text(reset->rule)->sentence);

	if (reset->rule == TCPSIM_RULE_RST_UNKNOWN)
		g_string_append_printf(text, " It fits rst/%s best, then rst/%s.",
			why_cause(reset->causes[0]), why_cause(reset->causes[1]));
	if (reset->rule == TCPSIM_RULE_RST_NO_LISTENER ||
		reset->rule == TCPSIM_RULE_RST_NO_CONNECTION)
		g_string_append(text, " (A firewall that rejects answers in the same way.)");
	g_string_append_printf(text, " Sent by the %s", who);
	if (reset->sender_state != TCPSIM_CLOSED)
		g_string_append_printf(text, " in %s", tcpsim_state_name(reset->sender_state));
	if (reset->queued && reset->rule == TCPSIM_RULE_RST_ABORT)
		g_string_append(text, ", whose program had not shown itself: the listener was "
				      "closed with the connection "
				      "still in its queue, it is suspected");
	else if (reset->unread && reset->rule == TCPSIM_RULE_RST_ABORT)
		g_string_append(text, ", to which data had come that its program may not have "
				      "read: close() then sends a RST on most systems");
	g_string_append_c(text, '.');
	if (reset->text != NULL)
		g_string_append_printf(text, " It carries the text \"%s\".", reset->text);
	if (reset->ttl_differs)
		g_string_append(text, " Its TTL is not that of the end's other segments: a box on "
				      "the way is suspected to "
				      "have sent it.");
	if (reset->effect == TCPSIM_RULE_OBSERVE_RST_ACCEPTED)
		g_string_append_printf(text, " The %s, in %s, accepts it.", peer,
			tcpsim_state_name(reset->receiver_state));
	else if (reset->effect == TCPSIM_RULE_OBSERVE_RST_NOT_EXACT)
		g_string_append_printf(text,
			" For the %s it is in the window but not at its next number: by RFC 793 "
			"the "
			"connection ends, by RFC 5961 a challenge ACK answers.",
			peer);
	else if (reset->effect == TCPSIM_RULE_OBSERVE_RST_UNACCEPTABLE)
		g_string_append_printf(text, " The %s, in %s, ignores it.", peer,
			tcpsim_state_name(reset->receiver_state));
	append_kernel_reason(text, f, reset);
	return g_string_free(text, FALSE);
}

/* ---- runs of SYNs ---- */

/* Timers are late rather than early: a wheel's granularity, a busy host. The first gap begins
 * between two of the wheel's ticks, whichever they are (Windows: 2.9 to 3.0 s). */
static bool gap_fits(int64_t seen, int64_t due, bool first)
{
	const int64_t slack = 10 * (int64_t)1000000;

	return seen >= due - due / (first ? 25 : 50) - slack && seen <= due + due / 100 * 6 + slack;
}

static bool fits_at_phase(
	const struct tcpsim_profile *profile, int64_t phase_ns, const int64_t *gap_ns, size_t n)
{
	int64_t at[FLOW_MAX_GAPS], give_up, before = 0;
	int due = tcpsim_profile_syn_schedule(profile, phase_ns, at, FLOW_MAX_GAPS, &give_up);

	if (n > (size_t)due)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!gap_fits(gap_ns[i], at[i] - before, i == 0))
			return false;
		before = at[i];
	}
	return true;
}

bool why_schedule_fits(const struct tcpsim_profile *profile, const int64_t *gap_ns, size_t n)
{
	const int steps = 20;

	if (n == 0)
		return false;
	for (int i = 0; i < (profile->tick > 0 ? steps : 1); i++)
		if (fits_at_phase(profile, profile->tick / steps * i, gap_ns, n))
			return true;
	return false;
}

size_t why_schedules(const int64_t *gap_ns, size_t n, const char *names[WHY_MAX_FITS])
{
	size_t found = 0;

	for (unsigned i = 0; tcpsim_profiles[i] != NULL && found < WHY_MAX_FITS; i++)
		if (why_schedule_fits(tcpsim_profiles[i], gap_ns, n))
			names[found++] = tcpsim_profiles[i]->name;
	return found;
}

/* ---- ICMP ---- */

static const char *const UNREACHABLE4[] = {
	"network unreachable",
	"host unreachable",
	"protocol unreachable",
	"port unreachable",
	"fragmentation needed",
	"source route failed",
	"network unknown",
	"host unknown",
	"source host isolated",
	"network prohibited",
	"host prohibited",
	"network unreachable for this type of service",
	"host unreachable for this type of service",
	"communication prohibited by a filter",
	"host precedence violation",
	"precedence cutoff",
};
static const char *const UNREACHABLE6[] = {
	"no route",
	"administratively prohibited",
	"beyond the scope of the source address",
	"address unreachable",
	"port unreachable",
	"source address failed policy",
	"route rejected",
};

static const char *icmp4_name(uint8_t type, uint8_t code)
{
	switch (type) {
	case 3: return code < G_N_ELEMENTS(UNREACHABLE4) ? UNREACHABLE4[code] : NULL;
	case 4: return "source quench";
	case 5: return "redirect";
	case 11: return code == 0 ? "TTL exceeded" : "reassembly time exceeded";
	case 12: return "parameter problem";
	default: return NULL;
	}
}

static const char *icmp6_name(uint8_t type, uint8_t code)
{
	switch (type) {
	case 1: return code < G_N_ELEMENTS(UNREACHABLE6) ? UNREACHABLE6[code] : NULL;
	case 2: return "packet too big";
	case 3: return code == 0 ? "hop limit exceeded" : "reassembly time exceeded";
	case 4: return "parameter problem";
	default: return NULL;
	}
}

const char *why_icmp_meaning(uint8_t family, uint8_t type, uint8_t code, char *out, size_t size)
{
	const char *name = family == 6 ? icmp6_name(type, code) : icmp4_name(type, code);

	if (name != NULL)
		return name;
	g_snprintf(out, (gulong)size, "unknown (%u/%u)", type, code);
	return out;
}

static const struct tcpsim_icmp_rule *icmp_rule(
	const struct tcpsim_profile *profile, const struct observed_icmp *icmp)
{
	for (size_t i = 0; i < profile->n_icmp_rules; i++) {
		const struct tcpsim_icmp_rule *r = &profile->icmp_rules[i];

		if (r->family == icmp->family && r->type == icmp->type && icmp->code >= r->code &&
			icmp->code <= r->code_last)
			return r;
	}
	return NULL;
}

static void append_effect(GString *text, const char *name, const struct observed_icmp *icmp)
{
	const struct tcpsim_profile *profile = tcpsim_profile_find(name);
	const struct tcpsim_icmp_rule *rule = profile ? icmp_rule(profile, icmp) : NULL;
	bool opening = icmp->state == TCPSIM_SYN_SENT || icmp->state == TCPSIM_SYN_RCVD;
	unsigned effect = rule == NULL ? TCPSIM_ICMP_IGNORE
			  : opening    ? rule->effect
				       : rule->effect_synchronized;
	const char *error = rule ? strerrorname_np(rule->error) : NULL;

	if (profile == NULL)
		return;
	if (error == NULL)
		error = "an error";
	g_string_append_printf(text, "%s%s: ", text->len ? "; " : "", name);
	switch (effect) {
	case TCPSIM_ICMP_SOFT:
		g_string_append_printf(
			text, "%s kept, reported only if the connection gives up", error);
		break;
	case TCPSIM_ICMP_HARD: g_string_append_printf(text, "%s at once", error); break;
	case TCPSIM_ICMP_PMTU:
		g_string_append(text, "lowers the path MTU");
		if (icmp->mtu)
			g_string_append_printf(text, " to %u", icmp->mtu);
		break;
	case TCPSIM_ICMP_QUENCH:
		g_string_append(text, "shrinks the congestion window to one segment");
		break;
	default: g_string_append(text, "ignored"); break;
	}
}

char *why_icmp_effect(const struct observed_icmp *icmp)
{
	GString *text = g_string_new(NULL);

	append_effect(text, "bsd44", icmp);
	append_effect(text, "linux", icmp);
	return g_string_free(text, FALSE);
}
