/* The calls of a timeline that belong to no connection: sockets that never had one, listeners. */
#ifndef TCPSIM_TRACES_REPORT_TIMELINE_CALLS_H
#define TCPSIM_TRACES_REPORT_TIMELINE_CALLS_H

struct report_style;
struct timeline;

/* The calls that belong to no connection; nothing if there are none. */
void report_timeline_calls(const struct timeline *timeline, const struct report_style *style);

#endif
