/* What an onlooker says of a capture, held against what the hosts know. */
#ifndef TCPSIM_TRACES_REPORT_TIMELINE_DIFFERENCES_H
#define TCPSIM_TRACES_REPORT_TIMELINE_DIFFERENCES_H

#include <glib.h>

struct replay;
struct timeline;

/*
 * Where an onlooker, who saw the capture at timeline->watched, says otherwise. Each difference is a
 * sentence (to be freed with the array); NULL: it has no rows of its connections to compare.
 */
GPtrArray *report_timeline_differences(const struct timeline *timeline, const struct replay *seen);

#endif
