/* One connection, packet by packet. */
#ifndef TCPSIM_TRACES_LADDER_H
#define TCPSIM_TRACES_LADDER_H

#include <stdint.h>

struct replay;
struct report_style;

/* One connection, packet by packet. Its rows must have been kept. */
void report_ladder(const struct replay *r, uint32_t flow, const struct report_style *style);

#endif
