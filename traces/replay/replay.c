/* From packets to conclusions: see replay.h. */
#include "traces/replay/replay.h"

#include "traces/observer/icmp.h"
#include "traces/observer/pace_life.h"
#include "traces/replay/memory.h"

#include <string.h>

/* Rows behind this many are only counted. */
#define MAX_ROWS 200000

#define PROGRESS_EVERY 4096

static void keep_event(struct replay *r, const struct observation *ob)
{
	struct replay_event e = {.packet = ob->packet,
		.time_ns = ob->time_ns,
		.place = ob->flow->place,
		.rule = (uint16_t)ob->rule,
		.side = ob->side,
		.before = ob->before,
		.after = ob->after,
		.probe_fits = ob->probe_fits,
		.evidence = ob->evidence};

	g_array_append_val(r->events, e);
}

static void note(struct replay_row *row, const struct observation *ob)
{
	if (row->n_notes == REPLAY_MAX_NOTES)
		return;
	row->notes[row->n_notes].rule = (uint16_t)ob->rule;
	row->notes[row->n_notes].side = ob->side;
	row->notes[row->n_notes].before = ob->before;
	row->notes[row->n_notes].after = ob->after;
	row->notes[row->n_notes].evidence = ob->evidence;
	row->n_notes++;
}

static void saw(void *context, const struct observation *ob)
{
	struct replay *r = context;

	if (r->events != NULL)
		keep_event(r, ob);
	if (r->row != NULL)
		note(r->row, ob);
}

static bool wants_row(struct replay *r, const struct flow *f)
{
	if (r->options.rows == REPLAY_ROWS_OF)
		return numbers_has(r->options.rows_of, f->number);
	if (r->options.rows == REPLAY_ROWS_NONE || r->rows_given_up)
		return false;
	if (r->options.rows == REPLAY_ROWS_FIRST)
		return r->rows->len < r->options.few_rows;
	if (flow_count(r->flows) <= r->options.few_flows && r->rows->len < r->options.few_rows)
		return true;
	/* Many after all: nobody wants a ladder of that unasked. */
	r->rows_given_up = true;
	g_array_set_size(r->rows, 0);
	return false;
}

static void row_finish(struct replay *r, struct replay_row *row, const struct flow *f)
{
	r->row = NULL;
	if (f == NULL)
		return;
	const struct flow_side *s = &f->side[row->side];
	row->flow = f->number;
	row->state[0] = f->side[0].state;
	row->state[1] = f->side[1].state;
	row->window = s->window;
	row->in_flight =
		s->seen & FLOW_SENT ? (uint32_t)MAX(tcpsim_seq_diff(s->nxt, s->una), 0) : 0;
	row->rtt_us = r->observer.sample_us;
	if (r->options.passed != NULL)
		r->options.passed(r->options.passed_context, f, row);
	if (r->rows == NULL || !wants_row(r, f))
		return;
	if (r->rows->len >= MAX_ROWS) {
		r->rows_left_out++;
		return;
	}
	g_array_append_val(r->rows, *row);
}

static void row_begin(
	struct replay *r, struct replay_row *row, const struct observed_packet *packet)
{
	if (r->options.passed == NULL && (r->rows == NULL || r->rows_given_up))
		return;
	memset(row, 0, offsetof(struct replay_row, segment));
	row->packet = packet->number;
	row->time_ns = packet->time_ns;
	r->row = row;
}

/* Nothing more is told of it; a late segment may come. */
static bool is_over(const struct flow *f)
{
	return f->pace == NULL && (f->side[0].seen & f->side[1].seen & FLOW_FIN ||
					  f->marks & (FLOW_RESET | FLOW_REFUSED));
}

/* The first in the line passes. */
static void line_advance(struct replay *r)
{
	const struct observed_segment *seen = &r->line[r->line_first];
	struct replay_row row;

	flow_settle(r->flows);
	r->line_first = (r->line_first + 1) % REPLAY_AHEAD;
	r->line_n--;
	row_begin(r, &row, &seen->packet);
	struct flow *f = observer_take(&r->observer, seen);
	if (is_over(f))
		flow_end(r->flows, f);
	if (r->row == NULL)
		return;
	row.segment = seen->segment;
	memcpy(row.raw, seen->raw, sizeof(row.raw));
	row.side = !(tcpsim_addr_eq(&row.segment.src, flow_addr(f, 0)) &&
		     row.segment.src_port == flow_port(f, 0));
	row_finish(r, &row, f);
}

static void line_drain(struct replay *r)
{
	while (r->line_n > 0)
		line_advance(r);
}

/* A segment's place in the table is asked for when it joins the line, its record half way, and then
 * it is its turn. */
static void take_tcp(
	struct replay *r, const struct wire_packet *wire, const struct observed_packet *packet)
{
	r->tcp_packets++;
	r->wrong_sums += !wire->tcp_sum_ok;
	if (r->line_n == REPLAY_AHEAD)
		line_advance(r);
	observer_prepare(
		&r->observer, wire, packet, &r->line[(r->line_first + r->line_n++) % REPLAY_AHEAD]);
	if (r->line_n > REPLAY_AHEAD - 2)
		pace_prefetch(
			flow_pace(r->flows, &r->line[(r->line_first + 2) % REPLAY_AHEAD].slot));
	if (r->line_n > REPLAY_AHEAD / 2)
		flow_prefetch_record(r->flows,
			&r->line[(r->line_first + r->line_n - 1 - REPLAY_AHEAD / 2) % REPLAY_AHEAD]
				 .slot);
}

static void take_icmp(
	struct replay *r, const struct wire_packet *wire, const struct observed_packet *seen)
{
	struct replay_row row;

	line_drain(r);
	r->icmp_errors++;
	row_begin(r, &row, seen);
	struct flow *f = observer_icmp(&r->observer, wire, seen);
	if (r->row == NULL)
		return;
	row.is_icmp = true;
	row.icmp_family = wire->segment.ip_version;
	row.icmp_type = wire->icmp.type;
	row.icmp_code = wire->icmp.code;
	row.icmp_mtu = wire->icmp.mtu;
	if (f != NULL)
		row.side = r->observer.icmps[r->observer.n_icmps - 1].side;
	row_finish(r, &row, f);
}

static void count_packet(struct replay *r, int64_t time_ns)
{
	if (r->packets++ == 0)
		r->start_ns = time_ns;
	/* Packets may stand in another order than that of their times. */
	r->end_ns = MAX(r->end_ns, time_ns);
}

static void take_packet(struct replay *r, const struct capture_packet *packet)
{
	struct wire_packet wire;
	const struct observed_packet seen = {.number = packet->number,
		.time_ns = packet->time_ns,
		.interface = packet->interface,
		.file = packet->file};

	count_packet(r, packet->time_ns);
	switch (decapsulate(r->decapsulation, packet, &wire)) {
	case DECAPSULATION_TCP: take_tcp(r, &wire, &seen); break;
	case DECAPSULATION_ICMP_ERROR: take_icmp(r, &wire, &seen); break;
	case DECAPSULATION_SKIPPED: break;
	}
}

struct replay *replay_new(const struct replay_options *options)
{
	struct replay *r = g_new0(struct replay, 1);

	r->options = *options;
	r->paths = g_strdup(options->shown_as);
	r->decapsulation = decapsulation_new();
	decapsulation_check_sums(r->decapsulation, true);
	r->flows = flow_table_new();
	flow_keep_at_hand(r->flows, options->at_hand);
	r->listeners = listeners_new(r->flows);
	observer_init(&r->observer, r->flows, r->listeners);
	r->observer.keep_resets = options->keep_resets;
	r->observer.keep_limits = options->keep_limits;
	listeners_keep_changes(r->listeners, options->keep_queues);
	if (options->keep_events)
		r->events = g_array_new(FALSE, FALSE, sizeof(struct replay_event));
	if (options->rows != REPLAY_ROWS_NONE)
		r->rows = g_array_new(FALSE, FALSE, sizeof(struct replay_row));
	if (r->events != NULL || r->rows != NULL || options->passed != NULL) {
		r->observer.saw = saw;
		r->observer.context = r;
	}
	return r;
}

struct replay *replay_open(
	const char *const *paths, size_t n, const struct replay_options *options, GError **error)
{
	struct capture *capture =
		n == 1 ? capture_open(paths[0], error) : capture_open_files(paths, n, error);

	if (capture == NULL)
		return NULL;
	if (options->filter != NULL && !capture_set_filter(capture, options->filter, error)) {
		capture_close(capture);
		return NULL;
	}
	struct replay *r = replay_new(options);
	r->capture = capture;
	if (r->paths == NULL) {
		GString *joined = g_string_new(paths[0]);

		for (size_t i = 1; i < n; i++)
			g_string_append_printf(joined, " %s", paths[i]);
		r->paths = g_string_free(joined, FALSE);
	}
	return r;
}

static void show_progress(struct replay *r)
{
	uint64_t done, total;

	if (r->options.progress == NULL || r->packets % PROGRESS_EVERY != 0)
		return;
	capture_progress(r->capture, &done, &total);
	r->options.progress(r->options.progress_context, done, total);
}

/* Who the client is, once more, when all that listens has shown itself; and what is open ends. */
static void finish(struct replay *r)
{
	for (uint32_t i = 0; i < flow_places(r->flows); i++) {
		struct flow_brief brief = flow_brief(r->flows, i);
		struct flow *f;

		/* Of those that are folded no pace is open. */
		if (brief.number == FLOW_NONE || (brief.folded && brief.marks & FLOW_CLIENT_KNOWN))
			continue;
		f = flow_at(r->flows, i);
		observer_guess_client(&r->observer, f);
		pace_finish(&r->observer, f);
		flow_settle(r->flows);
	}
}

static bool has_room(struct replay *r)
{
	return r->packets % MEMORY_LOOK_EVERY != 0 || memory_look(r);
}

void replay_take(struct replay *r, const struct capture_packet *packet)
{
	if (r->error == NULL && has_room(r))
		take_packet(r, packet);
}

void replay_take_segment(
	struct replay *r, const struct wire_packet *wire, const struct observed_packet *packet)
{
	if (r->error != NULL || !has_room(r))
		return;
	count_packet(r, packet->time_ns);
	take_tcp(r, wire, packet);
}

void replay_end(struct replay *r)
{
	line_drain(r);
	finish(r);
	decapsulation_finish(r->decapsulation);
}

void replay_run(struct replay *r)
{
	struct capture_packet packet;

	while (r->error == NULL && capture_next(r->capture, &packet)) {
		if (!has_room(r))
			break;
		take_packet(r, &packet);
		show_progress(r);
	}
	replay_end(r);
	if (r->error == NULL && capture_error(r->capture) != NULL)
		r->error = g_strdup(capture_error(r->capture)->message);
}

uint64_t replay_let_go(const struct replay *r)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < FLOW_N_OUTCOMES; i++)
		n += r->let_go[i];
	return n;
}

void replay_free(struct replay *r)
{
	if (r == NULL)
		return;
	if (r->events != NULL)
		g_array_free(r->events, TRUE);
	if (r->rows != NULL)
		g_array_free(r->rows, TRUE);
	observer_clear(&r->observer);
	listeners_free(r->listeners);
	flow_table_free(r->flows);
	decapsulation_free(r->decapsulation);
	capture_close(r->capture);
	g_free(r->error);
	g_free(r->paths);
	g_free(r);
}
