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

void loss_acked(struct tcp_loss *loss, struct loss_ack *ack)
{
	ack->fully_acked = true;
	while (loss->packets) {
		struct loss_record *r = loss_at(loss, loss->first);

		if (tcpsim_seq_gt(record_end(r), ack->una)) {
			ack->fully_acked = tcpsim_seq_ge(r->seq, ack->una);
			/* What was SACKED is not SACKed any more if the ACK stops before it: RFC
			 * 2018 §8. */
			if (r->flags & RECORD_SACKED && ack->fully_acked)
				ack->flags |= ACK_RENEGED;
			break;
		}
		record_acked(loss, ack, r);
		loss_unlist(loss, loss->first);
		if (loss->hint == loss->first)
			loss->hint++;
		loss->first++;
		loss->packets--;
	}
	if (!loss->packets && loss->ring)
		loss_shrink(loss);
}
