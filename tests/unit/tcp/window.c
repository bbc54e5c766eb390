/* The peer's window, as the sender sees it: where its edge is, and what goes beyond it. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <sys/socket.h>
#include <tcpsim/testkit.h>

/* RFC 1122 §4.2.2.17: a peer that answers window probes keeps the connection, however long. And the
 * byte of a probe does not count as sent: an ACK bears the number that the peer expects. */
Test(send_window, a_probe_is_no_text_that_is_out)
{
	struct tcpsim_peer *p = peer_in(TCPSIM_ESTABLISHED, &tcpsim_profile_bsd44);

	peer_sends(p, "P. 1:11(10) ack 1 win 0");
	peer_sends(p, ". 11:11(0) ack 1 win 0");
	peer_writes(p, 100);
	peer_waits(p, INT64_C(10000000000));
	peer_forget(p);
	for (int i = 0; i < 60; i++) {
		peer_waits(p, INT64_C(60000000000));
		expect_sent(p, ". 1:2(1) ack 11");
		peer_forget(p);
		peer_sends(p, ". 11:11(0) ack 1 win 0");
	}
	expect_state(p, TCPSIM_ESTABLISHED);
	peer_sends(p, "P. 11:21(10) ack 1 win 0");
	peer_waits(p, 200000000);
	expect_sent(p, ". 1:1(0) ack 21");
	peer_free(p);
}

/* A peer that had room for the byte acknowledges it, and the rest follows. */
Test(send_window, the_byte_of_a_probe_may_be_acknowledged)
{
	struct tcpsim_peer *p = peer_in(TCPSIM_ESTABLISHED, &tcpsim_profile_freebsd);

	peer_sends(p, "P. 1:11(10) ack 1 win 0");
	peer_sends(p, ". 11:11(0) ack 1 win 0");
	peer_waits(p, INT64_C(1000000000));
	peer_forget(p);
	peer_writes(p, 100);
	peer_waits(p, INT64_C(6000000000));
	expect_sent(p, ". 1:2(1) ack 11");
	peer_sends(p, ". 11:11(0) ack 2 win 8760");
	expect_sent(p, "P. 2:101(99) ack 11");
	peer_free(p);
}

/* Nor does it leave again where what a write filled is sent in pieces. */
Test(send_window, the_byte_of_a_probe_is_no_longer_a_piece_s)
{
	struct tcpsim_profile by_write = tcpsim_profile_freebsd;
	struct tcpsim_peer *p;

	by_write.push_by_write = true;
	p = peer_in(TCPSIM_ESTABLISHED, &by_write);
	peer_sends(p, "P. 1:11(10) ack 1 win 0");
	peer_sends(p, ". 11:11(0) ack 1 win 0");
	peer_waits(p, INT64_C(1000000000));
	peer_writes(p, 100);
	peer_waits(p, INT64_C(6000000000));
	peer_forget(p);
	peer_sends(p, ". 11:11(0) ack 2 win 8760");
	expect_sent(p, "P. 2:101(99) ack 11");
	peer_sends(p, ". 11:11(0) ack 101 win 8760");
	expect_state(p, TCPSIM_ESTABLISHED);
	peer_free(p);
}

/* Both windows were shut, both sides probed, and both took the byte: each ACK is then one short of
 * what the other expects. */
Test(send_window, probes_that_cross_do_not_start_a_war)
{
	struct tcpsim_peer *p = peer_in(TCPSIM_ESTABLISHED, &tcpsim_profile_rfc9293);

	peer_sends(p, "P. 1:11(10) ack 1 win 0");
	peer_sends(p, ". 11:11(0) ack 1 win 0");
	peer_writes(p, 100);
	peer_waits(p, INT64_C(6000000000));
	peer_sends(p, ". 11:12(1) ack 1 win 0"); /* its probe, and there is room */
	peer_waits(p, 200000000);
	peer_forget(p);
	peer_sends(p, ". 11:11(0) ack 2 win 8760"); /* it took ours, and knows of nothing else */
	expect_sent(p, ". 2:2(0) ack 12");
	peer_free(p);
}

/* RFC 9293 §3.8.6: while a peer that took its window back answers, nothing counts towards giving
 * up, and the window that opens finds a connection with all its retries. */
Test(send_window, retransmissions_into_a_shut_window_are_not_counted)
{
	struct tcpsim_peer *p = peer_in(TCPSIM_ESTABLISHED, &tcpsim_profile_rfc9293);

	peer_writes(p, 100);
	peer_sends(p, ". 101:101(0) ack 1 win 0");
	for (int i = 0; i < 60; i++) {
		peer_waits(p, INT64_C(60000000000));
		peer_sends(p, ". 101:101(0) ack 1 win 0");
	}
	peer_sends(p, ". 102:102(0) ack 1 win 8760");
	peer_waits(p, INT64_C(120000000000));
	expect_state(p, TCPSIM_ESTABLISHED);
	peer_free(p);
}

/* 4.4BSD: snd_wnd -= acked. What overtook a retransmission set the window; the retransmission
 * acknowledges more, and the edge stays. */
Test(send_window, an_old_segment_does_not_move_the_edge)
{
	struct tcpsim_peer *p = peer_in(TCPSIM_ESTABLISHED, &tcpsim_profile_rfc9293);

	peer_sends(p, ". 101:101(0) ack 1 win 2920");
	peer_writes(p, 1460);
	peer_sends(p, ". 1:101(100) ack 1461 win 1460");
	peer_waits(p, INT64_C(1000000000));
	peer_forget(p);
	peer_writes(p, 4000);
	expect_sent(p, ". 1461:2921(1460) ack 101");
	expect_nothing_sent(p);
	peer_free(p);
}

/* RFC 9293 §3.10.7.4: the window is taken only where SND.UNA =< SEG.ACK. */
Test(send_window, a_late_duplicate_tells_no_window)
{
	struct tcpsim_peer *p = peer_in(TCPSIM_ESTABLISHED, &tcpsim_profile_linux);

	peer_writes(p, 1000);
	peer_sends(p, ". 1:1(0) ack 1001 win 0");
	peer_sends(p, ". 101:101(0) ack 501 win 8000");
	peer_forget(p);
	peer_writes(p, 1000);
	expect_nothing_sent(p);
	peer_free(p);
}

/* SACK blocks take their room from the text, also where it goes again: what was cut for a segment
 * without them would be longer than the path takes. */
Test(send_window, a_retransmission_leaves_room_for_sack_blocks)
{
	struct tcpsim_peer *p = peer_in_with(TCPSIM_ESTABLISHED,
		&(struct tcpsim_peer_options){.profile = &tcpsim_profile_freebsd,
			.syn_options = "<mss 1460,sackOK,nop,nop>"});

	peer_writes(p, 1460);
	expect_sent(p, "P. 1:1461(1460) ack 1");
	peer_sends(p, ". 101:201(100) ack 1 win 8760");
	peer_forget(p);
	peer_waits(p, INT64_C(4000000000));
	expect_sent(p, ". 1:1449(1448) ack 1");
	peer_free(p);
}

/* RFC 9293 §3.10.7.4: with a window of zero there is no room for text, but its ACK is heard. */
Test(send_window, text_for_a_shut_window_acknowledges)
{
	struct tcpsim_peer *p = peer_in(TCPSIM_ESTABLISHED, &tcpsim_profile_rfc9293);
	char segment[64];

	for (unsigned at = 1; at < 65536; at += 1285) {
		snprintf(segment, sizeof(segment), "P. %u:%u(1285) ack 1 win 8760", at, at + 1285);
		peer_sends(p, segment);
	}
	peer_forget(p);
	peer_writes(p, 100);
	expect_sent(p, "P. 1:101(100) ack 65536 win 0");
	peer_sends(p, "P. 65536:65636(100) ack 101 win 8760");
	expect_sent(p, ". 101:101(0) ack 65536 win 0");
	peer_waits(p, INT64_C(60000000000));
	expect_nothing_sent(p);
	peer_free(p);
}
