/* Which congestion control a connection has, and that it may be another one in mid-flow. Linux
 * tcp_set_congestion_control(), tcp_ca_dst_init(); FreeBSD tcp_set_cc_mod(). */
#include "time_units.h"
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <tcpsim/testkit.h>

#define MSS 1000

static const char *algorithm(struct tcpsim_peer *peer)
{
	static char name[16];
	socklen_t len = sizeof(name);

	cr_expect_eq(tcpsim_getsockopt(peer_host(peer), peer_fd(peer), IPPROTO_TCP, TCP_CONGESTION,
			     name, &len),
		0);
	return name;
}

static void choose(struct tcpsim_peer *peer, const char *name)
{
	cr_expect_eq(tcpsim_setsockopt(peer_host(peer), peer_fd(peer), IPPROTO_TCP, TCP_CONGESTION,
			     name, (socklen_t)strlen(name)),
		0);
}

static struct tcp_info info_of(struct tcpsim_peer *peer)
{
	struct tcp_info info;
	socklen_t len = sizeof(info);

	cr_expect_eq(tcpsim_getsockopt(
			     peer_host(peer), peer_fd(peer), IPPROTO_TCP, TCP_INFO, &info, &len),
		0);
	return info;
}

static void sends(struct tcpsim_peer *peer, size_t segments)
{
	peer_writes(peer, segments * MSS);
}

static struct tcpsim_peer *established(const struct tcpsim_profile *profile)
{
	return peer_in_with(TCPSIM_ESTABLISHED,
		&(struct tcpsim_peer_options){
			.profile = profile, .peer_iss = 1000, .syn_options = "<mss 1000>"});
}

/* A window of ten is out; a timeout, and the whole of it is acknowledged. */
static void lose(struct tcpsim_peer *peer)
{
	sends(peer, 10);
	peer_waits(peer, 2 * NSEC_PER_SEC);
	peer_sends(peer, ". 1:1(0) ack 10001 win 32792");
	peer_sent_text(peer);
}

/* Segments first to last are sent and acknowledged after a round trip of 100 ms. */
static void round_trip(struct tcpsim_peer *peer, unsigned first, unsigned last)
{
	char ack[100];

	sends(peer, last - first + 1);
	peer_waits(peer, 100 * NSEC_PER_MSEC);
	snprintf(ack, sizeof(ack), ". 1:1(0) ack %u win 32792", last * MSS + 1);
	peer_sends(peer, ack);
	peer_sent_text(peer);
}

/* Reno's share of a loss is a half, CUBIC's seven tenths: a timeout tells which one works. */
static void expect_half_at_a_loss(struct tcpsim_peer *peer)
{
	sends(peer, 10);
	while (!info_of(peer).tcpi_retransmits)
		peer_waits(peer, 5 * NSEC_PER_MSEC);
	cr_expect_eq(
		info_of(peer).tcpi_snd_ssthresh, 5, "10 -> %u", info_of(peer).tcpi_snd_ssthresh);
}

Test(congestion, an_open_connection_goes_on_with_another_algorithm)
{
	struct tcpsim_peer *peer = established(&tcpsim_profile_linux);

	choose(peer, "reno");
	cr_expect_str_eq(algorithm(peer), "reno");
	expect_half_at_a_loss(peer);
	peer_free(peer);
	peer = established(&tcpsim_profile_freebsd);
	choose(peer, "newreno");
	expect_half_at_a_loss(peer);
	peer_free(peer);
}

Test(congestion, the_window_stays_as_it_is)
{
	struct tcpsim_peer *peer = established(&tcpsim_profile_linux);
	struct tcp_info before, after;

	lose(peer);
	before = info_of(peer);
	cr_expect_lt(before.tcpi_snd_ssthresh, 10);
	choose(peer, "reno");
	expect_rule(peer, "cwnd/algorithm");
	after = info_of(peer);
	cr_expect_eq(after.tcpi_snd_cwnd, before.tcpi_snd_cwnd);
	cr_expect_eq(after.tcpi_snd_ssthresh, before.tcpi_snd_ssthresh);
	peer_forget(peer);
	choose(peer, "reno"); /* it works already: nothing happens */
	expect_rule(peer, "none");
	peer_free(peer);
}

/* A route to the peer with an algorithm of its own. */
static void route_says(struct tcpsim_peer *peer, const char *name, bool locked)
{
	struct tcpsim_addr prefix = tcpsim_addr_v4(0xc0000200u); /* 192.0.2.0/24 */
	struct tcpsim_route_metrics metrics = {
		.congestion_control = name, .congestion_control_locked = locked};

	cr_expect_geq(tcpsim_host_add_route(peer_host(peer), &prefix, 24, 0, &metrics), 0);
}

static int set_algorithm(struct tcpsim_peer *peer, int fd, const char *name)
{
	return tcpsim_setsockopt(
		peer_host(peer), fd, IPPROTO_TCP, TCP_CONGESTION, name, (socklen_t)strlen(name));
}

/* The handshake of a client of the listener at port 8080, which chose for its connections. */
static const char *accepted_algorithm(
	const char *routes, bool locked, int *fd, struct tcpsim_peer **out)
{
	struct tcpsim_peer *peer = *out = peer_in(TCPSIM_LISTEN, &tcpsim_profile_linux);
	static char name[16];
	socklen_t len = sizeof(name);

	cr_expect_eq(set_algorithm(peer, peer_listener_fd(peer), "vegas"), 0);
	if (routes)
		route_says(peer, routes, locked);
	peer_sends(peer, "S 0:0(0) win 32792 <mss 1000>");
	peer_sent_text(peer);
	peer_sends(peer, ". 1:1(0) ack 1 win 32792");
	*fd = tcpsim_accept4(peer_host(peer), peer_listener_fd(peer), NULL, NULL, 0);
	cr_assert_geq(*fd, 0);
	cr_expect_eq(
		tcpsim_getsockopt(peer_host(peer), *fd, IPPROTO_TCP, TCP_CONGESTION, name, &len),
		0);
	return name;
}

Test(congestion, a_routes_algorithm_goes_before_the_listeners)
{
	struct tcpsim_peer *peer;
	int fd;

	cr_expect_str_eq(accepted_algorithm(NULL, false, &fd, &peer), "vegas");
	peer_free(peer);
	cr_expect_str_eq(accepted_algorithm("reno", false, &fd, &peer), "reno");
	cr_expect_eq(set_algorithm(peer, fd, "westwood"), 0);
	peer_free(peer);
	cr_expect_str_eq(accepted_algorithm("no-such", false, &fd, &peer), "vegas");
	peer_free(peer);
}

Test(congestion, a_routes_algorithm_may_be_locked)
{
	struct tcpsim_peer *peer;
	int fd;

	cr_expect_str_eq(accepted_algorithm("reno", true, &fd, &peer), "reno");
	cr_expect_eq(set_algorithm(peer, fd, "westwood"), -EPERM);
	peer_free(peer);
}

/* Even one that its own socket has chosen, as on Linux; and it is the one that works. */
Test(congestion, a_routes_algorithm_goes_before_that_of_a_socket_that_connects)
{
	struct tcpsim_peer *peer = peer_in(TCPSIM_LISTEN, &tcpsim_profile_linux);
	struct sockaddr_in to = {.sin_family = AF_INET,
		.sin_port = htons(80),
		.sin_addr.s_addr = htonl(0xc0000201u)};
	int fd = tcpsim_socket(peer_host(peer), AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	char name[16];
	socklen_t len = sizeof(name);

	route_says(peer, "bbr", false);
	cr_expect_eq(set_algorithm(peer, fd, "vegas"), 0);
	cr_expect_eq(tcpsim_connect(peer_host(peer), fd, (struct sockaddr *)&to, sizeof(to)),
		-EINPROGRESS);
	cr_expect_eq(
		tcpsim_getsockopt(peer_host(peer), fd, IPPROTO_TCP, TCP_CONGESTION, name, &len), 0);
	cr_expect_str_eq(name, "bbr");
	peer_free(peer);
}

/* --- TCP_CC_INFO: what an algorithm tells of itself --- */

static socklen_t figures(struct tcpsim_peer *peer, union tcp_cc_info *info)
{
	socklen_t len = sizeof(*info);

	cr_expect_eq(tcpsim_getsockopt(
			     peer_host(peer), peer_fd(peer), IPPROTO_TCP, TCP_CC_INFO, info, &len),
		0);
	return len;
}

static struct tcpsim_peer *after_round_trips(const char *name)
{
	struct tcpsim_peer *peer = established(&tcpsim_profile_linux);

	choose(peer, name);
	for (unsigned i = 1; i <= 21; i += 5)
		round_trip(peer, i, i + 4);
	return peer;
}

Test(congestion, vegas_and_westwood_tell_round_trips)
{
	struct tcpsim_peer *peer = after_round_trips("vegas");
	union tcp_cc_info info;

	cr_expect_eq(figures(peer, &info), sizeof(info.vegas));
	cr_expect_eq(info.vegas.tcpv_enabled, 1);
	cr_expect_eq(info.vegas.tcpv_rtt, 100001, "%u", info.vegas.tcpv_rtt);
	peer_free(peer);
	peer = after_round_trips("westwood");
	cr_expect_eq(figures(peer, &info), sizeof(info.vegas));
	cr_expect_eq(info.vegas.tcpv_enabled, 1);
	cr_expect_eq(info.vegas.tcpv_rtt, 100000, "%u", info.vegas.tcpv_rtt);
	cr_expect_eq(info.vegas.tcpv_minrtt, 100000, "%u", info.vegas.tcpv_minrtt);
	peer_free(peer);
}

Test(congestion, bbr_tells_its_model)
{
	struct tcpsim_peer *peer = after_round_trips("bbr");
	union tcp_cc_info info;

	cr_expect_eq(figures(peer, &info), sizeof(info.bbr));
	/* five segments in 100 ms, as 838 of 2^24 a microsecond */
	cr_expect_eq(info.bbr.bbr_bw_lo, 49948, "%u", info.bbr.bbr_bw_lo);
	cr_expect_eq(info.bbr.bbr_bw_hi, 0);
	cr_expect_eq(info.bbr.bbr_pacing_gain, 739);
	cr_expect_eq(info.bbr.bbr_cwnd_gain, 739);
	peer_free(peer);
}

Test(congestion, dctcp_tells_its_share_of_marks_if_there_is_ecn)
{
	struct tcpsim_peer *peer = after_round_trips("dctcp");
	union tcp_cc_info info;

	cr_expect_eq(figures(peer, &info), sizeof(info.dctcp));
	cr_expect_eq(info.dctcp.dctcp_enabled, 0, "no ECN was agreed on");
	cr_expect_eq(info.dctcp.dctcp_alpha, 0);
	peer_free(peer);
}

Test(congestion, dctcp_tells_of_marks_both_ways)
{
	struct tcpsim_peer *peer = peer_in(TCPSIM_LISTEN, &tcpsim_profile_linux);
	struct tcpsim_host *host = peer_host(peer);
	union tcp_cc_info info;
	socklen_t len = sizeof(info);
	int fd;

	cr_expect_eq(set_algorithm(peer, peer_listener_fd(peer), "dctcp"), 0);
	peer_sends(peer, "SEW 0:0(0) win 32792 <mss 1000>");
	expect_sent(peer, "SE. 0:0(0) ack 1 <...>");
	peer_sends(peer, ". 1:1(0) ack 1 win 32792");
	fd = tcpsim_accept4(host, peer_listener_fd(peer), NULL, NULL, 0);
	cr_expect_eq(tcpsim_getsockopt(host, fd, IPPROTO_TCP, TCP_CC_INFO, &info, &len), 0);
	cr_expect_eq(info.dctcp.dctcp_enabled, 1);
	cr_expect_eq(info.dctcp.dctcp_ce_state, 0);
	cr_expect_eq(info.dctcp.dctcp_alpha, 1024);
	peer_sends(peer, "[ce] P. 1:101(100) ack 1 win 32792");
	cr_expect_eq(tcpsim_getsockopt(host, fd, IPPROTO_TCP, TCP_CC_INFO, &info, &len), 0);
	cr_expect_eq(info.dctcp.dctcp_ce_state, 1);
	peer_free(peer);
}

Test(congestion, cubic_and_the_bsds_have_no_figures)
{
	struct tcpsim_peer *peer = after_round_trips("cubic");
	union tcp_cc_info info;
	socklen_t len = sizeof(info);

	cr_expect_eq(figures(peer, &info), 0);
	peer_free(peer);
	peer = established(&tcpsim_profile_freebsd);
	cr_expect_eq(tcpsim_getsockopt(
			     peer_host(peer), peer_fd(peer), IPPROTO_TCP, TCP_CC_INFO, &info, &len),
		-ENOPROTOOPT);
	peer_free(peer);
}

/* BBR paces from then on, by the round trip as it is known; left again, pacing stays. */
Test(congestion, bbr_begins_with_what_is_known_of_the_path)
{
	struct tcpsim_peer *peer = established(&tcpsim_profile_linux);
	struct tcp_info after;
	uint64_t rate;

	for (unsigned i = 1; i <= 21; i += 5)
		round_trip(peer, i, i + 4);
	choose(peer, "bbr");
	cr_expect_eq(info_of(peer).tcpi_snd_ssthresh, 0x7fffffff);
	/* BBR's gain of STARTUP is 2.885, and it stays a hundredth below */
	after = info_of(peer);
	rate = 2885 * (uint64_t)after.tcpi_snd_cwnd * MSS * 1000 / after.tcpi_rtt;
	cr_expect(after.tcpi_pacing_rate > rate * 98 / 100 && after.tcpi_pacing_rate <= rate,
		"%llu, not %llu", (unsigned long long)after.tcpi_pacing_rate,
		(unsigned long long)rate);
	sends(peer, 10);
	cr_expect_leq(info_of(peer).tcpi_unacked, 5, "paced");
	choose(peer, "cubic");
	cr_expect_str_eq(algorithm(peer), "cubic");
	cr_expect_leq(info_of(peer).tcpi_unacked, 5, "still paced");
	peer_waits(peer, 40 * NSEC_PER_MSEC);
	cr_expect_eq(info_of(peer).tcpi_unacked, 10);
	peer_free(peer);
}

Test(congestion, what_is_chosen_before_the_handshake_ends_begins_then)
{
	struct tcpsim_peer *peer = peer_in(TCPSIM_SYN_SENT, &tcpsim_profile_linux);

	choose(peer, "vegas");
	cr_expect_str_eq(algorithm(peer), "vegas");
	peer_free(peer);
}

Test(congestion, an_open_connection_keeps_its_algorithm_when_the_hosts_changes)
{
	struct tcpsim_peer *peer = established(&tcpsim_profile_linux);

	cr_expect_eq(
		tcpsim_host_sysctl_set(peer_host(peer), "net.ipv4.tcp_congestion_control", "reno"),
		0);
	cr_expect_str_eq(algorithm(peer), "cubic");
	peer_free(peer);
}
