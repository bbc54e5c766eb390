/* A timeline as a table: connections with what became of them, listeners with what they dropped. */
#ifndef TCPSIM_TRACES_REPORT_TIMELINE_SUMMARY_H
#define TCPSIM_TRACES_REPORT_TIMELINE_SUMMARY_H

#include <stdint.h>

struct report_style;
struct timeline;
struct timeline_connection;

/* Connections, the most troubled first where there are many; listeners. */
void report_timeline_summary(const struct timeline *timeline, const struct report_style *style);
/* How much is wrong with it: the worst come first. */
uint64_t timeline_trouble(const struct timeline *timeline, const struct timeline_connection *c);

#endif
