/*
 * What the modules of the machine share: birth and death of a TCB, the one place that assigns a
 * state, and events.
 */
#ifndef TCPSIM_TCP_MACHINE_H
#define TCPSIM_TCP_MACHINE_H

#include <poll.h>
#include <tcp/socket.h>
#include <tcp/tcb.h>

#define TCP_NEVER INT64_MAX

/* --- tcb.c --- */
/* A CLOSED connection with the profile's values; not yet in the demultiplexing table. NULL: no
 * memory. */
struct tcp_tcb *tcb_new(struct tcpsim_host *host);
/* Frees one that never came into a table. NULL is fine. */
void tcb_free(struct tcp_tcb *tcb);
/* MSS, MTU and route figures for the way to conn.remote. 0 or -errno. */
int tcb_route(struct tcp_tcb *tcb);
/* What our MSS option says on that way; `most`: TCP_MAXSEG, or 0. RFC 9293 §3.7.1. */
uint16_t tcp_advertised_mss(const struct tcpsim_profile *sys, const struct route *route,
	uint8_t ip_version, uint16_t most);
/* snd.mss from path MTU, the peer's MSS and the options every segment carries (RFC 9293 §3.7.1). */
void tcb_update_mss(struct tcp_tcb *tcb, bool resend);
/* Takes it out of every table and frees it at the end of the entry at hand. */
void tcb_bury(struct tcp_tcb *tcb);
/* Ends a connection: CLOSED, the process gets `error` (positive errno or 0), timers stop; then
 * buries it when no process holds it. */
void tcb_end(struct tcp_tcb *tcb, int error, enum tcpsim_rule rule);
/* Runs at the end of every entry: frees what was buried. */
void tcb_sweep(struct tcp_tcb *tcb);

/* An initial sequence number (RFC 6528 or the profile's way). */
tcpsim_seq tcp_choose_iss(struct tcpsim_host *host, const struct conn *conn);
/* The connection's offset of our timestamp clock, and that clock's value now (RFC 7323 §5.4). */
uint32_t tcp_choose_ts_offset(struct tcpsim_host *host, const struct conn *conn);
uint32_t tcp_ts_clock(const struct tcpsim_host *host, uint32_t offset);

/* --- state.c --- */
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
void tcp_event_tell_segment(struct tcpsim_host *host, enum tcpsim_event_kind kind,
	uint32_t connection, enum tcpsim_state state, enum tcpsim_rule rule,
	const struct tcpsim_segment *segment);
static inline void tcp_event_segment(struct tcpsim_host *host, enum tcpsim_event_kind kind,
	uint32_t connection, enum tcpsim_state state, enum tcpsim_rule rule,
	const struct tcpsim_segment *segment)
{
	if (host_listens(host))
		tcp_event_tell_segment(host, kind, connection, state, rule, segment);
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
