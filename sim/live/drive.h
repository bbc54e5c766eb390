/*
 * The second driver of a world's clock: real time. The queue of events, the hosts and the links are
 * those of virtual time; here an event waits until CLOCK_MONOTONIC has come to its time, and
 * between events the world listens to descriptors: what comes in on one happens at the world's
 * time, which is how a real kernel or a real program takes part.
 *
 * A machine may be late: each event is held against the real clock as it fires, and so is how long
 * the descriptors were left alone. A run that must be on time asks drive_lateness() afterwards.
 *
 * The world is its caller's, and outlives the drive. One thread: a callback may watch, unwatch
 * (itself too), change the world and stop the drive; it may not run it. Descriptors stay their
 * owner's, who unwatches them before closing them.
 */
#ifndef LIVE_DRIVE_H
#define LIVE_DRIVE_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/epoll.h>

#include "world/world.h"

struct drive;

/* An event that is later than this is counted: a jiffy of the kernel's, whose own timers are no
 * more exact. */
#define DRIVE_LATE_NS INT64_C(4000000)

struct drive_lateness {
	uint64_t events, late;	       /* fired; of those, later than DRIVE_LATE_NS */
	int64_t worst_ns, worst_at_ns; /* the latest one, and the world's time of it */
	int64_t away_ns;	       /* the longest time in which no descriptor was looked at */
};

/* `events` are epoll's (EPOLLIN ...). */
typedef void (*drive_fn)(void *context, int fd, uint32_t events);
typedef void (*drive_turn_fn)(void *context);

/* The world's time stands until drive_run() is called for the first time, and never again. NULL and
 * *error (LIVE_ERROR). */
struct drive *drive_new(struct tcpsim_world *world, GError **error);
void drive_free(struct drive *drive);

/* Calls `fn` in drive_run() whenever the descriptor is ready (level-triggered). Once more for a
 * descriptor that is watched changes what for. False and errno: not one that can be waited for. */
bool drive_watch(struct drive *drive, int fd, uint32_t events, drive_fn fn, void *context);
void drive_unwatch(struct drive *drive, int fd);

/* Calls `fn` whenever all that was due is done and all that was heard is dealt with, before waiting
 * for more: for what is put together meanwhile. */
void drive_each_turn(struct drive *drive, drive_turn_fn fn, void *context);
void drive_no_turn(struct drive *drive, void *context);

/* Runs the world until that time (INT64_MAX: for ever), or until it is told to stop; returns the
 * world's time. May be called again. It does not end by itself when nothing is scheduled: what
 * happens next may come from outside. */
int64_t drive_run(struct drive *drive, int64_t until_ns);
/* drive_run() returns once the present callback or event is over. */
void drive_stop(struct drive *drive);

/* The world's time by the real clock, which its own clock follows from event to event. */
int64_t drive_now_ns(const struct drive *drive);
/* CLOCK_MONOTONIC at the world's time 0, once it runs. */
int64_t drive_start_ns(const struct drive *drive);
const struct drive_lateness *drive_lateness(const struct drive *drive);

/* In front of others, where we may: what waits for the clock mostly sleeps. Gives what drive_relax()
 * takes; a process that is started meanwhile has the same until it asks for another. */
int drive_hurry(void);
void drive_relax(int before);

#endif
