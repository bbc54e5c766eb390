/* Benches and peers: a host, who talks to it, ways to each state. */
#ifndef SIM_TESTKIT_TESTKIT_H
#define SIM_TESTKIT_TESTKIT_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <tcpsim/event.h>

struct tcpsim_peer;

void testkit_fail(const char *format, ...) G_GNUC_PRINTF(1, 2);
/* False, and the test has failed, for a peer or a text that is NULL; `call` is who asks. */
bool testkit_has(const char *call, const struct tcpsim_peer *peer, const void *argument);
/* The number of the stream in the pattern. */
uint64_t testkit_stream(const struct tcpsim_peer *peer, bool of_host);
/* When the timer of its connection is due; INT64_MAX: it does not run. */
int64_t testkit_due(struct tcpsim_peer *peer, enum tcpsim_timer timer);

#endif
