/* Byte-counting senders: 4.4BSD's Reno on ticks, NewReno and SACK by the RFCs, FreeBSD. */
#include "unit/recovery/lab.h"

/* RFC 5681 §3.1: one segment at first, two for each acknowledged. */
Test(sender_bsd44, starts_with_one_segment)
{
	struct lab *lab = lab_open(&tcpsim_profile_bsd44, false, false, 100);

	lab_write(lab, 30000);
	expect_sent(lab, "1:1001");
	ack(lab, 1001);
	expect_sent(lab, "1001:2001 2001:3001");
	lab_close(lab);
}

/* Stevens, TCP/IP Illustrated 2, §27.9: three duplicates, one retransmission, half the window, and
 * the first new ACK ends it. */
Test(sender_bsd44, fast_retransmit_and_fast_recovery)
{
	struct lab *lab = lab_open(&tcpsim_profile_bsd44, false, false, 100);

	lab->tcb.cc.cwnd = 8000;
	lab->tcb.cc.ssthresh = 4000;
	lab_write(lab, 30000);
	lab_forget(lab);
	ack(lab, 1);
	ack(lab, 1);
	expect_sent(lab, "");
	ack(lab, 1);
	expect_sent(lab, "again 1:1001");
	cr_expect_eq(lab->tcb.cc.ssthresh, 4000);
	cr_expect_eq(lab->tcb.cc.cwnd, 7000);
	ack(lab, 1);
	ack(lab, 1);
	expect_sent(lab, "8001:9001");
	ack(lab, 8001);
	cr_expect_eq(lab->tcb.cc.cwnd, 4000);
	expect_info(lab, ca_state, LOSS_OPEN);
	lab_close(lab);
}

/* 4.4BSD: without a round trip the timer is at 12 ticks, 6 s; then by its backoff from 24 ticks
 * / 2. */
Test(sender_bsd44, timeout_falls_on_a_tick)
{
	struct lab *lab = lab_open(&tcpsim_profile_bsd44, false, false, 100);

	lab_wait(lab, 300000);
	lab_write(lab, 1000);
	lab_forget(lab);
	lab_wait(lab, 1190000);
	expect_sent(lab, "");
	lab_wait(lab, 20000); /* srtt 1 tick, rttvar 2: three ticks, the first of which was short */
	expect_sent(lab, "again 1:1001");
	cr_expect_eq(lab->tcb.cc.cwnd, 1000);
	lab_wait(lab, 2980000);
	expect_sent(lab, "");
	lab_wait(lab, 20000);
	expect_sent(lab, "again 1:1001");
	lab_close(lab);
}

/* RFC 6582 §3.2 (3): each partial ACK brings the next hole. */
Test(sender_rfc9293, newreno_repairs_a_hole_each_round_trip)
{
	struct lab *lab = lab_open(&tcpsim_profile_rfc9293, false, false, 100);

	lab_write(lab, 10000);
	lab_forget(lab);
	for (int i = 0; i < 3; i++)
		ack(lab, 1);
	expect_sent(lab, "again 1:1001");
	for (int i = 0; i < 4; i++)
		ack(lab, 1);
	ack(lab, 3001);
	expect_sent(lab, "again 3001:4001");
	expect_info(lab, ca_state, LOSS_RECOVERY);
	ack(lab, 10001);
	expect_info(lab, ca_state, LOSS_OPEN);
	cr_expect_leq(lab->tcb.cc.cwnd, 5000);
	lab_close(lab);
}

/* RFC 6675 §4: three SACKed segments above make a hole lost; the pipe decides when it goes. */
Test(sender_rfc9293, sack_repairs_both_holes)
{
	struct lab *lab = lab_open(&tcpsim_profile_rfc9293, true, false, 100);

	lab_write(lab, 10000);
	lab_forget(lab);
	ack(lab, 1, 1001, 2001);
	ack(lab, 1, 1001, 3001);
	ack(lab, 1, 4001, 5001, 1001, 3001);
	expect_sent(lab, "again 1:1001");
	ack(lab, 1, 4001, 7001, 1001, 3001);
	ack(lab, 1, 4001, 10001, 1001, 3001);
	expect_sent(lab, "again 3001:4001");
	ack(lab, 10001);
	expect_info(lab, ca_state, LOSS_OPEN);
	lab_close(lab);
}

/* RFC 3042: a new segment on each of the first two duplicates. */
Test(sender_rfc9293, limited_transmit)
{
	struct lab *lab = lab_open(&tcpsim_profile_rfc9293, false, false, 100);

	lab_write(lab, 20000);
	lab_forget(lab);
	ack(lab, 1);
	expect_sent(lab, "10001:11001");
	ack(lab, 1);
	expect_sent(lab, "11001:12001");
	lab_close(lab);
}

/* FreeBSD: the smallest timeout is 30 ms, and the slop of 200 ms goes on top. */
Test(sender_freebsd, timeout_has_its_slop)
{
	struct lab *lab = lab_open(&tcpsim_profile_freebsd, true, true, 10);

	lab_write(lab, 1000);
	lab_forget(lab);
	lab_wait(lab, 229000);
	expect_sent(lab, "");
	lab_wait(lab, 5000);
	expect_sent(lab, "again 1:1001");
	lab_close(lab);
}

/* After a timeout all goes again, in slow start. */
Test(sender_freebsd, timeout_starts_over)
{
	struct lab *lab = lab_open(&tcpsim_profile_freebsd, true, false, 10);

	lab_write(lab, 5000);
	lab_forget(lab);
	lab_wait(lab, 300000);
	expect_sent(lab, "again 1:1001");
	expect_info(lab, ca_state, LOSS_LOSS);
	ack(lab, 1001);
	expect_sent(lab, "again 1001:2001 again 2001:3001");
	ack(lab, 5001);
	expect_info(lab, ca_state, LOSS_OPEN);
	expect_info(lab, unacked, 0);
	lab_close(lab);
}

/* R2 counts retransmissions: twelve, then the connection is given up. */
Test(sender_freebsd, gives_up_after_twelve)
{
	struct lab *lab = lab_open(&tcpsim_profile_freebsd, true, false, 10);

	lab_write(lab, 1000);
	while (lab_wait(lab, 1000000))
		;
	cr_expect_eq(lab->tcb.count.retrans_segs, 12);
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

static void expect_kept(const struct tcpsim_profile *profile, bool sack)
{
	struct lab *lab = lab_open(profile, sack, false, 100);

	lab_write(lab, 1000); /* whatever the initial window: one segment, then nine */
	ack(lab, 1001);
	cc_start(&lab->tcb.cc, &CONTROLLER, &(struct cc_event){0});
	lab->tcb.cc.cwnd = 10000;
	lab_write(lab, 9000);
	lab_wait(lab, 100000);
	for (uint32_t i = 1; i <= 3; i++)
		ack(lab, 1001, sack ? 2001 : 0, 2001 + 1000 * i);
	expect_info(lab, ca_state, LOSS_RECOVERY);
	cr_expect_eq(lab->tcb.cc.cwnd, 10000, "%s: %u", profile->name, lab->tcb.cc.cwnd);
	ack(lab, 1001, sack ? 2001 : 0, 6001);
	ack(lab, 6001);
	cr_expect_eq(lab->tcb.cc.cwnd, 10000, "%s: %u", profile->name, lab->tcb.cc.cwnd);
	ack(lab, 10001);
	expect_info(lab, ca_state, LOSS_OPEN);
	cr_expect_eq(lab->tcb.cc.cwnd, 10000, "%s: %u", profile->name, lab->tcb.cc.cwnd);
	lab_close(lab);
}

Test(sender_bsd, control_keeps_its_window_through_recovery)
{
	expect_kept(&tcpsim_profile_freebsd, true);
	expect_kept(&tcpsim_profile_rfc9293, true);
	expect_kept(&tcpsim_profile_rfc9293, false);
	expect_kept(&tcpsim_profile_bsd44, false);
}
