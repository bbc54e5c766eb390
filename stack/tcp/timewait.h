/*
 * TIME-WAIT: a connection that is over, and remembered so that its old segments harm no new one. It
 * is a small struct of its own; the TCB is gone. RFC 9293 §3.4.2, §3.10.7.4; RFC 1337; RFC 6191.
 */
#ifndef TCPSIM_TCP_TIMEWAIT_H
#define TCPSIM_TCP_TIMEWAIT_H

#include <tcp/tcb.h>

struct tcp_time_wait {
	struct conn conn;
	struct wheel_timer wheel;
	tcpsim_seq snd_nxt, rcv_nxt;
	uint32_t rcv_wnd : 30; /* as last told: none is larger (RFC 7323 §2.2) */
	uint32_t ecn : 2;      /* of the last segment: the flow's queue at a router */
	uint32_t ts_recent, ts_offset;
	uint32_t entered_ms;  /* of the host's clock, wrapping */
	uint32_t answered_ms; /* the last ACK that answered an empty segment; 0: none did */
	uint16_t window_field;
	bool timestamps : 1;
	bool fin_wait_2 : 1; /* of a closed socket (Linux): the peer's FIN is still to come */
	uint8_t dscp : 6; /* as the process had set it: of IP_TOS the part that is TCP's to keep */
	uint8_t ttl;	  /* and this; 0: the host's */
	struct tcp_tcb
		*tcb; /* what the process still holds of the connection; NULL once it closed */
};

/* The connection is over: replaces the TCB, which is buried. */
void time_wait_enter(
	struct tcp_tcb *tcb, enum tcpsim_rule rule, const struct tcpsim_segment *cause);
/* A closed socket's connection in FIN-WAIT-2 is kept in the same way for `length_ns`, or ends where
 * there is no room. */
void time_wait_enter_fin_wait_2(struct tcp_tcb *tcb, int64_t length_ns);
/* A segment for it. True: it was a new SYN that may open a new connection here; the entry is gone
 * and the SYN is for the listener, whose ISS must be at least *iss. */
bool time_wait_arrived(struct tcpsim_host *host, struct tcp_time_wait *tw,
	const struct tcpsim_segment *seg, tcpsim_seq *iss);
/* The new connection, not yet in the table, takes the 4-tuple from an entry of this host if it may:
 * with an ISS beyond the old numbers and the old TS.Recent. `bound`: its process asked for the
 * port. */
void time_wait_take_over(struct tcp_tcb *tcb, bool bound);
/* When 2MSL from now is over, on the profile's slow clock. */
int64_t tcp_tick_2msl(const struct tcpsim_host *host);
void time_wait_free(struct tcpsim_host *host, struct tcp_time_wait *tw, enum tcpsim_rule rule);

/* May a new connection of this host take that entry's 4-tuple over? It is in TIME-WAIT, and RFC
 * 6191 §2 and the profile permit it. `bound`: the process asked for the port. */
bool tcp_may_take_over(const struct tcpsim_host *host, const struct conn *conn, bool bound);
/* In how many ns it may, if the entry stays as it is: 0 now, INT64_MAX never. */
int64_t tcp_take_over_wait(const struct tcpsim_host *host, const struct conn *conn, bool bound);

#endif
