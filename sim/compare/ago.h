/*
 * How long ago, when a packet left, that happened which made it leave: inside of compare/.
 *
 * An answer leaves at once after what it answers. Everything else a timer sends, and timers are set
 * at packets of their connection.
 */
#ifndef COMPARE_AGO_H
#define COMPARE_AGO_H

#include "compare/flows.h"

/* Within a jiffy of an event something is an answer to it, or left by the same timer. */
#define AGO_ANSWER_NS INT64_C(4000000)

struct ago {
	/* anything from outside but a call that only asks, or a packet of another timer */
	int64_t event;
	int64_t packet; /* the host's of its connection, or the peer's, or as `event` */
	guint events;	/* how many came before from outside: which it was */
};

/* Of the packet that is the entry `at`, an ACCOUNT_OUT. */
struct ago ago_of(const struct account *account, const struct flows *flows, guint at);

#endif
