/*
 * What leaves again: the segments that the sender took for lost, as many as cwnd permits. RFC 9293
 * §3.8.1, RFC 5681 §3.2.
 */
#ifndef TCPSIM_TCP_OUTPUT_AGAIN_H
#define TCPSIM_TCP_OUTPUT_AGAIN_H

#include <tcp/tcb.h>

void output_again(struct tcp_tcb *tcb);
/* Linux tcp_xmit_recovery: what an ACK lets go again leaves before the text that came with it is
 * looked at. */
void tcp_output_recovery(struct tcp_tcb *tcb);

#endif
