/*
 * RFC 9293's requirements that no other test shows, each by its number in Appendix B;
 * docs/rfc-map.md lists them. The profile is rfc9293, the connection one that a client opened to
 * the host's port 8080.
 */
#include "time_units.h"
#include <criterion/criterion.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <tcpsim/options.h>
#include <tcpsim/testkit.h>

static void criterion_failure(const char *text)
{
	cr_assert_fail("%s", text);
}

static void setup(void)
{
	peer_on_failure(criterion_failure);
}

TestSuite(requirements, .init = setup);

static struct tcpsim_peer *established(const char *syn_options)
{
	return peer_in_with(TCPSIM_ESTABLISHED,
		&(struct tcpsim_peer_options){
			.profile = &tcpsim_profile_rfc9293, .syn_options = syn_options});
}

static ssize_t sends(struct tcpsim_peer *peer, size_t len, int flags)
{
	static char text[65536];
	struct msghdr msg = {.msg_iov = &(struct iovec){text, len}, .msg_iovlen = 1};

	return tcpsim_sendmsg(peer_host(peer), peer_fd(peer), &msg, flags | MSG_NOSIGNAL);
}

static ssize_t reads(struct tcpsim_peer *peer, size_t len, int flags)
{
	static char text[65536];
	struct msghdr msg = {.msg_iov = &(struct iovec){text, len}, .msg_iovlen = 1};

	return tcpsim_recvmsg(peer_host(peer), peer_fd(peer), &msg, flags);
}

static void option(struct tcpsim_peer *peer, int level, int name, int value)
{
	cr_assert_eq(tcpsim_setsockopt(
			     peer_host(peer), peer_fd(peer), level, name, &value, sizeof(value)),
		0);
}

/* --- sending --- */

Test(requirements, SHLD_28_segments_are_as_large_as_may_be)
{
	struct tcpsim_peer *peer = established("<mss 1000>");

	sends(peer, 2500, 0);
	expect_sent(peer, ". 1:1001(1000) ack 1");
	expect_sent(peer, ". 1001:2001(1000) ack 1");
	peer_free(peer);
}

Test(requirements, MUST_61_the_last_segment_of_what_is_buffered_carries_psh)
{
	struct tcpsim_peer *peer = established("<mss 1000>");

	sends(peer, 2000, 0);
	expect_sent(peer, ". 1:1001(1000) ack 1");
	expect_sent(peer, "P. 1001:2001(1000) ack 1");
	peer_free(peer);
}

Test(requirements, SHLD_7_nagle_holds_a_small_segment_while_another_is_out)
{
	struct tcpsim_peer *peer = established("<mss 1000>");

	sends(peer, 100, 0);
	expect_sent(peer, "P. 1:101(100) ack 1");
	sends(peer, 100, 0);
	expect_nothing_sent(peer);
	peer_sends(peer, ". 1:1(0) ack 101 win 8760");
	expect_sent(peer, "P. 101:201(100) ack 1");
	peer_free(peer);
}

Test(requirements, MUST_17_a_program_turns_nagle_off)
{
	struct tcpsim_peer *peer = established("<mss 1000>");

	option(peer, IPPROTO_TCP, TCP_NODELAY, 1);
	sends(peer, 100, 0);
	expect_sent(peer, "P. 1:101(100) ack 1");
	sends(peer, 100, 0);
	expect_sent(peer, "P. 101:201(100) ack 1");
	peer_free(peer);
}

/* A window that has room for less than a segment, and for less than half of the largest ever seen:
 * it is not used. */
Test(requirements, MUST_38_the_sender_avoids_the_silly_window)
{
	struct tcpsim_peer *peer = established("<mss 1000>");

	sends(peer, 3000, 0);
	expect_sent(peer, ". 1:1001(1000) ack 1");
	expect_sent(peer, ". 1001:2001(1000) ack 1");
	expect_sent(peer, "P. 2001:3001(1000) ack 1");
	peer_sends(peer, ". 1:1(0) ack 3001 win 10");
	sends(peer, 2000, 0);
	expect_nothing_sent(peer);
	peer_sends(peer, ". 1:1(0) ack 3001 win 1000");
	expect_sent(peer, ". 3001:4001(1000) ack 1");
	peer_free(peer);
}

Test(requirements, MUST_15_without_mss_536_bytes_are_assumed)
{
	struct tcpsim_peer *peer = established("");

	sends(peer, 1000, 0);
	expect_sent(peer, ". 1:537(536) ack 1");
	peer_free(peer);
}

/* Options that every segment carries are taken off the MSS (RFC 9293 §3.7.1). */
Test(requirements, MUST_16_options_are_taken_off_the_segment_size)
{
	struct tcpsim_peer *peer = peer_in_with(
		TCPSIM_SYN_RCVD, &(struct tcpsim_peer_options){.profile = &tcpsim_profile_rfc9293,
					 .syn_options = "<mss 1000,sackOK,TS val 7 ecr 0>"});
	static char text[2000];
	struct msghdr msg = {.msg_iov = &(struct iovec){text, sizeof(text)}, .msg_iovlen = 1};
	int fd;

	peer_sends(peer, ". 1:1(0) ack 1 win 8760 <nop,nop,TS val 8 ecr 0>");
	fd = tcpsim_accept4(peer_host(peer), peer_listener_fd(peer), NULL, NULL, SOCK_NONBLOCK);
	cr_assert_geq(fd, 0);
	tcpsim_sendmsg(peer_host(peer), fd, &msg, MSG_NOSIGNAL);
	expect_sent(peer, ". 1:989(988) ack 1 <...>");
	peer_free(peer);
}

/* --- window --- */

Test(requirements, SHLD_15_MUST_34_nothing_new_goes_past_an_edge_that_moved_left)
{
	struct tcpsim_peer *peer = established("<mss 1000>");

	sends(peer, 2000, 0);
	expect_sent(peer, ". 1:1001(1000) ack 1");
	expect_sent(peer, "P. 1001:2001(1000) ack 1");
	peer_sends(peer, ". 1:1(0) ack 1001 win 500");
	sends(peer, 1000, 0);
	expect_nothing_sent(peer);
	expect_state(peer, TCPSIM_ESTABLISHED);
	peer_free(peer);
}

/* The first probe after a timeout, later ones backed off; as long as they are answered the
 * connection stands. */
Test(requirements, MUST_35_36_37_a_zero_window_is_probed_and_may_stay_for_ever)
{
	struct tcpsim_peer *peer = established("<mss 1000>");

	sends(peer, 1000, 0);
	expect_sent(peer, "P. 1:1001(1000) ack 1");
	peer_sends(peer, ". 1:1(0) ack 1001 win 0");
	sends(peer, 1000, 0);
	expect_nothing_sent(peer);
	peer_waits(peer, 4 * NSEC_PER_SEC);
	expect_nothing_sent(peer);
	peer_waits(peer, NSEC_PER_SEC);
	expect_sent(peer, ". 1001:1002(1) ack 1");
	for (int i = 0; i < 100; i++) {
		peer_sends(peer, ". 1:1(0) ack 1001 win 0");
		peer_waits(peer, 60 * NSEC_PER_SEC);
		cr_expect_neq(*peer_sent_text(peer), '\0', "no probe in minute %d", i);
	}
	expect_state(peer, TCPSIM_ESTABLISHED);
	peer_sends(peer, ". 1:1(0) ack 1002 win 8000");
	expect_sent(peer, "P. 1002:2001(999) ack 1");
	peer_free(peer);
}

Test(requirements, MUST_39_the_receiver_opens_a_closed_window_by_a_segment_or_not_at_all)
{
	struct tcpsim_peer *peer = established("<mss 1460>");
	uint32_t at = 1;

	for (; at < 1 + 65535 - 1460; at += 1460) {
		char segment[64];

		snprintf(segment, sizeof(segment), ". %u:%u(1460) ack 1 win 8760", at, at + 1460);
		peer_sends(peer, segment);
	}
	peer_sent_text(peer);
	peer_waits(peer, NSEC_PER_SEC);
	peer_sent_text(peer);
	cr_expect_eq(reads(peer, 100, 0), 100);
	expect_nothing_sent(peer);
	cr_expect_eq(reads(peer, 40000, 0), 40000);
	cr_expect_neq(*peer_sent_text(peer), '\0', "an update is worth sending");
	peer_free(peer);
}

Test(requirements, MUST_66_a_rst_is_processed_with_a_zero_window)
{
	struct tcpsim_peer *peer = established("<mss 1460>");

	for (uint32_t at = 1; at < 1 + 65535 - 1460; at += 1460) {
		char segment[64];

		snprintf(segment, sizeof(segment), ". %u:%u(1460) ack 1 win 8760", at, at + 1460);
		peer_sends(peer, segment);
	}
	peer_sends(peer, ". 64241:65536(1295) ack 1 win 8760");
	peer_sends(peer, "R 65536:65536(0) win 0");
	expect_state(peer, TCPSIM_CLOSED);
	expect_error(peer, ECONNRESET);
	peer_free(peer);
}

/* --- acknowledging --- */

Test(requirements, SHLD_18_MUST_40_an_ack_waits_less_than_half_a_second)
{
	struct tcpsim_peer *peer = established("<mss 1000>");

	peer_sends(peer, "P. 1:101(100) ack 1 win 8760");
	expect_nothing_sent(peer);
	peer_waits(peer, 200 * NSEC_PER_MSEC - 1);
	expect_nothing_sent(peer);
	peer_waits(peer, 1);
	expect_sent(peer, ". 1:1(0) ack 101");
	peer_free(peer);
}

Test(requirements, SHLD_19_every_second_full_segment_is_acknowledged)
{
	struct tcpsim_peer *peer = established("<mss 1460>");

	peer_sends(peer, ". 1:1461(1460) ack 1 win 8760");
	expect_nothing_sent(peer);
	peer_sends(peer, ". 1461:2921(1460) ack 1 win 8760");
	expect_sent(peer, ". 1:1(0) ack 2921");
	peer_free(peer);
}

Test(requirements, SHLD_31_MUST_59_what_waited_behind_a_gap_is_acknowledged_with_it)
{
	struct tcpsim_peer *peer = established("<mss 1460>");

	peer_sends(peer, ". 1461:2921(1460) ack 1 win 8760");
	expect_sent(peer, ". 1:1(0) ack 1");
	peer_sends(peer, ". 1:1461(1460) ack 1 win 8760");
	expect_sent(peer, ". 1:1(0) ack 2921");
	peer_free(peer);
}

/* --- retransmission --- */

/* A segment that was sent twice gives no sample: the next timeout keeps its backoff (Karn). */
Test(requirements, MUST_18_19_karn_and_exponential_backoff)
{
	struct tcpsim_peer *peer = established("<mss 1000>");

	sends(peer, 1000, 0);
	expect_sent(peer, "P. 1:1001(1000) ack 1");
	peer_waits(peer, NSEC_PER_SEC);
	expect_sent(peer, "P. 1:1001(1000) ack 1");
	peer_waits(peer, 2 * NSEC_PER_SEC - 1);
	expect_nothing_sent(peer);
	peer_waits(peer, 1);
	expect_sent(peer, "P. 1:1001(1000) ack 1");
	peer_waits(peer, 10 * NSEC_PER_MSEC);
	peer_sends(peer, ". 1:1(0) ack 1001 win 8760");
	sends(peer, 1000, 0);
	expect_sent(peer, "P. 1001:2001(1000) ack 1");
	expect_timer(peer, TCPSIM_TIMER_RETRANSMIT, 4 * NSEC_PER_SEC);
	peer_free(peer);
}

Test(requirements, MUST_20_SHLD_11_r2_ends_the_connection_after_100_seconds_at_least)
{
	struct tcpsim_peer *peer = established("<mss 1000>");

	sends(peer, 1000, 0);
	peer_waits(peer, 100 * NSEC_PER_SEC);
	expect_state(peer, TCPSIM_ESTABLISHED);
	peer_waits(peer, 1000 * NSEC_PER_SEC);
	expect_state(peer, TCPSIM_CLOSED);
	expect_error(peer, ETIMEDOUT);
	peer_free(peer);
}

Test(requirements, MUST_21_a_program_sets_r2)
{
	struct tcpsim_peer *peer = established("<mss 1000>");

	option(peer, IPPROTO_TCP, TCP_USER_TIMEOUT, 20000);
	sends(peer, 1000, 0);
	peer_waits(peer, 19 * NSEC_PER_SEC);
	expect_state(peer, TCPSIM_ESTABLISHED);
	peer_waits(peer, 45 * NSEC_PER_SEC);
	expect_state(peer, TCPSIM_CLOSED);
	expect_error(peer, ETIMEDOUT);
	peer_free(peer);
}

Test(requirements, MUST_23_r2_of_a_syn_is_three_minutes)
{
	struct tcpsim_peer *peer = peer_in(TCPSIM_SYN_SENT, &tcpsim_profile_rfc9293);

	peer_waits(peer, 180 * NSEC_PER_SEC - 1);
	expect_state(peer, TCPSIM_SYN_SENT);
	peer_waits(peer, 1);
	expect_state(peer, TCPSIM_CLOSED);
	expect_error(peer, ETIMEDOUT);
	peer_free(peer);
}

/* --- keep-alive --- */

Test(requirements, MUST_25_keepalives_are_off_by_default)
{
	struct tcpsim_peer *peer = established("<mss 1000>");

	peer_waits(peer, 3 * 3600 * NSEC_PER_SEC);
	expect_nothing_sent(peer);
	peer_free(peer);
}

Test(requirements, MUST_24_26_28_SHLD_12_keepalives_come_after_two_idle_hours_and_carry_nothing)
{
	struct tcpsim_peer *peer = established("<mss 1000>");

	option(peer, SOL_SOCKET, SO_KEEPALIVE, 1);
	peer_waits(peer, 7200 * NSEC_PER_SEC - 1);
	expect_nothing_sent(peer);
	peer_waits(peer, 1);
	expect_sent(peer, ". 0:0(0) ack 1");
	peer_free(peer);
}

Test(requirements, MUST_27_the_interval_of_keepalives_is_configurable)
{
	struct tcpsim_peer *peer = established("<mss 1000>");

	option(peer, IPPROTO_TCP, TCP_KEEPIDLE, 30);
	option(peer, SOL_SOCKET, SO_KEEPALIVE, 1);
	peer_waits(peer, 30 * NSEC_PER_SEC);
	expect_sent(peer, ". 0:0(0) ack 1");
	peer_free(peer);
}

Test(requirements, MUST_29_one_keepalive_without_answer_ends_nothing)
{
	struct tcpsim_peer *peer = established("<mss 1000>");

	option(peer, SOL_SOCKET, SO_KEEPALIVE, 1);
	peer_waits(peer, (7200 + 7 * 75) * NSEC_PER_SEC);
	expect_state(peer, TCPSIM_ESTABLISHED);
	peer_waits(peer, 75 * NSEC_PER_SEC);
	expect_state(peer, TCPSIM_CLOSED);
	expect_error(peer, ETIMEDOUT);
	peer_free(peer);
}

/* --- urgent --- */

Test(requirements, MUST_30_62_the_pointer_is_sent_and_points_behind_the_urgent_octet)
{
	struct tcpsim_peer *peer = established("<mss 1000>");

	cr_expect_eq(sends(peer, 5, MSG_OOB), 5);
	cr_expect_not_null(strstr(peer_sent_text(peer), "urg 5"));
	peer_free(peer);
}

Test(requirements, MUST_32_the_process_learns_of_urgent_text)
{
	struct tcpsim_peer *peer = established("<mss 1000>");

	cr_expect_eq(tcpsim_poll(peer_host(peer), peer_fd(peer)) & POLLPRI, 0);
	peer_sends(peer, "PU. 1:11(10) ack 1 win 8760 urg 10");
	cr_expect_neq(tcpsim_poll(peer_host(peer), peer_fd(peer)) & POLLPRI, 0);
	cr_expect_eq(reads(peer, 1, MSG_OOB), 1);
	cr_expect_eq(reads(peer, 100, 0), 9, "what is urgent stands aside");
	peer_free(peer);
}

/* --- closing --- */

Test(requirements, MUST_13_time_wait_lasts_two_segment_lifetimes)
{
	struct tcpsim_peer *peer = peer_in(TCPSIM_TIME_WAIT, &tcpsim_profile_rfc9293);

	peer_waits(peer, 240 * NSEC_PER_SEC - 1);
	expect_state(peer, TCPSIM_TIME_WAIT);
	peer_waits(peer, 1);
	expect_state(peer, TCPSIM_CLOSED);
	peer_free(peer);
}

Test(requirements, SHLD_3_text_lost_by_close_is_answered_with_a_rst)
{
	struct tcpsim_peer *peer = established("<mss 1000>");

	peer_sends(peer, "P. 1:101(100) ack 1 win 8760");
	tcpsim_close(peer_host(peer), peer_fd(peer));
	cr_expect_eq(strncmp(peer_sent_text(peer), "R", 1), 0);
	peer_free(peer);
}

Test(requirements, MUST_12_the_process_learns_of_the_abort)
{
	struct tcpsim_peer *peer = established("<mss 1000>");

	peer_sends(peer, "R. 1:1(0) ack 1 win 0");
	cr_expect_eq(reads(peer, 1, 0), -ECONNRESET);
	peer_free(peer);
}
