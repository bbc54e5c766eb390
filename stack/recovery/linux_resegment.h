/* What goes again need not leave as it left (RFC 9293 §3.8.1 permits repacketizing). */
#ifndef TCPSIM_RECOVERY_LINUX_RESEGMENT_H
#define TCPSIM_RECOVERY_LINUX_RESEGMENT_H

#include <stdint.h>

struct tcp_tcb;

void linux_resegment(struct tcp_tcb *tcb, uint32_t i, uint32_t room);
uint32_t linux_cut_tail(struct tcp_tcb *tcb, uint32_t room);

#endif
