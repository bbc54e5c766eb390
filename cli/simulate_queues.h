/* The queues of a host's listeners, as they change and, at the end, drawn over time. */
#ifndef CLI_SIMULATE_QUEUES_H
#define CLI_SIMULATE_QUEUES_H

#include <stdbool.h>
#include <stdint.h>

struct node;
struct queue_watch;
struct report_style;
struct tcpsim_event;

/* simulate_queues.c: the queues of one host's listeners. Each change is told when it is noted, as
 * JSON or, for the first ones, as text; drawing is for people only. */
struct queue_watch *queue_watch_new(const struct node *host, bool json);
void queue_watch_free(struct queue_watch *watch);
void queue_watch_note(struct queue_watch *watch, const struct tcpsim_event *event);
void queue_watch_draw(
	const struct queue_watch *watch, int64_t end_ns, const struct report_style *style);

#endif
