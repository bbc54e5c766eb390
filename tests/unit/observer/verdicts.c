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
	o.sack = (struct tcpsim_sack_block){tcpsim_seq_of(301), tcpsim_seq_of(501)};
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

/* Linux probes before its timer runs (RFC 8985 §7.2); FreeBSD does not probe. */
static void repeat_one_that_is_out(const struct tcpsim_profile *system)
{
	o.system[A] = o.system[B] = system;
	onlooker_handshake(&o);
	onlooker_pass(&o, A, "P.", 1, 1, 100);
	onlooker_wait(&o, 230);
	onlooker_pass(&o, A, "P.", 1, 1, 100);
	onlooker_wait(&o, 400);
	onlooker_pass(&o, A, "P.", 1, 1, 100);
}

Test(verdicts, the_options_of_its_syn_tell_whether_a_system_probes)
{
	repeat_one_that_is_out(&tcpsim_profile_linux);
	cr_expect_str_eq(o.marks->str, "observe/tail-loss-probe observe/timeout-retransmission");
}

Test(verdicts, a_system_that_does_not_probe_has_timed_out)
{
	repeat_one_that_is_out(&tcpsim_profile_freebsd);
	cr_expect_str_eq(
		o.marks->str, "observe/timeout-retransmission observe/timeout-retransmission");
}

Test(verdicts, a_repetition_later_than_any_probe_may_stand_behind_one_that_was_lost)
{
	o.system[A] = o.system[B] = &tcpsim_profile_linux;
	onlooker_handshake(&o);
	onlooker_pass(&o, A, "P.", 1, 1, 100);
	onlooker_wait(&o, 3000);
	onlooker_pass(&o, A, "P.", 1, 1, 100);
	cr_expect_str_eq(o.marks->str, "observe/retransmission");
}

Test(verdicts, what_goes_again_long_behind_the_third_duplicate_is_not_fast)
{
	lose_the_second_of_five();
	for (unsigned i = 0; i < 3; i++)
		onlooker_pass(&o, B, ".", 1, 101, 0);
	onlooker_wait(&o, 400);
	onlooker_pass(&o, B, ".", 1, 101, 0);
	g_string_truncate(o.marks, 0);
	onlooker_pass(&o, A, ".", 101, 1, 100);
	cr_expect_str_eq(o.marks->str, "observe/retransmission");
}

/* The window has room for 50 bytes, and the program has more. */
static void shut_all_but_fifty(void)
{
	o.system[A] = o.system[B] = &tcpsim_profile_linux;
	onlooker_handshake(&o);
	onlooker_pass(&o, A, ".", 1, 1, 1000);
	o.window[B] = 50;
	onlooker_pass(&o, B, ".", 1, 1001, 0);
	g_string_truncate(o.marks, 0);
}

Test(verdicts, text_cut_to_the_window_after_a_silence_is_a_probe)
{
	shut_all_but_fifty();
	onlooker_wait(&o, 300);
	onlooker_pass(&o, A, "P.", 1001, 1, 50);
	onlooker_wait(&o, 300);
	onlooker_pass(&o, A, "P.", 1001, 1, 50);
	cr_expect_str_eq(o.marks->str, "observe/window-probe observe/window-full "
				       "observe/timeout-retransmission");
}

/* The MSS that a peer offers is more than options leave of it: what full segments had tells of a window
 * that is a little shorter than one. */
static void leave_room_for(uint16_t len)
{
	o.system[A] = o.system[B] = &tcpsim_profile_linux;
	onlooker_handshake(&o);
	onlooker_pass(&o, A, ".", 1, 1, 1448);
	o.window[B] = len;
	onlooker_pass(&o, B, ".", 1, 1449, 0);
	g_string_truncate(o.marks, 0);
	onlooker_wait(&o, 300);
	onlooker_pass(&o, A, "P.", 1449, 1, len);
}

Test(verdicts, text_cut_to_a_window_a_little_shorter_than_a_segment_is_a_probe)
{
	leave_room_for(1436);
	cr_expect_str_eq(o.marks->str, "observe/window-probe observe/window-full");
}

Test(verdicts, a_full_segment_that_fills_the_window_is_none)
{
	leave_room_for(1448);
	cr_expect_str_eq(o.marks->str, "observe/window-full");
}

Test(verdicts, text_that_happens_to_fill_the_window_at_once_is_none)
{
	shut_all_but_fifty();
	onlooker_pass(&o, A, "P.", 1001, 1, 50);
	cr_expect_str_eq(o.marks->str, "observe/window-full");
}

static void shut(unsigned receiver)
{
	onlooker_handshake(&o);
	onlooker_pass(&o, !receiver, ".", 1, 1, 1000);
	o.window[receiver] = 0;
	onlooker_pass(&o, receiver, ".", 1, 1001, 0);
	g_string_truncate(o.marks, 0);
}

Test(verdicts, the_number_before_without_a_byte_probes_or_keeps_alive_by_the_system)
{
	o.system[A] = o.system[B] = &tcpsim_profile_freebsd;
	shut(B);
	onlooker_wait(&o, 5000);
	onlooker_pass(&o, A, ".", 1001, 1, 1);
	onlooker_wait(&o, 5000);
	onlooker_pass(&o, A, ".", 1000, 1, 0);
	cr_expect_str_eq(o.marks->str, "observe/window-probe observe/keepalive");
}

Test(verdicts, an_ack_that_left_before_the_probe_was_answered_asks_nothing)
{
	shut(B);
	onlooker_wait(&o, 5000);
	onlooker_pass(&o, A, ".", 1001, 1, 1);
	onlooker_pass(&o, B, ".", 1, 1002, 0);
	o.now_ns -= 5000000;
	onlooker_pass(&o, A, ".", 1001, 1, 0);
	cr_expect_str_eq(o.marks->str, "observe/window-probe observe/zero-window");
}

Test(verdicts, what_is_cut_after_an_icmp_error_goes_again_for_it)
{
	onlooker_handshake(&o);
	onlooker_pass(&o, A, ".", 1, 1, 1400);
	onlooker_too_big(&o, A, 1, 576);
	onlooker_pass(&o, A, ".", 1, 1, 536);
	onlooker_pass(&o, A, ".", 537, 1, 536);
	cr_expect_str_eq(
		o.marks->str, "observe/path-mtu-retransmission observe/path-mtu-retransmission");
}

Test(verdicts, what_is_still_too_long_has_not_heard_of_the_error)
{
	onlooker_handshake(&o);
	onlooker_pass(&o, A, ".", 1, 1, 1400);
	onlooker_wait(&o, 1000);
	onlooker_too_big(&o, A, 1, 576);
	onlooker_pass(&o, A, ".", 1, 1, 1400);
	cr_expect_str_eq(o.marks->str, "observe/timeout-retransmission");
}

Test(verdicts, loss_that_is_shown_of_what_went_again_in_pieces_is_no_mtus)
{
	o.sack_permitted = true;
	onlooker_handshake(&o);
	onlooker_pass(&o, A, ".", 1, 1, 1400);
	onlooker_too_big(&o, A, 1, 576);
	onlooker_pass(&o, A, ".", 1, 1, 536);
	onlooker_pass(&o, A, ".", 537, 1, 536);
	for (unsigned i = 0; i < 3; i++) {
		o.has_sack = true;
		o.sack = (struct tcpsim_sack_block){tcpsim_seq_of(537), tcpsim_seq_of(1073)};
		onlooker_pass(&o, B, ".", 1, 1, 0);
	}
	g_string_truncate(o.marks, 0);
	onlooker_pass(&o, A, ".", 1, 1, 536);
	cr_expect_str_eq(o.marks->str, "observe/fast-retransmission");
}

Test(verdicts, the_last_packet_of_an_end_with_its_identification_is_a_copy)
{
	o.ip_id = 100;
	onlooker_handshake(&o);
	onlooker_pass(&o, A, "P.", 1, 1, 100);
	for (uint32_t i = 0; i < 6; i++)
		onlooker_pass(&o, B, ".", 1 + 1000 * i, 101, 1000);
	g_string_truncate(o.marks, 0);
	o.ip_id = o.flow->side[A].ip_id;
	onlooker_pass(&o, A, "P.", 1, 1, 100);
	cr_expect_str_eq(o.marks->str, "observe/captured-twice");
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

Test(verdicts, a_fin_rides_on_an_ack_that_was_asked_for)
{
	onlooker_handshake(&o);
	onlooker_pass(&o, A, "F.", 1, 1, 0);
	onlooker_wait(&o, 5000);
	onlooker_pass(&o, B, ".", 0, 1, 0);
	onlooker_pass(&o, A, "F.", 1, 1, 0);
	cr_expect_eq(o.flow->side[A].retransmitted, 0);
}

Test(verdicts, a_system_whose_acks_bear_no_fin_has_sent_it_again)
{
	o.system[A] = o.system[B] = &tcpsim_profile_linux;
	onlooker_handshake(&o);
	onlooker_pass(&o, A, "F.", 1, 1, 0);
	onlooker_wait(&o, 5000);
	onlooker_pass(&o, B, ".", 0, 1, 0);
	onlooker_pass(&o, A, "F.", 1, 1, 0);
	cr_expect_eq(o.flow->side[A].retransmitted, 1);
}

Test(verdicts, a_fin_that_goes_again_unheard_is_not_taken_to_have_arrived)
{
	onlooker_handshake(&o);
	onlooker_pass(&o, A, "F.", 1, 1, 0);
	for (unsigned i = 0; i < 2; i++) {
		onlooker_wait(&o, 1000);
		onlooker_pass(&o, A, "F.", 1, 1, 0);
	}
	cr_expect_eq(o.flow->side[B].state, TCPSIM_ESTABLISHED);
	onlooker_pass(&o, B, ".", 1, 2, 0);
	cr_expect_eq(o.flow->side[B].state, TCPSIM_CLOSE_WAIT);
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

	cr_expect_eq(o.observer.resets[0].rule, TCPSIM_RULE_RST_NO_CONNECTION);
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

	cr_expect_eq(o.observer.resets[0].rule, TCPSIM_RULE_RST_UNKNOWN);
	cr_expect_eq(o.observer.resets[0].causes[0], TCPSIM_RULE_RST_GAVE_UP);
	cr_expect_eq(o.observer.resets[0].causes[1], TCPSIM_RULE_RST_ABORT);
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

/* Text 300 ms behind the peer's, an identification later or `ids` later. */
static enum observer_certainty certainty_of_thinking(int64_t ms, uint16_t ids)
{
	uint16_t last;

	o.ip_id = 100;
	onlooker_handshake(&o);
	onlooker_pass(&o, B, ".", 1, 1, 0);
	onlooker_pass(&o, A, "P.", 1, 1, 100);
	onlooker_pass(&o, B, ".", 1, 101, 0);
	last = o.flow->side[B].ip_id;
	onlooker_wait(&o, ms);
	o.ip_id = (uint16_t)(last + ids);
	onlooker_pass(&o, B, "P.", 1, 101, 50);
	cr_assert_eq(o.flow->figures->stalls->n, 1);
	cr_expect_eq(o.flow->figures->stalls->at[0].cause, FLOW_STALL_SERVER);
	return (enum observer_certainty)o.flow->figures->stalls->at[0].certainty;
}

Test(verdicts, a_program_surely_thinks_where_no_packet_of_its_end_is_missing)
{
	cr_expect_eq(certainty_of_thinking(3000, 1), OBSERVER_INFERRED);
}

Test(verdicts, text_behind_a_missing_packet_may_be_its_repetition)
{
	cr_expect_eq(certainty_of_thinking(3000, 2), OBSERVER_SUSPECTED);
}

Test(verdicts, a_silence_that_a_path_may_take_is_no_sure_thinking)
{
	cr_expect_eq(certainty_of_thinking(80, 1), OBSERVER_SUSPECTED);
}

Test(verdicts, what_the_persist_timer_sends_has_waited_for_the_window)
{
	shut_all_but_fifty();
	onlooker_wait(&o, 300);
	onlooker_pass(&o, A, "P.", 1001, 1, 50);
	cr_assert_eq(o.flow->figures->stalls->n, 1);
	cr_expect_eq(o.flow->figures->stalls->at[0].cause, FLOW_STALL_ZERO_WINDOW);
	cr_expect_eq(o.flow->figures->stalls->at[0].side, B);
}
