/* What a sender shows. See features.h. */
#include "unit/profile/features.h"

/* RFC 3042: the first two duplicates bring new text out. */
bool shows_limited_transmit(const struct tcpsim_profile *p)
{
	struct tcpsim_profile plain = *p;

	plain.initial_window = 10;
	plain.sndbuf = plain.sndbuf_max = 262144;
	struct tcpsim_peer *peer = opened_with(&plain, "<mss 1000>");

	writes(peer, 14 * 1000);
	peer_waits(peer, 20 * NSEC_PER_MSEC);
	said(peer);
	peer_sends(peer, ". 1:1(0) ack 1 win 65535");
	bool shown = lines_of(said(peer)) > 0;

	finish(peer);
	return shown;
}

/* RFC 5681 §4.1: after a while without text the window is the first one again. */
bool shows_slow_start_after_idle(const struct tcpsim_profile *p)
{
	struct tcpsim_peer *peer = opened_with(p, "<mss 1000>");

	widen(peer, 1, 30);
	uint32_t wide = info_of(peer).tcpi_snd_cwnd;

	peer_waits(peer, 60 * NSEC_PER_SEC);
	writes(peer, 10);
	bool shown = info_of(peer).tcpi_snd_cwnd < wide;

	finish(peer);
	return shown;
}

/* RFC 3465: an ACK of two segments opens the window by both. */
bool shows_abc(const struct tcpsim_profile *p)
{
	struct tcpsim_profile wide = *p;

	wide.initial_window = 10;
	struct tcpsim_peer *peer = opened_with(&wide, "<mss 1000>");

	writes(peer, 10 * 1000);
	peer_waits(peer, 20 * NSEC_PER_MSEC);
	uint32_t before = info_of(peer).tcpi_snd_cwnd;

	peer_sends(peer, ". 1:1(0) ack 2001 win 65535");
	bool shown = info_of(peer).tcpi_snd_cwnd == before + 2;

	finish(peer);
	return shown;
}

/* RFC 8985 §7: the tail goes again well before the retransmission timeout. */
bool shows_tail_loss_probe(const struct tcpsim_profile *p)
{
	struct tcpsim_peer *peer = opened_with(p, "<mss 1000,nop,nop,sackOK>");

	widen(peer, 1, 12);
	writes(peer, 2 * 1000);
	said(peer);
	peer_waits(peer, 150 * NSEC_PER_MSEC);
	bool shown = lines_of(said(peer)) > 0;

	finish(peer);
	return shown;
}

/* RFC 8985 §6: what left well before a SACKed segment is lost, whatever the duplicates. */
bool shows_rack(const struct tcpsim_profile *p)
{
	struct tcpsim_profile no_probe = *p;

	no_probe.early_retrans = 0;
	struct tcpsim_peer *peer = opened_with(&no_probe, "<mss 1000,nop,nop,sackOK>");
	uint32_t next = widen(peer, 1, 12);

	writes(peer, 2 * 1000);
	said(peer);
	peer_waits(peer, 20 * NSEC_PER_MSEC);
	sends_format(peer, ". 1:1(0) ack %u win 65535 <nop,nop,sack %u:%u>", next, next + 1000,
		next + 2000);
	peer_waits(peer, 100 * NSEC_PER_MSEC);
	bool shown = lines_of(said(peer)) > 0;

	finish(peer);
	return shown;
}

/* RFC 5682: after a timeout that the next ACK shows to be needless, new text goes and not the old
 * again. */
bool shows_frto(const struct tcpsim_profile *p)
{
	struct tcpsim_peer *peer = opened_with(p, "<mss 1000>");
	char first[40];

	uint32_t next = widen(peer, 1, 10);

	writes(peer, 40 * 1000);
	said(peer);
	peer_waits(peer, 2 * NSEC_PER_SEC - 1300 * NSEC_PER_MSEC);
	said(peer);
	sends_format(peer, ". 1:1(0) ack %u win 65535", next + 2000);
	snprintf(first, sizeof(first), " %u:", next + 2000);
	bool shown = !sent(peer, first);

	finish(peer);
	return shown;
}

/* RFC 9406 and its forerunner: round trips that grow end slow start before a loss does. */
bool shows_hystart(const struct tcpsim_profile *p)
{
	struct tcpsim_peer *peer = opened_with(p, "<mss 1000>");
	uint32_t next = widen(peer, 1, 40);

	for (int round = 0; round < 3; round++) {
		uint32_t n = (uint32_t)(writes(peer, 40 * 1000) / 1000);

		peer_waits(peer, (60 + 40 * round) * NSEC_PER_MSEC);
		for (uint32_t i = 1; i <= n; i++)
			sends_format(peer, ". 1:1(0) ack %u win 65535", next + 1000 * i);
		next += 1000 * n;
		said(peer);
	}
	bool shown = info_of(peer).tcpi_snd_ssthresh < 10000;

	finish(peer);
	return shown;
}

/* RFC 6937 against RFC 6675 alone: the window comes down by what is delivered. */
bool shows_prr(const struct tcpsim_profile *p)
{
	struct tcpsim_profile roomy = *p;

	roomy.sndbuf = roomy.sndbuf_max = 262144;
	struct tcpsim_peer *peer = opened_with(&roomy, "<mss 1000,nop,nop,sackOK>");
	uint32_t next = widen(peer, 1, 20);

	writes(peer, 60 * 1000);
	peer_waits(peer, 20 * NSEC_PER_MSEC);
	for (uint32_t i = 1; i <= 8; i++) {
		if (i == 4) /* recovery has begun */
			said(peer);
		sends_format(peer, ". 1:1(0) ack %u win 65535 <nop,nop,sack %u:%u>", next,
			next + 1000, next + 1000 * (i + 1));
	}
	bool shown = lines_of(said(peer)) > 0;

	finish(peer);
	return shown;
}
