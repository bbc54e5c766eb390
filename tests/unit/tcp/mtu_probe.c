/*
 * Packetization layer path MTU discovery: a segment larger than the others asks the path, and the
 * answer is taken without a loss being made of it. RFC 4821; the numbers are Linux's.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tcpsim/options.h>
#include <tcpsim/tcp_info.h>
#include <tcpsim/testkit.h>

#include "support/pair.h"
#include "time_units.h"

#define BASE  1024 /* base_mss */
#define PROBE 1242 /* half of the way from 1064 to 1500, less headers */

static void criterion_failure(const char *text)
{
	cr_assert_fail("%s", text);
}

static void setup(void)
{
	peer_on_failure(criterion_failure);
}

TestSuite(mtu_probe, .init = setup);

static struct tcpsim_profile linux_that_probes(int mode)
{
	struct tcpsim_profile profile = tcpsim_profile_linux;

	profile.mtu_probing = mode;
	profile.timestamps = false; /* so that an MTU is 40 more than a segment */
	profile.super_segments = false;
	profile.sndbuf = 1000000;
	return profile;
}

/* A connection that the host opened; the peer's SYN,ACK has those options. */
static struct tcpsim_peer *opened(const struct tcpsim_profile *profile, const char *options)
{
	struct tcpsim_peer *peer = peer_in(TCPSIM_SYN_SENT, profile);
	char text[120];

	snprintf(text, sizeof(text), "S. 0:0(0) ack 1 win 65535 %s", options);
	peer_sends(peer, text);
	peer_forget(peer);
	return peer;
}

/* To a peer that takes segments of 1460; the path may take less. */
static struct tcpsim_peer *searching(int mode)
{
	struct tcpsim_profile profile = linux_that_probes(mode);

	return opened(&profile, "<mss 1460,nop,nop,sackOK,nop,wscale 7>");
}

static struct tcpsim_tcp_info info_of(struct tcpsim_peer *peer)
{
	struct tcpsim_tcp_info info;
	socklen_t len = sizeof(info);

	tcpsim_getsockopt(peer_host(peer), peer_fd(peer), IPPROTO_TCP, TCP_INFO, &info, &len);
	return info;
}

static uint32_t mss_of(struct tcpsim_peer *peer)
{
	return info_of(peer).tcpi_snd_mss;
}

static char said[16384]; /* what the host sent since the last step */

static void listen_to(struct tcpsim_peer *peer)
{
	snprintf(said, sizeof(said), "%s", peer_sent_text(peer));
	peer_forget(peer);
}

static void acks(struct tcpsim_peer *peer, uint32_t ack, const char *options)
{
	char text[120];

	peer_waits(peer, NSEC_PER_SEC / 50);
	peer_sends(peer,
		(snprintf(text, sizeof(text), ". 1:1(0) ack %u win 2000 %s", ack, options), text));
	listen_to(peer);
}

/* Where the segment of that size begins that left last; 0: none did. */
static uint32_t left(uint32_t len)
{
	const char *text = said, *at;
	char size[32];
	uint32_t start = 0;

	snprintf(size, sizeof(size), "(%u)", len);
	for (at = text; (at = strstr(at, size)); at++) {
		const char *from = at;

		while (from > text && from[-1] != ' ')
			from--;
		start = (uint32_t)strtoul(from, NULL, 10);
	}
	return start;
}

/* Step by step, so that all of it leaves. */
static void acks_up_to(struct tcpsim_peer *peer, uint32_t from, uint32_t to)
{
	while ((from += 2 * BASE) < to)
		acks(peer, from, "");
	acks(peer, to, "");
}

/* Waits, then what the host says meanwhile. */
static void waits(struct tcpsim_peer *peer, int64_t ns)
{
	peer_waits(peer, ns);
	listen_to(peer);
}

/* Ten segments have left; two are acknowledged, and a window of twelve is enough for a probe. */
static struct tcpsim_peer *asked(const struct tcpsim_profile *profile, uint32_t *probe)
{
	struct tcpsim_peer *peer = opened(profile, "<mss 1460,nop,nop,sackOK,nop,wscale 7>");

	cr_expect_eq(mss_of(peer), BASE, "the search begins at base_mss");
	peer_writes(peer, 30000);
	listen_to(peer);
	cr_expect_eq(left(PROBE), 0, "a window of ten is too small to lose a probe in");
	acks(peer, 1 + 2 * BASE, "");
	*probe = left(PROBE);
	cr_assert(*probe, "%s", said);
	return peer;
}

static struct tcpsim_peer *with_probe_out(uint32_t *probe)
{
	struct tcpsim_profile profile = linux_that_probes(TCPSIM_MTU_PROBING_ALWAYS);

	return asked(&profile, probe);
}

Test(mtu_probe, what_arrives_raises_the_segment_size)
{
	uint32_t probe;
	struct tcpsim_peer *peer = with_probe_out(&probe);

	cr_expect_eq(mss_of(peer), BASE, "not before it is acknowledged");
	acks(peer, probe + PROBE, "");
	cr_expect_eq(mss_of(peer), PROBE);
	cr_expect(left(PROBE), "%s", said);
	cr_expect(left(1351), "and half of the way from 1282 is asked: %s", said);
	peer_free(peer);
}

Test(mtu_probe, one_is_out_at_a_time)
{
	uint32_t probe;
	struct tcpsim_peer *peer = with_probe_out(&probe);

	for (uint32_t n = 4; n <= 10; n += 2) {
		acks(peer, 1 + n * BASE, "");
		cr_expect(left(PROBE) == 0 && left(1351) == 0, "%s", said);
	}
	peer_free(peer);
}

Test(mtu_probe, only_after_a_black_hole_is_no_search_from_the_start)
{
	struct tcpsim_peer *peer = searching(TCPSIM_MTU_PROBING_BLACK_HOLE);

	cr_expect_eq(mss_of(peer), 1460);
	peer_free(peer);
}

/* The probe is missing among what arrives. */
static void loses(struct tcpsim_peer *peer, uint32_t probe)
{
	char text[100];

	for (uint32_t n = 1; n <= 3; n++) {
		snprintf(text, sizeof(text), ". 1:1(0) ack %u win 2000 <sack %u:%u,nop,nop>", probe,
			probe + PROBE, probe + PROBE + n * BASE);
		peer_sends(peer, text);
	}
	listen_to(peer);
}

/* RFC 4821 §7.6.2: it goes again in what is known to pass, the window stays, and a smaller one asks
 * next: half of the way from 1064 to 1281. */
Test(mtu_probe, a_lost_one_is_no_sign_of_congestion)
{
	uint32_t probe, cwnd, rest;
	struct tcpsim_peer *peer = with_probe_out(&probe);
	char head[60];

	acks(peer, probe, "");
	cwnd = info_of(peer).tcpi_snd_cwnd;
	loses(peer, probe);
	rest = PROBE - BASE;
	snprintf(head, sizeof(head), ". %u:%u(%u) ack", probe, probe + BASE, (unsigned)BASE);
	cr_expect(strstr(said, head), "%s", said);
	cr_expect_eq(left(rest), probe + BASE, "%s", said);
	cr_expect_eq(mss_of(peer), BASE);
	cr_expect_eq(info_of(peer).tcpi_snd_cwnd, cwnd + 1, "what the probe counted for is back");
	acks_up_to(peer, probe + PROBE, 30001);
	peer_writes(peer, 60000);
	acks(peer, 30001 + 4 * BASE, "");
	cr_expect_eq(left(PROBE), 0, "%s", said);
	cr_expect(left((1064 + PROBE + 39) / 2 - 40), "%s", said);
	peer_free(peer);
}

/* Linux __tcp_retransmit_skb(): once something went again, nobody knows in which size it arrived.
 */
Test(mtu_probe, what_went_again_proves_nothing)
{
	uint32_t probe;
	struct tcpsim_peer *peer = with_probe_out(&probe);

	acks(peer, probe, "");
	waits(peer, NSEC_PER_SEC);
	cr_expect_eq(left(BASE), probe, "in what is known to pass: %s", said);
	acks(peer, probe + PROBE, "");
	cr_expect_eq(mss_of(peer), BASE);
	acks_up_to(peer, probe + PROBE, 30001);
	peer_writes(peer, 60000);
	acks(peer, 30001 + 2 * BASE, "");
	cr_expect(left(PROBE), "it is asked again: %s", said);
	peer_free(peer);
}

/* Linux tcp_enter_loss(): nor is the timeout tested for a spurious one (RFC 5682), which would send
 * new text first. */
Test(mtu_probe, a_timeout_with_one_out_is_taken_for_a_loss)
{
	uint32_t probe;
	struct tcpsim_peer *peer = with_probe_out(&probe);

	acks(peer, probe, "");
	peer_writes(peer, 30000);
	waits(peer, NSEC_PER_SEC / 2); /* the second timeout comes later, and is an ordinary one */
	acks(peer, probe + BASE, "");
	cr_expect_eq(left(PROBE - BASE), probe + BASE, "%s", said);
	peer_free(peer);
}

/* The peer's segments may be larger than what the device takes: nothing larger than that leaves,
 * and the search goes on below it as soon as the segment size is looked at again. Seen of 6.18. */
Test(mtu_probe, the_path_bounds_the_search)
{
	struct tcpsim_profile profile = linux_that_probes(TCPSIM_MTU_PROBING_ALWAYS);
	struct tcpsim_peer *peer = opened(&profile, "<mss 8960,nop,nop,sackOK,nop,wscale 7>");

	peer_writes(peer, 60000);
	listen_to(peer);
	peer_waits(peer, NSEC_PER_SEC / 50);
	peer_sends(peer, ". 1:1(0) ack 2049 win 500"); /* no larger than what it offered before */
	listen_to(peer);
	cr_expect(strstr(said, "(1024)"));
	cr_expect_eq(left(4992), 0, "%s", said);
	cr_expect_eq(left(PROBE), 0, "%s", said);
	acks(peer, 1 + 4 * BASE, ""); /* a larger window than ever: Linux tcp_sync_mss() */
	cr_expect(left(PROBE), "%s", said);
	peer_free(peer);
}

static unsigned times(const char *what)
{
	unsigned n = 0;

	for (const char *at = said; (at = strstr(at, what)); at++)
		n++;
	return n;
}

/* Linux tcp_mtu_probing(), from the third timeout on: to base_mss, then half each time, and no
 * lower than the floor. Seen of 6.18. */
Test(mtu_probe, a_black_hole_is_guessed_at_and_searched_from_below)
{
	struct tcpsim_profile profile = linux_that_probes(TCPSIM_MTU_PROBING_BLACK_HOLE);
	struct tcpsim_peer *peer;

	profile.mtu_probe_floor = 300;
	peer = opened(&profile, "<mss 1460,nop,nop,sackOK,nop,wscale 7>");
	peer_writes(peer, 60000);
	waits(peer, 60 * NSEC_PER_SEC);
	cr_expect_eq(
		times(" 1:1461(1460)"), 5, "%s", said); /* the first leaves, and four times again */
	cr_expect_eq(times(" 1:1025(1024)"), 1, "%s", said);
	cr_expect_eq(times(" 1:513(512)"), 1, "%s", said);
	cr_expect_geq(times(" 1:301(300)"), 2, "no lower: %s", said);
	cr_expect_eq(mss_of(peer), 300);
	peer_free(peer);
}

static void waits_for_suspicion(struct tcpsim_peer *peer)
{
	uint32_t before = mss_of(peer);

	for (int n = 0; n < 60 && mss_of(peer) == before; n++)
		waits(peer, NSEC_PER_SEC);
}

/* And what was guessed at is found out: the search goes up from there. */
Test(mtu_probe, behind_a_black_hole_it_goes_up_again)
{
	struct tcpsim_peer *peer = searching(TCPSIM_MTU_PROBING_BLACK_HOLE);

	peer_writes(peer, 60000);
	waits_for_suspicion(peer);
	cr_assert_eq(mss_of(peer), BASE, "%s", said);
	acks(peer, 1 + 10 * 1460, "");
	for (uint32_t n = 1; n < 20 && !left(PROBE); n++)
		acks(peer, 1 + 10 * 1460 + n * 2 * BASE, "");
	cr_expect(left(PROBE), "%s", said);
	peer_free(peer);
}

/* Where it always searches, the first suspicion already halves. */
Test(mtu_probe, a_search_from_the_start_goes_down_at_the_first_suspicion)
{
	struct tcpsim_peer *peer = searching(TCPSIM_MTU_PROBING_ALWAYS);

	peer_writes(peer, 30000);
	waits_for_suspicion(peer);
	cr_expect_eq(mss_of(peer), BASE / 2, "%s", said);
	peer_free(peer);
}

/* Linux tcp_mtu_check_reprobe(): a search that is narrow enough ends; later it begins anew with
 * what the peer takes, as the path may have changed. */
Test(mtu_probe, a_search_that_ended_begins_anew_after_its_interval)
{
	struct tcpsim_profile profile = linux_that_probes(TCPSIM_MTU_PROBING_ALWAYS);
	struct tcpsim_peer *peer;
	uint32_t probe;

	profile.mtu_probe_threshold = 218; /* once 1282 is lost, 1064 to 1281 is narrower */
	profile.mtu_probe_interval = 5 * NSEC_PER_SEC;
	peer = asked(&profile, &probe);
	acks(peer, probe, "");
	loses(peer, probe);
	acks_up_to(peer, probe + PROBE, 30001);
	peer_writes(peer, 60000);
	acks(peer, 30001 + 4 * BASE, "");
	cr_expect_eq(left(1132), 0, "it ended: %s", said);
	acks_up_to(peer, 30001 + 4 * BASE, 90001);
	waits(peer, 5 * NSEC_PER_SEC);
	peer_writes(peer, 60000); /* finds that it is time */
	for (uint32_t n = 2; n < 20 && !left(PROBE); n += 2)
		acks(peer, 90001 + n * BASE, "");
	cr_expect(left(PROBE), "%s", said);
	peer_free(peer);
}

/* RFC 2018's blocks make headers longer: a host that has some to tell does not probe. One that
 * tells none may. */
Test(mtu_probe, what_came_out_of_order_holds_it_back_if_it_is_told)
{
	static const char *const OPTIONS[] = {
		"<mss 1460,nop,nop,sackOK,nop,wscale 7>", "<mss 1460,nop,wscale 7>"};
	struct tcpsim_profile profile = linux_that_probes(TCPSIM_MTU_PROBING_ALWAYS);

	for (int i = 0; i < 2; i++) {
		struct tcpsim_peer *peer = opened(&profile, OPTIONS[i]);

		peer_writes(peer, 30000);
		peer_sends(peer, ". 101:201(100) ack 1 win 2000");
		acks(peer, 1 + 2 * BASE, "");
		cr_expect_eq(left(PROBE) != 0, i == 1, "%d: %s", i, said);
		peer_free(peer);
	}
}

/* Too little text behind it, or a window that does not take it: ordinary segments go on. Where
 * only what is in flight stands in its way, it is waited for. */
Test(mtu_probe, what_is_needed_behind_it)
{
	struct tcpsim_profile profile = linux_that_probes(TCPSIM_MTU_PROBING_ALWAYS);
	struct tcpsim_peer *peer;

	for (uint32_t more = 0; more < 2; more++) {
		peer = opened(&profile, "<mss 1460,nop,nop,sackOK,nop,wscale 7>");
		peer_writes(peer, 10 * BASE + PROBE + 4 * BASE - 1 + more);
		peer_sends(peer, ". 1:1(0) ack 2049 win 2000");
		listen_to(peer);
		cr_expect_eq(left(PROBE) != 0, more == 1, "%u: %s", more, said);
		peer_free(peer);
	}
	peer = opened(&profile, "<mss 1460,nop,nop,sackOK,nop,wscale 0>");
	peer_writes(peer, 60000);
	peer_waits(peer, NSEC_PER_SEC / 50);
	peer_forget(peer);
	peer_sends(peer, ". 1:1(0) ack 10241 win 5000"); /* it needs 5338 */
	listen_to(peer);
	cr_expect_eq(left(BASE), 1 + 13 * BASE, "%s", said);
	peer_free(peer);

	peer = opened(&profile, "<mss 1460,nop,nop,sackOK,nop,wscale 0>");
	peer_writes(peer, 60000);
	peer_waits(peer, NSEC_PER_SEC / 50);
	peer_forget(peer);
	peer_sends(peer, ". 1:1(0) ack 4097 win 11000"); /* it would fit, if less were in flight */
	listen_to(peer);
	cr_expect_str_eq(said, "", "waited for");
	peer_sends(peer, ". 1:1(0) ack 10241 win 11000");
	listen_to(peer);
	cr_expect(left(PROBE), "%s", said);
	peer_free(peer);
}
