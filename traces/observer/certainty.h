/* How sure a conclusion is: by what its rule rests on. */
#ifndef TCPSIM_TRACES_OBSERVER_CERTAINTY_H
#define TCPSIM_TRACES_OBSERVER_CERTAINTY_H

#include <tcpsim/event.h>

enum observer_certainty {
	OBSERVER_SEEN,	   /* the packets show it */
	OBSERVER_INFERRED, /* nothing else fits what is in the capture */
	OBSERVER_SUSPECTED /* it fits best */
};
const char *observer_certainty_name(enum observer_certainty certainty);
/* How sure a mark of that rule is, by what it rests on. */
enum observer_certainty observer_certainty_of(enum tcpsim_rule mark);

#endif
