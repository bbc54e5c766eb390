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

/* A call that asks only: nothing leaves because of it. */
static bool only_asks(const struct account_entry *e)
{
	static const char *const ASKS[] = {"accept(", "poll(", "getsockopt(", "ioctl("};

	for (size_t i = 0; e->kind == ACCOUNT_CALL && i < G_N_ELEMENTS(ASKS); i++)
		if (g_str_has_prefix(e->text, ASKS[i]))
			return true;
	return false;
}

/* It occupies sequence space: something is set to send it again. */
static bool sets_a_timer(const struct flows *flows, guint i)
{
	const struct wire_packet *p = flows_packet(flows, i);

	return p != NULL && p->kind == WIRE_TCP && tcp_segment_span(&p->segment) > 0;
}

/* The connection's packet before `at`; one of the host's own if there is any: an acknowledgment that
 * comes may leave a timer as it was set before, and so does one that leaves. */
static int64_t packet_before(const struct account *account, const struct flows *flows, guint at)
{
	const struct flow *flow = flows_flow(flows, at);
	bool timed = sets_a_timer(flows, at);
	int64_t in = -1, out = -1;

	for (guint i = 0; flow && i < account->entries->len; i++) {
		const struct account_entry *e = entry(account, i);

		if (!lies_before(account, i, at) || flows_flow(flows, i) != flow)
			continue;
		if (e->kind == ACCOUNT_IN)
			in = MAX(in, e->start_ns);
		if (e->kind == ACCOUNT_OUT && (!timed || sets_a_timer(flows, i)))
			out = MAX(out, e->start_ns);
	}
	return out >= 0 ? out : in;
}

struct ago ago_of(const struct account *account, const struct flows *flows, guint at)
{
	int64_t time = entry(account, at)->start_ns, event = 0, packet;
	struct ago ago = {0};

	for (guint i = 0; i < account->entries->len; i++) {
		const struct account_entry *e = entry(account, i);

		if (!lies_before(account, i, at) || only_asks(e))
			continue;
		event = MAX(event, e->start_ns);
		ago.events += e->kind != ACCOUNT_OUT;
	}
	packet = packet_before(account, flows, at);
	ago.event = time - event;
	ago.packet = time - (packet >= 0 ? packet : event);
	return ago;
}
