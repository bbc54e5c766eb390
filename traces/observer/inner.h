/* What the files of the observer share; nobody else includes it. */
#ifndef TCPSIM_TRACES_OBSERVER_INNER_H
#define TCPSIM_TRACES_OBSERVER_INNER_H

#include "traces/observer/observer.h"

#include <stddef.h>
#include <string.h>
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
	int64_t now_ns;
	unsigned from;		 /* side that sent it */
	unsigned n_text;	 /* of a RST */
	struct flow_side *s, *r; /* sender, receiver */
	const uint8_t *raw_options, *text;
	tcpsim_seq end; /* one past the payload */
	uint16_t ip_id; /* of this packet */
	/* From here on it is 0 at first. */
	uint16_t ip_id_before; /* of its sender's last one */
	int64_t silent_ns;     /* how long nobody had sent anything */
	int64_t left_ns;       /* when it would have passed, had nothing held it up (clock.c) */
	uint64_t evidence;     /* another packet that the next mark rests on; 0: none */
	enum tcpsim_rule rule; /* of the repetition that it is */
	bool probe_fits;       /* where that is not known: it may be a tail loss probe */
	bool again;	       /* nothing in it is new */
	bool fresh;	       /* it takes numbers beyond all that had been seen ... */
	bool opens_gap;	       /* ... and not the next ones */
	bool fills_gap;	       /* its bytes had not been seen, and others behind them had */
	bool overtaken;	       /* and it is late */
	bool probes;	       /* it is a keepalive or a window probe */
	bool cut;	       /* text that the persist timer has cut to the window */
};

/* All but its connection and sides. */
static inline void passing_begin(
	struct passing *p, struct observer *o, const struct observed_segment *seen)
{
	const struct tcpsim_segment *seg = &seen->segment;
	const size_t known = offsetof(struct passing, ip_id_before);

	p->o = o;
	p->seg = seg;
	p->packet = &seen->packet;
	p->raw_options = seen->raw;
	p->text = seen->text;
	p->n_text = seen->n_text;
	p->now_ns = seen->packet.time_ns;
	p->ip_id = seen->ip_id;
	p->end = tcpsim_seq_add(seg->seq, seg->len + !!(seg->flags & TCPSIM_SYN));
	memset((char *)p + known, 0, sizeof(*p) - known);
}

static inline unsigned observer_other(unsigned side)
{
	return !side;
}

#endif
