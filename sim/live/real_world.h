/*
 * A world with kernel hosts, run by the real clock: with their namespaces made before and gone
 * afterwards.
 *
 * The end: no kernel says that nothing is left to happen, so it is told by what can be seen
 * (live/rest.h). Its programs but for the servers are over, every connection is CLOSED or in
 * TIME_WAIT at both ends and has been silent for a second; or nothing was sent for REAL_QUIET_NS and
 * nothing waits for an answer. Else at its `until`, or at REAL_UNTIL_NS, as nobody waits for a week.
 */
#ifndef LIVE_REAL_WORLD_H
#define LIVE_REAL_WORLD_H

#include "live/drive.h"
#include "timeline/timeline.h"

#define REAL_QUIET_NS INT64_C(5000000000)
#define REAL_UNTIL_NS INT64_C(180000000000)

/* Programs of this machine that live in the world while it runs (exec/commands.h). */
struct real_guests {
	/* The kernel hosts are up. What it gives is handed to the others. */
	void *(*open)(struct tcpsim_world *world, struct drive *drive);
	/* Does one have to come to its end before the world does? */
	bool (*run)(void *guests);
	/* Ends them; the kernel hosts are still up. */
	void (*close)(void *guests);
};

/* Called when it is over, while the kernels are still there to be asked. */
typedef void (*real_over_fn)(void *context, struct tcpsim_world *world);

struct real_world {
	struct tcpsim_world *world;
	/* its witness's, in which connections are looked up; NULL: the hosts are asked */
	const struct timeline *timeline;
	int64_t until_ns;
	real_over_fn over; /* NULL: nobody asks */
	void *context;
};

/* True: it came to its end by itself. False: its time was over, or *error is set (LIVE_ERROR). */
bool real_world_run(const struct real_world *real, struct drive_lateness *lateness, GError **error);

/* --- the same in steps --- */
struct real_run;

/* The kernel hosts are up; NULL and *error (LIVE_ERROR). The world outlives it. */
struct real_run *real_run_open(
	struct tcpsim_world *world, const struct timeline *timeline, GError **error);
/* Runs it until then. True: it came to its end by itself. */
bool real_run_go(struct real_run *run, int64_t until_ns);
const struct drive_lateness *real_run_lateness(const struct real_run *run);
/* The kernel hosts go. */
void real_run_close(struct real_run *run);

#endif
