#include "compare/difference.h"

#include "compare/ago.h"
#include "compare/call_text.h"
#include "compare/flows.h"
#include "script/language/format_packet.h"
#include "script/language/symbols.h"
#include <string.h>

struct side {
	const struct account *account;
	struct flows *flows;
};

struct search {
	struct side model, kernel;
	const struct tolerance *tolerance;
	unsigned flags;
	struct difference best;
};

const char *difference_kind_name(enum difference_kind kind)
{
	static const char *const NAMES[] = {
		"none", "call", "segment", "state", "timing", "missing", "extra"};

	return NAMES[kind];
}

void difference_clear(struct difference *difference)
{
	g_free(difference->model);
	g_free(difference->kernel);
	*difference = (struct difference){0};
}

static const struct account_entry *entry(const struct account *account, guint i)
{
	return g_ptr_array_index(account->entries, i);
}

/* Keeps the earlier one; takes the texts over. */
static void found(struct search *s, struct difference d)
{
	if (s->best.kind != DIFFERENCE_NONE && s->best.time_ns <= d.time_ns) {
		difference_clear(&d);
		return;
	}
	difference_clear(&s->best);
	s->best = d;
}

static bool in_time(const struct search *s, int64_t apart, int64_t since)
{
	return apart <= tolerance_of(s->tolerance, since);
}

static bool within(const struct search *s, int64_t model, int64_t kernel)
{
	return in_time(s, ABS(model - kernel), MIN(model, kernel));
}

/*
 * After the same event each is held against that: a script goes on from what its system did. What
 * one side says at once the other is not to say by a timer.
 */
static bool packets_in_time(const struct search *s, guint mi, guint ki)
{
	struct ago m = ago_of(s->model.account, s->model.flows, mi),
		   k = ago_of(s->kernel.account, s->kernel.flows, ki);
	int64_t apart = ABS(entry(s->model.account, mi)->start_ns -
			    entry(s->kernel.account, ki)->start_ns),
		event = apart, packet = apart;

	if (m.events == k.events) {
		event = MIN(event, ABS(m.event - k.event));
		packet = MIN(packet, ABS(m.packet - k.packet));
	}
	return in_time(s, event, MIN(m.event, k.event)) ||
	       (MIN(m.event, k.event) >= AGO_ANSWER_NS &&
		       in_time(s, packet, MIN(m.packet, k.packet)));
}

/* --- packets --- */

char *account_packet_text(const struct account *account, guint at)
{
	struct flows *flows = flows_new(account);
	const struct wire_packet *p = flows_packet(flows, at);
	const struct flow *flow = flows_flow(flows, at);
	char text[512];
	GString *out = g_string_new(NULL);

	if (flow != NULL && p->kind == WIRE_TCP) {
		bool outbound = entry(account, at)->kind == ACCOUNT_OUT;
		tcpsim_seq iss = flows_iss(flows, at);

		tcpsim_segment_text(&p->segment, outbound ? iss : flow->irs,
			outbound ? flow->irs : iss, text, sizeof(text));
		g_string_append(out, text);
	} else if (p->kind == WIRE_ICMP_ERROR) {
		g_string_append_printf(out, "icmp type %u code %u", p->icmp.type, p->icmp.code);
	} else {
		g_string_append(out, "a packet that is no TCP");
	}
	flows_free(flows);
	return g_string_free(out, FALSE);
}

struct field {
	const char *name;
	char *model, *kernel;
};

static bool differs(struct field *f, const char *name, int64_t model, int64_t kernel)
{
	if (model == kernel)
		return false;
	*f = (struct field){name, g_strdup_printf("%" G_GINT64_FORMAT, model),
		g_strdup_printf("%" G_GINT64_FORMAT, kernel)};
	return true;
}

static char *flags_text(uint16_t flags)
{
	GString *out = g_string_new(NULL);

	format_flags(flags, -1, out);
	return g_string_free(out, FALSE);
}

static bool flags_differ(
	struct field *f, const struct tcpsim_segment *m, const struct tcpsim_segment *k)
{
	if (m->flags == k->flags)
		return false;
	*f = (struct field){"flags", flags_text(m->flags), flags_text(k->flags)};
	return true;
}

/* `n` bytes of the option's value, as far as they are there. */
static void blank(uint8_t *raw, size_t raw_len, size_t at, size_t n)
{
	memset(raw + at + 2, 0, MIN(n, raw_len - at - 2));
}

/* The options' bytes without the value of a timestamp, which is compared by itself, and without the
 * digest of RFC 2385, which is over numbers that each side chooses: scripts judge it (`md5 valid`). */
static GString *options_text(const struct tcpsim_segment *s)
{
	uint8_t raw[TCPSIM_MAX_OPTIONS_LEN] = {0};
	GString *out = g_string_new(NULL);
	size_t at = 0;

	memcpy(raw, s->options.raw, s->options.raw_len);
	while (at + 1 < s->options.raw_len && raw[at] != TCPSIM_OPT_EOL) {
		if (raw[at] == TCPSIM_OPT_NOP) {
			at++;
			continue;
		}
		if (raw[at] == TCPSIM_OPT_TIMESTAMP && raw[at + 1] == 10)
			blank(raw, s->options.raw_len, at, 4);
		if (raw[at] == TCPSIM_OPT_MD5 && raw[at + 1] == 18)
			blank(raw, s->options.raw_len, at, 16);
		at += MAX(raw[at + 1], 2);
	}
	format_option_bytes(raw, s->options.raw_len, out);
	return out;
}

/* SACK blocks are made relative, or two systems' numbers could never be the same. */
static void relative_sack(struct tcpsim_segment *s, uint8_t *raw, const struct flow *flow)
{
	memcpy(raw, s->options.raw, s->options.raw_len);
	for (size_t at = 0; at + 1 < s->options.raw_len && raw[at] != TCPSIM_OPT_EOL;) {
		size_t len = raw[at] == TCPSIM_OPT_NOP ? 1 : MAX(raw[at + 1], 2);

		if (raw[at] == TCPSIM_OPT_SACK)
			for (size_t i = at + 2; i + 4 <= MIN(at + len, s->options.raw_len);
				i += 4) {
				uint32_t n = (uint32_t)raw[i] << 24 | (uint32_t)raw[i + 1] << 16 |
					     (uint32_t)raw[i + 2] << 8 | raw[i + 3];

				n -= flow->irs.n;
				raw[i] = (uint8_t)(n >> 24);
				raw[i + 1] = (uint8_t)(n >> 16);
				raw[i + 2] = (uint8_t)(n >> 8);
				raw[i + 3] = (uint8_t)n;
			}
		at += len;
	}
	s->options.raw = raw;
}

static bool options_differ(struct field *f, const struct tcpsim_segment *m,
	const struct tcpsim_segment *k, const struct flow *mf, const struct flow *kf)
{
	uint8_t raw_m[TCPSIM_MAX_OPTIONS_LEN], raw_k[TCPSIM_MAX_OPTIONS_LEN];
	struct tcpsim_segment rm = *m, rk = *k;
	GString *a, *b;
	bool differ;

	relative_sack(&rm, raw_m, mf);
	relative_sack(&rk, raw_k, kf);
	a = options_text(&rm);
	b = options_text(&rk);
	differ = strcmp(a->str, b->str) != 0;
	if (differ)
		*f = (struct field){"options", g_string_free(a, FALSE), g_string_free(b, FALSE)};
	else {
		g_string_free(a, TRUE);
		g_string_free(b, TRUE);
	}
	return differ;
}

static bool text_differs(
	struct field *f, const struct tcpsim_segment *m, const struct tcpsim_segment *k)
{
	if (m->len == 0 || (m->payload != NULL && k->payload != NULL &&
				   memcmp(m->payload, k->payload, m->len) == 0))
		return false;
	*f = (struct field){
		"text", g_strdup("other bytes"), g_strdup("the bytes that were written")};
	return true;
}

/* RFC 7323 §5.4: a clock of milliseconds on both sides, from a number of each one's own. */
static bool timestamps_differ(const struct search *s, struct field *f,
	const struct tcpsim_segment *m, const struct tcpsim_segment *k, const struct flow *mf,
	const struct flow *kf)
{
	int64_t a = (int32_t)(m->options.ts_val - mf->first_ts),
		b = (int32_t)(k->options.ts_val - kf->first_ts);

	if (!(m->options.present & k->options.present & TCPSIM_HAS_TIMESTAMP) ||
		within(s, a * 1000000, b * 1000000))
		return false;
	return differs(f, "timestamp", a, b);
}

static bool dont_fragment(const struct account *account, guint at)
{
	gsize len;
	const uint8_t *bytes = g_bytes_get_data(entry(account, at)->bytes, &len);

	return len >= 20 && bytes[0] >> 4 == 4 && (bytes[6] & 0x40) != 0;
}

/* An acknowledgment number without its flag means nothing; a system may leave what it
 * likes there. */
static int64_t ack_of(const struct tcpsim_segment *s, const struct flow *flow)
{
	return s->flags & TCPSIM_ACK
		       ? (int64_t)(uint32_t)(s->ack.n - (flow->has_irs ? flow->irs.n : 0))
		       : 0;
}

/* A reset for a connection that is not there begins at 0 (RFC 9293 §3.5.2), which is nobody's
 * number. */
static int64_t seq_of(const struct side *side, guint at)
{
	const struct tcpsim_segment *s = &flows_packet(side->flows, at)->segment;

	if ((s->flags & TCPSIM_RST) && s->seq.n == 0)
		return 0;
	return (uint32_t)(s->seq.n - flows_iss(side->flows, at).n);
}

static bool segment_fields(struct search *s, guint mi, guint ki, struct field *f)
{
	const struct wire_packet *mp = flows_packet(s->model.flows, mi),
				 *kp = flows_packet(s->kernel.flows, ki);
	const struct flow *mf = flows_flow(s->model.flows, mi),
			  *kf = flows_flow(s->kernel.flows, ki);
	const struct tcpsim_segment *m = &mp->segment, *k = &kp->segment;

	if (mp->kind != kp->kind)
		return differs(f, "protocol", mp->protocol, kp->protocol);
	if (mp->kind != WIRE_TCP)
		return differs(f, "icmp", mp->icmp.type << 8 | mp->icmp.code,
			kp->icmp.type << 8 | kp->icmp.code);
	g_assert(mf != NULL && kf != NULL); /* every segment is of one */
	return flags_differ(f, m, k) ||
	       differs(f, "seq", seq_of(&s->model, mi), seq_of(&s->kernel, ki)) ||
	       differs(f, "ack", ack_of(m, mf), ack_of(k, kf)) ||
	       differs(f, "length", m->len, k->len) || text_differs(f, m, k) ||
	       (!(s->flags & DIFFERENCE_BUT_WINDOW) &&
		       differs(f, "window", m->window, k->window)) ||
	       differs(f, "urgent", m->flags & TCPSIM_URG ? m->urgent : 0,
		       k->flags & TCPSIM_URG ? k->urgent : 0) ||
	       options_differ(f, m, k, mf, kf) || differs(f, "tos", m->tos, k->tos) ||
	       differs(f, "ttl", m->ttl, k->ttl) ||
	       differs(f, "df", dont_fragment(s->model.account, mi),
		       dont_fragment(s->kernel.account, ki)) ||
	       timestamps_differ(s, f, m, k, mf, kf);
}

static bool same_packet(struct search *s, guint mi, guint ki)
{
	struct field f;

	if (!segment_fields(s, mi, ki, &f))
		return true;
	g_free(f.model);
	g_free(f.kernel);
	return false;
}

static void one_sided(struct search *s, bool missing, guint at)
{
	const struct account *account = missing ? s->kernel.account : s->model.account;
	char *text = account_packet_text(account, at);

	found(s, (struct difference){.kind = missing ? DIFFERENCE_MISSING : DIFFERENCE_EXTRA,
			 .field = "packet",
			 .model = missing ? g_strdup("nothing") : text,
			 .kernel = missing ? text : g_strdup("nothing"),
			 .time_ns = entry(account, at)->start_ns,
			 .event = entry(account, at)->event,
			 .model_at = missing ? G_MAXUINT : at,
			 .kernel_at = missing ? at : G_MAXUINT});
}

/* An account ends at a moment of the run's own, with a look at the states; what one side sent just
 * before it the other may have been about to send. */
static bool is_cut_off(const struct search *s, const struct side *side, guint at)
{
	const struct account *account = side->account;
	int64_t end = -1;

	for (guint i = account->entries->len; i > 0 && end < 0; i--)
		if (entry(account, i - 1)->kind == ACCOUNT_STATE)
			end = entry(account, i - 1)->start_ns;
	return in_time(s, ABS(end - entry(account, at)->start_ns),
		ago_of(account, side->flows, at).packet);
}

/* The first pair of a connection that is not the same: one too many, one too few, or
 * another one. */
static void packets_part(struct search *s, const struct flow *m, const struct flow *k, guint i)
{
	guint mi = g_array_index(m->out, guint, i), ki = g_array_index(k->out, guint, i);
	const struct account_entry *me = entry(s->model.account, mi),
				   *ke = entry(s->kernel.account, ki);
	struct field f;

	if (!segment_fields(s, mi, ki, &f)) {
		found(s, (struct difference){.kind = DIFFERENCE_TIMING,
				 .field = "time",
				 .model = g_strdup_printf("%.6f", (double)me->start_ns / 1e9),
				 .kernel = g_strdup_printf("%.6f", (double)ke->start_ns / 1e9),
				 .time_ns = MIN(me->start_ns, ke->start_ns),
				 .event = ke->event,
				 .model_at = mi,
				 .kernel_at = ki});
		return;
	}
	if ((i + 1 < m->out->len && same_packet(s, g_array_index(m->out, guint, i + 1), ki)) ||
		(i + 1 < k->out->len && same_packet(s, mi, g_array_index(k->out, guint, i + 1)))) {
		bool extra = i + 1 < m->out->len &&
			     same_packet(s, g_array_index(m->out, guint, i + 1), ki);

		g_free(f.model);
		g_free(f.kernel);
		one_sided(s, !extra, extra ? mi : ki);
		return;
	}
	found(s, (struct difference){.kind = DIFFERENCE_SEGMENT,
			 .field = f.name,
			 .model = f.model,
			 .kernel = f.kernel,
			 .time_ns = MIN(me->start_ns, ke->start_ns),
			 .event = MIN(me->event, ke->event),
			 .model_at = mi,
			 .kernel_at = ki});
}

static void compare_flow(struct search *s, const struct flow *m, const struct flow *k)
{
	guint n = MIN(m->out->len, k->out->len);

	for (guint i = 0; i < n; i++) {
		guint mi = g_array_index(m->out, guint, i), ki = g_array_index(k->out, guint, i);

		if (!same_packet(s, mi, ki) || !packets_in_time(s, mi, ki)) {
			packets_part(s, m, k, i);
			return;
		}
	}
	if (m->out->len > n) {
		guint at = g_array_index(m->out, guint, n);

		if (!is_cut_off(s, &s->model, at))
			one_sided(s, false, at);
	} else if (k->out->len > n) {
		guint at = g_array_index(k->out, guint, n);

		if (!is_cut_off(s, &s->kernel, at))
			one_sided(s, true, at);
	}
}

/* Ephemeral ports are each system's own choice: connections are matched by the order in which they
 * appear. */
static void compare_packets(struct search *s)
{
	const GPtrArray *m = s->model.flows->all, *k = s->kernel.flows->all;

	for (guint i = 0; i < MIN(m->len, k->len); i++)
		compare_flow(s, g_ptr_array_index(m, i), g_ptr_array_index(k, i));
	for (guint i = k->len; i < m->len; i++) {
		const struct flow *flow = g_ptr_array_index(m, i);

		if (flow->out->len > 0)
			one_sided(s, false, g_array_index(flow->out, guint, 0));
	}
	for (guint i = m->len; i < k->len; i++) {
		const struct flow *flow = g_ptr_array_index(k, i);

		if (flow->out->len > 0)
			one_sided(s, true, g_array_index(flow->out, guint, 0));
	}
}

/* --- calls and states --- */

static char *result_text(const struct account_entry *e)
{
	if (e->end_ns == INT64_MAX)
		return g_strdup("still waiting");
	return e->result < 0 ? g_strdup_printf("-1 %s", symbol_errno(e->error))
			     : g_strdup_printf("%" G_GINT64_FORMAT, e->result);
}

static void compare_call(struct search *s, guint mi, guint ki)
{
	const struct account_entry *m = entry(s->model.account, mi),
				   *k = entry(s->kernel.account, ki);
	struct difference d = {.kind = DIFFERENCE_CALL,
		.time_ns = MIN(m->start_ns, k->start_ns),
		.event = k->event,
		.model_at = mi,
		.kernel_at = ki};
	bool over = m->end_ns != INT64_MAX;

	if (over != (k->end_ns != INT64_MAX) || (over && m->result != k->result))
		d.field = "result";
	else if (over && m->result < 0 && m->error != k->error)
		d.field = "errno";
	else if (over && g_strcmp0(m->extra, k->extra) != 0)
		d.field = g_str_has_prefix(k->text, "poll(")	   ? "revents"
			  : k->extra != NULL && k->extra[0] == '[' ? "value"
								   : "bytes";
	if (d.field != NULL) {
		bool filled_in = over && k->end_ns != INT64_MAX && m->result == k->result &&
				 m->error == k->error;

		d.model = filled_in ? g_strdup(m->extra) : result_text(m);
		d.kernel = filled_in ? g_strdup(k->extra) : result_text(k);
		if (over && k->end_ns != INT64_MAX)
			d.time_ns = MIN(m->end_ns, k->end_ns);
		found(s, d);
	} else if (over && !within(s, m->end_ns - m->start_ns, k->end_ns - k->start_ns)) {
		d.kind = DIFFERENCE_TIMING;
		d.field = "return";
		d.model = g_strdup_printf("%.6f", (double)m->end_ns / 1e9);
		d.kernel = g_strdup_printf("%.6f", (double)k->end_ns / 1e9);
		d.time_ns = MIN(m->end_ns, k->end_ns);
		found(s, d);
	}
}

/* Of two lines of figures, those of the first that the second has otherwise, with their descriptor.
 */
static char *figures_apart(const char *of, const char *other)
{
	char **a = g_strsplit(of, " ", -1), **b = g_strsplit(other, " ", -1);
	GString *out = g_string_new(NULL);
	const char *fd = "";

	for (unsigned i = 0; a[i] != NULL; i++) {
		bool told = i < g_strv_length(b) && strcmp(a[i], b[i]) == 0;

		if (g_str_has_suffix(a[i], ":"))
			fd = a[i];
		else if (!told)
			g_string_append_printf(out, "%s%s%s", out->len > 0 ? " " : "", fd, a[i]);
	}
	g_strfreev(a);
	g_strfreev(b);
	return g_string_free(out, FALSE);
}

static void compare_state(struct search *s, guint mi, guint ki)
{
	const struct account_entry *m = entry(s->model.account, mi),
				   *k = entry(s->kernel.account, ki);
	bool figures = !(s->flags & DIFFERENCE_BUT_FIGURES),
	     states = g_strcmp0(m->text, k->text) != 0;

	if (!states && (!figures || g_strcmp0(m->extra, k->extra) == 0))
		return;
	found(s, (struct difference){.kind = DIFFERENCE_STATE,
			 .field = states ? "state" : "tcp_info",
			 .model = states ? g_strdup(m->text) : figures_apart(m->extra, k->extra),
			 .kernel = states ? g_strdup(k->text) : figures_apart(k->extra, m->extra),
			 .time_ns = k->start_ns,
			 .event = k->event,
			 .model_at = mi,
			 .kernel_at = ki});
}

/* The n-th entry of a kind on one side is that of the other: the driver makes the same calls. */
static void compare_in_order(
	struct search *s, enum account_kind kind, void (*one)(struct search *, guint, guint))
{
	guint mi = 0;

	for (guint ki = 0; ki < s->kernel.account->entries->len; ki++) {
		if (entry(s->kernel.account, ki)->kind != kind)
			continue;
		while (mi < s->model.account->entries->len &&
			entry(s->model.account, mi)->kind != kind)
			mi++;
		if (mi == s->model.account->entries->len)
			return;
		one(s, mi++, ki);
	}
}

struct difference difference_first(const struct account *model, const struct account *kernel,
	const struct tolerance *tolerance, unsigned flags)
{
	struct search s = {.model = {model, flows_new(model)},
		.kernel = {kernel, flows_new(kernel)},
		.tolerance = tolerance,
		.flags = flags};

	if (!(flags & DIFFERENCE_ONLY_STATES))
		compare_in_order(&s, ACCOUNT_CALL, compare_call);
	if (!(flags & DIFFERENCE_ONLY_CALLS))
		compare_in_order(&s, ACCOUNT_STATE, compare_state);
	if (!(flags & (DIFFERENCE_ONLY_CALLS | DIFFERENCE_ONLY_STATES)))
		compare_packets(&s);
	flows_free(s.model.flows);
	flows_free(s.kernel.flows);
	return s.best;
}
