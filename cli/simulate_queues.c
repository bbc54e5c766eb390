/*
 * The queues of a host's listeners, as they change and, at the end, drawn over time. See
 * simulate.h.
 */
#include <inttypes.h>
#include <stdio.h>

#include "base/json_line.h"
#include "simulate_queues.h"
#include "traces/report/queues.h"
#include "traces/report/report.h"
#include "world/world.h"

#define SHOWN_CHANGES 40
#define KEPT_CHANGES  1000000 /* of one listener; the picture ends where they do */

struct watched_listener {
	uint32_t id, backlog;
	unsigned port; /* 0: not known */
	uint32_t peak_incomplete, peak_completed;
	GArray *changes; /* struct report_queue */
};

struct queue_watch {
	const struct node *host;
	bool json;
	uint64_t changes;     /* of all of them */
	GPtrArray *listeners; /* struct watched_listener, in the order of listen() */
};

static void free_listener(gpointer data)
{
	struct watched_listener *l = data;

	g_array_free(l->changes, TRUE);
	g_free(l);
}

struct queue_watch *queue_watch_new(const struct node *host, bool json)
{
	struct queue_watch *w = g_new0(struct queue_watch, 1);

	w->host = host;
	w->json = json;
	w->listeners = g_ptr_array_new_with_free_func(free_listener);
	return w;
}

void queue_watch_free(struct queue_watch *w)
{
	if (!w)
		return;
	g_ptr_array_free(w->listeners, TRUE);
	g_free(w);
}

static struct watched_listener *listener_of(struct queue_watch *w, const struct tcpsim_event *e)
{
	struct watched_listener *l;

	for (guint i = 0; i < w->listeners->len; i++) {
		l = w->listeners->pdata[i];
		if (l->id == e->connection)
			return l;
	}
	l = g_new0(struct watched_listener, 1);
	l->id = e->connection;
	l->backlog = e->queue.backlog;
	l->changes = g_array_new(FALSE, FALSE, sizeof(struct report_queue));
	l->port = e->queue.port;
	g_ptr_array_add(w->listeners, l);
	return l;
}

static void print_json(
	const struct queue_watch *w, const struct watched_listener *l, const struct tcpsim_event *e)
{
	struct json_line *line = json_line_new("queue");

	json_int(line, "time_ns", e->time_ns);
	json_string(line, "host", w->host->name);
	json_int(line, "port", l->port);
	json_int(line, "incomplete", e->queue.incomplete);
	json_int(line, "completed", e->queue.completed);
	json_int(line, "backlog", e->queue.backlog);
	json_line_print(line);
}

void queue_watch_note(struct queue_watch *w, const struct tcpsim_event *e)
{
	struct watched_listener *l = listener_of(w, e);
	struct report_queue now = {e->time_ns, e->queue.incomplete, e->queue.completed}, *last;

	last = l->changes->len
		       ? &g_array_index(l->changes, struct report_queue, l->changes->len - 1)
		       : NULL;
	/* A cookie, a SYN that is ignored: an event, but the queues are as they were. */
	if ((last && last->incomplete == now.incomplete && last->completed == now.completed) ||
		l->changes->len == KEPT_CHANGES)
		return;
	g_array_append_val(l->changes, now);
	l->backlog = e->queue.backlog;
	l->peak_incomplete = MAX(l->peak_incomplete, now.incomplete);
	l->peak_completed = MAX(l->peak_completed, now.completed);
	if (w->json)
		print_json(w, l, e);
	else if (w->changes++ < SHOWN_CHANGES)
		printf("%12.6f  %s, queues of port %u: incomplete %u, completed %u (backlog "
		       "%u)%s%s\n",
			(double)e->time_ns * 1e-9, w->host->name, l->port, now.incomplete,
			now.completed, e->queue.backlog, e->rule ? ": " : "",
			e->rule ? tcpsim_rule_text(e->rule)->name : "");
}

void queue_watch_draw(const struct queue_watch *w, int64_t end_ns, const struct report_style *style)
{
	if (w->changes > SHOWN_CHANGES)
		printf("%12s  %s, queues: %" PRIu64 " more changes\n", "...", w->host->name,
			w->changes - SHOWN_CHANGES);
	for (guint i = 0; i < w->listeners->len; i++) {
		const struct watched_listener *l = w->listeners->pdata[i];

		printf("\nQueues of port %u of %s, from 0 to %.3f s, backlog %u: at most %u "
		       "incomplete, %u completed\n",
			l->port, w->host->name, (double)end_ns * 1e-9, l->backlog,
			l->peak_incomplete, l->peak_completed);
		report_queues(style, "incomplete", "completed",
			(const struct report_queue *)l->changes->data, l->changes->len, 0, end_ns);
	}
}
