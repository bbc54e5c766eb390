/*
 * TCP Fast Open, RFC 7413: cookies given out and kept, text on a SYN. A client's or server's struct
 * tcp_fastopen lives from the SYN to the end of its connection.
 */
#ifndef TCPSIM_TCP_FASTOPEN_H
#define TCPSIM_TCP_FASTOPEN_H

#include <tcp/options_out.h>
#include <tcp/tcb.h>

struct tcp_fastopen {
	uint8_t cookie[16];
	/* of the option: what the SYN shows, what the SYN,ACK gives; 0 in a SYN asks */
	uint8_t cookie_len;
	bool option;	   /* the next SYN or SYN,ACK carries the option */
	bool asked;	   /* the SYN carried it */
	bool experimental; /* as kind 254 */
	bool text_on_syn;  /* the SYN may carry text */
	bool writing; /* the process waits in that call to write more (Linux sk_write_pending) */
	uint16_t mss; /* that the peer named when it gave the cookie; 0: not known */
	uint32_t syn_len; /* text that left with the SYN */
};

void fastopen_free(struct tcp_tcb *tcb);
/* The option of a SYN or SYN,ACK that is about to leave. */
void fastopen_offer(struct tcp_tcb *tcb, struct tcp_syn_offer *offer);

/* --- client --- */
/* Decides what the SYN of a connect carries. `text`: the process gave some with the call. 0 or
 * -errno. */
int fastopen_client_start(struct tcp_tcb *tcb, bool text);
/* How much of a write may be taken before the handshake: all, or what the SYN carries. */
size_t fastopen_client_takes(const struct tcp_tcb *tcb);
/* How much text may ride on the SYN. */
uint32_t fastopen_client_room(const struct tcp_tcb *tcb, size_t options_len);
/* SYN,ACK arrived: keeps the cookie, sees whether the text was taken; marks for retransmission what
 * was not. True: text that the SYN,ACK brings is taken at once (RFC 7413 §4.2.1). */
bool fastopen_client_answered(struct tcp_tcb *tcb, const struct tcpsim_segment *seg);
/* The SYNs crossed, and `seg` ends the handshake: of the text on ours what it does not acknowledge
 * goes again (RFC 7413 §4.2.2: a host without a listener for it drops it). */
void fastopen_client_crossed(struct tcp_tcb *tcb, const struct tcpsim_segment *seg);
/* The SYN timed out: it goes again without text and option. */
void fastopen_client_timeout(struct tcp_tcb *tcb);
/* A retransmission timer fired for the N+1st time: does the path swallow what follows
 * a Fast Open? */
void fastopen_client_suspect(struct tcp_tcb *tcb, unsigned n);

/* --- server --- */
struct tcp_listener;
struct fastopen_answer {
	/* the cookie is good (or none is needed): text is taken, the connection made at once */
	bool accept;
	bool give; /* the SYN,ACK carries a cookie */
	bool experimental;
	uint8_t cookie_len;
	uint8_t cookie[16];
};
/* What a listener makes of a SYN's option and text. */
void fastopen_server_judge(struct tcpsim_host *host, struct tcp_listener *listener,
	const struct tcpsim_segment *syn, struct fastopen_answer *answer);
/* The connection was made at once: its SYN,ACK carries a cookie if one is to be given. */
void fastopen_server_opened(struct tcp_tcb *tcb, const struct fastopen_answer *answer);

#endif
