#include "compare/ago.h"

static const struct account_entry *entry(const struct account *account, guint i)
{
	return g_ptr_array_index(account->entries, i);
}

/* Does the entry `i` lie before the packet, and not beside it, where the same timer sent both? */
static bool lies_before(const struct account *account, guint i, guint at)
{
	const struct account_entry *e = entry(account, i);
	int64_t time = entry(account, at)->start_ns;

	if (e->kind == ACCOUNT_STATE || i == at)
		return false;
	if (e->kind == ACCOUNT_OUT)
		return e->start_ns + AGO_ANSWER_NS < time;
	/* in virtual time an answer has the very time of what it answers */
	return e->start_ns < time || (e->start_ns == time && i < at);
}

struct ago ago_of(const struct account *account, const struct flows *flows, guint at)
{
	const struct flow *flow = flows_flow(flows, at);
	int64_t time = entry(account, at)->start_ns, event = 0, packet = -1;
	struct ago ago = {0};

	for (guint i = 0; i < account->entries->len; i++) {
		const struct account_entry *e = entry(account, i);

		if (!lies_before(account, i, at))
			continue;
		event = MAX(event, e->start_ns);
		ago.events += e->kind != ACCOUNT_OUT;
		if (e->kind != ACCOUNT_CALL && flow && flows_flow(flows, i) == flow)
			packet = MAX(packet, e->start_ns);
	}
	ago.event = time - event;
	ago.packet = time - (packet >= 0 ? packet : event);
	return ago;
}
