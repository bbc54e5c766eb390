/*
 * What a device sends, with the time at which the kernel sent it: a packet socket. Reading the
 * device itself tells only when this process came round to it, which on a busy machine is
 * milliseconds later.
 */
#ifndef LIVE_WATCH_H
#define LIVE_WATCH_H

#include "live/namespace.h"
#include <stdint.h>

/* A non-blocking descriptor that the caller closes, or -1 and *error. */
int live_watch_open(const char *device, GError **error);
/* The next datagram that left through the device: its length and when, by CLOCK_REALTIME; 0: none
 * waits. */
size_t live_watch_next(int fd, uint8_t *out, size_t size, int64_t *time_ns);

#endif
