/* TCP Fast Open between two hosts, RFC 7413: a cookie is asked for, kept, and spares
 * a round trip. */
#include <criterion/criterion.h>
#include <errno.h>
#include <netinet/in.h>
#include <tcpsim/options.h>
#include <tcpsim/tcp_info.h>

#include "support/pair.h"
#include "support/script.h"
#include "time_units.h"

#define SYN_DATA 32 /* TCPI_OPT_SYN_DATA */

static struct pair linux_pair(void)
{
	struct pair pair = pair_new("linux", "linux");

	pair.delay_ns = 10 * NSEC_PER_MSEC;
	cr_assert_eq(tcpsim_host_sysctl_set(pair.b, "net.ipv4.tcp_fastopen", "3"), 0);
	cr_assert_eq(tcpsim_host_sysctl_set(pair.b, "net.ipv4.tcp_fastopen_key",
			     "a1a1a1a1-b2b2b2b2-c3c3c3c3-d4d4d4d4"),
		0);
	return pair;
}

static int fastopen_listener(struct pair *pair)
{
	int fd = listening(pair->b, "10.0.0.2", 80);

	cr_assert_eq(flag(pair->b, fd, IPPROTO_TCP, TCP_FASTOPEN, 5), 0);
	return fd;
}

static ssize_t send_fast(struct pair *pair, int fd, const char *text)
{
	struct iovec iov = {(char *)text, strlen(text)};
	struct msghdr msg = {.msg_name = (void *)at("10.0.0.2", 80),
		.msg_namelen = sizeof(struct sockaddr_in),
		.msg_iov = &iov,
		.msg_iovlen = 1};

	return tcpsim_sendmsg(pair->a, fd, &msg, MSG_FASTOPEN | MSG_DONTWAIT);
}

/* What is on the wire arrives first. */
static void finish(struct pair *pair)
{
	pair_run(pair, 100 * NSEC_PER_MSEC);
	pair_free(pair);
}

static int new_socket(struct pair *pair)
{
	return tcpsim_socket(pair->a, AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
}

static bool syn_data(struct tcpsim_host *host, int fd)
{
	struct tcpsim_tcp_info info;
	socklen_t len = sizeof(info);

	cr_assert_eq(tcpsim_getsockopt(host, fd, IPPROTO_TCP, TCP_INFO, &info, &len), 0);
	return info.tcpi_options & SYN_DATA;
}

/* A first connection, which brings the client its cookie. */
static void warm_up(struct pair *pair, int listener)
{
	int fd = new_socket(pair), child;

	cr_assert_eq(send_fast(pair, fd, "first"), -EINPROGRESS,
		"nothing rides on a SYN without a cookie");
	pair_run(pair, 100 * NSEC_PER_MSEC);
	child = tcpsim_accept4(pair->b, listener, NULL, NULL, 0);
	cr_assert_geq(child, 0);
	cr_assert_not(syn_data(pair->a, fd));
	tcpsim_close(pair->a, fd);
	tcpsim_close(pair->b, child);
	pair_run(pair, 200 * NSEC_PER_MSEC);
}

Test(fastopen, a_cookie_spares_the_next_connection_a_round_trip)
{
	struct pair pair = linux_pair();
	int listener = fastopen_listener(&pair), fd, child, error;

	warm_up(&pair, listener);
	fd = new_socket(&pair);
	cr_assert_eq(send_fast(&pair, fd, "hello"), 5);
	pair_run(&pair, 11 * NSEC_PER_MSEC); /* one way */
	child = tcpsim_accept4(pair.b, listener, NULL, NULL, 0);
	cr_assert_geq(child, 0, "the connection stands before the handshake is done");
	cr_assert_str_eq(get(pair.b, child, 0, &error), "hello");
	cr_assert_eq(tcpsim_state(pair.b, child), TCPSIM_SYN_RCVD);
	pair_run(&pair, 30 * NSEC_PER_MSEC);
	cr_assert_eq(tcpsim_state(pair.b, child), TCPSIM_ESTABLISHED);
	cr_assert(syn_data(pair.a, fd));
	cr_assert(syn_data(pair.b, child));
	finish(&pair);
}

Test(fastopen, text_that_the_server_did_not_take_is_sent_again)
{
	struct pair pair = linux_pair();
	int listener = fastopen_listener(&pair), fd, child, error;

	warm_up(&pair, listener);
	/* another key: the cookie is worth nothing now */
	cr_assert_eq(tcpsim_host_sysctl_set(pair.b, "net.ipv4.tcp_fastopen_key",
			     "00000001-00000002-00000003-00000004"),
		0);
	fd = new_socket(&pair);
	cr_assert_eq(send_fast(&pair, fd, "hello"), 5);
	pair_run(&pair, 11 * NSEC_PER_MSEC);
	cr_assert_eq(tcpsim_accept4(pair.b, listener, NULL, NULL, 0), -EAGAIN);
	pair_run(&pair, 60 * NSEC_PER_MSEC);
	child = tcpsim_accept4(pair.b, listener, NULL, NULL, 0);
	cr_assert_geq(child, 0);
	cr_assert_str_eq(get(pair.b, child, 0, &error), "hello");
	cr_assert_not(syn_data(pair.a, fd));
	finish(&pair);
}

Test(fastopen, the_key_before_the_last_still_opens)
{
	struct pair pair = linux_pair();
	int listener = fastopen_listener(&pair), fd;

	warm_up(&pair, listener);
	cr_assert_eq(
		tcpsim_host_sysctl_set(pair.b, "net.ipv4.tcp_fastopen_key",
			"00000001-00000002-00000003-00000004,a1a1a1a1-b2b2b2b2-c3c3c3c3-d4d4d4d4"),
		0);
	fd = new_socket(&pair);
	cr_assert_eq(send_fast(&pair, fd, "hello"), 5);
	pair_run(&pair, 11 * NSEC_PER_MSEC);
	cr_assert_geq(tcpsim_accept4(pair.b, listener, NULL, NULL, 0), 0);
	finish(&pair);
}

Test(fastopen, a_listener_without_the_option_makes_no_cookies)
{
	struct pair pair = linux_pair();
	int listener = listening(pair.b, "10.0.0.2", 80), fd;

	warm_up(&pair, listener);
	fd = new_socket(&pair);
	cr_assert_eq(send_fast(&pair, fd, "hello"), -EINPROGRESS, "no cookie came the first time");
	finish(&pair);
}

Test(fastopen, the_backlog_limits_connections_whose_handshake_is_not_done)
{
	struct pair pair = linux_pair();
	int listener = fastopen_listener(&pair), n = 0;

	warm_up(&pair, listener);
	cr_assert_eq(flag(pair.b, listener, IPPROTO_TCP, TCP_FASTOPEN, 2), 0);
	for (int i = 0; i < 4; i++)
		cr_assert_eq(send_fast(&pair, new_socket(&pair), "hello"), 5);
	pair_run(&pair, 11 * NSEC_PER_MSEC);
	while (tcpsim_accept4(pair.b, listener, NULL, NULL, 0) >= 0)
		n++;
	cr_assert_eq(n, 2);
	finish(&pair);
}

Test(fastopen, a_client_that_is_turned_off_refuses)
{
	struct pair pair = linux_pair();

	cr_assert_eq(tcpsim_host_sysctl_set(pair.a, "net.ipv4.tcp_fastopen", "2"), 0);
	cr_assert_eq(send_fast(&pair, new_socket(&pair), "hello"), -EOPNOTSUPP);
	finish(&pair);
}

/* The kernel numbers this ACK so, too: SND.NXT lies beyond the window for the text that the SYN bore,
 * by less than a unit of its own scale. What goes again goes as a super-segment as far as the window
 * has room, so its last segment has PSH. */
Test(fastopen, refused_text_of_a_syn_counts_in_the_number_of_an_ack)
{
	script_expect_pass(tcpsim_profile_find("linux"),
		"`sysctl -q net.ipv4.tcp_fastopen=0x5`\n"
		"0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n"
		"+0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0\n"
		"+0 sendto(3, ..., 1000, MSG_FASTOPEN, ..., ...) = 1000\n"
		"+0 > S 0:1000(1000) <...>\n"
		"+.01 < S. 0:0(0) ack 1 win 767 <mss 1000,nop,nop,sackOK,nop,wscale 3>\n"
		"+0 > . 1:384(383) ack 1\n"
		"+0 > P. 384:767(383) ack 1\n"
		"+0 > . 767:768(1) ack 1\n"
		"+.01 < P. 1:101(100) ack 1 win 95\n"
		"+0 > . 1001:1001(0) ack 101\n");
}
