/* Which way packets go in a world where there are several. */
#define TCPSIM_POSIX_NO_MACROS
#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>
#include <tcpsim/posix.h>
#include <tcpsim/world.h>

#include "world/addresses.h"
#include "world/build.h"
#include "world/rng.h"
#include "world/ways.h"
#include "world/world.h"

static struct tcpsim_world *w;
static int outcome;

/* Two ways from the client to the server: 10.0.1, 10.0.2, 10.0.3 over routers, 10.0.4 directly. */
static void setup(void)
{
	w = tcpsim_world_new(1);
	tcpsim_world_add_host(w, "client", tcpsim_profile_find("linux"));
	tcpsim_world_add_host(w, "server", tcpsim_profile_find("freebsd"));
	tcpsim_world_add_router(w, "near");
	tcpsim_world_add_router(w, "far");
	tcpsim_world_link(w, "client", "near", "delay = 1 ms", NULL);
	tcpsim_world_link(w, "near", "far", "delay = 1 ms", NULL);
	tcpsim_world_link(w, "far", "server", "delay = 1 ms", NULL);
	tcpsim_world_link(w, "client", "server", "delay = 1 ms", NULL);
	outcome = -1;
}

static void teardown(void)
{
	tcpsim_world_free(w);
}

TestSuite(world_routes, .init = setup, .fini = teardown);

static struct sockaddr_in at(const char *text, uint16_t port)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port)};
	struct tcpsim_addr addr;

	tcpsim_addr_parse(text, &addr);
	a.sin_addr.s_addr = htonl(tcpsim_addr_to_v4(&addr));
	return a;
}

static int serve(int argc, char **argv)
{
	int fd = tcpsim_posix_socket(AF_INET, SOCK_STREAM, 0);
	struct sockaddr_in any = at("0.0.0.0", 7);

	tcpsim_posix_bind(fd, (struct sockaddr *)&any, sizeof(any));
	tcpsim_posix_listen(fd, 5);
	tcpsim_posix_accept(fd, NULL, NULL);
	return 0;
}

/* From an address of its own to one of the server's, and a port. */
static int ask(int argc, char **argv)
{
	struct sockaddr_in from = at(argv[0], 0), to = at(argv[1], (uint16_t)atoi(argv[2]));
	int fd = tcpsim_posix_socket(AF_INET, SOCK_STREAM, 0);

	tcpsim_posix_bind(fd, (struct sockaddr *)&from, sizeof(from));
	outcome = tcpsim_posix_connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0 ? errno : 0;
	return 0;
}

static void run(char *from, char *to, char *port)
{
	char *argv[] = {from, to, port};

	tcpsim_world_spawn(w, "server", "serve", serve, 0, NULL, 0);
	tcpsim_world_spawn(w, "client", "ask", ask, 3, argv, 1000000);
	tcpsim_world_run(w, INT64_C(10000000000));
}

static uint64_t sent(guint link, int from)
{
	const struct world_link *l = w->links->pdata[link];

	return link_counters(l->way[from])->packets;
}

/* The SYN goes over the routers, the SYN,ACK to where the client's address is. */
Test(world_routes, a_syn_ack_goes_where_the_routes_say)
{
	run("10.0.4.1", "10.0.3.2", "7");

	cr_expect_eq(outcome, 0, "%s", strerrorname_np(outcome));
	cr_expect_gt(sent(0, 0), 0);
	cr_expect_gt(sent(3, 1), 0);
	cr_expect_eq(sent(2, 1), 0);
}

Test(world_routes, a_refusal_goes_where_the_routes_say)
{
	run("10.0.1.1", "10.0.4.2", "8");

	cr_expect_eq(outcome, ECONNREFUSED, "%s", strerrorname_np(outcome));
	cr_expect_eq(sent(3, 0), 1);
	cr_expect_eq(sent(3, 1), 0);
	cr_expect_eq(sent(2, 1), 1);
}

/* A router's short way to an address is not through a host, which forwards nothing: the error that
 * it sends goes back over the routers. */
Test(world_routes, a_router_does_not_count_on_hosts)
{
	struct node *near = world_node(w, "near"), *far = world_node(w, "far");
	struct tcpsim_addr client;

	world_build(w);
	tcpsim_addr_parse("10.0.4.1", &client);
	cr_expect_eq(ways_towards(far, world_owning_port(w, &client)), 0, "towards %s", near->name);
}

/* Routers and hosts linked at random, some twice, some not at all. */
static struct tcpsim_world *random_world(uint64_t seed, unsigned routers, unsigned hosts)
{
	struct tcpsim_world *random = tcpsim_world_new(seed);
	unsigned n = routers + hosts;
	struct rng rng;

	rng_seed(&rng, seed, "routes");
	for (unsigned i = 0; i < n; i++) {
		char name[16];

		snprintf(name, sizeof(name), "n%u", i);
		if (i >= routers)
			tcpsim_world_add_host(random, name, tcpsim_profile_find("linux"));
		else if (rng_chance(&rng, 0.3))
			tcpsim_world_add_switch(random, name);
		else
			tcpsim_world_add_router(random, name);
	}
	for (unsigned i = 0; i < n + n / 2; i++) {
		char a[16], b[16];

		snprintf(a, sizeof(a), "n%u", (unsigned)rng_below(&rng, n));
		snprintf(b, sizeof(b), "n%u", (unsigned)rng_below(&rng, n));
		tcpsim_world_link(random, a, b, "delay = 1 ms", NULL);
	}
	world_build(random);
	return random;
}

struct compared {
	struct node *from;
	unsigned n;
};

static void compare_way(void *context, const struct tcpsim_addr *addr, unsigned port)
{
	struct compared *c = context;
	const struct port *owner = world_owning_port(c->from->world, addr);

	cr_assert_eq(ways_towards(c->from, owner), port, "seed %lu: %s to %s",
		(unsigned long)c->from->world->seed, c->from->name, owner->node->name);
	c->n++;
}

/* What a router works out from the routers alone is what a search of the whole world finds. */
Test(world_routes, the_ways_are_those_of_a_search_of_everything)
{
	unsigned n = 0;

	for (uint64_t seed = 1; seed <= 60; seed++) {
		struct tcpsim_world *random = random_world(seed, 4 + seed % 9, 5 + seed % 13);

		for (guint i = 0; i < random->nodes->len; i++) {
			struct compared c = {random->nodes->pdata[i], 0};

			if (c.from->kind != NODE_HOST)
				build_each_route(c.from, compare_way, &c);
			n += c.n;
		}
		tcpsim_world_free(random);
	}
	cr_expect_gt(n, 5000);
}

/* More hosts than a /24 has numbers for, behind two switches. */
Test(world_routes, a_wide_network_gives_each_host_its_own_address)
{
	struct tcpsim_world *wide = tcpsim_world_new(1);
	const struct tcpsim_addr *last;
	char name[16], text[TCPSIM_ADDRSTRLEN];

	tcpsim_world_add_switch(wide, "s0");
	tcpsim_world_add_switch(wide, "s1");
	tcpsim_world_link(wide, "s0", "s1", "delay = 1 us", NULL);
	for (unsigned i = 0; i < 600; i++) {
		snprintf(name, sizeof(name), "h%u", i);
		tcpsim_world_add_host(wide, name, tcpsim_profile_find("linux"));
		tcpsim_world_link(wide, name, i % 2 ? "s1" : "s0", "delay = 1 us", NULL);
	}
	world_build(wide);
	last = node_address(world_node(wide, "h599"), 0, 4);
	cr_expect_str_eq(tcpsim_addr_text(last, text), "100.64.2.88");
	for (unsigned i = 0; i < 600; i++) {
		snprintf(name, sizeof(name), "h%u", i);
		struct node *host = world_node(wide, name);

		cr_expect_eq(world_owner(wide, node_address(host, 0, 4)), host, "%s", name);
		cr_expect_eq(host->ports[0].prefix_len[0], 22);
	}
	tcpsim_world_free(wide);
}

/* RFC 1812 §5.2.2: what is damaged is dropped before anything in it is believed, an address that is
 * nobody's or a TTL that is over above all. */
Test(world_routes, a_router_complains_of_no_damaged_header)
{
	uint64_t complaints = 0, damaged = 0;

	for (uint64_t seed = 1; seed <= 40; seed++) {
		char *argv[] = {"10.0.1.1", "10.0.2.2", "7"};
		struct tcpsim_world *noisy = tcpsim_world_new(seed);

		tcpsim_world_add_host(noisy, "client", tcpsim_profile_find("linux"));
		tcpsim_world_add_host(noisy, "server", tcpsim_profile_find("linux"));
		tcpsim_world_add_router(noisy, "near");
		tcpsim_world_link(noisy, "client", "near", "delay = 1 ms; corrupt = 1", NULL);
		tcpsim_world_link(noisy, "near", "server", "delay = 1 ms", NULL);
		tcpsim_world_spawn(noisy, "client", "ask", ask, 3, argv, 0);
		tcpsim_world_run(noisy, INT64_C(100000000000));
		complaints += world_node(noisy, "near")->router.counters.icmp_sent;
		damaged += link_counters(((struct world_link *)noisy->links->pdata[0])->way[0])
				   ->corrupted;
		tcpsim_world_free(noisy);
	}
	cr_expect_gt(damaged, 200);
	cr_expect_eq(complaints, 0);
}
