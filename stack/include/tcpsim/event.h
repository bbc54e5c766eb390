/*
 * The one stream that explains everything: each thing the machine does is an event with the rule
 * that made it do so. Ladders, `--json`, "why this RST?", tests and comparisons with the kernel
 * read events; none of them computes TCP a second time.
 *
 * A rule has a name, a clause and one plain sentence, all in rules/; `tcpsim explain NAME`
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

enum tcpsim_rule {
	TCPSIM_RULE_NONE,
#define TCPSIM_RULE(id, name, clause, sentence) TCPSIM_RULE_##id,
#include <tcpsim/rules.def>
#undef TCPSIM_RULE
	TCPSIM_NRULES
};

struct tcpsim_rule_text {
	const char *name;     /* "rst/no-listener": group/what, unique, stable */
	const char *clause;   /* "RFC 9293 §3.10.7.1" or the system it describes */
	const char *sentence; /* what the rule says, in plain words */
};

const struct tcpsim_rule_text *tcpsim_rule_text(enum tcpsim_rule rule);
/* The rule of that name, or TCPSIM_RULE_NONE. */
enum tcpsim_rule tcpsim_rule_by_name(const char *name);

enum tcpsim_event_kind {
	TCPSIM_EVENT_SEGMENT_IN,  /* rule: what was done with it */
	TCPSIM_EVENT_SEGMENT_OUT, /* rule: why it was sent */
	TCPSIM_EVENT_STATE,	  /* before -> after */
	TCPSIM_EVENT_QUEUE, /* a listener's queues changed: incomplete, completed, backlog, its port */
	TCPSIM_EVENT_TIMER_SET,	    /* timer, deadline */
	TCPSIM_EVENT_TIMER_FIRED,   /* timer */
	TCPSIM_EVENT_TIMER_STOPPED, /* timer: it ran, and nothing comes of it */
	TCPSIM_EVENT_DROP,	    /* a segment ignored; rule: why */
	TCPSIM_EVENT_CWND,	    /* cwnd, ssthresh changed; rule: why */
	TCPSIM_EVENT_ERROR,	    /* error: an errno kept (soft) or returned (hard) */
	TCPSIM_EVENT_ICMP,	    /* an ICMP message taken: icmp_type, icmp_code */
	TCPSIM_EVENT_CALL,	    /* a user call of RFC 9293 §3.10.1-6 */
	TCPSIM_EVENT_LIMIT,	    /* rule: what keeps the end from sending more, from now on */
};

enum tcpsim_timer {
	TCPSIM_TIMER_RETRANSMIT,
	TCPSIM_TIMER_PERSIST,
	TCPSIM_TIMER_PROBE,   /* tail loss probe, RFC 8985 §7 */
	TCPSIM_TIMER_REORDER, /* RACK, RFC 8985 §6 */
	TCPSIM_TIMER_DELACK,
	TCPSIM_TIMER_KEEPALIVE,
	TCPSIM_TIMER_2MSL,    /* TIME-WAIT, and FIN-WAIT-2 where the profile limits it */
	TCPSIM_TIMER_GIVE_UP, /* connection establishment (BSD), USER_TIMEOUT */
	TCPSIM_TIMER_PACE,
	TCPSIM_NTIMERS
};
const char *tcpsim_timer_name(enum tcpsim_timer timer);

struct tcpsim_event {
	int64_t time_ns;
	uint32_t host; /* id the host was made with */
	/* counts from 1 on each host in the order they came to be; 0: none (a stray segment) */
	uint32_t connection;
	uint8_t kind;	       /* enum tcpsim_event_kind */
	uint8_t before, after; /* enum tcpsim_state; equal unless kind is STATE */
	uint8_t timer;	       /* enum tcpsim_timer */
	enum tcpsim_rule rule;
	const struct tcpsim_segment *segment; /* NULL where none is concerned */
	int error;			      /* errno, or 0 */
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
		uint32_t call; /* enum tcpsim_call */
	};
};

/* It may call nothing of the host that it is told of: tcpsim/host.h. */
typedef void (*tcpsim_event_fn)(void *context, const struct tcpsim_event *event);

#ifdef __cplusplus
}
#endif

#ifdef TCPSIM_OLD_NAMES
#include <tcpsim/old_names.h>
enum {
#define TCPSIM_RULE(id, name, clause, sentence) TCP_RULE_##id = TCPSIM_RULE_##id,
#include <tcpsim/rules.def>
#undef TCPSIM_RULE
};
#endif

#endif
