/* The fifth check, ACK: what it acknowledges, the window it brings, the state it moves. */
#ifndef TCPSIM_TCP_ACK_H
#define TCPSIM_TCP_ACK_H

#include <stdbool.h>
#include <tcp/check.h>

struct arrival;
struct tcp_tcb;

/* May be the last check (RFC 9293 §3.10.7.4). */
enum verdict check_ack(struct arrival *a);
/* The same of a segment that is expected (arrive.c). */
enum verdict check_expected_ack(struct arrival *a);
/* Begins the limit of FIN-WAIT-2, if the profile has one for this connection. */
bool tcp_fin_wait_2_start(struct tcp_tcb *tcb);

#endif
