/* Why a RST was sent, where what went before leaves one cause, two, or none that is sure. */
#include <criterion/criterion.h>

#include "support/onlooker.h"
#include "traces/observer/rst.h"

static struct onlooker o;

static void set_up(void)
{
	onlooker_start(&o, 4294967000u, 77000);
}

static void tear_down(void)
{
	onlooker_stop(&o);
}

TestSuite(verdicts_rst, .init = set_up, .fini = tear_down);

static const struct observed_reset *last_reset(void)
{
	cr_assert_gt(o.observer.n_resets, 0);
	return &o.observer.resets[o.observer.n_resets - 1];
}

static void expect_told(enum tcpsim_rule rule)
{
	cr_expect_eq(last_reset()->rule, rule, "%s", tcpsim_rule_text(last_reset()->rule)->name);
	cr_expect_eq(last_reset()->certainty, OBSERVER_INFERRED);
}

static void expect_either(enum tcpsim_rule first, enum tcpsim_rule second)
{
	cr_expect_eq(last_reset()->rule, TCPSIM_RULE_RST_UNKNOWN, "%s",
		tcpsim_rule_text(last_reset()->rule)->name);
	cr_expect_eq(last_reset()->causes[0], first);
	cr_expect_eq(last_reset()->causes[1], second);
}

/* Three segments go again in one go, as slow start lets them. */
static void repeat_three(void)
{
	onlooker_handshake(&o);
	for (uint32_t i = 0; i < 3; i++)
		onlooker_pass(&o, A, ".", 1 + 100 * i, 1, 100);
	onlooker_wait(&o, 1000);
	for (uint32_t i = 0; i < 3; i++)
		onlooker_pass(&o, A, ".", 1 + 100 * i, 1, 100);
}

Test(verdicts_rst, a_burst_of_repetitions_just_before_it_is_no_giving_up)
{
	repeat_three();
	onlooker_pass(&o, A, "R.", 301, 1, 0);
	expect_told(TCPSIM_RULE_RST_ABORT);
}

Test(verdicts_rst, a_timer_behind_three_repetitions_gives_up)
{
	repeat_three();
	onlooker_wait(&o, 2000);
	onlooker_pass(&o, A, "R.", 301, 1, 0);
	expect_told(TCPSIM_RULE_RST_GAVE_UP);
}

Test(verdicts_rst, a_syn_ack_that_goes_again_answers_no_text)
{
	onlooker_handshake(&o);
	onlooker_pass(&o, A, "P.", 1, 1, 100);
	onlooker_wait(&o, 1000);
	onlooker_pass(&o, A, "P.", 1, 1, 100);
	onlooker_pass(&o, B, "S.", 0, 1, 0);
	onlooker_wait(&o, 3000);
	onlooker_pass(&o, A, "R.", 101, 1, 0);
	expect_either(TCPSIM_RULE_RST_GAVE_UP, TCPSIM_RULE_RST_ABORT);
}

/* The peer's RST passed here and never arrived: it goes on for its timers' time. */
Test(verdicts_rst, who_goes_on_behind_the_peers_rst_gives_up_in_the_end)
{
	onlooker_handshake(&o);
	onlooker_pass(&o, B, ".", 1, 1, 100);
	onlooker_pass(&o, A, "R", 1, 0, 0);
	for (unsigned i = 0; i < 4; i++) {
		onlooker_wait(&o, 1000 << i);
		onlooker_pass(&o, B, ".", 1, 1, 100);
		onlooker_pass(&o, A, "R", 1, 0, 0);
	}
	onlooker_wait(&o, 20000);
	onlooker_pass(&o, B, "R.", 101, 1, 0);
	expect_told(TCPSIM_RULE_RST_GAVE_UP);
}

Test(verdicts_rst, a_syn_that_went_again_is_refused_by_a_host_that_was_restarted)
{
	onlooker_pass(&o, A, "S", 0, 0, 0);
	onlooker_wait(&o, 990);
	onlooker_pass(&o, A, "S", 0, 0, 0);
	onlooker_pass(&o, B, "S.", 0, 1, 0);
	onlooker_pass(&o, A, ".", 1, 1, 0);
	onlooker_wait(&o, 500);
	o.isn[B] = 0; /* its number is 0 */
	onlooker_pass(&o, B, "R.", 0, 1, 0);
	expect_told(TCPSIM_RULE_RST_NO_LISTENER);
}

static void pass_text_and_reset(void)
{
	onlooker_handshake(&o);
	onlooker_pass(&o, A, "P.", 1, 1, 100);
	onlooker_pass(&o, A, "R.", 101, 1, 0);
}

Test(verdicts_rst, an_ack_that_its_own_rst_has_overtaken_takes_nothing_back)
{
	pass_text_and_reset();
	onlooker_pass(&o, A, ".", 101, 1, 0);
	expect_told(TCPSIM_RULE_RST_ABORT);
}

Test(verdicts_rst, who_goes_on_long_behind_its_rst_has_not_sent_it)
{
	pass_text_and_reset();
	onlooker_wait(&o, 500);
	onlooker_pass(&o, A, "P.", 101, 1, 100);
	cr_expect_eq(last_reset()->rule, TCPSIM_RULE_RST_FOREIGN);
	cr_expect_eq(last_reset()->certainty, OBSERVER_SUSPECTED);
}

/* A has closed, and B's text comes; or it comes again. */
static void answer_text_behind_a_fin(bool again)
{
	onlooker_handshake(&o);
	onlooker_pass(&o, A, "F.", 1, 1, 0);
	onlooker_pass(&o, B, ".", 1, 2, 0);
	onlooker_wait(&o, 100);
	onlooker_pass(&o, B, "P.", 1, 2, 100);
	if (again) {
		onlooker_wait(&o, 400);
		onlooker_pass(&o, B, "P.", 1, 2, 100);
	}
	onlooker_pass(&o, A, "R", 2, 0, 0);
}

Test(verdicts_rst, text_for_a_program_that_has_closed_is_answered)
{
	answer_text_behind_a_fin(false);
	expect_told(TCPSIM_RULE_RST_AFTER_CLOSE);
}

Test(verdicts_rst, text_that_went_before_may_have_been_answered_before)
{
	answer_text_behind_a_fin(true);
	expect_either(TCPSIM_RULE_RST_NO_CONNECTION, TCPSIM_RULE_RST_AFTER_CLOSE);
}

/* B was restarted and answers A's FIN by RSTs, on their way to A behind B's text. */
Test(verdicts_rst, who_may_not_have_the_peers_rst_yet_answers_its_text)
{
	onlooker_handshake(&o);
	onlooker_pass(&o, B, "P.", 1, 1, 100);
	onlooker_pass(&o, A, "F.", 1, 1, 0);
	onlooker_pass(&o, B, "R", 1, 0, 0);
	onlooker_wait(&o, 170);
	onlooker_pass(&o, A, "R", 1, 0, 0);
	expect_either(TCPSIM_RULE_RST_NO_CONNECTION, TCPSIM_RULE_RST_AFTER_CLOSE);
}

/* Its FIN may have been lost on the way here. */
Test(verdicts_rst, text_answered_two_seconds_behind_the_ends_last_word_leaves_two_causes)
{
	onlooker_handshake(&o);
	onlooker_pass(&o, A, "P.", 1, 1, 100);
	onlooker_pass(&o, B, ".", 1, 101, 100);
	onlooker_pass(&o, A, ".", 101, 101, 0);
	onlooker_wait(&o, 2000);
	onlooker_pass(&o, B, ".", 101, 101, 100);
	onlooker_pass(&o, A, "R", 101, 0, 0);
	expect_either(TCPSIM_RULE_RST_NO_CONNECTION, TCPSIM_RULE_RST_AFTER_CLOSE);
}

/* The listener has not taken the ACK: its entry expires, or is refused at last. */
Test(verdicts_rst, text_answered_behind_an_ignored_ack_leaves_two_causes)
{
	onlooker_handshake(&o);
	onlooker_pass(&o, A, "P.", 1, 1, 100);
	onlooker_wait(&o, 1000);
	onlooker_pass(&o, B, "S.", 0, 1, 0);
	onlooker_pass(&o, A, ".", 101, 1, 0);
	onlooker_wait(&o, 2000);
	onlooker_pass(&o, A, "P.", 1, 1, 100);
	onlooker_pass(&o, B, "R", 1, 0, 0);
	expect_either(TCPSIM_RULE_RST_NO_CONNECTION, TCPSIM_RULE_RST_QUEUE_FULL);
}

Test(verdicts_rst, text_answered_on_a_path_as_long_as_the_syn_acks_timer_is_not_known_to_be_late)
{
	onlooker_pass(&o, A, "S", 0, 0, 0);
	onlooker_wait(&o, 1100);
	onlooker_pass(&o, B, "S.", 0, 1, 0);
	onlooker_pass(&o, A, "P.", 1, 1, 100);
	onlooker_wait(&o, 1100);
	onlooker_pass(&o, B, "R", 1, 0, 0);
	expect_either(TCPSIM_RULE_RST_NO_CONNECTION, TCPSIM_RULE_RST_QUEUE_FULL);
}

/* The handshake's ACK had drawn no RST: who refuses it does so at once. */
Test(verdicts_rst, a_fin_answered_long_behind_the_handshakes_ack_leaves_two_causes)
{
	onlooker_handshake(&o);
	onlooker_wait(&o, 600);
	onlooker_pass(&o, A, "F.", 1, 1, 0);
	onlooker_pass(&o, B, "R", 1, 0, 0);
	expect_either(TCPSIM_RULE_RST_NO_CONNECTION, TCPSIM_RULE_RST_QUEUE_FULL);
}

/* A's text fills B's window to less than a segment: A's FIN may wait behind more of it. */
static void answer_text_long_behind_text(uint32_t window)
{
	onlooker_handshake(&o);
	onlooker_pass(&o, B, "P.", 1, 1, 100);
	onlooker_pass(&o, A, "P.", 1, 101, 100);
	o.window[B] = window;
	onlooker_pass(&o, B, ".", 101, 101, 0);
	onlooker_wait(&o, 5000);
	onlooker_pass(&o, B, "P.", 101, 101, 100);
	onlooker_pass(&o, A, "R", 101, 0, 0);
}

Test(verdicts_rst, who_cannot_send_its_fin_may_have_closed_long_ago)
{
	answer_text_long_behind_text(400);
	expect_either(TCPSIM_RULE_RST_NO_CONNECTION, TCPSIM_RULE_RST_AFTER_CLOSE);
}

Test(verdicts_rst, who_could_have_sent_its_fin_had_no_connection)
{
	answer_text_long_behind_text(10000);
	expect_told(TCPSIM_RULE_RST_NO_CONNECTION);
}

/* B's text and FIN are on their way when A's program closes; the FIN is behind what A refuses. */
Test(verdicts_rst, text_before_a_fin_that_is_not_taken_draws_it)
{
	onlooker_handshake(&o);
	onlooker_pass(&o, A, "F.", 1, 1, 0);
	onlooker_pass(&o, B, "P.", 1, 2, 100);
	onlooker_pass(&o, B, "F.", 101, 2, 0);
	onlooker_pass(&o, A, "R", 2, 0, 0);
	expect_told(TCPSIM_RULE_RST_AFTER_CLOSE);
}

/* What is known of the RST by now is told of the mark on it, too. */
Test(verdicts_rst, the_mark_is_as_sure_as_the_verdict)
{
	struct observed_mark mark;

	onlooker_handshake(&o);
	onlooker_pass(&o, A, "R.", 1, 1, 0);
	mark = observer_mark_told(&o.observer, last_reset()->packet, TCPSIM_RULE_RST_ABORT, 0);
	cr_expect_eq(mark.certainty, OBSERVER_INFERRED);
	cr_expect_eq(mark.evidence, last_reset()->answered);
	onlooker_wait(&o, 500);
	onlooker_pass(&o, A, "P.", 1, 1, 100);
	mark = observer_mark_told(&o.observer, last_reset()->packet, TCPSIM_RULE_RST_ABORT, 0);
	cr_expect_eq(mark.rule, TCPSIM_RULE_RST_FOREIGN);
	cr_expect_eq(mark.certainty, OBSERVER_SUSPECTED);
	mark = observer_mark_told(
		&o.observer, last_reset()->packet, TCPSIM_RULE_OBSERVE_RST_ACCEPTED, 0);
	cr_expect_eq(mark.certainty, OBSERVER_INFERRED);
}

/* B answers A's FIN, and a text of before draws a RST with the number of that FIN. */
static uint8_t state_behind_a_rst_at_the_fin(const char *system)
{
	o.system[A] = tcpsim_profile_find("bsd44");
	o.system[B] = tcpsim_profile_find(system);
	onlooker_handshake(&o);
	onlooker_pass(&o, B, "P.", 1, 1, 100);
	onlooker_pass(&o, A, "F.", 1, 1, 0);
	onlooker_pass(&o, B, ".", 101, 2, 0);
	onlooker_pass(&o, A, "R", 1, 0, 0);
	return o.flow->side[B].state;
}

Test(verdicts_rst, linux_ends_by_a_rst_with_the_fins_number)
{
	cr_expect_eq(state_behind_a_rst_at_the_fin("linux"), TCPSIM_CLOSED);
}

Test(verdicts_rst, freebsd_ignores_a_rst_with_the_fins_number)
{
	cr_expect_eq(state_behind_a_rst_at_the_fin("freebsd"), TCPSIM_CLOSE_WAIT);
}

/* It is no longer there that sent the SYN; the SYN,ACK acknowledges that SYN all the same. */
Test(verdicts_rst, a_syn_ack_that_went_again_and_fits_is_answered_by_who_gave_up)
{
	onlooker_pass(&o, A, "S", 0, 0, 0);
	onlooker_pass(&o, B, "S.", 0, 1, 0);
	onlooker_wait(&o, 1000);
	onlooker_pass(&o, B, "S.", 0, 1, 0);
	onlooker_pass(&o, A, "R", 1, 0, 0);
	expect_told(TCPSIM_RULE_RST_HANDSHAKE_ABORTED);
}

static void begin_handshake(void)
{
	onlooker_pass(&o, A, "S", 0, 0, 0);
	onlooker_pass(&o, B, "S.", 0, 1, 0);
}

Test(verdicts_rst, a_syn_in_the_window_of_a_handshake_resets_it)
{
	begin_handshake();
	onlooker_pass(&o, A, "S", 100, 0, 0);
	onlooker_pass(&o, B, "R.", 0, 101, 0);
	expect_told(TCPSIM_RULE_RST_SYN_IN_WINDOW);
}

Test(verdicts_rst, a_syn_out_of_that_window_met_no_listener)
{
	begin_handshake();
	onlooker_pass(&o, A, "S", 1000000, 0, 0);
	onlooker_pass(&o, B, "R.", 0, 1000001, 0);
	expect_told(TCPSIM_RULE_RST_NO_LISTENER);
}

Test(verdicts_rst, an_acknowledgment_of_what_the_syn_ack_has_not_sent)
{
	begin_handshake();
	onlooker_pass(&o, A, ".", 1, 1000, 0);
	onlooker_pass(&o, B, "R", 1000, 0, 0);
	expect_told(TCPSIM_RULE_RST_UNACCEPTABLE_ACK);
}

Test(verdicts_rst, text_is_unread_that_came_since_the_ends_last_word)
{
	onlooker_handshake(&o);
	onlooker_pass(&o, A, "P.", 1, 1, 100);
	onlooker_pass(&o, B, "P.", 1, 101, 50);
	onlooker_pass(&o, B, "R.", 51, 101, 0);
	cr_expect_not(last_reset()->unread);
	onlooker_stop(&o);
	set_up();
	onlooker_handshake(&o);
	onlooker_pass(&o, A, "P.", 1, 1, 100);
	onlooker_pass(&o, B, ".", 1, 101, 0);
	onlooker_pass(&o, B, "R.", 1, 101, 0);
	cr_expect(last_reset()->unread);
}
