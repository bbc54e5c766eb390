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

const char *observer_certainty_name(enum observer_certainty certainty)
{
	static const char *const NAME[] = {"seen", "inferred", "suspected"};

	return NAME[certainty];
}

enum observer_certainty observer_certainty_of(enum tcp_rule mark)
{
	switch (mark) {
	case TCP_RULE_OBSERVE_AGAIN_FAST:
	case TCP_RULE_OBSERVE_AGAIN_TIMEOUT:
	case TCP_RULE_OBSERVE_AGAIN_PROBE:
	case TCP_RULE_OBSERVE_AGAIN_PATH_MTU:
	case TCP_RULE_OBSERVE_AGAIN_FAST_OPEN:
	case TCP_RULE_OBSERVE_CAPTURED_TWICE:
	case TCP_RULE_OBSERVE_OUT_OF_ORDER:
	case TCP_RULE_OBSERVE_KEEPALIVE:
	case TCP_RULE_OBSERVE_WINDOW_PROBE:
	case TCP_RULE_OBSERVE_PROBE_ANSWERED:
	case TCP_RULE_OBSERVE_ACK_OF_SYN:
	case TCP_RULE_OBSERVE_OTHER_ANSWER:
	case TCP_RULE_OBSERVE_OUTSIDE: return OBSERVER_INFERRED;
	case TCP_RULE_OBSERVE_AGAIN: return OBSERVER_SUSPECTED;
	default: return OBSERVER_SEEN;
	}
}

const char *flow_outcome_name(enum flow_outcome outcome)
{
	return OUTCOME[outcome];
}

unsigned flow_client(const struct flow *f)
{
	return f->client;
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
	if (f->marks & FLOW_REFUSED)
		return FLOW_OUTCOME_REFUSED;
	if (server->seen & FLOW_SYN_ACK)
		return FLOW_OUTCOME_HALF_OPEN;
	if (f->marks & FLOW_RESET)
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

/*
 * Who opened it was not seen: a guess. The end whose port answers others in this capture is the
 * server; else the one with a well-known port (RFC 6335 §6: under 1024); else the one with the
 * lower.
 */
static unsigned guess_client(const struct listeners *l, const struct flow *f)
{
	bool listens[2] = {listeners_answers(l, flow_addr(f, 0), flow_port(f, 0)),
		listeners_answers(l, flow_addr(f, 1), flow_port(f, 1))};
	bool known[2] = {flow_port(f, 0) < 1024, flow_port(f, 1) < 1024};

	if (listens[0] != listens[1])
		return listens[0];
	if (known[0] != known[1])
		return known[0];
	return flow_port(f, 0) < flow_port(f, 1);
}

void observer_guess_client(const struct observer *o, struct flow *f)
{
	if (!(f->marks & FLOW_CLIENT_KNOWN))
		f->client = (uint8_t)guess_client(o->listeners, f);
}
