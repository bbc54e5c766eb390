/*
 * BBR on whole hosts, over one link: what it makes of losses and of a deep queue beside what CUBIC
 * does, and when its phases come.
 */
#define TCPSIM_POSIX_NO_MACROS
#include <criterion/criterion.h>
#include <glib.h>
#include <linux/tcp.h>
#include <tcpsim/posix.h>

#include "time_units.h"
#include "world/world.h"

#define BDP (10000000 / 8 * 40 / 1000) /* bytes of the link below */

/* What a run showed. */
static struct run {
	const char *algorithm;
	uint64_t received;
	int64_t last_ns; /* when the last of it was read */
	GString *phases; /* "startup drain ..." in the order they came */
	enum tcpsim_rule phase;
	int64_t probe_rtt_ns, back_ns; /* the first PROBE_RTT's begin and end */
	uint32_t probe_rtt_cwnd, before_cwnd, after_cwnd;
} run;

static int receive(int argc, char **argv)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(80)};
	int fd = tcpsim_posix_socket(AF_INET, SOCK_STREAM, 0), with;
	static uint8_t buffer[65536];
	ssize_t n;

	if (tcpsim_posix_bind(fd, (struct sockaddr *)&at, sizeof(at)) < 0 ||
		tcpsim_posix_listen(fd, 1) < 0)
		return 1;
	with = tcpsim_posix_accept(fd, NULL, NULL);
	while ((n = tcpsim_posix_recv(with, buffer, sizeof(buffer), 0)) > 0) {
		struct timespec now;

		tcpsim_posix_clock_gettime(CLOCK_MONOTONIC, &now);
		run.received += (uint64_t)n;
		run.last_ns = now.tv_sec * NSEC_PER_SEC + now.tv_nsec;
	}
	return n < 0;
}

/* argv: bytes, the server's address, and how long to wait after each 10000 bytes, ms. */
static int send_all(int argc, char **argv)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(80)};
	int fd = tcpsim_posix_socket(AF_INET, SOCK_STREAM, 0);
	uint64_t left = g_ascii_strtoull(argv[0], NULL, 10), pause = 0;
	static const uint8_t buffer[65536];

	to.sin_addr.s_addr = inet_addr(argv[1]);
	if (argc > 2)
		pause = g_ascii_strtoull(argv[2], NULL, 10);
	if (tcpsim_posix_setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, run.algorithm,
		    (socklen_t)strlen(run.algorithm)) < 0 ||
		tcpsim_posix_connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0)
		return 1;
	while (left) {
		uint64_t most = pause ? 10000 : sizeof(buffer);
		ssize_t n = tcpsim_posix_send(fd, buffer, left < most ? left : most, 0);

		if (n <= 0)
			return 1;
		left -= (uint64_t)n;
		if (pause)
			tcpsim_posix_usleep((useconds_t)pause * 1000);
	}
	return tcpsim_posix_close(fd);
}

static void note_phase(void *context, const struct tcpsim_event *event)
{
	const char *name = tcpsim_rule_text(event->rule)->name;

	if (event->kind != TCPSIM_EVENT_CWND || !g_str_has_prefix(name, "cwnd/bbr-"))
		return;
	if (event->rule != run.phase) {
		g_string_append_printf(run.phases, "%s%s", run.phases->len ? " " : "", name + 9);
		if (event->rule == TCPSIM_RULE_CWND_BBR_PROBE_RTT && !run.probe_rtt_ns) {
			run.probe_rtt_ns = event->time_ns;
			run.probe_rtt_cwnd = event->cwnd.cwnd_bytes;
		} else if (run.phase == TCPSIM_RULE_CWND_BBR_PROBE_RTT && !run.back_ns) {
			run.back_ns = event->time_ns;
			run.after_cwnd = event->cwnd.cwnd_bytes;
		}
	}
	if (!run.probe_rtt_ns)
		run.before_cwnd = event->cwnd.cwnd_bytes;
	run.phase = event->rule;
}

struct setup {
	const char *algorithm;
	const char *profile; /* NULL: linux */
	const char *link;    /* more of its keys */
	const char *bytes;
	const char *pause; /* NULL: none */
	uint64_t seed;
};

/* 10 Mbit/s with a round trip of 40 ms, and what the test adds to it. */
static struct tcpsim_world *begin(const struct setup *setup)
{
	struct tcpsim_world *world = tcpsim_world_new(setup->seed ? setup->seed : 1);
	char *link = g_strdup_printf("rate = 10 Mbit/s; delay = 20 ms; %s", setup->link);
	char *argv[] = {(char *)setup->bytes, (char *)"10.0.1.2", (char *)setup->pause};

	if (run.phases)
		g_string_free(run.phases, TRUE);
	run = (struct run){.algorithm = setup->algorithm, .phases = g_string_new("")};
	tcpsim_world_add_host(
		world, "a", tcpsim_profile_find(setup->profile ? setup->profile : "linux"));
	tcpsim_world_add_host(world, "b", &tcpsim_profile_linux);
	cr_assert_eq(tcpsim_world_link(world, "a", "b", link, NULL), 0);
	tcpsim_world_spawn(world, "b", "receive", receive, 0, NULL, 0);
	tcpsim_world_spawn(world, "a", "send", send_all, setup->pause ? 3 : 2, argv, NSEC_PER_MSEC);
	tcpsim_world_on_event(world, note_phase, NULL);
	g_free(link);
	return world;
}

static struct link_way *way_of(struct tcpsim_world *world)
{
	const struct world_link *link = world->links->pdata[0];

	return link->way[0];
}

/* Bits a second that the process at the other end read. */
static double goodput(const char *algorithm, const char *profile, const char *more)
{
	struct setup setup = {
		.algorithm = algorithm, .profile = profile, .link = more, .bytes = "8000000"};
	struct tcpsim_world *world = begin(&setup);

	tcpsim_world_run(world, TCPSIM_FOREVER);
	tcpsim_world_free(world);
	cr_assert_eq(run.received, 8000000, "%s: %llu bytes", algorithm,
		(unsigned long long)run.received);
	return 8e6 * 8 / ((double)run.last_ns / 1e9);
}

Test(bbr_world, fills_a_lossy_link_where_cubic_collapses)
{
	static const struct {
		const char *link;
		double bbr, cubic; /* at least, at most, of 10 Mbit/s */
	} CASE[] = {
		{"there.loss = 1 %", 0.88, 0.5},
		{"there.loss = 5 %", 0.80, 0.2},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(CASE); i++) {
		double bbr = goodput("bbr", "linux", CASE[i].link) / 1e7,
		       cubic = goodput("cubic", "linux", CASE[i].link) / 1e7;

		cr_expect_gt(bbr, CASE[i].bbr, "%s: bbr %.3f", CASE[i].link, bbr);
		cr_expect_lt(cubic, CASE[i].cubic, "%s: cubic %.3f", CASE[i].link, cubic);
	}
}

/* Windows in bytes, and another recovery. */
Test(bbr_world, fills_it_on_systems_that_count_bytes)
{
	double bbr = goodput("bbr", "rfc9293", "there.loss = 1 %"),
	       reno = goodput("newreno", "rfc9293", "there.loss = 1 %");

	cr_expect_gt(bbr, 1.5 * reno, "bbr %.0f, newreno %.0f", bbr, reno);
}

/* Mean of what stands in the link's queue, from 10 s to 20 s. */
static double standing_queue(const char *algorithm)
{
	struct setup setup = {
		.algorithm = algorithm, .link = "queue = 200 kB", .bytes = "27000000"};
	struct tcpsim_world *world = begin(&setup);
	uint64_t sum = 0, bytes;
	uint32_t packets;

	for (int64_t ms = 10000; ms < 20000; ms += 10) {
		tcpsim_world_run(world, ms * NSEC_PER_MSEC);
		link_queue(way_of(world), &bytes, &packets);
		sum += bytes;
	}
	tcpsim_world_free(world);
	return (double)sum / 1000;
}

/* The queue would hold four times the product of rate and delay. */
Test(bbr_world, leaves_a_deep_queue_nearly_empty)
{
	double bbr = standing_queue("bbr"), cubic = standing_queue("cubic");

	cr_expect_lt(bbr, 0.4 * BDP, "bbr %.0f bytes", bbr);
	cr_expect_gt(cubic, 1.0 * BDP, "cubic %.0f bytes", cubic);
}

Test(bbr_world, phases_come_in_order_and_probe_rtt_every_ten_seconds)
{
	struct setup setup = {.algorithm = "bbr", .link = "queue = 1 MB", .bytes = "27000000"};
	struct tcpsim_world *world = begin(&setup);

	tcpsim_world_run(world, 2 * NSEC_PER_SEC);
	cr_expect_str_eq(run.phases->str, "startup drain probe-bw");
	tcpsim_world_run(world, 22 * NSEC_PER_SEC);
	cr_expect_str_eq(
		run.phases->str, "startup drain probe-bw probe-rtt probe-bw probe-rtt probe-bw");
	cr_expect_gt(run.probe_rtt_ns, 10 * NSEC_PER_SEC);
	cr_expect_lt(run.probe_rtt_ns, 10200 * NSEC_PER_MSEC);
	cr_expect_eq(run.probe_rtt_cwnd, 4 * 1448);
	cr_expect_geq(run.back_ns - run.probe_rtt_ns, 200 * NSEC_PER_MSEC);
	cr_expect_lt(run.back_ns - run.probe_rtt_ns, 400 * NSEC_PER_MSEC);
	cr_expect_geq(run.after_cwnd, run.before_cwnd * 9 / 10);
	tcpsim_world_free(world);
}

/* The link itself is full all the time. */
Test(bbr_world, a_clean_link_is_filled_too)
{
	double bbr = goodput("bbr", "linux", "queue = 64 kB");

	cr_expect_gt(bbr, 0.9e7, "%.0f", bbr);
}

/* A process that writes less than the path carries does not make the pipe look full. */
Test(bbr_world, a_slow_writer_stays_in_startup)
{
	struct setup setup = {
		.algorithm = "bbr", .link = "queue = 64 kB", .bytes = "300000", .pause = "100"};
	struct tcpsim_world *world = begin(&setup);

	tcpsim_world_run(world, TCPSIM_FOREVER);
	tcpsim_world_free(world);
	cr_expect_eq(run.received, 300000);
	cr_expect_str_eq(run.phases->str, "startup");
}

/* Where the cycle of gains begins is drawn by the host's seed, and the same seed draws the same. */
Test(bbr_world, the_seed_decides_where_the_cycle_begins)
{
	struct setup setup = {.algorithm = "bbr", .link = "queue = 16 kB", .bytes = "2000000"};
	int64_t last[6];
	bool differ = false;

	for (int i = 0; i < 6; i++) {
		struct tcpsim_world *world;

		setup.seed = 1 + (uint64_t)i % 5;
		world = begin(&setup);
		tcpsim_world_run(world, TCPSIM_FOREVER);
		tcpsim_world_free(world);
		last[i] = run.last_ns;
		differ |= last[i] != last[0];
	}
	cr_expect(differ);
	cr_expect_eq(last[5], last[0]);
}
