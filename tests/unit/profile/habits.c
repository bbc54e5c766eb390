/*
 * What systems bound, forgive or tell where the standard leaves room, and what none of them does
 * any more because somebody abused it: challenge ACKs, the SYN cache, forged path MTUs, text beyond
 * the window. The scripts under tests/scripts have the rest.
 */
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <stdio.h>
#include <tcpsim/options.h>
#include <tcpsim/tcp_info.h>
#include <tcpsim/testkit.h>
#include <wire/ip.h>
#include <wire/options.h>
#include <wire/wire.h>

#include "support/info.h"
#include "support/stranger.h"
#include "time_units.h"

static void criterion_failure(const char *text)
{
	cr_assert_fail("%s", text);
}

static void setup(void)
{
	peer_on_failure(criterion_failure);
}

TestSuite(habits, .init = setup);

static unsigned lines_of(const char *text)
{
	unsigned n = 0;

	for (; *text; text++)
		n += *text == '\n';
	return n;
}

/* --- challenge ACKs --- */

/* RFC 5961 §7's count of a host is what CVE-2016-5696 reads other people's connections by. */
Test(habits, no_profile_counts_challenge_acks_for_all_connections_together)
{
	for (int i = 0; tcpsim_profiles[i]; i++) {
		const struct tcpsim_profile *p = tcpsim_profiles[i];
		bool challenges = p->rst_accept == TCPSIM_RST_ACCEPT_EXACT ||
				  p->syn_accept == TCPSIM_SYN_ACCEPT_CHALLENGE || p->ack_throttle;

		if (challenges)
			cr_expect_geq(p->challenge_ack_limit, INT32_MAX, "%s", p->name);
		if (challenges)
			cr_expect(p->challenge_ack_burst || p->invalid_ratelimit,
				"%s answers a blind attacker as often as he likes", p->name);
	}
}

Test(habits, a_host_wide_limit_is_uncertain_by_half)
{
	struct tcpsim_profile profile = tcpsim_profile_linux;
	unsigned least = UINT32_MAX, most = 0;

	profile.invalid_ratelimit = 0;
	profile.challenge_ack_limit = 20;
	struct tcpsim_peer *peer = peer_in(TCPSIM_ESTABLISHED, &profile);

	for (int second = 0; second < 20; second++) {
		unsigned n;

		for (int i = 0; i < 60; i++)
			peer_sends(peer, "R 100:100(0) win 0");
		n = lines_of(peer_sent_text(peer));
		cr_expect(n >= 10 && n < 30, "%u challenge ACKs in a second", n);
		least = n < least ? n : least;
		most = n > most ? n : most;
		peer_waits(peer, NSEC_PER_SEC);
	}
	cr_expect_lt(least, most, "the same %u in each second", least);
	peer_free(peer);
}

/* --- the SYN cache --- */

/* The number of the SYN,ACK that left last. */
static uint32_t last_iss(struct tcpsim_peer *peer)
{
	struct tcpsim_packet *packet;
	uint32_t iss = 0;

	while ((packet = tcpsim_host_transmit(peer_host(peer)))) {
		uint8_t bytes[128];
		struct wire_packet in;

		wire_parse(
			bytes, tcpsim_packet_bytes(packet, bytes, sizeof(bytes)), WIRE_VERIFY, &in);
		iss = in.segment.seq.n;
		tcpsim_packet_free(packet);
	}
	return iss;
}

/* FreeBSD with cookies off: a bucket's oldest entry makes room, so that a flood displaces itself,
 * and whoever comes last has a place. */
Test(habits, a_full_bucket_of_the_syn_cache_lets_its_oldest_go)
{
	struct tcpsim_profile profile = tcpsim_profile_freebsd;

	profile.syncookies = 0;
	profile.syn_cache_bucket = 2;
	struct tcpsim_peer *peer = peer_in(TCPSIM_LISTEN, &profile);

	for (uint32_t i = 1; i <= 20000; i++)
		stranger_sends(peer, i, TCPSIM_SYN, 0);
	cr_expect_eq(strangers_remembered(peer), 2 * 512);
	expect_rule(peer, "send/syn-ack");
	stranger_sends(peer, 20001, TCPSIM_SYN, 0);
	uint32_t iss = last_iss(peer);

	stranger_sends(peer, 20001, TCPSIM_ACK, iss + 1);
	cr_expect_geq(
		tcpsim_accept4(peer_host(peer), peer_listener_fd(peer), NULL, NULL, SOCK_NONBLOCK),
		0);
	peer_free(peer);
}

Test(habits, a_full_syn_cache_takes_no_more_than_it_holds)
{
	struct tcpsim_profile profile = tcpsim_profile_freebsd;

	profile.syncookies = 0;
	profile.syn_backlog_max = 100;
	struct tcpsim_peer *peer = peer_in(TCPSIM_LISTEN, &profile);

	for (uint32_t i = 1; i <= 3000; i++)
		stranger_sends(peer, i, TCPSIM_SYN, 0);
	cr_expect_eq(strangers_remembered(peer), 100);
	peer_free(peer);
}

/* With cookies the cache remembers no more either, and yet turns nobody away. */
Test(habits, a_full_syn_cache_answers_with_cookies)
{
	struct tcpsim_profile profile = tcpsim_profile_freebsd;

	profile.syn_cache_bucket = 1;
	struct tcpsim_peer *peer = peer_in(TCPSIM_LISTEN, &profile);

	for (uint32_t i = 1; i <= 5000; i++)
		stranger_sends(peer, i, TCPSIM_SYN, 0);
	cr_expect_leq(strangers_remembered(peer), 512);
	cr_expect_neq(last_iss(peer), 0);
	stranger_sends(peer, 5001, TCPSIM_SYN, 0);
	uint32_t iss = last_iss(peer);

	stranger_sends(peer, 5001, TCPSIM_ACK, iss + 1);
	cr_expect_geq(
		tcpsim_accept4(peer_host(peer), peer_listener_fd(peer), NULL, NULL, SOCK_NONBLOCK),
		0);
	peer_free(peer);
}

/* --- a path MTU that cannot be --- */

/* The longest datagram that leaves, and whether routers may fragment it. */
static uint32_t longest_sent(struct tcpsim_peer *peer, bool *may_fragment)
{
	struct tcpsim_packet *packet;
	uint32_t most = 0;

	while ((packet = tcpsim_host_transmit(peer_host(peer)))) {
		uint8_t bytes[2000];
		size_t len = tcpsim_packet_bytes(packet, bytes, sizeof(bytes));

		if (len > most) {
			most = (uint32_t)len;
			*may_fragment = !(bytes[6] & 0x40);
		}
		tcpsim_packet_free(packet);
	}
	return most;
}

static void writes(struct tcpsim_peer *peer, size_t len)
{
	static char text[4000];
	struct msghdr msg = {.msg_iov = &(struct iovec){text, len}, .msg_iovlen = 1};

	cr_assert_eq(
		tcpsim_sendmsg(peer_host(peer), peer_fd(peer), &msg, MSG_NOSIGNAL), (ssize_t)len);
}

/* "Fragmentation needed, MTU 68" would make segments of 28 bytes: none of today's systems goes
 * below what its least path MTU gives, and a path that really is so narrow fragments. */
Test(habits, a_forged_path_mtu_does_not_make_crumbs)
{
	static const struct {
		const char *profile;
		uint32_t least;
		bool fragments;
	} CASE[] = {
		{"linux", 552, true}, {"rfc9293", 576, true}, {"windows", 576, true},
		{"freebsd", 216 + 40, false}, /* minmss */
	};

	for (size_t i = 0; i < sizeof(CASE) / sizeof(CASE[0]); i++) {
		struct tcpsim_peer *peer =
			peer_in(TCPSIM_ESTABLISHED, tcpsim_profile_find(CASE[i].profile));
		bool may_fragment = !CASE[i].fragments;

		writes(peer, 3000);
		cr_assert(stranger_refuses(peer, 4, 68, 0));
		peer_sent_text(peer);
		peer_waits(peer, 4 * NSEC_PER_SEC);
		cr_expect_eq(
			longest_sent(peer, &may_fragment), CASE[i].least, "%s", CASE[i].profile);
		cr_expect_eq(may_fragment, CASE[i].fragments, "%s", CASE[i].profile);
		peer_free(peer);
	}
}

/* A message that can be is followed, and DF stays. */
Test(habits, a_path_mtu_that_can_be_keeps_df)
{
	struct tcpsim_peer *peer = peer_in(TCPSIM_ESTABLISHED, &tcpsim_profile_linux);
	bool may_fragment = true;

	writes(peer, 3000);
	cr_assert(stranger_refuses(peer, 4, 1000, 0));
	peer_sent_text(peer);
	peer_waits(peer, 4 * NSEC_PER_SEC);
	cr_expect_eq(longest_sent(peer, &may_fragment), 1000);
	cr_expect_not(may_fragment);
	peer_free(peer);
}

/* --- text beyond the window --- */

static uint32_t unacked(struct tcpsim_peer *peer)
{
	return info_of(peer).tcpi_unacked;
}

/* Its ACK is heard where the text is taken or the window still is what RFC 9293 §3.10.7.4 lets ACKs
 * through; Linux 6.17 drops text whole that overruns while some is unread. */
Test(habits, text_that_overruns_the_window)
{
	static const struct {
		const char *profile;
		bool heard;
	} CASE[] = {{"linux", false}, {"linux-6.1", true}, {"rfc9293", true}, {"freebsd", true}};

	for (size_t i = 0; i < sizeof(CASE) / sizeof(CASE[0]); i++) {
		struct tcpsim_profile profile = *tcpsim_profile_find(CASE[i].profile);

		profile.rcvbuf = 4096;
		profile.rcvbuf_max = 4096;
		profile.timestamps = profile.window_scaling = false;
		struct tcpsim_peer *peer = peer_in(TCPSIM_ESTABLISHED, &profile);

		writes(peer, 100);
		peer_sent_text(peer);
		peer_sends(peer, ". 1:1001(1000) ack 1 win 1000");
		peer_sent_text(peer);
		cr_expect_eq(unacked(peer), 1, "%s", CASE[i].profile);
		peer_sends(peer, ". 1001:9001(8000) ack 101 win 1000");
		cr_expect_eq(unacked(peer), !CASE[i].heard, "%s", CASE[i].profile);
		peer_free(peer);
	}
}

/* The BSDs take what their buffer has room for, be it more than they told. */
static uint32_t accepted_window(struct tcpsim_peer *peer, const char *profile)
{
	int buffer = 0;
	socklen_t len = sizeof(buffer);

	if (tcpsim_profile_find(profile)->window_rule == TCPSIM_WINDOW_LINUX)
		return info_of(peer).tcpi_rcv_wnd;
	tcpsim_getsockopt(peer_host(peer), peer_fd(peer), SOL_SOCKET, SO_RCVBUF, &buffer, &len);
	return (uint32_t)buffer;
}

/* An empty segment that begins where the window ends. */
Test(habits, at_the_far_edge_of_the_window)
{
	static const struct {
		const char *profile;
		bool ack_is_heard;
		enum tcpsim_state after_rst;
		bool rst_is_answered;
	} CASE[] = {
		{"bsd44", true, TCPSIM_CLOSED, false},
		{"freebsd", true, TCPSIM_ESTABLISHED, false},
		{"linux", true, TCPSIM_ESTABLISHED, true},
		{"rfc9293", false, TCPSIM_ESTABLISHED, false},
	};

	for (size_t i = 0; i < sizeof(CASE) / sizeof(CASE[0]); i++) {
		struct tcpsim_peer *peer =
			peer_in(TCPSIM_ESTABLISHED, tcpsim_profile_find(CASE[i].profile));
		uint32_t edge = 1 + accepted_window(peer, CASE[i].profile);
		char text[60];

		writes(peer, 100);
		peer_sent_text(peer);
		snprintf(text, sizeof(text), ". %u:%u(0) ack 101 win 1000", edge, edge);
		peer_sends(peer, text);
		cr_expect_eq(unacked(peer), !CASE[i].ack_is_heard, "%s", CASE[i].profile);
		peer_waits(peer, NSEC_PER_SEC);
		peer_sent_text(peer);
		snprintf(text, sizeof(text), "R %u:%u(0) win 0", edge, edge);
		peer_sends(peer, text);
		cr_expect_eq(peer_state(peer), CASE[i].after_rst, "%s", CASE[i].profile);
		cr_expect_eq(lines_of(peer_sent_text(peer)), CASE[i].rst_is_answered, "%s",
			CASE[i].profile);
		peer_free(peer);
	}
}
