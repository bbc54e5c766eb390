/* Decides what leaves and builds it. See output.h. */
#include <tcp/emit.h>
#include <tcp/output.h>

#include <loss/record.h>
#include <string.h>
#include <tcp/accecn.h>
#include <tcp/delack.h>
#include <tcp/ecn.h>
#include <tcp/fastopen.h>
#include <tcp/fastopen_client.h>
#include <tcp/limit.h>
#include <tcp/md5.h>
#include <tcp/options_out.h>
#include <tcp/output_again.h>
#include <tcp/output_internal.h>
#include <tcp/output_skbs.h>
#include <tcp/persist.h>
#include <tcp/plain.h>
#include <tcp/sender_cwnd.h>
#include <tcp/sender_send.h>
#include <tcp/state.h>
#include <tcp/timers.h>
#include <tcp/window.h>

static uint32_t min_u32(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

bool tcp_may_send_text(const struct tcp_tcb *tcb)
{
	if (tcp_state_has(tcb->state, TRAIT_FLUSH))
		return true;
	/* RFC 7413 §4.2.2: the server may answer before the handshake's third segment. */
	return tcb->state == TCPSIM_SYN_RCVD && tcb->ok.fastopen_in;
}

/* --- building --- */

/* Member by member: the options' are many, and mean nothing until `present` says so. */
static inline void begin_segment(
	const struct tcp_tcb *tcb, uint16_t flags, tcpsim_seq seq, struct tcpsim_segment *out)
{
	out->src = tcb->conn.local;
	out->dst = tcb->conn.remote;
	out->src_port = tcb->conn.local_port;
	out->dst_port = tcb->conn.remote_port;
	out->udp_src_port = 0;
	out->udp_dst_port = tcb->conn.udp_port;
	out->seq = seq;
	out->ack = flags & TCPSIM_ACK ? tcb->rcv.nxt : tcpsim_seq_of(0);
	out->flags = flags;
	out->window = out->urgent = 0;
	out->tos = tcb->settings.tos & ~3u;
	out->ttl = tcb->settings.ttl;
	out->pmtu_mode = tcb->settings.pmtu_v4;
	out->len = 0;
	out->payload = NULL;
	out->options.present = 0;
	out->options.n_sack = out->options.raw_len = 0;
	out->options.raw = NULL;
}

/* The options of a segment after the handshake, in out[40]; *offer says what was wanted. */
static size_t segment_options(struct tcp_tcb *tcb, uint8_t *out, struct tcp_segment_offer *offer)
{
	struct tcpsim_sack_block blocks[TCPSIM_MAX_SACK_BLOCKS];
	size_t len;

	*offer = (struct tcp_segment_offer){
		.timestamps = tcb->ok.timestamps && !tcb->settings.no_options,
		.md5 = tcb->settings.no_options ? NULL : md5_room(&tcb->conn)};
	if (offer->timestamps) {
		offer->ts_val = tcp_ts_clock(tcb->host, tcb->ts.offset);
		offer->ts_ecr = tcb->ts.recent;
	}
	if (tcb->ok.sack && tcb->recvq.disorder) {
		offer->sack = blocks;
		offer->n_sack =
			(uint8_t)recvq_sack_blocks(&tcb->recvq, blocks, TCPSIM_MAX_SACK_BLOCKS);
	}
	if (tcb->ok.accecn)
		accecn_offer(tcb, offer);
	len = tcp_options_segment(tcb_sys(tcb)->option_order, offer, out);
	offer->sack = NULL;
	return len;
}

/* Options of the next data segment, in bytes beyond those that snd.mss already counts. */
static uint32_t extra_option_bytes(struct tcp_tcb *tcb)
{
	uint8_t scratch[TCPSIM_MAX_OPTIONS_LEN];
	struct tcp_segment_offer offer;

	if (!tcb->recvq.disorder && !tcb->ok.accecn)
		return 0;
	return (uint32_t)segment_options(tcb, scratch, &offer) - (tcb->ok.timestamps ? 12 : 0) -
	       tcb_signature_len(tcb);
}

uint32_t tcp_segment_room(struct tcp_tcb *tcb)
{
	return tcb->snd.mss - min_u32(extra_option_bytes(tcb), tcb->snd.mss - 8u);
}

void output_note_ack(struct tcp_tcb *tcb, bool has_sack)
{
	tcb->rcv.acked = tcb->rcv.nxt;
	tcb->last_ack_sent_ns = tcb_now(tcb);
	delack_ack_sent(tcb);
	if (has_sack && !tcb->super_open)
		recvq_sack_sent(&tcb->recvq);
}

/* Text for the segment: borrowed if it lies in one chunk, else copied together. False: there is no
 * memory to copy it to. */
static bool attach_text(struct tcp_tcb *tcb, struct tcpsim_segment *out, tcpsim_seq seq,
	uint32_t len, struct tcpsim_chunk **chunk)
{
	struct sendq_slice slice = sendq_slice(&tcb->sendq, seq, len);

	if (slice.len == len) {
		out->payload = slice.data;
		*chunk = slice.chunk ? tcpsim_chunk_ref(slice.chunk) : NULL;
	} else {
		*chunk = tcpsim_chunk_new(tcb->host->pool, len);
		if (!*chunk)
			return false;
		sendq_copy(&tcb->sendq, seq, len, (*chunk)->data);
		(*chunk)->used = len;
		out->payload = (*chunk)->data;
	}
	out->len = len;
	return true;
}

bool output_is_push(const struct tcp_tcb *tcb, tcpsim_seq seq, uint32_t len)
{
	tcpsim_seq end = tcpsim_seq_add(seq, len);

	if (tcb_sys(tcb)->push_by_write) /* new text: who sends it knows its piece */
		return len && tcpsim_seq_lt(seq, tcb->snd.nxt) &&
		       skbs_pushed_within(&tcb->sendq.skbs, seq, end);
	/* RFC 9293 §3.9.1.2: PSH when the segment empties the buffer. */
	return len && tcpsim_seq_eq(end, tcb->snd.end) && !tcb->settings.no_push;
}

/* Linux before 7.3: what offload cuts out of a super-segment that goes again keeps its pointer. */
static void mark_urgent(const struct tcp_tcb *tcb, struct tcpsim_segment *out, bool again)
{
	bool of_super = again && tcb->sender.super_many;
	int32_t ahead = tcpsim_seq_diff(tcb->snd.up, of_super ? tcb->sender.super_seq : out->seq);

	if (!tcb->snd.urgent || ahead <= 0)
		return;
	out->flags |= TCPSIM_URG;
	out->urgent = (uint16_t)(ahead > 0xffff ? 0xffff : ahead);
}

void output_note_text(struct tcp_tcb *tcb, uint32_t len)
{
	tcb->count.segs_out++;
	if (len) {
		sender_text_leaves(tcb);
		tcb->count.data_segs_out++;
		tcb->count.bytes_sent += len;
		tcb->last_sent_ns = tcb_now(tcb);
		delack_text_sent(tcb);
	}
}

static void transmit_any(
	struct tcp_tcb *tcb, uint16_t flags, tcpsim_seq seq, uint32_t len, enum tcpsim_rule rule)
{
	struct tcpsim_segment out;
	uint8_t options[TCPSIM_MAX_OPTIONS_LEN];
	struct tcpsim_chunk *chunk = NULL;
	struct tcp_segment_offer offer;
	bool retransmission = tcpsim_seq_lt(seq, tcb->snd.nxt) && (len || flags & TCPSIM_FIN), lost;

	begin_segment(tcb, flags, seq, &out);
	/* Without its text a segment must not leave: its FIN would stand where the text belongs. A
	 * full device drops what it is given (output_device_refuses). */
	lost = len && (!attach_text(tcb, &out, seq, len, &chunk) || tcb->host->device_full);
	out.options.raw = options;
	out.options.raw_len = (uint8_t)segment_options(tcb, options, &offer);
	if (output_is_push(tcb, seq, out.len))
		out.flags |= TCPSIM_PSH;
	mark_urgent(tcb, &out, retransmission);
	out.window = tcp_window_advertise(tcb, false);
	ecn_mark_outgoing(tcb, &out, len && !retransmission);
	if (tcb->ok.accecn)
		accecn_offer_left(tcb, &offer);
	output_note_text(tcb, len);
	output_note_ack(tcb, offer.n_sack);
	if (!lost && md5_sign(tcb->host, &tcb->conn, &out, options))
		tcp_emit(tcb->host, &out, chunk, tcb->conn.interface, tcb->conn.id, tcb->state,
			rule);
	if (chunk)
		tcpsim_chunk_unref(chunk);
}

static void transmit(struct tcp_tcb *tcb, struct tcp_train *train, uint16_t flags, tcpsim_seq seq,
	uint32_t len, enum tcpsim_rule rule)
{
	if (!tcp_goes_plain(tcb) || !tcp_transmit_plain(tcb, train, flags, seq, len, rule))
		transmit_any(tcb, flags, seq, len, rule);
}

void tcp_transmit(
	struct tcp_tcb *tcb, uint16_t flags, tcpsim_seq seq, uint32_t len, enum tcpsim_rule rule)
{
	struct tcp_train alone;

	alone.many = alone.stands = false;
	transmit(tcb, &alone, flags | TCPSIM_ACK, seq, len, rule);
}

void tcp_send_ack(struct tcp_tcb *tcb, enum tcpsim_rule rule)
{
	bool repeat_fin = tcb_sys(tcb)->ack_repeats_fin && tcb->fin_sent &&
			  tcpsim_seq_lt(tcb->snd.una, tcb->snd.nxt) &&
			  rule != TCPSIM_RULE_ACK_CHALLENGE &&
			  tcpsim_seq_gt(tcb->snd.nxt, tcb->snd.end);

	if (tcb->state == TCPSIM_CLOSED)
		return;
	/* 4.4BSD tcp_output: what leaves without text bears the FIN until that is acknowledged. */
	if (repeat_fin && !persist_waits(tcb))
		tcp_transmit(tcb, TCPSIM_ACK | TCPSIM_FIN, tcb->snd.end, 0, rule);
	else
		tcp_transmit(tcb, TCPSIM_ACK, persist_ack_seq(tcb), 0, rule);
}

static void fill_syn_offer(struct tcp_tcb *tcb, bool answer, struct tcp_syn_offer *offer)
{
	const struct tcpsim_profile *sys = tcb_sys(tcb);
	bool bare = tcb->settings.no_options || (sys->syn_drop_options && tcb->syn_retransmits > 2);

	offer->mss = tcb->settings.no_options ? 0 : tcb->rcv.adv_mss;
	offer->md5 = tcb->settings.no_options ? NULL : md5_room(&tcb->conn);
	if (bare)
		return;
	if (tcb->simultaneous && sys->crossing_repeats_options)
		answer = false;
	offer->sack = answer ? tcb->ok.sack : sys->sack;
	offer->window_scaling = answer ? tcb->ok.window_scaling : sys->window_scaling;
	offer->scale = tcb->rcv.scale;
	offer->timestamps = answer ? tcb->ok.timestamps : tcb_offers_timestamps(tcb);
	offer->ts_val = tcp_ts_clock(tcb->host, tcb->ts.offset);
	offer->ts_ecr = tcb->ts.recent; /* of a SYN: what it took over from TIME-WAIT */
	fastopen_offer(tcb, offer);
	if (answer && tcb->ok.accecn && sys->ecn_option && tcb->syn_retransmits < 2)
		accecn_syn_offer(offer);
}

/* Text on a Fast Open SYN, the first time it leaves. */
static uint32_t syn_text(struct tcp_tcb *tcb, size_t options_len)
{
	struct tcp_fastopen *fo = tcb->fastopen;

	if (!fo || !fo->text_on_syn || tcb->syn_retransmits || tcb->state != TCPSIM_SYN_SENT)
		return 0;
	fo->syn_len = min_u32(tcb->sendq.bytes, fastopen_client_room(tcb, options_len));
	if (!loss_reserve(&tcb->loss, 1))
		fo->syn_len = 0;
	return fo->syn_len;
}

void tcp_send_syn(struct tcp_tcb *tcb, enum tcpsim_rule rule)
{
	bool answer = tcb->state != TCPSIM_SYN_SENT;
	struct tcpsim_segment out;
	struct tcp_syn_offer offer = {0};
	uint8_t options[TCPSIM_MAX_OPTIONS_LEN];
	struct tcpsim_chunk *chunk = NULL;
	uint32_t text;

	if (tcb->syn_retransmits || answer)
		tcb_follow_path(tcb);
	begin_segment(tcb, TCPSIM_SYN | (answer ? TCPSIM_ACK : 0), tcb->snd.iss, &out);
	fill_syn_offer(tcb, answer, &offer);
	out.options.raw = options;
	out.options.raw_len = (uint8_t)tcp_options_syn(tcb_sys(tcb)->option_order, &offer, options);
	out.flags |= ecn_syn_flags(tcb);
	out.window = tcp_window_advertise(tcb, true);
	text = syn_text(tcb, out.options.raw_len);
	if (text)
		attach_text(tcb, &out, tcpsim_seq_add(tcb->snd.iss, 1), text, &chunk);
	if (tcpsim_seq_eq(tcb->snd.nxt, tcb->snd.iss))
		tcb->snd.nxt = tcpsim_seq_add(tcb->snd.iss, 1);
	if (!answer || tcb->simultaneous) /* else it is an entry's (Fast Open), not yet ours */
		output_note_text(tcb, text);
	if (answer)
		output_note_ack(tcb, false);
	if (md5_sign(tcb->host, &tcb->conn, &out, options))
		tcp_emit(tcb->host, &out, chunk, tcb->conn.interface, tcb->conn.id, tcb->state,
			rule);
	if (chunk)
		tcpsim_chunk_unref(chunk);
	if (text) {
		tcb->snd.nxt = tcpsim_seq_add(tcb->snd.nxt, text);
		skbs_left(&tcb->sendq.skbs, tcb->sendq.pool, tcb->snd.nxt);
		sender_sent(tcb, tcpsim_seq_add(tcb->snd.iss, 1), text, SENT_SYN);
	}
}

void tcp_send_reset(struct tcp_tcb *tcb, enum tcpsim_rule rule)
{
	struct tcpsim_segment out;
	uint8_t options[TCPSIM_MAX_OPTIONS_LEN];
	struct tcp_segment_offer offer;

	begin_segment(tcb, TCPSIM_RST | TCPSIM_ACK, persist_rst_seq(tcb), &out);
	out.options.raw = options;
	if (tcb_sys(tcb)->reset_has_options ||
		(tcb->ok.timestamps && tcb_sys(tcb)->reset_timestamps)) {
		out.options.raw_len = (uint8_t)segment_options(tcb, options, &offer);
	} else {
		offer = (struct tcp_segment_offer){.md5 = md5_room(&tcb->conn)};
		out.options.raw_len =
			(uint8_t)tcp_options_segment(tcb_sys(tcb)->option_order, &offer, options);
	}
	if (tcb_sys(tcb)->reset_has_options) {
		mark_urgent(tcb, &out, false);
		ecn_mark_outgoing(tcb, &out, false);
	}
	out.window = tcb_sys(tcb)->reset_window ? tcp_window_advertise(tcb, false) : 0;
	if (md5_sign(tcb->host, &tcb->conn, &out, options))
		tcp_emit(
			tcb->host, &out, NULL, tcb->conn.interface, tcb->conn.id, tcb->state, rule);
}

/* --- deciding --- */

/* Bytes of the peer's window that are not used. */
uint32_t output_usable_window(const struct tcp_tcb *tcb)
{
	int32_t usable = tcpsim_seq_diff(tcpsim_seq_add(tcb->snd.una, tcb->snd.wnd), tcb->snd.nxt);

	return usable > 0 ? (uint32_t)usable : 0;
}

static bool nothing_outstanding(const struct tcp_tcb *tcb)
{
	return tcpsim_seq_eq(tcb->snd.una, tcb->snd.nxt);
}

/* RFC 896 and RFC 1122 §4.2.3.4: may this short segment go while others are unacknowledged? */
static bool nagle_holds(const struct tcp_tcb *tcb, uint32_t len, uint32_t mss, bool last)
{
	const struct tcp_settings *s = &tcb->settings;

	if (len >= mss)
		return false;
	if ((last && tcb->fin_queued) || tcb->nagle_push)
		return false;
	if (s->cork || tcb->more)
		return true;
	if (s->nodelay || (tcb->snd.urgent && tcpsim_seq_gt(tcb->snd.up, tcb->snd.nxt)) ||
		nothing_outstanding(tcb) || tcb->began_idle)
		return false;
	if (tcb_sys(tcb)->minshall_nagle)
		return tcpsim_seq_gt(tcb->snd.small_end, tcb->snd.una) &&
		       tcpsim_seq_le(tcb->snd.small_end, tcb->snd.nxt);
	/* half of the largest window ever seen counts as enough (RFC 1122 §4.2.3.4) */
	return !(tcb->snd.max_wnd && len >= tcb->snd.max_wnd / 2);
}

/* The sender's side of silly window avoidance when the window cuts a segment short. */
static bool window_holds(const struct tcp_tcb *tcb, uint32_t len, uint32_t wanted)
{
	if (len == wanted)
		return false;
	if (tcb_sys(tcb)->whole_segments)
		return true;
	return !(tcb->snd.max_wnd && len >= tcb->snd.max_wnd / 2);
}

/* How much text the next segment carries; 0: none may go now. */
static uint32_t next_text(struct tcp_tcb *tcb, uint32_t mss)
{
	uint32_t unsent = tcb->snd.end.n - tcb->snd.nxt.n;
	uint32_t wanted = min_u32(unsent, mss), room, len;

	if (!wanted || tcb->fin_sent)
		return 0;
	wanted = sendq_until_boundary(&tcb->sendq, tcb->snd.nxt, wanted);
	len = min_u32(wanted, output_usable_window(tcb));
	if (!len || window_holds(tcb, len, wanted))
		return 0;
	room = sender_room(tcb);
	if (room < len) {
		sender_note_limited(tcb, true);
		return 0;
	}
	if (nagle_holds(tcb, len, wanted < mss && wanted < unsent ? wanted : mss, len == unsent))
		return 0;
	return len;
}

/* The device would drop it: a sign of congestion. Linux (tcp_write_xmit) then has not sent it at
 * all; for the BSDs (tcp_output at ENOBUFS) it is out and lost, and the retransmission timer, which
 * backs off, brings it again. */
bool output_device_refuses(struct tcp_tcb *tcb)
{
	return tcb->host->device_full && sender_local_drop(tcb);
}

bool output_send_text(
	struct tcp_tcb *tcb, struct tcp_train *train, uint32_t len, uint32_t mss, unsigned place)
{
	tcpsim_seq seq = tcb->snd.nxt;
	bool fin = place & SUPER_FIN;

	if (output_device_refuses(tcb) || !sender_reserve(tcb, len))
		return false;
	transmit(tcb, train,
		TCPSIM_ACK | (fin ? TCPSIM_FIN : 0) | (place & SUPER_ENDS ? TCPSIM_PSH : 0), seq,
		len, fin ? TCPSIM_RULE_SEND_FIN : TCPSIM_RULE_SEND_TEXT);
	tcb->snd.nxt = tcpsim_seq_add(seq, len + fin);
	tcb->fin_sent |= fin;
	sender_sent(
		tcb, seq, len, (fin ? SENT_FIN : 0) | (place & SUPER_GOES_ON ? SENT_JOINED : 0));
	return true;
}

/* One new segment, with the FIN if it is the last. */
static bool send_segment(struct tcp_tcb *tcb, uint32_t len, uint32_t mss)
{
	bool fin = tcb->fin_queued && !tcb->fin_sent &&
		   tcpsim_seq_eq(tcpsim_seq_add(tcb->snd.nxt, len), tcb->snd.end) &&
		   (len < output_usable_window(tcb) || !tcb_sys(tcb)->whole_segments);
	struct tcp_train alone;

	alone.many = alone.stands = false;
	if (!output_send_text(tcb, &alone, len, mss, fin ? SUPER_FIN : 0))
		return false;
	if (len && len < mss)
		tcb->snd.small_end = tcb->snd.nxt;
	return true;
}

static bool fin_may_go(const struct tcp_tcb *tcb)
{
	if (!tcb->fin_queued || tcb->fin_sent || !tcpsim_seq_eq(tcb->snd.nxt, tcb->snd.end))
		return false;
	/* Linux counts the FIN's octet against the window; BSD sends it into a closed one. */
	return !tcb_sys(tcb)->whole_segments || output_usable_window(tcb) > 0;
}

bool output_pacing_holds(struct tcp_tcb *tcb)
{
	int64_t due = sender_pace_deadline(tcb);

	if (due <= tcb_now(tcb))
		return false;
	tcp_timer_set(tcb, TCPSIM_TIMER_PACE, due);
	return true;
}

/* Is it the peer's window, and not ours, that keeps the rest back? (TCP_INFO's rwnd_limited) */
static void note_limit(struct tcp_tcb *tcb, uint32_t mss)
{
	uint32_t wanted = min_u32(tcb->snd.end.n - tcb->snd.nxt.n, mss);

	if (wanted && !tcb->fin_sent && output_usable_window(tcb) < wanted &&
		sender_room(tcb) >= wanted)
		sender_limited_by(tcb, SENDER_WINDOW_LIMITED);
	else
		sender_not_limited_by(tcb, SENDER_WINDOW_LIMITED);
}

/* A segment larger than the MSS, to learn whether the path takes it (RFC 4821 §7). False: better
 * nothing new now. */
static bool probe_mtu(struct tcp_tcb *tcb)
{
	tcpsim_seq seq = tcb->snd.nxt;
	uint32_t len;

	switch (mtu_probe_next(tcb, &len)) {
	case MTU_PROBE_NONE: return true;
	case MTU_PROBE_WAIT: return false;
	case MTU_PROBE_GO: break;
	}
	if (!sender_reserve(tcb, len))
		return false;
	tcp_transmit(tcb, TCPSIM_ACK, seq, len, TCPSIM_RULE_PROBE_MTU);
	tcb->snd.nxt = tcpsim_seq_add(seq, len);
	skbs_left(&tcb->sendq.skbs, tcb->sendq.pool, tcb->snd.nxt);
	sender_sent(tcb, seq, len, SENT_PROBE);
	mtu_probe_sent(tcb, seq, len);
	return true;
}

static void send_new(struct tcp_tcb *tcb)
{
	uint32_t mss = tcp_segment_room(tcb), len;

	if (nothing_outstanding(tcb) && tcb->snd.end.n != tcb->snd.nxt.n &&
		!tcb_sys(tcb)->push_by_write)
		sender_restart(tcb);
	if (!tcb->push_one && !probe_mtu(tcb))
		return;
	if (tcb_sys(tcb)->push_by_write) {
		output_skbs(tcb, mss, false);
	} else {
		tcb->began_idle = tcb_sys(tcb)->nagle_asks_once && nothing_outstanding(tcb);
		while (!output_pacing_holds(tcb) && (len = next_text(tcb, mss)) &&
			send_segment(tcb, len, mss))
			;
		tcb->began_idle = false;
		if (fin_may_go(tcb))
			send_segment(tcb, 0, mss);
	}
	note_limit(tcb, mss);
	sender_note_limited(tcb, false);
}

/* The tail loss probe wants new text first: one segment beyond what cwnd permits
 * (RFC 8985 §7.3). */
static void send_probe(struct tcp_tcb *tcb)
{
	uint32_t unsent = tcb->snd.end.n - tcb->snd.nxt.n, mss = tcp_segment_room(tcb);
	uint32_t len = min_u32(min_u32(unsent, mss), output_usable_window(tcb));

	if (tcb_sys(tcb)->push_by_write) {
		if (output_skbs_fit(tcb, mss) && output_skbs(tcb, mss, true))
			sender_probe_left(tcb);
	} else if (len && !tcb->fin_sent) {
		send_segment(tcb, len, mss);
	}
}

void tcp_output_timer(struct tcp_tcb *tcb)
{
	if (!tcb_sys(tcb)->push_by_write) {
		tcp_output(tcb);
		return;
	}
	if (tcb->in_output || tcb->state == TCPSIM_CLOSED || !tcp_may_send_text(tcb))
		return;
	tcb->in_output = true;
	if (sender_probe_pending(tcb))
		send_probe(tcb);
	output_again(tcb);
	tcb->in_output = false;
	limit_report(tcb);
}

/* Nothing is lost and nothing waits: of most segments that come, an ACK is all that may follow. */
static bool nothing_to_send(const struct tcp_tcb *tcb)
{
	return tcpsim_seq_eq(tcpsim_seq_add(tcb->snd.end, tcb->fin_sent), tcb->snd.nxt) &&
	       tcb->fin_queued == tcb->fin_sent && !sender_wants_to_send(tcb);
}

static void note_nothing_sent(struct tcp_tcb *tcb)
{
	sender_not_limited_by(tcb, SENDER_WINDOW_LIMITED);
	sender_note_limited(tcb, false);
	tcp_timer_stop(tcb, TCPSIM_TIMER_PERSIST);
}

static void send_what_may_go(struct tcp_tcb *tcb)
{
	if (persist_takes_over(tcb))
		return;
	if (sender_probe_pending(tcb))
		send_probe(tcb);
	output_again(tcb);
	send_new(tcb);
	if (sender_new_text_failed(tcb))
		output_again(tcb);
	if (!sender_outstanding(tcb) && (tcb->snd.end.n != tcb->snd.nxt.n || tcb->fin_queued) &&
		!tcb->fin_sent)
		tcp_persist_begin(tcb);
	else
		tcp_timer_stop(tcb, TCPSIM_TIMER_PERSIST);
}

void tcp_output(struct tcp_tcb *tcb)
{
	if (tcb->in_output || tcb->state == TCPSIM_CLOSED)
		return;
	tcb->in_output = true;
	if (tcp_may_send_text(tcb)) {
		if (nothing_to_send(tcb))
			note_nothing_sent(tcb);
		else
			send_what_may_go(tcb);
	}
	if (tcb->ack_now)
		tcp_send_ack(
			tcb, tcb->ack_handshake ? TCPSIM_RULE_ACK_HANDSHAKE : TCPSIM_RULE_ACK_NOW);
	tcb->in_output = false;
	limit_report(tcb);
	socket_progress(tcb->socket);
}
