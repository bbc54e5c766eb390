/* Tests of a TCP without a network: four that hold, and one that does not, to show what it says. */
#include <errno.h>
#include <stdio.h>
#define TCPSIM_TESTKIT_SHORT_NAMES
#include <tcpsim/testkit.h>

#define SECOND 1000000000LL

static int failures;

static void print_failure(const char *text)
{
	failures++;
	printf("%s\n", text);
}

/* A FIN of the peer, answered; then ours. */
static void close_after_the_peer(void)
{
	struct tcpsim_peer *p = peer_in(TCPSIM_ESTABLISHED, &tcpsim_profile_rfc9293);

	peer_sends(p, "P. 1:101(100) ack 1 win 8760");
	expect_read(p, 100); /* the bytes that the peer sent, in order */
	peer_sends(p, "F. 101:101(0) ack 1 win 8760");
	expect_sent(p, ". 1:1(0) ack 102");
	expect_end(p);
	tcpsim_close(peer_host(p), peer_fd(p));
	expect_sent(p, "F. 1:1(0) ack 102");
	expect_path(p, "ESTABLISHED -> CLOSE_WAIT -> LAST_ACK");
	peer_free(p);
}

/* Text that is lost goes again, with the same bytes, and congestion control takes note. */
static void lose_a_segment(void)
{
	struct tcpsim_peer *p = peer_in(TCPSIM_ESTABLISHED, &tcpsim_profile_rfc9293);

	peer_writes(p, 1000);
	expect_sent(p, "(ttl 64, noecn) P. 1:1001(1000) ack 1");
	expect_timer(p, TCPSIM_TIMER_RETRANSMIT, SECOND);
	peer_waits(p, SECOND);
	expect_sent(p, "P. 1:1001(1000) ack 1");
	expect_figure(p, "cwnd", 1460);
	expect_figure(p, "SND.UNA", 1);
	peer_free(p);
}

/* A router's word ends connect() on Linux, over IPv6 here. */
static void hear_a_router(void)
{
	struct tcpsim_peer_options options = {.profile = &tcpsim_profile_linux, .ip_version = 6};
	struct tcpsim_peer *p = peer_in_with(TCPSIM_SYN_SENT, &options);

	peer_sends(p, "icmp unreachable no_route [0:0(0)]");
	expect_error(p, ENETUNREACH);
	expect_state(p, TCPSIM_CLOSED);
	peer_free(p);
}

/* Two connections of one host; what is sent to one is not sent to the other. */
static void serve_two(void)
{
	struct tcpsim_peer *a = peer_in(TCPSIM_ESTABLISHED, &tcpsim_profile_freebsd);
	struct tcpsim_peer *b = peer_beside(a, TCPSIM_ESTABLISHED);

	peer_writes_bytes(a, "hello", 5);
	expect_sent_bytes(a, "P. 1:6(5) ack 1", "hello");
	expect_nothing_sent(b);
	peer_free(a);
	peer_free(b);
}

int main(void)
{
	struct tcpsim_peer *p;

	peer_on_failure(print_failure);
	close_after_the_peer();
	lose_a_segment();
	hear_a_router();
	serve_two();
	printf("%d of four tests failed\n", failures);

	p = peer_in(TCPSIM_ESTABLISHED, &tcpsim_profile_rfc9293);
	peer_sends(p, "F. 1:1(0) ack 1 win 8760");
	expect_sent(p, ". 1:1(0) ack 1 win 5");
	expect_path(p, "ESTABLISHED -> FIN_WAIT_1");
	expect_sent(p, ". 1:1(0) ak 2");
	peer_free(p);
	return 0;
}
