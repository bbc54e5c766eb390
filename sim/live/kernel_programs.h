/*
 * A world's ready-made programs as threads of a kernel host's agent (live/kernel_agent.h): the same
 * sources as in a world, compiled once more against the kernel's calls (live/kernel_names.h).
 *
 * As in a world only one of them runs at a time, and another may when it waits in a call: the turn
 * is a lock that a blocking call gives away. What they call and say goes to the world's process as
 * messages, with the world's time. Descriptors are shared, as the threads of one process do.
 */
#ifndef LIVE_KERNEL_PROGRAMS_H
#define LIVE_KERNEL_PROGRAMS_H

#include "live/kernel_agent.h"

/* Is it one that makes a host's calls, and so runs there? */
bool kernel_programs_have(int (*run)(void *config));
/* Starts that of the world's programs, by its place in world->processes. `socket`: where messages
 * go; `start_ns`: CLOCK_MONOTONIC at the world's time 0. */
void kernel_programs_start(struct node *node, int socket, uint32_t process, int64_t start_ns);

#endif
