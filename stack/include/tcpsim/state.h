/* The eleven connection states of RFC 9293 §3.3.2. */
#ifndef TCPSIM_STATE_H
#define TCPSIM_STATE_H

#ifdef __cplusplus
extern "C" {
#endif

enum tcpsim_state {
	TCPSIM_CLOSED,
	TCPSIM_LISTEN,
	TCPSIM_SYN_SENT,
	TCPSIM_SYN_RCVD,
	TCPSIM_ESTABLISHED,
	TCPSIM_FIN_WAIT_1,
	TCPSIM_FIN_WAIT_2,
	TCPSIM_CLOSE_WAIT,
	TCPSIM_CLOSING,
	TCPSIM_LAST_ACK,
	TCPSIM_TIME_WAIT,
};
#define TCPSIM_NSTATES 11

/* "SYN_RCVD" and so on: the names of RFC 9293 with underscores, but for its SYN-RECEIVED, which is
 * SYN_RCVD as in Stevens. */
const char *tcpsim_state_name(enum tcpsim_state state);

/* Linux's number of the state (include/net/tcp_states.h), as TCP_INFO and /proc/net/tcp show it. */
unsigned tcpsim_state_linux_number(enum tcpsim_state state);

#ifdef __cplusplus
}
#endif

#ifdef TCPSIM_OLD_NAMES
#include <tcpsim/old_names.h>
#endif

#endif
