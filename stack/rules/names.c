/* The names of states, timers and kinds of event, as every reader of the event stream
 * prints them. */
#include <tcpsim/event.h>
#include <tcpsim/state.h>

#define NAMED(names, value)                                                                        \
	((unsigned)(value) < sizeof(names) / sizeof((names)[0]) ? (names)[value] : "?")

/* RFC 9293 §3.3.2; SYN-RECEIVED in Stevens' short form, as netstat has it. */
const char *tcpsim_state_name(enum tcpsim_state state)
{
	static const char *const NAMES[TCPSIM_NSTATES] = {
		[TCPSIM_CLOSED] = "CLOSED",
		[TCPSIM_LISTEN] = "LISTEN",
		[TCPSIM_SYN_SENT] = "SYN_SENT",
		[TCPSIM_SYN_RCVD] = "SYN_RCVD",
		[TCPSIM_ESTABLISHED] = "ESTABLISHED",
		[TCPSIM_FIN_WAIT_1] = "FIN_WAIT_1",
		[TCPSIM_FIN_WAIT_2] = "FIN_WAIT_2",
		[TCPSIM_CLOSE_WAIT] = "CLOSE_WAIT",
		[TCPSIM_CLOSING] = "CLOSING",
		[TCPSIM_LAST_ACK] = "LAST_ACK",
		[TCPSIM_TIME_WAIT] = "TIME_WAIT",
	};

	return NAMED(NAMES, state);
}

const char *tcpsim_timer_name(enum tcpsim_timer timer)
{
	static const char *const NAMES[TCPSIM_NTIMERS] = {
		[TCPSIM_TIMER_RETRANSMIT] = "retransmit",
		[TCPSIM_TIMER_PERSIST] = "persist",
		[TCPSIM_TIMER_PROBE] = "tail-loss-probe",
		[TCPSIM_TIMER_REORDER] = "reorder",
		[TCPSIM_TIMER_DELACK] = "delayed-ack",
		[TCPSIM_TIMER_KEEPALIVE] = "keepalive",
		[TCPSIM_TIMER_2MSL] = "2msl",
		[TCPSIM_TIMER_GIVE_UP] = "give-up",
		[TCPSIM_TIMER_PACE] = "pace",
	};

	return NAMED(NAMES, timer);
}

unsigned tcpsim_state_linux_number(enum tcpsim_state state)
{
	static const uint8_t NUMBER[TCPSIM_NSTATES] = {[TCPSIM_CLOSED] = 7,
		[TCPSIM_LISTEN] = 10,
		[TCPSIM_SYN_SENT] = 2,
		[TCPSIM_SYN_RCVD] = 3,
		[TCPSIM_ESTABLISHED] = 1,
		[TCPSIM_FIN_WAIT_1] = 4,
		[TCPSIM_FIN_WAIT_2] = 5,
		[TCPSIM_CLOSE_WAIT] = 8,
		[TCPSIM_CLOSING] = 11,
		[TCPSIM_LAST_ACK] = 9,
		[TCPSIM_TIME_WAIT] = 6};

	return NUMBER[state];
}
