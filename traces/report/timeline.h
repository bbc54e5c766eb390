/*
 * A timeline (timeline/timeline.h) told: as a table of connections with what became of each, as
 * ladders with both ends' true states on one clock, as JSON lines; and beside what an onlooker says
 * of a capture. Reports read the timeline and change nothing in it.
 */
#ifndef TCPSIM_TRACES_REPORT_TIMELINE_H
#define TCPSIM_TRACES_REPORT_TIMELINE_H

#include "timeline/timeline.h"

#define TIMELINE_SPAN 32
#define TIMELINE_END  128

#endif
