/*
 * Explicit congestion notification: what a handshake agrees on, what leaves marked, what marks
 * bring about. RFC 3168; RFC 9768 as Linux has it.
 */
#include "time_units.h"
#include <criterion/criterion.h>
#include <tcpsim/testkit.h>

static void criterion_failure(const char *text)
{
	cr_assert_fail("%s", text);
}

static void setup(void)
{
	peer_on_failure(criterion_failure);
}

TestSuite(ecn, .init = setup);

/* A Linux or FreeBSD host with that mode, and no timestamps to keep the segments short. */
static struct tcpsim_peer *host_in(
	enum tcpsim_state state, const struct tcpsim_profile *base, int mode)
{
	static struct tcpsim_profile profile;

	profile = *base;
	profile.ecn = mode;
	profile.timestamps = false;
	return peer_in(state, &profile);
}

/* A connection to a listener; the SYN's flags and the third segment are given. */
static struct tcpsim_peer *child(int mode, const char *syn, const char *syn_ack, const char *ack)
{
	struct tcpsim_peer *peer = host_in(TCPSIM_LISTEN, &tcpsim_profile_linux, mode);

	peer_sends(peer, syn);
	expect_sent(peer, syn_ack);
	peer_sends(peer, ack);
	expect_nothing_sent(peer);
	peer_accepts(peer);
	return peer;
}

#define CLASSIC_CHILD                                                                              \
	child(2, "SEW 0:0(0) win 32792 <mss 1000>", "SE. 0:0(0) ack 1", ". 1:1(0) ack 1 win 32792")
#define ACCURATE_CHILD                                                                             \
	child(3, "SEWA 0:0(0) win 32792 <mss 1000>", "SW. 0:0(0) ack 1",                           \
		"[ect0] W. 1:1(0) ack 1 win 32792")

/* --- RFC 3168 --- */

Test(ecn, a_syn_that_asks_is_answered_with_ece_alone)
{
	peer_free(CLASSIC_CHILD);
}

Test(ecn, mode_0_does_not_answer)
{
	peer_free(child(0, "SEW 0:0(0) win 32792 <mss 1000>", "S. 0:0(0) ack 1",
		". 1:1(0) ack 1 win 32792"));
}

Test(ecn, a_syn_that_is_ect_does_not_agree)
{
	peer_free(child(2, "[ect0] SEW 0:0(0) win 32792 <mss 1000>", "S. 0:0(0) ack 1",
		". 1:1(0) ack 1 win 32792"));
}

Test(ecn, ce_is_echoed_until_cwr_comes)
{
	struct tcpsim_peer *peer = CLASSIC_CHILD;

	peer_sends(peer, "[ce] P. 1:1001(1000) ack 1 win 32792");
	expect_sent(peer, "[noecn] E. 1:1(0) ack 1001");
	peer_sends(peer, "[ect0] P. 1001:2001(1000) ack 1 win 32792");
	expect_sent(peer, "[noecn] E. 1:1(0) ack 2001");
	peer_sends(peer, "[ect0] WP. 2001:3001(1000) ack 1 win 32792");
	expect_sent(peer, "[noecn] . 1:1(0) ack 3001");
	peer_free(peer);
}

Test(ecn, ece_brings_cwr_on_the_next_new_text_once)
{
	struct tcpsim_peer *peer = CLASSIC_CHILD;

	peer_writes(peer, 1000);
	expect_sent(peer, "[ect0] P. 1:1001(1000) ack 1");
	peer_sends(peer, "E. 1:1(0) ack 1001 win 32792");
	peer_writes(peer, 1000);
	expect_sent(peer, "[ect0] WP. 1001:2001(1000) ack 1");
	peer_sends(peer, ". 1:1(0) ack 2001 win 32792");
	peer_writes(peer, 1000);
	expect_sent(peer, "[ect0] P. 2001:3001(1000) ack 1");
	peer_free(peer);
}

Test(ecn, linux_asks_once_and_falls_back)
{
	struct tcpsim_peer *peer = host_in(TCPSIM_SYN_SENT, &tcpsim_profile_linux, 1);

	peer_waits(peer, NSEC_PER_SEC);
	expect_sent(peer, "[noecn] S 0:0(0)");
	peer_free(peer);
}

Test(ecn, freebsd_asks_twice)
{
	struct tcpsim_peer *peer = host_in(TCPSIM_SYN_SENT, &tcpsim_profile_freebsd, 1);

	peer_waits(peer, NSEC_PER_SEC);
	expect_sent(peer, "[noecn] SEW 0:0(0)");
	peer_waits(peer, 3 * NSEC_PER_SEC);
	expect_sent(peer, "[noecn] S 0:0(0)");
	peer_free(peer);
}

/* A simultaneous open: ours did not ask, the peer's SYN does. */
Test(ecn, syns_that_cross_agree_as_the_system_has_it)
{
	struct tcpsim_peer *peer = host_in(TCPSIM_SYN_SENT, &tcpsim_profile_freebsd, 2);

	peer_sends(peer, "SEW 0:0(0) win 32792 <mss 1000>");
	expect_sent(peer, "SE. 0:0(0) ack 1");
	peer_free(peer);
	peer = host_in(TCPSIM_SYN_SENT, &tcpsim_profile_linux, 2);
	peer_sends(peer, "SEW 0:0(0) win 32792 <mss 1000>");
	expect_sent(peer, "S. 0:0(0) ack 1");
	peer_free(peer);
}

/* --- RFC 9768 --- */

Test(ecn, the_syn_ack_tells_how_the_syn_came)
{
	static const struct {
		const char *syn, *syn_ack;
	} TABLE[] = {/* RFC 9768 §3.1.2 Table 2 */
		{"[noecn] SEWA 0:0(0) win 8192 <mss 1000>", "SW. 0:0(0) ack 1"},
		{"[ect1] SEWA 0:0(0) win 8192 <mss 1000>", "SEW. 0:0(0) ack 1"},
		{"[ect0] SEWA 0:0(0) win 8192 <mss 1000>", "SA. 0:0(0) ack 1"},
		{"[ce] SEWA 0:0(0) win 8192 <mss 1000>", "SWA. 0:0(0) ack 1"},
		{"[noecn] SEW 0:0(0) win 8192 <mss 1000>", "SE. 0:0(0) ack 1"},
		{"[noecn] SA 0:0(0) win 8192 <mss 1000>", "SW. 0:0(0) ack 1"}};

	for (size_t i = 0; i < sizeof(TABLE) / sizeof(TABLE[0]); i++) {
		struct tcpsim_peer *peer = host_in(TCPSIM_LISTEN, &tcpsim_profile_linux, 3);

		peer_sends(peer, TABLE[i].syn);
		expect_sent(peer, TABLE[i].syn_ack);
		peer_free(peer);
	}
}

Test(ecn, ace_counts_marks_from_five_on_and_wraps)
{
	struct tcpsim_peer *peer = ACCURATE_CHILD;

	peer_sends(peer, "[ce] EAP. 1:1001(1000) ack 1 win 32792");
	expect_sent(peer, "[ect0] WA. 1:1(0) ack 1001"); /* 6 */
	peer_sends(peer, "[ce] EAP. 1001:2001(1000) ack 1 win 32792");
	expect_sent(peer, "[ect0] EWA. 1:1(0) ack 2001"); /* 7 */
	peer_sends(peer, "[ce] EAP. 2001:3001(1000) ack 1 win 32792");
	expect_sent(peer, "[ect0] . 1:1(0) ack 3001"); /* 8, modulo 8 */
	peer_free(peer);
}

Test(ecn, flags_bleached_from_the_third_segment_turn_marking_off)
{
	struct tcpsim_peer *peer = child(3, "SEWA 0:0(0) win 32792 <mss 1000>", "SW. 0:0(0) ack 1",
		"[ect0] . 1:1(0) ack 1 win 32792");

	peer_writes(peer, 1000);
	expect_sent(peer, "[noecn] EAP. 1:1001(1000) ack 1");
	peer_free(peer);
}

Test(ecn, the_option_follows_once_the_peer_showed_one)
{
	struct tcpsim_peer *peer = child(3, "SEWA 0:0(0) win 32792 <mss 1000>",
		"SW. 0:0(0) ack 1 <mss 1460,ECN e1b 1 ceb 0 e0b 1,nop>",
		"[ect0] W. 1:1(0) ack 1 win 32792 <ECN e0b 1 ceb 0 e1b 1,nop>");

	peer_sends(peer, "[ect0] EAP. 1:1001(1000) ack 1 win 32792 <ECN e0b 1 ceb 0 e1b 1,nop>");
	expect_sent(peer, "[ect0] EA. 1:1(0) ack 1001 <ECN e1b 1 ceb 0 e0b 1001,nop>");
	peer_sends(peer, "[ce] EAP. 1001:2001(1000) ack 1 win 32792 <ECN e0b 1 ceb 0 e1b 1,nop>");
	expect_sent(peer, "[ect0] WA. 1:1(0) ack 2001 <ECN e1b 1 ceb 1000 e0b 1001,nop>");
	peer_free(peer);
}

Test(ecn, the_syn_ack_goes_again_without_option_then_without_flags)
{
	struct tcpsim_peer *peer = host_in(TCPSIM_LISTEN, &tcpsim_profile_linux, 3);

	peer_sends(peer, "SEWA 0:0(0) win 32792 <mss 1000>");
	expect_sent(peer, "SW. 0:0(0) ack 1 <mss 1460,ECN e1b 1 ceb 0 e0b 1,nop>");
	peer_waits(peer, NSEC_PER_SEC);
	expect_sent(peer, "SW. 0:0(0) ack 1 <mss 1460>");
	peer_waits(peer, 2 * NSEC_PER_SEC);
	expect_sent(peer, "S. 0:0(0) ack 1 <mss 1460>");
	peer_free(peer);
}

Test(ecn, accecn_asks_twice)
{
	struct tcpsim_peer *peer = host_in(TCPSIM_SYN_SENT, &tcpsim_profile_linux, 3);

	peer_waits(peer, NSEC_PER_SEC);
	expect_sent(peer, "[noecn] SEWA 0:0(0)");
	peer_waits(peer, NSEC_PER_SEC);
	expect_sent(peer, "[noecn] S 0:0(0)");
	peer_free(peer);
}
