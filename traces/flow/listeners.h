/*
 * The listeners of a capture: each address and port that a SYN was sent to, and its two queues as
 * far as a capture can tell (UNP §4.5): connections in SYN-RECEIVED, and connections that are
 * ESTABLISHED while the server's program has not shown itself by a byte or a FIN (accept() cannot
 * be seen: this is an upper bound). An incomplete entry that nothing more is heard of is taken to
 * have died 75 s after its SYN,ACK, as in 4.4BSD.
 *
 * A SYN is suspected to have been dropped by the listener when it stays unanswered and the queue
 * was as long as it ever is, and never took anybody at that length; unless other segments are being
 * lost and it is only one or two. Everything here is inference; reports say so.
 */
#ifndef TCPSIM_TRACES_FLOW_LISTENERS_H
#define TCPSIM_TRACES_FLOW_LISTENERS_H

#include "traces/flow/flow.h"

struct listener {
	struct tcpsim_addr addr;
	uint16_t port;
	bool answered; /* a SYN,ACK came from it */
	uint32_t connections, refused;
	uint32_t incomplete, completed; /* now */
	uint32_t peak_incomplete, peak_completed;
	int64_t peak_incomplete_ns, peak_completed_ns;
	uint32_t syn_again;	     /* SYNs that were sent again */
	uint32_t dropped_completed;  /* of these: that had met a completed queue as long as any, */
	uint32_t dropped_incomplete; /* or an incomplete one; see listener_syns_dropped */
	/* The longest queues at which a SYN was answered: they were not full. */
	uint32_t answered_at_completed, answered_at_incomplete;
	uint32_t lost;		/* segments sent again of connections that it serves */
	uint32_t acks_ignored;	/* SYN,ACKs sent again after the second ACK of their client */
	uint32_t syn_ack_again; /* SYN,ACKs sent again */
	/* of these: after the client's ACK: full accept queue or deferred accept suspected */
	uint32_t syn_ack_after_ack;
	/* the longest completed queue when a SYN was suspected dropped */
	uint32_t completed_at_drop;
	uint32_t incomplete_at_drop;
	uint32_t overflow_resets; /* RSTs in answer to the completing ACK */
	uint32_t let_go;	  /* connections that came to nothing and are held no longer */
};

/* A queue's length changed. */
struct listener_change {
	uint64_t packet;
	int64_t time_ns;
	uint32_t listener, incomplete, completed;
};

struct listeners;

struct listeners *listeners_new(struct flow_table *flows);
void listeners_free(struct listeners *l);
uint32_t listeners_count(const struct listeners *l);
const struct listener *listeners_at(const struct listeners *l, uint32_t index);

/* A SYN begins a connection: finds or makes its listener, sets f->listener. True if it is known to
 * listen. */
bool listeners_syn(struct listeners *l, struct flow *f, unsigned server);
/* Whether a SYN,ACK has come from there. */
bool listeners_answers(const struct listeners *l, const struct tcpsim_addr *addr, uint16_t port);
/* The SYN is sent again, and nothing had come. */
void listeners_syn_again(struct listeners *l, struct flow *f);
/* after_ack: the client's ACK had long passed when this one left. */
void listeners_syn_ack(struct listeners *l, struct flow *f, bool again, bool after_ack);
/* Something of a connection that it serves is sent again: the path loses. */
void listeners_lost(struct listeners *l, const struct flow *f);
/* The server's end changes its state, or its program shows itself. */
void listeners_state(struct listeners *l, struct flow *f, uint8_t before, uint8_t after,
	uint64_t packet, int64_t now_ns);
void listeners_served(struct listeners *l, struct flow *f, uint64_t packet, int64_t now_ns);
/* From now on up to `most` changes are kept, in the order of the capture. */
void listeners_keep_changes(struct listeners *l, size_t most);
const struct listener_change *listeners_changes(const struct listeners *l, size_t *n);
void listeners_refused(struct listeners *l, struct flow *f);
void listeners_overflow_reset(struct listeners *l, struct flow *f);
/* Whether others than this one wait in its listener's queue of completed connections. */
bool listeners_wait(const struct listeners *l, const struct flow *f);
/* The connection's record goes: it waits in no queue any more. */
void listeners_let_go(struct listeners *l, struct flow *f);
/* Bytes held. */
size_t listeners_bytes(const struct listeners *l);
/* SYNs that are suspected to have been dropped by it. */
uint32_t listener_syns_dropped(const struct listener *l);
/* What its numbers suggest about the backlog, or NULL if nothing. Freed by g_free. */
char *listener_suggestion(const struct listener *l);

#endif
