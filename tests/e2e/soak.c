/*
 * Soak: worlds drawn from a seed, with any two systems, one to four connections between them, one
 * path or two of routers or switches with different MTUs, loss, bursts, reordering, duplicates,
 * corruption, outages, boxes that take options out, small queues, small buffers, ends that stop
 * reading or sending for minutes and close in any order. Whatever the network does, every byte
 * arrives once and in order both ways, all ends close, nothing stays behind, and every host's
 * invariants hold after each input.
 *
 * TCPSIM_SOAK=5000 runs that many seeds, from TCPSIM_SOAK_FROM on (1); TCPSIM_SOAK_SEED=17 runs one
 * and tells what it is made of.
 */
#include <criterion/criterion.h>
#include <glib.h>
#include <string.h>
#include <tcpsim/socket.h>
#include <tcpsim/world.h>

#include "soak.h"
#include "support/random.h"
#include "time_units.h"
#include "world/journal.h"
#include "world/world.h"

#define SEEDS	 250
#define PATIENCE (INT64_C(24) * 3600 * NSEC_PER_SEC)

static bool count_row(void *context, const struct tcpsim_socket_row *row)
{
	++*(unsigned *)context;
	return true;
}

static unsigned left_over(struct tcpsim_world *w)
{
	unsigned n = 0;

	tcpsim_host_each_socket(tcpsim_world_host(w, "client"), count_row, &n);
	tcpsim_host_each_socket(tcpsim_world_host(w, "server"), count_row, &n);
	return n;
}

static void write_event(void *context, const struct tcpsim_event *event)
{
	journal_write(context, event->host ? "server" : "client", event);
}

/* TCPSIM_SOAK_EVENTS=FILE, TCPSIM_SOAK_PCAP=FILE: for looking closer. */
static FILE *open_events(void)
{
	const char *path = g_getenv("TCPSIM_SOAK_EVENTS");
	FILE *events = path ? fopen(path, "w") : NULL;

	if (events)
		setvbuf(events, NULL, _IOLBF, BUFSIZ); /* an assertion that fails leaves them all */
	return events;
}

static char *print_bad(const struct soak_end *bad, const char *name, unsigned connection)
{
	return g_strdup_printf("%s of connection %u: %s (%s) after %" G_GUINT64_FORMAT
			       " bytes sent, %" G_GUINT64_FORMAT " read",
		name, connection, bad->what ? bad->what : "it hangs",
		bad->error ? strerrorname_np(bad->error) : "no error", bad->sent, bad->read);
}

/* NULL, or what went wrong. */
static char *judge(struct tcpsim_world *w, const struct soak_plan *plan)
{
	for (unsigned i = 0; i < plan->n; i++) {
		const struct soak_connection *c = &plan->connection[i];

		if (!c->client.done)
			return print_bad(&c->client, "client", i);
		if (!c->server.done)
			return print_bad(&c->server, "server", i);
	}
	if (left_over(w))
		return g_strdup_printf("%u connections are left", left_over(w));
	if (tcpsim_world_running(w))
		return g_strdup_printf("%u programs still run", tcpsim_world_running(w));
	return NULL;
}

static char *soak(uint64_t seed, struct soak_plan *plan, bool tell)
{
	FILE *events = open_events();
	struct tcpsim_world *w = soak_world(
		seed, seed % 2 ? SOAK_RESTS : 0, plan, events ? write_event : NULL, events);

	if (tell)
		fprintf(stderr, "seed %" G_GUINT64_FORMAT ": %s\n", seed, plan->what->str);
	tcpsim_world_run(w, PATIENCE);
	char *wrong = judge(w, plan);

	tcpsim_world_free(w);
	if (events)
		fclose(events);
	return wrong;
}

/* All that an event tells, but for addresses in memory. */
static void sum_event(void *context, const struct tcpsim_event *event)
{
	uint64_t *sum = context;

	*sum = sum_mix(*sum, (uint64_t)event->time_ns);
	*sum = sum_mix(*sum, (uint64_t)event->kind << 32 | event->connection);
	*sum = sum_mix(
		*sum, (uint64_t)event->rule << 32 | (uint64_t)event->before << 8 | event->after);
	if (event->segment) {
		const struct tcpsim_segment *s = event->segment;

		*sum = sum_mix(*sum, (uint64_t)s->seq.n << 32 | s->ack.n);
		*sum = sum_mix(*sum, (uint64_t)s->flags << 48 | (uint64_t)s->window << 32 | s->len);
	}
}

/* How many worlds are compared: as many as the soak is told to run. */
static uint64_t worlds_or(uint64_t usual)
{
	const char *many = g_getenv("TCPSIM_SOAK");

	return many ? g_ascii_strtoull(many, NULL, 10) : usual;
}

/* Runs worlds in two ways; no event may tell which. */
static void compare_ways(unsigned one_way, unsigned other_way, uint64_t worlds)
{
	if (g_getenv("TCPSIM_SOAK_SEED"))
		cr_skip_test("one world is looked at, and its capture is not to be written over");
	for (uint64_t seed = 1; seed <= worlds; seed++) {
		const unsigned how[] = {one_way, other_way};
		struct soak_plan plan;
		uint64_t sum[2] = {0, 0};

		for (int i = 0; i < 2; i++) {
			struct tcpsim_world *w =
				soak_world(seed, how[i], &plan, sum_event, &sum[i]);

			tcpsim_world_run(w, PATIENCE);
			tcpsim_world_free(w);
			soak_plan_free(&plan);
		}
		cr_expect_neq(sum[0], 0);
		cr_expect_eq(sum[0], sum[1], "seed %" G_GUINT64_FORMAT, seed);
	}
}

/* What is expected takes a shorter way through the stack, and nothing else may tell that it did. */
Test(soak, the_short_path_is_the_same_machine)
{
	compare_ways(0, SOAK_WITHOUT_SHORT_PATH, worlds_or(60));
}

/* A connection at rest takes less memory; nothing else may tell that it was put away. */
Test(soak, what_rests_wakes_as_it_was)
{
	compare_ways(0, SOAK_RESTS, worlds_or(60));
}

/* Hosts that run at the same time, each in a thread, do in the same order what one thread does. */
Test(soak, threads_make_the_same_world)
{
	compare_ways(0, SOAK_ON_THREADS, worlds_or(60));
}

Test(soak, every_byte_once_whatever_the_network_does)
{
	const char *one = g_getenv("TCPSIM_SOAK_SEED"), *many = g_getenv("TCPSIM_SOAK");
	const char *from = one ? one : g_getenv("TCPSIM_SOAK_FROM");
	uint64_t first = from ? g_ascii_strtoull(from, NULL, 10) : 1;
	uint64_t n = one ? 1 : many ? g_ascii_strtoull(many, NULL, 10) : SEEDS;
	struct soak_plan plan;
	unsigned wrongs = 0;

	for (uint64_t seed = first; seed < first + n; seed++) {
		if (many || one) {
			fprintf(stderr, "%" G_GUINT64_FORMAT "\r", seed);
			fflush(stderr);
		}
		char *wrong = soak(seed, &plan, one);

		if (wrong) {
			wrongs++;
			fprintf(stderr,
				"seed %" G_GUINT64_FORMAT
				": %s\n  (%s)\n  again: TCPSIM_SOAK_SEED=%" G_GUINT64_FORMAT
				" build/tests/e2e-soak\n",
				seed, wrong, plan.what->str, seed);
		}
		g_free(wrong);
		soak_plan_free(&plan);
	}
	cr_assert_eq(wrongs, 0, "%u of %" G_GUINT64_FORMAT " worlds went wrong", wrongs, n);
}
