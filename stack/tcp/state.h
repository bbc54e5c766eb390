/* A connection's state: the one place that assigns it, what each state allows, where each leads; and
 * the events that tell of it. */
#ifndef TCPSIM_TCP_STATE_H
#define TCPSIM_TCP_STATE_H

#include <poll.h>
#include <tcp/socket.h>
#include <tcp/tcb.h>

#define TCP_NEVER INT64_MAX

/* The one assignment of a connection's state; refuses (asserts) an edge that RFC 9293 Figure 5 does
 * not have. */
void tcp_enter(struct tcp_tcb *tcb, enum tcpsim_state state, enum tcpsim_rule rule,
	const struct tcpsim_segment *cause);

enum tcp_trait {
	TRAIT_TEXT_IN = 1,  /* takes text: ESTABLISHED, FIN-WAIT-1, FIN-WAIT-2 */
	TRAIT_TEXT_OUT = 2, /* the process may send: ESTABLISHED, CLOSE-WAIT */
	TRAIT_FLUSH = 4, /* queued text may still leave: those, and FIN-WAIT-1, CLOSING, LAST-ACK */
	TRAIT_SYNCHRONIZED = 8,
	TRAIT_FIN_SENT = 16,
};
bool tcp_state_has(enum tcpsim_state state, unsigned traits);
/* Where a state goes when our FIN is acknowledged, when the peer's arrives, when the process
 * closes; itself: stays. */
enum tcpsim_state tcp_on_fin_acked(enum tcpsim_state state);
enum tcpsim_state tcp_on_fin(enum tcpsim_state state);
enum tcpsim_state tcp_on_close(enum tcpsim_state state);

/* --- events --- */
void tcp_event_state(struct tcpsim_host *host, uint32_t connection, enum tcpsim_state before,
	enum tcpsim_state after, enum tcpsim_rule rule, const struct tcpsim_segment *cause);
void tcp_event_report_segment(struct tcpsim_host *host, enum tcpsim_event_kind kind,
	uint32_t connection, enum tcpsim_state state, enum tcpsim_rule rule,
	const struct tcpsim_segment *segment);
static inline void tcp_event_segment(struct tcpsim_host *host, enum tcpsim_event_kind kind,
	uint32_t connection, enum tcpsim_state state, enum tcpsim_rule rule,
	const struct tcpsim_segment *segment)
{
	if (host_listens(host))
		tcp_event_report_segment(host, kind, connection, state, rule, segment);
}
/* For events without a segment. */
void tcp_event_note(
	struct tcp_tcb *tcb, enum tcpsim_event_kind kind, enum tcpsim_rule rule, int error);

static inline void tcp_event_drop(
	struct tcp_tcb *tcb, enum tcpsim_rule rule, const struct tcpsim_segment *segment)
{
	tcp_event_segment(tcb->host, TCPSIM_EVENT_DROP, tcb->conn.id, tcb->state, rule, segment);
}

#endif
