/*
 * What goes again need not leave as it left (RFC 9293 §3.8.1 permits repacketizing): Linux cuts
 * what is left of a super-segment anew, and joins small segments that follow each other.
 */
#include <loss/loss.h>
#include <loss/record.h>
#include <recovery/linux_resegment.h>
#include <tcp/sendq.h>
#include <tcp/tcb.h>

/* It left as one of several segments in one piece. */
static bool is_of_super(const struct tcp_loss *loss, uint32_t i)
{
	return loss_at(loss, i)->flags & RECORD_JOINED ||
	       (loss_is_record(loss, i + 1) && loss_at(loss, i + 1)->flags & RECORD_JOINED);
}

/* What is left of a super-segment of which the peer acknowledged a part is cut anew, from there on
 * (Linux tcp_trim_head). */
static void recut(struct tcp_loss *loss, uint32_t i, uint32_t room)
{
	while (loss_is_record(loss, i + 1) && loss_at(loss, i + 1)->flags & RECORD_JOINED &&
		loss_fill(loss, i, room))
		;
}

/* Small segments that follow go along, as far as they fit an MSS (RFC 9293 §3.8.1 permits
 * repacketizing). */
static void collapse(struct tcp_tcb *tcb, uint32_t i, uint32_t room)
{
	struct tcp_loss *loss = &tcb->loss;
	bool first = true;

	while (loss_is_record(loss, i + 1)) {
		struct loss_record *r = loss_at(loss, i), *next = loss_at(loss, i + 1);

		uint32_t text = r->len + next->len - !!(next->flags & RECORD_FIN);

		if (next->flags & RECORD_SACKED || r->flags & (RECORD_FIN | RECORD_SYN) ||
			text > room || is_of_super(loss, i) || is_of_super(loss, i + 1))
			return;
		/* nor behind what MSG_EOR ended, be it a FIN alone (tcp_skb_can_collapse_to) */
		if (sendq_until_boundary(&tcb->sendq, r->seq, r->len + 1) <= r->len)
			return;
		if (!first &&
			tcpsim_seq_gt(record_end(next), tcpsim_seq_add(tcb->snd.una, tcb->snd.wnd)))
			return;
		loss_join(loss, i);
		/* Without SACK the duplicates are a count, and one segment less is there for them
		 * to stand for (Linux: tcp_adjust_pcount). */
		if (!tcb->ok.sack && loss->sacked)
			loss->sacked--;
		first = false;
	}
}

/* What is too long now goes as a super-segment, if as much may go at once (tcp_set_skb_tso_segs). */
static void cut(struct tcp_loss *loss, uint32_t i, uint32_t room)
{
	if (loss_split(loss, i, room))
		loss_at(loss, i + 1)->flags |= RECORD_JOINED;
}

void linux_resegment(struct tcp_tcb *tcb, uint32_t i, uint32_t room)
{
	const struct loss_record *r;

	recut(&tcb->loss, i, room);
	r = loss_at(&tcb->loss, i);
	if (r->len - !!(r->flags & RECORD_FIN) > room)
		cut(&tcb->loss, i, room);
	else if (tcb_sys(tcb)->retrans_collapse && r->len < room)
		collapse(tcb, i, room);
}

/* tcp_send_loss_probe: all but the last segment by the size of now, which options may have made another
 * one, and the rest is the probe; where that leaves no rest, the first segment of it is. */
uint32_t linux_cut_tail(struct tcp_tcb *tcb, uint32_t room)
{
	struct tcp_loss *loss = &tcb->loss;
	uint32_t last = loss_end(loss) - 1, i = last, before, text;
	tcpsim_seq start, end;

	while (i != loss->first && loss_at(loss, i)->flags & RECORD_JOINED &&
		!((loss_at(loss, i)->flags | loss_at(loss, i - 1)->flags) & RECORD_SACKED))
		i--;
	start = loss_at(loss, i)->seq;
	end = record_end(loss_at(loss, last));
	before = (last - i) * room; /* what stands before the probe */
	text = end.n - start.n - !!(loss_at(loss, last)->flags & RECORD_FIN);
	if (i == last || text <= before)
		return i;
	for (; i != last; i++, start = tcpsim_seq_add(start, room)) {
		loss_at(loss, i)->seq = start;
		loss_at(loss, i)->len = room;
	}
	loss_at(loss, last)->seq = start;
	loss_at(loss, last)->len = end.n - start.n;
	return last;
}
