/*
 * Which packets of a ladder are shown. Some always are: what opens, closes or resets a connection,
 * ends a silence or a recovery. The others give way, the plain ones first, where there are more
 * than a person reads; and runs of the same thing are told in one line.
 */
#include "traces/report/ladder_rows.h"
#include "time_units.h"
#include "traces/report/ladder_parts.h"

#include <string.h>

/* A ladder that is longer shows its beginning, its end and what is remarkable. */
#define LONG_LADDER   120
#define KEEP_FIRST    30
#define KEEP_LAST     15
#define WORTH_ELIDING 4
/* So many alike are a run, and so many plain ones may stand between two of them. */
#define RUN_LEAST 4
#define RUN_APART 8
/* A silence is long that takes a second, */
#define GAP_NS NSEC_PER_SEC
/* or a fifth of a connection's time, and at least that much of it. */
#define GAP_SHARE    5
#define GAP_LEAST_NS INT64_C(200000000)

bool ladder_rule_is_remarkable(enum tcpsim_rule rule)
{
	switch (rule) {
	case TCPSIM_RULE_OBSERVE_CONNECT:
	case TCPSIM_RULE_OBSERVE_LISTENING:
	case TCPSIM_RULE_OBSERVE_SYN_ANSWERED:
	case TCPSIM_RULE_OBSERVE_SYN_ACKED:
	case TCPSIM_RULE_ARRIVE_SYN_SENT_SYN_ACK:
	case TCPSIM_RULE_OBSERVE_FIN_SENT:
	case TCPSIM_RULE_OBSERVE_FIN_RECEIVED:
	case TCPSIM_RULE_OBSERVE_FIN_ACKED:
	case TCPSIM_RULE_OBSERVE_RST_ACCEPTED:
	case TCPSIM_RULE_OBSERVE_RST_UNACCEPTABLE:
	case TCPSIM_RULE_OBSERVE_RST_NOT_EXACT: return false;
	default: return true;
	}
}

/* ---- what each row is ---- */

/* One direction, as the rows go by. */
struct course {
	bool sent, recovering, syn, fin, shut;
	tcpsim_seq nxt, una, recover, isn, fin_at;
	uint32_t window;
};

bool ladder_sends_again(const struct replay_row *row, bool needlessly)
{
	for (unsigned i = 0; i < row->n_notes; i++)
		switch (row->notes[i].rule) {
		case TCPSIM_RULE_OBSERVE_AGAIN:
		case TCPSIM_RULE_OBSERVE_AGAIN_FAST:
		case TCPSIM_RULE_OBSERVE_AGAIN_TIMEOUT:
		case TCPSIM_RULE_OBSERVE_AGAIN_PROBE:
		case TCPSIM_RULE_OBSERVE_AGAIN_PATH_MTU: return true;
		case TCPSIM_RULE_OBSERVE_AGAIN_FAST_OPEN:
		case TCPSIM_RULE_OBSERVE_AGAIN_NEEDLESS: return needlessly;
		default: break;
		}
	return false;
}

static struct ladder_out outstanding(const struct course *c)
{
	struct ladder_out out = {.shut = c->shut};

	if (!c->sent || tcpsim_seq_ge(c->una, c->nxt))
		return out;
	out.syn = c->syn && c->una.n == c->isn.n;
	out.fin = c->fin && tcpsim_seq_le(c->una, c->fin_at);
	out.bytes = (uint32_t)tcpsim_seq_diff(c->nxt, c->una) - out.syn - out.fin;
	return out;
}

static void course_sends(struct course *c, const struct replay_row *row)
{
	const struct tcpsim_segment *seg = &row->segment;
	tcpsim_seq end = tcp_segment_end(seg);

	c->window = row->window;
	c->shut = seg->window == 0 && !(seg->flags & (TCPSIM_SYN | TCPSIM_RST));
	if (tcp_segment_span(seg) == 0 || seg->flags & TCPSIM_RST)
		return;
	if (ladder_sends_again(row, false) && !c->recovering && c->sent) {
		c->recovering = true;
		c->recover = c->nxt;
	}
	if (seg->flags & TCPSIM_SYN) {
		c->syn = true;
		c->isn = seg->seq;
	}
	if (seg->flags & TCPSIM_FIN) {
		c->fin = true;
		c->fin_at = tcpsim_seq_sub(end, 1);
	}
	if (!c->sent || seg->flags & TCPSIM_SYN)
		c->una = seg->seq;
	if (!c->sent || tcpsim_seq_gt(end, c->nxt))
		c->nxt = end;
	c->sent = true;
}

/* Whether its acknowledgment ends the peer's recovery (RFC 6582 §3.2, a full acknowledgment). */
static bool course_is_acked(struct course *c, const struct tcpsim_segment *seg)
{
	bool ends;

	if (!(seg->flags & TCPSIM_ACK) || seg->flags & TCPSIM_RST || !c->sent ||
		tcpsim_seq_gt(seg->ack, c->nxt))
		return false;
	ends = c->recovering && tcpsim_seq_ge(seg->ack, c->recover);
	if (tcpsim_seq_gt(seg->ack, c->una))
		c->una = seg->ack;
	c->recovering = c->recovering && !ends;
	return ends;
}

/* A window's scale stands in its sender's SYN (RFC 7323 §2.2). */
static bool windows_are_scaled(const struct ladder *l, unsigned side)
{
	return l->f->side[side].seen & (FLOW_SYN | FLOW_SYN_ACK);
}

static bool is_long(const struct ladder *l, int64_t gap_ns)
{
	int64_t lasted_ns = l->f->end_ns - l->f->start_ns;

	return gap_ns >= GAP_NS || (gap_ns >= GAP_LEAST_NS && gap_ns >= lasted_ns / GAP_SHARE);
}

static uint8_t weight_of(struct ladder *l, bool seen[TCPSIM_NRULES], const struct ladder_row *at)
{
	uint8_t weight = LADDER_PLAIN;

	for (unsigned i = 0; i < at->row->n_notes; i++) {
		enum tcpsim_rule rule = at->row->notes[i].rule;

		if (!ladder_rule_is_remarkable(rule) || rule == TCPSIM_RULE_OBSERVE_WINDOW_UPDATE)
			continue;
		weight = MAX(weight, seen[rule] ? LADDER_MARKED : LADDER_FIRST);
		seen[rule] = true;
	}
	if (at->row->is_icmp || at->row->segment.flags & (TCPSIM_SYN | TCPSIM_FIN | TCPSIM_RST) ||
		at->stall != NULL || at->gap_ns > 0 || at->ends_recovery || at == l->rows)
		weight = LADDER_MUST;
	return weight;
}

/* Packets to the silences that they ended. */
static GHashTable *stalls_of(const struct flow *f)
{
	const struct flow_stalls *stalls = f->figures ? f->figures->stalls : NULL;
	GHashTable *by_packet = g_hash_table_new(NULL, NULL);

	for (uint32_t i = 0; stalls != NULL && i < stalls->n; i++)
		g_hash_table_insert(
			by_packet, GSIZE_TO_POINTER(stalls->at[i].after), &stalls->at[i]);
	return by_packet;
}

/* Whether the silence before row `i` is a part of a longer one, in which probes went. */
static bool is_in_stall(const struct ladder *l, guint i)
{
	const struct flow_stalls *stalls = l->f->figures ? l->f->figures->stalls : NULL;
	int64_t from_ns = l->rows[i - 1].row->time_ns, to_ns = l->rows[i].row->time_ns;

	for (uint32_t k = 0; stalls != NULL && k < stalls->n; k++)
		if (stalls->at[k].from_ns <= from_ns && stalls->at[k].to_ns >= to_ns)
			return true;
	return false;
}

static void collect(struct ladder *l)
{
	const GArray *kept = l->r->rows;

	l->n = 0;
	for (guint i = 0; kept != NULL && i < kept->len; i++)
		l->n += g_array_index(kept, struct replay_row, i).flow == l->f->number;
	l->rows = g_new0(struct ladder_row, l->n + 1);
	l->n = 0;
	for (guint i = 0; kept != NULL && i < kept->len; i++) {
		const struct replay_row *row = &g_array_index(kept, struct replay_row, i);

		if (row->flow == l->f->number)
			l->rows[l->n++].row = row;
	}
}

static void follow(struct ladder *l, struct ladder_row *at, struct course course[2])
{
	const struct replay_row *row = at->row;
	struct course *own = &course[row->side], *peer = &course[!row->side];

	for (unsigned side = 0; side < 2; side++)
		at->out[side] = outstanding(&course[side]);
	if (row->is_icmp)
		return;
	at->peer_window = peer->window;
	at->peer_window_known = l->first[!row->side] < l->n && windows_are_scaled(l, !row->side);
	course_sends(own, row);
	at->ends_recovery = course_is_acked(peer, &row->segment);
	if (l->first[row->side] == l->n)
		l->first[row->side] = (guint)(at - l->rows);
}

void ladder_weigh(struct ladder *l)
{
	bool seen[TCPSIM_NRULES] = {false};
	struct course course[2] = {{.sent = false}, {.sent = false}};
	GHashTable *stalls = stalls_of(l->f);

	collect(l);
	l->first[0] = l->first[1] = l->n;
	for (guint i = 0; i < l->n; i++) {
		struct ladder_row *at = &l->rows[i];
		int64_t gap_ns = i > 0 ? at->row->time_ns - l->rows[i - 1].row->time_ns : 0;

		at->stall = g_hash_table_lookup(stalls, GSIZE_TO_POINTER(at->row->packet));
		at->gap_ns = is_long(l, gap_ns) && !is_in_stall(l, i) ? gap_ns : 0;
		follow(l, at, course);
		at->weight = weight_of(l, seen, at);
	}
	if (l->n > 0)
		l->rows[l->n - 1].weight = LADDER_MUST;
	g_hash_table_destroy(stalls);
}

/* ---- which are shown ---- */

/* Shows those of that weight from `from` to `to`, while there is room. */
static void show(struct ladder *l, guint from, guint to, uint8_t weight, guint *room)
{
	for (guint i = from; i<to && * room> 0; i++)
		if (!l->rows[i].shown && l->rows[i].weight == weight) {
			l->rows[i].shown = true;
			--*room;
		}
}

static void choose_some(struct ladder *l, guint most)
{
	guint room = G_MAXUINT, must = 0;

	show(l, 0, l->n, LADDER_MUST, &room);
	must = G_MAXUINT - room;
	room = most > must ? most - must : 0;
	show(l, 0, l->n, LADDER_FIRST, &room);
	show(l, 0, MIN(KEEP_FIRST, l->n), LADDER_PLAIN, &room);
	show(l, 0, l->n, LADDER_MARKED, &room);
	show(l, l->n - MIN(KEEP_LAST, l->n), l->n, LADDER_PLAIN, &room);
}

/* Not for a terminal: as much as there is, but for what is plain. */
static void choose_remarkable(struct ladder *l)
{
	for (guint i = 0; i < l->n; i++)
		l->rows[i].shown =
			l->rows[i].weight > LADDER_PLAIN || i < KEEP_FIRST || i + KEEP_LAST >= l->n;
}

/* What was said of two rows is the same, and the same end sent them. */
static bool alike(const struct replay_row *a, const struct replay_row *b)
{
	if (a->side != b->side || a->n_notes != b->n_notes)
		return false;
	for (unsigned i = 0; i < a->n_notes; i++)
		if (a->notes[i].rule != b->notes[i].rule)
			return false;
	return true;
}

/* The last row of the run that begins at `from`, if it is one; else `from`. */
static guint run_end(const struct ladder *l, guint from)
{
	guint last = from, members = 1;

	for (guint i = from + 1; i < l->n && i - last <= RUN_APART; i++) {
		const struct ladder_row *at = &l->rows[i];

		if (at->weight == LADDER_MARKED && alike(at->row, l->rows[from].row)) {
			last = i;
			members++;
		} else if (at->weight != LADDER_PLAIN) {
			break;
		}
	}
	return members >= RUN_LEAST ? last : from;
}

static void collapse_runs(struct ladder *l)
{
	for (guint i = 0; i < l->n; i++) {
		guint last = l->rows[i].weight == LADDER_MARKED ? run_end(l, i) : i;

		for (guint k = i; last > i && k <= last; k++)
			l->rows[k].shown = false;
		i = last;
	}
}

/* A line in their place would be no shorter. */
static void show_few(struct ladder *l)
{
	for (guint from = 0, to; from < l->n; from = to + 1) {
		for (to = from; to < l->n && !l->rows[to].shown; to++)
			;
		for (guint i = from; to - from < WORTH_ELIDING && i < to; i++)
			l->rows[i].shown = true;
	}
}

void ladder_choose(struct ladder *l)
{
	guint most = l->style->rows > 0 ? l->style->rows : LONG_LADDER;

	if (l->style->all || l->n <= most)
		for (guint i = 0; i < l->n; i++)
			l->rows[i].shown = true;
	else if (l->style->rows > 0)
		choose_some(l, most);
	else
		choose_remarkable(l);
	if (!l->style->all)
		collapse_runs(l);
	show_few(l);
	for (guint i = 0; i < l->n; i++)
		l->left_out += !l->rows[i].shown;
}
