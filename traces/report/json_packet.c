/* The `packet` line of `tcpsim replay --json --packets`: each packet of a connection as it passes.
 */
#include "traces/report/json_packet.h"
#include "base/json_line.h"
#include "traces/flow/flow.h"
#include "traces/flow/numbers.h"
#include "traces/replay/replay.h"
#include "traces/report/json_connection.h"
#include "traces/report/report.h"
#include <tcpsim/event.h>

static void put_flags(struct json_line *j, uint16_t flags)
{
	static const char LETTER[] = "FSRP.UEW";
	char text[sizeof(LETTER)];
	unsigned n = 0;

	for (unsigned i = 0; i + 1 < sizeof(LETTER); i++)
		if (flags & 1u << i)
			text[n++] = LETTER[i];
	text[n] = '\0';
	json_string(j, "flags", text);
}

static void put_marks(struct json_line *j, const struct replay_row *row)
{
	json_open(j, "marks", '[');
	for (unsigned i = 0; i < row->n_notes; i++)
		if (row->notes[i].before == row->notes[i].after)
			json_string(j, NULL, tcpsim_rule_text(row->notes[i].rule)->name);
	json_close(j, ']');
}

static void put_segment(struct json_line *j, const struct flow *f, const struct replay_row *row)
{
	const struct tcpsim_segment *seg = &row->segment;
	const struct flow_side *s = &f->side[row->side], *peer = &f->side[!row->side];

	put_flags(j, seg->flags);
	json_uint(j, "seq", tcpsim_seq_sub(seg->seq, s->base.n).n);
	if (seg->flags & TCPSIM_ACK)
		json_uint(j, "ack", tcpsim_seq_sub(seg->ack, peer->base.n).n);
	else
		json_null(j, "ack");
	json_uint(j, "length", seg->len);
	json_uint(j, "window", row->window);
	json_uint(j, "in_flight", row->in_flight);
	if (row->rtt_us > 0)
		json_int(j, "rtt_ns", (int64_t)row->rtt_us * 1000);
	else
		json_null(j, "rtt_ns");
}

void report_json_packet(void *context, const struct flow *f, const struct replay_row *row)
{
	struct report_packets *p = context;
	struct json_line *j = &p->line;

	if (row->is_icmp || (p->of != NULL && !numbers_has(p->of, f->number)))
		return;
	json_begin(j, "packet");
	json_uint(j, "connection", f->number);
	json_uint(j, "packet", row->packet);
	json_put_time(j, p->r, "time", row->time_ns);
	json_string(j, "side", json_role(f, row->side));
	put_segment(j, f, row);
	put_marks(j, row);
	json_end(j);
}
