/*
 * The states as data: what each permits and where it goes, RFC 9293 §3.3.2 Figure 5.
 *
 *                            +--------+ listen    +--------+
 *              connect +-----| CLOSED |---------->| LISTEN |
 *                      v     +--------+           +--------+
 *                 +----------+    SYN,           SYN |
 *                 | SYN_SENT |-------------+         |
 *                 +----------+   crossed   v         v
 *                   | SYN,ACK            +-------------+
 *                   | and ACK of it      |  SYN_RCVD   |
 *                   |                    +-------------+
 *                   |    +-------------+  ACK |   | close
 *                   +--->| ESTABLISHED |<-----+   |
 *                        +-------------+          |
 *                  close   |         | FIN        |
 *          +---------------+---------|------------+
 *          v                         v
 *   +------------+ FIN          +------------+
 *   | FIN_WAIT_1 |---------+    | CLOSE_WAIT |
 *   +------------+         v    +------------+
 *     | ACK of   |     +---------+     | close
 *     | the FIN  |     | CLOSING |     v
 *     v          |     +---------+  +----------+
 *   +------------+ |     | ACK     | LAST_ACK |
 *   | FIN_WAIT_2 | |FIN, | of the  +----------+
 *   +------------+ |ACK  | FIN       | ACK of the FIN
 *     | FIN        v     v           v
 *     |       +-----------+ 2MSL  +--------+
 *     +------>| TIME_WAIT |------>| CLOSED |
 *             +-----------+       +--------+
 *
 * Who takes an edge:
 *   CLOSED -> SYN_SENT                     tcp_connect (calls.c)
 *   CLOSED <-> LISTEN                      tcp_listen, event_closed (listen.c)
 *   LISTEN -> SYN_RCVD                     remember; open_at_once, cookie_arrived (request.c)
 *   SYN_SENT -> SYN_RCVD                   syn_crossed (arrive.c)
 *   SYN_SENT, SYN_RCVD -> ESTABLISHED      arrive_established (arrive.c)
 *   ... -> FIN_WAIT_1, LAST_ACK            queue_fin (calls.c), arrive_closed_meanwhile (arrive.c)
 *   ... -> FIN_WAIT_2, TIME_WAIT, CLOSED   fin_acked (ack.c)
 *   ... -> CLOSE_WAIT, CLOSING, TIME_WAIT  take_fin (text.c), fin_wait_2_arrived (timewait.c)
 *   TIME_WAIT -> CLOSED                    time_wait_free (timewait.c)
 *   SYN_RCVD -> CLOSED or LISTEN           request_free (request.c)
 *   any -> CLOSED, by RST, timeout, abort  tcb_end (tcb.c)
 *
 * What holds in a state is asserted of every connection between inputs (invariants.c): a TCB is
 * never CLOSED, LISTEN or TIME_WAIT, which have entries of their own; SND.UNA =< SND.NXT; once
 * synchronized the send queue holds exactly what is not acknowledged; a FIN that left was queued.
 */
#include <assert.h>
#include <tcp/machine.h>

#define BIT(state) (1u << (state))

static const struct state_row {
	uint16_t edges; /* states it may go to */
	uint8_t on_fin_acked, on_fin, on_close;
	uint8_t traits;
} STATE[TCP_NSTATES] = {
	[TCP_CLOSED] = {BIT(TCP_LISTEN) | BIT(TCP_SYN_SENT) | BIT(TCP_SYN_RECEIVED) |
				BIT(TCP_ESTABLISHED),
		TCP_CLOSED, TCP_CLOSED, TCP_CLOSED, 0},
	[TCP_LISTEN] = {BIT(TCP_SYN_RECEIVED) | BIT(TCP_SYN_SENT) | BIT(TCP_CLOSED), TCP_LISTEN,
		TCP_LISTEN, TCP_CLOSED, 0},
	[TCP_SYN_SENT] = {BIT(TCP_SYN_RECEIVED) | BIT(TCP_ESTABLISHED) | BIT(TCP_CLOSED),
		TCP_SYN_SENT, TCP_SYN_SENT, TCP_CLOSED, 0},
	[TCP_SYN_RECEIVED] = {BIT(TCP_ESTABLISHED) | BIT(TCP_FIN_WAIT_1) | BIT(TCP_CLOSE_WAIT) |
				      BIT(TCP_CLOSED) | BIT(TCP_LISTEN),
		TCP_SYN_RECEIVED, TCP_CLOSE_WAIT, TCP_FIN_WAIT_1, TRAIT_SYNCHRONIZED},
	[TCP_ESTABLISHED] = {BIT(TCP_FIN_WAIT_1) | BIT(TCP_CLOSE_WAIT) | BIT(TCP_CLOSED),
		TCP_ESTABLISHED, TCP_CLOSE_WAIT, TCP_FIN_WAIT_1,
		TRAIT_SYNCHRONIZED | TRAIT_TEXT_IN | TRAIT_TEXT_OUT | TRAIT_FLUSH},
	[TCP_FIN_WAIT_1] = {BIT(TCP_FIN_WAIT_2) | BIT(TCP_CLOSING) | BIT(TCP_TIME_WAIT) |
				    BIT(TCP_CLOSED),
		TCP_FIN_WAIT_2, TCP_CLOSING, TCP_FIN_WAIT_1,
		TRAIT_SYNCHRONIZED | TRAIT_TEXT_IN | TRAIT_FLUSH | TRAIT_FIN_SENT},
	[TCP_FIN_WAIT_2] = {BIT(TCP_TIME_WAIT) | BIT(TCP_CLOSED), TCP_FIN_WAIT_2, TCP_TIME_WAIT,
		TCP_FIN_WAIT_2, TRAIT_SYNCHRONIZED | TRAIT_TEXT_IN | TRAIT_FIN_SENT},
	[TCP_CLOSE_WAIT] = {BIT(TCP_LAST_ACK) | BIT(TCP_CLOSED), TCP_CLOSE_WAIT, TCP_CLOSE_WAIT,
		TCP_LAST_ACK, TRAIT_SYNCHRONIZED | TRAIT_TEXT_OUT | TRAIT_FLUSH},
	[TCP_CLOSING] = {BIT(TCP_TIME_WAIT) | BIT(TCP_CLOSED), TCP_TIME_WAIT, TCP_CLOSING,
		TCP_CLOSING, TRAIT_SYNCHRONIZED | TRAIT_FLUSH | TRAIT_FIN_SENT},
	[TCP_LAST_ACK] = {BIT(TCP_CLOSED), TCP_CLOSED, TCP_LAST_ACK, TCP_LAST_ACK,
		TRAIT_SYNCHRONIZED | TRAIT_FLUSH | TRAIT_FIN_SENT},
	[TCP_TIME_WAIT] = {BIT(TCP_CLOSED) | BIT(TCP_SYN_RECEIVED), TCP_TIME_WAIT, TCP_TIME_WAIT,
		TCP_TIME_WAIT, TRAIT_SYNCHRONIZED | TRAIT_FIN_SENT},
};

bool tcp_state_has(enum tcp_state state, unsigned traits)
{
	return (STATE[state].traits & traits) == traits;
}

enum tcp_state tcp_on_fin_acked(enum tcp_state state)
{
	return STATE[state].on_fin_acked;
}

enum tcp_state tcp_on_fin(enum tcp_state state)
{
	return STATE[state].on_fin;
}

enum tcp_state tcp_on_close(enum tcp_state state)
{
	return STATE[state].on_close;
}

void tcp_event_state(struct tcpsim_host *host, uint32_t connection, enum tcp_state before,
	enum tcp_state after, enum tcp_rule rule, const struct tcp_segment *cause)
{
	struct tcp_event event = {.kind = TCP_EVENT_STATE,
		.connection = connection,
		.before = before,
		.after = after,
		.rule = rule,
		.segment = cause};

	assert(STATE[before].edges & BIT(after));
	if (host_listens(host))
		host_event(host, &event);
}

void tcp_event_tell_segment(struct tcpsim_host *host, enum tcp_event_kind kind, uint32_t connection,
	enum tcp_state state, enum tcp_rule rule, const struct tcp_segment *segment)
{
	struct tcp_event event = {.kind = kind,
		.connection = connection,
		.before = state,
		.after = state,
		.rule = rule,
		.segment = segment};

	host_event(host, &event);
}

void tcp_event_note(struct tcp_tcb *tcb, enum tcp_event_kind kind, enum tcp_rule rule, int error)
{
	struct tcp_event event = {.kind = kind,
		.connection = tcb->conn.id,
		.before = tcb->state,
		.after = tcb->state,
		.rule = rule,
		.error = error};

	if (host_listens(tcb->host))
		host_event(tcb->host, &event);
}

void tcp_enter(struct tcp_tcb *tcb, enum tcp_state state, enum tcp_rule rule,
	const struct tcp_segment *cause)
{
	enum tcp_state before = tcb->state;

	if (before == state)
		return;
	tcb->state = state;
	tcp_event_state(tcb->host, tcb->conn.id, before, state, rule, cause);
}
