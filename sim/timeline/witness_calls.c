/* Programs' calls as a timeline. See witness.h. */
#include <string.h>

#include "process/process.h"
#include "timeline/witness.h"
#include "timeline/witness_calls.h"
#include "timeline/witness_inner.h"
#include "timeline/witness_packets.h"

#define CALLS_BACK 4000 /* items, in search of what a descriptor was before */

static bool is_closed_by(const struct witness *w, const struct timeline_item *item)
{
	return g_str_has_prefix(timeline_words(w->timeline, item->text), "close(");
}

/* The calls that made the socket what connect() found: back to socket(), or to whoever had that
 * descriptor before. */
void witness_claim_calls(struct witness *w, uint32_t node, int fd, struct end_ref ref)
{
	uint32_t n = w->timeline->items->len;

	for (uint32_t i = n; fd >= 0 && i-- > 0 && n - i <= CALLS_BACK;) {
		struct timeline_item *item = timeline_at(w->timeline, i);
		bool made_it = item->call.fd < 0 && item->call.result == fd &&
			       item->until_ns != TIMELINE_NEVER;

		if (item->kind != TIMELINE_CALL || item->node != node ||
			(item->call.fd != fd && !made_it))
			continue;
		if (item->connection != TIMELINE_NONE || is_closed_by(w, item))
			break;
		item->connection = ref.connection;
		item->end = ref.end;
		if (made_it)
			break;
	}
}

/* A socket whose connection has ended still has the descriptor: the call before tells. */
static struct end_ref end_of_call(const struct witness *w, const struct process *p)
{
	struct end_ref ref = witness_numbered(w, p->node->index, p->call.connection);
	uint32_t n = w->timeline->items->len;

	if (ref.connection != TIMELINE_NONE || p->call.fd < 0)
		return ref;
	for (uint32_t i = n; i-- > 0 && n - i <= CALLS_BACK;) {
		const struct timeline_item *item = timeline_at(w->timeline, i);

		if (item->kind != TIMELINE_CALL || item->node != p->node->index ||
			item->call.fd != p->call.fd)
			continue;
		if (is_closed_by(w, item) || item->until_ns == TIMELINE_NEVER ||
			g_str_has_prefix(timeline_words(w->timeline, item->text), "accept("))
			break;
		return (struct end_ref){item->connection, item->end};
	}
	return WITNESS_NOBODY;
}

static void call_begins(struct witness *w, struct process *p)
{
	struct end_ref ref = end_of_call(w, p);
	struct timeline_item item;

	if (timeline_is_full(w->timeline)) {
		p->node->world->texts_unwanted = true; /* from now on they are but counted */
		witness_leave_out(w, TIMELINE_CALL, ref);
		p->call.place = TIMELINE_NONE;
		return;
	}
	item = witness_item(w, TIMELINE_CALL, p->node->index, ref);
	item.text = timeline_add_words(w->timeline, p->call.text);
	item.call.program = timeline_add_words(w->timeline, p->name);
	item.call.fd = p->call.fd;
	item.call.result = TIMELINE_NEVER;
	p->call.place = timeline_add(w->timeline, &item);
}

static void call(void *context, struct process *p, bool returned)
{
	struct witness *w = context;
	struct timeline_item *item;
	struct end_ref ref;

	witness_settle_loop(w, p->node->index);
	if (!returned) {
		call_begins(w, p);
		return;
	}
	if (p->call.place == TIMELINE_NONE)
		return;
	item = timeline_at(w->timeline, p->call.place);
	item->until_ns = witness_now(w);
	item->call.result = p->call.result;
	item->call.returned = w->timeline->items->len;
	item->error = p->call.error;
	if (strcmp(timeline_words(w->timeline, item->text), p->call.text) != 0)
		item->text = timeline_add_words(w->timeline, p->call.text);
	if (item->connection != TIMELINE_NONE)
		return;
	ref = witness_numbered(w, p->node->index, p->call.connection);
	if (ref.connection == TIMELINE_NONE)
		ref = witness_numbered(w, p->node->index, p->call.accepted);
	item->connection = ref.connection;
	item->end = ref.end;
}

void witness_hook_calls(struct witness *w)
{
	w->hooks.call = w->timeline->most_items ? call : NULL;
}
