/* A scenario and what a system did, in packetdrill's language. */
#include "compare/scenario_script.h"
#include "compare/call_text.h"
#include "compare/flows.h"
#include "compare/scenario.h"
#include "script/language/format.h"
#include "script/language/format_packet.h"
#include "script/language/icmp.h"
#include <string.h>

/* Scripts give timestamps by value: the host's first one stands as this. */
#define FIRST_TS 1000u
/* What a real system's timers and a loaded machine add. */
#define OPTIONS "--tolerance_usecs=20000\n"

struct writer {
	const struct account *account;
	struct flows *flows;
	GString *out;
	int64_t last_ns;
};

static void put_time(struct writer *w, int64_t ns)
{
	g_string_append_c(w->out, '+');
	format_seconds(MAX(ns - w->last_ns, 0), w->out);
	w->last_ns = MAX(ns, w->last_ns);
}

static uint32_t get32(const uint8_t *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static void put32(uint8_t *at, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		at[i] = (uint8_t)(value >> (24 - 8 * i));
}

/* The options with numbers as a script has them: blocks relative, the host's clock from FIRST_TS
 * on. */
static void put_options(
	struct writer *w, const struct tcpsim_segment *s, const struct flow *flow, bool outbound)
{
	uint8_t raw[TCPSIM_MAX_OPTIONS_LEN];
	size_t n = s->options.raw_len;

	memcpy(raw, s->options.raw, n);
	for (size_t at = 0; at + 1 < n && raw[at] != TCPSIM_OPT_EOL;) {
		size_t len = raw[at] == TCPSIM_OPT_NOP ? 1 : MAX(raw[at + 1], 2);

		if (raw[at] == TCPSIM_OPT_TIMESTAMP && len == 10 && at + 10 <= n) {
			size_t own = outbound ? at + 2 : at + 6;

			if (outbound || get32(raw + own) != 0)
				put32(raw + own, get32(raw + own) - flow->first_ts + FIRST_TS);
		} else if (raw[at] == TCPSIM_OPT_SACK) {
			uint32_t base = outbound ? flow->irs.n : flow->iss.n;

			for (size_t i = at + 2; i + 4 <= MIN(at + len, n); i += 4)
				put32(raw + i, get32(raw + i) - base);
		}
		at += len;
	}
	if (n == 0)
		return;
	g_string_append_c(w->out, ' ');
	format_option_bytes(raw, n, w->out);
}

static void put_segment(struct writer *w, guint at, const struct account_entry *e)
{
	const struct tcpsim_segment *s = &flows_packet(w->flows, at)->segment;
	const struct flow *flow = flows_flow(w->flows, at);
	bool outbound = e->kind == ACCOUNT_OUT, absolute;
	uint32_t iss = flows_iss(w->flows, at).n, seq = s->seq.n - (outbound ? iss : flow->irs.n);

	put_time(w, e->start_ns);
	g_string_append_printf(w->out, " %c ", outbound ? '>' : '<');
	if (!outbound && s->ttl != 64)
		g_string_append_printf(w->out, "(ttl %u) ", s->ttl);
	if (s->tos != 0)
		g_string_append_printf(w->out, "(tos 0x%x) ", s->tos);
	format_flags(s->flags, -1, w->out);
	/* A reset for a connection that is not there begins at 0, which is nobody's number. */
	absolute = (s->flags & TCPSIM_RST) != 0 && s->seq.n == 0;
	if (absolute)
		seq = 0;
	g_string_append_printf(
		w->out, " %u:%u(%u)%s", seq, seq + s->len, s->len, absolute ? "!" : "");
	if (s->flags & TCPSIM_ACK)
		g_string_append_printf(
			w->out, " ack %u", s->ack.n - (outbound ? flow->irs.n : iss));
	g_string_append_printf(w->out, " win %u", s->window);
	if (s->flags & TCPSIM_URG)
		g_string_append_printf(w->out, " urg %u", s->urgent);
	put_options(w, s, flow, outbound);
	g_string_append_c(w->out, '\n');
}

static void put_icmp(struct writer *w, guint at, const struct account_entry *e)
{
	const struct wire_packet *p = flows_packet(w->flows, at);
	const struct flow *flow = flows_flow(w->flows, at);

	if (e->kind == ACCOUNT_OUT)
		return; /* an error that the host sends is none of the connection's */
	put_time(w, e->start_ns);
	g_string_append(w->out, " < ");
	icmp_text(p->icmp.type, p->icmp.code, p->segment.ip_version == 6, w->out);
	if (p->icmp.mtu != 0)
		g_string_append_printf(w->out, " mtu %u", p->icmp.mtu);
	g_string_append_printf(w->out, " [%u:%u(0)]\n", p->icmp.quote.seq.n - flow->iss.n,
		p->icmp.quote.seq.n - flow->iss.n);
}

/* Something came while the call waited. */
static bool waits(const struct writer *w, const struct account_entry *call)
{
	for (guint i = 0; i < w->account->entries->len; i++) {
		const struct account_entry *e = g_ptr_array_index(w->account->entries, i);

		if (e->kind == ACCOUNT_IN && e->start_ns > call->start_ns &&
			e->start_ns < call->end_ns)
			return true;
	}
	return call->end_ns - call->start_ns > 2000000;
}

static void put_call(struct writer *w, const struct account_entry *e)
{
	if (e->end_ns == INT64_MAX) {
		g_string_append_printf(w->out,
			"// %s begins here and does not end: a script has no way to say so\n",
			e->text);
		return;
	}
	put_time(w, e->start_ns);
	if (waits(w, e)) {
		g_string_append(w->out, "...");
		format_seconds(e->end_ns - e->start_ns, w->out);
	}
	g_string_append_c(w->out, ' ');
	call_text_line(e, w->out);
	g_string_append_c(w->out, '\n');
}

static void put_settings(const struct scenario *scenario, GString *out)
{
	if (scenario->settings->len == 0)
		return;
	g_string_append_c(out, '`');
	for (guint i = 0; i < scenario->settings->len; i++) {
		const struct scenario_setting *s =
			&g_array_index(scenario->settings, struct scenario_setting, i);

		g_string_append_printf(
			out, "%ssysctl -q -w %s=\"%s\"", i > 0 ? "\n " : "", s->name, s->value);
	}
	g_string_append(out, "`\n");
}

/* Was a segment with that timestamp sent before, on this connection? */
static bool was_sent(
	const struct account *account, const struct flows *flows, guint before, uint32_t ts)
{
	for (guint i = 0; i < before; i++) {
		const struct account_entry *e = g_ptr_array_index(account->entries, i);
		const struct tcpsim_segment *s = &flows_packet(flows, i)->segment;

		if (e->kind == ACCOUNT_OUT && (s->options.present & TCPSIM_HAS_TIMESTAMP) &&
			s->options.ts_val == ts)
			return true;
	}
	return false;
}

static bool entry_has_form(const struct account *account, const struct flows *flows, guint at)
{
	const struct account_entry *e = g_ptr_array_index(account->entries, at);
	const struct wire_packet *p = flows_packet(flows, at);

	if (e->kind == ACCOUNT_CALL)
		return e->end_ns != INT64_MAX && !g_str_has_prefix(e->text, "call ");
	if (e->bytes == NULL)
		return true;
	/* Numbers across 2^32 have no form: the peer's first one stands as 0. */
	if (p->kind == WIRE_TCP && e->kind == ACCOUNT_IN &&
		p->segment.seq.n - flows_flow(flows, at)->irs.n > UINT32_MAX - p->segment.len)
		return false;
	if (p->kind != WIRE_TCP)
		return e->kind == ACCOUNT_IN && p->kind == WIRE_ICMP_ERROR;
	return e->kind == ACCOUNT_OUT || !(p->segment.options.present & TCPSIM_HAS_TIMESTAMP) ||
	       p->segment.options.ts_ecr == 0 ||
	       was_sent(account, flows, at, p->segment.options.ts_ecr);
}

/* One incarnation, and no call while another one waits. */
static bool in_sequence(const struct account *account, const struct flows *flows)
{
	const struct flow *flow = flows->all->len > 0 ? g_ptr_array_index(flows->all, 0) : NULL;
	int64_t free_from = INT64_MIN;

	for (guint i = 0; i < account->entries->len; i++) {
		const struct account_entry *e = g_ptr_array_index(account->entries, i);

		if (e->kind == ACCOUNT_OUT && flow != NULL &&
			flows_packet(flows, i)->kind == WIRE_TCP &&
			!tcpsim_seq_eq(flows_iss(flows, i), flow->iss))
			return false;
		if (e->kind == ACCOUNT_CALL && e->start_ns < free_from)
			return false;
		if (e->kind == ACCOUNT_CALL)
			free_from = e->end_ns;
	}
	return true;
}

bool scenario_has_script(const struct account *account)
{
	struct flows *flows = flows_new(account);
	bool has = flows->all->len <= 1 && in_sequence(account, flows);

	for (guint i = 0; i < account->entries->len && has; i++)
		has = entry_has_form(account, flows, i);
	flows_free(flows);
	return has;
}

static gint by_time(gconstpointer a, gconstpointer b)
{
	const struct account_entry *ea = *(struct account_entry *const *)a,
				   *eb = *(struct account_entry *const *)b;

	return ea->start_ns < eb->start_ns ? -1 : ea->start_ns > eb->start_ns;
}

/* The family is the script's own, so its MTU has to be, too. */
static void put_ipv6(const struct scenario *scenario, GString *out)
{
	struct script_config config;

	scenario_config(scenario, &config);
	g_string_append_printf(out, "--ip_version=ipv6\n--mtu=%u\n", config.mtu);
	script_config_clear(&config);
}

char *scenario_script(
	const struct scenario *scenario, const struct account *account, const char *head)
{
	/* What was written down as it was noticed is put into the order in which it happened. */
	struct account sorted = {.entries = g_ptr_array_copy(account->entries, NULL, NULL)};
	struct writer w = {.account = &sorted, .out = g_string_new(NULL)};

	g_ptr_array_set_free_func(sorted.entries, NULL);
	g_ptr_array_sort(sorted.entries, by_time);
	w.flows = flows_new(&sorted);
	if (head != NULL)
		g_string_append(w.out, head);
	g_string_append(w.out, OPTIONS);
	if (scenario->ip == SCRIPT_IPV6)
		put_ipv6(scenario, w.out);
	if (w.flows->all->len > 1)
		g_string_append(w.out,
			"// This scenario has several connections; a script has one at a time.\n");
	put_settings(scenario, w.out);
	if (sorted.entries->len > 0)
		w.last_ns =
			((struct account_entry *)g_ptr_array_index(sorted.entries, 0))->start_ns;
	for (guint i = 0; i < sorted.entries->len; i++) {
		const struct account_entry *e = g_ptr_array_index(sorted.entries, i);

		if (e->kind == ACCOUNT_CALL)
			put_call(&w, e);
		else if (e->bytes != NULL && flows_packet(w.flows, i)->kind == WIRE_TCP)
			put_segment(&w, i, e);
		else if (e->bytes != NULL && flows_packet(w.flows, i)->kind == WIRE_ICMP_ERROR)
			put_icmp(&w, i, e);
	}
	flows_free(w.flows);
	g_ptr_array_unref(sorted.entries);
	return g_string_free(w.out, FALSE);
}
