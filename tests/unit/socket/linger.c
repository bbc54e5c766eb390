/*
 * close() with SO_LINGER and a time: it waits in virtual time for the acknowledgment of the FIN,
 * and what is told when the time is over first, and on a non-blocking socket, is the system's
 * habit. Linux inet_release(), sk_stream_wait_close(); BSD soclose().
 */
#include <criterion/criterion.h>
#include <string.h>
#include <tcpsim/world.h>
/* Last: its names are those of the calls. */
#include <tcpsim/posix.h>

struct trial {
	const struct tcpsim_profile *profile;
	const char *link;
	int linger_s;
	bool nonblocking;
	/* what comes out */
	int result, error, other_use;
	double waited_s;
	char got[16];
};

static struct trial *trial;

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static int server(int argc, char **argv)
{
	struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons(7)};
	int listener = socket(AF_INET, SOCK_STREAM, 0), fd;
	size_t got = 0;
	ssize_t n;

	bind(listener, (struct sockaddr *)&any, sizeof(any));
	listen(listener, 1);
	fd = accept(listener, NULL, NULL);
	while ((n = read(fd, trial->got + got, sizeof(trial->got) - 1 - got)) > 0)
		got += (size_t)n;
	strcat(trial->got, n == 0 ? "." : "!"); /* the end of the stream, or an error */
	sleep(60);
	close(fd);
	close(listener);
	return 0;
}

static int client(int argc, char **argv)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(7)};
	struct linger linger = {1, trial->linger_s};
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	double since;

	inet_pton(AF_INET, "10.0.1.2", &to.sin_addr);
	cr_expect_eq(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	cr_expect_eq(setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)), 0);
	if (trial->nonblocking)
		fcntl(fd, F_SETFL, O_NONBLOCK);
	cr_expect_eq(write(fd, "hello", 5), 5);
	since = seconds();
	trial->result = close(fd);
	trial->error = trial->result ? errno : 0;
	trial->waited_s = seconds() - since;
	cr_expect_eq(close(fd), -1);
	cr_expect_eq(errno, EBADF);
	return 0;
}

/* Another program of the host, while the first one waits in close(). */
static int onlooker(int argc, char **argv)
{
	char byte;

	trial->other_use = read(3, &byte, 1) < 0 ? errno : 0;
	return 0;
}

static void run_trial(struct trial *t, int64_t onlooker_ns)
{
	struct tcpsim_world *w = tcpsim_world_new(1);

	trial = t;
	tcpsim_world_add_host(w, "client", t->profile);
	tcpsim_world_add_host(w, "server", &tcpsim_profile_linux);
	cr_assert_eq(tcpsim_world_link(w, "client", "server", t->link, NULL), 0);
	tcpsim_world_spawn(w, "server", "server", server, 0, NULL, 0);
	tcpsim_world_spawn(w, "client", "client", client, 0, NULL, 0);
	if (onlooker_ns)
		tcpsim_world_spawn(w, "client", "onlooker", onlooker, 0, NULL, onlooker_ns);
	tcpsim_world_run(w, TCPSIM_FOREVER);
	cr_expect_eq(tcpsim_world_running(w), 0);
	tcpsim_world_free(w);
	cr_expect_str_eq(t->got, "hello.", "what arrived: %s", t->got);
}

/* There and back, and what a Linux peer waits before it acknowledges a FIN behind text. */
#define FIN_ACK_WAITS_S 0.04
#define ROUND_TRIP_S	(0.2 + FIN_ACK_WAITS_S)

Test(linger, close_waits_for_the_acknowledgment_of_the_fin)
{
	struct trial on_linux = {.profile = &tcpsim_profile_linux,
			     .link = "delay = 100 ms",
			     .linger_s = 10},
		     on_bsd = {.profile = &tcpsim_profile_freebsd,
			     .link = "delay = 100 ms",
			     .linger_s = 10};

	run_trial(&on_linux, 0);
	cr_expect_eq(on_linux.result, 0);
	cr_expect_float_eq(on_linux.waited_s, ROUND_TRIP_S, 1e-9);
	run_trial(&on_bsd, 0);
	cr_expect_eq(on_bsd.result, 0);
	cr_expect_float_eq(on_bsd.waited_s, ROUND_TRIP_S, 1e-9);
}

Test(linger, a_time_that_is_over_is_told_by_bsd_alone_and_the_connection_goes_on)
{
	struct trial on_linux = {.profile = &tcpsim_profile_linux,
			     .link = "delay = 3 s",
			     .linger_s = 2},
		     on_bsd = {.profile = &tcpsim_profile_bsd44,
			     .link = "delay = 3 s",
			     .linger_s = 2};

	run_trial(&on_linux, 0);
	cr_expect_eq(on_linux.result, 0);
	cr_expect_float_eq(on_linux.waited_s, 2, 1e-9);
	run_trial(&on_bsd, 0);
	cr_expect_eq(on_bsd.result, -1);
	cr_expect_eq(on_bsd.error, EWOULDBLOCK);
	cr_expect_float_eq(on_bsd.waited_s, 2, 1e-9);
}

Test(linger, a_non_blocking_socket_waits_on_linux_alone)
{
	struct trial on_linux = {.profile = &tcpsim_profile_linux,
			     .link = "delay = 100 ms",
			     .linger_s = 10,
			     .nonblocking = true},
		     on_bsd = {.profile = &tcpsim_profile_freebsd,
			     .link = "delay = 100 ms",
			     .linger_s = 10,
			     .nonblocking = true};

	run_trial(&on_linux, 0);
	cr_expect_float_eq(on_linux.waited_s, ROUND_TRIP_S, 1e-9);
	run_trial(&on_bsd, 0);
	cr_expect_eq(on_bsd.result, 0);
	cr_expect_float_eq(on_bsd.waited_s, 0, 1e-9);
}

Test(linger, to_others_the_descriptor_is_gone_while_it_waits)
{
	struct trial t = {
		.profile = &tcpsim_profile_linux, .link = "delay = 400 ms", .linger_s = 10};

	run_trial(&t, INT64_C(1200000000));
	cr_expect_eq(t.other_use, EBADF);
	cr_expect_float_eq(t.waited_s, 0.8 + FIN_ACK_WAITS_S, 1e-9);
}
