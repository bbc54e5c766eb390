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
#include <host/output.h>
#include <tcp/state.h>

#define BIT(state) (1u << (state))

static const struct state_row {
	uint16_t edges; /* states it may go to */
	uint8_t on_fin_acked, on_fin, on_close;
	uint8_t traits;
} STATE[TCPSIM_NSTATES] = {
	[TCPSIM_CLOSED] = {BIT(TCPSIM_LISTEN) | BIT(TCPSIM_SYN_SENT) | BIT(TCPSIM_SYN_RCVD) |
				   BIT(TCPSIM_ESTABLISHED),
		TCPSIM_CLOSED, TCPSIM_CLOSED, TCPSIM_CLOSED, 0},
	[TCPSIM_LISTEN] = {BIT(TCPSIM_SYN_RCVD) | BIT(TCPSIM_SYN_SENT) | BIT(TCPSIM_CLOSED),
		TCPSIM_LISTEN, TCPSIM_LISTEN, TCPSIM_CLOSED, 0},
	[TCPSIM_SYN_SENT] = {BIT(TCPSIM_SYN_RCVD) | BIT(TCPSIM_ESTABLISHED) | BIT(TCPSIM_CLOSED),
		TCPSIM_SYN_SENT, TCPSIM_SYN_SENT, TCPSIM_CLOSED, 0},
	[TCPSIM_SYN_RCVD] = {BIT(TCPSIM_ESTABLISHED) | BIT(TCPSIM_FIN_WAIT_1) |
				     BIT(TCPSIM_CLOSE_WAIT) | BIT(TCPSIM_CLOSED) |
				     BIT(TCPSIM_LISTEN),
		TCPSIM_SYN_RCVD, TCPSIM_CLOSE_WAIT, TCPSIM_FIN_WAIT_1, TRAIT_SYNCHRONIZED},
	[TCPSIM_ESTABLISHED] = {BIT(TCPSIM_FIN_WAIT_1) | BIT(TCPSIM_CLOSE_WAIT) |
					BIT(TCPSIM_CLOSED),
		TCPSIM_ESTABLISHED, TCPSIM_CLOSE_WAIT, TCPSIM_FIN_WAIT_1,
		TRAIT_SYNCHRONIZED | TRAIT_TEXT_IN | TRAIT_TEXT_OUT | TRAIT_FLUSH},
	[TCPSIM_FIN_WAIT_1] = {BIT(TCPSIM_FIN_WAIT_2) | BIT(TCPSIM_CLOSING) |
				       BIT(TCPSIM_TIME_WAIT) | BIT(TCPSIM_CLOSED),
		TCPSIM_FIN_WAIT_2, TCPSIM_CLOSING, TCPSIM_FIN_WAIT_1,
		TRAIT_SYNCHRONIZED | TRAIT_TEXT_IN | TRAIT_FLUSH | TRAIT_FIN_SENT},
	[TCPSIM_FIN_WAIT_2] = {BIT(TCPSIM_TIME_WAIT) | BIT(TCPSIM_CLOSED), TCPSIM_FIN_WAIT_2,
		TCPSIM_TIME_WAIT, TCPSIM_FIN_WAIT_2,
		TRAIT_SYNCHRONIZED | TRAIT_TEXT_IN | TRAIT_FIN_SENT},
	[TCPSIM_CLOSE_WAIT] = {BIT(TCPSIM_LAST_ACK) | BIT(TCPSIM_CLOSED), TCPSIM_CLOSE_WAIT,
		TCPSIM_CLOSE_WAIT, TCPSIM_LAST_ACK,
		TRAIT_SYNCHRONIZED | TRAIT_TEXT_OUT | TRAIT_FLUSH},
	[TCPSIM_CLOSING] = {BIT(TCPSIM_TIME_WAIT) | BIT(TCPSIM_CLOSED), TCPSIM_TIME_WAIT,
		TCPSIM_CLOSING, TCPSIM_CLOSING, TRAIT_SYNCHRONIZED | TRAIT_FLUSH | TRAIT_FIN_SENT},
	[TCPSIM_LAST_ACK] = {BIT(TCPSIM_CLOSED), TCPSIM_CLOSED, TCPSIM_LAST_ACK, TCPSIM_LAST_ACK,
		TRAIT_SYNCHRONIZED | TRAIT_FLUSH | TRAIT_FIN_SENT},
	[TCPSIM_TIME_WAIT] = {BIT(TCPSIM_CLOSED) | BIT(TCPSIM_SYN_RCVD), TCPSIM_TIME_WAIT,
		TCPSIM_TIME_WAIT, TCPSIM_TIME_WAIT, TRAIT_SYNCHRONIZED | TRAIT_FIN_SENT},
};

bool tcp_state_has(enum tcpsim_state state, unsigned traits)
{
	return (STATE[state].traits & traits) == traits;
}

enum tcpsim_state tcp_on_fin_acked(enum tcpsim_state state)
{
	return STATE[state].on_fin_acked;
}

enum tcpsim_state tcp_on_fin(enum tcpsim_state state)
{
	return STATE[state].on_fin;
}

enum tcpsim_state tcp_on_close(enum tcpsim_state state)
{
	return STATE[state].on_close;
}

void tcp_event_state(struct tcpsim_host *host, uint32_t connection, enum tcpsim_state before,
	enum tcpsim_state after, enum tcpsim_rule rule, const struct tcpsim_segment *cause)
{
	struct tcpsim_event event = {.kind = TCPSIM_EVENT_STATE,
		.connection = connection,
		.before = before,
		.after = after,
		.rule = rule,
		.segment = cause};

	assert(STATE[before].edges & BIT(after));
	if (host_listens(host))
		host_event(host, &event);
}

void tcp_event_report_segment(struct tcpsim_host *host, enum tcpsim_event_kind kind,
	uint32_t connection, enum tcpsim_state state, enum tcpsim_rule rule,
	const struct tcpsim_segment *segment)
{
	struct tcpsim_event event = {.kind = kind,
		.connection = connection,
		.before = state,
		.after = state,
		.rule = rule,
		.segment = segment};

	host_event(host, &event);
}

void tcp_event_note(
	struct tcp_tcb *tcb, enum tcpsim_event_kind kind, enum tcpsim_rule rule, int error)
{
	struct tcpsim_event event = {.kind = kind,
		.connection = tcb->conn.id,
		.before = tcb->state,
		.after = tcb->state,
		.rule = rule,
		.error = error};

	if (host_listens(tcb->host))
		host_event(tcb->host, &event);
}

void tcp_enter(struct tcp_tcb *tcb, enum tcpsim_state state, enum tcpsim_rule rule,
	const struct tcpsim_segment *cause)
{
	enum tcpsim_state before = tcb->state;

	if (before == state)
		return;
	tcb->state = state;
	tcp_event_state(tcb->host, tcb->conn.id, before, state, rule, cause);
}
