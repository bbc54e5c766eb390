/* The sixth to eighth checks: URG, text, FIN. RFC 9293 §3.10.7.4, RFC 6093. */
#include <tcp/arrival.h>
#include <tcp/calls.h>
#include <tcp/delack.h>
#include <tcp/listen.h>
#include <tcp/output.h>
#include <tcp/timers.h>
#include <tcp/timewait.h>
#include <tcp/window.h>

enum { URGENT_NONE, URGENT_ANNOUNCED, URGENT_HERE, URGENT_READ };

enum verdict check_urg(struct arrival *a)
{
	struct tcp_tcb *tcb = a->tcb;
	tcp_seq up;

	if (!(a->seg->flags & TCP_URG) || !a->seg->urgent ||
		!tcp_state_has(tcb->state, TRAIT_TEXT_IN))
		return GO_ON;
	/* RFC 6093 §3: the systems point behind the last urgent byte; the byte itself stands
	 * before. */
	up = seq_add(a->seg->seq, a->seg->urgent - 1u);
	if (seq_lt(up, tcb->rcv.nxt) || (tcb->rcv.urgent != URGENT_NONE && seq_le(up, tcb->rcv.up)))
		return GO_ON;
	tcb->rcv.up = up;
	tcb->rcv.urgent = URGENT_ANNOUNCED;
	socket_wake(tcb->socket, POLLPRI);
	return GO_ON;
}

/* The urgent byte has come in the text at hand: kept aside for MSG_OOB. */
static void pick_urgent(struct tcp_tcb *tcb, tcp_seq seq, const uint8_t *data, uint32_t len)
{
	if (tcb->rcv.urgent != URGENT_ANNOUNCED || !seq_in(tcb->rcv.up, seq, seq_add(seq, len)))
		return;
	tcb->rcv.urgent_byte = data ? data[tcb->rcv.up.n - seq.n] : 0;
	tcb->rcv.urgent = URGENT_HERE;
	socket_wake(tcb->socket, POLLPRI);
}

/* Text for nobody: RFC 1122 §4.2.2.13 wants a RST, so that the peer learns that it was lost. */
static bool is_for_nobody(const struct arrival *a)
{
	const struct tcp_tcb *tcb = a->tcb;

	if (!a->len || !tcb_sys(tcb)->reset_data_after_close)
		return false;
	if (tcb->orphaned)
		return true;
	return tcb->shut & 1 && tcb_sys(tcb)->shutdown_read_resets &&
	       (tcb->state == TCP_FIN_WAIT_1 || tcb->state == TCP_FIN_WAIT_2);
}

static void trim_to_window(struct arrival *a)
{
	struct tcp_tcb *tcb = a->tcb;
	tcp_seq edge = seq_add(tcb->rcv.nxt, tcp_window_acceptable(tcb));
	int32_t over = seq_diff(seq_add(a->seq, a->len), edge);

	if (seq_lt(a->seq, tcb->rcv.nxt) && a->len) {
		if (tcb->ok.sack && tcb_sys(tcb)->dsack)
			recvq_note_duplicate(&tcb->recvq, a->seq,
				seq_min(seq_add(a->seq, a->len), tcb->rcv.nxt));
		arrival_trim_front(a, tcb->rcv.nxt);
		tcb->ack_now = true; /* RFC 2883 §4: a duplicate is told at once */
	}
	/* A shut window takes nothing, but where all is read (Linux 6.17) */
	if (over > 0 && (tcb_sys(tcb)->window_overrun == OVERRUN_CUT ||
				(tcb_sys(tcb)->window_overrun == OVERRUN_WHOLE &&
					!tcp_window_acceptable(tcb)))) {
		a->len -= (uint32_t)over < a->len ? (uint32_t)over : a->len;
		a->fin = false;
	}
}

/* What the packet at hand brought, with `len` bytes of text. */
static struct delack_text text_of(const struct arrival *a, uint32_t len)
{
	return (struct delack_text){len, a->packet->segment_size,
		tcp_window_packet_memory((uint32_t)tcpsim_packet_len(a->packet))};
}

static void keep_in_order(struct arrival *a)
{
	struct tcp_tcb *tcb = a->tcb;
	bool gap = recvq_has_gap(&tcb->recvq), fin;
	struct delack_text text = text_of(a, a->seg->len);
	uint32_t moved;

	if (!recvq_append(&tcb->recvq, &a->text, a->len, text.memory))
		return;
	pick_urgent(tcb, a->seq, owned_text_bytes(&a->text), a->len);
	tcb->rcv.nxt = seq_add(tcb->rcv.nxt, a->len);
	moved = recvq_advance(&tcb->recvq, tcb->rcv.nxt, tcb->ok.sack && tcb_sys(tcb)->dsack, &fin);
	tcb->rcv.nxt = seq_add(tcb->rcv.nxt, moved);
	a->fin |= fin;
	if (fin)
		a->seq = tcb->rcv.nxt, a->len = 0;
	tcb->count.bytes_received += a->len + moved;
	tcb->last_data_heard_ns = tcb_now(tcb);
	delack_text_arrived(tcb, &text, a->seg->flags & TCP_PSH, gap);
	socket_wake(tcb->socket, POLLIN | POLLRDNORM);
}

void take_text_of_syn(struct tcp_tcb *tcb)
{
	bool fin;
	uint32_t moved = recvq_advance(&tcb->recvq, tcb->rcv.nxt, false, &fin);

	if (!moved)
		return;
	tcb->rcv.nxt = seq_add(tcb->rcv.nxt, moved);
	tcb->count.bytes_received += moved;
	delack_text_arrived(tcb, &(struct delack_text){.len = moved}, false, false);
	socket_wake(tcb->socket, POLLIN | POLLRDNORM);
}

static void keep_out_of_order(struct arrival *a)
{
	struct tcp_tcb *tcb = a->tcb;
	struct delack_text text = text_of(a, a->len);

	int64_t most = tcb_sys(tcb)->reassembly_max;

	if (most && tcb->recvq.disorder && tcb->recvq.disorder->parts >= most) {
		tcp_event_drop(tcb, TCP_RULE_ARRIVE_NO_ROOM, a->seg);
		tcb->ack_now = true;
		return;
	}
	tcp_event_drop(tcb, TCP_RULE_ARRIVE_OUT_OF_ORDER, a->seg);
	tcb->count.ooo_in++;
	host_count(tcb->host, COUNTER_OFO_QUEUE);
	delack_out_of_order(tcb, &text);
	recvq_insert(&tcb->recvq, &a->text, a->seq, a->len, text.memory,
		(a->fin ? RECVQ_FIN : 0) | (tcb->ok.sack && tcb_sys(tcb)->dsack ? RECVQ_DSACK : 0) |
			(tcb_sys(tcb)->sack_counts_fin ? RECVQ_SACK_FIN : 0));
}

enum verdict take_text(struct arrival *a)
{
	struct tcp_tcb *tcb = a->tcb;

	if (!a->len)
		return GO_ON;
	if (is_for_nobody(a)) {
		host_count(tcb->host, COUNTER_ABORT_ON_DATA);
		tcp_refuse(tcb->host, a->seg, tcb->conn.interface, tcb->conn.id, tcb->state,
			TCP_RULE_RST_DATA_AFTER_CLOSE);
		tcb_end(tcb, 0, TCP_RULE_RST_DATA_AFTER_CLOSE);
		return DONE;
	}
	if (!tcp_state_has(tcb->state, TRAIT_TEXT_IN) && tcb->state != TCP_SYN_RECEIVED) {
		tcp_event_drop(tcb, TCP_RULE_ARRIVE_AFTER_FIN, a->seg);
		tcb->ack_now = true;
		return GO_ON;
	}
	trim_to_window(a);
	if (!a->len && !a->fin) {
		tcp_event_drop(tcb, TCP_RULE_ARRIVE_NO_ROOM, a->seg);
		tcb->ack_now = true;
		return DONE;
	}
	if (seq_eq(a->seq, tcb->rcv.nxt) && a->len) {
		keep_in_order(a);
	} else if (seq_gt(a->seq, tcb->rcv.nxt)) {
		keep_out_of_order(a);
		return DONE;
	}
	return GO_ON;
}

enum verdict take_fin(struct arrival *a)
{
	struct tcp_tcb *tcb = a->tcb;
	enum tcp_state next;

	if (!a->fin)
		return GO_ON;
	if (seq_gt(a->seq, tcb->rcv.nxt)) { /* beyond a gap: kept like text */
		keep_out_of_order(a);
		return DONE;
	}
	tcb->ack_now = true;
	if (tcb->fin_received)
		return GO_ON;
	tcb->rcv.nxt = seq_add(tcb->rcv.nxt, 1);
	tcb->fin_received = true;
	recvq_drop_ooo(&tcb->recvq);
	next = tcp_on_fin(tcb->state);
	if (next == TCP_TIME_WAIT) {
		tcp_send_ack(tcb, TCP_RULE_ACK_NOW);
		time_wait_enter(tcb, TCP_RULE_CLOSE_FIN_ARRIVED, a->seg);
	} else {
		tcp_enter(tcb, next, TCP_RULE_CLOSE_FIN_ARRIVED, a->seg);
	}
	socket_wake(tcb->socket, POLLIN | POLLRDNORM | POLLRDHUP | (tcb->finished ? POLLHUP : 0));
	return DONE;
}
