/* A timeline as JSON lines. docs/simulate.md has every key. */
#ifndef TCPSIM_TRACES_REPORT_TIMELINE_JSON_H
#define TCPSIM_TRACES_REPORT_TIMELINE_JSON_H

#include <stdbool.h>
#include <stdio.h>

struct timeline;

/* JSON lines: node, end (two a connection), listening, and the items if `items`. */
void report_timeline_json(const struct timeline *timeline, FILE *out, bool items);

#endif
