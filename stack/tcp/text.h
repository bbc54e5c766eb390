/* The sixth to eighth checks: URG, text, FIN. RFC 9293 §3.10.7.4, RFC 6093. */
#ifndef TCPSIM_TCP_TEXT_H
#define TCPSIM_TCP_TEXT_H

#include <tcp/check.h>

struct arrival;
struct tcp_tcb;

/* In the order of RFC 9293 §3.10.7.4; each may be the last. */
enum verdict check_urg(struct arrival *a);
enum verdict take_text(struct arrival *a);
enum verdict take_fin(struct arrival *a);
/* Text that came with the SYN of a simultaneous open is the process' now. */
void take_text_of_syn(struct tcp_tcb *tcb);

#endif
