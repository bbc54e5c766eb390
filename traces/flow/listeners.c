/* The queues of listeners, as far as the segments of a capture tell. */
#include "traces/flow/listeners.h"
#include "time_units.h"

#include <glib.h>
#include <string.h>

/* UNP §4.5: an entry of the incomplete queue dies after 75 s if the handshake is not completed. */
/* Fewer incomplete entries than that fill no queue. */
#define SYN_QUEUE_LEAST	   4
#define INCOMPLETE_LIFE_NS (75 * NSEC_PER_SEC)

struct waiting {
	uint32_t place, number; /* of a connection */
	int64_t since_ns;
};

struct listeners {
	struct flow_table *flows;
	GHashTable *by_name; /* struct listener_name -> index + 1 */
	struct listener *at;
	uint32_t n, cap;
	/* Incomplete entries by age: a ring. */
	struct waiting *ring;
	uint32_t ring_head, ring_n, ring_cap;
	struct listener_change *changes;
	size_t n_changes, cap_changes, most_changes;
};

struct listener_name {
	struct tcpsim_addr addr;
	uint16_t port;
};

static guint name_hash(gconstpointer key)
{
	const struct listener_name *n = key;
	uint64_t h = (n->addr.d[0] ^ n->addr.d[1] * 0x9e3779b97f4a7c15ULL) + n->port;

	h *= 0xbf58476d1ce4e5b9ULL;
	return (guint)(h >> 32 ^ h);
}

static gboolean name_equal(gconstpointer a, gconstpointer b)
{
	const struct listener_name *x = a, *y = b;

	return x->port == y->port && tcpsim_addr_eq(&x->addr, &y->addr);
}

struct listeners *listeners_new(struct flow_table *flows)
{
	struct listeners *l = g_new0(struct listeners, 1);

	l->flows = flows;
	l->by_name = g_hash_table_new_full(name_hash, name_equal, g_free, NULL);
	return l;
}

void listeners_free(struct listeners *l)
{
	if (l == NULL)
		return;
	g_hash_table_destroy(l->by_name);
	g_free(l->at);
	g_free(l->ring);
	g_free(l->changes);
	g_free(l);
}

uint32_t listeners_count(const struct listeners *l)
{
	return l->n;
}

const struct listener *listeners_at(const struct listeners *l, uint32_t index)
{
	return &l->at[index];
}

/* A queue is as long as it ever was, and that is long enough to mean something. */
static bool completed_is_full(const struct listener *x)
{
	return x->completed > 0 && x->completed >= x->peak_completed &&
	       x->completed > x->answered_at_completed;
}

static bool incomplete_is_full(const struct listener *x)
{
	return x->incomplete >= SYN_QUEUE_LEAST && x->incomplete >= x->peak_incomplete &&
	       x->incomplete > x->answered_at_incomplete;
}

/* How long the queues were when it was sent: that is what it met. */
static void note_queue(struct listeners *l, struct flow *f)
{
	const struct listener *x = &l->at[f->listener];

	f->marks &= (uint16_t) ~(FLOW_MET_COMPLETED | FLOW_MET_INCOMPLETE);
	if (completed_is_full(x))
		f->marks |= FLOW_MET_COMPLETED;
	else if (incomplete_is_full(x))
		f->marks |= FLOW_MET_INCOMPLETE;
}

bool listeners_syn(struct listeners *l, struct flow *f, unsigned server)
{
	struct listener_name name = {*flow_addr(f, server), flow_port(f, server)};
	guint found = GPOINTER_TO_UINT(g_hash_table_lookup(l->by_name, &name));

	if (found == 0) {
		if (l->n == l->cap) {
			l->cap = l->cap ? l->cap * 2 : 16;
			l->at = g_renew(struct listener, l->at, l->cap);
		}
		struct listener *made = &l->at[l->n++];
		memset(made, 0, sizeof(*made));
		made->addr = name.addr;
		made->port = name.port;
		found = l->n;
		g_hash_table_insert(
			l->by_name, g_memdup2(&name, sizeof(name)), GUINT_TO_POINTER(found));
	}
	f->listener = found - 1;
	l->at[f->listener].connections++;
	note_queue(l, f);
	return l->at[f->listener].answered;
}

bool listeners_answers(const struct listeners *l, const struct tcpsim_addr *addr, uint16_t port)
{
	struct listener_name name = {*addr, port};
	guint found = GPOINTER_TO_UINT(g_hash_table_lookup(l->by_name, &name));

	return found > 0 && l->at[found - 1].answered;
}

/* A SYN that stayed unanswered met a queue as long as any: suspected, until the queue is seen to be
 * longer or to take somebody at that length. */
void listeners_syn_again(struct listeners *l, struct flow *f)
{
	struct listener *x = &l->at[f->listener];

	x->syn_again++;
	if (x->answered && f->marks & FLOW_MET_COMPLETED) {
		x->dropped_completed++;
		x->completed_at_drop = MAX(x->completed_at_drop, x->peak_completed);
	} else if (x->answered && f->marks & FLOW_MET_INCOMPLETE) {
		x->dropped_incomplete++;
		x->incomplete_at_drop = MAX(x->incomplete_at_drop, x->peak_incomplete);
	}
	note_queue(l, f);
}

static void refute_completed(struct listener *x)
{
	x->dropped_completed = 0;
	x->completed_at_drop = 0;
}

static void refute_incomplete(struct listener *x)
{
	x->dropped_incomplete = 0;
	x->incomplete_at_drop = 0;
}

void listeners_syn_ack(struct listeners *l, struct flow *f, bool again, bool after_ack)
{
	struct listener *x = &l->at[f->listener];

	x->answered = true;
	x->syn_ack_again += again;
	x->syn_ack_after_ack += again && after_ack;
	if (again && after_ack && f->marks & FLOW_ACK_IGNORED)
		x->acks_ignored++;
	if (again && after_ack)
		f->marks |= FLOW_ACK_IGNORED;
	if (again)
		return;
	/* It takes somebody: no queue of that length is full. */
	x->answered_at_completed = MAX(x->answered_at_completed, x->completed);
	x->answered_at_incomplete = MAX(x->answered_at_incomplete, x->incomplete);
	if (x->answered_at_completed >= x->completed_at_drop)
		refute_completed(x);
	if (x->answered_at_incomplete >= x->incomplete_at_drop)
		refute_incomplete(x);
}

/* With other segments lost a SYN or two may be, too. */
static bool loss_explains(const struct listener *x, uint32_t n)
{
	return n < 3 && x->lost > 0;
}

uint32_t listener_syns_dropped(const struct listener *l)
{
	uint32_t n = l->dropped_completed + l->dropped_incomplete;

	return loss_explains(l, n) ? 0 : n;
}

void listeners_lost(struct listeners *l, const struct flow *f)
{
	l->at[f->listener].lost++;
}

static void leave_incomplete(struct listeners *l, struct flow *f)
{
	if (!(f->marks & FLOW_INCOMPLETE))
		return;
	f->marks &= (uint16_t)~FLOW_INCOMPLETE;
	l->at[f->listener].incomplete--;
}

static void expire(struct listeners *l, int64_t now_ns)
{
	while (l->ring_n > 0) {
		struct waiting *w = &l->ring[l->ring_head];
		struct flow_brief f = flow_brief(l->flows, w->place);
		bool waits = f.number == w->number && f.marks & FLOW_INCOMPLETE;

		if (waits && now_ns - w->since_ns < INCOMPLETE_LIFE_NS)
			return;
		if (waits)
			leave_incomplete(l, flow_at(l->flows, w->place));
		l->ring_head = (l->ring_head + 1) % l->ring_cap;
		l->ring_n--;
	}
}

static void wait_for_ack(struct listeners *l, struct flow *f, int64_t now_ns)
{
	expire(l, now_ns);
	if (l->ring_n == l->ring_cap) {
		uint32_t cap = l->ring_cap ? l->ring_cap * 2 : 64;
		struct waiting *ring = g_new(struct waiting, cap);

		for (uint32_t i = 0; i < l->ring_n; i++)
			ring[i] = l->ring[(l->ring_head + i) % l->ring_cap];
		g_free(l->ring);
		l->ring = ring;
		l->ring_head = 0;
		l->ring_cap = cap;
	}
	l->ring[(l->ring_head + l->ring_n++) % l->ring_cap] =
		(struct waiting){f->place, f->number, now_ns};
}

static void enter_incomplete(struct listeners *l, struct flow *f, int64_t now_ns)
{
	struct listener *x = &l->at[f->listener];

	if (f->marks & FLOW_INCOMPLETE)
		return;
	wait_for_ack(l, f, now_ns);
	f->marks |= FLOW_INCOMPLETE;
	if (++x->incomplete > x->peak_incomplete) {
		x->peak_incomplete = x->incomplete;
		refute_incomplete(x);
		x->peak_incomplete_ns = now_ns;
	}
}

static void enter_completed(struct listeners *l, struct flow *f, int64_t now_ns)
{
	struct listener *x = &l->at[f->listener];

	if (f->marks & FLOW_COMPLETED)
		return;
	f->marks |= FLOW_COMPLETED;
	if (++x->completed > x->peak_completed) {
		x->peak_completed = x->completed;
		refute_completed(x);
		x->peak_completed_ns = now_ns;
	}
}

static void leave_completed(struct listeners *l, struct flow *f)
{
	if (!(f->marks & FLOW_COMPLETED))
		return;
	f->marks &= (uint16_t)~FLOW_COMPLETED;
	l->at[f->listener].completed--;
}

static void note_change(struct listeners *l, uint32_t index, uint64_t packet, int64_t now_ns)
{
	const struct listener *x = &l->at[index];

	if (l->n_changes >= l->most_changes)
		return;
	if (l->n_changes == l->cap_changes) {
		l->cap_changes = l->cap_changes ? l->cap_changes * 2 : 64;
		l->changes = g_renew(struct listener_change, l->changes, l->cap_changes);
	}
	l->changes[l->n_changes++] =
		(struct listener_change){packet, now_ns, index, x->incomplete, x->completed};
}

void listeners_keep_changes(struct listeners *l, size_t most)
{
	l->most_changes = most;
}

const struct listener_change *listeners_changes(const struct listeners *l, size_t *n)
{
	*n = l->n_changes;
	return l->changes;
}

void listeners_served(struct listeners *l, struct flow *f, uint64_t packet, int64_t now_ns)
{
	if (!(f->marks & FLOW_COMPLETED))
		return;
	leave_completed(l, f);
	note_change(l, f->listener, packet, now_ns);
}

void listeners_state(struct listeners *l, struct flow *f, uint8_t before, uint8_t after,
	uint64_t packet, int64_t now_ns)
{
	uint16_t marks = f->marks;

	if (after == TCPSIM_SYN_RCVD) {
		leave_completed(l, f);
		enter_incomplete(l, f, now_ns);
	} else {
		leave_incomplete(l, f);
		if (after == TCPSIM_ESTABLISHED && before == TCPSIM_SYN_RCVD)
			enter_completed(l, f, now_ns);
		else if (after == TCPSIM_CLOSED || after == TCPSIM_LISTEN)
			leave_completed(l, f);
	}
	if ((marks ^ f->marks) & (FLOW_COMPLETED | FLOW_INCOMPLETE))
		note_change(l, f->listener, packet, now_ns);
}

bool listeners_wait(const struct listeners *l, const struct flow *f)
{
	return l->at[f->listener].completed > (f->marks & FLOW_COMPLETED ? 1u : 0u);
}

void listeners_let_go(struct listeners *l, struct flow *f)
{
	leave_incomplete(l, f);
	leave_completed(l, f);
	if (f->listener != FLOW_NONE && !(f->marks & FLOW_ESTABLISHED))
		l->at[f->listener].let_go++;
}

size_t listeners_bytes(const struct listeners *l)
{
	/* A hash table's entry: key, value, hash, and as much again for what is free. */
	const size_t entry =
		2 * (sizeof(struct listener_name) + 2 * sizeof(void *) + sizeof(guint));

	return l->cap * sizeof(*l->at) + l->n * entry + l->ring_cap * sizeof(*l->ring) +
	       l->cap_changes * sizeof(*l->changes);
}

void listeners_refused(struct listeners *l, struct flow *f)
{
	l->at[f->listener].refused++;
}

void listeners_overflow_reset(struct listeners *l, struct flow *f)
{
	l->at[f->listener].overflow_resets++;
}

char *listener_suggestion(const struct listener *l)
{
	GString *text = g_string_new(NULL);

	uint32_t dropped = listener_syns_dropped(l);

	if (dropped > 0)
		g_string_append_printf(text,
			"%u SYN%s suspected dropped by the listener: a full queue is "
			"suspected, with "
			"%u incomplete and up to %u completed connection%s waiting. ",
			dropped, dropped == 1 ? "" : "s", l->incomplete_at_drop,
			l->completed_at_drop, l->completed_at_drop == 1 ? "" : "s");
	if (dropped > 0 && l->completed_at_drop > 0)
		g_string_append_printf(text, "(On Linux a backlog of %u holds %u.) ",
			l->completed_at_drop - 1, l->completed_at_drop);
	/* One ACK may be lost; two of one connection, or one where others wait, are
	 * worth a word. */
	if (l->acks_ignored > 0 || (l->syn_ack_after_ack > 0 && dropped > 0))
		g_string_append_printf(text,
			"%u SYN,ACK%s sent again after the client's ACK: a full accept queue "
			"(Linux drops that ACK) or "
			"accept deferred until data comes is suspected. ",
			l->syn_ack_after_ack, l->syn_ack_after_ack == 1 ? "" : "s");
	if (l->overflow_resets > 0)
		g_string_append_printf(text,
			"%u handshake%s answered with a RST at the last step: "
			"tcp_abort_on_overflow with a full "
			"accept queue is suspected. ",
			l->overflow_resets, l->overflow_resets == 1 ? "" : "s");
	if (l->peak_incomplete >= 64 && l->peak_incomplete > 4 * (uint64_t)l->peak_completed)
		g_string_append_printf(text,
			"%u handshakes were open at once: a SYN flood, or a path that loses the "
			"answers, is suspected. ",
			l->peak_incomplete);
	if (text->len == 0) {
		g_string_free(text, TRUE);
		return NULL;
	}
	g_string_truncate(text, text->len - 1);
	return g_string_free(text, FALSE);
}
