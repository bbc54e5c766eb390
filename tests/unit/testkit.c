/* The testkit's own word: what it says of a timer is so now, and not only so once. */
#include <criterion/criterion.h>
#include <string.h>
#include <tcpsim/testkit.h>

#define MSEC   INT64_C(1000000)
#define SECOND INT64_C(1000000000)

static char last_failure[400];
static int failures;

static void note_failure(const char *text)
{
	failures++;
	strncpy(last_failure, text, sizeof(last_failure) - 1);
}

static void sends(struct peer *peer, size_t len)
{
	static char bytes[1000];
	struct iovec part = {bytes, len};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};

	cr_assert_eq(tcpsim_sendmsg(peer_host(peer), peer_fd(peer), &message, 0), (ssize_t)len);
}

Test(testkit, a_timer_that_was_stopped_is_not_expected_any_more)
{
	struct peer *peer = peer_in(TCP_ESTABLISHED, &tcp_profile_rfc9293);

	sends(peer, 1000);
	expect_timer(peer, TCP_TIMER_RETRANSMIT, SECOND);
	peer_waits(peer, 10 * MSEC);
	peer_sends(peer, ". 1:1(0) ack 1001 win 8760");
	expect_no_timer(peer, TCP_TIMER_RETRANSMIT);
	peer_on_failure(note_failure);
	expect_timer(peer, TCP_TIMER_RETRANSMIT, SECOND - 10 * MSEC);
	peer_on_failure(NULL);
	cr_expect_eq(failures, 1);
	cr_expect_str_eq(
		last_failure, "expected the retransmit timer in 990000000 ns, it does not run");
	peer_free(peer);
}

Test(testkit, a_timer_that_fired_does_not_run)
{
	struct peer *peer = peer_in(TCP_TIME_WAIT, &tcp_profile_linux);

	expect_timer(peer, TCP_TIMER_2MSL, 2 * tcp_profile_linux.msl);
	peer_waits(peer, 2 * tcp_profile_linux.msl);
	expect_state(peer, TCP_CLOSED);
	expect_no_timer(peer, TCP_TIMER_2MSL);
	peer_free(peer);
}

/* FIN-WAIT-2's limit and TIME-WAIT's 2MSL have one name and follow each other. */
Test(testkit, the_timer_of_time_wait_outlives_that_of_fin_wait_2)
{
	struct peer *peer = peer_in(TCP_FIN_WAIT_2, &tcp_profile_linux);

	tcpsim_close(peer_host(peer), peer_fd(peer));
	expect_timer(peer, TCP_TIMER_2MSL, tcp_profile_linux.fin_wait_2_timeout);
	peer_waits(peer, SECOND);
	peer_sends(peer, "F. 1:1(0) ack 2 win 32792");
	expect_state(peer, TCP_TIME_WAIT);
	expect_timer(peer, TCP_TIMER_2MSL, 2 * tcp_profile_linux.msl);
	peer_free(peer);
}

Test(testkit, a_connection_that_ends_stops_all_its_timers)
{
	struct peer *peer = peer_in(TCP_ESTABLISHED, &tcp_profile_freebsd);

	sends(peer, 1000);
	peer_sends(peer, "R. 1:1(0) ack 1 win 0");
	expect_state(peer, TCP_CLOSED);
	for (int i = 0; i < TCP_NTIMERS; i++)
		expect_no_timer(peer, (enum tcp_timer)i);
	peer_free(peer);
}
