/* The testkit's own word: what it says of a timer is so now, and not only so once. */
#include "time_units.h"
#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>
#include <tcpsim/testkit.h>

static char last_failure[400];
static int failures;

static void note_failure(const char *text)
{
	failures++;
	strncpy(last_failure, text, sizeof(last_failure) - 1);
}

static void sends(struct tcpsim_peer *peer, size_t len)
{
	static char bytes[1000];
	struct iovec part = {bytes, len};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};

	cr_assert_eq(tcpsim_sendmsg(peer_host(peer), peer_fd(peer), &message, 0), (ssize_t)len);
}

Test(testkit, a_timer_that_was_stopped_is_not_expected_any_more)
{
	struct tcpsim_peer *peer = peer_in(TCPSIM_ESTABLISHED, &tcpsim_profile_rfc9293);

	sends(peer, 1000);
	expect_timer(peer, TCPSIM_TIMER_RETRANSMIT, NSEC_PER_SEC);
	peer_waits(peer, 10 * NSEC_PER_MSEC);
	peer_sends(peer, ". 1:1(0) ack 1001 win 8760");
	expect_no_timer(peer, TCPSIM_TIMER_RETRANSMIT);
	peer_on_failure(note_failure);
	expect_timer(peer, TCPSIM_TIMER_RETRANSMIT, NSEC_PER_SEC - 10 * NSEC_PER_MSEC);
	peer_on_failure(NULL);
	cr_expect_eq(failures, 1);
	cr_expect_str_eq(
		last_failure, "expected the retransmit timer in 990000000 ns, it does not run");
	peer_free(peer);
}

Test(testkit, a_timer_that_fired_does_not_run)
{
	struct tcpsim_peer *peer = peer_in(TCPSIM_TIME_WAIT, &tcpsim_profile_linux);

	expect_timer(peer, TCPSIM_TIMER_2MSL, 2 * tcpsim_profile_linux.msl);
	peer_waits(peer, 2 * tcpsim_profile_linux.msl);
	expect_state(peer, TCPSIM_CLOSED);
	expect_no_timer(peer, TCPSIM_TIMER_2MSL);
	peer_free(peer);
}

/* FIN-WAIT-2's limit and TIME-WAIT's 2MSL have one name and follow each other. */
Test(testkit, the_timer_of_time_wait_outlives_that_of_fin_wait_2)
{
	struct tcpsim_peer *peer = peer_in(TCPSIM_FIN_WAIT_2, &tcpsim_profile_linux);

	tcpsim_close(peer_host(peer), peer_fd(peer));
	expect_timer(peer, TCPSIM_TIMER_2MSL, tcpsim_profile_linux.fin_wait_2_timeout);
	peer_waits(peer, NSEC_PER_SEC);
	peer_sends(peer, "F. 1:1(0) ack 2 win 32792");
	expect_state(peer, TCPSIM_TIME_WAIT);
	expect_timer(peer, TCPSIM_TIMER_2MSL, 2 * tcpsim_profile_linux.msl);
	peer_free(peer);
}

Test(testkit, a_connection_that_ends_stops_all_its_timers)
{
	struct tcpsim_peer *peer = peer_in(TCPSIM_ESTABLISHED, &tcpsim_profile_freebsd);

	sends(peer, 1000);
	peer_sends(peer, "R. 1:1(0) ack 1 win 0");
	expect_state(peer, TCPSIM_CLOSED);
	for (int i = 0; i < TCPSIM_NTIMERS; i++)
		expect_no_timer(peer, (enum tcpsim_timer)i);
	peer_free(peer);
}

/* --- ICMP, IPv6, several peers --- */

static void criterion_failure(const char *text)
{
	cr_assert_fail("%s", text);
}

/* RFC 1122 §4.2.3.9: 4.4BSD keeps what a router says while it tries on, and gives it at the end. */
Test(testkit, icmp_about_a_syn_is_heard)
{
	struct tcpsim_peer *peer = peer_in(TCPSIM_SYN_SENT, &tcpsim_profile_bsd44);

	peer_on_failure(criterion_failure);
	peer_sends(peer, "icmp unreachable host_unreachable [0:0(0)]");
	expect_state(peer, TCPSIM_SYN_SENT);
	peer_waits(peer, 80 * NSEC_PER_SEC);
	expect_error(peer, EHOSTUNREACH);
	peer_free(peer);
	peer = peer_in(TCPSIM_SYN_SENT, &tcpsim_profile_linux);
	peer_sends(peer, "icmp unreachable port_unreachable [0:0(0)]");
	expect_state(peer, TCPSIM_CLOSED);
	expect_error(peer, ECONNREFUSED);
	peer_free(peer);
	peer = peer_in(TCPSIM_SYN_SENT, &tcpsim_profile_linux);
	peer_sends(peer, "icmp unreachable port_unreachable [700:700(0)]"); /* none of ours */
	expect_state(peer, TCPSIM_SYN_SENT);
	peer_free(peer);
}

/* RFC 1191: the segment goes again in pieces that fit. */
Test(testkit, icmp_about_the_path_mtu_is_heard)
{
	struct tcpsim_peer *peer = peer_in(TCPSIM_ESTABLISHED, &tcpsim_profile_linux);

	peer_on_failure(criterion_failure);
	peer_writes(peer, 1460);
	expect_sent(peer, "P. 1:1461(1460) ack 1");
	peer_sends(peer, "icmp unreachable frag_needed mtu 1000 [1:1461(1460)]");
	expect_figure(peer, "MSS", 960);
	expect_sent(peer, ". 1:961(960) ack 1");
	expect_sent(peer, "P. 961:1461(500) ack 1");
	peer_free(peer);
}

static struct tcpsim_peer *six(enum tcpsim_state state)
{
	return peer_in_with(state, &(struct tcpsim_peer_options){.profile = &tcpsim_profile_linux,
					   .peer_iss = 1000,
					   .syn_options = "<mss 1440>",
					   .ip_version = 6});
}

Test(testkit, ipv6_is_as_good)
{
	struct tcpsim_peer *peer = six(TCPSIM_ESTABLISHED);
	struct sockaddr_storage name;
	socklen_t len = sizeof(name);

	peer_on_failure(criterion_failure);
	tcpsim_getpeername(peer_host(peer), peer_fd(peer), (struct sockaddr *)&name, &len);
	cr_expect_eq(name.ss_family, AF_INET6);
	peer_sends(peer, "(ttl 9, tos 4) P. 1:11(10) ack 1 win 100");
	expect_sent(peer, ". 1:1(0) ack 11");
	expect_read(peer, 10);
	peer_writes(peer, 1440);
	expect_sent(peer, "P. 1:1441(1440) ack 11");
	peer_sends(peer, "icmp packet_too_big mtu 1280 [1:1441(1440)]");
	expect_figure(peer, "MSS", 1220);
	peer_free(peer);
	for (int state = 0; state < TCPSIM_NSTATES; state++) {
		peer = six((enum tcpsim_state)state);
		cr_expect_eq((int)peer_state(peer), state == TCPSIM_CLOSED ? TCPSIM_CLOSED : state);
		peer_free(peer);
	}
}

/* Each has its own address, path, timers, figures and bytes. */
Test(testkit, several_peers_of_one_host)
{
	struct tcpsim_peer *a = peer_in(TCPSIM_ESTABLISHED, &tcpsim_profile_rfc9293);
	struct tcpsim_peer *b = peer_beside(a, TCPSIM_ESTABLISHED),
			   *c = peer_beside(a, TCPSIM_SYN_SENT);

	peer_on_failure(criterion_failure);
	cr_expect_eq(peer_host(a), peer_host(b));
	cr_expect_neq(peer_fd(a), peer_fd(b));
	peer_writes(b, 100);
	peer_writes(a, 200);
	expect_sent(a, "P. 1:201(200) ack 1");
	expect_sent(b, "P. 1:101(100) ack 1");
	expect_nothing_sent(c);
	peer_sends(a, "P. 1:11(10) ack 201 win 8760");
	peer_sends(b, "P. 1:11(10) ack 1 win 8760");
	expect_read(b, 10);
	expect_read(a, 10);
	expect_no_timer(a, TCPSIM_TIMER_RETRANSMIT);
	expect_timer(b, TCPSIM_TIMER_RETRANSMIT, NSEC_PER_SEC);
	expect_figure(a, "SND.UNA", 201);
	expect_figure(b, "SND.UNA", 1);
	peer_sends(c, "S. 0:0(0) ack 1 win 8760 <mss 1000>");
	expect_path(c, "SYN_SENT -> ESTABLISHED");
	peer_sends(b, "R. 11:11(0) ack 1 win 0");
	expect_path(a, "");
	expect_path(b, "ESTABLISHED -> CLOSED");
	expect_state(a, TCPSIM_ESTABLISHED);
	peer_free(a); /* the host goes with the last */
	expect_state(c, TCPSIM_ESTABLISHED);
	peer_free(b);
	peer_free(c);
}

/* The bytes of one connection are not those of another. */
Test(testkit, streams_differ)
{
	struct tcpsim_peer *a = peer_in(TCPSIM_ESTABLISHED, &tcpsim_profile_linux);
	struct tcpsim_peer *b = peer_beside(a, TCPSIM_ESTABLISHED);
	uint8_t of_a[64], of_b[64];
	struct iovec part = {of_a, sizeof(of_a)};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};

	peer_sends(a, "P. 1:65(64) ack 1 win 8760");
	peer_sends(b, "P. 1:65(64) ack 1 win 8760");
	cr_expect_eq(tcpsim_recvmsg(peer_host(a), peer_fd(a), &message, 0), 64);
	part.iov_base = of_b;
	cr_expect_eq(tcpsim_recvmsg(peer_host(b), peer_fd(b), &message, 0), 64);
	cr_expect_neq(memcmp(of_a, of_b, 64), 0);
	cr_expect_neq(memcmp(of_a, of_a + 1, 63), 0);
	peer_free(a);
	peer_free(b);
}

/* --- TCP-MD5 --- */

static struct tcpsim_peer *signed_peer(
	enum tcpsim_state state, const struct tcpsim_profile *profile, int ip_version)
{
	struct tcpsim_peer_options options = {.profile = profile,
		.peer_iss = 70000,
		.ip_version = ip_version,
		.md5_key = "a secret of both"};

	return peer_in_with(state, &options);
}

static void exchange_signed(const struct tcpsim_profile *profile, int ip_version)
{
	struct tcpsim_peer *p = signed_peer(TCPSIM_ESTABLISHED, profile, ip_version);
	struct tcpsim_peer *q = peer_beside(p, TCPSIM_SYN_SENT);

	peer_writes(p, 100);
	expect_sent(p, "P. 1:101(100) ack 1 <nop, nop, md5 valid>");
	peer_sends(p, "P. 1:51(50) ack 101 win 8760 <nop, nop, md5 valid>");
	expect_read(p, 50);
	/* unsigned, and signed with something else: dropped without a word */
	peer_sends(p, "F. 51:51(0) ack 101 win 8760");
	peer_sends(p, "F. 51:51(0) ack 101 win 8760 <nop, nop, md5 "
		      "00000000000000000000000000000000>");
	expect_state(p, TCPSIM_ESTABLISHED);
	peer_sends(p, "F. 51:51(0) ack 101 win 8760 <nop, nop, md5 valid>");
	expect_state(p, TCPSIM_CLOSE_WAIT);
	peer_sends(q, "S. 0:0(0) ack 1 win 8760 <mss 1460, nop, nop, md5 valid>");
	expect_state(q, TCPSIM_ESTABLISHED);
	expect_sent(q, ". 1:1(0) ack 1 <nop, nop, md5 valid>");
	peer_free(q);
	peer_free(p);
}

Test(testkit, segments_are_signed_with_the_key_of_both)
{
	exchange_signed(&tcpsim_profile_linux, 4);
	exchange_signed(&tcpsim_profile_linux, 6);
	exchange_signed(&tcpsim_profile_freebsd, 4);
	exchange_signed(&tcpsim_profile_freebsd, 6);
}

Test(testkit, every_state_is_reached_with_signatures)
{
	for (int state = 0; state < TCPSIM_NSTATES; state++)
		peer_free(signed_peer((enum tcpsim_state)state, &tcpsim_profile_linux, 4));
}
