/* A world by the real clock, from beginning to end. See real_world.h. */
#include "live/real_world.h"

#include "live/kernel_host.h"
#include "live/rest.h"
#include "time_units.h"
#include "worldfile/file.h"

#define LOOK_EVERY_NS INT64_C(100000000)
#define SILENT_NS     NSEC_PER_SEC

struct real_run {
	struct clock_event look;
	struct tcpsim_world *world;
	const struct timeline *timeline;
	struct drive *drive;
	void *guests; /* what world->guests->open() gave */
	struct rest rest;
	bool is_over;
};

static bool any_runs(const struct tcpsim_world *world)
{
	for (guint i = 0; i < world->processes->len; i++)
		if (rest_runs(world->processes->pdata[i]))
			return true;
	return false;
}

static bool any_restarts(const struct tcpsim_world *world)
{
	for (guint i = 0; i < world->nodes->len; i++)
		if (clock_is_set(&((struct node *)world->nodes->pdata[i])->restart))
			return true;
	return false;
}

static bool is_over(struct real_run *r)
{
	int64_t silent_ns;

	if (r->timeline)
		rest_of_timeline(&r->rest, r->timeline);
	else
		rest_of_hosts(&r->rest, r->world);
	if (any_runs(r->world) || any_restarts(r->world) ||
		(r->guests && r->world->guests->run(r->guests)))
		return false;
	silent_ns = clock_now(r->world->clock) - r->rest.last_ns;
	return !r->rest.waits && silent_ns >= (r->rest.at_rest ? SILENT_NS : REAL_QUIET_NS);
}

static void on_look(struct clock_event *event, int64_t now_ns)
{
	struct real_run *r = (struct real_run *)((char *)event - offsetof(struct real_run, look));

	r->is_over = is_over(r);
	clock_at(r->world->clock, &r->look, now_ns + LOOK_EVERY_NS);
	if (r->is_over)
		drive_stop(r->drive);
}

static bool open_hosts(struct real_run *r, GError **error)
{
	int before = drive_hurry();
	bool good = kernel_hosts_open(r->world, r->drive, error);

	drive_relax(before);
	if (good && r->world->guests)
		r->guests = r->world->guests->open(r->world, r->drive);
	return good;
}

struct real_run *real_run_open(
	struct tcpsim_world *world, const struct timeline *timeline, GError **error)
{
	struct real_run *r = g_new0(struct real_run, 1);

	r->look.fire = on_look;
	r->world = world;
	r->timeline = timeline;
	r->drive = drive_new(world, error);
	if (r->drive && open_hosts(r, error)) {
		clock_at(world->clock, &r->look, LOOK_EVERY_NS);
		return r;
	}
	if (r->drive)
		drive_free(r->drive);
	g_free(r);
	return NULL;
}

bool real_run_go(struct real_run *r, int64_t until_ns)
{
	int before = drive_hurry();

	r->is_over = false;
	drive_run(r->drive, until_ns);
	drive_relax(before);
	return r->is_over;
}

const struct drive_lateness *real_run_lateness(const struct real_run *r)
{
	return drive_lateness(r->drive);
}

void real_run_close(struct real_run *r)
{
	clock_cancel(r->world->clock, &r->look);
	if (r->guests)
		r->world->guests->close(r->guests);
	kernel_hosts_close(r->world);
	drive_free(r->drive);
	g_free(r);
}

bool real_world_run(const struct real_world *real, struct drive_lateness *lateness, GError **error)
{
	struct real_run *r = real_run_open(real->world, real->timeline, error);
	bool is_over;

	if (!r)
		return false;
	is_over = real_run_go(r, real->until_ns == WORLD_UNTIL_NS ? REAL_UNTIL_NS : real->until_ns);
	kernel_hosts_look(real->world);
	if (real->over)
		real->over(real->context, real->world);
	*lateness = *real_run_lateness(r);
	real_run_close(r);
	return is_over;
}
