/* What the files of the observer share; nobody else includes it. */
#ifndef TCPSIM_TRACES_OBSERVER_INNER_H
#define TCPSIM_TRACES_OBSERVER_INNER_H

#include "traces/observer/observer.h"

#include <tcpsim/profile.h>

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

/* Why a RST was sent. */
struct rst_verdict {
	enum tcpsim_rule rule;
	enum observer_certainty certainty;
	uint16_t
		causes[2]; /* enum tcpsim_rule, the likelier first, where the rule is RST_UNKNOWN */
};

/* One segment under way through the observer. */
struct passing {
	struct observer *o;
	struct flow *f;
	const struct tcpsim_segment *seg;
	const struct observed_packet *packet;
	int64_t now_ns, silent_ns; /* and how long nobody had sent anything */
	int64_t left_ns;	   /* when it would have passed, had nothing held it up (clock.c) */
	unsigned from;		   /* side that sent it */
	struct flow_side *s, *r;   /* sender, receiver */
	tcpsim_seq end;		   /* one past the payload */
	uint16_t ip_id, ip_id_before; /* of this packet and of its sender's last one */
	bool again;		      /* nothing in it is new */
	bool fresh;		      /* it takes numbers beyond all that had been seen ... */
	bool opens_gap;		      /* ... and not the next ones */
	bool fills_gap;		      /* its bytes had not been seen, and others behind them had */
	bool overtaken;		      /* and it is late */
	bool probes;		      /* it is a keepalive or a window probe */
	bool cut;		      /* text that the persist timer has cut to the window */
	enum tcpsim_rule rule;	      /* of the repetition that it is */
	bool probe_fits;	      /* where that is not known: it may be a tail loss probe */
	const uint8_t *raw_options;
	const uint8_t *text; /* of a RST */
	unsigned n_text;
	uint64_t evidence; /* another packet that the next mark rests on; 0: none */
};

/* What makes this packet this packet: `len` bytes of TCP, and what the segment says. */
uint32_t observer_signature(const struct observed_segment *seen, const uint8_t *tcp, size_t len);
/* The capture holds it already. */
bool observer_seen_twice(struct passing *p, uint32_t sign);
/* The system that wrote the SYN, by its options; what is known of it, or NULL. */
void observer_learn_system(struct passing *p);
const struct tcpsim_profile *observer_system(const struct flow_side *s);
/* The segment is one that its receiver must answer with an ACK; whether the peer's last one can
 * have drawn this segment. */
void observer_note_asking(struct passing *p);
bool observer_was_asked(const struct passing *p);
/* Tells a mark of side `side`. */
void observer_mark(struct passing *p, unsigned side, enum tcpsim_rule rule);
/* Puts an end into a state, for a reason. Nothing happens if it is there already. */
void observer_enter(
	struct passing *p, unsigned side, enum tcpsim_state state, enum tcpsim_rule rule);
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
/* Why it goes again, text from `start` on: the rule of its kind. */
enum tcpsim_rule observer_why_again(struct passing *p, tcpsim_seq start);
/* So long has its sender sent nothing that its retransmission timer can have run. */
bool observer_timer_can_have_run(const struct passing *p);
/* It left before something that was seen already: overtaken on the way. */
bool observer_is_overtaken(const struct passing *p);
/* The whole round trip, as far as it is known: both ways from where the capture was taken. */
int64_t observer_rtt_ns(const struct passing *p);
/* How soon that end is answered: the least that was seen, or a bound; 0: not known. */
int64_t observer_answer_ns(const struct flow_side *s);
/* Nothing of its sender that came before this segment was lost before it came here. */
bool observer_is_original(const struct passing *p);
/* The capture was taken at its sender. */
bool observer_is_sent_here(const struct passing *p);
/* What passed at `event_ns` reached the sender, and this segment is how it answered. */
bool observer_answers(const struct passing *p, int64_t event_ns);
/* That side `receiver` has taken the peer's FIN in was presumed, and is taken back. */
void observer_fin_unheard(struct passing *p, unsigned receiver);
/* Nothing is outstanding on either side. */
bool observer_is_quiet(const struct passing *p);
/* The segment ends a silence that began at `from_ns`; whether all had been quiet then,
 * and its sender's window shut. */
void observer_stall(struct passing *p, int64_t from_ns, bool quiet, bool shut);
/* What the time before this segment went into, and what it measures (pace.c, rounds.c). */
void observer_pace(struct passing *p);
void rounds_note(struct passing *p);
void rounds_sample(struct passing *p, unsigned side, uint32_t us);
void rounds_first(struct passing *p, unsigned side, uint32_t us);
void rounds_sum_up(struct flow *f, unsigned side);
struct pace_side;
void rounds_begin(struct pace_side *s);
void rounds_free(struct pace_side *s);
/* What the segment's timestamps tell of time. */
void observer_clock(struct passing *p);
/* A repetition of something already seen. */
void observer_repeated(struct passing *p, enum tcpsim_rule rule);

static inline unsigned observer_other(unsigned side)
{
	return !side;
}

#endif
