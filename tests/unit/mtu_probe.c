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

#define SECOND INT64_C(1000000000)
#define BASE   1024 /* base_mss */
#define PROBE  1242 /* half of the way from 1064 to 1500, less headers */

static void criterion_failure(const char *text)
{
	cr_assert_fail("%s", text);
}

static void setup(void)
{
	peer_on_failure(criterion_failure);
}

TestSuite(mtu_probe, .init = setup);

/* A connection that the host opened, to a peer that takes segments of 1460; the path may take less.
 * No timestamps, so that an MTU is 40 more than a segment. */
static struct peer *searching(int mode)
{
	static struct tcp_profile profile;
	struct peer *peer;

	profile = tcp_profile_linux;
	profile.mtu_probing = mode;
	profile.timestamps = false;
	profile.super_segments = false;
	profile.sndbuf = 1000000;
	peer = peer_in(TCP_SYN_SENT, &profile);
	peer_sends(peer, "S. 0:0(0) ack 1 win 65535 <mss 1460,nop,nop,sackOK,nop,wscale 7>");
	peer_forget(peer);
	return peer;
}

static uint32_t mss_of(struct peer *peer)
{
	struct tcpsim_tcp_info info;
	socklen_t len = sizeof(info);

	tcpsim_getsockopt(peer_host(peer), peer_fd(peer), IPPROTO_TCP, TCP_INFO, &info, &len);
	return info.tcpi_snd_mss;
}

static char said[16384]; /* what the host sent since the last step */

static void listen_to(struct peer *peer)
{
	snprintf(said, sizeof(said), "%s", peer_sent_text(peer));
	peer_forget(peer);
}

static void acks(struct peer *peer, uint32_t ack, const char *options)
{
	char text[120];

	peer_waits(peer, SECOND / 50);
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

/* Ten segments have left; two are acknowledged, and a window of twelve is enough for a probe. */
static struct peer *with_probe_out(uint32_t *probe)
{
	struct peer *peer = searching(MTU_PROBING_ALWAYS);

	cr_expect_eq(mss_of(peer), BASE, "the search begins at base_mss");
	peer_writes(peer, 30000);
	listen_to(peer);
	cr_expect_eq(left(PROBE), 0, "a window of ten is too small to lose a probe in");
	acks(peer, 1 + 2 * BASE, "");
	*probe = left(PROBE);
	cr_assert(*probe, "%s", said);
	return peer;
}

Test(mtu_probe, what_arrives_raises_the_segment_size)
{
	uint32_t probe;
	struct peer *peer = with_probe_out(&probe);

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
	struct peer *peer = with_probe_out(&probe);

	for (uint32_t n = 4; n <= 10; n += 2) {
		acks(peer, 1 + n * BASE, "");
		cr_expect(left(PROBE) == 0 && left(1351) == 0, "%s", said);
	}
	peer_free(peer);
}

Test(mtu_probe, only_after_a_black_hole_is_no_search_from_the_start)
{
	struct peer *peer = searching(MTU_PROBING_BLACK_HOLE);

	cr_expect_eq(mss_of(peer), 1460);
	peer_free(peer);
}
