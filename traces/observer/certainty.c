/* How sure a mark is. See certainty.h. */
#include "traces/observer/certainty.h"

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
