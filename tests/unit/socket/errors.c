/* The error queue: zerocopy completions and send times. tests/unit/tcp/icmp.c has the ICMP errors. */
#include "support/pair.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <time.h> /* errqueue.h needs it */

#include <linux/errqueue.h>
#include <linux/net_tstamp.h>
#include <netinet/in.h>

static struct pair p;
static int client;

static void setup(void)
{
	p = pair_new("linux", "linux");
	listening(p.b, "0.0.0.0", 80);
	client = connected(&p, p.a, "10.0.0.2", 80);
}

static void teardown(void)
{
	pair_run(&p, 0);
	pair_free(&p);
}

TestSuite(error_queue, .init = setup, .fini = teardown);

struct news {
	struct sock_extended_err error;
	int64_t time_ns;
	int flags;
};

/* The first entry; error.ee_errno = EAGAIN with origin NONE when there is none. */
static struct news next_event(void)
{
	union {
		struct cmsghdr align;
		char bytes[256];
	} control;
	struct msghdr msg = {.msg_control = control.bytes, .msg_controllen = sizeof(control.bytes)};
	struct news news = {.error.ee_errno = EAGAIN};
	ssize_t n = tcpsim_recvmsg(p.a, client, &msg, MSG_ERRQUEUE);

	if (n < 0)
		return news;
	news.flags = msg.msg_flags;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&msg); c; c = CMSG_NXTHDR(&msg, c)) {
		if (c->cmsg_level == SOL_SOCKET)
			news.time_ns = ((struct timespec *)CMSG_DATA(c))->tv_sec * 1000000000 +
				       ((struct timespec *)CMSG_DATA(c))->tv_nsec;
		else if (c->cmsg_type == IP_RECVERR)
			memcpy(&news.error, CMSG_DATA(c), sizeof(news.error));
	}
	return news;
}

Test(error_queue, is_empty_at_first)
{
	cr_expect_eq(next_event().error.ee_errno, EAGAIN);
	cr_expect_not(tcpsim_poll(p.a, client) & POLLERR);
}

Test(error_queue, zerocopy_writes_are_reported_when_acknowledged_and_join)
{
	struct news news;

	flag(p.a, client, SOL_SOCKET, SO_ZEROCOPY, 1);
	put(p.a, client, "one", MSG_ZEROCOPY);
	put(p.a, client, "two", MSG_ZEROCOPY);
	cr_expect_eq(next_event().error.ee_errno, EAGAIN, "nothing is acknowledged yet");
	pair_run(&p, 200000000);
	cr_expect(tcpsim_poll(p.a, client) & POLLERR);
	news = next_event();
	cr_expect_eq(news.error.ee_origin, SO_EE_ORIGIN_ZEROCOPY);
	cr_expect_eq(news.error.ee_code, SO_EE_CODE_ZEROCOPY_COPIED);
	cr_expect_eq(news.error.ee_info, 0);
	cr_expect_eq(news.error.ee_data, 1);
	put(p.a, client, "three", MSG_ZEROCOPY);
	pair_run(&p, 200000000);
	cr_expect_eq(next_event().error.ee_data, 2);
}

Test(error_queue, without_so_zerocopy_nothing_is_reported)
{
	put(p.a, client, "one", MSG_ZEROCOPY);
	pair_run(&p, 200000000);
	cr_expect_eq(next_event().error.ee_errno, EAGAIN);
}

Test(error_queue, send_times_come_when_the_last_byte_leaves_and_is_acknowledged)
{
	int64_t start = p.now;
	struct news news;

	flag(p.a, client, SOL_SOCKET, SO_TIMESTAMPING,
		SOF_TIMESTAMPING_TX_SOFTWARE | SOF_TIMESTAMPING_TX_ACK | SOF_TIMESTAMPING_SOFTWARE |
			SOF_TIMESTAMPING_OPT_ID);
	put(p.a, client, "hello", 0);
	news = next_event();
	cr_expect_eq(news.error.ee_errno, ENOMSG);
	cr_expect_eq(news.error.ee_origin, SO_EE_ORIGIN_TIMESTAMPING);
	cr_expect_eq(news.error.ee_info, SCM_TSTAMP_SND);
	cr_expect_eq(news.error.ee_data, 4, "the number of its last byte");
	cr_expect_eq(news.time_ns, start);
	cr_expect_eq(next_event().error.ee_errno, EAGAIN);
	pair_run(&p, 200000000);
	news = next_event();
	cr_expect_eq(news.error.ee_info, SCM_TSTAMP_ACK);
	cr_expect_geq(news.time_ns, start + 2 * p.delay_ns);
}
