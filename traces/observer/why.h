/*
 * Why things happened that leave no trace of their own: the cause of a RST, the schedule that a run
 * of SYNs follows, what an ICMP error does to a connection on a BSD and on a Linux host.
 *
 * Profiles are looked up by name and read, never copied: a schedule is derived from the profile's
 * tick, timeouts and backoff, an effect is a row of its ICMP table.
 */
#ifndef TCPSIM_TRACES_OBSERVER_WHY_H
#define TCPSIM_TRACES_OBSERVER_WHY_H

#include "traces/flow/flow.h"
#include "traces/observer/observer.h"

#include <tcpsim/profile.h>

/* The word for a RST's cause: its rule's name behind "rst/". */
const char *why_cause(enum tcpsim_rule rule);
/* What Linux calls that cause (enum sk_rst_reason of its tracepoint tcp:tcp_send_reset), or NULL.
 */
const char *why_kernel_reason(const struct flow *f, const struct observed_reset *reset);
/* One sentence on a RST, with what the capture shows of it. Freed by g_free. */
char *why_reset_text(const struct flow *f, const struct observed_reset *reset);

/*
 * Whether gaps between SYNs fit a schedule: each within 10 % and a tick of the profile (a timer of
 * N ticks fires in (N-1, N] of them), over all phases of that tick. A run is compared as far as it
 * goes.
 */
bool why_schedule_fits(const struct tcpsim_profile *profile, const int64_t *gap_ns, size_t n);
#define WHY_MAX_FITS 16
/* Names of the profiles whose schedule fits, in tcpsim_profiles' order. Returns how many. */
size_t why_schedules(const int64_t *gap_ns, size_t n, const char *names[WHY_MAX_FITS]);

/* "host unreachable"; "unknown (3/77)" is written to `out` if there is no name. */
const char *why_icmp_meaning(uint8_t family, uint8_t type, uint8_t code, char *out, size_t size);
/* "bsd44: EHOSTUNREACH, kept and reported when it gives up; linux: EHOSTUNREACH at once". Freed by
 * g_free. */
char *why_icmp_effect(const struct observed_icmp *icmp);

#endif
