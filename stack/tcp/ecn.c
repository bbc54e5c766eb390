/* RFC 3168, and which of the two ways a connection goes. See ecn.h. */
#include <host/routes.h>
#include <tcp/accecn.h>
#include <tcp/ecn.h>

#include <tcp/delack_linux.h>
#include <tcp/output.h>
#include <tcp/state.h>
#include <tcpsim/tcp_info.h>

/* Linux's values of net.ipv4.tcp_ecn; FreeBSD's net.inet.tcp.ecn.enable agrees up to 3. */
#define QUICK_ACKS 2 /* Linux: after a mark the peer's window may be very small */

static bool asks_accurate(const struct tcp_tcb *tcb)
{
	return tcb_sys(tcb)->ecn == TCPSIM_ECN_MODE_ACCURATE;
}

static bool asks(const struct tcp_tcb *tcb)
{
	int64_t mode = tcb_sys(tcb)->ecn;
	const struct route *route;

	if (mode == TCPSIM_ECN_MODE_ASK || mode == TCPSIM_ECN_MODE_ACCURATE ||
		mode == TCPSIM_ECN_MODE_ACCURATE_ASK_CLASSIC)
		return true;
	return !route_ask(tcb->host, &tcb->conn.remote, &tcb->conn.local, &route) &&
	       route->metrics.ecn;
}

/* Does a SYN that was sent so often still ask? RFC 3168 §6.1.1.1, RFC 9768 §3.1.4.1: a path that
 * drops such SYNs must not be closed to us. */
static bool still_asks(const struct tcp_tcb *tcb)
{
	const struct tcpsim_profile *sys = tcb_sys(tcb);

	if (!sys->ecn_fallback)
		return true;
	if (asks_accurate(tcb) && tcb->syn_retransmits <= 1)
		return true;
	return tcb->syn_retransmits <= sys->ecn_max_retries;
}

static uint16_t answer_flags(const struct tcp_tcb *tcb)
{
	if (tcb->ok.accecn)
		return tcb->syn_retransmits > 1 ? 0
						: ecn_ace_flags(accecn_reflect(tcb->ecn.syn_ecn));
	return tcb->ok.ecn ? TCPSIM_ECE : 0;
}

uint16_t ecn_syn_flags(struct tcp_tcb *tcb)
{
	if (tcb->state != TCPSIM_SYN_SENT)
		return answer_flags(tcb);
	if (!asks(tcb) || !still_asks(tcb))
		return 0;
	tcb->ecn.flags |= ECN_ASKED;
	if (!asks_accurate(tcb))
		return TCPSIM_ECE | TCPSIM_CWR;
	tcb->ecn.flags |= ECN_ASKED_ACC;
	return TCPSIM_ECE | TCPSIM_CWR | TCPSIM_AE;
}

/* --- what was agreed --- */

bool ecn_is_asked(const struct tcp_tcb *tcb)
{
	return tcb->state == TCPSIM_SYN_SENT && tcb->ecn.flags & (ECN_ASKED | ECN_ASKED_ACC);
}

void ecn_syn_ack_arrived(struct tcp_tcb *tcb, const struct tcpsim_segment *seg)
{
	unsigned ace = ecn_ace(seg);

	tcb->ecn.syn_ecn = seg->tos & 3;
	if (!(tcb->ecn.flags & ECN_ASKED_ACC) &&
		!(tcb->ecn.flags & ECN_ASKED && tcb_sys(tcb)->accecn_unasked && ace != 5)) {
		/* RFC 3168 §6.1.1: ECE without CWR; both is the peer echoing our SYN. */
		tcb->ok.ecn = tcb->ecn.flags & ECN_ASKED &&
			      (seg->flags & (TCPSIM_ECE | TCPSIM_CWR)) == TCPSIM_ECE;
		return;
	}
	switch (ace) { /* RFC 9768 §3.1.2 Table 2 */
	case 0:
	case 7: break;
	case 1: tcb->ok.ecn = true; break;
	default:
		tcb->ok.accecn = true;
		tcb->ecn.flags |= ECN_REFLECT;
		if (seg->options.present & TCPSIM_HAS_ACCECN) {
			accecn_note_option(tcb, &seg->options);
			tcb->ecn.opt_demand = 2;
		}
		if ((seg->tos & 3) == ECN_CE && accecn_reflection_holds(tcb, ace)) {
			tcb->ecn.received_ce++;
			tcb->ecn.ce_pending++;
		}
	}
}

void ecn_syn_arrived(struct tcp_tcb *tcb, const struct tcpsim_segment *syn)
{
	const struct tcpsim_profile *sys = tcb_sys(tcb);
	unsigned ace = ecn_ace(syn);

	tcb->ecn.syn_ecn = tcb->ecn.last_ecn = syn->tos & 3;
	if (tcb->ecn.flags & ECN_ASKED_ACC && ace && ace != 3)
		tcb->ok.accecn = true;
	else if (tcb->ecn.flags & ECN_ASKED)
		tcb->ok.ecn = (ace & 3) == 3;
	else
		tcb->ok.ecn =
			sys->ecn_crossing && ecn_answer_for(sys, syn, false) == ECN_ANSWER_CLASSIC;
}

void ecn_syn_again(struct tcp_tcb *tcb, const struct tcpsim_segment *syn)
{
	if (!tcb->ok.accecn)
		return;
	tcb->ecn.flags |= ECN_REFLECT;
	tcb->ecn.syn_ecn = syn->tos & 3;
	if (syn->options.present & TCPSIM_HAS_ACCECN && tcb->ecn.opt_state < ACCECN_OPT_COUNTERS) {
		accecn_note_option(tcb, &syn->options);
		if (!tcb->ecn.opt_demand)
			tcb->ecn.opt_demand = 1;
	}
}

/* RFC 9768 §3.2.2.1 Table 4: the third ACK says how our SYN,ACK came. */
void ecn_handshake_ack_arrived(struct tcp_tcb *tcb, const struct tcpsim_segment *seg)
{
	unsigned ace = ecn_ace(seg);

	if (!tcb->ok.accecn)
		return;
	if (!ace) {
		tcb->ecn.fail_mode |= ACCECN_FAIL_ACE_RECV;
		return;
	}
	if (ace == 7 || ace == 5 || ace == 1 || tcp_segment_span(seg))
		return;
	if (accecn_reflection_holds(tcb, ace) && ace == accecn_reflect(ECN_CE) &&
		!tcb->ecn.delivered_ce)
		tcb->ecn.delivered_ce++;
}

/* --- segments --- */

/* RFC 3168 §6.1.2 to §6.1.5: ECT on new text alone; CWR on the first of it after a reduction; ECE
 * while owed. */
static void classic_mark(struct tcp_tcb *tcb, struct tcpsim_segment *out, bool text)
{
	if (text) {
		out->tos |= ECN_ECT0;
		if (sender_take_cwr(tcb))
			out->flags |= TCPSIM_CWR;
	} else if (tcb->cc.ops && tcb->cc.ops->needs_ecn) {
		out->tos |= ECN_ECT0;
	}
	if (tcb->ecn.flags & ECN_ECHO)
		out->flags |= TCPSIM_ECE;
}

void ecn_mark_outgoing(struct tcp_tcb *tcb, struct tcpsim_segment *out, bool text)
{
	if (tcb->ok.accecn)
		accecn_mark_outgoing(tcb, out);
	else if (tcb->ok.ecn)
		classic_mark(tcb, out, text);
	tcb->ecn.last_sent = out->tos & 3;
	tcb->ecn.flags &= (uint8_t) ~(ECN_REFLECT | ECN_ACK_SOON);
}

/* RFC 3168 §6.1.3. */
/* RFC 8257 §3.2: ECE says of each ACK whether what it covers was marked, so a change ends a delayed
 * one. */
static void dctcp_arrived(struct tcp_tcb *tcb, const struct tcpsim_segment *seg)
{
	bool marked = (seg->tos & 3) == ECN_CE;

	if (marked == !!(tcb->ecn.flags & ECN_ECHO))
		return;
	if (tcb->delack.pending)
		tcp_send_ack(tcb, TCPSIM_RULE_ACK_NOW);
	tcb->ecn.flags ^= ECN_ECHO;
	tcb->ack_now = true;
}

static void classic_arrived(struct tcp_tcb *tcb, const struct tcpsim_segment *seg)
{
	if (tcb->cc.ops && tcb->cc.ops->needs_ecn) {
		dctcp_arrived(tcb, seg);
		return;
	}
	if (seg->flags & TCPSIM_CWR) {
		tcb->ecn.flags &= (uint8_t)~ECN_ECHO;
		tcb->ack_now = true; /* the peer's window may be one segment */
	}
	if (!(seg->tos & 3))
		return;
	tcb->ecn.ect_seen = true;
	if ((seg->tos & 3) == ECN_CE && !(tcb->ecn.flags & ECN_ECHO)) {
		tcb->ecn.flags |= ECN_ECHO;
		delack_quick(tcb, QUICK_ACKS);
	}
}

void ecn_arrived(struct tcp_tcb *tcb, const struct tcpsim_segment *seg)
{
	bool seen = tcb->ecn.ect_seen;

	if (tcb->ok.accecn)
		accecn_arrived(tcb, seg);
	else if (tcb->ok.ecn && seg->len)
		classic_arrived(tcb, seg);
	else
		return;
	/* Linux: text without ECT after text with it is a retransmission: the peer waits for our
	 * ACKs. */
	if (seg->len && !(seg->tos & 3) && seen)
		delack_quick(tcb, QUICK_ACKS);
}

void ecn_ack_arrived(
	struct tcp_tcb *tcb, const struct tcpsim_segment *seg, const struct ecn_ack *ack)
{
	if (tcb->ok.accecn)
		accecn_ack_arrived(tcb, seg, ack);
	else if (tcb->ok.ecn && (seg->flags & (TCPSIM_ECE | TCPSIM_SYN)) == TCPSIM_ECE)
		tcb->ecn.delivered_ce += ack->delivered_segments; /* the sender itself reads ECE */
}

void ecn_info(const struct tcp_tcb *tcb, struct tcpsim_tcp_info *info)
{
	const struct tcp_ecn *ecn = &tcb->ecn;
	enum { DISABLED, CLASSIC, ACCURATE, PENDING };

	info->tcpi_received_ce = ecn->received_ce;
	info->tcpi_delivered_ce = ecn->delivered_ce;
	info->tcpi_delivered_e1_bytes = ecn->delivered_bytes[ECN_ECT1 - 1];
	info->tcpi_delivered_e0_bytes = ecn->delivered_bytes[ECN_ECT0 - 1];
	info->tcpi_delivered_ce_bytes = ecn->delivered_bytes[ECN_CE - 1];
	info->tcpi_received_e1_bytes = ecn->received_bytes[ECN_ECT1 - 1];
	info->tcpi_received_e0_bytes = ecn->received_bytes[ECN_ECT0 - 1];
	info->tcpi_received_ce_bytes = ecn->received_bytes[ECN_CE - 1];
	info->tcpi_ecn_mode = tcb->ok.accecn ? ACCURATE : tcb->ok.ecn ? CLASSIC : DISABLED;
	if (tcb->state == TCPSIM_SYN_SENT && ecn->flags & ECN_ASKED_ACC)
		info->tcpi_ecn_mode = PENDING;
	info->tcpi_accecn_opt_seen = ecn->opt_state & 3;
	info->tcpi_accecn_fail_mode = ecn->fail_mode & 15;
}

/* --- a listener's entry --- */

enum ecn_answer ecn_answer_for(
	const struct tcpsim_profile *sys, const struct tcpsim_segment *syn, bool route_ecn)
{
	unsigned ace = ecn_ace(syn);

	/* RFC 9768 §3.1.2: anything but 000 and 011 asks for AccECN, whatever its last version was
	 * called. */
	if (sys->ecn >= TCPSIM_ECN_MODE_ACCURATE && ace && ace != 3)
		return ECN_ANSWER_ACCECN;
	if ((ace & 3) != 3 || (sys->ecn == TCPSIM_ECN_MODE_OFF && !route_ecn))
		return ECN_ANSWER_NONE;
	/* RFC 3168 §6.1.1: a SYN is not ECT; one that is was mangled, or is more than RFC 3168. */
	return syn->tos & 3 && !(ace & 4) ? ECN_ANSWER_NONE : ECN_ANSWER_CLASSIC;
}

uint16_t ecn_syn_ack_flags(const struct tcp_request *request)
{
	/* RFC 9768 §3.2.3.2.2: the second retransmission says nothing of ECN, lest it be that which
	 * is dropped. */
	bool again = request->resends && request->retransmits >= 1;

	if (again && !(request->ecn_answer == ECN_ANSWER_CLASSIC &&
			     request->listener->host->sys.ecn_synack_again))
		return 0;
	if (request->ecn_answer == ECN_ANSWER_ACCECN)
		return ecn_ace_flags(accecn_reflect(request->syn_tos & 3));
	return request->ecn_answer == ECN_ANSWER_CLASSIC ? TCPSIM_ECE : 0;
}

void ecn_request_offer(
	struct tcpsim_host *host, const struct tcp_request *request, struct tcp_syn_offer *offer)
{
	/* RFC 9768 §3.2.3.2.2: retransmitted without the option, which may be why it was lost. */
	if (request->ecn_answer == ECN_ANSWER_ACCECN && host->sys.ecn_option && !request->resends)
		accecn_syn_offer(offer);
}

void ecn_request_syn_again(struct tcp_request *request, const struct tcpsim_segment *syn)
{
	if (request->ecn_answer != ECN_ANSWER_ACCECN)
		return;
	request->syn_tos = (request->syn_tos & ~3u) | (syn->tos & 3);
	if (!ecn_ace(syn))
		request->accecn_fail |= ACCECN_FAIL_ACE_RECV;
}

void ecn_request_arrived(struct tcp_request *request, const struct tcpsim_segment *seg)
{
	if (request->ecn_answer != ECN_ANSWER_ACCECN ||
		!(seg->options.present & TCPSIM_HAS_ACCECN) ||
		request->accecn_opt >= ACCECN_OPT_COUNTERS)
		return;
	request->accecn_opt = accecn_option_seen(&seg->options) & 3;
	if (request->accecn_opt == ACCECN_OPT_ZEROED)
		request->accecn_fail |= ACCECN_FAIL_OPT_RECV;
}

void ecn_cookie(const struct tcpsim_profile *sys, struct tcp_request *request,
	const struct tcpsim_segment *ack)
{
	if (request->ecn_answer && sys->ecn >= TCPSIM_ECN_MODE_ACCURATE && ecn_ace(ack) > 1)
		request->ecn_answer = ECN_ANSWER_ACCECN;
}

void ecn_child(struct tcp_tcb *tcb, const struct tcp_request *request)
{
	tcb->ecn.syn_ecn = tcb->ecn.last_ecn = request->syn_tos & 3;
	tcb->ok.ecn = request->ecn_answer == ECN_ANSWER_CLASSIC;
	tcb->ok.accecn = request->ecn_answer == ECN_ANSWER_ACCECN;
	if (!tcb->ok.accecn)
		return;
	tcb->ecn.opt_state = request->accecn_opt;
	tcb->ecn.fail_mode = request->accecn_fail;
	tcb->ecn.opt_demand = 1;
}
