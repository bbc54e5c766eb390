/*
 * Explicit congestion notification: RFC 3168, and RFC 9768 (AccECN) with its option. What a handshake agrees on,
 * what every segment that leaves is marked with, what the marks of those that arrive mean.
 */
#ifndef TCPSIM_TCP_ECN_H
#define TCPSIM_TCP_ECN_H

#include <tcp/options_out.h>
#include <tcp/tcb.h>

enum { ECN_NOT_ECT = 0, ECN_ECT1 = 1, ECN_ECT0 = 2, ECN_CE = 3 };

/* Flags to set on our SYN (ECE|CWR, with AE for AccECN), by profile, peer and how often it was sent. */
uint16_t ecn_syn_flags(struct tcp_tcb *tcb);
/* The SYN,ACK that answered our SYN came: what was agreed. */
void ecn_syn_ack_arrived(struct tcp_tcb *tcb, const struct tcp_segment *seg);
/* A SYN came while we were in SYN-SENT, or a connection leaves the listener: what was agreed. */
void ecn_syn_arrived(struct tcp_tcb *tcb, const struct tcp_segment *syn);
/* Completes a segment that leaves: flags ECE, CWR, AE and the IP field. `text`: new text, not a retransmission. */
void ecn_mark_outgoing(struct tcp_tcb *tcb, struct tcp_segment *out, bool text, bool retransmission);
/* Fills the AccECN part of an offer, if the option is due. */
void ecn_offer(struct tcp_tcb *tcb, struct tcp_segment_offer *offer, size_t room);
/* A segment arrived (in sequence or not): its IP field, its CWR. */
void ecn_arrived(struct tcp_tcb *tcb, const struct tcp_segment *seg);
/* A SYN came again on a connection (RFC 9768 §3.1.5). */
void ecn_syn_again(struct tcp_tcb *tcb, const struct tcp_segment *syn);
/* An acceptable ACK arrived: ECE, or ACE and the option. Tells the sender of new marks. */
void ecn_ack_arrived(struct tcp_tcb *tcb, const struct tcp_segment *seg, uint32_t acked_bytes, uint32_t delivered_bytes);
/* The third ACK of a handshake reflects the IP field of the SYN,ACK (RFC 9768 §3.2.2.1). */
void ecn_handshake_ack_arrived(struct tcp_tcb *tcb, const struct tcp_segment *seg);

/* For a listener's entry, which has no TCB yet. */
enum ecn_answer { ECN_ANSWER_NONE, ECN_ANSWER_CLASSIC, ECN_ANSWER_ACCECN };
enum ecn_answer ecn_answer_for(const struct tcp_profile *sys, const struct tcp_segment *syn, bool route_ecn);
uint16_t ecn_syn_ack_flags(enum ecn_answer answer, uint8_t syn_ecn, unsigned retransmits);
struct tcp_request;
/* The AccECN option of a SYN,ACK. */
void ecn_request_offer(struct tcpsim_host *host, const struct tcp_request *request, struct tcp_syn_offer *offer);
/* The SYN came again, perhaps with other flags (RFC 9768 §3.1.4). */
void ecn_request_syn_again(struct tcpsim_host *host, struct tcp_request *request, const struct tcp_segment *syn);
/* The connection takes over what its entry agreed on. */
void ecn_child(struct tcp_tcb *tcb, const struct tcp_request *request);

#endif
