/* Linux's sender: states, RACK, PRR, F-RTO, undo, tail loss probes, growth. RTTs are those of the
 * handshake. */
#include "unit/recovery/lab.h"

static struct lab *linux_lab(int64_t rtt_ms)
{
	return lab_open(&tcpsim_profile_linux, true, false, rtt_ms);
}

/* RFC 6928 and RFC 5681 §3.1. */
Test(sender_linux, ten_segments_then_two_for_each_acknowledged)
{
	struct lab *lab = linux_lab(100);

	lab_write(lab, 30000);
	expect_sent(lab, "1:1001 1001:2001 2001:3001 3001:4001 4001:5001 5001:6001 6001:7001 "
			 "7001:8001 8001:9001 "
			 "9001:10001");
	lab_wait(lab, 100000);
	ack(lab, 2001);
	expect_sent(lab, "10001:11001 11001:12001 12001:13001 13001:14001");
	expect_info(lab, snd_cwnd, 12);
	lab_close(lab);
}

/* RFC 7661: what was not used does not grow, except that slow start may reach twice what was. */
Test(sender_linux, five_of_ten_segments_do_not_grow_the_window_and_six_do)
{
	struct lab *lab = linux_lab(100);

	lab_write(lab, 5000);
	ack(lab, 2001);
	ack(lab, 5001);
	expect_info(lab, snd_cwnd, 10);
	lab_close(lab);
	lab = linux_lab(100);
	lab_write(lab, 6000);
	ack(lab, 2001);
	expect_info(lab, snd_cwnd, 12);
	ack(lab, 6001);
	expect_info(lab, snd_cwnd, 12);
	lab_close(lab);
}

/* RFC 6937: ssthresh 7 of 10 (CUBIC), and one segment leaves for each delivered. */
Test(sender_linux, third_sacked_segment_starts_recovery)
{
	struct lab *lab = linux_lab(100);

	lab_write(lab, 10000);
	lab_forget(lab);
	lab_wait(lab, 110000);
	ack(lab, 1, 1001, 2001);
	expect_info(lab, ca_state, LOSS_DISORDER);
	lab_wait(lab, 10000);
	ack(lab, 1, 1001, 3001);
	lab_wait(lab, 5000);
	expect_sent(lab, "");
	ack(lab, 1, 1001, 4001);
	expect_sent(lab, "again 1:1001");
	expect_info(lab, ca_state, LOSS_RECOVERY);
	expect_info(lab, snd_cwnd, 7);
	expect_info(lab, snd_ssthresh, 7);
	expect_info(lab, lost, 1);
	expect_info(lab, retrans, 1);
	lab_write(lab, 7000);
	expect_sent(lab, "");
	ack(lab, 1, 1001, 5001);
	expect_sent(lab, "10001:11001");
	ack(lab, 10001);
	expect_info(lab, ca_state, LOSS_OPEN);
	expect_info(lab, snd_cwnd, 7);
	lab_close(lab);
}

/* RFC 8985 §6: one SACK far ahead; a quarter of the smallest round trip is waited, and the timer's
 * 2 ms. */
Test(sender_linux, rack_waits_for_reordering)
{
	struct lab *lab = linux_lab(100);

	lab_write(lab, 10000);
	lab_wait(lab, 100000);
	lab_forget(lab);
	ack(lab, 1, 7001, 8001);
	lab_wait(lab, 27900); /* 25 ms and 2, in whole jiffies */
	expect_sent(lab, "");
	lab_wait(lab, 200);
	expect_sent(lab, "again 1:1001");
	expect_info(lab, lost, 7);
	expect_info(lab, reordering, 3);
	ack(lab, 1, 3001, 4001, 7001, 8001);
	expect_sent(lab, "again 1001:2001");
	expect_info(lab, lost, 6);
	expect_info(lab, reordering, 5);
	lab_close(lab);
}

/* RFC 8985 §7.2, §7.3: two round trips and the delayed ACK's time for one segment; then the RTO. */
Test(sender_linux, probe_then_timeout)
{
	struct lab *lab = linux_lab(100);

	lab_write(lab, 1000);
	lab_forget(lab);
	lab_wait(lab, 299000);
	expect_sent(lab, "");
	lab_wait(lab, 2000);
	expect_sent(lab, "probe 1:1001");
	expect_info(lab, retrans, 0);
	expect_info(lab, ca_state, LOSS_OPEN);
	lab_wait(lab, 297000);
	expect_sent(lab, "");
	lab_wait(lab, 3000);
	expect_sent(lab, "again 1:1001");
	expect_info(lab, ca_state, LOSS_LOSS);
	expect_info(lab, snd_cwnd, 1);
	expect_info(lab, snd_ssthresh, 7);
	expect_info(lab, retransmits, 1);
	lab_close(lab);
}

/* RFC 8985 §7.4: all is acknowledged and no D-SACK came: the probe repaired a loss. */
Test(sender_linux, probe_that_repaired_a_loss_reduces)
{
	struct lab *lab = linux_lab(100);

	lab_write(lab, 10000);
	lab_forget(lab);
	lab_wait(lab, 100000);
	ack(lab, 9001);
	lab_wait(lab, 300000);
	expect_sent(lab, "probe 9001:10001");
	lab_write(lab, 1000);
	lab_wait(lab, 100000);
	ack(lab, 11001);
	expect_info(lab, ca_state, LOSS_OPEN);
	expect_info(lab, snd_cwnd, 13);
	lab_close(lab);
}

/* RFC 8985 §7.4.2: a D-SACK for the probe: both copies arrived. */
Test(sender_linux, probe_reported_twice_reduces_nothing)
{
	struct lab *lab = linux_lab(100);

	lab_write(lab, 2000);
	lab_wait(lab, 250000);
	expect_sent(lab, "1:1001 1001:2001 probe 1001:2001");
	ack(lab, 2001, 1001, 2001);
	expect_info(lab, snd_ssthresh, CC_SSTHRESH_INFINITE);
	expect_info(lab, snd_cwnd, 10);
	expect_info(lab, dsack_dups, 1);
	lab_close(lab);
}

/* RFC 5682 §3.1 steps 2b, 3b: new text leaves, and text from before the timeout is acknowledged. */
Test(sender_linux, spurious_timeout_is_undone_by_frto)
{
	struct lab *lab = linux_lab(100);

	lab_write(lab, 10000);
	lab_wait(lab, 204500); /* probe */
	lab_forget(lab);
	lab_wait(lab, 300000);
	expect_sent(lab, "again 1:1001");
	expect_info(lab, ca_state, LOSS_LOSS);
	lab_write(lab, 20000);
	ack(lab, 1001);
	expect_sent(lab, "10001:11001 11001:12001");
	expect_info(lab, ca_state, LOSS_LOSS);
	ack(lab, 2001);
	expect_info(lab, ca_state, LOSS_OPEN);
	expect_info(lab, snd_cwnd, 11); /* as before, and slow start goes on */
	expect_info(lab, snd_ssthresh, CC_SSTHRESH_INFINITE);
	lab_close(lab);
}

/* RFC 3522: the timestamp echoed is older than the retransmission. */
Test(sender_linux, eifel_undoes_a_recovery)
{
	struct lab *lab = lab_open(&tcpsim_profile_linux, true, true, 100);
	uint32_t sent_at = (uint32_t)(lab->host.now / LAB_MSEC);

	lab_write(lab, 10000);
	lab_wait(lab, 110000);
	ack(lab, 1, 1001, 4001);
	expect_info(lab, snd_ssthresh, 7);
	expect_info(lab, ca_state, LOSS_RECOVERY);
	lab_wait(lab, 10000);
	lab_take(lab, (struct lab_ack){.ack = 10001, .ecr = sent_at});
	expect_info(lab, ca_state, LOSS_OPEN);
	expect_info(lab, snd_ssthresh, CC_SSTHRESH_INFINITE);
	expect_info(
		lab, snd_cwnd, 17); /* 10 as before, and slow start for the seven that are news */
	lab_close(lab);
}

/* RFC 3708: every retransmission came twice. */
Test(sender_linux, dsack_undoes_a_recovery)
{
	struct lab *lab = linux_lab(100);

	lab_write(lab, 10000);
	lab_wait(lab, 110000);
	ack(lab, 1, 1001, 4001);
	ack(lab, 4001);
	lab_wait(lab, 100000);
	ack(lab, 4001, 1, 1001);
	expect_info(lab, ca_state, LOSS_OPEN);
	expect_info(lab, snd_cwnd, 10);
	lab_close(lab);
}

/* RFC 6582 without SACK: three duplicates, limited transmit (RFC 3042) on the first two. */
Test(sender_linux, duplicates_without_sack)
{
	struct lab *lab = lab_open(&tcpsim_profile_linux, false, false, 100);

	lab_write(lab, 15000);
	lab_forget(lab);
	lab_wait(lab, 110000);
	ack(lab, 1);
	expect_sent(lab, "10001:11001");
	expect_info(lab, sacked, 1);
	ack(lab, 1);
	expect_sent(lab, "11001:12001");
	ack(lab, 1);
	expect_sent(lab, "again 1:1001");
	expect_info(lab, ca_state, LOSS_RECOVERY);
	lab_close(lab);
}

/* Small segments go along with the first one that is sent again: there are fewer then for the
 * duplicates to stand for. */
Test(sender_linux, duplicates_without_sack_and_segments_that_are_joined)
{
	struct lab *lab = lab_open(&tcpsim_profile_linux, false, false, 100);

	for (int i = 0; i < 5; i++)
		lab_write(lab, 100);
	lab_forget(lab);
	lab_wait(lab, 110000);
	ack(lab, 1);
	ack(lab, 1);
	ack(lab, 1);
	expect_sent(lab, "again 1:501");
	expect_info(lab, lost, 1);
	expect_info(lab, sacked, 0);
	lab_close(lab);
}

/* A path that takes less loses all that is out: the duplicates then stand for none of it. */
Test(sender_linux, duplicates_without_sack_and_a_smaller_path)
{
	struct lab *lab = lab_open(&tcpsim_profile_linux, false, false, 100);

	lab_write(lab, 15000);
	lab_wait(lab, 110000);
	ack(lab, 1);
	ack(lab, 1);
	lab->tcb.snd.mss = 500;
	sender_mss_changed(&lab->tcb, true);
	expect_info(lab, sacked, 0);
	sender_check(&lab->tcb);
	lab_close(lab);
}

/* It was reordering: back to Open, and slow start counts the one segment that is news. */
Test(sender_linux, two_duplicates_without_sack_were_reordering)
{
	struct lab *lab = lab_open(&tcpsim_profile_linux, false, false, 100);

	lab_write(lab, 15000);
	lab_wait(lab, 110000);
	ack(lab, 1);
	ack(lab, 1);
	lab_forget(lab);
	ack(lab, 3001);
	expect_sent(lab, "12001:13001 13001:14001");
	expect_info(lab, ca_state, LOSS_OPEN);
	expect_info(lab, snd_cwnd, 11);
	lab_close(lab);
}

/* R2 as a time (tcp_retries2 = 15): 924.6 s of a smallest RTO's backoff, 200 ms doubled to 102.4 s,
 * then 120 s each. */
Test(sender_linux, gives_up_after_the_time_of_fifteen_backoffs)
{
	struct lab *lab = linux_lab(0);

	lab_write(lab, 1000);
	cr_expect(lab_wait(lab, 900 * 1000000ll));
	cr_expect_not(lab_wait(lab, 300 * 1000000ll));
	lab_close(lab);
}

/* RFC 5681 §4.1 as Linux has it: halved for each RTO of idleness, not under the initial window. */
Test(sender_linux, idle_time_halves_the_window)
{
	struct lab *lab = linux_lab(100);

	lab_write(lab, 10000);
	lab_wait(lab, 100000);
	ack(lab, 10001);
	lab_write(lab, 20000);
	lab_wait(lab, 100000);
	ack(lab, 30001);
	expect_info(lab, snd_cwnd, 40);
	lab_wait(lab, 2000000);
	lab_write(lab, 1000);
	expect_info(lab, snd_cwnd, 10);
	lab_close(lab);
}

/* RFC 3168 §6.1.2 by PRR. */
Test(sender_linux, echoed_mark_reduces_once)
{
	struct lab *lab = linux_lab(100);

	lab->tcb.ok.ecn = true;
	lab_write(lab, 10000);
	lab_wait(lab, 100000);
	lab_take(lab, (struct lab_ack){.ack = 1001, .flags = TCPSIM_ECE});
	expect_info(lab, ca_state, LOSS_CWR);
	expect_info(lab, snd_ssthresh, 7);
	cr_expect(sender_take_cwr(&lab->tcb));
	lab_take(lab, (struct lab_ack){.ack = 2001, .flags = TCPSIM_ECE});
	expect_info(lab, snd_ssthresh, 7);
	cr_expect_not(sender_take_cwr(&lab->tcb));
	lab_close(lab);
}

/* RFC 2018 §8: the head was SACKed and is not acknowledged with what lies before it. */
Test(sender_linux, reneging_receiver_gets_all_again)
{
	struct lab *lab = linux_lab(100);

	lab_write(lab, 4000);
	lab_wait(lab, 100000);
	ack(lab, 1, 1001, 2001);
	ack(lab, 1001);
	lab_forget(lab);
	lab_wait(lab, 49000);
	expect_sent(lab, "");
	lab_wait(lab, 2000); /* half a round trip */
	expect_sent(lab, "again 1001:2001");
	expect_info(lab, sacked, 0);
	lab_close(lab);
}

/* A block that every ACK repeats costs no more for being long; what is lost in front of it stays
 * known. */
Test(sender_linux, large_window_with_one_hole)
{
	struct lab *lab = linux_lab(100);

	lab->tcb.cc.cwnd = 5000;
	lab_write(lab, 5000000);
	lab_wait(lab, 100000);
	for (uint32_t end = 2001; end <= 5000001; end += 1000)
		ack(lab, 1, 1001, end);
	expect_info(lab, sacked, 4999);
	expect_info(lab, lost, 1);
	ack(lab, 5000001);
	expect_info(lab, unacked, 0);
	expect_info(lab, ca_state, LOSS_OPEN);
	lab_close(lab);
}

/* An algorithm that sets cwnd in every state (BBR): nobody else touches it. */
static void leave_cwnd(struct cc *cc, const struct cc_ack *a)
{
}

static uint32_t keep_ssthresh(struct cc *cc, enum cc_signal why, const struct cc_event *event)
{
	return cc->ssthresh;
}

static const struct cc_ops CONTROLLER = {
	.name = "controller", .rfc = "none", .ssthresh = keep_ssthresh, .control = leave_cwnd};

Test(sender_linux, control_keeps_its_window_through_recovery_and_undo)
{
	struct lab *lab = linux_lab(100);

	cc_start(&lab->tcb.cc, &CONTROLLER, &(struct cc_event){0});
	lab_write(lab, 10000);
	lab_wait(lab, 100000);
	ack(lab, 1, 1001, 4001);
	expect_info(lab, ca_state, LOSS_RECOVERY);
	expect_info(lab, snd_cwnd, 10);
	lab->tcb.cc.cwnd = 8;
	lab_wait(lab, 50000);
	ack(lab, 4001);
	ack(lab, 4001, 1, 1001); /* D-SACK: the retransmission was needless */
	expect_info(lab, ca_state, LOSS_OPEN);
	expect_info(lab, snd_cwnd, 8);
	lab_close(lab);
}

static unsigned starts, in_flight_at_start;

static void count_starts(struct cc *cc, enum cc_signal why, const struct cc_event *event)
{
	starts += why == CC_SEND_START;
	if (why == CC_SEND_START)
		in_flight_at_start += event->in_flight;
}

static const struct cc_ops COUNTER = {.name = "counter",
	.rfc = "none",
	.ssthresh = keep_ssthresh,
	.control = leave_cwnd,
	.signal = count_starts};

/* Linux tcp_event_data_sent(): CA_EVENT_TX_START when nothing is in flight, lost segments not
 * counted. */
Test(sender_linux, the_first_retransmission_after_a_timeout_starts_a_flight)
{
	struct lab *lab = linux_lab(100);

	starts = in_flight_at_start = 0;
	cc_start(&lab->tcb.cc, &COUNTER, &(struct cc_event){0});
	lab_write(lab, 4000);
	cr_expect_eq(starts, 1);
	while (lab_info(lab).tcpi_ca_state != LOSS_LOSS)
		lab_wait(lab, 10000);
	cr_expect_eq(starts, 2);
	ack(lab, 4001);
	lab_write(lab, 1000);
	cr_expect_eq(starts, 3);
	cr_expect_eq(in_flight_at_start, 0);
	lab_close(lab);
}

/* What was repeated, called not lost by an undo and then SACKed counts as under way for as long as
 * it is out (tcp_sacktag_one): more than is lost. The timer repeats the head all the same. */
Test(sender_linux, a_timeout_repeats_the_head_whatever_is_thought_to_be_under_way)
{
	struct lab *lab = lab_open(&tcpsim_profile_linux, true, true, 100);
	uint32_t sent_at = (uint32_t)(lab->host.now / LAB_MSEC);

	lab_write(lab, 8000);
	while (lab_info(lab).tcpi_ca_state != LOSS_LOSS)
		lab_wait(lab, 10000);
	lab_wait(lab, 100000);
	ack(lab, 1001);
	lab_wait(lab, 100000);
	lab_forget(lab);
	ack(lab, 3001, 7001, 8001);
	expect_sent(lab, "again 3001:4001 again 4001:5001 again 5001:6001 again 6001:7001");
	lab_wait(lab, 10000);
	lab_take(lab, (struct lab_ack){.ack = 4001, .ecr = sent_at});
	expect_info(lab, snd_ssthresh, CC_SSTHRESH_INFINITE);
	lab_wait(lab, 200000);
	ack(lab, 4001, 5001, 8001);
	expect_info(lab, retrans, 3);
	expect_sent(lab, "");
	lab_wait(lab, 2000000);
	cr_expect_eq(strncmp(lab->sent, "again 4001:5001", 15), 0, "sent `%s`", lab->sent);
	lab_close(lab);
}
