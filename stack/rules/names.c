/* The names of states, timers and kinds of event, as every reader of the event stream
 * prints them. */
#include <tcpsim/event.h>
#include <tcpsim/state.h>

#define NAMED(names, value)                                                                        \
	((unsigned)(value) < sizeof(names) / sizeof((names)[0]) ? (names)[value] : "?")

/* RFC 9293 §3.3.2; SYN-RECEIVED in Stevens' short form, as netstat has it. */
const char *tcp_state_name(enum tcp_state state)
{
	static const char *const NAMES[TCP_NSTATES] = {
		[TCP_CLOSED] = "CLOSED",
		[TCP_LISTEN] = "LISTEN",
		[TCP_SYN_SENT] = "SYN_SENT",
		[TCP_SYN_RECEIVED] = "SYN_RCVD",
		[TCP_ESTABLISHED] = "ESTABLISHED",
		[TCP_FIN_WAIT_1] = "FIN_WAIT_1",
		[TCP_FIN_WAIT_2] = "FIN_WAIT_2",
		[TCP_CLOSE_WAIT] = "CLOSE_WAIT",
		[TCP_CLOSING] = "CLOSING",
		[TCP_LAST_ACK] = "LAST_ACK",
		[TCP_TIME_WAIT] = "TIME_WAIT",
	};

	return NAMED(NAMES, state);
}

const char *tcp_timer_name(enum tcp_timer timer)
{
	static const char *const NAMES[TCP_NTIMERS] = {
		[TCP_TIMER_RETRANSMIT] = "retransmit",
		[TCP_TIMER_PERSIST] = "persist",
		[TCP_TIMER_PROBE] = "tail-loss-probe",
		[TCP_TIMER_REORDER] = "reorder",
		[TCP_TIMER_DELACK] = "delayed-ack",
		[TCP_TIMER_KEEPALIVE] = "keepalive",
		[TCP_TIMER_2MSL] = "2msl",
		[TCP_TIMER_GIVE_UP] = "give-up",
		[TCP_TIMER_PACE] = "pace",
	};

	return NAMED(NAMES, timer);
}

unsigned tcp_state_linux_number(enum tcp_state state)
{
	static const uint8_t NUMBER[TCP_NSTATES] = {[TCP_CLOSED] = 7,
		[TCP_LISTEN] = 10,
		[TCP_SYN_SENT] = 2,
		[TCP_SYN_RECEIVED] = 3,
		[TCP_ESTABLISHED] = 1,
		[TCP_FIN_WAIT_1] = 4,
		[TCP_FIN_WAIT_2] = 5,
		[TCP_CLOSE_WAIT] = 8,
		[TCP_CLOSING] = 11,
		[TCP_LAST_ACK] = 9,
		[TCP_TIME_WAIT] = 6};

	return NUMBER[state];
}
