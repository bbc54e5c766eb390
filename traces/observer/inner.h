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

static inline unsigned observer_other(unsigned side)
{
	return !side;
}

#endif
