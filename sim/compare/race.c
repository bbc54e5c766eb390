#include "compare/race.h"

#include "compare/ago.h"

/* A timer that fired, and the event that it came so near to. */
struct race {
	guint event; /* of the scenario; G_MAXUINT: there is none */
	int64_t fired_ns, slack_ns;
};

/* The first event after `fired_ns`, if it is within the slack. */
static guint event_soon_after(const struct scenario *scenario, int64_t fired_ns, int64_t slack_ns)
{
	for (guint i = 0; i < scenario->events->len; i++) {
		int64_t at = g_array_index(scenario->events, struct scenario_event, i).time_ns;

		if (at > fired_ns)
			return at <= fired_ns + slack_ns ? i : G_MAXUINT;
	}
	return G_MAXUINT;
}

/* Of what this side's timers sent near the difference: the last that an event followed closely. */
static void look(const struct scenario *scenario, const struct account *account,
	const struct difference *d, const struct tolerance *tolerance, struct race *race)
{
	struct flows *flows = flows_new(account);

	for (guint i = 0; i < account->entries->len; i++) {
		const struct account_entry *e = g_ptr_array_index(account->entries, i);
		struct ago ago;
		int64_t slack;
		guint event;

		if (e->kind != ACCOUNT_OUT || e->start_ns < race->fired_ns)
			continue;
		ago = ago_of(account, flows, i);
		slack = tolerance_of(tolerance, ago.packet);
		if (ago.event < AGO_ANSWER_NS || ABS(e->start_ns - d->time_ns) > 2 * slack)
			continue;
		event = event_soon_after(scenario, e->start_ns, slack);
		if (event != G_MAXUINT)
			*race = (struct race){event, e->start_ns, slack};
	}
	flows_free(flows);
}

bool race_draw_apart(struct scenario *scenario, const struct account *model,
	const struct account *kernel, const struct difference *difference,
	const struct tolerance *tolerance)
{
	struct race race = {.event = G_MAXUINT};

	look(scenario, model, difference, tolerance, &race);
	look(scenario, kernel, difference, tolerance, &race);
	if (race.event == G_MAXUINT)
		return false;
	for (guint i = race.event; i < scenario->events->len; i++)
		g_array_index(scenario->events, struct scenario_event, i).time_ns += race.slack_ns;
	scenario->end_ns += race.slack_ns;
	return true;
}
