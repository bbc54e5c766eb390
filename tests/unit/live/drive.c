/* A world by the real clock: what is due comes in order and not early, descriptors are heard at the
 * world's time, and a kernel host is a host like any other. */
#define TCPSIM_POSIX_NO_MACROS
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <tcpsim/posix.h>
#include <time.h>
#include <unistd.h>

#include "live/drive.h"
#include "live/kernel_host.h"
#include "time_units.h"

static int64_t monotonic_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

struct alarm {
	struct clock_event event;
	struct drive *drive;
	int64_t fired_ns, real_ns;
	int pipe; /* to which it writes a byte; -1: none */
};

static void on_alarm(struct clock_event *event, int64_t now_ns)
{
	struct alarm *a = (struct alarm *)event;

	a->fired_ns = now_ns;
	a->real_ns = drive_now_ns(a->drive);
	if (a->pipe >= 0)
		cr_assert_eq(write(a->pipe, "x", 1), 1);
}

static void set(struct tcpsim_world *world, struct alarm *a, struct drive *drive, int64_t time_ns)
{
	*a = (struct alarm){.event.fire = on_alarm, .drive = drive, .pipe = -1};
	clock_at(world->clock, &a->event, time_ns);
}

Test(drive, events_keep_their_own_time_and_are_never_early)
{
	struct tcpsim_world *world = tcpsim_world_new(1);
	struct drive *drive = drive_new(world, NULL);
	struct alarm a, b, beyond;
	int64_t began = monotonic_ns();

	set(world, &b, drive, 30 * NSEC_PER_MSEC);
	set(world, &a, drive, 10 * NSEC_PER_MSEC);
	set(world, &beyond, drive, 1000 * NSEC_PER_MSEC);
	cr_expect_eq(drive_run(drive, 40 * NSEC_PER_MSEC), 40 * NSEC_PER_MSEC);
	cr_expect_geq(monotonic_ns() - began, 40 * NSEC_PER_MSEC);
	cr_expect_eq(a.fired_ns, 10 * NSEC_PER_MSEC);
	cr_expect_eq(b.fired_ns, 30 * NSEC_PER_MSEC);
	cr_expect_geq(a.real_ns, 10 * NSEC_PER_MSEC);
	cr_expect_geq(b.real_ns, 30 * NSEC_PER_MSEC);
	cr_expect_eq(beyond.fired_ns, 0);
	cr_expect_eq(drive_lateness(drive)->events, 2);
	cr_expect_geq(drive_lateness(drive)->worst_ns, b.real_ns - b.fired_ns - NSEC_PER_MSEC);
	clock_cancel(world->clock, &beyond.event);
	drive_free(drive);
	tcpsim_world_free(world);
}

static void sleep_long(struct clock_event *event, int64_t now_ns)
{
	struct timespec time = {.tv_nsec = 25 * NSEC_PER_MSEC};

	nanosleep(&time, NULL);
}

struct turns {
	const struct alarm *alarm;
	unsigned n, after; /* in all; after the alarm */
};

static void on_turn(void *context)
{
	struct turns *turns = context;

	turns->n++;
	turns->after += turns->alarm->fired_ns != 0;
}

/* What was put together by the events of a turn is handed on before the drive waits or returns. */
Test(drive, each_turn_ends_after_its_events)
{
	struct tcpsim_world *world = tcpsim_world_new(1);
	struct drive *drive = drive_new(world, NULL);
	struct alarm last, never;
	struct turns turns = {.alarm = &last}, none = {.alarm = &last};

	set(world, &last, drive, 10 * NSEC_PER_MSEC);
	set(world, &never, drive, 1000 * NSEC_PER_MSEC);
	drive_each_turn(drive, on_turn, &turns);
	drive_each_turn(drive, on_turn, &none);
	drive_no_turn(drive, &none);
	drive_run(drive, 10 * NSEC_PER_MSEC);
	cr_expect_geq(turns.after, 1);
	cr_expect_gt(turns.n, turns.after, "one before it waited for the alarm");
	cr_expect_eq(none.n, 0);
	clock_cancel(world->clock, &never.event);
	drive_free(drive);
	tcpsim_world_free(world);
}

Test(drive, what_comes_late_is_told)
{
	struct tcpsim_world *world = tcpsim_world_new(1);
	struct drive *drive = drive_new(world, NULL);
	struct clock_event sleeper = {.fire = sleep_long};
	struct alarm late;

	clock_at(world->clock, &sleeper, 5 * NSEC_PER_MSEC);
	set(world, &late, drive, 6 * NSEC_PER_MSEC);
	drive_run(drive, 50 * NSEC_PER_MSEC);
	cr_expect_eq(late.fired_ns, 6 * NSEC_PER_MSEC, "the world's own time is not late");
	cr_expect_geq(drive_lateness(drive)->worst_ns, 23 * NSEC_PER_MSEC);
	/* that the sleeper is later still is the machine's doing */
	cr_expect_leq(drive_lateness(drive)->worst_at_ns, 6 * NSEC_PER_MSEC);
	cr_expect_geq(drive_lateness(drive)->worst_at_ns, 5 * NSEC_PER_MSEC);
	cr_expect_geq(drive_lateness(drive)->late, 1);
	cr_expect_geq(drive_lateness(drive)->away_ns, 24 * NSEC_PER_MSEC);
	drive_free(drive);
	tcpsim_world_free(world);
}

struct hearer {
	struct tcpsim_world *world;
	struct drive *drive;
	int64_t heard_ns;
	int times;
};

static void hear(void *context, int fd, uint32_t events)
{
	struct hearer *h = context;
	char c;

	cr_assert(events & EPOLLIN);
	cr_assert_eq(read(fd, &c, 1), 1);
	h->heard_ns = clock_now(h->world->clock);
	if (++h->times == 2) {
		drive_unwatch(h->drive, fd);
		drive_stop(h->drive);
	}
}

Test(drive, a_descriptor_is_heard_at_the_worlds_time)
{
	struct tcpsim_world *world = tcpsim_world_new(1);
	struct drive *drive = drive_new(world, NULL);
	struct hearer h = {world, drive, 0, 0};
	struct alarm first, before_the_stop, after_the_stop;
	int pipes[2];
	pid_t pid;

	cr_assert_eq(pipe(pipes), 0);
	cr_assert(drive_watch(drive, pipes[0], EPOLLIN, hear, &h));
	set(world, &first, drive, 5 * NSEC_PER_MSEC);
	set(world, &before_the_stop, drive, 15 * NSEC_PER_MSEC);
	set(world, &after_the_stop, drive, 20000 * NSEC_PER_MSEC);
	first.pipe = pipes[1];
	pid = fork();
	if (pid == 0) { /* from outside, when nothing of the world's is due */
		usleep(20000);
		_exit(write(pipes[1], "x", 1) == 1 ? 0 : 1);
	}
	drive_run(drive, INT64_MAX);
	waitpid(pid, NULL, 0);
	cr_expect_eq(h.times, 2);
	cr_expect_geq(h.heard_ns,
		19 * NSEC_PER_MSEC); /* it began to sleep a little before the world did */
	cr_expect_eq(before_the_stop.fired_ns, 15 * NSEC_PER_MSEC);
	cr_expect_eq(after_the_stop.fired_ns, 0);
	cr_expect_not(drive_watch(drive, -1, EPOLLIN, hear, &h));
	clock_cancel(world->clock, &after_the_stop.event);
	close(pipes[0]);
	close(pipes[1]);
	drive_free(drive);
	tcpsim_world_free(world);
}

/* --- a kernel host --- */

static char got[64];

static int model_server(int argc, char **argv)
{
	struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons(80)};
	int fd = tcpsim_posix_socket(AF_INET, SOCK_STREAM, 0), accepted;
	ssize_t n;

	tcpsim_posix_bind(fd, (struct sockaddr *)&here, sizeof(here));
	tcpsim_posix_listen(fd, 5);
	accepted = tcpsim_posix_accept(fd, NULL, NULL);
	n = tcpsim_posix_recv(accepted, got, sizeof(got) - 1, 0);
	if (n > 0)
		tcpsim_posix_send(accepted, "and hello", 9, 0);
	tcpsim_posix_close(accepted);
	tcpsim_posix_close(fd);
	return 0;
}

/* In the host's namespaces: sockets of the kernel. */
static _Noreturn void kernel_client(const struct kernel_host *host)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(80)};
	char buffer[64];
	int fd;

	inet_pton(AF_INET, "10.0.2.2", &to.sin_addr);
	if (!kernel_host_enter(host))
		_exit(1);
	fd = socket(AF_INET, SOCK_STREAM, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)) != 0)
		_exit(2);
	if (write(fd, "from a kernel", 13) != 13 || read(fd, buffer, sizeof(buffer)) != 9)
		_exit(3);
	_exit(memcmp(buffer, "and hello", 9) == 0 ? 0 : 4);
}

Test(kernel_host, a_command_in_its_namespace_reaches_a_model_behind_a_router)
{
	struct tcpsim_world *world = tcpsim_world_new(1);
	struct drive *drive = drive_new(world, NULL);
	GError *error = NULL;
	int status = -1;
	pid_t pid;

	cr_assert_eq(world_add_kernel_host(world, "client"), 0);
	tcpsim_world_add_router(world, "r");
	tcpsim_world_add_host(world, "server", &tcpsim_profile_bsd44);
	tcpsim_world_link(world, "client", "r", "delay = 5 ms", NULL);
	tcpsim_world_link(world, "r", "server", "delay = 5 ms", NULL);
	tcpsim_world_spawn(world, "server", "serve", model_server, 0, NULL, 0);
	if (!kernel_hosts_open(world, drive, &error)) {
		cr_log_info("%s", error->message);
		cr_skip_test("%s", error->message);
	}
	pid = fork();
	if (pid == 0)
		kernel_client(kernel_host_of(world_node(world, "client")));
	for (int i = 1; i <= 100 && waitpid(pid, &status, WNOHANG) == 0; i++)
		drive_run(drive, i * 50 * NSEC_PER_MSEC);
	cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == 0, "the client ended with %d",
		WEXITSTATUS(status));
	cr_expect_str_eq(got, "from a kernel");
	kernel_hosts_close(world);
	cr_expect_null(kernel_host_of(world_node(world, "client")));
	drive_free(drive);
	tcpsim_world_free(world);
}

Test(kernel_host, a_setting_that_it_refuses_is_told)
{
	struct tcpsim_world *world = tcpsim_world_new(1);
	struct drive *drive = drive_new(world, NULL);
	GError *error = NULL;

	world_add_kernel_host(world, "client");
	tcpsim_world_add_host(world, "server", &tcpsim_profile_bsd44);
	tcpsim_world_link(world, "client", "server", NULL, NULL);
	cr_assert_eq(tcpsim_world_sysctl(world, "client", "net.ipv4.tcp_nonsense", "1"), 0);
	cr_assert_not(kernel_hosts_open(world, drive, &error));
	if (error->code == LIVE_ERROR_NETWORK)
		cr_expect(strstr(error->message, "net.ipv4.tcp_nonsense"), "%s", error->message);
	g_error_free(error);
	drive_free(drive);
	tcpsim_world_free(world);
}
