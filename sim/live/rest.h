/*
 * Does a world by the real clock come to rest? No kernel says that nothing is left to happen, so it
 * is told by what can be seen: of its programs, and of its hosts' connections.
 */
#ifndef LIVE_REST_H
#define LIVE_REST_H

#include "process/process.h"
#include "timeline/timeline.h"

/* Does it run, and not only wait for what another can do: somebody who connects, or sends? A server
 * always waits so; on a kernel host a process does that has a listener, while no connection of the
 * host's is open. */
bool rest_runs(const struct process *process);

struct rest {
	bool at_rest;	 /* every end is CLOSED, in TIME_WAIT or LISTEN */
	bool waits;	 /* one sends again what it has no answer to */
	int64_t last_ns; /* when something was sent */
	uint64_t packets;
};

/* What the timeline has of them. */
void rest_of_timeline(struct rest *rest, const struct timeline *timeline);
/* Asks the hosts themselves; `last_ns` and `packets` are of the look before. */
void rest_of_hosts(struct rest *rest, const struct tcpsim_world *world);

#endif
