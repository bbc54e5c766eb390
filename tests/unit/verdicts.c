/* Verdicts that rest on more than one thing: which repetition it is, why a RST was sent, what a
 * silence was spent on. */
#include <criterion/criterion.h>

#include "support/onlooker.h"

static struct onlooker o;

static void set_up(void)
{
	onlooker_start(&o, 4294967000u, 77000);
}

static void tear_down(void)
{
	onlooker_stop(&o);
}

TestSuite(verdicts, .init = set_up, .fini = tear_down);

static void lose_the_second_of_five(void)
{
	o.sack_permitted = true;
	onlooker_handshake(&o);
	for (uint32_t i = 0; i < 5; i++)
		onlooker_pass(&o, A, ".", 1 + 100 * i, 1, 100);
	onlooker_pass(&o, B, ".", 1, 101, 0);
}

Test(verdicts, a_timer_behind_a_fast_retransmission_is_a_timeout)
{
	lose_the_second_of_five();
	for (unsigned i = 0; i < 3; i++)
		onlooker_pass(&o, B, ".", 1, 101, 0);
	onlooker_pass(&o, A, ".", 101, 1, 100);
	g_string_truncate(o.marks, 0);
	onlooker_wait(&o, 1000);
	onlooker_pass(&o, A, ".", 101, 1, 100);
	onlooker_wait(&o, 2000);
	onlooker_pass(&o, A, ".", 101, 1, 100);

	cr_expect_str_eq(
		o.marks->str, "observe/timeout-retransmission observe/timeout-retransmission");
}

Test(verdicts, a_sack_block_on_an_ack_that_advances_shows_loss)
{
	lose_the_second_of_five();
	o.has_sack = true;
	o.sack = (struct tcp_sack_block){tcp_seq_of(301), tcp_seq_of(501)};
	onlooker_pass(&o, B, ".", 1, 201, 0);
	onlooker_pass(&o, A, ".", 201, 1, 100);

	cr_expect_str_eq(o.marks->str, "observe/fast-retransmission");
}

Test(verdicts, one_segment_out_may_be_probed_or_timed_out)
{
	o.sack_permitted = true;
	onlooker_handshake(&o);
	onlooker_pass(&o, A, "P.", 1, 1, 100);
	onlooker_wait(&o, 150);
	onlooker_pass(&o, A, "P.", 1, 1, 100);
	onlooker_wait(&o, 400);
	onlooker_pass(&o, A, "P.", 1, 1, 100);

	cr_expect_str_eq(o.marks->str, "observe/retransmission observe/timeout-retransmission");
}

Test(verdicts, an_original_behind_its_repetition_was_overtaken)
{
	o.stamps = true;
	onlooker_handshake(&o);
	onlooker_pass(&o, A, "P.", 1, 1, 100);
	onlooker_wait(&o, 990);
	onlooker_pass(&o, A, "P.", 1, 1, 100);
	o.stamp_back = 1010;
	onlooker_pass(&o, A, "P.", 1, 1, 100);

	cr_expect_str_eq(o.marks->str, "observe/timeout-retransmission observe/out-of-order");
	cr_expect_eq(o.flow->side[A].retransmitted, 1);
}

Test(verdicts, an_ack_that_bears_the_fin_again_is_no_repetition)
{
	onlooker_handshake(&o);
	onlooker_pass(&o, A, "F.", 1, 1, 0);
	onlooker_pass(&o, B, "P.", 1, 1, 100);
	onlooker_pass(&o, A, "F.", 1, 101, 0);

	cr_expect_eq(o.flow->side[A].retransmitted, 0);
}

Test(verdicts, a_fin_that_goes_again_unheard_is_not_taken_to_have_arrived)
{
	onlooker_handshake(&o);
	onlooker_pass(&o, A, "F.", 1, 1, 0);
	for (unsigned i = 0; i < 2; i++) {
		onlooker_wait(&o, 1000);
		onlooker_pass(&o, A, "F.", 1, 1, 0);
	}
	cr_expect_eq(o.flow->side[B].state, TCP_ESTABLISHED);
	onlooker_pass(&o, B, ".", 1, 2, 0);
	cr_expect_eq(o.flow->side[B].state, TCP_CLOSE_WAIT);
}

Test(verdicts, a_silent_server_keeps_alive_too)
{
	onlooker_handshake(&o);
	onlooker_wait(&o, 5000);
	onlooker_pass(&o, B, ".", 0, 1, 0);

	cr_expect_str_eq(o.marks->str, "observe/keepalive");
}

Test(verdicts, an_answer_of_a_host_that_forgot_is_no_abort)
{
	onlooker_handshake(&o);
	onlooker_pass(&o, A, "P.", 1, 1, 100);
	onlooker_pass(&o, B, "P.", 1, 101, 50);
	onlooker_pass(&o, A, ".", 101, 51, 0);
	onlooker_wait(&o, 60000);
	onlooker_pass(&o, A, "P.", 101, 51, 100);
	onlooker_pass(&o, B, "R", 51, 0, 0);

	cr_expect_eq(o.observer.resets[0].rule, TCP_RULE_RST_NO_CONNECTION);
	cr_expect_eq(o.observer.resets[0].certainty, OBSERVER_INFERRED);
	cr_expect_eq(o.observer.resets[0].answered, 7);
}

Test(verdicts, one_repetition_before_an_own_rst_leaves_two_causes)
{
	onlooker_handshake(&o);
	onlooker_pass(&o, A, "P.", 1, 1, 100);
	onlooker_wait(&o, 1000);
	onlooker_pass(&o, A, "P.", 1, 1, 100);
	onlooker_wait(&o, 2000);
	onlooker_pass(&o, A, "R.", 101, 1, 0);

	cr_expect_eq(o.observer.resets[0].rule, TCP_RULE_RST_UNKNOWN);
	cr_expect_eq(o.observer.resets[0].causes[0], TCP_RULE_RST_GAVE_UP);
	cr_expect_eq(o.observer.resets[0].causes[1], TCP_RULE_RST_ABORT);
}

Test(verdicts, another_responders_syn_ack_takes_no_part)
{
	onlooker_handshake(&o);
	o.isn[B] += 70000;
	onlooker_pass(&o, B, "S.", 0, 1, 0);
	o.isn[B] -= 70000;
	onlooker_pass(&o, B, "P.", 1, 1, 100);

	cr_expect_str_eq(o.marks->str, "observe/other-answer");
	cr_expect_eq(o.flow->side[B].base.n, o.isn[B]);
	cr_expect_eq(o.flow->side[B].unique_bytes, 100);
}

Test(verdicts, text_below_the_first_that_was_seen_was_overtaken)
{
	o.stamps = true;
	onlooker_pass(&o, A, ".", 1001, 1, 100);
	o.stamp_back = 20;
	onlooker_pass(&o, A, ".", 901, 1, 100);

	cr_expect_str_eq(o.marks->str, "observe/out-of-order");
	cr_expect_eq(o.flow->side[A].base.n, o.isn[A] + 900);
	cr_expect_eq(o.flow->side[A].unique_bytes, 200);
}

Test(verdicts, a_program_that_thinks_is_the_longest_stall)
{
	onlooker_handshake(&o);
	onlooker_pass(&o, A, "P.", 1, 1, 100);
	onlooker_pass(&o, B, ".", 1, 101, 0);
	onlooker_wait(&o, 3000);
	onlooker_pass(&o, B, "P.", 1, 101, 50);

	const struct flow_figures *g = o.flow->figures;
	cr_assert_eq(g->stalls->n, 1);
	cr_expect_eq(g->stalls->at[0].cause, FLOW_STALL_SERVER);
	cr_expect_eq(g->stalls->at[0].before, 5);
	cr_expect_eq(g->stalls->at[0].after, 6);
}
