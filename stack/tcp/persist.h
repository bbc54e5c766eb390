/*
 * What a sender does whose peer takes back what it had offered, with text out already. The BSDs take SND.NXT back to SND.UNA then
 * and probe from there (tcp_output); Linux retransmits, and numbers its ACKs within what is left
 * (tcp_acceptable_seq). Nothing is owned here. RFC 9293 §3.8.6, §3.8.6.1; RFC 7323 §2.4.
 */
#ifndef TCPSIM_TCP_PERSIST_H
#define TCPSIM_TCP_PERSIST_H

#include <tcp/tcb.h>

/* The window was shut before text that is out, and that is probed for. */
bool persist_waits(const struct tcp_tcb *tcb);
/* Before anything is sent: true if that is so, and the persist timer runs in place of the
 * retransmission's. */
bool persist_takes_over(struct tcp_tcb *tcb);
/* What an ACK without text is numbered, and a RST. */
tcpsim_seq persist_ack_seq(const struct tcp_tcb *tcb);
tcpsim_seq persist_rst_seq(const struct tcp_tcb *tcb);

#endif
