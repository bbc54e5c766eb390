/*
 * Counting: duplicate ACKs that stand for segments where there is no SACK, RFC 6675's IsLost where
 * there is, and the threshold that both use.
 */
#include <loss/dupack.h>
#include <loss/loss.h>
#include <loss/record.h>

bool loss_dupacks_limit(struct tcp_loss *loss)
{
	uint32_t holes = loss->lost ? loss->lost : 1;

	if (holes > loss->packets)
		holes = loss->packets;
	if (loss->sacked + holes <= loss->packets)
		return false;
	loss->sacked = loss->packets - holes;
	return true;
}

/* More duplicates than segments outstanding: the network reorders (or duplicates). */
static void check_reordering(struct tcp_loss *loss, uint32_t more, const struct tcpsim_profile *sys)
{
	uint32_t seen = loss->packets + more;

	if (!loss_dupacks_limit(loss))
		return;
	loss->reordering =
		seen < (uint32_t)sys->reordering_max ? seen : (uint32_t)sys->reordering_max;
	loss->reord_seen++;
}

uint32_t loss_dupacks_add(struct tcp_loss *loss, uint32_t n, const struct tcpsim_profile *sys)
{
	uint32_t before = loss->sacked;

	if (!n)
		return 0;
	loss->sacked += n;
	check_reordering(loss, 0, sys);
	if (loss->sacked <= before)
		return 0;
	loss->delivered += loss->sacked - before;
	return loss->sacked - before;
}

/* One of the segments acknowledged filled the hole; the duplicates had stood for the rest. */
uint32_t loss_dupacks_remove(
	struct tcp_loss *loss, uint32_t acked, const struct tcpsim_profile *sys)
{
	uint32_t delivered = 0;

	if (acked) {
		delivered = acked > loss->sacked + 1 ? acked - loss->sacked : 1;
		loss->delivered += delivered;
		loss->sacked = acked - 1 >= loss->sacked ? 0 : loss->sacked - (acked - 1);
	}
	check_reordering(loss, acked, sys);
	return delivered;
}

void loss_learn_reordering(
	struct tcp_loss *loss, tcpsim_seq low, tcpsim_seq una, uint32_t mss, uint32_t most)
{
	tcpsim_seq highest = loss_highest_sacked(loss, una);
	uint32_t distance = highest.n - low.n;

	if (tcpsim_seq_ge(low, highest))
		return;
	if (mss && distance > loss->reordering * mss) {
		uint32_t segments = (distance + mss - 1) / mss;

		loss->reordering = segments < most ? segments : most;
	}
	loss->reord_seen++;
}

/* The record above which exactly `threshold` are SACKed; end: there is none. They mostly stand on
 * top. */
static uint32_t boundary(const struct tcp_loss *loss, uint32_t threshold)
{
	uint32_t i = loss_find(loss, tcpsim_seq_sub(loss->sacked_end, 1)), above = 0;

	for (; loss_is_record(loss, i); i--) {
		if (loss_at(loss, i)->flags & RECORD_SACKED && ++above == threshold)
			return i;
	}
	return loss_end(loss);
}

/* RFC 6675 §4 IsLost: lost is what has so many SACKed segments above it. What was judged before is
 * not looked at. */
void loss_mark_by_count(struct tcp_loss *loss, uint32_t threshold)
{
	uint32_t end, i = loss->judged;

	if (loss->sacked < threshold)
		return;
	end = boundary(loss, threshold);
	if (!loss_is_record(loss, i))
		i = loss->first;
	if (!loss_is_record(loss, end) || end - loss->first < i - loss->first)
		return;
	for (; i != end; i++)
		if (!(loss_at(loss, i)->flags & (RECORD_SACKED | RECORD_LOST | RECORD_EVER)))
			loss_mark_lost(loss, i);
	loss->judged = end;
}
