/*
 * A thread in which calls that may block are made, one at a time.
 *
 * sleeper_start() comes back when the call is over or when the kernel has put it to sleep, which is
 * read from /proc/self/task: "blocks" is then what the kernel says and not a guess by a timeout.
 */
#ifndef LIVE_SLEEPER_H
#define LIVE_SLEEPER_H

#include "script/system/sut.h"

struct sleeper;

struct sleeper *sleeper_new(void);
/* A call that still sleeps keeps its thread: the process is expected to end. */
void sleeper_free(struct sleeper *sleeper);
/* True: the call is over. False: it sleeps, and stays the caller's until sleeper_done(). */
bool sleeper_start(struct sleeper *sleeper, struct sut_call *call);
/* Is the call that slept over? Then its result stands in it. */
bool sleeper_done(struct sleeper *sleeper);
/* Readable when it is. */
int sleeper_fd(const struct sleeper *sleeper);

#endif
