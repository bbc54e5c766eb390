/* What became of a connection. See outcome.h. */
#include "traces/observer/outcome.h"

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

double flow_stalled_s(const struct flow *f, enum flow_stall_cause cause)
{
	const struct flow_figures *g = f->figures;

	return g != NULL && g->stalls != NULL ? (double)g->stalls->sum_s[cause] : 0;
}

double flow_harm(const struct flow *f)
{
	double harm = 0;

	for (unsigned i = 0; i < FLOW_N_STALLS; i++)
		if (i != FLOW_STALL_CLIENT)
			harm += flow_stalled_s(f, i);
	switch (flow_outcome(f)) {
	case FLOW_OUTCOME_REFUSED:
	case FLOW_OUTCOME_UNANSWERED:
	case FLOW_OUTCOME_HALF_OPEN: return harm + 1;
	case FLOW_OUTCOME_RESET: return harm + 0.5;
	default: return harm + (f->marks & FLOW_ICMP ? 0.5 : 0);
	}
}

int flow_compare_harm(const struct flow *x, const struct flow *y, bool reverse)
{
	double of_x = flow_harm(x), of_y = flow_harm(y);
	uint64_t trouble_x = flow_trouble(x), trouble_y = flow_trouble(y);

	if (of_x != of_y)
		return (of_x < of_y) == reverse ? -1 : 1;
	if (trouble_x != trouble_y)
		return trouble_x > trouble_y ? -1 : 1;
	return x->number < y->number ? -1 : x->number > y->number;
}

uint32_t flow_rtt_us(const struct flow *f)
{
	if (f->figures != NULL && f->figures->handshake_rtt > 0)
		return f->figures->handshake_rtt;
	/* From here to both ends and back; where one of them is not known, so is the whole. */
	if (f->side[0].rtt_min_us > 0 && f->side[1].rtt_min_us > 0)
		return f->side[0].rtt_min_us + f->side[1].rtt_min_us;
	return 0;
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
