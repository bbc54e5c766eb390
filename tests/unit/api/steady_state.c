/*
 * In steady state no segment costs a call of malloc: packets, chunks, records and queues come from
 * the pool's free lists. malloc itself counts here.
 */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "support/programs.h"

#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__)

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *old, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

static uint64_t calls;

void *malloc(size_t size)
{
	calls++;
	return __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
	calls++;
	return __libc_calloc(n, size);
}

void *realloc(void *old, size_t size)
{
	calls++;
	return __libc_realloc(old, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
	calls++;
	return __libc_memalign(alignment, size);
}

static void start(
	struct tcpsim_world *w, const char *host, const char *does, const char *to, uint32_t count)
{
	struct program_config c;

	program_config_init(&c);
	c.bytes = 1000000000;
	c.count = count;
	c.clients = c.workers = 20;
	c.verify = false;
	start_program(w, host, does, to, &c);
}

static uint64_t packets(const struct tcpsim_world *w)
{
	return link_counters(((const struct world_link *)w->links->pdata[0])->way[0])->packets;
}

/* Runs until `from_s`, then counts until `to_s`. */
static void expect_none(struct tcpsim_world *w, int64_t from_s, int64_t to_s)
{
	uint64_t before, sent;

	tcpsim_world_run(w, from_s * 1000000000);
	before = calls;
	sent = packets(w);
	tcpsim_world_run(w, to_s * 1000000000);
	cr_expect_gt(packets(w) - sent, 1000, "something happened");
	cr_expect_eq(calls - before, 0, "%llu calls for %llu packets",
		(unsigned long long)(calls - before), (unsigned long long)(packets(w) - sent));
	tcpsim_world_free(w);
}

Test(steady_state, a_flow)
{
	struct tcpsim_world *w =
		two_linux_hosts(1, "rate = 100 Mbit/s; delay = 5 ms; queue = 200 kB");

	start(w, "b", "sink", NULL, 1);
	start(w, "a", "source", "b:80", 1);
	expect_none(w, 3, 6);
}

Test(steady_state, a_flow_with_losses)
{
	struct tcpsim_world *w = two_linux_hosts(
		1, "rate = 100 Mbit/s; delay = 5 ms; queue = 200 kB; loss = 1 %; reorder = 1 %");

	/* a receive buffer that grew for what waits behind losses would hold more of it */
	tcpsim_world_sysctl(w, "b", "net.ipv4.tcp_rmem", "4096 131072 500000");
	start(w, "b", "sink", NULL, 1);
	start(w, "a", "source", "b:80", 1);
	expect_none(w, 15, 25);
}

Test(steady_state, requests_one_after_another)
{
	struct tcpsim_world *w = two_linux_hosts(1, "rate = 100 Mbit/s; delay = 50 us");

	tcpsim_world_sysctl(w, "a", "net.ipv4.tcp_max_tw_buckets", "100");
	start(w, "b", "serve", NULL, 1);
	start(w, "a", "herd", "b:80", 1000000);
	expect_none(w, 1, 2);
}

#else
Test(steady_state, is_not_measured_here)
{
	cr_skip_test("malloc is the sanitizer's");
}
#endif
