/* What a handshake, a socket and an end show. See features.h. */
#include "unit/profile/features.h"

#include "support/stranger.h"

/* What is not said in a handshake is not to be used: the option stands on the SYN,ACK that answers
 * a SYN with it, and on a SYN (the one that is repeated). */
static bool offers(const struct tcpsim_profile *p, const char *syn, const char *option)
{
	struct tcpsim_peer *peer = listening(p);

	peer_sends(peer, syn);
	bool shown = sent(peer, option);

	finish(peer);
	peer = peer_in(TCPSIM_SYN_SENT, p);
	peer_waits(peer, 7 * NSEC_PER_SEC);
	shown &= sent(peer, option);
	finish(peer);
	return shown;
}

bool shows_timestamps(const struct tcpsim_profile *p)
{
	static const char SYN[] = "S 0:0(0) win 65535 <mss 1000,nop,nop,TS val 7 ecr 0>";
	struct tcpsim_peer *peer = listening(p);

	peer_sends(peer, SYN);
	bool shown = sent(peer, "ecr 7");

	finish(peer);
	return shown && offers(p, SYN, "TS val");
}

bool shows_window_scaling(const struct tcpsim_profile *p)
{
	struct tcpsim_peer *peer = opened_with(p, "<mss 1000,nop,wscale 7>");

	writes(peer, 10);
	peer_waits(peer, 20 * NSEC_PER_MSEC);
	peer_sends(peer, ". 1:1(0) ack 11 win 1000");
	bool shown = info_of(peer).tcpi_snd_wnd == 1000 << 7;

	finish(peer);
	return shown && offers(p, "S 0:0(0) win 65535 <mss 1000,nop,wscale 7>", "wscale");
}

bool shows_sack(const struct tcpsim_profile *p)
{
	struct tcpsim_peer *peer = opened_with(p, "<mss 1000,nop,nop,sackOK>");

	peer_sends(peer, "P. 1001:2001(1000) ack 1 win 65535");
	peer_waits(peer, 5 * NSEC_PER_MSEC);
	bool shown = sent(peer, "sack 1001:2001");

	finish(peer);
	return shown && offers(p, "S 0:0(0) win 65535 <mss 1000,nop,nop,sackOK>", "sackOK");
}

/* RFC 2883 §4: the first block is what came twice. */
bool shows_dsack(const struct tcpsim_profile *p)
{
	struct tcpsim_peer *peer = opened_with(p, "<mss 1000,nop,nop,sackOK>");

	peer_sends(peer, "P. 1:1001(1000) ack 1 win 65535");
	peer_waits(peer, NSEC_PER_SEC);
	said(peer);
	peer_sends(peer, "P. 1:1001(1000) ack 1 win 65535");
	peer_waits(peer, NSEC_PER_SEC);
	bool shown = sent(peer, "sack 1:1001");

	finish(peer);
	return shown;
}

/* The peer says that marks came: the window is smaller a round trip later, as it would not be. */
static bool shrinks(struct tcpsim_peer *peer, const char *flags)
{
	uint32_t before;

	writes(peer, 10 * 1000);
	peer_waits(peer, 20 * NSEC_PER_MSEC);
	before = info_of(peer).tcpi_snd_cwnd;
	for (int i = 1; i <= 10; i++)
		sends_format(peer, "%s 1:1(0) ack %d win 65535", flags, 1000 * i + 1);
	bool shown = info_of(peer).tcpi_snd_cwnd < before;

	finish(peer);
	return shown;
}

bool shows_ecn(const struct tcpsim_profile *p)
{
	struct tcpsim_profile wide = *p;

	wide.initial_window = 10;
	return shrinks(
		opened(&wide, "SEW 0:0(0) win 65535 <mss 1000>", ". 1:1(0) ack 1 win 65535"), "E.");
}

/* ACE starts at 5 and stands at 6: one mark came. */
bool shows_accecn(const struct tcpsim_profile *p)
{
	struct tcpsim_profile wide = *p;

	wide.initial_window = 10;
	return shrinks(
		opened(&wide, "SEWA 0:0(0) win 65535 <mss 1000>", "W. 1:1(0) ack 1 win 65535"),
		"WA.");
}

void connects_fast(struct tcpsim_peer *peer, const struct tcpsim_profile *p)
{
	struct sockaddr_in to = {.sin_family = AF_INET,
		.sin_port = htons(8080),
		.sin_addr.s_addr = htonl(0xc0000201u)};
	char text[10] = "";
	struct msghdr msg = {.msg_name = &to,
		.msg_namelen = sizeof(to),
		.msg_iov = &(struct iovec){text, sizeof(text)},
		.msg_iovlen = 1};
	int one = 1, fd = tcpsim_socket(peer_host(peer), AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

	/* FreeBSD asks by the option, Linux by the flag. */
	tcpsim_setsockopt(peer_host(peer), fd, IPPROTO_TCP, TCP_FASTOPEN, &one, sizeof(one));
	tcpsim_sendmsg(
		peer_host(peer), fd, &msg, MSG_NOSIGNAL | (p->implied_connect ? 0 : MSG_FASTOPEN));
}

bool shows_fastopen_client(const struct tcpsim_profile *p)
{
	struct tcpsim_peer *peer = peer_in(TCPSIM_CLOSED, p);

	connects_fast(peer, p);
	bool shown = sent(peer, "FO");

	finish(peer);
	return shown;
}

bool shows_fastopen_server(const struct tcpsim_profile *p)
{
	struct tcpsim_peer *peer = listening(p);
	int most = 5;

	tcpsim_setsockopt(peer_host(peer), peer_listener_fd(peer), IPPROTO_TCP, TCP_FASTOPEN, &most,
		sizeof(most));
	peer_sends(peer, "S 0:0(0) win 65535 <mss 1000,FO,nop,nop>");
	bool shown = sent(peer, "FO ");

	finish(peer);
	return shown;
}

/* Text in order and alone: its ACK waits, at the latest once a connection is past its first
 * segments. */
bool shows_delayed_ack(const struct tcpsim_profile *p)
{
	struct tcpsim_peer *peer = opened_with(p, "<mss 1000>");
	unsigned acks = 0;

	for (int i = 0; i < 60; i++) {
		sends_format(peer, ". %d:%d(1000) ack 1 win 65535", 1000 * i + 1, 1000 * i + 1001);
		peer_waits(peer, NSEC_PER_MSEC);
		reads(peer);
		acks += lines_of(said(peer));
	}
	finish(peer);
	return acks < 55;
}

bool keeps_alive(const struct tcpsim_profile *p, bool asked)
{
	struct tcpsim_peer *peer = opened_with(p, "<mss 1000>");

	if (asked)
		option(peer, SOL_SOCKET, SO_KEEPALIVE, 1);
	peer_waits(peer, p->keepalive_idle + 2 * NSEC_PER_SEC);
	bool shown = lines_of(said(peer)) > 0;

	finish(peer);
	return shown;
}

bool shows_always_keepalive(const struct tcpsim_profile *p)
{
	return keeps_alive(p, false);
}

static bool fragments(struct tcpsim_peer *peer)
{
	struct tcpsim_packet *packet = tcpsim_host_transmit(peer_host(peer));
	uint8_t bytes[2000] = {0};

	cr_assert_not_null(packet);
	tcpsim_packet_bytes(packet, bytes, sizeof(bytes));
	tcpsim_packet_free(packet);
	return !(bytes[6] & 0x40);
}

bool shows_pmtu_discovery(const struct tcpsim_profile *p)
{
	struct tcpsim_peer *peer = opened_with(p, "<mss 1000>");

	writes(peer, 1000);
	bool shown = !fragments(peer);

	finish(peer);
	return shown;
}

/* RFC 4821: the search begins at base_mss; a black hole is guessed at after a few timeouts. */
bool shows_mtu_probing(const struct tcpsim_profile *p)
{
	struct tcpsim_peer *peer = opened_with(p, "<mss 1460>");

	writes(peer, 1460);
	peer_waits(peer, 30 * NSEC_PER_SEC);
	bool shown = info_of(peer).tcpi_snd_mss < 1460;

	finish(peer);
	return shown;
}

/* More SYNs are answered than entries are kept. */
bool shows_syncookies(const struct tcpsim_profile *p)
{
	struct tcpsim_profile small = *p;

	small.syn_backlog_max = 4;
	struct tcpsim_peer *peer = listening(&small);
	unsigned answers = 0;

	for (uint32_t i = 1; i <= 40; i++) {
		stranger_sends(peer, i, TCPSIM_SYN, 0);
		answers += lines_of(said(peer));
	}
	bool shown = answers == 40 && strangers_remembered(peer) < 40;

	finish(peer);
	return shown;
}

/* RFC 1337: a RST does not end TIME-WAIT. */
bool shows_rfc1337(const struct tcpsim_profile *p)
{
	struct tcpsim_peer *peer = peer_in(TCPSIM_TIME_WAIT, p);

	peer_sends(peer, "R 2:2(0) win 0");
	bool shown = peer_state(peer) == TCPSIM_TIME_WAIT;

	finish(peer);
	return shown;
}

bool shows_reset_on_close_unread(const struct tcpsim_profile *p)
{
	struct tcpsim_peer *peer = opened_with(p, "<mss 1000>");

	peer_sends(peer, "P. 1:101(100) ack 1 win 65535");
	peer_waits(peer, NSEC_PER_SEC);
	said(peer);
	tcpsim_close(peer_host(peer), connection);
	bool shown = sent(peer, "R. ");

	finish(peer);
	return shown;
}

bool shows_fin_wait_2_timeout(const struct tcpsim_profile *p)
{
	struct tcpsim_peer *peer = peer_in(TCPSIM_FIN_WAIT_2, p);

	tcpsim_close(peer_host(peer), peer_fd(peer));
	peer_waits(peer, 1000 * NSEC_PER_SEC);
	bool shown = peer_state(peer) == TCPSIM_CLOSED;

	finish(peer);
	return shown;
}

bool shows_autotune(const struct tcpsim_profile *p)
{
	struct tcpsim_peer *peer = opened_with(p, "<mss 1000,nop,wscale 7>");
	int before = 0, after = 0;
	socklen_t len = sizeof(int);

	tcpsim_getsockopt(peer_host(peer), connection, SOL_SOCKET, SO_RCVBUF, &before, &len);
	for (int i = 0; i < 2000; i++) {
		sends_format(peer, "P. %d:%d(1000) ack 1 win 65535", 1000 * i + 1, 1000 * i + 1001);
		if (i % 50 == 49)
			peer_waits(peer, 20 * NSEC_PER_MSEC);
		reads(peer);
		said(peer);
	}
	tcpsim_getsockopt(peer_host(peer), connection, SOL_SOCKET, SO_RCVBUF, &after, &len);
	finish(peer);
	return after > before;
}
