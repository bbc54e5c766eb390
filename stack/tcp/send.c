/*
 * SEND, RFC 9293 §3.10.2: text from the process into the send queue. BSD takes what its buffer has
 * room for. Linux fills skbs of many segments, asks for memory only when a new one is
 * needed, and pushes on the way: that decides how much a write takes, and where PSH stands.
 */
#include <errno.h>
#include <sys/socket.h>
#include <tcp/output.h>
#include <tcp/send.h>
#include <tcp/sender_cwnd.h>
#include <tcp/sender_send.h>
#include <tcp/state.h>
#include <tcp/status.h>

#define SKB_MOST 65215u /* Linux sk_gso_max_size less the room for headers */

static bool may_queue(const struct tcp_tcb *tcb)
{
	if (tcp_state_has(tcb->state, TRAIT_TEXT_OUT))
		return true;
	if (tcb->state == TCPSIM_SYN_RCVD && tcb->ok.fastopen_in)
		return true;
	return tcb->state == TCPSIM_SYN_SENT && tcb_sys(tcb)->implied_connect;
}

static bool is_connecting(const struct tcp_tcb *tcb)
{
	return !tcb->finished && (tcb->state == TCPSIM_SYN_SENT || tcb->state == TCPSIM_SYN_RCVD);
}

/* What of a message is still to be queued. */
struct rest {
	const struct iovec *iov;
	int n_iov;
	size_t skip; /* of iov[0] */
	size_t len;
};

/* Queues the next `len` bytes of it. Returns them, or -ENOMEM. */
static ssize_t queue(struct tcp_tcb *tcb, struct rest *rest, size_t len, unsigned end_flags)
{
	size_t done = 0;

	while (done < len) {
		struct iovec part = {
			rest->iov->iov_base ? (char *)rest->iov->iov_base + rest->skip : NULL,
			rest->iov->iov_len - rest->skip};
		bool last = part.iov_len >= len - done;
		ssize_t took = sendq_append(&tcb->sendq, tcb->snd.end, tcb->snd.nxt, &part, 1,
			len - done, last ? end_flags : 0);

		if (took < 0)
			return done ? (ssize_t)done : took; /* what is queued already counts */
		tcb->snd.end = tcpsim_seq_add(tcb->snd.end, (uint32_t)took);
		done += (size_t)took;
		rest->len -= (size_t)took;
		rest->skip += (size_t)took;
		if (rest->skip == rest->iov->iov_len) {
			rest->iov++;
			rest->skip = 0;
		}
	}
	return (ssize_t)done;
}

static unsigned message_end_flags(int flags)
{
	return flags & MSG_EOR ? SENDQ_BOUNDARY : 0;
}

/* --- BSD: bytes --- */

static ssize_t send_bytes(struct tcp_tcb *tcb, struct rest *rest, int flags)
{
	uint32_t used = tcb->sendq.bytes, buffer = tcb->settings.send_buffer;
	size_t room = used < buffer ? buffer - used : 0;
	bool whole = rest->len <= room;

	if (rest->len && !room)
		return -EAGAIN;
	return queue(tcb, rest, whole ? rest->len : room, whole ? message_end_flags(flags) : 0);
}

/* --- Linux: skbs --- */

/* tcp_send_mss: as many whole segments as half of the largest window ever offered holds. */
static uint32_t skb_goal(struct tcp_tcb *tcb, int flags)
{
	uint32_t mss = tcp_segment_room(tcb), most = SKB_MOST, half = tcb->snd.max_wnd;

	if (!tcb_sys(tcb)->super_segments || flags & MSG_OOB)
		return mss;
	if (half > 536)
		half /= 2;
	if (half && half < most)
		most = half;
	return most < mss ? mss : most - most % mss;
}

uint32_t tcp_send_memory(const struct tcp_tcb *tcb)
{
	return tcb->sendq.bytes + (uint32_t)tcb_sys(tcb)->send_overhead * skbs_n(&tcb->sendq.skbs);
}

/* sk_stream_memory_free: may a new skb be begun? */
static bool memory_free(const struct tcp_tcb *tcb)
{
	uint64_t lowat = tcb->settings.notsent_lowat ? tcb->settings.notsent_lowat
						     : (uint64_t)tcb_sys(tcb)->notsent_lowat;

	return tcp_send_memory(tcb) < tcb->settings.send_buffer &&
	       (!lowat || tcp_unsent(tcb) < lowat);
}

static void mark_push(struct tcp_tcb *tcb, struct tcp_skb *tail)
{
	tail->push = true;
	tcb->snd.pushed = tcb->snd.end;
}

/* forced_push: more than half of the largest window since the last PSH. */
static bool push_is_due(const struct tcp_tcb *tcb)
{
	return tcpsim_seq_gt(tcb->snd.end, tcpsim_seq_add(tcb->snd.pushed, tcb->snd.max_wnd / 2));
}

/* A full skb is handed on before the next is begun, so that sending and copying overlap. */
static void skb_filled(struct tcp_tcb *tcb, struct tcp_skb *tail)
{
	bool due = push_is_due(tcb);

	if (!due && tail != skbs_head(&tcb->sendq.skbs))
		return;
	if (due)
		mark_push(tcb, tail);
	tcb->push_all = true;
	tcb->push_one = !due;
	tcp_output(tcb);
	tcb->push_all = tcb->push_one = false;
}

/* The skb that takes what follows, with *room for it; NULL: there is no memory for one. */
static struct tcp_skb *skb_for(struct tcp_tcb *tcb, uint32_t goal, uint32_t *room)
{
	struct tcp_skb *tail = skbs_tail(&tcb->sendq.skbs);

	*room = goal;
	if (tail && skb_len(tail) < goal && !tail->closed) {
		*room = goal - skb_len(tail);
		return tail;
	}
	if (!memory_free(tcb))
		return NULL;
	tcb->nagle_push = false;
	if (!sender_outstanding(tcb)) /* tcp_skb_entail */
		sender_restart(tcb);
	return skbs_begin(&tcb->sendq.skbs, tcb->sendq.pool, tcb->snd.end);
}

static ssize_t send_skbs(struct tcp_tcb *tcb, struct rest *rest, int flags)
{
	size_t want = rest->len;
	uint32_t goal = skb_goal(tcb, flags), room;
	struct tcp_skb *tail;

	while (rest->len) {
		uint32_t len;

		tail = skb_for(tcb, goal, &room);
		if (!tail)
			break;
		len = room < rest->len ? room : (uint32_t)rest->len;
		if (rest->len == want)
			tail->push = false;
		if (queue(tcb, rest, len, 0) < 0) {
			skbs_drop_empty(&tcb->sendq.skbs);
			break;
		}
		tail->end = tcb->snd.end;
		if (!rest->len && flags & MSG_EOR) {
			tail->closed = true;
			sendq_mark_end(&tcb->sendq, SENDQ_BOUNDARY);
		}
		if (rest->len && skb_len(tail) >= goal && !(flags & MSG_OOB))
			skb_filled(tcb, tail);
	}
	if (want && rest->len == want)
		return -EAGAIN;
	tail = skbs_tail(&tcb->sendq.skbs);
	if (tail && (rest->len || !(flags & MSG_MORE) || push_is_due(tcb)))
		mark_push(tcb, tail);
	tcb->push_all = rest->len;
	return (ssize_t)(want - rest->len);
}

ssize_t tcp_send(struct tcp_tcb *tcb, const struct iovec *iov, int n_iov, int flags)
{
	struct rest rest = {iov, n_iov, 0, iov_total(iov, n_iov)};
	ssize_t took;

	if (is_connecting(tcb) && tcb_sys(tcb)->push_by_write && !may_queue(tcb))
		return -EAGAIN; /* Linux sk_stream_wait_connect: whatever was shut */
	if (tcb->shut & 2 || tcb->state == TCPSIM_CLOSED || tcb->finished)
		return -EPIPE;
	if (!may_queue(tcb))
		return is_connecting(tcb) ? -EAGAIN : -EPIPE;
	sender_text_comes(tcb);
	took = tcb_sys(tcb)->push_by_write ? send_skbs(tcb, &rest, flags)
					   : send_bytes(tcb, &rest, flags);
	if (took == -EAGAIN || rest.len)
		tcb->no_space = true;
	if (took < 0)
		return took;
	if (flags & MSG_OOB && took) {
		tcb->snd.urgent = true;
		tcb->snd.up = tcb->snd.end;
	}
	/* MSG_MORE holds this call's short segment back, not what an ACK sets going later */
	tcb->more = flags & MSG_MORE && !rest.len;
	tcp_output(tcb);
	tcb->more = tcb->push_all = false;
	return took;
}

/* --- room again --- */

/* Linux tcp_sndbuf_expand: memory for twice the segments of a window (or what congestion control
 * asks for). */
void tcp_send_buffer_expand(struct tcp_tcb *tcb)
{
	const struct tcpsim_profile *sys = tcb_sys(tcb);
	uint32_t mss = tcb->snd.peer_mss > tcb->snd.mss ? tcb->snd.peer_mss : tcb->snd.mss;
	uint64_t segment = 1024, windows = 2, want, n;

	if (tcb->settings.send_buffer_locked || !sys->send_overhead)
		return;
	while (segment < mss + 512u) /* MAX_TCP_HEADER and skb_shared_info, to a power of two */
		segment *= 2;
	if (tcb->cc.ops && tcb->cc.ops->buffered_windows)
		windows = tcb->cc.ops->buffered_windows;
	n = tcb->cc.cwnd > 10 ? tcb->cc.cwnd : 10;
	if (n < tcb->loss.reordering + 1)
		n = tcb->loss.reordering + 1;
	want = windows * (segment + 256) * n;
	if (want > (uint64_t)sys->sndbuf_max)
		want = (uint64_t)sys->sndbuf_max;
	if (want > tcb->settings.send_buffer)
		tcb->settings.send_buffer = (uint32_t)want;
}

void tcp_space_wanted(struct tcp_tcb *tcb)
{
	if (!tcb->no_space || !tcb->socket || tcb->settings.send_buffer_locked || !sender_room(tcb))
		return;
	tcp_send_buffer_expand(tcb);
	sender_cwnd_used(tcb); /* it is not used up but for want of memory */
}

void tcp_space_comes(struct tcp_tcb *tcb)
{
	if (!tcb->socket)
		return;
	tcp_space_wanted(tcb);
	if (!(tcp_poll(tcb) & POLLOUT))
		return;
	tcb->no_space = false;
	sender_not_limited_by(tcb, SENDER_BUFFER_LIMITED);
	socket_wake(tcb->socket, POLLOUT | POLLWRNORM);
}

void tcp_want_space(struct tcp_tcb *tcb)
{
	tcb->no_space = true;
}
