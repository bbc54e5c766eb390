/*
 * SEND, RFC 9293 §3.10.2: text from the process into the send queue. BSD takes what its buffer has
 * room for. Linux fills pieces (its skbs) of many segments, asks for memory only when a new one is
 * needed, and pushes on the way: that decides how much a write takes, and where PSH stands.
 */
#include <errno.h>
#include <tcp/calls.h>
#include <tcp/machine.h>
#include <tcp/output.h>

#define PIECE_MOST 65215u /* Linux sk_gso_max_size less the room for headers */

static bool may_queue(const struct tcp_tcb *tcb)
{
	if (tcp_state_has(tcb->state, TRAIT_TEXT_OUT))
		return true;
	if (tcb->state == TCP_SYN_RECEIVED && tcb->ok.fastopen_in)
		return true;
	return tcb->state == TCP_SYN_SENT && tcb_sys(tcb)->implied_connect;
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
			return took;
		tcb->snd.end = seq_add(tcb->snd.end, (uint32_t)took);
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
	return (flags & MSG_MORE ? 0 : SENDQ_PUSH) | (flags & MSG_EOR ? SENDQ_BOUNDARY : 0);
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

/* --- Linux: pieces --- */

/* tcp_send_mss: as many whole segments as half of the largest window ever offered holds. */
static uint32_t piece_goal(const struct tcp_tcb *tcb)
{
	uint32_t mss = tcb->snd.mss, most = PIECE_MOST, half = tcb->snd.max_wnd / 2;

	if (!tcb_sys(tcb)->super_segments)
		return mss;
	if (tcb->snd.max_wnd > 536 && half < most)
		most = half;
	return most < mss ? mss : most - most % mss;
}

/* Unsent text of the last piece, to which more may be added. */
static uint32_t open_piece(const struct tcp_tcb *tcb)
{
	return tcb->snd.end.n - seq_max(tcb->snd.piece, tcb->snd.nxt).n;
}

uint32_t tcp_send_memory(const struct tcp_tcb *tcb)
{
	uint32_t per_piece = (uint32_t)tcb_sys(tcb)->send_overhead, goal, unsent, sent;

	if (!per_piece)
		return tcb->sendq.bytes;
	goal = piece_goal(tcb);
	unsent = tcp_unsent(tcb);
	sent = tcb->sendq.bytes > unsent ? tcb->sendq.bytes - unsent : 0;
	return tcb->sendq.bytes +
	       per_piece * ((sent + goal - 1) / goal + (unsent + goal - 1) / goal);
}

/* sk_stream_memory_free: may a new piece be begun? */
static bool memory_free(const struct tcp_tcb *tcb)
{
	uint64_t lowat = tcb->settings.notsent_lowat ? tcb->settings.notsent_lowat
						     : (uint64_t)tcb_sys(tcb)->notsent_lowat;

	return tcp_send_memory(tcb) < tcb->settings.send_buffer &&
	       (!lowat || tcp_unsent(tcb) < lowat);
}

/* Asks for PSH at the end of the queue. */
static void mark_push(struct tcp_tcb *tcb)
{
	sendq_mark_end(&tcb->sendq, SENDQ_PUSH);
	tcb->snd.pushed = tcb->snd.end;
}

static bool push_is_due(const struct tcp_tcb *tcb)
{
	return seq_gt(tcb->snd.end, seq_add(tcb->snd.pushed, tcb->snd.max_wnd / 2));
}

/* A full piece is handed on before the next is begun, so that sending and copying overlap. What did
 * not leave of it takes more text, and keeps its PSH. */
static void piece_filled(struct tcp_tcb *tcb, uint32_t goal)
{
	bool head = seq_ge(tcb->snd.nxt, tcb->snd.piece);

	if (push_is_due(tcb)) {
		mark_push(tcb);
		tcp_output(tcb);
	} else if (head) {
		tcp_output(tcb);
	}
	if (open_piece(tcb) >= goal)
		sendq_mark_end(&tcb->sendq, SENDQ_BOUNDARY);
}

static ssize_t send_pieces(struct tcp_tcb *tcb, struct rest *rest, int flags)
{
	size_t want = rest->len, begun = 0;
	unsigned kept = 0; /* PSH of the open piece, once this write has set it */

	while (rest->len) {
		uint32_t goal = piece_goal(tcb), open = open_piece(tcb), len;

		if (!open || open >= goal || sendq_closed_at_end(&tcb->sendq)) {
			if (!memory_free(tcb))
				break;
			tcb->snd.piece = tcb->snd.end;
			tcb->nagle_push = false;
			open = 0;
			kept = 0;
		}
		len = goal - open < rest->len ? goal - open : (uint32_t)rest->len;
		if (queue(tcb, rest, len, kept) < 0)
			break;
		begun = want - rest->len;
		if (open + len >= goal && rest->len) {
			kept |= push_is_due(tcb) ? SENDQ_PUSH : 0;
			piece_filled(tcb, goal);
		}
	}
	if (want && !begun)
		return -EAGAIN;
	if (rest->len || !(flags & MSG_MORE) || push_is_due(tcb))
		mark_push(tcb);
	if (!rest->len && flags & MSG_EOR)
		sendq_mark_end(&tcb->sendq, SENDQ_BOUNDARY);
	return (ssize_t)begun;
}

ssize_t tcp_send(struct tcp_tcb *tcb, const struct iovec *iov, int n_iov, int flags)
{
	struct rest rest = {iov, n_iov, 0, iov_total(iov, n_iov)};
	ssize_t took;

	if (tcb->shut & 2 || tcb->state == TCP_CLOSED || tcb->finished)
		return -EPIPE;
	if (!may_queue(tcb))
		return tcb->state == TCP_SYN_SENT || tcb->state == TCP_SYN_RECEIVED ? -EAGAIN
										    : -EPIPE;
	sender_text_comes(tcb);
	took = tcb_sys(tcb)->push_by_write ? send_pieces(tcb, &rest, flags)
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
	tcb->more = false;
	return took;
}

/* --- room again --- */

/* Linux tcp_sndbuf_expand: memory for twice the segments of a window (or what congestion control
 * asks for). */
void tcp_send_buffer_expand(struct tcp_tcb *tcb)
{
	const struct tcp_profile *sys = tcb_sys(tcb);
	uint32_t mss = tcb->snd.peer_mss > tcb->snd.mss ? tcb->snd.peer_mss : tcb->snd.mss;
	uint64_t segment = 1024, windows = 2, want, n;

	if (tcb->settings.send_buffer_locked || !sys->send_overhead)
		return;
	while (segment < mss + 576u) /* headers and an skb's own bytes, to a power of two */
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

void tcp_check_space(struct tcp_tcb *tcb)
{
	if (!tcb->no_space || !tcb->socket)
		return;
	if (sender_room(tcb)) /* cwnd is not used up */
		tcp_send_buffer_expand(tcb);
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
