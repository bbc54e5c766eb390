/* Fast Open, the server: RFC 7413 §4.1.2, §4.2.2; cookies as Linux makes them. See fastopen.h. */
#ifndef TCPSIM_TCP_FASTOPEN_SERVER_H
#define TCPSIM_TCP_FASTOPEN_SERVER_H

struct fastopen_answer;
struct tcp_listener;
struct tcp_tcb;
struct tcpsim_host;
struct tcpsim_segment;

/* What a listener makes of a SYN's option and text. */
void fastopen_server_judge(struct tcpsim_host *host, struct tcp_listener *listener,
	const struct tcpsim_segment *syn, struct fastopen_answer *answer);
/* The connection was made at once: its SYN,ACK carries a cookie if one is to be given. */
void fastopen_server_opened(struct tcp_tcb *tcb, const struct fastopen_answer *answer);

#endif
