/*
 * RFC 9768 on a connection that stands: what Linux makes of the counters that come (ACE of three
 * bits, the option's of 24), when ACE may have wrapped, which options leave, and when feedback is
 * no longer believed.
 */

#include "support/info.h"
#include "time_units.h"
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <tcpsim/options.h>
#include <tcpsim/tcp_info.h>
#include <tcpsim/testkit.h>

/* As TCP_INFO has them. */
enum { FAIL_ACE_RECV = 2, FAIL_OPT_SEND = 4, FAIL_OPT_RECV = 8 };
enum { SEEN_NONE, SEEN_EMPTY, SEEN_COUNTERS, SEEN_ZEROED };

static void criterion_failure(const char *text)
{
	cr_assert_fail("%s", text);
}

static struct tcpsim_profile profile;

static void setup(void)
{
	peer_on_failure(criterion_failure);
	profile = tcpsim_profile_linux;
	profile.ecn = 3;
	profile.timestamps = false;
}

/* Each write is a segment. */
static void no_delay(struct tcpsim_peer *peer)
{
	int on = 1;

	cr_assert_eq(tcpsim_setsockopt(peer_host(peer), peer_fd(peer), IPPROTO_TCP, TCP_NODELAY,
			     &on, sizeof(on)),
		0);
}

TestSuite(accecn, .init = setup);

/* A client that agreed on AccECN with a peer that says this in its SYN,ACK. */
static struct tcpsim_peer *client(const char *options)
{
	struct tcpsim_peer *peer = peer_in(TCPSIM_SYN_SENT, &profile);
	char text[160];

	snprintf(text, sizeof(text), "SW. 0:0(0) ack 1 win 60000 %s", options);
	peer_sends(peer, text);
	expect_state(peer, TCPSIM_ESTABLISHED);
	return peer;
}

/* With an option of 12 bytes in each segment, 1000 bytes of text are left. */
#define COUNTING "<mss 1012,nop,nop,sackOK,ECN e1b 1 ceb 0 e0b 1,nop>"
#define SILENT	 "<mss 1000,nop,nop,sackOK>"

/* The ACE field of a peer that was sent `marks` CE, as flags. */
static const char *ace(unsigned marks)
{
	static const char *const FLAGS[8] = {"", "E", "W", "EW", "A", "EA", "WA", "EWA"};

	return FLAGS[(5 + marks) & 7];
}

/* It acknowledges all below `ack` and was sent `marks` CE; options may be "". */
static void acknowledge(struct tcpsim_peer *peer, uint32_t ack, unsigned marks, const char *options)
{
	char text[160];

	snprintf(text, sizeof(text), "%s. 1:1(0) ack %u win 60000 %s", ace(marks), ack, options);
	peer_sends(peer, text);
}

/* The same with its counters: bytes that came as ECT(0) and as CE. */
static void count(
	struct tcpsim_peer *peer, uint32_t ack, unsigned marks, unsigned e0b, unsigned ceb)
{
	char options[80];

	snprintf(options, sizeof(options), "<ECN e1b 1 ceb %u e0b %u,nop>", ceb, e0b + 1);
	acknowledge(peer, ack, marks, options);
}

/* A thousand bytes a segment, all in flight at once. */
static void send_segments(struct tcpsim_peer *peer, unsigned n)
{
	peer_writes(peer, n * 1000);
	peer_sent_text(peer);
	cr_assert_eq(info_of(peer).tcpi_unacked, n);
}

static void expect_marks(struct tcpsim_peer *peer, unsigned marks)
{
	cr_expect_eq(info_of(peer).tcpi_delivered_ce, marks, "%u marks, not %u",
		info_of(peer).tcpi_delivered_ce, marks);
	peer_free(peer);
}

/* --- the handshake --- */

Test(accecn, the_third_segment_tells_how_the_syn_ack_came)
{
	static const struct {
		const char *syn_ack, *ack;
	} CASE[] = {{"[noecn]", "[ect0] W. 1:1(0) ack 1"}, {"[ect1]", "[ect0] EW. 1:1(0) ack 1"},
		{"[ect0]", "[ect0] A. 1:1(0) ack 1"}, {"[ce]", "[ect0] WA. 1:1(0) ack 1"}};

	for (size_t i = 0; i < sizeof(CASE) / sizeof(CASE[0]); i++) {
		struct tcpsim_peer *peer = peer_in(TCPSIM_SYN_SENT, &profile);
		char text[80];

		snprintf(text, sizeof(text), "%s SW. 0:0(0) ack 1 win 60000 <mss 1000>",
			CASE[i].syn_ack);
		peer_sends(peer, text);
		expect_sent(peer, CASE[i].ack);
		/* and from then on it counts; a SYN,ACK that came as CE is the first */
		peer_writes(peer, 10);
		expect_sent(
			peer, i == 3 ? "[ect0] WAP. 1:11(10) ack 1" : "[ect0] EAP. 1:11(10) ack 1");
		peer_free(peer);
	}
}

/* RFC 9768 §3.2.2.3: our SYN,ACK left as not-ECT and cannot have come as ECT(0). */
Test(accecn, a_reflection_that_cannot_be_turns_marking_off)
{
	struct tcpsim_peer *peer = peer_in(TCPSIM_LISTEN, &profile);

	peer_sends(peer, "SEWA 0:0(0) win 60000 <mss 1000>");
	expect_sent(peer, "SW. 0:0(0) ack 1");
	peer_sends(peer, "[ect0] A. 1:1(0) ack 1 win 60000");
	peer_accepts(peer);
	cr_expect_eq(info_of(peer).tcpi_accecn_fail_mode, FAIL_ACE_RECV);
	peer_forget(peer);
	peer_writes(peer, 10);
	expect_sent(peer, "[noecn] EAP. 1:11(10) ack 1");
	peer_free(peer);
}

/* --- ACE alone --- */

Test(accecn, marks_slow_the_sender_and_are_counted_modulo_8)
{
	struct tcpsim_peer *peer = client(SILENT);

	send_segments(peer, 3);
	acknowledge(peer, 3001, 2, "");
	cr_expect_eq(info_of(peer).tcpi_delivered_ce, 2);
	cr_expect_lt(info_of(peer).tcpi_snd_ssthresh, 10);
	for (unsigned i = 1; i <= 3; i++) {
		send_segments(peer, 3);
		acknowledge(peer, 3001 + 3000 * i, 2 + 3 * i, "");
	}
	expect_marks(peer, 11);
}

/* RFC 9768 appendix A.2: of ten packets one or nine were marked; the worse is believed. */
Test(accecn, an_ack_of_many_may_hide_a_wrap)
{
	struct tcpsim_peer *peer = client(SILENT);

	for (unsigned i = 0; i < 3; i++) {
		send_segments(peer, 1);
		acknowledge(peer, 1001 + 1000 * i, 0, "");
	}
	send_segments(peer, 10);
	acknowledge(peer, 13001, 1, "");
	expect_marks(peer, 9);
}

/* Unless all its ACKs are of many: ACKs are thinned out on the way. */
Test(accecn, where_acks_are_thinned_out_the_least_is_believed)
{
	struct tcpsim_peer *peer = client(SILENT);

	send_segments(peer, 10);
	acknowledge(peer, 10001, 1, "");
	expect_marks(peer, 1);
}

/* RFC 9768 §3.2.2.5.1: an ACK that was overtaken brings no news. */
Test(accecn, an_ack_without_progress_tells_nothing)
{
	struct tcpsim_peer *peer = client(SILENT);

	send_segments(peer, 3);
	acknowledge(peer, 3001, 0, "");
	acknowledge(peer, 2001, 3, "");
	expect_marks(peer, 0);
}

/* --- with the option's counters --- */

/* Ten segments after one that showed how to tell bytes from bytes; ACE says `marks` modulo 8. */
static struct tcpsim_peer *ten_after_one(unsigned marks, unsigned ce_bytes)
{
	struct tcpsim_peer *peer = client(COUNTING);

	send_segments(peer, 1);
	count(peer, 1001, 0, 1000, 0);
	send_segments(peer, 10);
	count(peer, 11001, marks, 11000 - ce_bytes, ce_bytes);
	return peer;
}

Test(accecn, bytes_tell_whether_ace_went_round)
{
	expect_marks(ten_after_one(1, 0), 1);
	expect_marks(ten_after_one(1, 1000), 1);
	expect_marks(ten_after_one(1, 2000), 9); /* too many for one packet */
	expect_marks(ten_after_one(1, 9000), 9);
	expect_marks(ten_after_one(8, 0), 0);
}

/* Twenty at once: the share of the bytes says how often it went round. */
static struct tcpsim_peer *twenty(unsigned marks, unsigned ce_bytes)
{
	struct tcpsim_peer *peer = client(COUNTING);

	send_segments(peer, 10);
	count(peer, 10001, 0, 10000, 0);
	send_segments(peer, 20);
	count(peer, 30001, marks, 30000 - ce_bytes, ce_bytes);
	return peer;
}

Test(accecn, of_twenty_the_share_of_marked_bytes_counts)
{
	for (unsigned marks = 0; marks <= 20; marks++)
		expect_marks(twenty(marks, marks * 1000), marks);
}

Test(accecn, bytes_by_mark_are_told)
{
	struct tcpsim_peer *peer = ten_after_one(3, 3000);

	cr_expect_eq(info_of(peer).tcpi_delivered_e0_bytes, 8000);
	cr_expect_eq(info_of(peer).tcpi_delivered_ce_bytes, 3000);
	cr_expect_eq(info_of(peer).tcpi_delivered_e1_bytes, 0);
	cr_expect_eq(info_of(peer).tcpi_accecn_opt_seen, SEEN_COUNTERS);
	peer_free(peer);
}

/* Without an option on an ACK its bytes count as the mark that the last one showed. */
Test(accecn, an_ack_without_option_continues_the_last_mark)
{
	struct tcpsim_peer *peer = client(COUNTING);

	send_segments(peer, 3);
	acknowledge(peer, 1001, 0, "");
	cr_expect_eq(info_of(peer).tcpi_delivered_e0_bytes, 0, "no mark was shown yet");
	count(peer, 2001, 0, 2000, 0);
	acknowledge(peer, 3001, 0, "");
	cr_expect_eq(info_of(peer).tcpi_delivered_e0_bytes, 3000);
	peer_free(peer);
}

Test(accecn, counters_that_grow_together_leave_it_open)
{
	struct tcpsim_peer *peer = client(COUNTING);

	send_segments(peer, 3);
	count(peer, 2001, 1, 1000, 1000);
	acknowledge(peer, 3001, 1, "");
	cr_expect_eq(info_of(peer).tcpi_delivered_e0_bytes, 1000);
	cr_expect_eq(info_of(peer).tcpi_delivered_ce_bytes, 1000);
	peer_free(peer);
}

Test(accecn, a_counter_that_shrinks_is_not_certain)
{
	struct tcpsim_peer *peer = client(COUNTING);

	send_segments(peer, 3);
	count(peer, 1001, 0, 2000, 0);
	count(peer, 2001, 0, 1000, 0);
	cr_expect_eq(info_of(peer).tcpi_delivered_e0_bytes, 1000);
	acknowledge(peer, 3001, 0, "");
	cr_expect_eq(info_of(peer).tcpi_delivered_e0_bytes, 1000);
	peer_free(peer);
}

/* --- options that are not believed --- */

Test(accecn, a_zeroed_option_is_the_last_that_is_read)
{
	struct tcpsim_peer *peer = client("<mss 1012,ECN e1b 0 ceb 0 e0b 0,nop>");

	cr_expect_eq(info_of(peer).tcpi_accecn_opt_seen, SEEN_ZEROED);
	cr_expect_eq(info_of(peer).tcpi_accecn_fail_mode, FAIL_OPT_RECV);
	peer_writes(peer, 1000);
	count(peer, 1001, 0, 1000, 0);
	cr_expect_eq(info_of(peer).tcpi_delivered_e0_bytes, 0);
	peer_free(peer);
}

Test(accecn, an_empty_option_promises_more)
{
	struct tcpsim_peer *peer = client("<mss 1012,AccECN1,nop,nop>");

	cr_expect_eq(info_of(peer).tcpi_accecn_opt_seen, SEEN_EMPTY);
	send_segments(peer, 1);
	count(peer, 1001, 0, 1000, 0);
	cr_expect_eq(info_of(peer).tcpi_accecn_opt_seen, SEEN_COUNTERS);
	cr_expect_eq(info_of(peer).tcpi_delivered_e0_bytes, 1000);
	peer_free(peer);
}

/* The first option after 2^23 bytes may have wrapped. */
Test(accecn, an_option_that_comes_too_late_is_not_read)
{
	struct tcpsim_peer *peer = client(SILENT);
	uint32_t sent = 0;

	while (sent <= 1u << 23) {
		peer_writes(peer, 8000);
		peer_forget(peer);
		sent += 8000;
		acknowledge(peer, 1 + sent, 0, "");
	}
	cr_expect_eq(info_of(peer).tcpi_accecn_fail_mode, FAIL_OPT_RECV);
	peer_writes(peer, 1000);
	count(peer, 1 + sent + 1000, 0, 1000, 0);
	cr_expect_eq(info_of(peer).tcpi_delivered_e0_bytes, 0);
	peer_free(peer);
}

/* RFC 9768 §3.2.3.2.2: the ACK that told of the duplicate had an option and was lost again. */
Test(accecn, options_that_do_not_get_through_are_left_out)
{
	struct tcpsim_peer *peer = client(COUNTING);

	peer_sends(peer, "[ect0] EAP. 1:101(100) ack 1 win 60000");
	peer_forget(peer);
	for (unsigned i = 0; i < 2; i++) {
		peer_sends(peer, "[ect0] EAP. 1:101(100) ack 1 win 60000");
		cr_expect_eq(info_of(peer).tcpi_accecn_fail_mode, i ? FAIL_OPT_SEND : 0);
	}
	expect_sent(peer, "EA. 1:1(0) ack 101 <ECN e1b 1 ceb 0 e0b 201,nop,nop,nop,sack 1:101>");
	expect_sent(peer, "EA. 1:1(0) ack 101 <nop,nop,sack 1:101>");
	peer_free(peer);
}

/* --- options that leave --- */

/* Where only what is needed is sent: two after each change of mark. */
Test(accecn, on_demand_the_option_follows_a_change_twice)
{
	struct tcpsim_peer *peer;

	profile.ecn_option = 1;
	profile.ecn_option_beacon = 0;
	peer = client(COUNTING);
	no_delay(peer);
	peer_forget(peer);
	peer_sends(peer, "[ce] EAP. 1:101(100) ack 1 win 60000");
	expect_sent(peer, "WA. 1:1(0) ack 101 <ECN e1b 1 ceb 100 e0b 1,nop>");
	peer_writes(peer, 10);
	expect_sent(peer, "WAP. 1:11(10) ack 101 <ECN e1b 1 ceb 100 e0b 1,nop>");
	peer_writes(peer, 10);
	expect_sent(peer, "WAP. 11:21(10) ack 101");
	peer_free(peer);
}

/* RFC 9768 §3.2.3.3: so many times a round trip, whatever came. */
Test(accecn, the_beacon_is_an_option_a_third_of_a_round_trip_after_the_last)
{
	struct tcpsim_peer *peer;

	profile.ecn_option = 1;
	profile.ecn_option_beacon = 3;
	peer = peer_in(TCPSIM_SYN_SENT, &profile);
	peer_waits(peer, 300000000);
	peer_sends(peer, "SW. 0:0(0) ack 1 win 60000 " COUNTING);
	no_delay(peer);
	peer_writes(peer, 10);
	peer_writes(peer, 10);
	peer_forget(peer);
	peer_waits(peer, 99000000);
	peer_writes(peer, 10);
	expect_sent(peer, "EAP. 21:31(10) ack 1");
	peer_waits(peer, 1000000);
	peer_writes(peer, 10);
	expect_sent(peer, "EAP. 31:41(10) ack 1 <ECN e1b 1 ceb 0 e0b 1,nop>");
	peer_free(peer);
}

/* A counter of 24 bits must not wrap unseen: 2^22 bytes ask for an option. */
Test(accecn, four_megabytes_ask_for_an_option)
{
	struct tcpsim_peer *peer;
	unsigned told = 0;

	profile.ecn_option = 1;
	profile.ecn_option_beacon = 0;
	peer = client(COUNTING);
	peer_sends(peer, "[ect0] EAP. 1:1001(1000) ack 1 win 60000");
	expect_read(peer, 1000);
	peer_writes(peer, 10);
	peer_forget(peer);
	for (unsigned i = 1; i < 4200; i++) {
		char text[80];

		snprintf(text, sizeof(text), "[ect0] EAP. %u:%u(1000) ack 1 win 60000",
			1 + 1000 * i, 1001 + 1000 * i);
		peer_sends(peer, text);
		expect_read(peer, 1000);
		told += strstr(peer_sent_text(peer), "ECN") != NULL;
		peer_forget(peer);
	}
	cr_expect_eq(told, 1, "%u options", told);
	peer_free(peer);
}

/* Three holes leave room for all; beside four blocks the option's need decides. */
Test(accecn, sack_blocks_and_counters_share_forty_bytes)
{
	struct tcpsim_peer *peer = client(COUNTING);

	peer_forget(peer);
	peer_sends(peer, "[ect0] EA. 11:21(10) ack 1 win 60000");
	peer_sends(peer, "[ect0] EA. 31:41(10) ack 1 win 60000");
	peer_sends(peer, "[ect0] EA. 51:61(10) ack 1 win 60000");
	peer_forget(peer);
	/* ECT(0) came: its counter must be told, the last of three */
	peer_sends(peer, "[ect0] EA. 71:81(10) ack 1 win 60000");
	expect_sent(peer, "EA. 1:1(0) ack 1 <ECN e1b 1 ceb 0 e0b 41,nop,nop,nop,"
			  "sack 71:81 51:61 31:41>");
	/* nothing is marked: no counter must be told, and the blocks keep their room */
	peer_sends(peer, "[noecn] EA. 91:101(10) ack 1 win 60000");
	expect_sent(peer, "EA. 1:1(0) ack 1 <ECN e1b 1,nop,sack 91:101 71:81 51:61 31:41>");
	peer_free(peer);
}

/* With timestamps no more than two blocks fit beside ECT(0)'s counter: the option waits. */
Test(accecn, beside_timestamps_two_blocks_come_first)
{
	const char *sent;
	struct tcpsim_peer *peer;

	profile.timestamps = true;
	peer = client("<mss 1012,sackOK,TS val 1 ecr 0,ECN e1b 1 ceb 0 e0b 1,nop>");
	peer_sends(peer, "[ect0] EA. 11:21(10) ack 1 win 60000 <nop,nop,TS val 1 ecr 0>");
	peer_sends(peer, "[ect0] EA. 31:41(10) ack 1 win 60000 <nop,nop,TS val 1 ecr 0>");
	peer_forget(peer);
	peer_sends(peer, "[ect0] EA. 51:61(10) ack 1 win 60000 <nop,nop,TS val 1 ecr 0>");
	sent = peer_sent_text(peer);
	cr_expect_null(strstr(sent, "ECN"), "%s", sent);
	cr_expect_not_null(strstr(sent, "sack 51:61 31:41"), "%s", sent);
	peer_free(peer);
}

/* --- ACKs that marks bring about --- */

/* Whether text after so many CE marks on empty ACKs is acknowledged at once. */
static bool acknowledged_at_once(unsigned marks)
{
	struct tcpsim_peer *peer = client(SILENT);
	bool at_once;

	peer_sends(peer, "[ce] EAP. 1:11(10) ack 1 win 60000");
	send_segments(peer, 6);
	peer_forget(peer);
	for (unsigned i = 1; i <= marks; i++) {
		char text[80];

		snprintf(text, sizeof(text), "[ce] EA. 11:11(0) ack %u win 60000", 1 + 1000 * i);
		peer_sends(peer, text);
	}
	expect_nothing_sent(peer);
	peer_sends(peer, "[ce] EAP. 11:21(10) ack 1 win 60000");
	at_once = *peer_sent_text(peer) != '\0';
	peer_free(peer);
	return at_once;
}

/* RFC 9768 §3.2.2.5.1: n marks, before ACE could wrap. */
Test(accecn, four_marks_untold_hurry_the_next_ack)
{
	cr_expect_not(acknowledged_at_once(2));
	cr_expect(acknowledged_at_once(5));
}

/* Linux keeps an orphan in FIN-WAIT-2 as it keeps TIME-WAIT, which knows no counters. */
Test(accecn, an_orphan_in_fin_wait_2_does_not_count)
{
	struct tcpsim_peer *peer = client(SILENT);

	peer_sends(peer, "[ce] EAP. 1:11(10) ack 1 win 60000");
	expect_read(peer, 10);
	tcpsim_close(peer_host(peer), peer_fd(peer));
	peer_sends(peer, "EA. 11:11(0) ack 2 win 60000");
	expect_state(peer, TCPSIM_FIN_WAIT_2);
	peer_forget(peer);
	peer_sends(peer, "EA. 1:11(10) ack 2 win 60000");
	expect_sent(peer, ". 2:2(0) ack 11");
	peer_free(peer);
}
