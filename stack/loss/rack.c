/*
 * RACK (RFC 8985 §6): a segment is lost when one that left later was delivered, and the time that
 * reordering may take has passed.
 */
#include <loss/loss.h>
#include <loss/rack.h>
#include <loss/record.h>

#define PERSIST_RECOVERIES 16 /* RFC 8985 §6.2 step 4 */

static bool left_after(int64_t t1, int64_t t2, tcpsim_seq end1, tcpsim_seq end2)
{
	return t1 > t2 || (t1 == t2 && tcpsim_seq_gt(end1, end2));
}

void loss_rack_advance(struct tcp_loss *loss, struct loss_ack *ack, unsigned flags, tcpsim_seq end,
	int64_t sent_ns)
{
	uint32_t rtt_us = (uint32_t)((ack->now - sent_ns) / 1000);

	/* Ambiguous: the ACK of the original may have crossed the retransmission (RFC 8985 §6.2
	 * step 2). */
	if (flags & (RECORD_RETRANS | RECORD_EVER) && rtt_us < ack->min_rtt_us)
		return;
	loss->rack_advanced = true;
	loss->rack_rtt_us = rtt_us;
	if (left_after(sent_ns, loss->rack_sent_ns, end, loss->rack_end)) {
		loss->rack_sent_ns = sent_ns;
		loss->rack_end = end;
	}
}

void loss_rack_adapt(
	struct tcp_loss *loss, const struct loss_ack *ack, const struct tcpsim_profile *sys)
{
	if (sys->rack & TCPSIM_RACK_STATIC_WINDOW || !ack->sampled)
		return;
	/* One step a round trip. */
	if ((int32_t)(ack->prior_delivered - loss->rack_delivered) < 0)
		loss->dsack_seen = false;
	if (loss->dsack_seen) {
		if (loss->reo_wnd_mult < UINT8_MAX)
			loss->reo_wnd_mult++;
		loss->dsack_seen = false;
		loss->rack_delivered = loss->delivered;
		loss->reo_wnd_persist = PERSIST_RECOVERIES;
	} else if (!loss->reo_wnd_persist) {
		loss->reo_wnd_mult = 1;
	}
}

uint32_t loss_reorder_window_us(const struct tcp_loss *loss, const struct tcpsim_profile *sys,
	uint32_t min_rtt_us, uint32_t srtt_us)
{
	uint64_t window;

	if (!loss->reord_seen) {
		if (loss->state >= LOSS_RECOVERY)
			return 0;
		if (loss->sacked >= loss->reordering && !(sys->rack & TCPSIM_RACK_NO_DUPTHRESH))
			return 0;
	}
	window = (uint64_t)(min_rtt_us >> 2) * loss->reo_wnd_mult;
	return window < srtt_us ? (uint32_t)window : srtt_us;
}

int64_t loss_rack_remaining_us(const struct tcp_loss *loss, const struct loss_record *r,
	int64_t now, uint32_t reorder_window_us)
{
	return (int64_t)loss->rack_rtt_us + reorder_window_us - (now - r->sent_ns) / 1000;
}

uint32_t loss_rack_detect(struct tcp_loss *loss, int64_t now, uint32_t reorder_window_us)
{
	uint32_t left = loss->listed, i = loss->time_head;
	int64_t longest = 0;

	while (left--) {
		struct loss_record *r = loss_at(loss, i);
		uint32_t next = r->next;

		if (!(r->flags & RECORD_LOST) || r->flags & RECORD_RETRANS) {
			int64_t remaining;

			if (!left_after(
				    loss->rack_sent_ns, r->sent_ns, loss->rack_end, record_end(r)))
				break;
			remaining = loss_rack_remaining_us(loss, r, now, reorder_window_us);
			if (remaining <= 0) {
				loss_mark_lost(loss, i);
				loss_unlist(loss, i);
			} else if (remaining > longest) {
				longest = remaining;
			}
		}
		i = next;
	}
	return (uint32_t)longest;
}
