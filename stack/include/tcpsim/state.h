/* The eleven connection states of RFC 9293 §3.3.2. */
#ifndef TCPSIM_STATE_H
#define TCPSIM_STATE_H

#ifdef __cplusplus
extern "C" {
#endif

enum tcp_state {
	TCP_CLOSED,
	TCP_LISTEN,
	TCP_SYN_SENT,
	TCP_SYN_RECEIVED,
	TCP_ESTABLISHED,
	TCP_FIN_WAIT_1,
	TCP_FIN_WAIT_2,
	TCP_CLOSE_WAIT,
	TCP_CLOSING,
	TCP_LAST_ACK,
	TCP_TIME_WAIT,
};
#define TCP_NSTATES 11

/* "SYN_RECEIVED" and so on: the names of RFC 9293 with underscores. SYN_RECEIVED is printed
 * SYN_RCVD as in Stevens. */
const char *tcp_state_name(enum tcp_state state);

/* Linux's number of the state (include/net/tcp_states.h), as TCP_INFO and /proc/net/tcp show it. */
unsigned tcp_state_linux_number(enum tcp_state state);

#ifdef __cplusplus
}
#endif

#endif
