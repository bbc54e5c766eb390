/* Where things stand in memory: what each segment touches lies together, in as few lines of the cache
 * as it takes. With ten thousand connections at work each line is fetched from memory. */
#include <criterion/criterion.h>
#include <stddef.h>
#include <tcp/tcb.h>

#define LINE 64

/* The line that the member ends in, counted from 1. */
#define LAST_LINE(member)                                                                          \
	((offsetof(struct tcp_tcb, member) + sizeof(((struct tcp_tcb *)0)->member) - 1) / LINE + 1)

Test(layout, the_demultiplexer_and_the_host_are_in_the_first_line)
{
	cr_expect_eq(offsetof(struct tcp_tcb, conn), 0);
	cr_expect_eq(LAST_LINE(conn), 1);
	cr_expect_eq(LAST_LINE(host), 1);
	cr_expect_eq(LAST_LINE(socket), 1);
}

Test(layout, what_the_checks_ask_is_in_the_first_four)
{
	cr_expect_leq(LAST_LINE(snd), 4);
	cr_expect_leq(LAST_LINE(rcv), 4);
	cr_expect_leq(LAST_LINE(ts), 4);
	cr_expect_leq(LAST_LINE(state), 4);
	cr_expect_leq(LAST_LINE(ok), 4);
}

Test(layout, what_each_segment_writes_is_in_the_first_six)
{
	cr_expect_leq(LAST_LINE(last_heard_ns), 6);
	cr_expect_leq(LAST_LINE(count), 6);
	cr_expect_leq(LAST_LINE(keepalive_sent), 6);
}

Test(layout, what_few_segments_touch_stands_behind)
{
	cr_expect_gt(offsetof(struct tcp_tcb, queue_link), offsetof(struct tcp_tcb, count));
	cr_expect_gt(offsetof(struct tcp_tcb, awake_link), offsetof(struct tcp_tcb, count));
	cr_expect_gt(offsetof(struct tcp_tcb, challenge), offsetof(struct tcp_tcb, count));
	cr_expect_gt(offsetof(struct tcp_tcb, settings), offsetof(struct tcp_tcb, count));
}
