/*
 * Super-segments: how many segments Linux hands its device as one, and when it rather waits
 * for more. It shows on the wire as bursts whose last segment carries PSH.
 */
#include <tcp/sender.h>
#include <tcp/sender_burst.h>
#include <tcp/sender_internal.h>
#include <tcp/sender_send.h>

#define SUPER_BYTES    65215 /* the largest one, less room for headers */
#define SUPER_SEGMENTS 65535
#define PACING_SHIFT   10 /* one is what the pacing rate carries in about a millisecond */
#define DEFER_SEGMENTS 3  /* where no part of the window is set as the measure */

static uint32_t super_segments(const struct tcp_tcb *tcb, uint32_t mss)
{
	const struct tcpsim_profile *sys = tcb_sys(tcb);
	uint64_t bytes = tcb->cc.pacing_rate >> PACING_SHIFT;
	uint32_t least = tcb->cc.ops->least_burst ? tcb->cc.ops->least_burst(&tcb->cc)
						  : (uint32_t)sys->tso_min_segs;
	uint32_t halvings = sys->tso_rtt_log ? sender_min_rtt_us(tcb) >> sys->tso_rtt_log : 32;

	if (halvings < 32) /* near peers get larger ones */
		bytes += (uint32_t)SUPER_BYTES >> halvings;
	if (bytes > SUPER_BYTES)
		bytes = SUPER_BYTES;
	return u32_min(u32_max((uint32_t)bytes / mss, least), SUPER_SEGMENTS);
}

uint32_t sender_burst(const struct tcp_tcb *tcb, uint32_t mss)
{
	const struct cc *cc = &tcb->cc;
	uint32_t used = sender_in_flight(tcb), quota;

	if (!tcb_sys(tcb)->super_segments || cc->bytes)
		return 1;
	if (used >= cc->cwnd)
		return 0;
	/* Not more than half the window in one, so that its ACKs keep clocking. */
	quota = u32_min(u32_max(cc->cwnd >> 1, 1), cc->cwnd - used);
	return u32_min(quota, super_segments(tcb, mss));
}

uint32_t sender_burst_again(const struct tcp_tcb *tcb, uint32_t mss)
{
	uint32_t used = sender_in_flight(tcb);

	if (!tcb_sys(tcb)->super_segments || tcb->cc.bytes || used >= tcb->cc.cwnd)
		return 1;
	return u32_min(tcb->cc.cwnd - used, super_segments(tcb, mss));
}

/* A window's worth that is not worth sending yet. */
static bool is_enough(const struct tcp_tcb *tcb, uint32_t limit)
{
	int64_t divisor = tcb_sys(tcb)->tso_win_divisor;
	uint64_t window = (uint64_t)tcb->cc.cwnd * tcb->snd.mss;

	if (!divisor)
		return limit > DEFER_SEGMENTS * tcb->snd.mss;
	return limit >= (window < tcb->snd.wnd ? window : tcb->snd.wnd) / (uint64_t)divisor;
}

enum sender_wait sender_defers(
	const struct tcp_tcb *tcb, const struct sender_piece *piece, uint32_t window)
{
	const struct tcp_loss *loss = &tcb->loss;
	uint32_t mss = tcb->snd.mss, room = sender_room(tcb), limit = u32_min(room, window);
	uint32_t unsent = piece->len;
	int64_t head_age, round_trip;

	if (!tcb_sys(tcb)->super_segments || tcb->cc.bytes || unsent <= mss ||
		loss->state >= LOSS_RECOVERY)
		return SENDER_GO;
	/* A pause since the last transmission: no train to join. */
	if (tcb_now(tcb) - tcb->last_sent_ns >= NSEC_PER_MSEC || !loss->packets)
		return SENDER_GO;
	if (limit >= super_segments(tcb, mss) * mss || (!piece->last && limit >= unsent) ||
		is_enough(tcb, limit))
		return SENDER_GO;
	/* The next ACK is a millisecond away, or half a round trip, or more: too late
	 * to wait for. */
	head_age = tcb_now(tcb) - loss_at(loss, loss->first)->sent_ns;
	round_trip = (int64_t)tcb->rtt.us.srtt8 * NSEC_PER_USEC / 8;
	if (round_trip - head_age >
		(round_trip / 2 < NSEC_PER_MSEC ? round_trip / 2 : NSEC_PER_MSEC))
		return SENDER_GO;
	if (room < window && room <= unsent)
		return SENDER_WAIT_CWND;
	if (room >= window && window <= unsent)
		return SENDER_WAIT_WINDOW;
	return piece->ended ? SENDER_GO : SENDER_WAIT;
}
