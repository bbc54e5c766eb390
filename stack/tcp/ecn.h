/*
 * Explicit congestion notification: RFC 3168 (ecn.c), and RFC 9768, AccECN, with its option
 * (accecn.c). What a handshake agrees on, what every segment that leaves is marked with, what the
 * marks of those that arrive mean.
 */
#ifndef TCPSIM_TCP_ECN_H
#define TCPSIM_TCP_ECN_H

#include <tcp/listen.h>
#include <tcp/options_out.h>

enum { ECN_NOT_ECT = 0, ECN_ECT1 = 1, ECN_ECT0 = 2, ECN_CE = 3 };

/* Bits of tcb->ecn.flags. */
enum {
	ECN_ASKED = 1,	   /* our SYN asked for RFC 3168 */
	ECN_ASKED_ACC = 2, /* and for AccECN */
	ECN_ECHO = 4,	   /* CE came: every ACK says ECE until CWR comes (RFC 3168 §6.1.3) */
	ECN_REFLECT = 8,   /* the next empty ACK tells how the SYN,ACK came (RFC 9768 §3.2.2.1) */
	ECN_ACK_SOON = 16, /* the next text is acknowledged at once */
};

/* tcb->ecn.opt_state, as TCP_INFO has it: nothing seen, an empty option, one with counters, one
 * that was zeroed. */
enum { ACCECN_OPT_NONE, ACCECN_OPT_EMPTY, ACCECN_OPT_COUNTERS, ACCECN_OPT_ZEROED };

/* Bits of tcb->ecn.fail_mode, as TCP_INFO has them: feedback that this path or peer cannot be
 * trusted with. */
enum {
	ACCECN_FAIL_ACE_SEND = 1,
	ACCECN_FAIL_ACE_RECV = 2,
	ACCECN_FAIL_OPT_SEND = 4,
	ACCECN_FAIL_OPT_RECV = 8
};

/* AE, CWR and ECE as one number, RFC 9768 §3.1.2 Table 2. */
static inline unsigned ecn_ace(const struct tcpsim_segment *seg)
{
	return (seg->flags & TCPSIM_AE ? 4u : 0) | (seg->flags & TCPSIM_CWR ? 2u : 0) |
	       (seg->flags & TCPSIM_ECE ? 1u : 0);
}

static inline uint16_t ecn_ace_flags(unsigned ace)
{
	return (uint16_t)((ace & 4 ? TCPSIM_AE : 0) | (ace & 2 ? TCPSIM_CWR : 0) |
			  (ace & 1 ? TCPSIM_ECE : 0));
}

/* Flags of our SYN, or of the SYN,ACK of a connection that has a TCB, by profile, peer and how
 * often it was sent. */
uint16_t ecn_syn_flags(struct tcp_tcb *tcb);
/* The SYN,ACK that answered our SYN came: what was agreed. */
void ecn_syn_ack_arrived(struct tcp_tcb *tcb, const struct tcpsim_segment *seg);
/* A SYN came while we were in SYN-SENT: what was agreed. */
void ecn_syn_arrived(struct tcp_tcb *tcb, const struct tcpsim_segment *syn);
/* Completes a segment that leaves: flags ECE, CWR, AE and the IP field. `text`: new text, not a
 * retransmission. */
void ecn_mark_outgoing(struct tcp_tcb *tcb, struct tcpsim_segment *out, bool text);
static inline bool ecn_is_agreed(const struct tcp_tcb *tcb)
{
	return tcb->ok.ecn || tcb->ok.accecn;
}

/* A segment with an ACK came to an established connection, whatever becomes of it: TCP_INFO tells
 * whether any was ECT, also where ECN was not agreed on (Linux tcp_ecn_received_counters). */
static inline void ecn_noticed(struct tcp_tcb *tcb, const struct tcpsim_segment *seg)
{
	if (!tcb->ok.ecn && seg->tos & 3)
		tcb->ecn.ect_seen = true;
}
/* A segment arrived (in sequence or not): its IP field, its CWR. */
void ecn_arrived(struct tcp_tcb *tcb, const struct tcpsim_segment *seg);
/* A SYN came again on a connection; its challenge ACK follows (RFC 9768 §3.1.5). */
void ecn_syn_again(struct tcp_tcb *tcb, const struct tcpsim_segment *syn);

/* What an acceptable ACK brought, once the sender has looked at it. */
struct ecn_ack {
	uint32_t delivered_segments, delivered_bytes;
	/* it acknowledged something, cumulatively or by SACK, or its timestamp is newer */
	bool progress;
	bool handshake; /* it ended the handshake: ACE says something else there */
};
/* ECE, or ACE and the option. Tells the sender of new marks. */
void ecn_ack_arrived(
	struct tcp_tcb *tcb, const struct tcpsim_segment *seg, const struct ecn_ack *ack);
/* The third ACK of a handshake reflects the IP field of the SYN,ACK (RFC 9768 §3.2.2.1). */
void ecn_handshake_ack_arrived(struct tcp_tcb *tcb, const struct tcpsim_segment *seg);
/* Fills TCP_INFO's members of it. */
void ecn_info(const struct tcp_tcb *tcb, struct tcpsim_tcp_info *info);

/* --- a listener's entry, which has no TCB yet --- */
enum ecn_answer { ECN_ANSWER_NONE, ECN_ANSWER_CLASSIC, ECN_ANSWER_ACCECN };

enum ecn_answer ecn_answer_for(
	const struct tcpsim_profile *sys, const struct tcpsim_segment *syn, bool route_ecn);
uint16_t ecn_syn_ack_flags(const struct tcp_request *request);
/* The AccECN option of a SYN,ACK. */
void ecn_request_offer(
	struct tcpsim_host *host, const struct tcp_request *request, struct tcp_syn_offer *offer);
/* The SYN came again, perhaps with other flags (RFC 9768 §3.1.5). */
void ecn_request_syn_again(struct tcp_request *request, const struct tcpsim_segment *syn);
/* A segment came for the entry: what of the option it has. */
void ecn_request_arrived(struct tcp_request *request, const struct tcpsim_segment *seg);
/* An entry that came out of a SYN cookie knows that ECN was agreed on; the third segment says which
 * (RFC 9768 §5.1). */
void ecn_cookie(const struct tcpsim_profile *sys, struct tcp_request *request,
	const struct tcpsim_segment *ack);
/* The connection takes over what its entry agreed on. */
void ecn_child(struct tcp_tcb *tcb, const struct tcp_request *request);

/* Our SYN asked for it, and no answer is here yet. */
bool ecn_is_asked(const struct tcp_tcb *tcb);

#endif
