/* Comments on packets: see annotate.h. */
#include "traces/report/annotate.h"

#include "traces/decapsulation/fragment_packets.h"
#include "traces/observer/icmp.h"
#include "traces/observer/rst.h"
#include "traces/observer/why.h"
#include "traces/report/verdict.h"

#include <string.h>

struct annotator {
	const struct annotate_options *options;
	struct packet_writer *writer;
	struct annotate_result *result;
	struct asked asked;
	struct capture *capture; /* the packets themselves */
	struct capture_packet packet;
	struct fragment_packets
		*fragments; /* where only some packets are written: fragments on their way */
	bool has_packet;    /* `packet` is read and not written yet */
	bool misfit;	    /* the writer could not take one */
	GHashTable *chosen; /* numbers of connections, plus one, of which a packet was taken */
	GString *text;
};

/* ---- what a comment says ---- */

/* Before an end's first segment its state is what that one shows; as in the ladder. */
static const char *state_name(
	const struct flow *final, const struct flow *now, unsigned side, uint8_t state)
{
	const struct flow_side *s = &final->side[side];

	if (now->side[side].packets > 0 || state != TCPSIM_CLOSED)
		return tcpsim_state_name(state);
	if (s->packets == 0)
		return now->marks & FLOW_ESTABLISHED ? tcpsim_state_name(state) : "?";
	return s->seen & FLOW_SYN_ACK && !(s->seen & FLOW_SYN) ? tcpsim_state_name(TCPSIM_LISTEN)
							       : tcpsim_state_name(state);
}

static void put_states(struct annotator *a, const struct flow *final, const struct flow *now,
	const struct replay_row *row)
{
	unsigned client = flow_client(final);

	g_string_append_printf(a->text, "tcpsim: connection %u, client %s, server %s",
		final->number, state_name(final, now, client, row->state[client]),
		state_name(final, now, !client, row->state[!client]));
}

static bool noted_before(const struct replay_row *row, unsigned at)
{
	for (unsigned i = 0; i < at; i++)
		if (row->notes[i].rule == row->notes[at].rule)
			return true;
	return false;
}

static void put_rules(struct annotator *a, const struct replay_row *row)
{
	for (unsigned i = 0; i < row->n_notes; i++) {
		const struct tcpsim_rule_text *rule = tcpsim_rule_text(row->notes[i].rule);

		if (!noted_before(row, i))
			g_string_append_printf(
				a->text, "\nrule: %s: %s", rule->name, rule->sentence);
	}
}

/* Why it was reset, what an ICMP error does: the first replay has the last word. */
static void put_cause(struct annotator *a, const struct flow *final, const struct replay_row *row)
{
	const struct observer *o = &a->options->found->observer;
	const struct observed_reset *reset = observer_reset_at(o, row->packet);
	const struct observed_icmp *icmp = observer_icmp_at(o, row->packet);
	char *text;

	if (reset != NULL) {
		text = why_reset_text(final, reset);
		g_string_append_printf(
			a->text, "\nreset: %s: %s", tcpsim_rule_text(reset->rule)->name, text);
		g_free(text);
	}
	if (icmp != NULL) {
		text = why_icmp_effect(icmp);
		g_string_append_printf(a->text, "\nicmp: %s", text);
		g_free(text);
	}
}

static void put_stalls(struct annotator *a, const struct flow *final, uint64_t packet)
{
	const struct flow_stalls *stalls = final->figures ? final->figures->stalls : NULL;

	for (uint32_t i = 0; stalls != NULL && i < stalls->n; i++) {
		const struct flow_stall *s = &stalls->at[i];
		char *what;

		if (s->after != packet)
			continue;
		what = verdict_stall(final, s);
		g_string_append_printf(a->text, "\nsilence: %s, %.6f s: %s",
			flow_stall_name(s->cause), (double)(s->to_ns - s->from_ns) / 1e9, what);
		g_free(what);
	}
}

static void put_verdict(struct annotator *a, const struct flow *final, uint64_t packet)
{
	char *text;

	if (packet != final->first_packet)
		return;
	text = verdict_text(final);
	g_string_append_printf(
		a->text, "\nverdict: %s: %s", flow_outcome_name(flow_outcome(final)), text);
	g_free(text);
}

static const char *comment_on(
	struct annotator *a, const struct flow *now, const struct replay_row *row)
{
	/* Of a connection that was let go no more is known than now. */
	const struct flow *held = flow_numbered(a->options->found->flows, now->number),
			  *final = held != NULL ? held : now;

	g_string_truncate(a->text, 0);
	put_states(a, final, now, row);
	put_verdict(a, final, row->packet);
	put_rules(a, row);
	if (held != NULL) {
		put_cause(a, held, row);
		put_stalls(a, held, row->packet);
	}
	return a->text->str;
}

/* ---- packets ---- */

static void put(struct annotator *a, const char *comment)
{
	a->has_packet = false;
	if (!packet_writer_put(a->writer, &a->packet, comment))
		a->misfit = true;
	a->result->packets++;
	a->result->commented += comment != NULL;
}

/* Packets before `number` belong to no connection; it is read next. False: it is not there. */
static bool go_to(struct annotator *a, uint64_t number)
{
	while (!a->misfit) {
		if (!a->has_packet) {
			a->has_packet = capture_next(a->capture, &a->packet);
			if (a->has_packet && a->fragments != NULL)
				fragment_packets_look(a->fragments, &a->packet);
		}
		if (!a->has_packet || a->packet.number >= number)
			break;
		if (a->options->comments)
			put(a, NULL);
		a->has_packet = false;
	}
	return a->has_packet && a->packet.number == number;
}

static bool is_chosen(const struct annotator *a, const struct flow *now)
{
	const struct selection *s = &a->options->selection;
	const struct flow *held;

	if (selection_is_all(s))
		return true;
	if (s->numbers != NULL && !numbers_has(s->numbers, now->number))
		return false;
	held = flow_numbered(a->options->found->flows, now->number);
	return s->where == NULL || (held != NULL && where_holds(s->where, &a->asked, held));
}

/* A fragment that came before the packet that put its datagram together. */
static void put_fragment(void *context, const struct capture_packet *packet)
{
	struct annotator *a = context;

	if (!packet_writer_put(a->writer, packet, NULL))
		a->misfit = true;
	a->result->packets++;
}

static void passed(void *context, const struct flow *now, const struct replay_row *row)
{
	struct annotator *a = context;
	gpointer number = GUINT_TO_POINTER(now->number + 1);

	if (!is_chosen(a, now) || !go_to(a, row->packet))
		return;
	if (!g_hash_table_contains(a->chosen, number))
		g_hash_table_add(a->chosen, number);
	if (a->fragments != NULL)
		fragment_packets_take(a->fragments, put_fragment, a);
	put(a, a->options->comments ? comment_on(a, now, row) : NULL);
}

/* The second replay finds the same connections in the same order: it is asked the same. */
static struct replay *again(struct annotator *a, GError **error)
{
	struct replay_options options = a->options->found->options;

	options.passed = passed;
	options.passed_context = a;
	options.letting_go = NULL;
	return replay_open(a->options->paths, a->options->n_paths, &options, error);
}

static struct capture *open_packets(const struct annotate_options *o, GError **error)
{
	struct capture *capture = o->n_paths == 1 ? capture_open(o->paths[0], error)
						  : capture_open_files(o->paths, o->n_paths, error);
	const char *filter = o->found->options.filter;

	if (capture == NULL || filter == NULL || capture_set_filter(capture, filter, error))
		return capture;
	capture_close(capture);
	return NULL;
}

bool annotate(const struct annotate_options *options, struct packet_writer *w,
	struct annotate_result *result, char **why)
{
	struct annotator a = {.options = options, .writer = w, .result = result};
	GError *error = NULL;
	struct replay *r = again(&a, &error);

	*result = (struct annotate_result){.packets = 0};
	a.capture = r != NULL ? open_packets(options, &error) : NULL;
	if (a.capture == NULL) {
		*why = g_strdup(error->message);
		g_error_free(error);
		replay_free(r);
		return false;
	}
	a.text = g_string_new(NULL);
	a.chosen = g_hash_table_new(NULL, NULL);
	a.fragments = options->comments ? NULL : fragment_packets_new();
	asked_init(&a.asked, options->found);
	replay_run(r);
	go_to(&a, UINT64_MAX);
	result->connections = g_hash_table_size(a.chosen);
	if (a.misfit)
		*why = g_strdup("packets of several link types are to be written, and pcap holds "
				"one: give the file a name that ends in .pcapng");
	fragment_packets_free(a.fragments);
	asked_clear(&a.asked);
	g_hash_table_destroy(a.chosen);
	g_string_free(a.text, TRUE);
	capture_close(a.capture);
	replay_free(r);
	return !a.misfit;
}
