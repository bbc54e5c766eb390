/* A world by the real clock. See drive.h. */
#include "live/drive.h"

#include <errno.h>
#include <sys/resource.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "live/namespace.h"
#include "process/process.h"
#include "time_units.h"
#include "world/build.h"

#define AT_ONCE 32 /* descriptors that one look tells of */

struct watched {
	int fd;
	drive_fn fn;
	void *context;
};

struct turn {
	drive_turn_fn fn;
	void *context;
};

struct drive {
	struct tcpsim_world *world;
	int epoll, timer;
	int64_t start_ns;  /* CLOCK_MONOTONIC at the world's time 0 */
	int64_t until_ns;  /* of the present drive_run() */
	int64_t armed_ns;  /* the world's time at which `timer` goes off, not after the next event;
				-1: set it anew */
	int64_t looked_ns; /* when descriptors were looked at last */
	GHashTable *watched; /* fd to struct watched */
	GArray *turns;	     /* struct turn */
	bool is_running, is_stopped;
	struct drive_lateness lateness;
};

static int64_t monotonic_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * NSEC_PER_SEC + now.tv_nsec;
}

int64_t drive_now_ns(const struct drive *drive)
{
	return drive->is_running ? monotonic_ns() - drive->start_ns
				 : clock_now(drive->world->clock);
}

int64_t drive_start_ns(const struct drive *drive)
{
	return drive->start_ns;
}

const struct drive_lateness *drive_lateness(const struct drive *drive)
{
	return &drive->lateness;
}

struct drive *drive_new(struct tcpsim_world *world, GError **error)
{
	struct drive *drive = g_new0(struct drive, 1);
	/* Told once: what it says is known then, and setting it anew takes it back. */
	struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.fd = -1};

	drive->world = world;
	drive->watched = g_hash_table_new_full(NULL, NULL, NULL, g_free);
	drive->turns = g_array_new(FALSE, FALSE, sizeof(struct turn));
	drive->epoll = live_high_fd(epoll_create1(EPOLL_CLOEXEC));
	drive->timer = live_high_fd(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
	if (drive->epoll >= 0 && drive->timer >= 0 &&
		epoll_ctl(drive->epoll, EPOLL_CTL_ADD, drive->timer, &event) == 0)
		return drive;
	g_set_error(error, LIVE_ERROR, LIVE_ERROR_CLOCK,
		"the world cannot wait for real time (timerfd, epoll: %s); raise the limit of open "
		"files (ulimit -n)",
		g_strerror(errno));
	drive_free(drive);
	return NULL;
}

void drive_free(struct drive *drive)
{
	if (!drive)
		return;
	if (drive->epoll >= 0)
		close(drive->epoll);
	if (drive->timer >= 0)
		close(drive->timer);
	g_hash_table_destroy(drive->watched);
	g_array_free(drive->turns, TRUE);
	g_free(drive);
}

bool drive_watch(struct drive *drive, int fd, uint32_t events, drive_fn fn, void *context)
{
	bool is_new = !g_hash_table_contains(drive->watched, GINT_TO_POINTER(fd));
	struct epoll_event event = {.events = events, .data.fd = fd};
	struct watched *watched;

	if (epoll_ctl(drive->epoll, is_new ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, fd, &event) != 0)
		return false;
	watched = g_new(struct watched, 1);
	*watched = (struct watched){fd, fn, context};
	g_hash_table_replace(drive->watched, GINT_TO_POINTER(fd), watched);
	return true;
}

void drive_unwatch(struct drive *drive, int fd)
{
	if (g_hash_table_remove(drive->watched, GINT_TO_POINTER(fd)))
		epoll_ctl(drive->epoll, EPOLL_CTL_DEL, fd, NULL);
}

void drive_each_turn(struct drive *drive, drive_turn_fn fn, void *context)
{
	struct turn turn = {fn, context};

	g_array_append_val(drive->turns, turn);
}

void drive_no_turn(struct drive *drive, void *context)
{
	for (guint i = drive->turns->len; i-- > 0;) {
		if (g_array_index(drive->turns, struct turn, i).context == context)
			g_array_remove_index(drive->turns, i);
	}
}

void drive_stop(struct drive *drive)
{
	drive->is_stopped = true;
}

/* --- events --- */

static void note_event(struct drive *drive, int64_t due_ns)
{
	struct drive_lateness *l = &drive->lateness;
	int64_t late_ns = drive_now_ns(drive) - due_ns;

	l->events++;
	l->late += late_ns > DRIVE_LATE_NS;
	if (late_ns <= l->worst_ns)
		return;
	l->worst_ns = late_ns;
	l->worst_at_ns = due_ns;
}

/* What is due by now, in its order; the world's time is now then. */
static void fire_due(struct drive *drive)
{
	struct tcpsim_world *world = drive->world;
	int64_t until_ns = MIN(drive_now_ns(drive), drive->until_ns), due_ns;

	world_run_ready(world);
	while (!drive->is_stopped && clock_next(world->clock, &due_ns) && due_ns <= until_ns) {
		note_event(drive, due_ns);
		clock_step(world->clock, until_ns);
		world_run_ready(world);
	}
	if (!drive->is_stopped)
		clock_pass(world->clock, until_ns);
}

static void end_turn(struct drive *drive)
{
	for (guint i = 0; i < drive->turns->len; i++) {
		const struct turn *turn = &g_array_index(drive->turns, struct turn, i);

		turn->fn(turn->context);
	}
}

/* --- waiting --- */

/* A timer that is early goes off for nothing once; one that is moved with each packet's timeout costs
 * a system call each. */
static void arm(struct drive *drive)
{
	int64_t next_ns = drive->until_ns, due_ns;
	struct itimerspec when = {0};

	if (clock_next(drive->world->clock, &due_ns) && due_ns < next_ns)
		next_ns = due_ns;
	if (drive->armed_ns >= 0 && drive->armed_ns <= next_ns)
		return;
	drive->armed_ns = next_ns;
	if (next_ns < INT64_MAX - drive->start_ns) { /* all zeros: never */
		when.it_value.tv_sec = (next_ns + drive->start_ns) / 1000000000;
		when.it_value.tv_nsec = (next_ns + drive->start_ns) % 1000000000;
	}
	timerfd_settime(drive->timer, TFD_TIMER_ABSTIME, &when, NULL);
}

static void note_look(struct drive *drive)
{
	int64_t now_ns = monotonic_ns();

	if (drive->looked_ns && now_ns - drive->looked_ns > drive->lateness.away_ns)
		drive->lateness.away_ns = now_ns - drive->looked_ns;
}

/* The clock first: what comes in happens now, and what was due before that has happened. */
static void hear(struct drive *drive, const struct epoll_event *event)
{
	const struct watched *watched;

	if (event->data.fd == -1) { /* time has come, and was what it was armed for */
		drive->armed_ns = -1;
		return;
	}
	/* An earlier callback of this look may have unwatched it. */
	watched = g_hash_table_lookup(drive->watched, GINT_TO_POINTER(event->data.fd));
	if (!watched)
		return;
	fire_due(drive);
	if (!drive->is_stopped)
		watched->fn(watched->context, event->data.fd, event->events);
}

static void wait(struct drive *drive)
{
	struct epoll_event events[AT_ONCE];
	int n;

	note_look(drive);
	n = epoll_wait(drive->epoll, events, AT_ONCE, 0);
	if (n == 0) { /* nobody has anything to say: only then does the timer have to stand */
		arm(drive);
		n = epoll_wait(drive->epoll, events, AT_ONCE, -1);
	}
	drive->looked_ns = monotonic_ns();
	for (int i = 0; i < n && !drive->is_stopped; i++)
		hear(drive, &events[i]);
}

int64_t drive_run(struct drive *drive, int64_t until_ns)
{
	struct tcpsim_world *world = drive->world;

	world_build(world);
	drive->until_ns = MIN(until_ns, world->until_ns);
	drive->is_stopped = false;
	drive->looked_ns = 0;
	drive->armed_ns = -1;
	if (!drive->is_running)
		drive->start_ns = monotonic_ns() - clock_now(world->clock);
	drive->is_running = true;
	for (;;) {
		fire_due(drive);
		end_turn(drive);
		if (drive->is_stopped || clock_now(world->clock) >= drive->until_ns)
			break;
		wait(drive);
	}
	return clock_now(world->clock);
}

int drive_hurry(void)
{
	int before = getpriority(PRIO_PROCESS, 0);

	setpriority(PRIO_PROCESS, 0, MIN(before, -10));
	return before;
}

void drive_relax(int before)
{
	setpriority(PRIO_PROCESS, 0, before);
}
