/* Why a segment went again where more than the silence before it bears on the question: the ends'
 * own clocks, what the sender was doing already, what it could not have sent at all. */
#include <criterion/criterion.h>

#include "support/onlooker.h"

static struct onlooker o;

static void set_up(void)
{
	onlooker_start(&o, 900, 4294960000u);
}

static void tear_down(void)
{
	onlooker_stop(&o);
}

TestSuite(verdicts_again, .init = set_up, .fini = tear_down);

static void forget_marks(void)
{
	g_string_truncate(o.marks, 0);
}

static void duplicates(unsigned n, uint32_t seq, uint32_t ack)
{
	while (n-- > 0)
		onlooker_pass(&o, B, ".", seq, ack, 0);
}

/* Twelve segments of 100 bytes in as many times 20 ms, each acknowledged: clocks and the ways are
 * known. */
static void talk(void)
{
	o.stamps = o.sack_permitted = true;
	onlooker_handshake(&o);
	for (uint32_t i = 0; i < 12; i++) {
		onlooker_pass(&o, A, "P.", 1 + 100 * i, 1, 100);
		onlooker_pass(&o, B, ".", 1, 101 + 100 * i, 0);
	}
}

/* One of four is lost, and comes again `waits_ms` after the second duplicate; its clock says that it
 * left `held_ms` before. */
static void repeat_after(int64_t waits_ms, uint32_t held_ms)
{
	talk();
	for (uint32_t i = 0; i < 4; i++)
		onlooker_pass(&o, A, "P.", 1201 + 100 * i, 1, 100);
	duplicates(2, 1, 1201);
	forget_marks();
	onlooker_wait(&o, waits_ms);
	o.stamp_back = held_ms;
	onlooker_pass(&o, A, "P.", 1201, 1, 100);
}

Test(verdicts_again, a_silence_of_the_sender_is_its_timers)
{
	repeat_after(400, 0);
	cr_expect_str_eq(o.marks->str, "observe/timeout-retransmission");
}

Test(verdicts_again, a_silence_that_a_queue_made_is_nobodys)
{
	repeat_after(400, 395);
	cr_expect_str_eq(o.marks->str, "observe/fast-retransmission");
}

/* B's SYN,ACK goes twice, so that it tells no round trip (Karn); A is 200 ms away, and its segments
 * echo the stamp of B's acknowledgments as soon as they have them. */
static void be_far_away(void)
{
	uint32_t stamp;

	o.stamps = true;
	onlooker_pass(&o, A, "S", 0, 0, 0);
	onlooker_pass(&o, B, "S.", 0, 1, 0);
	onlooker_pass(&o, B, "S.", 0, 1, 0);
	onlooker_wait(&o, 180);
	onlooker_pass(&o, A, ".", 1, 1, 0);
	stamp = (uint32_t)(o.now_ns / 1000000) - 10;
	for (uint32_t i = 0; i < 5; i++) {
		o.echo = stamp;
		onlooker_pass(&o, A, "P.", 1 + 100 * i, 1, 100);
		onlooker_pass(&o, B, ".", 1, 101 + 100 * i, 0);
		stamp = (uint32_t)(o.now_ns / 1000000);
		onlooker_wait(&o, 190);
	}
}

Test(verdicts_again, the_echo_of_a_stamp_tells_how_far_away_the_sender_is)
{
	be_far_away();
	for (uint32_t i = 1; i < 5; i++)
		onlooker_pass(&o, A, "P.", 501 + 100 * i, 1, 100);
	duplicates(3, 1, 501);
	forget_marks();
	onlooker_wait(&o, 175);
	onlooker_pass(&o, A, "P.", 501, 1, 100);

	cr_expect_eq(o.flow->side[B].rtt_min_us, 200000);
	cr_expect_str_eq(o.marks->str, "observe/fast-retransmission");
}

Test(verdicts_again, a_last_segment_with_its_fin_is_probed_like_any)
{
	o.system[A] = o.system[B] = &tcpsim_profile_linux;
	onlooker_handshake(&o);
	onlooker_pass(&o, A, "FP.", 1, 1, 100);
	forget_marks();
	onlooker_wait(&o, 230);
	onlooker_pass(&o, A, "FP.", 1, 1, 100);

	cr_expect_str_eq(o.marks->str, "observe/tail-loss-probe");
}

/* Five segments are out, the first two of which are lost; a timer and RACK may both have sent the
 * first one again. */
static void leave_in_doubt(void)
{
	o.sack_permitted = true;
	onlooker_handshake(&o);
	for (uint32_t i = 0; i < 5; i++)
		onlooker_pass(&o, A, ".", 1 + 100 * i, 1, 100);
	duplicates(3, 1, 1);
	onlooker_wait(&o, 400);
	duplicates(1, 1, 1);
	onlooker_pass(&o, A, ".", 1, 1, 100);
	forget_marks();
}

Test(verdicts_again, what_follows_a_doubt_is_in_doubt)
{
	leave_in_doubt();
	o.has_sack = true;
	o.sack = (struct tcpsim_sack_block){tcpsim_seq_of(201), tcpsim_seq_of(501)};
	onlooker_pass(&o, B, ".", 1, 101, 0);
	onlooker_pass(&o, A, ".", 101, 1, 100);

	cr_expect_str_eq(o.marks->str, "observe/retransmission");
}

Test(verdicts_again, a_timer_ends_the_doubt)
{
	leave_in_doubt();
	onlooker_wait(&o, 1000);
	onlooker_pass(&o, A, ".", 1, 1, 100);

	cr_expect_str_eq(o.marks->str, "observe/timeout-retransmission");
}

/* A fast retransmission's acknowledgment is lost behind the capture, the timer runs, and slow start
 * goes on. */
Test(verdicts_again, behind_a_needless_timeout_slow_start_goes_on)
{
	onlooker_handshake(&o);
	for (uint32_t i = 0; i < 6; i++)
		onlooker_pass(&o, A, ".", 1 + 100 * i, 1, 100);
	duplicates(3, 1, 1);
	onlooker_pass(&o, A, ".", 1, 1, 100);
	onlooker_pass(&o, B, ".", 1, 301, 0);
	onlooker_wait(&o, 1000);
	onlooker_pass(&o, A, ".", 1, 1, 100);
	forget_marks();
	duplicates(1, 1, 301);
	onlooker_pass(&o, A, ".", 301, 1, 100);

	cr_expect_str_eq(o.marks->str, "observe/duplicate-ack observe/retransmission");
}

/* The first text of a Linux host comes a second behind the handshake, `ids` identifications later,
 * and again when a probe would. */
static void speak_late(uint16_t ids)
{
	o.system[A] = o.system[B] = &tcpsim_profile_linux;
	o.ip_id = 100;
	onlooker_handshake(&o);
	onlooker_wait(&o, 1000);
	o.ip_id = (uint16_t)(o.flow->side[A].ip_id + ids);
	onlooker_pass(&o, A, "P.", 1, 1, 100);
	onlooker_wait(&o, 250);
	onlooker_pass(&o, A, "P.", 1, 1, 100);
}

Test(verdicts_again, text_that_was_first_is_probed_first)
{
	speak_late(1);
	cr_expect_str_eq(o.marks->str, "observe/tail-loss-probe");
}

Test(verdicts_again, text_behind_a_silence_may_itself_have_been_the_probe)
{
	speak_late(2);
	cr_expect_str_eq(o.marks->str, "observe/retransmission");
}

Test(verdicts_again, text_that_opens_a_gap_waited_for_no_program)
{
	talk();
	onlooker_wait(&o, 1000);
	onlooker_pass(&o, A, "P.", 1301, 1, 100);
	cr_expect(o.flow->figures == NULL || o.flow->figures->stalls == NULL ||
		  o.flow->figures->stalls->n == 0);
}

/* Its SYN went twice, a second apart: that long an answer may take. */
Test(verdicts_again, a_fin_that_goes_again_from_afar_is_a_repetition)
{
	o.system[A] = &tcpsim_profile_freebsd;
	onlooker_pass(&o, A, "S", 0, 0, 0);
	onlooker_wait(&o, 1000);
	onlooker_pass(&o, A, "S", 0, 0, 0);
	onlooker_pass(&o, B, "S.", 0, 1, 0);
	onlooker_pass(&o, A, ".", 1, 1, 0);
	onlooker_pass(&o, A, "F.", 1, 1, 0);
	forget_marks();
	onlooker_wait(&o, 1000);
	onlooker_pass(&o, A, "F.", 1, 1, 0);

	cr_expect_str_eq(o.marks->str, "observe/retransmitted-fin");
}
