/* Finding connections by 4-tuple and listeners by the most specific binding. */
#include <criterion/criterion.h>
#include <errno.h>
#include <host/demux.h>
#include <host/ports.h>
#include <host/random.h>
#include <host/upcalls.h>
#include <tcpsim/socket.h>

#include "support/random.h"

static struct tcpsim_host *host;

/* Nobody is bound to any port. */
static bool all_reuse(const struct port *port)
{
	return false;
}

static const struct host_upcalls UPCALLS = {.all_reuse = all_reuse};

static void setup(void)
{
	host = calloc(1, sizeof(*host));
	host->up = &UPCALLS;
	host_random_seed(host, 1);
	host->pool = tcpsim_pool_new();
	host->demux = demux_new();
	host->ports = ports_new();
}

static void teardown(void)
{
	demux_free(host->demux);
	ports_free(host);
	tcpsim_pool_free(host->pool);
	free(host);
}

TestSuite(demux, .init = setup, .fini = teardown);

static const struct tcpsim_addr US = {.b = {[10] = 0xff, 0xff, 10, 0, 0, 1}};
static const struct tcpsim_addr ANY4 = {.b = {[10] = 0xff, 0xff}};
static const struct tcpsim_addr ANY6;

static struct conn conn_to(uint32_t remote, uint16_t remote_port)
{
	return (struct conn){.local = US,
		.local_port = 80,
		.remote = tcpsim_addr_v4(remote),
		.remote_port = remote_port};
}

Test(demux, every_member_of_the_4_tuple_tells_apart)
{
	struct conn a = conn_to(0x0a000002, 1000), b = conn_to(0x0a000002, 1001),
		    c = conn_to(0x0a000003, 1000);

	cr_expect_eq(demux_insert(host, &a), 0);
	cr_expect_eq(demux_insert(host, &b), 0);
	cr_expect_eq(demux_insert(host, &c), 0);
	cr_expect_eq(demux_find(host, &US, 80, &a.remote, 1000), &a);
	cr_expect_eq(demux_find(host, &US, 80, &a.remote, 1001), &b);
	cr_expect_eq(demux_find(host, &US, 80, &c.remote, 1000), &c);
	cr_expect_null(demux_find(host, &US, 81, &a.remote, 1000));
	cr_expect_eq(a.id, 1);
	cr_expect_eq(c.id, 3);
}

Test(demux, a_4_tuple_is_taken_once)
{
	struct conn a = conn_to(0x0a000002, 1000), b = a;

	cr_expect_eq(demux_insert(host, &a), 0);
	cr_expect_eq(demux_insert(host, &b), -EADDRNOTAVAIL);
	demux_remove(host, &a);
	cr_expect_eq(demux_insert(host, &b), 0);
}

Test(demux, an_heir_stands_where_the_other_stood)
{
	struct conn a = conn_to(0x0a000002, 1000), heir = a;

	heir.kind = CONN_TIME_WAIT;
	demux_insert(host, &a);
	demux_replace(host, &a, &heir);
	cr_expect_eq(demux_find(host, &US, 80, &a.remote, 1000), &heir);
	cr_expect_eq(heir.id, a.id);
	cr_expect_eq(demux_count(host->demux), 1);
}

Test(demux, holds_a_million)
{
	enum { N = 1000000 };
	struct conn *all = calloc(N, sizeof(*all));
	size_t n;
	struct conn **list;

	for (uint32_t i = 0; i < N; i++) {
		all[i] = conn_to(0x0b000000 + i / 50000, (uint16_t)(1024 + i % 50000));
		cr_assert_eq(demux_insert(host, &all[i]), 0);
	}
	for (uint32_t i = 0; i < N; i += 7)
		cr_assert_eq(
			demux_find(host, &US, 80, &all[i].remote, all[i].remote_port), &all[i]);
	list = demux_all(host->demux, &n);
	cr_expect_eq(n, N);
	for (uint32_t i = 0; i < N; i++)
		cr_assert_eq(list[i], &all[i], "in the order they came to be");
	for (uint32_t i = 0; i < N; i++)
		demux_remove(host, &all[i]);
	cr_expect_eq(demux_count(host->demux), 0);
	free(list);
	free(all);
}

/* Removing closes gaps: whatever comes and goes, each that is there is found and no other. */
Test(demux, what_goes_hides_nothing_that_stays)
{
	enum { N = 3000, STEPS = 100000 };
	struct conn *all = calloc(N, sizeof(*all));
	bool *in = calloc(N, sizeof(*in));
	uint64_t seed = 7;

	for (uint32_t i = 0; i < N; i++)
		all[i] = conn_to(0x0b000000 + i, 1000);
	for (int step = 0; step < STEPS; step++) {
		uint32_t i = random_below(&seed, N), look = random_below(&seed, N);

		if (in[i])
			demux_remove(host, &all[i]);
		else
			cr_assert_eq(demux_insert(host, &all[i]), 0);
		in[i] = !in[i];
		cr_assert_eq(demux_find(host, &US, 80, &all[look].remote, 1000),
			in[look] ? &all[look] : NULL);
	}
	for (uint32_t i = 0; i < N; i++)
		cr_assert_eq(
			demux_find(host, &US, 80, &all[i].remote, 1000), in[i] ? &all[i] : NULL);
	free(in);
	free(all);
}

/* In any fill of the table, where runs of entries wrap around its end too. */
Test(demux, all_go_one_after_another)
{
	enum { N = 700 };
	struct conn all[N];

	for (uint32_t round = 0; round < 300; round++) {
		uint32_t n = 1 + round * 7 % N, gone = 0;
		struct conn *conn;
		size_t at = 0;

		for (uint32_t i = 0; i < n; i++) {
			all[i] = conn_to(0x0b000000 + round * N + i, 1000);
			cr_assert_eq(demux_insert(host, &all[i]), 0);
		}
		for (; (conn = demux_next(host->demux, &at)); gone++)
			demux_remove(host, conn);
		cr_expect_eq(gone, n);
		cr_assert_eq(demux_count(host->demux), 0);
	}
}

static struct listen_entry listening(const struct tcpsim_addr *local, bool v4, bool v6)
{
	return (struct listen_entry){.local = *local, .local_port = 80, .ipv4 = v4, .ipv6 = v6};
}

static void *taker(const struct tcpsim_addr *local, uint16_t port)
{
	struct tcpsim_addr remote = tcpsim_addr_v4(0x0a000002);

	return demux_listener(host, local, port, &remote, 1000);
}

Test(demux, s12_the_most_specific_listener_takes_the_syn)
{
	struct listen_entry any = listening(&ANY4, true, false), ours = listening(&US, true, false);
	struct tcpsim_addr other = tcpsim_addr_v4(0x0a000009);

	demux_add_listener(host, (struct tcp_listener *)&any);
	demux_add_listener(host, (struct tcp_listener *)&ours);
	cr_expect_eq(taker(&US, 80), &ours);
	cr_expect_eq(taker(&other, 80), &any);
	cr_expect_null(taker(&US, 81));
	demux_remove_listener(host, (struct tcp_listener *)&ours);
	cr_expect_eq(taker(&US, 80), &any);
}

Test(demux, a_dual_stack_listener_yields_to_one_of_the_family)
{
	struct listen_entry dual = listening(&ANY6, true, true), v4 = listening(&ANY4, true, false);
	struct listen_entry v6only = listening(&ANY6, false, true);

	demux_add_listener(host, (struct tcp_listener *)&v6only);
	cr_expect_null(taker(&US, 80), "an IPv6-only listener takes no IPv4");
	demux_add_listener(host, (struct tcp_listener *)&dual);
	cr_expect_eq(taker(&US, 80), &dual);
	demux_add_listener(host, (struct tcp_listener *)&v4);
	cr_expect_eq(taker(&US, 80), &v4);
}

Test(demux, equal_listeners_share_by_the_4_tuple)
{
	struct listen_entry a = listening(&ANY4, true, false), b = a;
	int to_a = 0, to_b = 0;

	demux_add_listener(host, (struct tcp_listener *)&a);
	demux_add_listener(host, (struct tcp_listener *)&b);
	for (uint16_t port = 1000; port < 2000; port++) {
		struct tcpsim_addr remote = tcpsim_addr_v4(0x0a000002);
		void *first = demux_listener(host, &US, 80, &remote, port);

		cr_assert_eq(first, demux_listener(host, &US, 80, &remote, port));
		to_a += first == &a;
		to_b += first == &b;
	}
	cr_expect_gt(to_a, 400);
	cr_expect_gt(to_b, 400);
}
