/* What the files of the observer share; nobody else includes it. */
#ifndef TCPSIM_TRACES_OBSERVER_INNER_H
#define TCPSIM_TRACES_OBSERVER_INNER_H

#include "traces/observer/observer.h"

/* What happened to an end, seen from outside. */
enum observer_event {
	OBSERVER_SENT_SYN,
	OBSERVER_SENT_SYN_ACK,
	OBSERVER_SENT_FIN,
	OBSERVER_GOT_SYN,
	OBSERVER_GOT_SYN_ACK, /* that acknowledges its SYN */
	OBSERVER_SYN_ACKED,
	OBSERVER_GOT_FIN,
	OBSERVER_FIN_ACKED,
	OBSERVER_GOT_RST, /* acceptable */
	OBSERVER_N_EVENTS
};

/* One segment under way through the observer. */
struct passing {
	struct observer *o;
	struct flow *f;
	const struct tcp_segment *seg;
	const struct observed_packet *packet;
	int64_t now_ns;
	unsigned from;		 /* side that sent it */
	struct flow_side *s, *r; /* sender, receiver */
	tcp_seq end;		 /* one past the payload */
	uint16_t ip_id;
	bool again; /* nothing in it is new */
};

/* Tells a mark of side `side`. */
void observer_mark(struct passing *p, unsigned side, enum tcp_rule rule);
/* Puts an end into a state, for a reason. Nothing happens if it is there already. */
void observer_enter(struct passing *p, unsigned side, enum tcp_state state, enum tcp_rule rule);
/* Moves an end along the diagram, if the event means something in its state. */
void observer_event(struct passing *p, unsigned side, enum observer_event event);
/* What a segment that is neither SYN nor RST tells of its sender's state: segments the capture
 * lacks. */
void observer_infer(struct passing *p);

/* The segment's acknowledgment. */
void observer_ack(struct passing *p);
/* The segment's payload and FIN. */
void observer_text(struct passing *p);
/* The segment is a RST: why it was sent and what it does. */
void observer_rst(struct passing *p);
/* A repetition of something already seen. */
void observer_repeated(struct passing *p, enum tcp_rule rule);

static inline unsigned observer_other(unsigned side)
{
	return !side;
}

#endif
