/* Linux tcp_fast_path_on(), tcp_fast_path_check() and the first half of tcp_rcv_established(). See
 * prediction.h. */
#include <tcp/prediction.h>

#include <tcp/set_aside.h>

#define TS_HEADER 32 /* of a segment with nothing but timestamps, aligned */
#define HEADER	  20

void prediction_begin(struct tcp_tcb *tcb)
{
	tcb->predicts = tcb->passive || !tcb->snd.scale;
}

void prediction_check(struct tcp_tcb *tcb)
{
	if (!recvq_has_gap(&tcb->recvq) && tcb->rcv.wnd &&
		tcb->recvq.memory < tcb->settings.receive_buffer && !tcb->rcv.urgent)
		tcb->predicts = true;
}

static bool options_are_expected(const struct tcp_tcb *tcb, const struct tcpsim_segment *seg)
{
	uint32_t header = seg->header_len - tcb_signature_len(tcb);

	if (!tcb->ok.timestamps)
		return header == HEADER;
	return header == TS_HEADER && seg->options.present & TCPSIM_HAS_TIMESTAMP &&
	       (int32_t)(seg->options.ts_val - tcb->ts.recent) >= 0;
}

/* Its header is; what there is of text does not matter. */
static inline bool header_is_expected(const struct tcp_tcb *tcb, const struct tcpsim_segment *seg)
{
	if (!tcb->predicts || tcb->state != TCPSIM_ESTABLISHED ||
		(seg->flags & ~TCPSIM_PSH) != TCPSIM_ACK || !options_are_expected(tcb, seg))
		return false;
	if (seg->window != tcb->snd.wnd >> tcb->snd.scale ||
		!tcpsim_seq_eq(seg->seq, tcb->rcv.nxt) || tcpsim_seq_gt(seg->ack, tcb->snd.nxt))
		return false;
	return tcb_sys(tcb)->predicted_text_first || !tcpsim_seq_lt(seg->ack, tcb->snd.una);
}

bool prediction_holds(const struct arrival *a)
{
	return a->seg->len && header_is_expected(a->tcb, a->seg) &&
	       a->memory.whole <= set_aside_left(a->tcb);
}

bool prediction_holds_bare(const struct arrival *a)
{
	return !a->seg->len && header_is_expected(a->tcb, a->seg);
}
