/* What the observer of a capture concludes from segments: states of both ends, marks, outcomes. */
#include <criterion/criterion.h>

#include "support/onlooker.h"
#include "traces/observer/why.h"

static struct onlooker o;

static void setup(void)
{
	onlooker_start(&o, 1000, 5000);
}

static void teardown(void)
{
	onlooker_stop(&o);
}

TestSuite(observer, .init = setup, .fini = teardown);

static void expect_outcome(const char *outcome)
{
	cr_expect_str_eq(flow_outcome_name(flow_outcome(o.flow)), outcome);
}

Test(observer, open_and_close_pass_the_textbook_states)
{
	onlooker_handshake(&o);
	onlooker_pass(&o, A, "P.", 1, 1, 100);
	onlooker_pass(&o, B, "P.", 1, 101, 50);
	onlooker_pass(&o, A, "F.", 101, 51, 0);
	onlooker_pass(&o, B, ".", 51, 102, 0);
	onlooker_pass(&o, B, "F.", 51, 102, 0);
	onlooker_pass(&o, A, ".", 102, 52, 0);

	cr_expect_str_eq(
		o.path[A]->str, "CLOSED SYN_SENT ESTABLISHED FIN_WAIT_1 FIN_WAIT_2 TIME_WAIT");
	cr_expect_str_eq(
		o.path[B]->str, "CLOSED LISTEN SYN_RCVD ESTABLISHED CLOSE_WAIT LAST_ACK CLOSED");
	cr_expect_str_eq(o.marks->str, "");
	expect_outcome("closed");
	cr_expect(o.flow->marks & FLOW_HANDSHAKE);
	cr_expect_eq(o.flow->side[A].unique_bytes, 100);
	cr_expect_eq(o.flow->side[B].unique_bytes, 50);
}

Test(observer, numbers_that_wrap_are_like_any_others)
{
	o.isn[A] = 0xffffffc0;
	o.isn[B] = 0xffffffff;
	onlooker_handshake(&o);
	onlooker_pass(&o, A, "P.", 1, 1, 100);
	onlooker_pass(&o, B, ".", 1, 101, 0);
	onlooker_pass(&o, A, "F.", 101, 1, 0);
	onlooker_pass(&o, B, "F.", 1, 102, 0);
	onlooker_pass(&o, A, ".", 102, 2, 0);

	cr_expect_str_eq(
		o.path[A]->str, "CLOSED SYN_SENT ESTABLISHED FIN_WAIT_1 FIN_WAIT_2 TIME_WAIT");
	cr_expect_str_eq(o.marks->str, "");
	cr_expect_eq(o.flow->side[A].retransmitted, 0);
	expect_outcome("closed");
}

Test(observer, simultaneous_open_leads_both_through_syn_rcvd)
{
	onlooker_pass(&o, A, "S", 0, 0, 0);
	onlooker_pass(&o, B, "S", 0, 0, 0);
	onlooker_pass(&o, A, "S.", 0, 1, 0);
	onlooker_pass(&o, B, "S.", 0, 1, 0);

	cr_expect_str_eq(o.path[A]->str, "CLOSED SYN_SENT SYN_RCVD ESTABLISHED");
	cr_expect_str_eq(o.path[B]->str, "CLOSED SYN_SENT SYN_RCVD ESTABLISHED");
	cr_expect(o.flow->marks & FLOW_SIMULTANEOUS);
	cr_expect_eq(flow_count(o.flows), 1);
}

Test(observer, fins_that_cross_lead_to_closing)
{
	onlooker_handshake(&o);
	onlooker_pass(&o, A, "F.", 1, 1, 0);
	onlooker_pass(&o, B, "F.", 1, 1, 0);
	onlooker_pass(&o, A, ".", 2, 2, 0);
	onlooker_pass(&o, B, ".", 2, 2, 0);

	cr_expect_str_eq(
		o.path[A]->str, "CLOSED SYN_SENT ESTABLISHED FIN_WAIT_1 CLOSING TIME_WAIT");
	cr_expect_str_eq(
		o.path[B]->str, "CLOSED LISTEN SYN_RCVD ESTABLISHED CLOSE_WAIT CLOSING TIME_WAIT");
}

/* It would have answered the first one at once. */
Test(observer, syn_sent_stays_while_syn_acks_go_again_unanswered)
{
	onlooker_pass(&o, A, "S", 0, 0, 0);
	onlooker_pass(&o, B, "S.", 0, 1, 0);
	onlooker_wait(&o, 1000);
	onlooker_pass(&o, B, "S.", 0, 1, 0);
	cr_expect_str_eq(o.path[A]->str, "CLOSED SYN_SENT ESTABLISHED SYN_SENT");
	onlooker_pass(&o, A, ".", 1, 1, 0);
	cr_expect_str_eq(o.path[A]->str, "CLOSED SYN_SENT ESTABLISHED SYN_SENT ESTABLISHED");
	cr_expect_str_eq(o.path[B]->str, "CLOSED LISTEN SYN_RCVD ESTABLISHED");
}

/* The network made a copy, and the answer to the first is on its way. */
Test(observer, established_stays_behind_a_copy_of_the_syn_ack)
{
	onlooker_pass(&o, A, "S", 0, 0, 0);
	onlooker_pass(&o, B, "S.", 0, 1, 0);
	onlooker_pass(&o, B, "S.", 0, 1, 0);
	cr_expect_str_eq(o.path[A]->str, "CLOSED SYN_SENT ESTABLISHED");
}

Test(observer, half_closed_end_goes_on_receiving)
{
	onlooker_handshake(&o);
	onlooker_pass(&o, A, "F.", 1, 1, 0);
	onlooker_pass(&o, B, ".", 1, 2, 0);
	onlooker_pass(&o, B, "P.", 1, 2, 500);
	onlooker_pass(&o, A, ".", 2, 501, 0);

	cr_expect_eq(o.flow->side[A].state, TCPSIM_FIN_WAIT_2);
	cr_expect_eq(o.flow->side[B].state, TCPSIM_CLOSE_WAIT);
	expect_outcome("established");
}

Test(observer, fin_behind_missing_bytes_is_not_yet_received)
{
	onlooker_handshake(&o);
	onlooker_pass(&o, A, "F.", 101, 1, 0);
	cr_expect_eq(o.flow->side[B].state, TCPSIM_ESTABLISHED);
	onlooker_pass(&o, A, "P.", 1, 1, 100);

	cr_expect_eq(o.flow->side[B].state, TCPSIM_CLOSE_WAIT);
}

Test(observer, syn_answered_by_rst_is_refused)
{
	onlooker_pass(&o, A, "S", 0, 0, 0);
	o.isn[B] = 0;
	onlooker_pass(&o, B, "R.", 0, 1, 0);

	cr_expect_str_eq(o.path[A]->str, "CLOSED SYN_SENT CLOSED");
	cr_expect_str_eq(o.path[B]->str, "CLOSED");
	cr_expect_eq(o.observer.resets[0].rule, TCPSIM_RULE_RST_NO_LISTENER);
	expect_outcome("refused");
}

Test(observer, rst_that_does_not_acknowledge_the_syn_is_ignored)
{
	onlooker_pass(&o, A, "S", 0, 0, 0);
	o.isn[B] = 0;
	onlooker_pass(&o, B, "R.", 0, 0, 0);

	cr_expect_eq(o.flow->side[A].state, TCPSIM_SYN_SENT);
	cr_expect_str_eq(o.marks->str, "rst/foreign observe/rst-unacceptable");
}

Test(observer, refused_connect_tried_again_may_be_established)
{
	uint32_t isn_b = o.isn[B];

	onlooker_pass(&o, A, "S", 0, 0, 0);
	o.isn[B] = 0;
	onlooker_pass(&o, B, "R.", 0, 1, 0);
	onlooker_wait(&o, 500);
	onlooker_pass(&o, A, "S", 0, 0, 0);
	o.isn[B] = isn_b;
	onlooker_pass(&o, B, "S.", 0, 1, 0);
	onlooker_pass(&o, A, ".", 1, 1, 0);

	cr_expect_str_eq(o.path[A]->str, "CLOSED SYN_SENT CLOSED SYN_SENT ESTABLISHED");
	cr_expect_eq(flow_count(o.flows), 1);
	expect_outcome("established");
}

Test(observer, gaps_between_syns_are_kept)
{
	onlooker_pass(&o, A, "S", 0, 0, 0);
	onlooker_wait(&o, 5990);
	onlooker_pass(&o, A, "S", 0, 0, 0);
	onlooker_wait(&o, 23990);
	onlooker_pass(&o, A, "S", 0, 0, 0);

	const struct flow_extra *x = o.flow->side[A].extra;
	cr_assert_not_null(x);
	cr_expect_eq(x->n_gaps, 2);
	cr_expect_eq(x->gap_ns[0], 6000000000);
	cr_expect_eq(x->gap_ns[1], 24000000000);
	cr_expect_eq(o.flow->side[A].retransmitted, 2);
	expect_outcome("unanswered");
}

Test(observer, syn_ack_without_its_ack_is_half_open)
{
	onlooker_pass(&o, A, "S", 0, 0, 0);
	onlooker_pass(&o, B, "S.", 0, 1, 0);
	onlooker_wait(&o, 990);
	onlooker_pass(&o, B, "S.", 0, 1, 0);

	cr_expect_eq(o.flow->side[B].state, TCPSIM_SYN_RCVD);
	cr_expect_str_eq(o.marks->str, "observe/retransmitted-syn-ack");
	expect_outcome("half-open");
}

Test(observer, syn_sent_again_after_its_answer_takes_the_presumption_back)
{
	onlooker_pass(&o, A, "S", 0, 0, 0);
	onlooker_pass(&o, B, "S.", 0, 1, 0);
	onlooker_wait(&o, 990);
	onlooker_pass(&o, A, "S", 0, 0, 0);
	onlooker_pass(&o, B, "S.", 0, 1, 0);
	onlooker_pass(&o, A, ".", 1, 1, 0);

	cr_expect_str_eq(o.path[A]->str, "CLOSED SYN_SENT ESTABLISHED SYN_SENT ESTABLISHED");
	cr_expect_str_eq(o.path[B]->str, "CLOSED LISTEN SYN_RCVD ESTABLISHED");
}

Test(observer, syn_behind_its_answer_in_the_capture_is_only_late)
{
	onlooker_pass(&o, B, "S.", 0, 1, 0);
	onlooker_pass(&o, A, "S", 0, 0, 0);
	onlooker_pass(&o, A, ".", 1, 1, 0);

	cr_expect_str_eq(o.path[A]->str, "CLOSED SYN_SENT ESTABLISHED");
	cr_expect(o.flow->marks & FLOW_HANDSHAKE);
	cr_expect_eq(flow_port(o.flow, flow_client(o.flow)), 1000);
}

Test(observer, acknowledgment_tells_which_of_two_isns_counts)
{
	uint32_t isn_b = o.isn[B];

	onlooker_pass(&o, A, "S", 0, 0, 0);
	onlooker_pass(&o, B, "S.", 0, 1, 0);
	o.isn[B] += 77777;
	onlooker_pass(&o, B, "S.", 0, 1, 0);
	o.isn[B] = isn_b;
	onlooker_pass(&o, A, ".", 1, 1, 0);
	onlooker_pass(&o, B, "P.", 1, 1, 10);

	cr_expect(o.flow->marks & FLOW_HANDSHAKE);
	cr_expect_eq(o.flow->side[B].state, TCPSIM_ESTABLISHED);
	cr_expect_eq(o.flow->side[B].unique_bytes, 10);
	cr_expect_eq(o.flow->side[B].base.n, isn_b);
}

Test(observer, other_isn_on_the_same_4_tuple_is_another_connection)
{
	onlooker_handshake(&o);
	uint32_t first = o.flow->number;
	o.isn[A] += 70000;
	o.isn[B] += 90000;
	onlooker_pass(&o, A, "S", 0, 0, 0);

	cr_expect_eq(flow_count(o.flows), 2);
	cr_expect_eq(o.flow->number, 1);
	cr_expect_eq(o.flow->previous, first);
}

Test(observer, middle_of_a_connection_is_established)
{
	onlooker_pass(&o, B, "P.", 1, 1, 100);
	onlooker_pass(&o, A, ".", 1, 101, 0);

	cr_expect_str_eq(o.path[A]->str, "CLOSED ESTABLISHED");
	expect_outcome("midstream");
}

Test(observer, one_direction_alone_shows_the_states)
{
	onlooker_pass(&o, A, "S", 0, 0, 0);
	onlooker_pass(&o, A, ".", 1, 1, 0);
	onlooker_pass(&o, A, "P.", 1, 1, 100);
	onlooker_pass(&o, A, "F.", 101, 3000, 0);

	cr_expect_str_eq(o.path[A]->str, "CLOSED SYN_SENT ESTABLISHED FIN_WAIT_1");
	cr_expect_str_eq(o.path[B]->str, "CLOSED ESTABLISHED CLOSE_WAIT");
	expect_outcome("established");
}

/* ---- sent again ---- */

Test(observer, silence_makes_it_a_timeout)
{
	onlooker_handshake(&o);
	onlooker_pass(&o, A, "P.", 1, 1, 100);
	onlooker_wait(&o, 1000);
	onlooker_pass(&o, A, "P.", 1, 1, 100);

	cr_expect_str_eq(o.marks->str, "observe/timeout-retransmission");
	cr_expect_eq(o.flow->side[A].retransmitted, 1);
	cr_expect_eq(o.flow->side[A].bytes, 200);
	cr_expect_eq(o.flow->side[A].unique_bytes, 100);
}

Test(observer, three_duplicate_acks_make_it_fast)
{
	onlooker_handshake(&o);
	for (uint32_t i = 0; i < 5; i++)
		onlooker_pass(&o, A, ".", 1 + 100 * i, 1, 100);
	onlooker_pass(&o, B, ".", 1, 101, 0);
	for (unsigned i = 0; i < 3; i++)
		onlooker_pass(&o, B, ".", 1, 101, 0);
	onlooker_pass(&o, A, ".", 101, 1, 100);

	cr_expect_str_eq(o.marks->str,
		"observe/duplicate-ack observe/duplicate-ack observe/duplicate-ack "
		"observe/fast-retransmission");
	cr_expect_eq(o.flow->side[B].dup_acks, 3);
}

Test(observer, last_segment_before_older_ones_is_a_tail_loss_probe)
{
	o.sack_permitted = true;
	onlooker_handshake(&o);
	onlooker_pass(&o, A, ".", 1, 1, 100);
	onlooker_pass(&o, A, ".", 101, 1, 100);
	onlooker_wait(&o, 40);
	onlooker_pass(&o, A, ".", 101, 1, 100);

	cr_expect_str_eq(o.marks->str, "observe/tail-loss-probe");
}

Test(observer, what_was_acknowledged_is_sent_again_needlessly)
{
	onlooker_handshake(&o);
	onlooker_pass(&o, A, "P.", 1, 1, 100);
	onlooker_pass(&o, B, ".", 1, 101, 0);
	onlooker_wait(&o, 300);
	onlooker_pass(&o, A, "P.", 1, 1, 100);

	cr_expect_str_eq(o.marks->str, "observe/needless-retransmission");
}

Test(observer, older_timestamp_behind_a_gap_was_overtaken)
{
	o.stamps = true;
	onlooker_handshake(&o);
	onlooker_pass(&o, A, ".", 101, 1, 100);
	onlooker_wait(&o, 500);
	o.stamp_back = 530;
	onlooker_pass(&o, A, ".", 1, 1, 100);

	cr_expect_str_eq(o.marks->str, "observe/gap observe/out-of-order");
	cr_expect_eq(o.flow->side[A].out_of_order, 1);
	cr_expect_eq(o.flow->side[A].retransmitted, 0);
}

Test(observer, newer_timestamp_behind_a_gap_was_sent_again)
{
	o.stamps = true;
	onlooker_handshake(&o);
	onlooker_pass(&o, A, ".", 101, 1, 100);
	onlooker_wait(&o, 500);
	onlooker_pass(&o, A, ".", 1, 1, 100);

	cr_expect_str_eq(o.marks->str, "observe/gap observe/timeout-retransmission");
	cr_expect_eq(o.flow->side[A].retransmitted, 1);
	cr_expect_eq(o.flow->side[A].unique_bytes, 200);
}

Test(observer, packet_held_twice_is_not_sent_again)
{
	onlooker_handshake(&o);
	onlooker_pass(&o, A, "P.", 1, 1, 100);
	o.now_ns -= 10 * 1000000 - 20000; /* 20 us later */
	onlooker_pass(&o, A, "P.", 1, 1, 100);

	cr_expect_str_eq(o.marks->str, "observe/captured-twice");
	cr_expect_eq(o.flow->side[A].retransmitted, 0);
	cr_expect_eq(o.flow->side[A].packets, 4);
}

/* ---- probes ---- */

Test(observer, number_before_the_next_is_a_keepalive)
{
	onlooker_handshake(&o);
	onlooker_wait(&o, 7200000);
	onlooker_pass(&o, A, ".", 0, 1, 0);
	onlooker_pass(&o, B, ".", 1, 1, 0);

	cr_expect_str_eq(o.marks->str, "observe/keepalive observe/probe-answered");
	cr_expect_eq(o.flow->side[A].keepalives, 1);
	cr_expect_eq(o.flow->side[B].dup_acks, 0);
}

Test(observer, same_number_to_a_closed_window_is_a_window_probe)
{
	onlooker_handshake(&o);
	onlooker_pass(&o, A, "P.", 1, 1, 100);
	o.window[B] = 0;
	onlooker_pass(&o, B, ".", 1, 101, 0);
	onlooker_wait(&o, 400);
	onlooker_pass(&o, A, ".", 100, 1, 0);
	onlooker_pass(&o, B, ".", 1, 101, 0);
	o.window[B] = 4096;
	onlooker_pass(&o, B, ".", 1, 101, 0);

	cr_expect_str_eq(o.marks->str,
		"observe/zero-window observe/window-probe observe/probe-answered "
		"observe/zero-window observe/window-update");
	cr_expect_eq(o.flow->side[A].keepalives, 0);
	cr_expect_eq(o.flow->side[B].zero_windows, 2);
}

/* ---- RST ---- */

Test(observer, rst_at_the_next_number_ends_both)
{
	onlooker_handshake(&o);
	onlooker_pass(&o, B, "R.", 1, 1, 0);

	cr_expect_eq(o.flow->side[A].state, TCPSIM_CLOSED);
	cr_expect_eq(o.flow->side[B].state, TCPSIM_CLOSED);
	cr_expect_eq(o.observer.resets[0].rule, TCPSIM_RULE_RST_ABORT);
	expect_outcome("reset");
}

Test(observer, rst_in_the_window_is_not_exact)
{
	onlooker_handshake(&o);
	onlooker_pass(&o, B, "R.", 1001, 1, 0);

	cr_expect_str_eq(o.marks->str, "rst/abort observe/rst-not-exact");
	cr_expect_eq(o.flow->side[A].state, TCPSIM_ESTABLISHED);
}

Test(observer, rst_outside_the_window_is_foreign)
{
	onlooker_handshake(&o);
	onlooker_pass(&o, B, "R.", 900001, 1, 0);
	onlooker_pass(&o, B, "P.", 1, 1, 10);

	cr_expect_str_eq(o.marks->str, "rst/foreign observe/rst-unacceptable");
	cr_expect_eq(o.flow->side[A].state, TCPSIM_ESTABLISHED);
	cr_expect_eq(o.flow->side[B].state, TCPSIM_ESTABLISHED);
	expect_outcome("established");
}

Test(observer, end_that_speaks_after_its_rst_disowns_it)
{
	onlooker_handshake(&o);
	onlooker_pass(&o, B, "R.", 1, 1, 0);
	onlooker_wait(&o, 500);
	onlooker_pass(&o, B, "P.", 1, 1, 10);

	cr_expect_str_eq(o.path[B]->str, "CLOSED LISTEN SYN_RCVD ESTABLISHED CLOSED ESTABLISHED");
	cr_expect_eq(o.observer.resets[0].rule, TCPSIM_RULE_RST_FOREIGN);
	expect_outcome("established");
}

Test(observer, data_for_a_closed_program_draws_a_rst)
{
	onlooker_handshake(&o);
	onlooker_pass(&o, B, "F.", 1, 1, 0);
	onlooker_pass(&o, A, ".", 1, 2, 0);
	onlooker_pass(&o, A, "P.", 1, 2, 100);
	onlooker_pass(&o, B, "R", 2, 0, 0);

	cr_expect_eq(o.observer.resets[0].rule, TCPSIM_RULE_RST_AFTER_CLOSE);
	expect_outcome("reset");
}

Test(observer, rst_in_answer_to_the_last_handshake_ack_may_be_a_full_queue_or_none)
{
	onlooker_handshake(&o);
	onlooker_pass(&o, B, "R", 1, 0, 0);

	cr_expect_eq(o.observer.resets[0].rule, TCPSIM_RULE_RST_UNKNOWN);
	cr_expect_eq(o.observer.resets[0].causes[0], TCPSIM_RULE_RST_NO_CONNECTION);
	cr_expect_eq(o.observer.resets[0].causes[1], TCPSIM_RULE_RST_QUEUE_FULL);
	cr_expect_eq(listeners_at(o.listeners, 0)->overflow_resets, 0);
}

Test(observer, where_another_waits_it_is_suspected_to_be_a_full_queue)
{
	onlooker_handshake(&o);
	o.port_a = 1001;
	onlooker_handshake(&o);
	onlooker_pass(&o, B, "R", 1, 0, 0);

	cr_expect_str_eq(o.path[B]->str,
		"CLOSED LISTEN SYN_RCVD ESTABLISHED LISTEN SYN_RCVD ESTABLISHED SYN_RCVD CLOSED");
	cr_expect_eq(o.observer.resets[0].certainty, OBSERVER_SUSPECTED);
	cr_expect_eq(o.observer.resets[0].rule, TCPSIM_RULE_RST_QUEUE_FULL);
	cr_expect_eq(listeners_at(o.listeners, 0)->overflow_resets, 1);
}

Test(observer, rst_long_after_the_handshake_is_of_a_server_that_has_forgotten)
{
	onlooker_handshake(&o);
	onlooker_wait(&o, 2000);
	onlooker_pass(&o, A, "F.", 1, 1, 0);
	onlooker_pass(&o, B, "R", 1, 0, 0);

	cr_expect_eq(o.observer.resets[0].rule, TCPSIM_RULE_RST_NO_CONNECTION);
	cr_expect_eq(listeners_at(o.listeners, 0)->overflow_resets, 0);
}

Test(observer, rst_to_syn_rcvd_gives_the_listener_back)
{
	onlooker_pass(&o, A, "S", 0, 0, 0);
	onlooker_pass(&o, B, "S.", 0, 1, 0);
	onlooker_pass(&o, A, "R", 1, 0, 0);

	cr_expect_str_eq(o.path[B]->str, "CLOSED LISTEN SYN_RCVD LISTEN");
	cr_expect_eq(o.observer.resets[0].rule, TCPSIM_RULE_RST_HANDSHAKE_ABORTED);
	expect_outcome("half-open");
}

/* ---- listeners ---- */

Test(observer, listener_counts_both_queues)
{
	for (uint16_t i = 0; i < 3; i++) {
		o.port_a = 1000 + i;
		onlooker_pass(&o, A, "S", 0, 0, 0);
		onlooker_pass(&o, B, "S.", 0, 1, 0);
	}
	const struct listener *l = listeners_at(o.listeners, 0);
	cr_expect_eq(l->incomplete, 3);
	onlooker_pass(&o, A, ".", 1, 1, 0);
	cr_expect_eq(l->incomplete, 2);
	cr_expect_eq(l->completed, 1);
	onlooker_pass(&o, B, "P.", 1, 1, 10);

	cr_expect_eq(l->completed, 0);
	cr_expect_eq(l->peak_incomplete, 3);
	cr_expect_eq(l->peak_completed, 1);
}

/* A first SYN whose answer is another connection's business: `n` wait, then one
 * stays unanswered. */
static const struct listener *unanswered_behind(unsigned n)
{
	for (uint16_t i = 0; i < n; i++) {
		o.port_a = 1001 + i;
		onlooker_handshake(&o);
	}
	o.port_a = 1000;
	onlooker_pass(&o, A, "S", 0, 0, 0);
	onlooker_wait(&o, 1000);
	onlooker_pass(&o, A, "S", 0, 0, 0);
	return listeners_at(o.listeners, 0);
}

Test(observer, syn_that_meets_the_longest_queue_is_suspected_dropped)
{
	const struct listener *l = unanswered_behind(2);

	cr_expect_eq(l->syn_again, 1);
	cr_expect_eq(listener_syns_dropped(l), 1);
	cr_expect_eq(l->completed_at_drop, 2);
}

Test(observer, nobody_waiting_is_no_full_queue)
{
	onlooker_handshake(&o);
	onlooker_pass(&o, B, "P.", 1, 1, 10); /* it serves */
	cr_expect_eq(listener_syns_dropped(unanswered_behind(0)), 0);
}

Test(observer, a_queue_that_grows_longer_was_not_full)
{
	cr_expect_eq(listener_syns_dropped(unanswered_behind(2)), 1);
	onlooker_pass(&o, B, "S.", 0, 1, 0);
	onlooker_pass(&o, A, ".", 1, 1, 0);
	cr_expect_eq(listener_syns_dropped(listeners_at(o.listeners, 0)), 0);
}

Test(observer, syn_ack_after_the_ack_suggests_a_full_accept_queue)
{
	onlooker_handshake(&o);
	onlooker_wait(&o, 990);
	onlooker_pass(&o, B, "S.", 0, 1, 0);

	cr_expect_str_eq(o.path[B]->str, "CLOSED LISTEN SYN_RCVD ESTABLISHED SYN_RCVD");
	cr_expect_eq(listeners_at(o.listeners, 0)->syn_ack_after_ack, 1);
}

Test(observer, incomplete_entry_dies_after_75_s)
{
	onlooker_pass(&o, A, "S", 0, 0, 0);
	onlooker_pass(&o, B, "S.", 0, 1, 0);
	onlooker_wait(&o, 76000);
	o.port_a = 1001;
	onlooker_pass(&o, A, "S", 0, 0, 0);
	onlooker_pass(&o, B, "S.", 0, 1, 0);

	cr_expect_eq(listeners_at(o.listeners, 0)->incomplete, 1);
	cr_expect_eq(listeners_at(o.listeners, 0)->peak_incomplete, 1);
}
