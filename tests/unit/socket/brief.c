/*
 * The brief, statement by statement: what Stevens' notes say of socket, connect, bind, listen and
 * the RST (UNP chapter 4) must be true of a host. Each test bears its statement's number.
 */
#include "time_units.h"
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <tcpsim/testkit.h>

static void criterion_failure(const char *text)
{
	cr_assert_fail("%s", text);
}

static void setup(void)
{
	peer_on_failure(criterion_failure);
}

TestSuite(brief, .init = setup);

static struct sockaddr_in address(const char *text, uint16_t port)
{
	struct sockaddr_in addr = {.sin_family = AF_INET, .sin_port = htons(port)};

	inet_pton(AF_INET, text, &addr.sin_addr);
	return addr;
}

static int call_bind(struct tcpsim_peer *peer, int fd, const char *text, uint16_t port)
{
	struct sockaddr_in addr = address(text, port);

	return tcpsim_bind(peer_host(peer), fd, (struct sockaddr *)&addr, sizeof(addr));
}

static int call_connect(struct tcpsim_peer *peer, int fd, const char *text, uint16_t port)
{
	struct sockaddr_in addr = address(text, port);

	return tcpsim_connect(peer_host(peer), fd, (struct sockaddr *)&addr, sizeof(addr));
}

static struct sockaddr_in name_of(struct tcpsim_peer *peer, int fd)
{
	struct sockaddr_in addr;
	socklen_t len = sizeof(addr);

	cr_assert_eq(tcpsim_getsockname(peer_host(peer), fd, (struct sockaddr *)&addr, &len), 0);
	return addr;
}

static int new_socket(struct tcpsim_peer *peer)
{
	return tcpsim_socket(peer_host(peer), AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
}

Test(brief, S1_socket_returns_a_small_descriptor_or_an_error)
{
	struct tcpsim_peer *peer = peer_in(TCPSIM_CLOSED, &tcpsim_profile_linux);
	struct tcpsim_host *host = peer_host(peer);

	cr_expect_eq(tcpsim_socket(host, AF_INET, SOCK_STREAM, 0), 4);
	cr_expect_eq(tcpsim_socket(host, AF_INET6, SOCK_STREAM, IPPROTO_TCP), 5);
	cr_expect_lt(tcpsim_socket(host, AF_INET, SOCK_STREAM, IPPROTO_UDP), 0);
	cr_expect_eq(tcpsim_socket(host, AF_UNIX, SOCK_STREAM, 0), -EAFNOSUPPORT);
	/* no local and no remote address yet */
	cr_expect_eq(name_of(peer, 4).sin_port, 0);
	peer_free(peer);
}

Test(brief, S2_connect_without_bind_chooses_source_and_ephemeral_port)
{
	struct tcpsim_peer *peer = peer_in(TCPSIM_SYN_SENT, &tcpsim_profile_linux);
	struct sockaddr_in name = name_of(peer, peer_fd(peer));

	cr_expect_eq(ntohl(name.sin_addr.s_addr), 0xc0a80001u);
	cr_expect_geq(ntohs(name.sin_port), 32768);
	cr_expect_leq(ntohs(name.sin_port), 60999);
	peer_free(peer);
}

Test(brief, S3_connect_is_done_when_the_handshake_is)
{
	struct tcpsim_peer *peer = peer_in(TCPSIM_SYN_SENT, &tcpsim_profile_rfc9293);

	cr_expect_eq(tcpsim_poll(peer_host(peer), peer_fd(peer)) & POLLOUT, 0);
	peer_sends(peer, "S. 0:0(0) ack 1 win 8760 <mss 1460>");
	expect_sent(peer, ". 1:1(0) ack 1");
	expect_path(peer, "SYN_SENT -arrive/syn-sent-syn-ack-> ESTABLISHED");
	cr_expect((tcpsim_poll(peer_host(peer), peer_fd(peer)) & POLLOUT) != 0);
	expect_error(peer, 0);
	peer_free(peer);
}

/* When the host sends a SYN, until it gives up: whole seconds since the first. */
static void expect_syns(struct tcpsim_peer *peer, const int64_t *seconds, size_t n, int64_t give_up)
{
	int64_t start = tcpsim_host_now(peer_host(peer)), due;
	size_t seen = 0;

	while ((due = tcpsim_host_deadline(peer_host(peer))) != INT64_MAX) {
		tcpsim_host_advance(peer_host(peer), due);
		if (!*peer_sent_text(peer))
			continue;
		cr_assert_lt(seen, n, "one SYN too many at %lld ns", (long long)(due - start));
		cr_expect_eq(due - start, seconds[seen] * NSEC_PER_SEC);
		seen++;
	}
	cr_expect_eq(seen, n);
	cr_expect_eq(tcpsim_host_now(peer_host(peer)) - start, give_up * NSEC_PER_SEC);
}

Test(brief, S4_no_answer_is_etimedout_after_6_24_75)
{
	struct tcpsim_peer *peer = peer_in(TCPSIM_SYN_SENT, &tcpsim_profile_bsd44);

	/* 6 and 24 are gaps, 75 the total */
	expect_syns(peer, (int64_t[]){6, 30}, 2, 75);
	expect_error(peer, ETIMEDOUT);
	peer_free(peer);
}

Test(brief, S5_a_reset_in_answer_to_the_syn_is_econnrefused_at_once)
{
	struct tcpsim_peer *peer = peer_in(TCPSIM_SYN_SENT, &tcpsim_profile_bsd44);

	peer_sends(peer, "R. 0:0(0) ack 1 win 0");
	expect_path(peer, "SYN_SENT -connect/refused-> CLOSED");
	expect_error(peer, ECONNREFUSED);
	peer_free(peer);
}

Test(brief, S7_a_syn_for_a_port_without_listener_is_reset)
{
	struct tcpsim_peer *peer = peer_in(TCPSIM_CLOSED, &tcpsim_profile_bsd44);

	peer_sends(peer, "S 0:0(0) win 8760 <mss 1460>");
	expect_sent(peer, "R. 0:0(0)! ack 1");
	expect_rule(peer, "rst/no-listener");
	peer_free(peer);
}

Test(brief, S7_a_segment_for_no_connection_is_reset)
{
	struct tcpsim_peer *peer = peer_in(TCPSIM_CLOSED, &tcpsim_profile_bsd44);

	peer_sends(peer, "P. 1:101(100) ack 1 win 8760");
	expect_sent(peer, "R 1:1(0)");
	expect_rule(peer, "rst/no-connection");
	peer_free(peer);
}

Test(brief, S7_aborting_a_connection_sends_a_reset)
{
	struct tcpsim_peer *peer = peer_in(TCPSIM_ESTABLISHED, &tcpsim_profile_bsd44);
	struct linger linger = {.l_onoff = 1, .l_linger = 0};

	tcpsim_setsockopt(
		peer_host(peer), peer_fd(peer), SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	tcpsim_close(peer_host(peer), peer_fd(peer));
	expect_sent(peer, "R. 1:1(0) ack 1");
	expect_rule(peer, "rst/linger-zero");
	expect_state(peer, TCPSIM_CLOSED);
	peer_free(peer);
}

Test(brief, S8_bind_gives_the_local_address_and_port)
{
	struct tcpsim_peer *peer = peer_in(TCPSIM_CLOSED, &tcpsim_profile_linux);

	cr_expect_eq(call_bind(peer, peer_fd(peer), "192.168.0.1", 7777), 0);
	cr_expect_eq(ntohs(name_of(peer, peer_fd(peer)).sin_port), 7777);
	cr_expect_eq(ntohl(name_of(peer, peer_fd(peer)).sin_addr.s_addr), 0xc0a80001u);
	peer_free(peer);
}

Test(brief, S9_bind_names_port_address_both_or_neither)
{
	struct tcpsim_peer *peer = peer_in(TCPSIM_CLOSED, &tcpsim_profile_linux);
	static const struct {
		const char *addr;
		uint16_t port;
	} way[] = {{"0.0.0.0", 0}, {"0.0.0.0", 7001}, {"192.168.0.1", 0}, {"192.168.0.1", 7002}};

	for (size_t i = 0; i < 4; i++) {
		int fd = new_socket(peer);
		struct sockaddr_in name;

		cr_expect_eq(call_bind(peer, fd, way[i].addr, way[i].port), 0);
		name = name_of(peer, fd);
		cr_expect_eq(name.sin_addr.s_addr, inet_addr(way[i].addr));
		if (way[i].port)
			cr_expect_eq(ntohs(name.sin_port), way[i].port);
		else
			cr_expect_geq(ntohs(name.sin_port), 32768); /* the host chose one */
	}
	peer_free(peer);
}

Test(brief, S10_S18_a_server_binds_its_port_then_listens_then_accepts)
{
	struct tcpsim_peer *peer = peer_in(TCPSIM_LISTEN, &tcpsim_profile_bsd44);

	cr_expect_eq(ntohs(name_of(peer, peer_listener_fd(peer)).sin_port), 8080);
	cr_expect_eq(
		tcpsim_accept4(peer_host(peer), peer_listener_fd(peer), NULL, NULL, 0), -EAGAIN);
	cr_expect_eq(tcpsim_accept4(peer_host(peer), new_socket(peer), NULL, NULL, 0), -EINVAL);
	peer_free(peer);
}

Test(brief, S11_a_bound_address_must_be_an_interface_of_the_host)
{
	struct tcpsim_peer *peer = peer_in(TCPSIM_CLOSED, &tcpsim_profile_linux);

	cr_expect_eq(call_bind(peer, peer_fd(peer), "10.9.9.9", 7777), -EADDRNOTAVAIL);
	peer_free(peer);
}

Test(brief, S12_a_server_bound_to_an_address_takes_connections_for_it_only)
{
	struct tcpsim_peer *peer = peer_in(TCPSIM_CLOSED, &tcpsim_profile_linux);
	struct tcpsim_addr second = tcpsim_addr_v4(0xc0a80002u);

	tcpsim_host_add_address(peer_host(peer), 0, &second, 24);
	call_bind(peer, peer_fd(peer), "192.168.0.2", 8080);
	tcpsim_listen(peer_host(peer), peer_fd(peer), 5);
	peer_sends(peer, "S 0:0(0) win 8760 <mss 1460>"); /* for 192.168.0.1 */
	expect_sent(peer, "R. 0:0(0)! ack 1");
	expect_rule(peer, "rst/no-listener");
	peer_free(peer);
}

Test(brief, S13_the_route_decides_the_source_of_a_client)
{
	struct tcpsim_peer *peer = peer_in(TCPSIM_CLOSED, &tcpsim_profile_linux);
	struct tcpsim_addr second = tcpsim_addr_v4(0x0a000001u), net = tcpsim_addr_v4(0x0a000000u);
	int interface = tcpsim_host_add_interface(peer_host(peer), "eth1", 1500);
	int fd = new_socket(peer);

	tcpsim_host_add_address(peer_host(peer), interface, &second, 8);
	tcpsim_host_add_route(peer_host(peer), &net, 8, interface, NULL);
	cr_expect_eq(call_connect(peer, fd, "10.1.2.3", 80), -EINPROGRESS);
	cr_expect_eq(ntohl(name_of(peer, fd).sin_addr.s_addr), 0x0a000001u);
	peer_free(peer);
}

Test(brief, S14_the_syns_destination_becomes_the_servers_source)
{
	struct tcpsim_peer *peer = peer_in(TCPSIM_ESTABLISHED, &tcpsim_profile_linux);

	cr_expect_eq(ntohl(name_of(peer, peer_listener_fd(peer)).sin_addr.s_addr), INADDR_ANY);
	cr_expect_eq(ntohl(name_of(peer, peer_fd(peer)).sin_addr.s_addr), 0xc0a80001u);
	peer_free(peer);
}

Test(brief, S15_an_address_in_use_is_eaddrinuse)
{
	struct tcpsim_peer *peer = peer_in(TCPSIM_LISTEN, &tcpsim_profile_linux);

	cr_expect_eq(call_bind(peer, new_socket(peer), "0.0.0.0", 8080), -EADDRINUSE);
	peer_free(peer);
}

Test(brief, S16_listen_turns_closed_into_listen)
{
	struct tcpsim_peer *peer = peer_in(TCPSIM_CLOSED, &tcpsim_profile_bsd44);

	call_bind(peer, peer_fd(peer), "0.0.0.0", 8080);
	cr_expect_eq(tcpsim_listen(peer_host(peer), peer_fd(peer), 5), 0);
	expect_path(peer, "CLOSED -listen/call-> LISTEN");
	peer_free(peer);
}

Test(brief, S19_a_syn_makes_an_incomplete_entry_and_the_third_segment_completes_it)
{
	struct tcpsim_peer *peer = peer_in(TCPSIM_LISTEN, &tcpsim_profile_bsd44);

	peer_sends(peer, "S 0:0(0) win 8760 <mss 1460>");
	expect_sent(peer, "S. 0:0(0) ack 1 <mss 1460>");
	expect_path(peer, "LISTEN -listen/syn-> SYN_RCVD");
	cr_expect_eq(tcpsim_poll(peer_host(peer), peer_listener_fd(peer)) & POLLIN, 0);
	peer_sends(peer, ". 1:1(0) ack 1 win 8760");
	expect_path(peer, "LISTEN -listen/syn-> SYN_RCVD -arrive/handshake-ack-> ESTABLISHED");
	cr_expect((tcpsim_poll(peer_host(peer), peer_listener_fd(peer)) & POLLIN) != 0);
	cr_expect_geq(tcpsim_accept4(peer_host(peer), peer_listener_fd(peer), NULL, NULL, 0), 3);
	cr_expect_eq(
		tcpsim_accept4(peer_host(peer), peer_listener_fd(peer), NULL, NULL, 0), -EAGAIN);
	peer_free(peer);
}

Test(brief, S20_an_incomplete_entry_dies_after_75_seconds)
{
	struct tcpsim_peer *peer = peer_in(TCPSIM_SYN_RCVD, &tcpsim_profile_bsd44);

	peer_waits(peer, 75 * NSEC_PER_SEC - 1);
	expect_state(peer, TCPSIM_SYN_RCVD);
	peer_waits(peer, 1);
	expect_path(peer, "SYN_RCVD -listen/entry-expired-> CLOSED");
	peer_free(peer);
}
