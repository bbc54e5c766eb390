/*
 * The right edge of a window: what was offered stays offered, whatever unit it is told in, and what
 * a sender does whose peer takes some of it back all the same. send_window.c has the rest of the
 * sender's side.
 */
#include "time_units.h"
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <tcpsim/options.h>
#include <tcpsim/tcp_info.h>
#include <tcpsim/testkit.h>

static void criterion_failure(const char *text)
{
	cr_assert_fail("%s", text);
}

static void setup(void)
{
	peer_on_failure(criterion_failure);
}

TestSuite(window_edge, .init = setup);

static struct tcpsim_peer *scaled(const struct tcpsim_profile *profile)
{
	return peer_in_with(TCPSIM_ESTABLISHED, &(struct tcpsim_peer_options){.profile = profile,
							.iss_is_fixed = true,
							.syn_options = "<mss 1460,nop,wscale 0>"});
}

/* --- the receiver --- */

static unsigned own_scale(struct tcpsim_peer *peer)
{
	struct tcpsim_tcp_info info;
	socklen_t len = sizeof(info);

	tcpsim_getsockopt(peer_host(peer), peer_fd(peer), IPPROTO_TCP, TCP_INFO, &info, &len);
	return info.tcpi_rcv_wscale;
}

/* The last ACK of what was sent since it was asked last, and the edge that it tells. */
static bool last_advertised(struct tcpsim_peer *peer, unsigned scale, unsigned *ack, unsigned *edge)
{
	const char *text = peer_sent_text(peer), *at = NULL;
	unsigned window;

	for (const char *next = text; (next = strstr(next, " ack ")); next++)
		at = next;
	if (!at || sscanf(at, " ack %u win %u", ack, &window) != 2)
		return false;
	*edge = *ack + (window << scale);
	return true;
}

/* RFC 7323 §2.4: in the window is whatever was in the window of any ACK. Segments are of a length
 * that no unit divides, and nothing is read. */
static void expect_every_offer_kept(
	const struct tcpsim_profile *profile, unsigned step, bool buffer_shrinks)
{
	struct tcpsim_peer *peer = scaled(profile);
	unsigned scale = own_scale(peer), next = 1, ack = 1, edge, most = 0;
	char segment[80];
	int little = 2000;

	cr_assert_gt(scale, 0, "%s", profile->name);
	peer_writes(peer, 1);
	if (buffer_shrinks)
		tcpsim_setsockopt(peer_host(peer), peer_fd(peer), SOL_SOCKET, SO_RCVBUF, &little,
			sizeof(little));
	while (!last_advertised(peer, scale, &ack, &edge) || edge > next) {
		unsigned len;

		most = edge > most ? edge : most;
		if (profile->window_rounds_up)
			cr_assert_eq(edge, most, "%s took back %u", profile->name, most - edge);
		len = most - next < step ? most - next : step;
		if (!len)
			break;
		snprintf(segment, sizeof(segment), "P. %u:%u(%u) ack 2 win 65535", next, next + len,
			len);
		peer_forget(peer);
		peer_sends(peer, segment);
		peer_waits(peer, 500 * NSEC_PER_MSEC);
		next += len;
		cr_assert(last_advertised(peer, scale, &ack, &edge), "%s is silent at %u",
			profile->name, next);
		cr_assert_eq(ack, next, "%s refuses what it had offered: %u of %u", profile->name,
			ack, next);
	}
	cr_assert_geq(next, most, "%s: %u of %u", profile->name, next, most);
	peer_free(peer);
}

Test(window_edge, what_was_offered_is_taken)
{
	for (int i = 0; tcpsim_profiles[i]; i++) {
		struct tcpsim_profile profile = *tcpsim_profiles[i];

		profile.window_scaling = true;
		if (profile.window_rule == TCPSIM_WINDOW_LINUX)
			continue; /* it counts memory, and may take back what that does not hold */
		expect_every_offer_kept(&profile, 509, false);
		expect_every_offer_kept(&profile, 1459, true);
	}
}

/* 4.4BSD sends its FIN whatever the window, and repeats it with each ACK: text that filled the
 * window is before it, and the ACK must count all the same. */
Test(window_edge, a_fin_at_the_far_edge_needs_no_room)
{
	static const struct {
		const char *name;
		uint64_t una;
	} CASE[] = {{"bsd44", 101}, {"freebsd", 101}, {"unp", 101}, {"linux", 101}, {"rfc9293", 1}};

	for (size_t i = 0; i < sizeof(CASE) / sizeof(CASE[0]); i++) {
		struct tcpsim_peer *peer =
			peer_in(TCPSIM_ESTABLISHED, tcpsim_profile_find(CASE[i].name));
		unsigned ack, edge;
		char segment[80];

		peer_writes(peer, 100);
		peer_waits(peer, NSEC_PER_MSEC);
		cr_assert(last_advertised(peer, 0, &ack, &edge), "%s", CASE[i].name);
		snprintf(segment, sizeof(segment), "F. %u:%u(0) ack 101 win 8760", edge, edge);
		peer_sends(peer, segment);
		expect_figure(peer, "SND.UNA", CASE[i].una);
		expect_state(peer, TCPSIM_ESTABLISHED); /* the text before it has not come */
		peer_free(peer);
	}
}

/* Linux rounds up what it tells, so that its memory may be full before the window is shut.
 * Since 6.6 it says so, and takes the window back. */
Test(window_edge, a_segment_that_there_is_no_memory_for)
{
	static const struct {
		const char *name;
		bool answers;
	} CASE[] = {{"linux", true}, {"linux-6.1", false}, {"linux-2.4", false}};

	for (size_t i = 0; i < sizeof(CASE) / sizeof(CASE[0]); i++) {
		struct tcpsim_profile profile = *tcpsim_profile_find(CASE[i].name);
		unsigned next = 1, ack = 1, edge = 1;
		bool answers = true;
		char segment[80];

		profile.rcvbuf = profile.rcvbuf_max = 16384;
		profile.sockbuf_max = 1 << 26;
		struct tcpsim_peer *peer = scaled(&profile);
		unsigned scale = own_scale(peer);

		cr_assert_geq(scale, 10, "%s: %u", CASE[i].name, scale);
		while (answers && ack == next && next < 20000) {
			snprintf(segment, sizeof(segment), "P. %u:%u(509) ack 1 win 65535", next,
				next + 509);
			peer_forget(peer);
			peer_sends(peer, segment);
			peer_waits(peer, 500 * NSEC_PER_MSEC);
			next += 509;
			answers = last_advertised(peer, scale, &ack, &edge);
		}
		cr_expect_lt(next, 20000, "%s takes all there is", CASE[i].name);
		cr_expect_eq(answers, CASE[i].answers, "%s", CASE[i].name);
		cr_expect_eq(edge == ack, CASE[i].answers, "%s: %u", CASE[i].name, edge - ack);
		peer_free(peer);
	}
}

/* --- the sender --- */

/* Five segments are out and more waits when the window is shut before them. */
static struct tcpsim_peer *shut_out(const struct tcpsim_profile *profile)
{
	struct tcpsim_profile plain = *profile;

	plain.initial_window = 5;
	struct tcpsim_peer *peer = peer_in(TCPSIM_ESTABLISHED, &plain);

	peer_writes(peer, 6 * 1460);
	peer_waits(peer, NSEC_PER_MSEC);
	peer_sends(peer, "P. 1:11(10) ack 1 win 8760");
	peer_sends(peer, "P. 11:21(10) ack 1 win 0"); /* newer than what told the last window */
	peer_forget(peer);
	return peer;
}

/* FreeBSD tcp_output: no retransmission, a byte from SND.UNA each time the persist timer says so,
 * whose number ACKs have as well; once there is room all goes again, and nothing was lost. */
Test(window_edge, the_bsds_probe_where_the_window_begins)
{
	static const char *const NAME[] = {"freebsd", "freebsd-4.8", "bsd44", "macos-10.2"};

	for (size_t i = 0; i < sizeof(NAME) / sizeof(NAME[0]); i++) {
		struct tcpsim_peer *peer = shut_out(tcpsim_profile_find(NAME[i]));
		uint64_t cwnd;
		struct tcpsim_status status;

		peer_waits(peer, 500 * NSEC_PER_MSEC);
		peer_forget(peer);
		expect_no_timer(peer, TCPSIM_TIMER_RETRANSMIT);
		peer_sends(peer, "P. 21:31(10) ack 1 win 0");
		peer_waits(peer, 500 * NSEC_PER_MSEC);
		expect_sent(peer, ". 1:1(0) ack 31");
		peer_status(peer, &status);
		cwnd = status.cwnd;
		for (int k = 0; k < 40; k++) {
			peer_waits(peer, 60 * NSEC_PER_SEC);
			expect_sent(peer, ". 1:2(1) ack 31");
			peer_forget(peer);
			peer_sends(peer, ". 31:31(0) ack 1 win 0");
		}
		expect_state(peer, TCPSIM_ESTABLISHED);
		peer_sends(peer, ". 31:31(0) ack 1 win 8760");
		expect_sent(peer, ". 1:1461(1460) ack 31");
		peer_status(peer, &status);
		cr_expect_eq(status.cwnd, cwnd, "%s", NAME[i]);
		peer_free(peer);
	}
}

/* A peer that took text and then the window acknowledges what it took. */
Test(window_edge, what_is_acknowledged_meanwhile_does_not_go_again)
{
	struct tcpsim_peer *peer = shut_out(&tcpsim_profile_freebsd);

	peer_waits(peer, NSEC_PER_SEC);
	peer_forget(peer);
	peer_sends(peer, ". 21:21(0) ack 1461 win 0");
	peer_waits(peer, 2 * NSEC_PER_SEC);
	expect_no_timer(peer, TCPSIM_TIMER_RETRANSMIT);
	peer_waits(peer, 60 * NSEC_PER_SEC);
	expect_sent(peer, ". 1461:1462(1) ack 21");
	peer_forget(peer);
	peer_sends(peer, ". 21:21(0) ack 1462 win 8760");
	peer_waits(peer, NSEC_PER_MSEC);
	expect_sent(peer, ". 1462:2922(1460) ack 21"); /* cut anew from SND.UNA on */
	peer_free(peer);
}

/* Linux tcp_acceptable_seq: the peer would refuse an ACK that stands beyond. RFC 9293 §3.10.7.4 has
 * SEG.SEQ = SND.NXT in every ACK: a peer that took the text refuses what stands before its end. */
Test(window_edge, where_an_ack_stands_when_less_is_left)
{
	static const struct {
		const char *name, *ack;
	} CASE[] = {{"linux", ". 1:1(0) ack 31"}, {"rfc9293", ". 7301:7301(0) ack 31"},
		{"windows", ". 7301:7301(0) ack 31"}};

	for (size_t i = 0; i < sizeof(CASE) / sizeof(CASE[0]); i++) {
		struct tcpsim_peer *peer = shut_out(tcpsim_profile_find(CASE[i].name));

		peer_waits(peer, 500 * NSEC_PER_MSEC);
		peer_forget(peer);
		peer_sends(peer, "P. 21:31(10) ack 1 win 0");
		peer_waits(peer, 500 * NSEC_PER_MSEC);
		cr_expect_not_null(strstr(peer_sent_text(peer), CASE[i].ack), "%s: %s",
			CASE[i].name, peer_sent_text(peer));
		peer_free(peer);
	}
}

/* The numbers are those of the ACK that opened the window, so that it may be older. */
Test(window_edge, who_believes_a_window_that_shrank_with_old_numbers)
{
	static const struct {
		const char *name;
		bool smaller, shut;
	} CASE[] = {{"rfc9293", true, true}, {"windows", true, true}, {"linux", false, true},
		{"linux-6.1", false, false}, {"bsd44", false, false}, {"freebsd", false, false}};

	for (size_t i = 0; i < 2 * sizeof(CASE) / sizeof(CASE[0]); i++) {
		bool shut = i % 2, believes = shut ? CASE[i / 2].shut : CASE[i / 2].smaller;
		struct tcpsim_peer *peer =
			peer_in(TCPSIM_ESTABLISHED, tcpsim_profile_find(CASE[i / 2].name));

		peer_sends(peer, ". 11:11(0) ack 1 win 8760");
		peer_sends(peer, shut ? ". 11:11(0) ack 1 win 0" : ". 11:11(0) ack 1 win 100");
		expect_figure(peer, "SND.WND", believes ? (shut ? 0 : 100) : 8760);
		peer_free(peer);
	}
}

/* --- before the connection is complete --- */

/* The window that the SYN,ACK told is the one that the third segment's number is held against. */
Test(window_edge, a_third_segment_may_stand_at_the_end_of_the_text_before_it)
{
	struct tcpsim_profile profile = *tcpsim_profile_find("linux");

	profile.rcvbuf = 2920; /* not a multiple of 536, the default MSS */
	struct tcpsim_peer *peer = peer_in(TCPSIM_LISTEN, &profile);
	const char *text, *window;
	char segment[80];
	unsigned win = 0;

	peer_sends(peer, "S 0:0(0) win 8760 <mss 1460>");
	text = peer_sent_text(peer);
	window = strstr(text, " win ");
	cr_assert(window && sscanf(window, " win %u", &win) == 1, "%s", text);
	cr_assert_geq(win, 1000);
	snprintf(segment, sizeof(segment), ". %u:%u(0) ack 1 win 8760", win, win);
	peer_sends(peer, segment);
	expect_state(peer, TCPSIM_ESTABLISHED);
	peer_free(peer);
}

/* FreeBSD's SYN cache: what the sender of text sends once that filled the window, and what overtook
 * the text, is no reason to let the entry go; nor is an ACK of something else. */
Test(window_edge, an_entry_of_the_syn_cache_outlives_what_is_beyond_its_window)
{
	static const char *const NAME[] = {"freebsd", "freebsd-4.8"};

	for (size_t i = 0; i < sizeof(NAME) / sizeof(NAME[0]); i++) {
		struct tcpsim_peer *peer = peer_in(TCPSIM_SYN_RCVD, tcpsim_profile_find(NAME[i]));

		peer_sends(peer, ". 65536:65536(0) ack 1 win 8760");
		expect_state(peer, TCPSIM_SYN_RCVD);
		cr_expect_null(strstr(peer_sent_text(peer), "R"), "%s", NAME[i]);
		peer_sends(peer, ". 1:1(0) ack 9999 win 8760");
		peer_sends(peer, ". 1:1(0) ack 1 win 8760");
		expect_state(peer, TCPSIM_ESTABLISHED);
		peer_free(peer);
	}
}

/* Text is out, and of an ACK that is not acceptable nothing is heard: the answer is numbered by what
 * it acknowledges, which its sender takes; so it is if its window was taken back to less than is out;
 * else by SND.NXT. */
Test(window_edge, an_answer_stands_where_the_peer_waits)
{
	static const char *const NAME[] = {"rfc9293", "windows"};

	for (size_t i = 0; i < sizeof(NAME) / sizeof(NAME[0]); i++) {
		struct tcpsim_peer *peer =
			peer_in(TCPSIM_ESTABLISHED, tcpsim_profile_find(NAME[i]));

		peer_sends(peer, "P. 1:101(100) ack 1 win 8760");
		peer_writes(peer, 1000);
		peer_waits(peer, NSEC_PER_MSEC);
		peer_forget(peer);
		peer_sends(peer, ". 1:1(0) ack 501 win 8760");
		expect_sent(peer, ". 501:501(0) ack 101");
		peer_sends(peer, "F. 1:1(0) ack 501 win 8760"); /* 4.4BSD repeats its FIN so */
		expect_sent(peer, ". 501:501(0) ack 101");
		peer_sends(peer, ". 1:1(0) ack 1 win 8760");
		expect_sent(peer, ". 1001:1001(0) ack 101");
		peer_sends(peer, ". 1:1(0) ack 1001 win 8760");
		expect_sent(peer, ". 1001:1001(0) ack 101");
		peer_sends(peer, "F. 1:1(0) ack 1 win 999");
		expect_sent(peer, ". 1:1(0) ack 101");
		peer_sends(peer, "F. 1:1(0) ack 1 win 1000");
		expect_sent(peer, ". 1001:1001(0) ack 101");
		expect_figure(peer, "SND.UNA", 1);
		peer_free(peer);
	}
}
