/* The two questions that every table of checks asks: RFC 9293 §3.4's four cases, with the numbers on
 * both sides of 2^32, and the deviations that are some system's. */
#include <criterion/criterion.h>
#include <tcp/check.h>

#define NXT (UINT32_MAX - 49)

static bool takes(struct receive_window window, int32_t from, uint32_t span)
{
	window.nxt = (tcpsim_seq){NXT};
	return seq_acceptable(&window, (tcpsim_seq){NXT + (uint32_t)from}, span);
}

Test(check, an_empty_segment_at_a_shut_window_has_the_very_number)
{
	struct receive_window shut = {.wnd = 0};

	cr_expect(takes(shut, 0, 0));
	cr_expect_not(takes(shut, 1, 0));
	cr_expect_not(takes(shut, -1, 0));
}

Test(check, an_empty_segment_lies_in_the_window)
{
	struct receive_window open = {.wnd = 100};

	cr_expect(takes(open, 0, 0));
	cr_expect(takes(open, 99, 0));
	cr_expect_not(takes(open, 100, 0));
	cr_expect_not(takes(open, -1, 0));
}

Test(check, no_text_at_a_shut_window)
{
	struct receive_window shut = {.wnd = 0};

	cr_expect_not(takes(shut, 0, 1));
	cr_expect_not(takes(shut, -1, 2));
}

Test(check, some_of_the_text_lies_in_the_window)
{
	struct receive_window open = {.wnd = 100};

	cr_expect(takes(open, 0, 1));
	cr_expect(takes(open, 99, 50));
	cr_expect_not(takes(open, 100, 1));
	cr_expect_not(takes(open, -10, 10));
	cr_expect(takes(open, -10, 11));
	cr_expect(takes(open, -10, 500), "it covers the window");
}

Test(check, a_system_may_take_more)
{
	struct receive_window edge = {.wnd = 100, .takes_edge = true},
			      shut = {.wnd = 0, .takes_shut = true};

	cr_expect(takes(edge, 100, 0));
	cr_expect_not(takes(edge, 100, 1));
	cr_expect_not(takes(edge, 101, 0));
	cr_expect(takes(shut, 0, 1));
	cr_expect(takes(shut, -1, 2));
	cr_expect_not(takes(shut, -1, 1));
	cr_expect_not(takes(shut, 1, 1));
}

Test(check, a_timestamp_is_old_by_more_than_is_tolerated)
{
	cr_expect_not(paws_old(5, 5, 0));
	cr_expect(paws_old(5, 4, 0));
	cr_expect_not(paws_old(5, 4, 1));
	cr_expect(paws_old(1, UINT32_MAX, 1), "a clock that went round");
	cr_expect_not(paws_old(UINT32_MAX, 1, 0));
}
