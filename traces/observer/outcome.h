/* What became of a connection, how much harm it took, and who opened it: read off what is known of
 * it so far. */
#ifndef TCPSIM_TRACES_OBSERVER_OUTCOME_H
#define TCPSIM_TRACES_OBSERVER_OUTCOME_H

#include "traces/flow/flow.h"

struct observer;

enum flow_outcome {
	FLOW_OUTCOME_ESTABLISHED,
	FLOW_OUTCOME_CLOSED,
	FLOW_OUTCOME_RESET,
	FLOW_OUTCOME_REFUSED,
	FLOW_OUTCOME_UNANSWERED,
	FLOW_OUTCOME_HALF_OPEN,
	FLOW_OUTCOME_MIDSTREAM,
	FLOW_N_OUTCOMES
};
enum flow_outcome flow_outcome(const struct flow *f);
const char *flow_outcome_name(enum flow_outcome outcome);
/* How much is wrong with it: 0 where nothing is. The table shows the most troubled first. */
uint64_t flow_trouble(const struct flow *f);
/* Seconds that it stood still for that cause. */
double flow_stalled_s(const struct flow *f, enum flow_stall_cause cause);
/*
 * Seconds that the connection's trouble cost: the silences that stalled it, but for the client's
 * own thinking; a second more where it never opened, half of one where a RST or an ICMP error came.
 * The table's order, where nothing else is asked for.
 */
double flow_harm(const struct flow *f);

/* Before, after: <0, 0, >0 as qsort has it: the one with more harm first (last, if reversed), then
 * the one with more trouble, then the earlier one. */
int flow_compare_harm(const struct flow *x, const struct flow *y, bool reverse);
/* The round trip between the ends, microseconds; 0: not known. */
uint32_t flow_rtt_us(const struct flow *f);
/* Who opened it; where that was not seen (no FLOW_CLIENT_KNOWN), who is taken for the client. */
unsigned flow_client(const struct flow *f);
/* Takes somebody for the client, by what the capture has told so far. */
void observer_guess_client(const struct observer *o, struct flow *f);

#endif
