/* The ways of the systems to delay ACKs, behind delack.h. Private to delack*.c. */
#ifndef TCPSIM_TCP_DELACK_RULE_H
#define TCPSIM_TCP_DELACK_RULE_H

#include <tcp/delack.h>

/* NULL: nothing is done. */
struct delack_rule {
	void (*text_arrived)(struct tcp_tcb *tcb, const struct delack_text *text, bool filled);
	void (*out_of_order)(struct tcp_tcb *tcb, const struct delack_text *text);
	void (*not_taken)(struct tcp_tcb *tcb);
	void (*overlap)(struct tcp_tcb *tcb);
	void (*fin_arrived)(struct tcp_tcb *tcb);
	void (*settle)(struct tcp_tcb *tcb);
	void (*ack_sent)(struct tcp_tcb *tcb);
	bool (*read)(struct tcp_tcb *tcb, uint32_t len); /* an ACK is due */
	void (*timer)(struct tcp_tcb *tcb);
};

extern const struct delack_rule DELACK_RULE_FIXED, DELACK_RULE_LINUX;

#endif
