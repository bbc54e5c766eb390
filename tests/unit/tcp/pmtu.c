/*
 * IP_MTU_DISCOVER and IPV6_MTU_DISCOVER: DF, and what a "fragmentation needed" does, by what the
 * process asked for. ip(7), ipv6(7); the table is what Linux 6.18 did.
 */
#include "support/pair.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <tcpsim/options.h>
#include <tcpsim/testkit.h>

#define UNSET (-1)

static void criterion_failure(const char *text)
{
	cr_assert_fail("%s", text);
}

static void setup(void)
{
	peer_on_failure(criterion_failure);
}

TestSuite(mtu_discover, .init = setup);

static struct tcpsim_peer *talking(int ip_version, int mode)
{
	struct tcpsim_peer_options options = {
		.profile = &tcpsim_profile_linux, .ip_version = ip_version};
	struct tcpsim_peer *peer = peer_in_with(TCPSIM_ESTABLISHED, &options);

	if (mode == UNSET)
		return peer;
	cr_assert_eq(
		flag(peer_host(peer), peer_fd(peer), ip_version == 4 ? IPPROTO_IP : IPPROTO_IPV6,
			ip_version == 4 ? IP_MTU_DISCOVER : IPV6_MTU_DISCOVER, mode),
		0);
	return peer;
}

/* Past the testkit, which does not look at DF: how many packets left, the length of the largest
 * and whether each had DF (1), none (0) or some (-1). */
struct left {
	unsigned n;
	size_t largest;
	int df;
};

static struct left see(struct tcpsim_peer *peer)
{
	struct tcpsim_packet *packet;
	struct left left = {.df = 2};

	while ((packet = tcpsim_host_transmit(peer_host(peer)))) {
		uint8_t bytes[2000] = {0};
		size_t size = tcpsim_packet_bytes(packet, bytes, sizeof(bytes));
		int df = (bytes[6] & 0x40) != 0;

		left.n++;
		left.largest = size > left.largest ? size : left.largest;
		left.df = left.df == 2 || left.df == df ? df : -1;
		tcpsim_packet_free(packet);
	}
	return left;
}

static struct left write_and_see(struct tcpsim_peer *peer, size_t len)
{
	static char text[8192];
	struct msghdr msg = {.msg_iov = &(struct iovec){text, len}, .msg_iovlen = 1};

	cr_assert_eq(tcpsim_sendmsg(peer_host(peer), peer_fd(peer), &msg, 0), (ssize_t)len);
	return see(peer);
}

static const struct {
	int mode;
	int df;		 /* of what is sent */
	bool sent_again; /* at once, when the message comes */
	int df_below;	 /* once the path takes less than the host is willing to send */
	int error;	 /* that SO_ERROR then gives */
} MODES[] = {
	{UNSET, 1, true, 0, 0},
	{IP_PMTUDISC_DONT, 0, false, 0, 0},
	{IP_PMTUDISC_WANT, 1, true, 0, 0},
	{IP_PMTUDISC_DO, 1, true, 1, EMSGSIZE},
	{IP_PMTUDISC_PROBE, 0, true, 0, 0},
	{IP_PMTUDISC_INTERFACE, 0, false, 0, 0},
	{IP_PMTUDISC_OMIT, 0, false, 0, 0},
};
#define N_MODES (sizeof(MODES) / sizeof(MODES[0]))

Test(mtu_discover, decides_about_df_and_who_sends_again)
{
	for (size_t i = 0; i < N_MODES; i++) {
		struct tcpsim_peer *peer = talking(4, MODES[i].mode);
		struct left left = write_and_see(peer, 2920);

		cr_expect_eq(left.df, MODES[i].df, "mode %d: DF %d", MODES[i].mode, left.df);
		cr_expect_eq(left.largest, 1500);
		peer_sends(peer, "icmp unreachable frag_needed mtu 1000 [1:1461(1460)]");
		cr_expect_eq(*peer_sent_text(peer) != '\0', MODES[i].sent_again, "mode %d: %s",
			MODES[i].mode, peer_sent_text(peer));
		cr_expect_eq(option(peer_host(peer), peer_fd(peer), IPPROTO_IP, IP_MTU), 1000,
			"mode %d", MODES[i].mode);
		peer_sends(peer, ". 1:1(0) ack 2921 win 65535");
		left = write_and_see(peer, 2920);
		cr_expect_eq(left.largest, 1000, "mode %d: what leaves from now on: %zu",
			MODES[i].mode, left.largest);
		cr_expect_eq(left.df, MODES[i].df, "mode %d: DF %d", MODES[i].mode, left.df);
		expect_error(peer, 0);
		peer_free(peer);
	}
}

/* How many milliseconds (ticks of the timestamps' clock) lie between the stamp of a segment and that of the
 * same segment when an ICMP error 50 ms later has it go again. */
static uint32_t later_stamp(bool stamps_late)
{
	struct tcpsim_profile profile = tcpsim_profile_linux;
	struct tcpsim_peer_options options = {
		.profile = &profile, .syn_options = "<mss 1460,nop,nop,TS val 100 ecr 0>"};
	struct tcpsim_peer *peer;
	unsigned stamp[2] = {0};

	profile.pmtu_stamps_late = stamps_late;
	peer = peer_in_with(TCPSIM_ESTABLISHED, &options);
	for (int i = 0; i < 2; i++) {
		const char *found;

		if (i == 0) {
			peer_writes(peer, 1448);
		} else {
			peer_waits(peer, 50000000);
			peer_sends(peer, "icmp unreachable frag_needed mtu 1000 [1:1449(1448)]");
		}
		found = strstr(peer_sent_text(peer), "TS val ");
		cr_assert(found && sscanf(found, "TS val %u", &stamp[i]) == 1, "%s",
			peer_sent_text(peer));
	}
	peer_free(peer);
	return stamp[1] - stamp[0];
}

Test(mtu_discover, what_goes_again_is_stamped_with_the_event_before)
{
	cr_expect_eq(later_stamp(true), 0);
	cr_expect_eq(later_stamp(false), 50);
}

Test(mtu_discover, decides_what_a_path_below_the_least_mtu_means)
{
	for (size_t i = 0; i < N_MODES; i++) {
		struct tcpsim_peer *peer = talking(4, MODES[i].mode);
		struct left left = write_and_see(peer, 2920);

		peer_sends(peer, "icmp unreachable frag_needed mtu 400 [1:1461(1460)]");
		expect_error(peer, MODES[i].error);
		expect_error(peer, 0);
		peer_sends(peer, ". 1:1(0) ack 2921 win 65535");
		left = write_and_see(peer, 2920);
		cr_expect_eq(left.largest, 552, "mode %d: %zu", MODES[i].mode, left.largest);
		cr_expect_eq(left.df, MODES[i].df_below, "mode %d: DF %d", MODES[i].mode, left.df);
		peer_free(peer);
	}
}

/* An error that nothing ended of is SO_ERROR's only where the system has it so. */
Test(mtu_discover, what_icmp_left_is_told_once_by_linux_and_not_by_the_others)
{
	static const struct tcpsim_profile *const SYSTEMS[] = {
		&tcpsim_profile_linux, &tcpsim_profile_freebsd, &tcpsim_profile_bsd44};

	for (size_t i = 0; i < sizeof(SYSTEMS) / sizeof(SYSTEMS[0]); i++) {
		struct tcpsim_peer *peer = peer_in(TCPSIM_ESTABLISHED, SYSTEMS[i]);

		peer_writes(peer, 100);
		peer_sends(peer, "icmp unreachable host_unreachable [1:101(100)]");
		expect_error(peer, SYSTEMS[i]->soft_error_told ? EHOSTUNREACH : 0);
		expect_error(peer, 0);
		peer_free(peer);
	}
	cr_expect(tcpsim_profile_linux.soft_error_told && !tcpsim_profile_freebsd.soft_error_told);
}

/* Of the SYN among the packets that left, of IPv4, the MSS that it offers; 0: there was none. */
static unsigned offered(struct tcpsim_peer *peer)
{
	struct tcpsim_packet *packet;
	unsigned mss = 0;

	while ((packet = tcpsim_host_transmit(peer_host(peer)))) {
		uint8_t bytes[2000] = {0};

		tcpsim_packet_bytes(packet, bytes, sizeof(bytes));
		if (bytes[33] == TCPSIM_SYN && bytes[40] == TCPSIM_OPT_MSS)
			mss = (unsigned)bytes[42] << 8 | bytes[43];
		tcpsim_packet_free(packet);
	}
	return mss;
}

/* A second connection to the same address is under way when the first one's text was too big. */
Test(mtu_discover, a_syn_that_goes_again_offers_what_another_learned)
{
	static const struct {
		const char *name;
		unsigned again;
	} CASE[] = {{"linux", 960}, {"freebsd", 960}, {"bsd44", 1460}};

	for (size_t i = 0; i < sizeof(CASE) / sizeof(CASE[0]); i++) {
		struct tcpsim_peer *peer =
			peer_in(TCPSIM_ESTABLISHED, tcpsim_profile_find(CASE[i].name));
		struct tcpsim_host *host = peer_host(peer);
		int fd = tcpsim_socket(host, AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		struct sockaddr_in to;
		socklen_t len = sizeof(to);

		tcpsim_getpeername(host, peer_fd(peer), (struct sockaddr *)&to, &len);
		to.sin_port = htons(81);
		cr_assert_eq(tcpsim_connect(host, fd, (struct sockaddr *)&to, len), -EINPROGRESS);
		cr_expect_eq(offered(peer), 1460, "%s", CASE[i].name);
		write_and_see(peer, 1400);
		peer_sends(peer, "icmp unreachable frag_needed mtu 1000 [1:1401(1400)]");
		offered(peer);
		while (tcpsim_state(host, fd) == TCPSIM_SYN_SENT && !(len = offered(peer)))
			tcpsim_host_advance(host, tcpsim_host_deadline(host));
		cr_expect_eq(len, CASE[i].again, "%s: %u", CASE[i].name, len);
		peer_free(peer);
	}
}

Test(mtu_discover, a_listener_hands_it_on)
{
	struct tcpsim_peer *peer = peer_in(TCPSIM_LISTEN, &tcpsim_profile_linux);
	struct left left;

	cr_assert_eq(flag(peer_host(peer), peer_listener_fd(peer), IPPROTO_IP, IP_MTU_DISCOVER,
			     IP_PMTUDISC_DONT),
		0);
	peer_sends(peer, "S 0:0(0) win 65535 <mss 1460>");
	expect_sent(peer, "S. 0:0(0) ack 1 <mss 1460>");
	peer_sends(peer, ". 1:1(0) ack 1 win 65535");
	peer_accepts(peer);
	left = write_and_see(peer, 1000);
	cr_expect_eq(left.n, 1);
	cr_expect_eq(left.df, 0);
	cr_expect_eq(option(peer_host(peer), peer_fd(peer), IPPROTO_IP, IP_MTU_DISCOVER),
		IP_PMTUDISC_DONT);
	peer_free(peer);
}

/* What is no larger than the least MTU that there is needs no number to be put together by, whatever
 * the listener's socket says (Linux ip_build_and_send_pkt). */
Test(mtu_discover, says_nothing_of_a_syn_ack)
{
	for (int mode = IP_PMTUDISC_DONT; mode <= IP_PMTUDISC_OMIT; mode++) {
		struct tcpsim_peer *peer = peer_in(TCPSIM_LISTEN, &tcpsim_profile_linux);
		struct left left;

		cr_assert_eq(flag(peer_host(peer), peer_listener_fd(peer), IPPROTO_IP,
				     IP_MTU_DISCOVER, mode),
			0);
		peer_sends(peer, "S 0:0(0) win 65535 <mss 1460>");
		tcpsim_host_advance(peer_host(peer), tcpsim_host_now(peer_host(peer)) + 1000000000);
		left = see(peer);
		cr_expect_geq(left.n, 1);
		cr_expect_eq(left.df, 1, "mode %d", mode);
		peer_free(peer);
	}
}

/* The host's own packet comes back as if the peer had sent it, from and to the other's ports. */
static struct left refuse_an_echo(struct tcpsim_peer *peer)
{
	struct tcpsim_host *host = peer_host(peer);
	struct tcpsim_packet *packet;
	uint8_t bytes[2000] = {0}, address[4];
	size_t size;

	see(peer); /* what went again */
	put(host, peer_fd(peer), "x", 0);
	packet = tcpsim_host_transmit(host);
	cr_assert_not_null(packet);
	size = tcpsim_packet_bytes(packet, bytes, sizeof(bytes));
	tcpsim_packet_free(packet);
	cr_expect_eq(bytes[6] & 0x40, 0, "the connection's own may be cut");
	memcpy(address, bytes + 12, 4); /* the sums stay what they are */
	memcpy(bytes + 12, bytes + 16, 4);
	memcpy(bytes + 16, address, 4);
	tcpsim_host_input(host, tcpsim_host_now(host), 0, bytes, size);
	return see(peer);
}

/* A message of a path below the least MTU lets routers cut the connection's segments; what answers for
 * none keeps DF (Linux tcp_sk_init). */
Test(mtu_discover, and_the_path_say_nothing_of_a_reset)
{
	struct tcpsim_peer *peer = talking(4, UNSET);
	struct left left;

	write_and_see(peer, 2920);
	peer_sends(peer, "icmp unreachable frag_needed mtu 400 [1:1461(1460)]");
	peer_sends(peer, ". 1:1(0) ack 2921 win 65535");
	left = refuse_an_echo(peer);
	cr_expect_eq(left.n, 1);
	cr_expect_eq(left.df, 1);
	peer_free(peer);
}

/* RFC 8200 §5: no router fragments, so that only who asked not to hear does not. */
Test(mtu_discover, of_ipv6_is_another_option)
{
	for (int mode = UNSET; mode <= IPV6_PMTUDISC_OMIT; mode++) {
		struct tcpsim_peer *peer = talking(6, mode);
		bool deaf = mode == IPV6_PMTUDISC_INTERFACE || mode == IPV6_PMTUDISC_OMIT;

		cr_expect_eq(
			option(peer_host(peer), peer_fd(peer), IPPROTO_IPV6, IPV6_MTU_DISCOVER),
			mode == UNSET ? IPV6_PMTUDISC_WANT : mode);
		peer_writes(peer, 2880);
		peer_forget(peer);
		peer_sends(peer, "icmp packet_too_big mtu 1300 [1:1441(1440)]");
		cr_expect_eq(*peer_sent_text(peer) == '\0', deaf, "mode %d: %s", mode,
			peer_sent_text(peer));
		peer_free(peer);
	}
}

Test(mtu_discover, is_not_there_on_the_bsds)
{
	struct tcpsim_peer *peer = peer_in(TCPSIM_ESTABLISHED, &tcpsim_profile_freebsd);

	cr_expect_eq(
		flag(peer_host(peer), peer_fd(peer), IPPROTO_IP, IP_MTU_DISCOVER, 1), -ENOPROTOOPT);
	cr_expect_eq(
		option(peer_host(peer), peer_fd(peer), IPPROTO_IP, IP_MTU_DISCOVER), -ENOPROTOOPT);
	peer_free(peer);
}
