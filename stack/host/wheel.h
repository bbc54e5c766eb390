/*
 * The wheel of deadlines: arming is O(1), re-arming later than armed costs nothing until it fires.
 */
#ifndef TCPSIM_HOST_WHEEL_H
#define TCPSIM_HOST_WHEEL_H

#include <host/host.h>

/* NULL: no memory. */
struct wheel *wheel_new(int64_t start_ns);
/* Timers are their owners': the wheel forgets them. */
void wheel_free(struct wheel *wheel);
/* Fires what is due up to and at `now`, in order, with host->now at each one's time. */
void wheel_run(struct tcpsim_host *host, int64_t now);
/* No timer fires before this; exact unless a slot holds many. INT64_MAX: none is armed. */
int64_t wheel_deadline(struct wheel *wheel);
void wheel_arm(struct tcpsim_host *host, struct wheel_timer *timer, int64_t due_ns);
void wheel_cancel(struct tcpsim_host *host, struct wheel_timer *timer);

#endif
