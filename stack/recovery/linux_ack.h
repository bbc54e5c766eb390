/* What an ACK means by Linux's state machine. */
#ifndef TCPSIM_RECOVERY_LINUX_ACK_H
#define TCPSIM_RECOVERY_LINUX_ACK_H

#include <stdbool.h>

struct loss_ack;
struct sender_verdict;
struct tcp_tcb;
struct tcpsim_segment;

void linux_ack(struct tcp_tcb *tcb, const struct tcpsim_segment *seg, struct loss_ack *ack,
	struct sender_verdict *verdict);
/* Something of what is outstanding left more than once. */
bool linux_any_retransmitted(const struct tcp_tcb *tcb);
/* Open, or Disorder while something is SACKed, lost or retransmitted. */
void linux_keep_open(struct tcp_tcb *tcb);

#endif
