/*
 * SACK blocks (RFC 2018) and D-SACK (RFC 2883): which are believed, and what they change in the
 * records.
 */
#include <loss/acked.h>
#include <loss/loss.h>
#include <loss/rack.h>
#include <loss/record.h>
#include <loss/sacked.h>

/* Is the block one that an honest receiver could send? A D-SACK may lie below SND.UNA, within what
 * was sent lately. */
static bool block_is_valid(const struct tcp_loss *loss, const struct loss_ack *ack, bool dsack,
	const struct tcpsim_sack_block *b)
{
	if (tcpsim_seq_gt(b->end, ack->nxt) || tcpsim_seq_ge(b->start, b->end) ||
		tcpsim_seq_ge(b->start, ack->nxt))
		return false;
	if (tcpsim_seq_gt(b->start, ack->una))
		return true;
	if (!dsack || !loss->undo)
		return false;
	if (tcpsim_seq_gt(b->end,
		    ack->una)) /* spans SND.UNA: cannot be both delivered twice and missing */
		return false;
	if (tcpsim_seq_ge(b->start, loss->undo_marker))
		return true;
	if (tcpsim_seq_le(b->end, loss->undo_marker))
		return false;
	return tcpsim_seq_ge(b->start, tcpsim_seq_sub(b->end, ack->max_wnd));
}

/* A D-SACK counts only as far as we retransmitted at all; returns the segments it reports. */
static uint32_t dsack_seen(
	struct tcp_loss *loss, struct loss_ack *ack, const struct tcpsim_sack_block *b)
{
	uint32_t len = b->end.n - b->start.n, segments = 1;

	if (tcpsim_seq_ge(b->start, b->end) || len > ack->max_wnd)
		return 0;
	if (len > ack->mss)
		segments = (len + ack->mss - 1) / ack->mss;
	else if (loss->tlp && tcpsim_seq_eq(loss->tlp_high_seq, b->end))
		ack->flags |= ACK_DSACK_TLP;
	loss->dsack_dups += segments;
	if (loss->dsack_dups > ack->total_retrans)
		return 0; /* the network duplicated it */
	loss->dsack_ever = true;
	if (loss->reord_seen && !(ack->flags & ACK_DSACK_TLP))
		loss->dsack_seen = true;
	ack->flags |= ACK_DSACK;
	ack->sack_delivered += segments;
	return segments;
}

static void needless(struct tcp_loss *loss, uint32_t segments)
{
	loss->undo_retrans =
		loss->undo_retrans > (int32_t)segments ? loss->undo_retrans - (int32_t)segments : 0;
}

/* RFC 2883 §4: the first block is a D-SACK if it lies below the ACK or inside the second. */
static bool first_is_dsack(struct tcp_loss *loss, struct loss_ack *ack,
	const struct tcpsim_sack_block *b, unsigned n, tcpsim_seq seg_ack)
{
	uint32_t segments;

	if (!tcpsim_seq_lt(b[0].start, seg_ack)) {
		if (n < 2 || tcpsim_seq_gt(b[0].end, b[1].end) ||
			tcpsim_seq_lt(b[0].start, b[1].start))
			return false;
	}
	segments = dsack_seen(loss, ack, &b[0]);
	if (!segments)
		return false;
	/* The record is forgotten by now: count. */
	if (loss->undo && loss->undo_retrans > 0 && tcpsim_seq_le(b[0].end, ack->una_before) &&
		tcpsim_seq_gt(b[0].end, loss->undo_marker))
		needless(loss, segments);
	return true;
}

static void unmark(struct tcp_loss *loss, struct loss_record *r, unsigned flag)
{
	if (flag & RECORD_LOST && r->flags & RECORD_LOST) {
		r->flags &= (uint16_t)~RECORD_LOST;
		loss->lost--;
		loss->lost_bytes -= r->len;
	}
	if (flag & RECORD_RETRANS && r->flags & RECORD_RETRANS) {
		r->flags &= (uint16_t)~RECORD_RETRANS;
		loss->retrans--;
		loss->retrans_bytes -= r->len;
	}
}

/* An original that fills a hole below what was SACKed already came late. */
static void original_sacked(
	struct tcp_loss *loss, struct loss_ack *ack, const struct loss_record *r)
{
	if (tcpsim_seq_lt(r->seq, loss_highest_sacked(loss, ack->una)) &&
		tcpsim_seq_lt(r->seq, ack->reorder))
		ack->reorder = r->seq;
	if (tcpsim_seq_le(record_end(r), loss->high_seq))
		ack->flags |= ACK_ORIG_SACKED;
	if (ack->first_sacked_ns < 0)
		ack->first_sacked_ns = r->sent_ns;
	ack->last_sacked_ns = r->sent_ns;
}

static void newly_sacked(struct tcp_loss *loss, struct loss_ack *ack, uint32_t index)
{
	struct loss_record *r = loss_at(loss, index);

	if (ack->rack)
		loss_rack_advance(loss, ack, r->flags, record_end(r), r->sent_ns);
	if (r->flags & RECORD_RETRANS) {
		/* Not marked lost: the retransmission is believed to be still on its way. */
		if (r->flags & RECORD_LOST)
			unmark(loss, r, RECORD_LOST | RECORD_RETRANS);
	} else {
		if (!(r->flags & RECORD_EVER))
			original_sacked(loss, ack, r);
		unmark(loss, r, RECORD_LOST);
	}
	if (!loss->sacked || tcpsim_seq_gt(record_end(r), loss->sacked_end))
		loss->sacked_end = record_end(r);
	r->flags |= RECORD_SACKED;
	loss->sacked++;
	loss->sacked_bytes += r->len;
	ack->flags |= ACK_DATA_SACKED;
	ack->sack_delivered++;
	loss_rate_delivered(loss, ack, r);
	loss_unlist(loss, index);
	r->next = index + 1;
}

static void tag(struct tcp_loss *loss, struct loss_ack *ack, uint32_t index, bool dsack)
{
	struct loss_record *r = loss_at(loss, index);

	if (dsack && r->flags & (RECORD_RETRANS | RECORD_EVER)) {
		if (loss->undo && loss->undo_retrans > 0 &&
			tcpsim_seq_gt(record_end(r), loss->undo_marker))
			needless(loss, 1);
		if (r->flags & RECORD_SACKED && tcpsim_seq_lt(r->seq, ack->reorder))
			ack->reorder = r->seq;
	}
	if (!(r->flags & RECORD_SACKED))
		newly_sacked(loss, ack, index);
	if (dsack)
		unmark(loss, r, RECORD_RETRANS);
}

/* The first record from `index` on that is not SACKed. Runs are remembered in the records, so that
 * a block which every ACK repeats costs no more for being long. */
static uint32_t skip_sacked(struct tcp_loss *loss, uint32_t index)
{
	uint32_t end = index, i = index;

	while (loss_is_record(loss, end) && loss_at(loss, end)->flags & RECORD_SACKED)
		end = loss_at(loss, end)->next;
	while (i != end) {
		uint32_t next = loss_at(loss, i)->next;

		loss_at(loss, i)->next = end;
		i = next;
	}
	return end;
}

/* Whole records only: part of a segment SACKed tells nothing that can be used. */
static void tag_block(
	struct tcp_loss *loss, struct loss_ack *ack, const struct tcpsim_sack_block *b, bool dsack)
{
	tcpsim_seq from = tcpsim_seq_max(b->start, ack->una);
	uint32_t i = loss_find(loss, from);

	if (!loss_is_record(loss, i))
		return;
	if (tcpsim_seq_lt(loss_at(loss, i)->seq, from))
		i++;
	for (;; i++) {
		if (!dsack)
			i = skip_sacked(loss, i);
		if (!loss_is_record(loss, i) || tcpsim_seq_gt(record_end(loss_at(loss, i)), b->end))
			return;
		tag(loss, ack, i, dsack);
	}
}

void loss_sacked(struct tcp_loss *loss, struct loss_ack *ack,
	const struct tcpsim_sack_block *blocks, unsigned n, tcpsim_seq seg_ack)
{
	bool dsack = n && first_is_dsack(loss, ack, blocks, n, seg_ack);
	struct tcpsim_sack_block good[TCPSIM_MAX_SACK_BLOCKS];
	bool good_dsack[TCPSIM_MAX_SACK_BLOCKS];
	unsigned used = 0;

	if (!loss->packets || tcpsim_seq_lt(seg_ack, tcpsim_seq_sub(ack->una_before, ack->max_wnd)))
		return;
	for (unsigned i = 0; i < n && i < TCPSIM_MAX_SACK_BLOCKS; i++) {
		unsigned at = used;

		if (!block_is_valid(loss, ack, dsack && i == 0, &blocks[i]) ||
			tcpsim_seq_le(blocks[i].end, ack->una_before))
			continue;
		/* In sequence order, so that what is learned does not hang on the order they were
		 * listed in. */
		for (; at > 0 && tcpsim_seq_gt(good[at - 1].start, blocks[i].start); at--) {
			good[at] = good[at - 1];
			good_dsack[at] = good_dsack[at - 1];
		}
		good[at] = blocks[i];
		good_dsack[at] = dsack && i == 0;
		used++;
	}
	for (unsigned i = 0; i < used; i++)
		tag_block(loss, ack, &good[i], good_dsack[i]);
}
