/*
 * TCP flows over one bottleneck, and what each of them gets of it: what docs/curves are made of.
 * bench-ns3_flows takes the same words and answers in the same way.
 *
 *   bench-flows [KEY=VALUE...] flow=ALGORITHM[:START[:DELAY]]...
 *
 *	rate=BIT/S delay=MS	of the bottleneck; one way
 *	queue=BYTES red=1	its queue: drop-tail, or RED that marks
 *	loss=CHANCE		of each packet of data
 *	drop=SECOND:N		the first N packets of data from then on are lost
 *	seconds=S from=S	how long, and when counting begins
 *	sample=S		how often the window and what arrived are told
 *	seed=N
 *
 * A flow has a host of its own, whose link adds DELAY ms each way, and starts at START s. Written:
 * "flow N ALGORITHM BIT/S" for each at the end, "sample SECONDS N CWND RECEIVED" in bytes, tabs
 * between. Exit 3: there is no such algorithm here.
 */
#define TCPSIM_POSIX_NO_MACROS
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/tcp.h>
#include <tcpsim/event.h>
#include <tcpsim/posix.h>
#include <tcpsim/world.h>

enum { FLOWS = 32, PORT = 5000, PIECE = 65536, NO_ALGORITHM = 3 };

static struct {
	double rate, delay_ms, queue, red, loss, seconds, from, sample, seed;
	const char *drop;
} the = {.rate = 1e7, .delay_ms = 20, .queue = 65536, .seconds = 20, .seed = 1};

static struct flow {
	char algorithm[32];
	double start, delay_ms;
	uint64_t received, counted_from;
	uint32_t cwnd;
} flows[FLOWS];
static unsigned n_flows;
static bool no_algorithm;

/* --- programs --- */

static bool choose(int fd, const struct flow *flow)
{
	if (tcpsim_posix_setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, flow->algorithm,
		    (socklen_t)strlen(flow->algorithm)) == 0)
		return true;
	no_algorithm = true;
	return false;
}

static int sink(int argc, char **argv)
{
	unsigned i = (unsigned)atoi(argv[0]);
	struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons((uint16_t)(PORT + i))};
	int listener = tcpsim_posix_socket(AF_INET, SOCK_STREAM, 0), fd;
	static uint8_t buffer[PIECE];
	ssize_t n;

	if (!choose(listener, &flows[i])) /* DCTCP's receiver is another one too */
		return 1;
	tcpsim_posix_bind(listener, (struct sockaddr *)&any, sizeof(any));
	tcpsim_posix_listen(listener, 1);
	fd = tcpsim_posix_accept(listener, NULL, NULL);
	while ((n = tcpsim_posix_recv(fd, buffer, sizeof(buffer), 0)) > 0)
		flows[i].received += (uint64_t)n;
	return 0;
}

static int source(int argc, char **argv)
{
	unsigned i = (unsigned)atoi(argv[0]);
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)(PORT + i))};
	int fd = tcpsim_posix_socket(AF_INET, SOCK_STREAM, 0);
	static uint8_t buffer[PIECE];

	if (!choose(fd, &flows[i]))
		return 1;
	to.sin_addr.s_addr = inet_addr(argv[1]);
	if (tcpsim_posix_connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0)
		return 1;
	while (tcpsim_posix_send(fd, buffer, sizeof(buffer), 0) > 0)
		;
	return 0;
}

/* --- the world --- */

static void link_or_end(struct tcpsim_world *world, const char *a, const char *b, const char *keys)
{
	char *error = NULL;

	if (tcpsim_world_link(world, a, b, keys, &error) < 0) {
		fprintf(stderr, "bench-flows: %s\n", error);
		exit(2);
	}
}

static void add_bottleneck(struct tcpsim_world *world)
{
	char keys[512], drop[128] = "";

	if (the.drop)
		snprintf(drop, sizeof(drop), "; there.drop = first %s data from %g s",
			strchr(the.drop, ':') + 1, atof(the.drop));
	snprintf(keys, sizeof(keys),
		"rate = %.0f bit/s; delay = %g ms; there.queue = %s %.0f%s; there.loss = %.9f%s",
		the.rate, the.delay_ms, the.red ? "red" : "drop-tail", the.queue,
		the.red ? " ecn" : "", the.loss, drop);
	tcpsim_world_add_router(world, "r");
	tcpsim_world_add_host(world, "d", &tcpsim_profile_linux);
	link_or_end(world, "r", "d", keys);
	if (the.red)
		tcpsim_world_sysctl(world, "d", "net.ipv4.tcp_ecn", "1");
}

static void add_flow(struct tcpsim_world *world, unsigned i)
{
	char name[16], number[16], keys[64], address[] = "10.0.1.2";
	char *argv[] = {number, address, NULL};

	snprintf(name, sizeof(name), "s%u", i);
	snprintf(number, sizeof(number), "%u", i);
	snprintf(keys, sizeof(keys), "rate = 1 Gbit/s; delay = %g ms", flows[i].delay_ms);
	tcpsim_world_add_host(world, name, &tcpsim_profile_linux);
	if (the.red)
		tcpsim_world_sysctl(world, name, "net.ipv4.tcp_ecn", "1");
	link_or_end(world, name, "r", keys);
	tcpsim_world_spawn(world, "d", "sink", sink, 1, argv, 0);
	tcpsim_world_spawn(
		world, name, "source", source, 2, argv, 1000 + (int64_t)(flows[i].start * 1e9));
}

/* Hosts are counted as they were added: r, d, then the flows'. */
static void note_window(void *context, const struct tcpsim_event *event)
{
	if (event->kind == TCPSIM_EVENT_CWND && event->host >= 2)
		flows[event->host - 2].cwnd = event->cwnd.cwnd_bytes;
}

static void run(struct tcpsim_world *world)
{
	double step = the.sample > 0 ? the.sample : the.seconds, now = 0;
	bool counting = false;

	while (now < the.seconds) {
		double next = now + step < the.seconds ? now + step : the.seconds;

		if (!counting && the.from < next) {
			tcpsim_world_run(world, (int64_t)(the.from * 1e9));
			for (unsigned i = 0; i < n_flows; i++)
				flows[i].counted_from = flows[i].received;
			counting = true;
		}
		tcpsim_world_run(world, (int64_t)(next * 1e9));
		now = next;
		for (unsigned i = 0; i < n_flows && the.sample > 0; i++)
			printf("sample\t%.4f\t%u\t%u\t%llu\n", now, i, flows[i].cwnd,
				(unsigned long long)flows[i].received);
	}
	for (unsigned i = 0; i < n_flows; i++)
		printf("flow\t%u\t%s\t%.0f\n", i, flows[i].algorithm,
			(double)(flows[i].received - flows[i].counted_from) * 8 /
				(the.seconds - the.from));
}

/* --- arguments --- */

static bool read_flow(const char *text)
{
	struct flow *flow = &flows[n_flows];

	return n_flows < FLOWS &&
	       sscanf(text, "%31[^:]:%lf:%lf", flow->algorithm, &flow->start, &flow->delay_ms) >=
		       1 &&
	       ++n_flows;
}

static bool read_word(const char *word)
{
	const struct {
		const char *key;
		double *value;
	} KEYS[] = {{"rate=", &the.rate}, {"delay=", &the.delay_ms}, {"queue=", &the.queue},
		{"red=", &the.red}, {"loss=", &the.loss}, {"seconds=", &the.seconds},
		{"from=", &the.from}, {"sample=", &the.sample}, {"seed=", &the.seed}};

	if (strncmp(word, "flow=", 5) == 0)
		return read_flow(word + 5);
	if (strncmp(word, "drop=", 5) == 0 && strchr(word, ':')) {
		the.drop = word + 5;
		return true;
	}
	for (size_t i = 0; i < sizeof(KEYS) / sizeof(KEYS[0]); i++) {
		if (strncmp(word, KEYS[i].key, strlen(KEYS[i].key)) == 0) {
			*KEYS[i].value = atof(word + strlen(KEYS[i].key));
			return true;
		}
	}
	return false;
}

int main(int argc, char **argv)
{
	struct tcpsim_world *world;

	for (int i = 1; i < argc; i++) {
		if (!read_word(argv[i])) {
			fprintf(stderr, "bench-flows: '%s' is no key=value of its own\n", argv[i]);
			return 2;
		}
	}
	world = tcpsim_world_new((uint64_t)the.seed);
	tcpsim_world_on_event(world, note_window, NULL);
	add_bottleneck(world);
	for (unsigned i = 0; i < n_flows; i++)
		add_flow(world, i);
	run(world);
	tcpsim_world_free(world);
	return no_algorithm ? NO_ALGORITHM : 0;
}
