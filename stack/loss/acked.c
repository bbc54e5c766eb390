/*
 * What the cumulative acknowledgment takes off, with the evidence it gives: times for round trips,
 * reordering, text that was never retransmitted (F-RTO), reneging.
 */
#include <loss/acked.h>
#include <loss/loss.h>
#include <loss/rack.h>
#include <loss/record.h>

static bool left_after(int64_t t1, int64_t t2, tcpsim_seq end1, tcpsim_seq end2)
{
	return t1 > t2 || (t1 == t2 && tcpsim_seq_gt(end1, end2));
}

void loss_rate_delivered(struct tcp_loss *loss, struct loss_ack *ack, struct loss_record *r)
{
	uint32_t sent_us = loss_us(r->sent_ns);

	if (!r->delivered_us)
		return;
	if (!ack->sampled ||
		left_after(sent_us, loss->first_sent_us, record_end(r), ack->sample_end)) {
		ack->sampled = true;
		ack->prior_delivered = r->delivered;
		ack->prior_delivered_us = r->delivered_us;
		ack->sample_app_limited = r->flags & RECORD_APP_LIMITED;
		ack->sample_retrans = r->flags & (RECORD_RETRANS | RECORD_EVER);
		ack->sample_end = record_end(r);
		loss->first_sent_us = sent_us;
		ack->send_interval_us = sent_us - r->first_sent_us;
	}
	if (r->flags & RECORD_SACKED)
		r->delivered_us = 0; /* not again when it is acknowledged */
}

/* An original, not SACKed before, is acknowledged: its time is a round trip, its place may show
 * reordering. */
static void original_acked(
	const struct tcp_loss *loss, struct loss_ack *ack, const struct loss_record *r)
{
	if (ack->first_acked_ns < 0)
		ack->first_acked_ns = r->sent_ns;
	ack->last_acked_ns = r->sent_ns;
	if (tcpsim_seq_lt(r->seq, ack->reorder))
		ack->reorder = r->seq;
	if (tcpsim_seq_le(record_end(r), loss->high_seq))
		ack->flags |= ACK_ORIG_SACKED;
}

static void uncount(struct tcp_loss *loss, const struct loss_record *r)
{
	if (r->flags & RECORD_SACKED) {
		loss->sacked--;
		loss->sacked_bytes -= r->len;
	}
	if (r->flags & RECORD_LOST) {
		loss->lost--;
		loss->lost_bytes -= r->len;
	}
	if (r->flags & RECORD_RETRANS) {
		loss->retrans--;
		loss->retrans_bytes -= r->len;
	}
}

static void record_acked(struct tcp_loss *loss, struct loss_ack *ack, struct loss_record *r)
{
	if (r->flags & (RECORD_RETRANS | RECORD_EVER))
		ack->flags |= ACK_RETRANS_ACKED;
	else if (!(r->flags & RECORD_SACKED))
		original_acked(loss, ack, r);
	if (ack->sack && !(r->flags & RECORD_SACKED)) {
		loss->delivered++;
		if (ack->rack)
			loss_rack_advance(loss, ack, r->flags, record_end(r), r->sent_ns);
	}
	if (r->flags & (RECORD_SACKED | RECORD_LOST | RECORD_RETRANS))
		uncount(loss, r);
	loss_rate_delivered(loss, ack, r);
	ack->flags |= r->flags & RECORD_SYN ? ACK_SYN_ACKED : ACK_DATA_ACKED;
	if (r->flags & RECORD_FIN)
		ack->flags |= ACK_FIN_ACKED;
	ack->packets_acked++;
}

static void take_first(struct tcp_loss *loss, struct loss_ack *ack)
{
	record_acked(loss, ack, loss_at(loss, loss->first));
	loss_unlist(loss, loss->first);
	if (loss->hint == loss->first)
		loss->hint++;
	loss->first++;
	loss->packets--;
}

/* The records, from the first on, of the super-segment that it belongs to. */
static uint32_t super_records(const struct tcp_loss *loss)
{
	const unsigned FATE = RECORD_SACKED | RECORD_LOST | RECORD_RETRANS;
	unsigned fate = loss_at(loss, loss->first)->flags & FATE;
	uint32_t n = 1;

	while (n < loss->packets) {
		unsigned flags = loss_at(loss, loss->first + n)->flags;

		if (!(flags & RECORD_JOINED) || (flags & FATE) != fate)
			break;
		n++;
	}
	return n;
}

/* n records, from the first on, are segments of `size` from `una` on. */
static void recut(struct tcp_loss *loss, uint32_t n, uint32_t size, tcpsim_seq una)
{
	tcpsim_seq end = record_end(loss_at(loss, loss->first + n - 1));
	unsigned flags = loss_at(loss, loss->first)->flags;
	uint32_t gone = una.n - loss_at(loss, loss->first)->seq.n;

	for (uint32_t i = 0; i < n; i++) {
		struct loss_record *r = loss_at(loss, loss->first + i);

		r->seq = una;
		r->len = i + 1 < n ? size : end.n - una.n;
		una = record_end(r);
	}
	loss->sacked_bytes -= flags & RECORD_SACKED ? gone : 0;
	loss->lost_bytes -= flags & RECORD_LOST ? gone : 0;
	loss->retrans_bytes -= flags & RECORD_RETRANS ? gone : 0;
}

/*
 * The ACK ends within a super-segment: what is left of that is counted in whole segments from there
 * on, and if these are fewer than there were, one more has been acknowledged (Linux tcp_tso_acked,
 * tcp_trim_head). A segment that left alone stays what it was.
 */
static void trim_super(struct tcp_loss *loss, struct loss_ack *ack, bool begun)
{
	uint32_t n = super_records(loss), size = loss_at(loss, loss->first)->len, text, left;
	const struct loss_record *last = loss_at(loss, loss->first + n - 1);

	if (n == 1 && !begun)
		return;
	text = record_end(last).n - ack->una.n - !!(last->flags & RECORD_FIN);
	left = text > size ? (text + size - 1) / size : 1;
	for (; n > left; n--) {
		take_first(loss, ack);
		ack->fully_acked = false;
	}
	recut(loss, n, size, ack->una);
}

/* What the ACK leaves first. */
static void head_is_left(struct tcp_loss *loss, struct loss_ack *ack)
{
	struct loss_record *head = loss_at(loss, loss->first);
	bool begun = head->flags & RECORD_JOINED;

	/* What was SACKED is not SACKed any more if the ACK stops before it: RFC 2018 §8. */
	if (head->flags & RECORD_SACKED)
		ack->flags |= ACK_RENEGED;
	if (begun)
		ack->fully_acked = false;
	if (tcpsim_seq_lt(head->seq, ack->una))
		trim_super(loss, ack, begun);
	loss_at(loss, loss->first)->flags &= (uint16_t)~RECORD_JOINED;
}

void loss_acked(struct tcp_loss *loss, struct loss_ack *ack)
{
	ack->fully_acked = true;
	while (loss->packets) {
		if (tcpsim_seq_gt(record_end(loss_at(loss, loss->first)), ack->una)) {
			head_is_left(loss, ack);
			break;
		}
		take_first(loss, ack);
	}
	if (!loss->packets && loss->ring)
		loss_shrink(loss);
}
