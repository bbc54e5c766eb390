/* A segment on its way through the checks: the original, and what of it is still to
 * be looked at. */
#ifndef TCPSIM_TCP_ARRIVAL_H
#define TCPSIM_TCP_ARRIVAL_H

#include <tcp/check.h>
#include <tcp/state.h>
#include <tcp/truesize.h>
#include <wire/owned.h>

struct arrival {
	struct tcp_tcb *tcb;
	const struct tcpsim_segment *seg;
	struct tcpsim_packet *packet;
	/* trimmed to the window as the checks go on */
	tcpsim_seq seq;
	uint32_t len;
	struct owned_text text;
	struct packet_memory memory; /* of the packet, if it has text or a FIN */
	bool fin;
	bool with_syn;	      /* it came with the SYN */
	bool repeats_syn;     /* a crossing SYN's number is in it again */
	bool duplicate;	      /* nothing of it is new: only its ACK counts */
	bool ts_advances;     /* TS.Recent is to follow, once its ACK has proven good */
	bool newer_timestamp; /* TS.Recent moved on */
	bool heard;	      /* it was acceptable, its ACK too */
	bool predicted;	      /* text, and nothing but what was expected */
	bool ack_is_too_old;  /* its text is taken for all that, and its ACK challenged then */
	bool lets_go;	      /* it says nothing, and yet what waits may leave after it */
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

#endif
