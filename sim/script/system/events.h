/* The last events of a host, kept so that a failure can tell what led to it. */
#ifndef SCRIPT_SYSTEM_EVENTS_H
#define SCRIPT_SYSTEM_EVENTS_H

#include <glib.h>
#include <tcpsim/event.h>

struct sut_events;

struct sut_events *sut_events_new(void);
void sut_events_free(struct sut_events *events);
void sut_events_add(struct sut_events *events, const struct tcpsim_event *event);
/* The newest `lines` of them, oldest first, times counted from `epoch_ns`. */
void sut_events_text(
	const struct sut_events *events, int64_t epoch_ns, unsigned lines, GString *out);

#endif
