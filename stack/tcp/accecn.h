/*
 * More accurate ECN feedback, RFC 9768, as Linux does it: three flags of every header count the
 * CE marks that came (ACE, modulo 8), an option counts bytes by mark (modulo 2^24), and what a
 * middlebox might do to either is watched.
 */
#ifndef TCPSIM_TCP_ACCECN_H
#define TCPSIM_TCP_ACCECN_H

#include <stdbool.h>
#include <stdint.h>

struct ecn_ack;
struct tcp_segment_offer;
struct tcp_syn_offer;
struct tcp_tcb;
struct tcpsim_options;
struct tcpsim_segment;

/* What the ACE field of a SYN,ACK says of a SYN that came with that IP-ECN. */
unsigned accecn_reflect(uint8_t syn_ecn);
/* What that ACE field says of how our SYN or SYN,ACK came; false: what it says cannot have
 * happened. */
bool accecn_reflection_holds(struct tcp_tcb *tcb, unsigned ace);
void accecn_mark_outgoing(struct tcp_tcb *tcb, struct tcpsim_segment *out);
void accecn_arrived(struct tcp_tcb *tcb, const struct tcpsim_segment *seg);
void accecn_ack_arrived(
	struct tcp_tcb *tcb, const struct tcpsim_segment *seg, const struct ecn_ack *ack);
/* Looks at an option for the first time; what it then is, ACCECN_OPT_*. */
uint8_t accecn_option_seen(const struct tcpsim_options *o);
void accecn_note_option(struct tcp_tcb *tcb, const struct tcpsim_options *o);
/* The option of a SYN,ACK: counters as they start. */
void accecn_syn_offer(struct tcp_syn_offer *offer);
/* The option of any other segment, if one is due; may take the place of SACK blocks. */
void accecn_offer(struct tcp_tcb *tcb, struct tcp_segment_offer *offer);
/* That offer left. */
void accecn_offer_left(struct tcp_tcb *tcb, const struct tcp_segment_offer *offer);
/* Text came that was there already (RFC 9768 §3.2.3.2.2): did our options get lost? */
void accecn_duplicate_arrived(struct tcp_tcb *tcb);

#endif
