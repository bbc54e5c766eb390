/*
 * A listener's two queues over time, as two rows of text: what a capture lets suspect of them, or
 * what a simulated host did.
 */
#ifndef TCPSIM_TRACES_QUEUES_H
#define TCPSIM_TRACES_QUEUES_H

#include <stddef.h>
#include <stdint.h>

struct report_queue;
struct report_style;

/* Both queues over time, a row each with its name in front; the changes in the order of time. */
void report_queues(const struct report_style *style, const char *incomplete, const char *completed,
	const struct report_queue *change, size_t n, int64_t start_ns, int64_t end_ns);

#endif
