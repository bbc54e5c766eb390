/*
 * TCP Fast Open, RFC 7413: cookies given out and kept, text on a SYN. A client's or server's struct
 * tcp_fastopen lives from the SYN to the end of its connection.
 */
#ifndef TCPSIM_TCP_FASTOPEN_H
#define TCPSIM_TCP_FASTOPEN_H

#include <tcp/options_out.h>

struct tcp_fastopen {
	uint8_t cookie[16];
	/* of the option: what the SYN shows, what the SYN,ACK gives; 0 in a SYN asks */
	uint8_t cookie_len;
	bool option;	   /* the next SYN or SYN,ACK carries the option */
	bool asked;	   /* the SYN carried it */
	bool experimental; /* as kind 254 */
	bool text_on_syn;  /* the SYN may carry text */
	bool shrunk;	   /* the SYN went again without text, which was too long for the path */
	bool writing; /* the process waits in that call to write more (Linux sk_write_pending) */
	uint16_t mss; /* that the peer named when it gave the cookie; 0: not known */
	uint32_t syn_len; /* text that left with the SYN */
};

/* --- server --- */
struct fastopen_answer {
	/* the cookie is good (or none is needed): text is taken, the connection made at once */
	bool accept;
	bool give; /* the SYN,ACK carries a cookie */
	bool experimental;
	uint8_t cookie_len;
	uint8_t cookie[16];
};

#endif
