/* Path MTU: RFC 1191, RFC 8201; black holes by RFC 4821's reasoning and FreeBSD's. */
#ifndef TCPSIM_TCP_PMTU_H
#define TCPSIM_TCP_PMTU_H

#include <tcp/tcb.h>

/* A router said that segments must be no larger than `mtu` (0: it did not say, RFC 1191 §7's table
 * decides). */
void pmtu_reduce(struct tcp_tcb *tcb, uint32_t mtu);
/* The retransmission timer fires, and nothing is done about it yet: FreeBSD's search for a black hole. */
void pmtu_timeout(struct tcp_tcb *tcb);
/* R1 has passed: perhaps large segments vanish. Tries a smaller MSS where the profile does. */
void pmtu_suspect_black_hole(struct tcp_tcb *tcb);

#endif
