/* A world by the real clock, from beginning to end. See real_world.h. */
#include "live/real_world.h"

#include "live/kernel_host.h"
#include "process/process.h"
#include "process/programs_calls.h"
#include "process/programs_check.h"
#include "time_units.h"
#include "worldfile/file.h"

#define LOOK_EVERY_NS INT64_C(100000000)
#define SILENT_NS     NSEC_PER_SEC

struct run {
	struct clock_event look;
	const struct real_world *asked;
	struct drive *drive;
	void *guests; /* what world->guests->open() gave */
	bool is_over;
};

/* Does it wait for what only another can do: somebody who connects, or sends? A server always does;
 * a list of calls may. */
static bool only_listens(const struct process *p)
{
	const char *call = p->call.text;

	return !program_is_client(p->program) ||
	       (p->started && call && p->program == program_calls &&
		       (g_str_has_prefix(call, "accept(") || g_str_has_prefix(call, "read(")));
}

static bool any_runs(const struct tcpsim_world *world)
{
	for (guint i = 0; i < world->processes->len; i++) {
		const struct process *p = world->processes->pdata[i];

		if (!p->ended && !only_listens(p))
			return true;
	}
	return false;
}

static bool any_restarts(const struct tcpsim_world *world)
{
	for (guint i = 0; i < world->nodes->len; i++)
		if (clock_is_set(&((struct node *)world->nodes->pdata[i])->restart))
			return true;
	return false;
}

static bool is_at_rest(const struct timeline_end *end)
{
	return !end->is_tcp || end->state == TCPSIM_CLOSED || end->state == TCPSIM_TIME_WAIT ||
	       end->state == TCPSIM_LISTEN;
}

/* Does it send again what it has no answer to? */
static bool waits_for_answer(const struct timeline_end *end)
{
	return end->is_tcp &&
	       (end->state == TCPSIM_SYN_SENT || end->state == TCPSIM_SYN_RCVD ||
		       end->state == TCPSIM_FIN_WAIT_1 || end->state == TCPSIM_CLOSING ||
		       end->state == TCPSIM_LAST_ACK);
}

static bool is_over(const struct run *r)
{
	int64_t now_ns = clock_now(r->asked->world->clock), last_ns = 0;
	bool at_rest = true, waits = false;

	if (any_runs(r->asked->world) || any_restarts(r->asked->world) ||
		(r->guests && r->asked->world->guests->run(r->guests)))
		return false;
	for (guint i = 0; i < r->asked->timeline->connections->len; i++) {
		const struct timeline_connection *c = r->asked->timeline->connections->pdata[i];

		last_ns = MAX(last_ns, c->last_ns);
		for (int e = 0; e < 2; e++) {
			at_rest &= is_at_rest(&c->end[e]);
			waits |= waits_for_answer(&c->end[e]);
		}
	}
	return !waits && now_ns - last_ns >= (at_rest ? SILENT_NS : REAL_QUIET_NS);
}

static void on_look(struct clock_event *event, int64_t now_ns)
{
	struct run *r = (struct run *)((char *)event - offsetof(struct run, look));

	r->is_over = is_over(r);
	if (r->is_over)
		drive_stop(r->drive);
	else
		clock_at(r->asked->world->clock, &r->look, now_ns + LOOK_EVERY_NS);
}

bool real_world_run(const struct real_world *real, struct drive_lateness *lateness, GError **error)
{
	struct run r = {.look.fire = on_look, .asked = real};
	struct tcpsim_world *world = real->world;
	int before;

	r.drive = drive_new(world, error);
	if (!r.drive)
		return false;
	before = drive_hurry();
	if (kernel_hosts_open(world, r.drive, error)) {
		if (world->guests)
			r.guests = world->guests->open(world, r.drive);
		clock_at(world->clock, &r.look, LOOK_EVERY_NS);
		drive_run(
			r.drive, real->until_ns == WORLD_UNTIL_NS ? REAL_UNTIL_NS : real->until_ns);
		kernel_hosts_look(world);
		if (real->over)
			real->over(real->context, world);
		clock_cancel(world->clock, &r.look);
		if (r.guests)
			world->guests->close(r.guests);
		kernel_hosts_close(world);
	}
	drive_relax(before);
	*lateness = *drive_lateness(r.drive);
	drive_free(r.drive);
	return r.is_over;
}
