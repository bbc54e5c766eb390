/* The sixth to eighth checks: URG, text, FIN. RFC 9293 §3.10.7.4, RFC 6093. */
#include <errno.h>
#include <tcp/accecn.h>
#include <tcp/arrival.h>
#include <tcp/calls.h>
#include <tcp/delack.h>
#include <tcp/emit.h>
#include <tcp/output.h>
#include <tcp/prediction.h>
#include <tcp/set_aside.h>
#include <tcp/text.h>
#include <tcp/timewait.h>
#include <tcp/window.h>

enum { URGENT_NONE, URGENT_ANNOUNCED, URGENT_HERE, URGENT_READ };

/* The urgent byte has come: kept aside for MSG_OOB. */
static void keep_urgent(struct tcp_tcb *tcb, uint8_t byte)
{
	tcb->rcv.urgent_byte = byte;
	tcb->rcv.urgent = URGENT_HERE;
	socket_wake(tcb->socket, POLLPRI);
}

/* Is it in the text at hand? */
static void pick_urgent(struct tcp_tcb *tcb, tcpsim_seq seq, const uint8_t *data, uint32_t len)
{
	if (tcb->rcv.urgent == URGENT_ANNOUNCED &&
		tcpsim_seq_in(tcb->rcv.up, seq, tcpsim_seq_add(seq, len)))
		keep_urgent(tcb, data ? data[tcb->rcv.up.n - seq.n] : 0);
}

/* The urgent byte before the new one, if it is what would be read next, does not come back as text
 * (Linux tcp_check_urg). */
static void step_over_urgent(struct tcp_tcb *tcb)
{
	uint8_t gone;

	if (tcp_at_mark(tcb) && !tcb->settings.oob_inline && tcb->recvq.bytes)
		recvq_read(&tcb->recvq, &(struct iovec){&gone, 1}, 1, 1, false);
}

static void note_urgent(struct arrival *a)
{
	struct tcp_tcb *tcb = a->tcb;
	uint16_t pointer = a->seg->urgent;
	tcpsim_seq up;

	if (!(a->seg->flags & TCPSIM_URG) || (!pointer && !tcb_sys(tcb)->urgent_zero))
		return;
	/* RFC 6093 §3: the systems point behind the last urgent byte; the byte itself stands
	 * before. */
	if (pointer && !tcb_sys(tcb)->urgent_at_pointer)
		pointer--;
	up = tcpsim_seq_add(a->seg->seq, pointer);
	if (tcpsim_seq_lt(up, tcb->rcv.nxt) ||
		(tcb->rcv.urgent != URGENT_NONE && tcpsim_seq_le(up, tcb->rcv.up)))
		return;
	step_over_urgent(tcb);
	tcb->rcv.up = up;
	tcb->rcv.urgent = URGENT_ANNOUNCED;
	tcb->predicts = false;
	if (!tcb_sys(tcb)->urgent_poll_here)
		socket_wake(tcb->socket, POLLPRI);
}

enum verdict check_urg(struct arrival *a)
{
	struct tcp_tcb *tcb = a->tcb;

	/* Linux tcp_rcv_state_process: in every state, also after the peer's FIN */
	if (!tcp_state_has(tcb->state, TRAIT_TEXT_IN) && !tcb_sys(tcb)->segments_whole)
		return GO_ON;
	note_urgent(a);
	/* Linux looks at once, whether the text is taken or not. */
	if (tcb_sys(tcb)->segments_whole)
		pick_urgent(tcb, a->seg->seq, a->seg->payload, a->seg->len);
	return GO_ON;
}

/* Text for nobody: RFC 1122 §4.2.2.13 wants a RST, so that the peer learns that it was lost. */
static bool is_for_nobody(const struct arrival *a)
{
	const struct tcp_tcb *tcb = a->tcb;
	const struct tcpsim_profile *sys = tcb_sys(tcb);

	if (!a->len && !(a->fin && sys->segments_whole))
		return false; /* Linux: a FIN beyond the text that came says that some is to come */
	if (sys->segments_whole && tcpsim_seq_le(tcpsim_seq_add(a->seq, a->len), tcb->rcv.nxt))
		return false; /* nothing of it is lost */
	if (tcb->orphaned)
		return true;
	if (tcb->shut & 1 && sys->shutdown_read_resets &&
		(tcb->state == TCPSIM_FIN_WAIT_1 || tcb->state == TCPSIM_FIN_WAIT_2))
		return true;
	return tcb->fin_received && sys->text_after_fin_resets;
}

static enum verdict refuse_text(struct arrival *a)
{
	struct tcp_tcb *tcb = a->tcb;
	int error = tcb->state == TCPSIM_CLOSE_WAIT && tcb_sys(tcb)->reset_is_epipe ? EPIPE
										    : ECONNRESET;

	host_count(tcb->host, COUNTER_ABORT_ON_DATA);
	tcp_refuse(tcb->host, a->seg, tcb->conn.interface, tcb->conn.id, tcb->state,
		TCPSIM_RULE_RST_DATA_AFTER_CLOSE);
	tcb_end(tcb, tcb->orphaned ? 0 : error, TCPSIM_RULE_RST_DATA_AFTER_CLOSE);
	return DONE;
}

static bool reports_duplicates(const struct tcp_tcb *tcb)
{
	return tcb->ok.sack && tcb_sys(tcb)->dsack;
}

/* What the peer is told of the text that waits. */
static unsigned report_flags(const struct tcp_tcb *tcb)
{
	return (reports_duplicates(tcb) ? RECVQ_DSACK : 0u) |
	       (tcb_sys(tcb)->sack_counts_fin ? RECVQ_SACK_FIN : 0u) |
	       (tcb_sys(tcb)->segments_whole ? RECVQ_FIN_TELLS : 0u);
}

/* [seq, end) of the segment at hand came a second time (RFC 2883). */
static void note_duplicate(struct arrival *a, tcpsim_seq end)
{
	if (reports_duplicates(a->tcb))
		recvq_note_duplicate(&a->tcb->recvq, a->seq, end);
}

static void trim_to_window(struct arrival *a)
{
	struct tcp_tcb *tcb = a->tcb;
	tcpsim_seq edge = tcpsim_seq_add(tcb->rcv.nxt, tcp_window_acceptable(tcb));
	int32_t over = tcpsim_seq_diff(tcpsim_seq_add(a->seq, a->len), edge);

	if (tcpsim_seq_lt(a->seq, tcb->rcv.nxt) && a->len) {
		note_duplicate(a, tcpsim_seq_min(tcpsim_seq_add(a->seq, a->len), tcb->rcv.nxt));
		arrival_trim_front(a, tcb->rcv.nxt);
		delack_overlap(tcb);
	}
	/* A shut window takes nothing, but where all is read (Linux 6.17) */
	if (over > 0 && (tcb_sys(tcb)->window_overrun == TCPSIM_OVERRUN_CUT ||
				(tcb_sys(tcb)->window_overrun == TCPSIM_OVERRUN_WHOLE &&
					!tcp_window_acceptable(tcb)))) {
		a->len -= (uint32_t)over < a->len ? (uint32_t)over : a->len;
		a->fin = false;
	}
}

/* What the packet at hand brought, with `len` bytes of text. */
static struct delack_text text_of(const struct arrival *a, uint32_t len)
{
	return (struct delack_text){.seq = a->seg->seq,
		.len = len,
		.segment_size = a->packet->segment_size,
		.flags = a->seg->flags,
		.header_len = a->seg->header_len,
		.memory = a->memory};
}

/* What waited behind a gap follows now. */
static void fill_gap(struct arrival *a)
{
	struct tcp_tcb *tcb = a->tcb;
	uint32_t moved;
	bool fin;

	moved = recvq_advance(&tcb->recvq, tcb->rcv.nxt, report_flags(tcb), &fin);
	tcb->rcv.nxt = tcpsim_seq_add(tcb->rcv.nxt, moved);
	tcb->count.bytes_received += moved;
	if (fin)
		a->fin = true, a->seq = tcb->rcv.nxt, a->len = 0;
}

/* False: there is none, which the peer is told at once where the system does (Linux queue_and_out). */
static bool find_memory(struct tcp_tcb *tcb, const struct delack_text *text)
{
	if (tcp_window_has_memory(tcb, text))
		return true;
	if (tcb_sys(tcb)->full_memory_is_told) {
		tcb->delack.pending |= DELACK_OWED | DELACK_NO_MEMORY;
		tcb->ack_now = true;
	}
	return false;
}

/* False: there was no memory for it. */
static bool keep_in_order(struct arrival *a)
{
	struct tcp_tcb *tcb = a->tcb;
	bool gap = recvq_has_gap(&tcb->recvq), own_fin = a->fin;
	struct delack_text text = text_of(a, a->seg->len);

	if (!a->predicted)
		set_aside_ask(tcb, text.memory.whole);
	if (!find_memory(tcb, &text) && tcb->recvq.bytes) {
		host_count(tcb->host, COUNTER_RCVQ_DROP);
		tcp_event_drop(tcb, TCPSIM_RULE_ARRIVE_NO_ROOM, a->seg);
		return false;
	}
	if (!recvq_append(&tcb->recvq, &a->text, a->len, text.memory))
		return false;
	pick_urgent(tcb, a->seq, owned_text_bytes(&a->text), a->len);
	tcb->rcv.nxt = tcpsim_seq_add(tcb->rcv.nxt, a->len);
	tcb->count.bytes_received += a->len;
	tcb->last_data_heard_ns = tcb_now(tcb);
	if (tcb_sys(tcb)->segments_whole && !a->with_syn) /* measured before what it sets free */
		delack_text_arrived(tcb, &text, false);
	if (!(a->fin && tcb_sys(tcb)->segments_whole))
		fill_gap(a);
	if (!tcb_sys(tcb)->segments_whole)
		delack_text_arrived(tcb, &text, gap);
	else if (gap && (!recvq_has_gap(&tcb->recvq) || (a->fin && !own_fin)))
		tcb->ack_now = true; /* RFC 5681 §4.2; a FIN that is reached ends all gaps */
	prediction_check(tcb);
	socket_wake(tcb->socket, POLLIN | POLLRDNORM);
	return true;
}

void take_text_of_syn(struct tcp_tcb *tcb)
{
	bool fin;
	uint32_t moved = recvq_advance(&tcb->recvq, tcb->rcv.nxt, 0, &fin);

	if (!moved)
		return;
	tcb->rcv.nxt = tcpsim_seq_add(tcb->rcv.nxt, moved);
	tcb->count.bytes_received += moved;
	delack_text_arrived(tcb, &(struct delack_text){.len = moved}, false);
	socket_wake(tcb->socket, POLLIN | POLLRDNORM);
}

static void keep_out_of_order(struct arrival *a)
{
	struct tcp_tcb *tcb = a->tcb;
	struct delack_text text = text_of(a, a->len);
	int64_t most = tcb_sys(tcb)->reassembly_max;
	bool joins, bare_fin_is_new;
	uint32_t before, added, reach;
	ssize_t kept;

	set_aside_ask(tcb, text.memory.whole);
	if ((most && tcb->recvq.disorder && tcb->recvq.disorder->parts >= most) ||
		!tcp_window_has_memory(tcb, &text)) {
		host_count(tcb->host, COUNTER_OFO_DROP);
		tcp_event_drop(tcb, TCPSIM_RULE_ARRIVE_NO_ROOM, a->seg);
		if (most)
			delack_not_taken(tcb);
		return;
	}
	tcp_event_drop(tcb, TCPSIM_RULE_ARRIVE_OUT_OF_ORDER, a->seg);
	tcb->count.ooo_in++;
	host_count(tcb->host, COUNTER_OFO_QUEUE);
	delack_out_of_order(tcb, &text);
	tcb->predicts = false;
	before = tcb->recvq.memory;
	reach = recvq_reach(&tcb->recvq, tcb->rcv.nxt);
	joins = reach && a->seq.n - tcb->rcv.nxt.n == reach;
	bare_fin_is_new = a->seq.n - tcb->rcv.nxt.n >= reach;
	kept = recvq_insert(&tcb->recvq, &a->text, a->seq, a->len, text.memory,
		(a->fin ? RECVQ_FIN : 0) | report_flags(tcb));
	if (!kept && a->fin && !a->len && bare_fin_is_new) {
		/* Linux tcp_grow_window, truesize_adjust: what joined another packet costs nothing */
		if (joins)
			text.memory.whole = 0;
		tcp_window_text_arrived(tcb, &text, false);
	}
	if (kept <= 0)
		return;
	/* Linux tcp_data_queue_ofo: what lies in no other packet's room is not accounted yet when
	 * the window grows */
	added = tcb->recvq.memory - before;
	tcb->recvq.memory -= added;
	tcp_window_text_arrived(tcb, &text, false);
	tcb->recvq.memory += added;
}

static enum verdict no_room(struct arrival *a)
{
	tcp_event_drop(a->tcb, TCPSIM_RULE_ARRIVE_NO_ROOM, a->seg);
	delack_not_taken(a->tcb);
	return DONE;
}

/* Linux tcp_data_queue, in its order. */
static enum verdict take_whole(struct arrival *a)
{
	struct tcp_tcb *tcb = a->tcb;
	uint32_t open = tcp_window_open(tcb);
	tcpsim_seq end = arrival_end(a);

	if (tcpsim_seq_eq(a->seq, end))
		return DONE;
	if (tcpsim_seq_gt(a->seq, tcb->rcv.nxt) &&
		tcpsim_seq_ge(a->seq, tcpsim_seq_add(tcb->rcv.nxt, open))) {
		/* Linux 7: what tcp_sequence lets pass since it minds the largest window is counted */
		if (tcb_sys(tcb)->largest_window_holds)
			host_count(tcb->host, COUNTER_BEYOND_WINDOW);
		return no_room(a);
	}
	if (tcpsim_seq_gt(a->seq, tcb->rcv.nxt)) {
		keep_out_of_order(a);
		return DONE;
	}
	if (tcpsim_seq_le(end, tcb->rcv.nxt)) {
		tcp_event_drop(tcb, TCPSIM_RULE_ARRIVE_DUPLICATE_TEXT, a->seg);
		accecn_duplicate_arrived(tcb);
		note_duplicate(a, end);
		delack_not_taken(tcb);
		return DONE;
	}
	if (tcpsim_seq_lt(a->seq, tcb->rcv.nxt))
		note_duplicate(a, tcb->rcv.nxt);
	/* some are known to repeat a bare FIN for ever if it is not taken; it needs no room */
	if (!open && (a->len || tcpsim_seq_lt(a->seq, tcb->rcv.nxt))) {
		host_count(tcb->host, COUNTER_ZERO_WINDOW_DROP);
		return no_room(a);
	}
	arrival_trim_front(a, tcb->rcv.nxt);
	if (a->len)
		return keep_in_order(a) ? GO_ON : DONE;
	find_memory(tcb,
		&(struct delack_text){.memory = text_of(a, 0).memory}); /* a FIN is taken without */
	return GO_ON;
}

static bool is_beyond_fin(const struct arrival *a)
{
	return a->tcb->fin_received && tcpsim_seq_ge(a->seq, a->tcb->rcv.nxt) && (a->len || a->fin);
}

/* The SYN,ACK of a simultaneous open is for Linux what came a second time. */
static void note_repeated_syn(struct arrival *a)
{
	struct tcp_tcb *tcb = a->tcb;

	if (reports_duplicates(tcb))
		recvq_note_duplicate(&tcb->recvq, a->seg->seq, tcpsim_seq_add(a->seg->seq, 1));
	delack_not_taken(tcb);
}

enum verdict take_text(struct arrival *a)
{
	struct tcp_tcb *tcb = a->tcb;
	bool whole = tcb_sys(tcb)->segments_whole;

	if (tcb_sys(tcb)->text_after_fin_resets && is_beyond_fin(a)) {
		tcp_event_drop(tcb, TCPSIM_RULE_ARRIVE_AFTER_FIN, a->seg);
		return DONE;
	}
	if (is_for_nobody(a))
		return refuse_text(a);
	if (!tcb_sys(tcb)->after_fin_acked && is_beyond_fin(a)) {
		tcp_event_drop(tcb, TCPSIM_RULE_ARRIVE_AFTER_FIN, a->seg);
		return DONE;
	}
	if (a->repeats_syn)
		note_repeated_syn(a);
	if (whole)
		return take_whole(a);
	if (!a->len)
		return GO_ON;
	if (!tcp_state_has(tcb->state, TRAIT_TEXT_IN) && tcb->state != TCPSIM_SYN_RCVD) {
		tcp_event_drop(tcb, TCPSIM_RULE_ARRIVE_AFTER_FIN, a->seg);
		delack_not_taken(tcb);
		return GO_ON;
	}
	trim_to_window(a);
	if (!a->len && !a->fin)
		return no_room(a);
	if (tcpsim_seq_eq(a->seq, tcb->rcv.nxt) && a->len) {
		keep_in_order(a);
	} else if (tcpsim_seq_gt(a->seq, tcb->rcv.nxt)) {
		keep_out_of_order(a);
		return DONE;
	}
	return GO_ON;
}

enum verdict take_fin(struct arrival *a)
{
	struct tcp_tcb *tcb = a->tcb;
	enum tcpsim_state next;

	if (!a->fin)
		return GO_ON;
	if (tcpsim_seq_gt(a->seq, tcb->rcv.nxt)) { /* beyond a gap: kept like text */
		keep_out_of_order(a);
		return DONE;
	}
	if (tcb->fin_received) {
		delack_not_taken(tcb);
		return GO_ON;
	}
	tcb->rcv.nxt = tcpsim_seq_add(tcb->rcv.nxt, 1);
	tcb->count.bytes_received += tcb_sys(tcb)->counters_count_fin;
	tcb->fin_received = true;
	next = tcp_on_fin(tcb->state);
	if (next != TCPSIM_TIME_WAIT) {
		tcp_enter(tcb, next, TCPSIM_RULE_CLOSE_FIN_ARRIVED, a->seg);
		delack_fin_arrived(tcb);
	}
	/* this ACK may still tell of what waits behind a gap, and is forgotten in a moment */
	if (next == TCPSIM_TIME_WAIT || next == TCPSIM_CLOSING)
		tcp_send_ack(tcb, TCPSIM_RULE_ACK_NOW);
	recvq_drop_ooo(&tcb->recvq);
	if (next == TCPSIM_TIME_WAIT)
		time_wait_enter(tcb, TCPSIM_RULE_CLOSE_FIN_ARRIVED, a->seg);
	socket_wake(tcb->socket, POLLIN | POLLRDNORM | POLLRDHUP | (tcb->finished ? POLLHUP : 0));
	return DONE;
}
