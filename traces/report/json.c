/* A replay as JSON lines: the contract of `tcpsim replay --json`, docs/replay.md. */
#include "traces/report/json.h"
#include "traces/observer/rst.h"
#include "traces/observer/why.h"
#include "traces/replay/crowd.h"
#include "traces/report/json_connection.h"
#include "traces/report/json_crowd.h"
#include "traces/report/report.h"

/* Which connections a list of lines is about. */
struct chosen {
	const struct selection *selection;
	struct asked asked;
	flow_ended_fn going; /* only those that it names; NULL: all */
	void *context;
};

static bool is_chosen(const struct chosen *c, const struct flow *f)
{
	return (c->going == NULL || c->going(c->context, f)) &&
	       selection_has(c->selection, &c->asked, f);
}

/* The ICMP errors of each connection, in the order of the capture. */
static GHashTable *icmps_by_flow(const struct replay *r)
{
	GHashTable *by_flow =
		g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)g_array_unref);

	for (size_t i = 0; i < r->observer.n_icmps; i++) {
		gpointer key = GUINT_TO_POINTER(r->observer.icmps[i].place);
		GArray *of_flow = g_hash_table_lookup(by_flow, key);
		const struct observed_icmp *icmp = &r->observer.icmps[i];

		if (of_flow == NULL) {
			of_flow = g_array_new(FALSE, FALSE, sizeof(icmp));
			g_hash_table_insert(by_flow, key, of_flow);
		}
		g_array_append_val(of_flow, icmp);
	}
	return by_flow;
}

static void put_connections(
	struct json_line *j, const struct replay *r, const struct chosen *chosen)
{
	GHashTable *icmps = icmps_by_flow(r);
	uint32_t n;
	uint32_t *places = flow_in_order(r->flows, &n);
	struct flow space;

	for (uint32_t i = 0; i < n; i++) {
		const struct flow *f = flow_look(r->flows, places[i], &space);

		if (is_chosen(chosen, f))
			json_put_connection(
				j, r, f, g_hash_table_lookup(icmps, GUINT_TO_POINTER(f->place)));
	}
	g_free(places);
	g_hash_table_destroy(icmps);
}

/* Of a mark: how sure, by which packets, and what fits where the kind is not known. */
static void put_mark(struct json_line *j, const struct replay *r, const struct replay_event *e)
{
	struct observed_mark mark =
		observer_mark_told(&r->observer, e->packet, e->rule, e->evidence);

	json_string(j, "rule", tcpsim_rule_text(mark.rule)->name);
	json_string(j, "certainty", observer_certainty_name(mark.certainty));
	json_open(j, "evidence", '[');
	if (mark.evidence > 0)
		json_uint(j, NULL, mark.evidence);
	json_uint(j, NULL, e->packet);
	json_close(j, ']');
	if (e->rule != TCPSIM_RULE_OBSERVE_AGAIN)
		return;
	json_open(j, "kinds", '[');
	json_string(j, NULL, "timeout-retransmission");
	json_string(j, NULL, e->probe_fits ? "tail-loss-probe" : "fast-retransmission");
	json_close(j, ']');
}

/* What happened to connections that stay is told now, too: events are not kept longer. */
static void put_events(struct json_line *j, const struct replay *r, const struct chosen *chosen)
{
	struct flow space;

	for (guint i = 0; r->events != NULL && i < r->events->len; i++) {
		const struct replay_event *e = &g_array_index(r->events, struct replay_event, i);
		const struct flow *f = flow_look(r->flows, e->place, &space);
		bool transition = e->before != e->after;

		if (!selection_has(chosen->selection, &chosen->asked, f))
			continue;
		json_begin(j, transition ? "transition" : "mark");
		json_uint(j, "connection", f->number);
		json_uint(j, "packet", e->packet);
		json_put_time(j, r, "time", e->time_ns);
		json_string(j, "side", json_role(f, e->side));
		if (transition) {
			json_string(j, "from", tcpsim_state_name(e->before));
			json_string(j, "to", tcpsim_state_name(e->after));
			json_string(j, "rule", tcpsim_rule_text(e->rule)->name);
		} else {
			put_mark(j, r, e);
		}
		json_end(j);
	}
}

static void put_queues(struct json_line *j, const struct replay *r)
{
	size_t n;
	const struct listener_change *changes = listeners_changes(r->listeners, &n);
	char addr[TCPSIM_ADDRSTRLEN];

	for (size_t i = 0; i < n; i++) {
		const struct listener *l = listeners_at(r->listeners, changes[i].listener);

		json_begin(j, "queue");
		json_string(j, "address", tcpsim_addr_text(&l->addr, addr));
		json_uint(j, "port", l->port);
		json_uint(j, "packet", changes[i].packet);
		json_put_time(j, r, "time", changes[i].time_ns);
		json_uint(j, "incomplete", changes[i].incomplete);
		json_uint(j, "completed", changes[i].completed);
		json_end(j);
	}
}

/* What fits, where the cause is not known. */
static void put_causes(struct json_line *j, const struct observed_reset *reset)
{
	if (reset->rule != TCPSIM_RULE_RST_UNKNOWN)
		return;
	json_open(j, "causes", '[');
	for (size_t i = 0; i < G_N_ELEMENTS(reset->causes); i++)
		if (reset->causes[i] != TCPSIM_RULE_NONE)
			json_string(j, NULL, why_cause(reset->causes[i]));
	json_close(j, ']');
}

static void put_resets(struct json_line *j, const struct replay *r, const struct chosen *chosen)
{
	struct flow space;

	for (size_t i = 0; i < r->observer.n_resets; i++) {
		const struct observed_reset *reset = &r->observer.resets[i];
		const struct flow *f = flow_look(r->flows, reset->place, &space);

		if (!is_chosen(chosen, f))
			continue;
		char *text = why_reset_text(f, reset);
		json_begin(j, "reset");
		json_uint(j, "connection", f->number);
		json_uint(j, "packet", reset->packet);
		json_string(j, "side", json_role(f, reset->side));
		json_string(j, "cause", why_cause(reset->rule));
		json_string(j, "rule", tcpsim_rule_text(reset->rule)->name);
		json_string(j, "kernel_reason", why_kernel_reason(f, reset));
		json_put_time(j, r, "time", reset->time_ns);
		json_string(j, "certainty", observer_certainty_name(reset->certainty));
		put_causes(j, reset);
		json_open(j, "evidence", '[');
		if (reset->answered > 0)
			json_uint(j, NULL, reset->answered);
		json_uint(j, NULL, reset->packet);
		json_close(j, ']');
		json_string(j, "payload", reset->text);
		json_string(j, "text", text);
		json_end(j);
		g_free(text);
	}
}

/* Runs of SYNs that were sent again, and whose habit that is. */
static void put_schedules(struct json_line *j, const struct replay *r, const struct chosen *chosen)
{
	uint32_t n_flows;
	uint32_t *places = flow_in_order(r->flows, &n_flows);
	struct flow space;

	for (uint32_t i = 0; i < n_flows; i++) {
		const struct flow *f = flow_look(r->flows, places[i], &space);
		const struct flow_side *s = &f->side[flow_client(f)];
		const char *names[WHY_MAX_FITS];

		if (!is_chosen(chosen, f))
			continue;
		if (!(s->seen & FLOW_SYN) || s->seen & FLOW_SYN_ANSWER || s->extra == NULL ||
			s->extra->n_gaps == 0)
			continue;
		size_t n = why_schedules(s->extra->gap_ns, s->extra->n_gaps, names);
		json_begin(j, "syn-schedule");
		json_uint(j, "connection", f->number);
		json_put_gaps(j, "gaps_ns", s);
		json_open(j, "fits", '[');
		for (size_t k = 0; k < n; k++)
			json_string(j, NULL, names[k]);
		json_close(j, ']');
		json_end(j);
	}
	g_free(places);
}

static void put_listeners(struct json_line *j, const struct replay *r)
{
	char addr[TCPSIM_ADDRSTRLEN];

	for (uint32_t i = 0; i < listeners_count(r->listeners); i++) {
		const struct listener *l = listeners_at(r->listeners, i);
		char *suggestion = listener_suggestion(l);

		json_begin(j, "listener");
		json_string(j, "address", tcpsim_addr_text(&l->addr, addr));
		json_uint(j, "port", l->port);
		json_open(j, "backlog_seen", '{');
		json_uint(j, "incomplete_at_drop", l->incomplete_at_drop);
		json_uint(j, "completed_at_drop", l->completed_at_drop);
		json_close(j, '}');
		json_uint(j, "peak_incomplete", l->peak_incomplete);
		json_uint(j, "peak_completed", l->peak_completed);
		json_uint(j, "syn_dropped_suspected", listener_syns_dropped(l));
		json_uint(j, "connections", l->connections);
		json_uint(j, "refused", l->refused);
		json_bool(j, "listening", l->answered);
		json_uint(j, "syn_again", l->syn_again);
		json_uint(j, "syn_ack_again", l->syn_ack_again);
		json_uint(j, "syn_ack_after_ack", l->syn_ack_after_ack);
		json_uint(j, "overflow_resets", l->overflow_resets);
		json_string(j, "certainty", observer_certainty_name(OBSERVER_SUSPECTED));
		json_string(j, "suggests", suggestion);
		json_end(j);
		g_free(suggestion);
	}
}

/* Floods and scans: connections that are one event. */
static void put_crowds(struct json_line *j, const struct replay *r)
{
	struct crowds crowds = {0};

	crowds_find(&crowds, r);
	for (size_t i = 0; i < crowds.n; i++)
		json_put_crowd(j, r, &crowds.at[i]);
	crowds_clear(&crowds);
}

static void put_capture(struct json_line *j, const struct replay *r)
{
	struct decapsulation_count counts[64];
	size_t n = decapsulation_counts(r->decapsulation, counts, G_N_ELEMENTS(counts));

	json_begin(j, "capture");
	json_string(j, "file", r->paths);
	json_uint(j, "packets", r->packets);
	json_uint(j, "tcp_packets", r->tcp_packets);
	json_uint(j, "connections", flow_count(r->flows));
	json_open(j, "skipped", '{');
	for (size_t i = 0; i < n; i++)
		json_uint(j, counts[i].reason, counts[i].packets);
	json_close(j, '}');
	json_uint(j, "wrong_checksums", r->wrong_sums);
	json_uint(j, "let_go", replay_let_go(r));
	json_bool(j, "truncated", r->error != NULL);
	json_string(j, "error", r->error);
	json_end(j);
}

void report_json(const struct replay *r, const struct report_json *wanted)
{
	struct chosen chosen = {.selection = &wanted->selection};
	struct json_line j;

	json_line_init(&j, wanted->out);
	asked_init(&chosen.asked, r);
	put_connections(&j, r, &chosen);
	if (wanted->events) {
		put_events(&j, r, &chosen);
		put_queues(&j, r);
	}
	put_resets(&j, r, &chosen);
	put_schedules(&j, r, &chosen);
	put_listeners(&j, r);
	put_crowds(&j, r);
	put_capture(&j, r);
	asked_clear(&chosen.asked);
	json_line_clear(&j);
}

void report_json_going(void *wanted, struct replay *r, flow_ended_fn going, void *context)
{
	const struct report_json *w = wanted;
	struct chosen chosen = {.selection = &w->selection, .going = going, .context = context};
	struct json_line j;

	json_line_init(&j, w->out);
	asked_init(&chosen.asked, r);
	put_events(&j, r, &chosen);
	if (r->events != NULL)
		g_array_set_size(r->events, 0);
	put_connections(&j, r, &chosen);
	put_resets(&j, r, &chosen);
	put_schedules(&j, r, &chosen);
	asked_clear(&chosen.asked);
	json_line_clear(&j);
}
