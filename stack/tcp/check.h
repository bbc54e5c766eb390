/*
 * What the tables of checks share: RFC 9293 §3.10.7.4 is one for a connection (arrive.c), one for an
 * entry of the incomplete queue (request_arrive.c), one for TIME-WAIT and one for a FIN-WAIT-2 that
 * is kept as its entry (timewait.c). A system's order is visible in its table; the two questions
 * that are asked of the numbers stand here once.
 */
#ifndef TCPSIM_TCP_CHECK_H
#define TCPSIM_TCP_CHECK_H

#include <tcpsim/seq.h>

/* What a check says of a segment: the next may look at it, or it is dealt with. */
enum verdict { GO_ON, DONE };

/* What the receiver told, from the next number that it waits for. */
struct receive_window {
	tcpsim_seq nxt;
	uint32_t wnd;
	bool takes_edge; /* some systems: an empty segment at the far edge, none of it beyond */
	bool takes_shut; /* text that reaches beyond `nxt` though the window is shut: for its ACK,
			  * RST and urgent pointer (§3.10.7.4's "special allowance") */
};

/* RFC 9293 §3.4's four cases, for `span` numbers from `seq` on. What needs no room of the window
 * (a bare FIN, where a system has it so) spans nothing. */
static inline bool seq_acceptable(const struct receive_window *w, tcpsim_seq seq, uint32_t span)
{
	tcpsim_seq edge = tcpsim_seq_add(w->nxt, w->wnd);

	if (tcpsim_seq_eq(seq, w->nxt))
		return !span || w->wnd || w->takes_shut;
	if (tcpsim_seq_eq(seq, edge))
		return !span && w->takes_edge;
	if (!tcpsim_seq_lt(seq, edge) || (!w->wnd && !w->takes_shut))
		return false;
	return tcpsim_seq_gt(span ? tcpsim_seq_add(seq, span) : seq, w->nxt);
}

/* RFC 7323 §5.3 R1: the timestamp is older than TS.Recent, by more than `tolerance` ticks. */
static inline bool paws_old(uint32_t ts_recent, uint32_t ts_val, int64_t tolerance)
{
	return (int32_t)(ts_recent - ts_val) > tolerance;
}

#endif
