/*
 * How fast a world is, in events, link packets and connections a CPU second (`bench-world
 * [WHAT...]`, all of it unless told):
 *
 * - clock: pop, call back, insert, with 10 k and 1 M events pending
 * - bulk: one flow over 1 Gbit/s, 10 ms: real bytes; checksums made, and verified by the receiver
 * - trusted: the same with sums that are known to hold taken on trust
 * - lengths: the same in a world whose programs send lengths only
 * - loss: bulk with 1 % loss
 * - flows: 1000 flows over 10 Gbit/s
 * - connect, connect10k: connect, 100 bytes, 1000 bytes, close: 100 and 10000 clients at once
 * - beside-idle: the former of them beside 10 k, 100 k and 1 M connections that do nothing
 * - idle: what a pair of idle ends takes
 *
 * $IDLE: how many pairs `idle` has, a million unless told. $REQUESTS: how many connections the
 * others make, 400000 unless told. $MEGABYTES: how much the flows carry, 2000 or 1000 unless told.
 * $BESIDE: beside how many idle ones beside-idle connects, in place of its three.
 */
#define TCPSIM_POSIX_NO_MACROS
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tcpsim/posix.h>

#include "bench/measure.h"
#include "process/process.h"
#include "process/programs.h"
#include "process/programs_socket.h"
#include "time_units.h"
#include "world/build.h"
#include "world/world.h"

enum { SERVERS = 10 };

/* --- the clock --- */

static struct clock *hold_clock;
static struct rng hold_rng;
static int64_t hold_range;

static void hold(struct clock_event *event, int64_t now_ns)
{
	clock_at(hold_clock, event,
		now_ns + 1 + (int64_t)rng_below(&hold_rng, (uint64_t)hold_range));
}

static void bench_clock(unsigned pending)
{
	struct clock_event *events = calloc(pending, sizeof(*events));
	uint64_t n = 10000000;
	char name[64];

	hold_clock = clock_new(0);
	hold_range = 20000000;
	rng_seed(&hold_rng, 1, "hold");
	for (unsigned i = 0; i < pending; i++) {
		events[i].fire = hold;
		hold(&events[i], 0);
	}
	double began = cpu_seconds();

	for (uint64_t i = 0; i < n; i++)
		clock_step(hold_clock, INT64_MAX);
	snprintf(name, sizeof(name), "clock, %u pending", pending);
	report(name, (double)n, "events", cpu_seconds() - began);
	clock_free(hold_clock);
	free(events);
}

/* --- worlds --- */

static void quiet(
	void *context, int64_t time_ns, const char *host, const char *program, const char *text)
{
	if (getenv("VERBOSE"))
		printf("%.6f %s %s: %s\n", (double)time_ns * 1e-9, host, program, text);
}

static struct tcpsim_world *two_hosts(const char *link)
{
	struct tcpsim_world *w = tcpsim_world_new(1);
	char *error = NULL;

	tcpsim_world_add_host(w, "a", &tcpsim_profile_linux);
	tcpsim_world_add_host(w, "b", &tcpsim_profile_linux);
	if (tcpsim_world_link(w, "a", "b", link, &error) < 0) {
		fprintf(stderr, "%s\n", error);
		exit(1);
	}
	tcpsim_world_on_say(w, quiet, NULL);
	return w;
}

static void start(struct tcpsim_world *w, const char *host, const char *does,
	const struct program_config *from)
{
	struct program_config c = *from;

	c.name = g_strdup(does);
	c.host = g_strdup(host);
	c.does = g_strdup(does);
	c.to = from->to ? g_strdup(from->to) : NULL;
	char *why = program_start(w, &c);

	if (why) {
		fprintf(stderr, "%s\n", why);
		exit(1);
	}
}

static uint64_t link_packets(const struct tcpsim_world *w)
{
	const struct world_link *link = w->links->pdata[0];

	return link_counters(link->way[0])->packets + link_counters(link->way[1])->packets;
}

struct bulk {
	const char *name, *link;
	unsigned flows;
	uint64_t bytes;
	bool trust, lengths;
};

#define GIGABIT "rate = 1 Gbit/s; delay = 5 ms; queue = 4 MB"
static const struct bulk BULK = {"bulk", GIGABIT, 1, 2000000000, false, false},
			 TRUSTED = {"bulk, sums trusted", GIGABIT, 1, 2000000000, true, false},
			 LENGTHS = {"bulk, lengths only", GIGABIT, 1, 2000000000, false, true},
			 LOSS = {"bulk, 1 % loss", GIGABIT "; there.loss = 1 %", 1, 1000000000,
				 false, false},
			 FLOWS = {"1000 flows", "rate = 10 Gbit/s; delay = 5 ms; queue = 16 MB",
				 1000, 2000000000, false, false};

/* From the environment, or the usual number. */
static unsigned told(const char *name, unsigned usual)
{
	const char *text = getenv(name);

	return text ? (unsigned)strtoul(text, NULL, 10) : usual;
}

static void bench_bulk(const struct bulk *b)
{
	struct tcpsim_world *w = two_hosts(b->link);
	struct program_config c;

	w->distrust = !b->trust;
	w->lengths = b->lengths;
	program_config_init(&c);
	c.verify = false;
	c.backlog = 4096;
	start(w, "b", "sink", &c);
	c.to = (char *)(uintptr_t) "b:80";
	c.bytes = told("MEGABYTES", (unsigned)(b->bytes / 1000000)) * UINT64_C(1000000) / b->flows;
	c.start_ns = 1000;
	for (unsigned i = 0; i < b->flows; i++)
		start(w, "a", "source", &c);
	double began = cpu_seconds();

	tcpsim_world_run(w, INT64_C(1000) * NSEC_PER_SEC);
	report(b->name, (double)link_packets(w), "link packets", cpu_seconds() - began);
	tcpsim_world_free(w);
}

/* --- idle connections: each has had one request and its answer, and then nothing happens --- */

enum { IDLE_PORT = 1000, PER_PORT = 50000 }; /* under the number of ephemeral ports */

struct idle {
	unsigned port, count;
	char to[sizeof("b:4294967295")];
};

static int idle_server(void *argument)
{
	const struct idle *idle = argument;
	struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons((uint16_t)idle->port)};
	int listener = tcpsim_posix_socket(AF_INET, SOCK_STREAM, 0), fd;
	char buffer[1000] = {0};

	tcpsim_posix_bind(listener, (struct sockaddr *)&any, sizeof(any));
	tcpsim_posix_listen(listener, 4096);
	while ((fd = tcpsim_posix_accept(listener, NULL, NULL)) >= 0) {
		tcpsim_posix_recv(fd, buffer, sizeof(buffer), 0);
		tcpsim_posix_send(fd, buffer, sizeof(buffer), 0);
	}
	return 0;
}

static int idle_client(void *argument)
{
	const struct idle *idle = argument;
	struct program_config c;
	char buffer[1000] = {0};

	program_config_init(&c);
	c.to = (char *)(uintptr_t)idle->to;
	for (unsigned i = 0; i < idle->count; i++) {
		int fd = program_open(&c);

		if (fd < 0)
			return 1;
		tcpsim_posix_send(fd, buffer, 100, 0);
		tcpsim_posix_recv(fd, buffer, sizeof(buffer), 0);
	}
	return 0;
}

/* Programs that open `count` connections between a and b and let them be. */
static void open_idle(struct tcpsim_world *w, unsigned count)
{
	for (unsigned i = 0; count; i++) {
		struct idle idle = {
			.port = IDLE_PORT + i, .count = count < PER_PORT ? count : PER_PORT};

		snprintf(idle.to, sizeof(idle.to), "b:%u", idle.port);
		process_spawn(world_node(w, "b"), "idle", idle_server,
			g_memdup2(&idle, sizeof(idle)), g_free, 0);
		process_spawn(world_node(w, "a"), "idle", idle_client,
			g_memdup2(&idle, sizeof(idle)), g_free, 1000);
		count -= idle.count;
	}
}

/*
 * Clients that connect, ask and close, beside `idle` connections that were opened before. The
 * client closes first, so TIME_WAIT and its 60 s hold are the client's, as is usual: servers on
 * several ports keep 4-tuples free.
 */
static void bench_connect(unsigned clients, unsigned idle)
{
	struct tcpsim_world *w = two_hosts("rate = 10 Gbit/s; delay = 50 us");
	unsigned requests = told("REQUESTS", 400000);
	int64_t start_ns = idle ? 100 * NSEC_PER_SEC : 1000;
	struct program_config c;
	char name[64], to[16];

	tcpsim_world_sysctl(w, "a", "net.ipv4.ip_local_port_range", "1024 65535");
	open_idle(w, idle);
	for (unsigned i = 0; i < SERVERS; i++) {
		program_config_init(&c);
		c.verify = false;
		c.backlog = 4096;
		c.port = 80 + i;
		c.workers = clients / SERVERS;
		start(w, "b", "serve", &c);
		snprintf(to, sizeof(to), "b:%u", c.port);
		c.to = to;
		c.clients = clients / SERVERS;
		c.count = requests / clients;
		c.start_ns = start_ns;
		start(w, "a", "herd", &c);
	}
	tcpsim_world_run(w, start_ns - 1);
	double began = cpu_seconds();

	tcpsim_world_run(w, start_ns + 59 * NSEC_PER_SEC);
	if (idle)
		snprintf(name, sizeof(name), "connect, beside %u idle", idle);
	else
		snprintf(name, sizeof(name), "connect, %u at once", clients);
	report(name, requests, "connections", cpu_seconds() - began);
	tcpsim_world_free(w);
}

static bool count_established(void *context, const struct tcpsim_socket_row *row)
{
	*(unsigned *)context += row->state == TCPSIM_ESTABLISHED;
	return true;
}

static unsigned established(struct tcpsim_world *w, const char *host)
{
	unsigned n = 0;

	tcpsim_host_each_socket(tcpsim_world_host(w, host), count_established, &n);
	return n;
}

static void bench_idle(void)
{
	unsigned idle = told("IDLE", 1000000);
	struct tcpsim_world *w = two_hosts("rate = 10 Gbit/s; delay = 50 us");
	double before, bytes, began;

	tcpsim_world_sysctl(w, "a", "net.ipv4.ip_local_port_range", "1024 65535");
	world_build(w);
	before = resident_bytes();
	began = cpu_seconds();
	open_idle(w, idle);
	tcpsim_world_run(w, 200 * NSEC_PER_SEC);
	bytes = resident_bytes() - before;
	printf("%-28s %10.0f bytes an idle pair of ends (%u and %u, %.2f GB, opened in %.1f s)\n",
		"idle", bytes / idle, established(w, "a"), established(w, "b"), bytes * 1e-9,
		cpu_seconds() - began);
	tcpsim_world_free(w);
}

static void run_clock(void)
{
	bench_clock(10000);
	bench_clock(1000000);
}

static void run_bulk(void)
{
	bench_bulk(&BULK);
}

static void run_trusted(void)
{
	bench_bulk(&TRUSTED);
}

static void run_lengths(void)
{
	bench_bulk(&LENGTHS);
}

static void run_loss(void)
{
	bench_bulk(&LOSS);
}

static void run_flows(void)
{
	bench_bulk(&FLOWS);
}

static void run_connect(void)
{
	bench_connect(100, 0);
}

static void run_connect10k(void)
{
	bench_connect(10000, 0);
}

static void run_beside_idle(void)
{
	unsigned idle = told("BESIDE", 0);

	if (idle) {
		bench_connect(100, idle);
		return;
	}
	bench_connect(100, 10000);
	bench_connect(100, 100000);
	bench_connect(100, 1000000);
}

static const struct {
	const char *name;
	void (*run)(void);
} WORKLOADS[] = {
	{"clock", run_clock},
	{"bulk", run_bulk},
	{"trusted", run_trusted},
	{"lengths", run_lengths},
	{"loss", run_loss},
	{"flows", run_flows},
	{"connect", run_connect},
	{"connect10k", run_connect10k},
	{"beside-idle", run_beside_idle},
	{"idle", bench_idle},
};

/* NULL: all. */
static bool run(const char *name)
{
	bool found = false;

	for (size_t i = 0; i < G_N_ELEMENTS(WORKLOADS); i++) {
		if (name && strcmp(name, WORKLOADS[i].name) != 0)
			continue;
		WORKLOADS[i].run();
		found = true;
	}
	return found;
}

int main(int argc, char **argv)
{
	if (argc == 1)
		return !run(NULL);
	for (int i = 1; i < argc; i++) {
		if (!run(argv[i])) {
			fprintf(stderr, "bench-world: there is no '%s'\n", argv[i]);
			return 2;
		}
	}
	return 0;
}
