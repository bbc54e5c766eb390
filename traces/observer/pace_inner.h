/* What pace.c and pace_life.c share; nobody else includes it. */
#ifndef TCPSIM_TRACES_PACE_INNER_H
#define TCPSIM_TRACES_PACE_INNER_H

#include "traces/observer/inner.h"
#include "traces/observer/pace.h"

/* One direction under way: whose sender is `side`. */
struct way {
	struct observer *o;
	struct flow *f;
	struct pace_side *s;
	unsigned side;
};
struct way pace_way_of(struct observer *o, struct flow *f, unsigned side);

/* From here to that end. */
int64_t pace_one_way_ns(const struct flow *f, unsigned side);
bool pace_nothing_out(const struct pace_side *s);
/* What the peer's window has left. */
int32_t pace_usable(const struct pace_side *s);
/* Up to then the time went into that. */
void pace_spend(struct way *w, int64_t to_ns, enum flow_limit limit);
/* More text waited: for what? */
enum flow_limit pace_held_by(const struct way *w);
/* Nothing was outstanding from empty_ns on, and nothing waited. */
void pace_spend_idle(struct way *w, int64_t to_ns, bool own_text);
/* The peer's text reaches this end. */
void pace_peer_speaks(struct way *w, int64_t at_ns);
/* The first acknowledgment on its way is there. */
void pace_first_ack_arrives(struct way *w);
/* One passes, on its way to the sender. */
void pace_ack_leaves(struct way *w, const struct pace_ack *ack, int64_t now_ns);
/* The segment is this end's: text, a FIN, a probe. */
void pace_sends(struct passing *p, struct way *w);

#endif
