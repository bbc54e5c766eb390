/*
 * New text as Linux sends it: skb by skb (skbs.h), each cut to what may go at once and handed
 * to the device whole. tcp_write_xmit and what it asks, RFC 896, draft-minshall-nagle, RFC 8985
 * §7.3.
 */
#include <tcp/output.h>
#include <tcp/output_internal.h>
#include <tcp/output_skbs.h>
#include <tcp/plain.h>
#include <tcp/send.h>
#include <tcp/sender_burst.h>
#include <tcp/sender_cwnd.h>
#include <tcp/sender_send.h>
#include <tcp/state.h>

/* What leaves next: the head of the skbs, or the FIN alone. */
struct head {
	uint32_t len;
	bool fin, push, last, closed;
};

static bool find_head(const struct tcp_tcb *tcb, struct head *head)
{
	const struct tcp_skb *skb = skbs_head(&tcb->sendq.skbs);
	bool fin = tcb->fin_queued && !tcb->fin_sent;

	*head = (struct head){.last = true, .fin = fin};
	if (!skb)
		return fin;
	head->len = skb_len(skb);
	head->last = skb == skbs_tail(&tcb->sendq.skbs);
	head->fin = fin && head->last;
	head->push = skb->push;
	head->closed = skb->closed;
	return head->len;
}

static bool is_corked(const struct tcp_tcb *tcb)
{
	return tcb->settings.cork || tcb->more;
}

/* tcp_nagle_check, of a segment that is not full. */
static bool nagle_holds(const struct tcp_tcb *tcb)
{
	if (tcb->nagle_push || tcb->push_all || tcb->fin_uncorks)
		return false;
	if (is_corked(tcb))
		return true;
	return !tcb->settings.nodelay && tcpsim_seq_lt(tcb->snd.una, tcb->snd.nxt) &&
	       tcpsim_seq_gt(tcb->snd.small_end, tcb->snd.una) &&
	       tcpsim_seq_le(tcb->snd.small_end, tcb->snd.nxt);
}

/* tcp_snd_wnd_test: its first segment, with a FIN that is in it. */
static bool fits_window(const struct tcp_tcb *tcb, const struct head *head, uint32_t mss)
{
	uint32_t first = head->len > mss ? mss : head->len + head->fin;

	return first <= output_usable_window(tcb);
}

bool output_skbs_fit(const struct tcp_tcb *tcb, uint32_t mss)
{
	struct head head;

	return find_head(tcb, &head) && fits_window(tcb, &head, mss);
}

bool output_head_fits(const struct tcp_tcb *tcb)
{
	struct head head;

	return find_head(tcb, &head) && head.len + head.fin <= output_usable_window(tcb);
}

/* tcp_mss_split_point: what of the head goes at once; a short rest by Nagle's rule. */
static uint32_t split_point(
	const struct tcp_tcb *tcb, const struct head *head, uint32_t mss, uint32_t quota)
{
	uint32_t window = output_usable_window(tcb), most = mss * quota, needed, partial;

	if (most <= window && !head->last)
		return most;
	needed = head->len < window ? head->len : window;
	if (most <= needed)
		return most;
	partial = needed % mss;
	return partial && nagle_holds(tcb) ? needed - partial : needed;
}

/* The head, cut to `len`: as many segments as it takes. */
static bool send_head(struct tcp_tcb *tcb, const struct head *head, uint32_t len, uint32_t mss)
{
	bool whole = len == head->len;
	uint32_t n = len ? (len + mss - 1) / mss : 1, left = len;
	tcpsim_seq end = tcpsim_seq_add(tcb->snd.nxt, len);
	struct tcp_train train;

	train.many = n > 1;
	train.stands = false;
	tcb->super_open = n > 1;
	for (uint32_t i = 0; i < n; i++) {
		uint32_t part = left < mss ? left : mss;
		bool last = i + 1 == n;
		unsigned flags = (i ? SUPER_GOES_ON : 0u) |
				 (last && (n > 1 || (whole && head->push)) ? SUPER_ENDS : 0u) |
				 (last && whole && head->fin ? SUPER_FIN : 0u);

		if (last)
			tcb->super_open = false;
		if (!output_send_text(tcb, &train, part, mss, flags)) {
			tcb->super_open = false;
			/* What left before memory was short is no longer the head's. */
			skbs_left(&tcb->sendq.skbs, tcb->sendq.pool, tcb->snd.nxt);
			return false;
		}
		left -= part;
	}
	skbs_left(&tcb->sendq.skbs, tcb->sendq.pool, end);
	if (len < n * mss)
		tcb->snd.small_end = tcb->snd.nxt;
	return true;
}

/* May the head go? *len: how much of it. */
static bool may_go(struct tcp_tcb *tcb, const struct head *head, uint32_t mss, uint32_t quota,
	bool probe, uint32_t *len)
{
	bool urgent = tcb->snd.urgent;

	*len = head->len;
	if (!fits_window(tcb, head, mss))
		return false;
	if (head->len <= mss)
		return head->len == mss || head->fin || urgent || probe || !head->last ||
		       !nagle_holds(tcb);
	if (!probe && !tcb->push_one) {
		struct sender_piece piece = {head->len, head->last, head->fin || head->closed};
		enum sender_wait wait = sender_defers(tcb, &piece, output_usable_window(tcb));

		if (wait == SENDER_WAIT_CWND)
			sender_note_limited(tcb, true);
		if (wait != SENDER_GO)
			return false;
	}
	*len = urgent ? mss : split_point(tcb, head, mss, quota);
	if (*len > head->len)
		*len = head->len;
	return true;
}

/* Segments that cwnd permits to go at once. */
static uint32_t burst(const struct tcp_tcb *tcb, const struct head *head, uint32_t mss)
{
	uint32_t least = head->len < mss ? head->len : mss, n;

	if (sender_room(tcb) < (least ? least : 1))
		return 0;
	n = sender_burst(tcb, mss);
	return n ? n : 1;
}

bool output_skbs(struct tcp_tcb *tcb, uint32_t mss, bool probe)
{
	bool sent = false, limited = false;
	struct head head;

	while (find_head(tcb, &head)) {
		uint32_t quota, len;

		if (output_pacing_holds(tcb))
			break;
		quota = burst(tcb, &head, mss);
		if (!quota && !probe) {
			limited = true;
			break;
		}
		if (!quota)
			quota = 1;
		if (head.len && head.len < quota * mss) {
			skbs_grow_head(&tcb->sendq.skbs, quota * mss - head.len);
			find_head(tcb, &head);
		}
		if (!may_go(tcb, &head, mss, quota, probe, &len) ||
			!send_head(tcb, &head, len, mss))
			break;
		sent = true;
		tcp_space_wanted(tcb);
		if (probe || tcb->push_one)
			break;
	}
	if (limited)
		sender_note_limited(tcb, true);
	return sent;
}
