/* How sure a mark is. See certainty.h. */
#include "traces/observer/certainty.h"

const char *observer_certainty_name(enum observer_certainty certainty)
{
	static const char *const NAME[] = {"seen", "inferred", "suspected"};

	return NAME[certainty];
}

enum observer_certainty observer_certainty_of(enum tcpsim_rule mark)
{
	switch (mark) {
	case TCPSIM_RULE_OBSERVE_AGAIN_FAST:
	case TCPSIM_RULE_OBSERVE_AGAIN_TIMEOUT:
	case TCPSIM_RULE_OBSERVE_AGAIN_PROBE:
	case TCPSIM_RULE_OBSERVE_AGAIN_PATH_MTU:
	case TCPSIM_RULE_OBSERVE_AGAIN_FAST_OPEN:
	case TCPSIM_RULE_OBSERVE_CAPTURED_TWICE:
	case TCPSIM_RULE_OBSERVE_OUT_OF_ORDER:
	case TCPSIM_RULE_OBSERVE_KEEPALIVE:
	case TCPSIM_RULE_OBSERVE_WINDOW_PROBE:
	case TCPSIM_RULE_OBSERVE_PROBE_ANSWERED:
	case TCPSIM_RULE_OBSERVE_ACK_OF_SYN:
	case TCPSIM_RULE_OBSERVE_OTHER_ANSWER:
	case TCPSIM_RULE_OBSERVE_OUTSIDE:
	/* whether it gets there, and what its receiver waits for then */
	case TCPSIM_RULE_OBSERVE_RST_ACCEPTED:
	case TCPSIM_RULE_OBSERVE_RST_NOT_EXACT:
	case TCPSIM_RULE_OBSERVE_RST_UNACCEPTABLE: return OBSERVER_INFERRED;
	case TCPSIM_RULE_OBSERVE_AGAIN: return OBSERVER_SUSPECTED;
	default: return OBSERVER_SEEN;
	}
}
