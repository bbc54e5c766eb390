/*
 * Where the answer to a question is in a run: the words behind a lesson's `find`, followed into the
 * timeline. Nothing is worked out here that the run's hosts do not know.
 *
 *	time of segment N from NODE [in C]  seconds; in C: of that connection's segments alone
 *	segment N from NODE [in C]          in the one notation
 *	sack of segment N from NODE [in C]  the blocks that it tells of: "4345:5793"
 *	count of segments from NODE [in C]  also `repeated` and `lost`: of those
 *	time of longest trip from NODE [in C]  from a segment's departure to its arrival
 *	time of NAME N at NODE              how long its N-th call of that name took, seconds
 *	errno of NAME N at NODE             or 0
 *	result of NAME N at NODE            a number
 *	address of NAME N at NODE           that getsockname() or accept() gave
 *	state of NODE at TIME [in C]        of its end of connection C (0)
 *	most completed|incomplete at NODE   of its listener's queues
 *	dropped|cookies at NODE             SYNs that its listeners dropped, that a cookie answered
 */
#ifndef SIM_LESSON_FIND_H
#define SIM_LESSON_FIND_H

#include "timeline/timeline.h"

enum found_kind { FOUND_TIME, FOUND_SEGMENT, FOUND_NUMBER, FOUND_WORD };

struct found {
	enum found_kind kind;
	int64_t time_ns, number;
	char *word;			     /* to be freed */
	const struct timeline_item *segment; /* the run's */
};

/* False if the run has no such thing, or the words have no such form; `found` is empty then. */
bool lesson_find(const struct timeline *run, const char *text, struct found *found);

#endif
