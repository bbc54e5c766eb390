/* Which interface, which source, which MTU: S13 and the rules around it. */
#include <criterion/criterion.h>
#include <errno.h>
#include <host/peers.h>
#include <host/routes.h>

static struct tcpsim_host *host;
static int lan, wan;

static struct tcpsim_addr ip(const char *text)
{
	struct tcpsim_addr addr;

	cr_assert(tcpsim_addr_parse(text, &addr), "%s", text);
	return addr;
}

static void add_address(int interface, const char *text, int len)
{
	struct tcpsim_addr addr = ip(text);

	cr_assert_geq(tcpsim_host_add_address(host, interface, &addr, len), 0);
}

static void add_route(
	const char *prefix, int len, int interface, const struct tcpsim_route_metrics *metrics)
{
	struct tcpsim_addr addr = ip(prefix);

	cr_assert_geq(tcpsim_host_add_route(host, &addr, len, interface, metrics), 0);
}

static void setup(void)
{
	host = calloc(1, sizeof(*host));
	host->routing = routing_new();
	host->peers = peers_new();
	lan = tcpsim_host_add_interface(host, "lan", 1500);
	wan = tcpsim_host_add_interface(host, "wan", 1400);
	add_address(lan, "10.0.0.1", 24);
	add_address(wan, "192.0.2.1", 30);
	add_route("0.0.0.0", 0, wan, NULL);
}

static void teardown(void)
{
	routing_free(host->routing);
	peers_free(host->peers);
	free(host);
}

TestSuite(routes, .init = setup, .fini = teardown);

static void expect_route(const char *remote, int interface, const char *source, uint32_t mtu)
{
	struct tcpsim_addr to = ip(remote), from = ip(source);
	struct route route;

	cr_assert_eq(route_find(host, &to, NULL, &route), 0, "%s", remote);
	cr_expect_eq(route.interface, interface, "%s over %d", remote, route.interface);
	cr_expect(tcpsim_addr_eq(&route.source, &from), "%s", remote);
	cr_expect_eq(route.mtu, mtu, "%s: %u", remote, route.mtu);
}

Test(routes, s13_the_outgoing_interface_gives_the_source)
{
	expect_route("10.0.0.9", lan, "10.0.0.1", 1500);
	expect_route("198.51.100.7", wan, "192.0.2.1", 1400);
}

Test(routes, the_longest_prefix_wins)
{
	add_route("198.51.100.0", 24, lan, NULL);
	expect_route("198.51.100.7", lan, "10.0.0.1", 1500);
	add_route("198.51.100.7", 32, wan, NULL);
	expect_route("198.51.100.7", wan, "192.0.2.1", 1400);
	expect_route("198.51.100.8", lan, "10.0.0.1", 1500);
}

Test(routes, a_later_route_replaces_one_to_the_same_prefix)
{
	struct tcpsim_route_metrics metrics = {.mtu = 1280, .initcwnd = 3};

	add_route("0.0.0.0", 0, lan, &metrics);
	expect_route("198.51.100.7", lan, "10.0.0.1", 1280);
}

Test(routes, no_route_is_enetunreach)
{
	struct tcpsim_addr v6 = ip("2001:db8::1"), v4 = ip("198.51.100.7");
	struct route route;

	cr_expect_eq(route_find(host, &v6, NULL, &route), -ENETUNREACH);
	tcpsim_host_set_up(host, wan, false);
	cr_expect_eq(route_find(host, &v4, NULL, &route), -ENETUNREACH, "its interface is down");
}

Test(routes, our_own_address_is_reached_over_the_loop)
{
	expect_route("10.0.0.1", HOST_LOOPBACK, "10.0.0.1", 65535);
	expect_route("127.0.0.1", HOST_LOOPBACK, "127.0.0.1", 65535);
}

Test(routes, a_learned_mtu_lasts_ten_minutes)
{
	struct tcpsim_addr remote = ip("198.51.100.7");

	route_learn_mtu(host, &remote, 1200);
	expect_route("198.51.100.7", wan, "192.0.2.1", 1200);
	expect_route("198.51.100.8", wan, "192.0.2.1", 1400);
	host->now = INT64_C(600) * 1000000000;
	expect_route("198.51.100.7", wan, "192.0.2.1", 1400);
}

Test(routes, a_locked_mtu_is_not_learned)
{
	struct tcpsim_route_metrics metrics = {.mtu = 1300, .mtu_locked = true};
	struct tcpsim_addr remote = ip("198.51.100.7");

	add_route("198.51.100.0", 24, wan, &metrics);
	route_learn_mtu(host, &remote, 600);
	expect_route("198.51.100.7", wan, "192.0.2.1", 1300);
}

Test(routes, ipv6_prefers_a_source_of_the_same_scope)
{
	add_address(lan, "fe80::1", 64);
	add_address(lan, "2001:db8::1", 64);
	expect_route("2001:db8::9", lan, "2001:db8::1", 1500);
	expect_route("fe80::9", lan, "fe80::1", 1500);
}

Test(routes, broadcast_and_multicast_are_known)
{
	static const char *const YES[] = {
		"255.255.255.255", "224.0.0.1", "10.0.0.255", "192.0.2.3", "ff02::1"};
	static const char *const NO[] = {"10.0.0.1", "10.0.1.255", "192.0.2.2", "2001:db8::1"};
	struct tcpsim_addr addr;

	for (size_t i = 0; i < sizeof(YES) / sizeof(YES[0]); i++) {
		addr = ip(YES[i]);
		cr_expect(addr_is_broadcast_or_multicast(host, &addr), "%s", YES[i]);
	}
	for (size_t i = 0; i < sizeof(NO) / sizeof(NO[0]); i++) {
		addr = ip(NO[i]);
		cr_expect_not(addr_is_broadcast_or_multicast(host, &addr), "%s", NO[i]);
	}
}

Test(routes, peers_are_remembered_and_forgotten)
{
	struct tcpsim_addr remote = ip("198.51.100.7");
	struct peer_memory *peer;

	cr_expect_null(peer_memory(host, &remote, false));
	peer = peer_memory(host, &remote, true);
	peer->mss = 1460;
	cr_expect_eq(peer_memory(host, &remote, false), peer);
	for (uint32_t i = 0; i < 1000; i++) {
		struct tcpsim_addr other = tcpsim_addr_v4(0x0b000000 + i);

		cr_assert_not_null(peer_memory(host, &other, true));
	}
	cr_expect_eq(peer_memory(host, &remote, false)->mss, 1460);
	peers_forget(host->peers);
	cr_expect_eq(peer_memory(host, &remote, false)->mss, 0);
}
