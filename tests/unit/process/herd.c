/*
 * A herd of clients and its host: what they share is the herd's, so they go when their host
 * restarts, those too that were to start later. (The sanitizer's build sees what they would touch.)
 */
#include <criterion/criterion.h>
#include <string.h>

#include "support/programs.h"
#include "time_units.h"

#define CLIENTS 10

struct seen {
	char said[200];
	unsigned syns, syns_late;
	int64_t restart_ns;
};

static void see(void *context, const struct tcpsim_event *event)
{
	const struct tcpsim_segment *s = event->segment;
	struct seen *seen = context;

	if (event->kind != TCPSIM_EVENT_SEGMENT_OUT ||
		(s->flags & (TCPSIM_SYN | TCPSIM_ACK)) != TCPSIM_SYN)
		return;
	seen->syns++;
	seen->syns_late += event->time_ns >= seen->restart_ns;
}

static void keep(
	void *context, int64_t time_ns, const char *host, const char *program, const char *text)
{
	struct seen *seen = context;

	if (strncmp(program, "herd", 4) == 0)
		g_strlcpy(seen->said, text, sizeof(seen->said));
}

static void start(struct tcpsim_world *w, const char *host, const char *does, const char *to)
{
	struct program_config c;

	program_config_init(&c);
	c.count = 1;
	c.clients = CLIENTS;
	c.every_ns = NSEC_PER_SEC;
	start_program(w, host, does, to, &c);
}

/* Ten clients, one a second; their host goes down and comes up again, if at all, at that time. */
static struct seen run(int64_t restart_ns)
{
	struct tcpsim_world *w = two_linux_hosts(1, "rate = 100 Mbit/s; delay = 5 ms");
	struct seen seen = {.restart_ns = restart_ns};

	tcpsim_world_on_event(w, see, &seen);
	tcpsim_world_on_say(w, keep, &seen);
	start(w, "b", "serve", NULL);
	start(w, "a", "herd", "b:80");
	clock_at(w->clock, &world_node(w, "a")->restart, restart_ns);
	tcpsim_world_run(w, 60 * NSEC_PER_SEC);
	tcpsim_world_free(w);
	return seen;
}

Test(herd, its_clients_come_one_after_another_and_it_tells_when_all_are_done)
{
	struct seen seen = run(50 * NSEC_PER_SEC);

	cr_expect_eq(seen.syns, CLIENTS);
	cr_expect_not_null(strstr(seen.said, "10 of 10 requests of 10 clients"), "%s", seen.said);
}

Test(herd, who_was_to_start_after_its_host_s_restart_does_not)
{
	struct seen seen = run(3 * NSEC_PER_SEC + NSEC_PER_SEC / 2);

	cr_expect_eq(seen.syns, 4, "%u clients came", seen.syns);
	cr_expect_eq(seen.syns_late, 0, "%u of them after the restart", seen.syns_late);
	cr_expect_str_eq(seen.said, "");
}

/* What the world itself starts later starts then. */
Test(herd, a_herd_that_starts_after_the_restart_is_whole)
{
	struct tcpsim_world *w = two_linux_hosts(1, "rate = 100 Mbit/s; delay = 5 ms");
	struct seen seen = {.restart_ns = NSEC_PER_SEC};
	struct program_config c;

	tcpsim_world_on_event(w, see, &seen);
	tcpsim_world_on_say(w, keep, &seen);
	start(w, "b", "serve", NULL);
	program_config_init(&c);
	c.count = 1;
	c.clients = CLIENTS;
	c.start_ns = 2 * NSEC_PER_SEC;
	start_program(w, "a", "herd", "b:80", &c);
	clock_at(w->clock, &world_node(w, "a")->restart, NSEC_PER_SEC);
	tcpsim_world_run(w, 60 * NSEC_PER_SEC);
	tcpsim_world_free(w);
	cr_expect_eq(seen.syns_late, CLIENTS);
	cr_expect_not_null(strstr(seen.said, "10 of 10 requests of 10 clients"), "%s", seen.said);
}
