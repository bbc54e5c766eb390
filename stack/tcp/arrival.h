/* A segment on its way through the checks: the original, and what of it is still to
 * be looked at. */
#ifndef TCPSIM_TCP_ARRIVAL_H
#define TCPSIM_TCP_ARRIVAL_H

#include <tcp/check.h>
#include <tcp/state.h>
#include <wire/owned.h>

struct arrival {
	struct tcp_tcb *tcb;
	const struct tcpsim_segment *seg;
	struct tcpsim_packet *packet;
	/* trimmed to the window as the checks go on */
	tcpsim_seq seq;
	uint32_t len;
	struct owned_text text;
	bool fin;
	bool with_syn;	      /* it came with the SYN */
	bool duplicate;	      /* nothing of it is new: only its ACK counts */
	bool ts_is_news;      /* TS.Recent is to follow, once its ACK has proven good */
	bool newer_timestamp; /* TS.Recent moved on */
	bool heard;	      /* it was acceptable, its ACK too */
	bool predicted;	      /* text, and nothing but what was expected */
	uint32_t acked_bytes, delivered_bytes;
};

static inline tcpsim_seq arrival_end(const struct arrival *a)
{
	return tcpsim_seq_add(a->seq, a->len + a->fin);
}

/* Cuts off what lies before `low`. */
static inline void arrival_trim_front(struct arrival *a, tcpsim_seq low)
{
	int32_t gone = tcpsim_seq_diff(low, a->seq);

	if (gone <= 0)
		return;
	if ((uint32_t)gone > a->len)
		gone = (int32_t)a->len;
	a->seq = low;
	a->len -= (uint32_t)gone;
	a->text = owned_text_from(&a->text, (uint32_t)gone);
}

/* An ACK in answer to a segment that does not fit, unless the last one went a moment ago
 * (invalid_ratelimit). */
void arrival_answer(struct arrival *a, enum tcpsim_rule rule);
/* Text came that was there already: for the next ACK's D-SACK (RFC 2883). */
void arrival_note_duplicate(struct arrival *a);
/* A challenge ACK, RFC 5961 §7: limited for the host, and for the connection. */
void arrival_challenge(struct arrival *a);

/* TS.Recent follows a segment that spans Last.ACK.sent: RFC 7323 §4.3. */
void arrival_update_ts_recent(struct arrival *a);

/* The checks of RFC 9293 §3.10.7.4 in their order; each may be the last. */
enum verdict check_timestamp(struct arrival *a);
enum verdict check_sequence(struct arrival *a);
enum verdict check_rst(struct arrival *a);
enum verdict check_syn(struct arrival *a);
enum verdict check_ack(struct arrival *a);
enum verdict check_urg(struct arrival *a);
enum verdict take_text(struct arrival *a);
enum verdict take_fin(struct arrival *a);

/* Text that came with the SYN of a simultaneous open is the process' now. */
void take_text_of_syn(struct tcp_tcb *tcb);

/* §3.10.7.3. */
void arrive_syn_sent(struct arrival *a);
/* The connection is ESTABLISHED from now on: everything a finished handshake brings about. */
void arrive_established(
	struct tcp_tcb *tcb, enum tcpsim_rule rule, const struct tcpsim_segment *cause);
/* And the process said during the handshake that it will send no more: its FIN is due (RFC 9293
 * §3.10.4, SYN-RECEIVED). */
void arrive_closed_meanwhile(struct tcp_tcb *tcb, const struct tcpsim_segment *cause);

#endif
