/*
 * The one stream that explains everything: each thing the machine does is an event with the rule
 * that made it do so. Ladders, `--json`, "why this RST?", tests and comparisons with the kernel
 * read events; none of them computes TCP a second time.
 *
 * A rule has a name, a clause and one plain sentence, all in stack/rules/; `tcpsim explain NAME`
 * prints them. Events are handed to the listener by reference and live for the call only.
 */
#ifndef TCPSIM_EVENT_H
#define TCPSIM_EVENT_H

#include <stdint.h>
#include <tcpsim/segment.h>
#include <tcpsim/state.h>

#ifdef __cplusplus
extern "C" {
#endif

enum tcp_rule {
	TCP_RULE_NONE,
#define RULE(id, name, clause, sentence) TCP_RULE_##id,
#include <tcpsim/rules.def>
#undef RULE
	TCP_NRULES
};

struct tcp_rule_text {
	const char *name;     /* "rst/no-listener": group/what, unique, stable */
	const char *clause;   /* "RFC 9293 §3.10.7.1" or the system it describes */
	const char *sentence; /* what the rule says, in plain words */
};

const struct tcp_rule_text *tcp_rule_text(enum tcp_rule rule);
/* The rule of that name, or TCP_RULE_NONE. */
enum tcp_rule tcp_rule_by_name(const char *name);

enum tcp_event_kind {
	TCP_EVENT_SEGMENT_IN,  /* rule: what was done with it */
	TCP_EVENT_SEGMENT_OUT, /* rule: why it was sent */
	TCP_EVENT_STATE,       /* before -> after */
	TCP_EVENT_QUEUE, /* a listener's queues changed: incomplete, completed, backlog, its port */
	TCP_EVENT_TIMER_SET,	 /* timer, deadline */
	TCP_EVENT_TIMER_FIRED,	 /* timer */
	TCP_EVENT_TIMER_STOPPED, /* timer: it ran, and nothing comes of it */
	TCP_EVENT_DROP,		 /* a segment ignored; rule: why */
	TCP_EVENT_CWND,		 /* cwnd, ssthresh changed; rule: why */
	TCP_EVENT_ERROR,	 /* error: an errno kept (soft) or returned (hard) */
	TCP_EVENT_ICMP,		 /* an ICMP message taken: icmp_type, icmp_code */
	TCP_EVENT_CALL,		 /* a user call of RFC 9293 §3.10.1-6 */
	TCP_EVENT_LIMIT,	 /* rule: what keeps the end from sending more, from now on */
};

enum tcp_timer {
	TCP_TIMER_RETRANSMIT,
	TCP_TIMER_PERSIST,
	TCP_TIMER_PROBE,   /* tail loss probe, RFC 8985 §7 */
	TCP_TIMER_REORDER, /* RACK, RFC 8985 §6 */
	TCP_TIMER_DELACK,
	TCP_TIMER_KEEPALIVE,
	TCP_TIMER_2MSL,	   /* TIME-WAIT, and FIN-WAIT-2 where the profile limits it */
	TCP_TIMER_GIVE_UP, /* connection establishment (BSD), USER_TIMEOUT */
	TCP_TIMER_PACE,
	TCP_NTIMERS
};
const char *tcp_timer_name(enum tcp_timer timer);

struct tcp_event {
	int64_t time_ns;
	uint32_t host; /* id the host was made with */
	/* counts from 1 on each host in the order they came to be; 0: none (a stray segment) */
	uint32_t connection;
	uint8_t kind;	       /* enum tcp_event_kind */
	uint8_t before, after; /* enum tcp_state; equal unless kind is STATE */
	uint8_t timer;	       /* enum tcp_timer */
	enum tcp_rule rule;
	const struct tcp_segment *segment; /* NULL where none is concerned */
	int error;			   /* errno, or 0 */
	uint32_t packet; /* SEGMENT_OUT: the number of the packet that carries it; else 0 */
	union {
		int64_t deadline_ns;
		struct {
			uint32_t incomplete, completed, backlog;
			uint16_t port;
		} queue;
		struct {
			uint32_t cwnd_bytes, ssthresh_bytes;
		} cwnd;
		struct {
			uint8_t type, code;
		} icmp;
		uint32_t call; /* enum tcp_call */
	};
};

/* It may call nothing of the host that it is told of: tcpsim/host.h. */
typedef void (*tcp_event_fn)(void *context, const struct tcp_event *event);

#ifdef __cplusplus
}
#endif

#endif
