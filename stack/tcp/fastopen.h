/*
 * TCP Fast Open, RFC 7413: cookies given out and kept, text on a SYN. A client's or server's struct tcp_fastopen
 * lives only while its handshake lasts.
 */
#ifndef TCPSIM_TCP_FASTOPEN_H
#define TCPSIM_TCP_FASTOPEN_H

#include <tcp/options_out.h>
#include <tcp/tcb.h>

struct tcp_fastopen {
	uint8_t cookie[16];
	uint8_t cookie_len; /* client: what the SYN carries; 0 asks */
	bool experimental;  /* kind 254 */
	bool request;	    /* the SYN carries the option */
	bool text_on_syn;   /* and text */
	uint32_t syn_len;   /* of that text */
	bool waiting_first_write; /* TCP_FASTOPEN_CONNECT: the SYN waits for it */
};

void fastopen_free(struct tcp_tcb *tcb);

/* --- client --- */
/* Decides what the SYN of a connect with `len` bytes of text carries. `deferred`: nothing is to be sent before the
 * first write. 0 or -errno. */
int fastopen_client_start(struct tcp_tcb *tcb, bool wanted);
void fastopen_client_offer(const struct tcp_tcb *tcb, struct tcp_syn_offer *offer);
/* How much text may ride on the SYN. */
uint32_t fastopen_client_room(const struct tcp_tcb *tcb, size_t options_len);
/* SYN,ACK arrived: keeps the cookie, sees whether the text was taken; marks for retransmission what was not. */
void fastopen_client_answered(struct tcp_tcb *tcb, const struct tcp_segment *seg);
/* The SYN timed out: it goes again without text and option. */
void fastopen_client_timeout(struct tcp_tcb *tcb);

/* --- server --- */
struct tcp_listener;
struct fastopen_answer {
	bool accept;	    /* the cookie is good (or none is needed): text is taken, the connection made at once */
	bool give;	    /* the SYN,ACK carries a cookie */
	bool experimental;
	uint8_t cookie_len;
	uint8_t cookie[16];
};
/* What a listener makes of a SYN's option and text. */
void fastopen_server_judge(struct tcpsim_host *host, struct tcp_listener *listener, const struct tcp_segment *syn,
	struct fastopen_answer *answer);
/* The connection was made at once: its SYN,ACK carries a cookie if one is to be given. */
void fastopen_server_opened(struct tcp_tcb *tcb, const struct fastopen_answer *answer);

#endif
