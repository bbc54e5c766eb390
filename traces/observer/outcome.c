/* What became of a connection. */
#include "traces/observer/observer.h"

static const char *const OUTCOME[FLOW_N_OUTCOMES] = {
	[FLOW_OUTCOME_ESTABLISHED] = "established",
	[FLOW_OUTCOME_CLOSED] = "closed",
	[FLOW_OUTCOME_RESET] = "reset",
	[FLOW_OUTCOME_REFUSED] = "refused",
	[FLOW_OUTCOME_UNANSWERED] = "unanswered",
	[FLOW_OUTCOME_HALF_OPEN] = "half-open",
	[FLOW_OUTCOME_MIDSTREAM] = "midstream",
};

const char *flow_outcome_name(enum flow_outcome outcome)
{
	return OUTCOME[outcome];
}

unsigned flow_client(const struct flow *f)
{
	return f->marks & FLOW_CLIENT_KNOWN ? f->client : 0;
}

enum flow_outcome flow_outcome(const struct flow *f)
{
	const struct flow_side *client = &f->side[flow_client(f)],
			       *server = &f->side[!flow_client(f)];
	bool opened = (client->seen | server->seen) & (FLOW_SYN | FLOW_SYN_ACK);

	if (client->seen & server->seen & FLOW_FIN)
		return FLOW_OUTCOME_CLOSED;
	if (!opened)
		return f->marks & FLOW_RESET ? FLOW_OUTCOME_RESET : FLOW_OUTCOME_MIDSTREAM;
	if (f->marks & FLOW_ESTABLISHED)
		return f->marks & FLOW_RESET ? FLOW_OUTCOME_RESET : FLOW_OUTCOME_ESTABLISHED;
	if (server->seen & FLOW_SYN_ACK)
		return FLOW_OUTCOME_HALF_OPEN;
	if (f->marks & (FLOW_REFUSED | FLOW_RESET))
		return FLOW_OUTCOME_REFUSED;
	return server->packets == 0 ? FLOW_OUTCOME_UNANSWERED : FLOW_OUTCOME_HALF_OPEN;
}

static uint64_t side_trouble(const struct flow_side *s)
{
	return 3ull * s->retransmitted + s->out_of_order + 2ull * s->zero_windows + s->dup_acks / 2;
}

uint64_t flow_trouble(const struct flow *f)
{
	static const uint64_t weight[FLOW_N_OUTCOMES] = {[FLOW_OUTCOME_RESET] = 60,
		[FLOW_OUTCOME_REFUSED] = 100,
		[FLOW_OUTCOME_UNANSWERED] = 120,
		[FLOW_OUTCOME_HALF_OPEN] = 110};

	return weight[flow_outcome(f)] + (f->marks & FLOW_ICMP ? 80 : 0) +
	       side_trouble(&f->side[0]) + side_trouble(&f->side[1]);
}
