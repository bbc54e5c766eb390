/*
 * What keeps an end from sending more, told as events whenever that changes: the truth that an
 * account of "why was it slow" is judged by. Nothing in the machine depends on it, and without a
 * listener it costs one look.
 */
#ifndef TCPSIM_TCP_LIMIT_H
#define TCPSIM_TCP_LIMIT_H

struct tcp_tcb;

/* After everything that may go has gone. */
void limit_report(struct tcp_tcb *tcb);

#endif
