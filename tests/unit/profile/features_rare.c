/* What seldom shows: each of these sets the scene for one switch or two. See features.h. */
#include "unit/profile/features.h"

#include <arpa/inet.h>

#include "support/stranger.h"

/* What is sent, and when. */
static void watch(struct tcpsim_peer *peer, int64_t ns, int64_t step_ns)
{
	for (int64_t at = 0; at < ns; at += step_ns) {
		peer_waits(peer, step_ns);
		hear(lines_of(said(peer)));
	}
}

static void goes_unanswered(const struct tcpsim_profile *p)
{
	struct tcpsim_peer *peer = opened_with(p, "<mss 1000>");

	writes(peer, 100);
	watch(peer, 10 * NSEC_PER_SEC, 100 * NSEC_PER_MSEC);
	finish(peer);
}

/* An orphan, whose peer answers every probe and keeps its window shut. */
static void is_kept_waiting(const struct tcpsim_profile *p)
{
	struct tcpsim_profile quick = *p;

	quick.rto_max = NSEC_PER_SEC;
	struct tcpsim_peer *peer = opened_with(&quick, "<mss 1000>");

	writes(peer, 100);
	peer_sends(peer, ". 1:1(0) ack 101 win 0");
	writes(peer, 100);
	tcpsim_close(peer_host(peer), connection);
	for (int i = 0; i < 100; i++) {
		peer_waits(peer, NSEC_PER_SEC / 5);
		if (*said(peer))
			peer_sends(peer, ". 1:1(0) ack 101 win 0");
	}
	finish(peer);
}

static void limits_its_segments(const struct tcpsim_profile *p)
{
	struct tcpsim_peer *peer = opened_with(p, "<mss 1000>");
	int most = 300;

	tcpsim_setsockopt(
		peer_host(peer), connection, IPPROTO_TCP, TCP_MAXSEG, &most, sizeof(most));
	writes(peer, 600);
	finish(peer);
}

/* More handshakes than the queues hold, first without third segments, then with them. */
static void is_crowded(const struct tcpsim_profile *p)
{
	struct tcpsim_profile plain = *p;

	plain.syncookies = 0;
	struct tcpsim_peer *peer = listening(&plain);

	for (uint32_t i = 1; i <= 20; i++)
		stranger_sends(peer, i, TCPSIM_SYN, 0);
	finish(peer);
	peer = listening(&plain);
	for (uint32_t i = 1; i <= 20; i++) {
		stranger_sends(peer, i, TCPSIM_SYN, 0);
		said(peer);
		stranger_sends(peer, i, TCPSIM_ACK, 1); /* the host's first number is 0 */
		if (i == 4) /* these meet a queue that has room yet for their SYN */
			stranger_sends(peer, 30, TCPSIM_SYN, 0),
				stranger_sends(peer, 31, TCPSIM_SYN, 0);
	}
	stranger_sends(peer, 30, TCPSIM_ACK, 1);
	stranger_sends(peer, 31, TCPSIM_ACK, 1);
	said(peer);
	finish(peer);
}

static void hears_a_foreign_echo(const struct tcpsim_profile *p)
{
	struct tcpsim_peer *peer = peer_in(TCPSIM_SYN_SENT, p);

	peer_sends(peer, "S. 0:0(0) ack 1 win 65535 <mss 1000,nop,nop,TS val 5 ecr 4000000000>");
	finish(peer);
}

/* An ACK that was overtaken, and is older by its timestamp. */
static void hears_an_overtaken_ack(const struct tcpsim_profile *p)
{
	struct tcpsim_peer *peer =
		opened(p, "S 0:0(0) win 65535 <mss 1000,nop,nop,TS val 100 ecr 0>",
			". 1:1(0) ack 1 win 65535 <nop,nop,TS val 100 ecr 0>");

	peer_sends(peer, ". 1:1001(1000) ack 1 win 65535 <nop,nop,TS val 200 ecr 0>");
	reads(peer);
	peer_waits(peer, NSEC_PER_SEC);
	said(peer);
	peer_sends(peer, ". 1001:1001(0) ack 1 win 65535 <nop,nop,TS val 150 ecr 0>");
	finish(peer);
}

/* Nothing is read, so that the window shuts; then text comes whose ACK counts. */
static void shuts_its_window(const struct tcpsim_profile *p)
{
	struct tcpsim_profile small = *p;

	small.rcvbuf = small.rcvbuf_max = 4096;
	struct tcpsim_peer *peer = opened_with(&small, "<mss 1000>");

	writes(peer, 100);
	said(peer);
	for (int i = 0; i < 9; i++)
		sends_format(peer, ". %d:%d(512) ack 1 win 65535", 512 * i + 1, 512 * i + 513);
	said(peer);
	for (int i = 0; i < 9; i++)
		sends_format(peer, ". %d:%d(512) ack 101 win 65535", 512 * i + 1, 512 * i + 513);
	hear(info_of(peer).tcpi_unacked);
	finish(peer);
}

/* What is told is rounded up to a unit, so that memory is short before the window is. */
static void overfills_the_memory(const struct tcpsim_profile *p)
{
	struct tcpsim_profile coarse = *p;

	coarse.rcvbuf = coarse.rcvbuf_max = 16384;
	coarse.sockbuf_max = 1 << 26;
	struct tcpsim_peer *peer = opened_with(&coarse, "<mss 1460,nop,wscale 0>");

	for (int i = 0; i < 30; i++) {
		sends_format(peer, "P. %d:%d(509) ack 1 win 65535", 509 * i + 1, 509 * i + 510);
		peer_waits(peer, NSEC_PER_SEC / 2);
		said(peer);
	}
	finish(peer);
}

/* Windows in ACKs that are old by one number and new by the other, or old by both. */
static void tells_windows_out_of_order(const struct tcpsim_profile *p)
{
	static const char *const WINDOW[] = {". 1:11(10) ack 101 win 5000",
		". 21:21(0) ack 101 win 900", ". 21:21(0) ack 101 win 500",
		". 21:21(0) ack 101 win 0"};
	struct tcpsim_peer *peer = opened_with(p, "<mss 1000>");

	writes(peer, 100);
	peer_sends(peer, "P. 11:21(10) ack 1 win 1000");
	for (size_t i = 0; i < sizeof(WINDOW) / sizeof(WINDOW[0]); i++) {
		struct tcpsim_tcp_info info;

		peer_sends(peer, WINDOW[i]);
		info = info_of(peer);
		hear(info.tcpi_snd_wnd);
		said(peer);
	}
	finish(peer);
}

/* Taken back is what text is out in already; the peer's own text asks for an ACK. */
static void takes_its_window_back(const struct tcpsim_profile *p)
{
	struct tcpsim_peer *peer = opened_with(p, "<mss 1000>");

	writes(peer, 10000);
	peer_sends(peer, "P. 1:11(10) ack 1 win 65535");
	peer_sends(peer, "P. 11:21(10) ack 1 win 0");
	watch(peer, 2 * NSEC_PER_SEC, 100 * NSEC_PER_MSEC);
	peer_sends(peer, "P. 21:31(10) ack 1 win 0");
	watch(peer, 20 * NSEC_PER_SEC, NSEC_PER_SEC);
	finish(peer);
}

static void is_reset_after_a_fin(const struct tcpsim_profile *p)
{
	struct tcpsim_peer *peer = peer_in(TCPSIM_CLOSE_WAIT, p);

	peer_sends(peer, "R. 2:2(0) ack 1 win 0");
	finish(peer); /* which asks for SO_ERROR */
}

/* Its process is still there, and has only shut the connection. */
static void waits_for_a_fin(const struct tcpsim_profile *p)
{
	struct tcpsim_peer *peer = peer_in(TCPSIM_ESTABLISHED, p);

	tcpsim_shutdown(peer_host(peer), peer_fd(peer), SHUT_RDWR);
	peer_sends(peer, ". 1:1(0) ack 2 win 65535");
	peer_waits(peer, 1000 * NSEC_PER_SEC);
	finish(peer);
}

static void asks_for_ecn_in_vain(const struct tcpsim_profile *p)
{
	struct tcpsim_profile asks = *p;

	asks.ecn = 1;
	struct tcpsim_peer *peer = peer_in(TCPSIM_SYN_SENT, &asks);

	watch(peer, 40 * NSEC_PER_SEC, NSEC_PER_SEC);
	finish(peer);
	peer = peer_in(TCPSIM_SYN_SENT, p);
	peer_sends(peer, "SEW 0:0(0) win 65535 <mss 1000>");
	finish(peer);
}

static void sets_and_asks(const struct tcpsim_profile *p)
{
	struct tcpsim_peer *peer = opened_with(p, "<mss 1000>");
	struct tcpsim_host *host = peer_host(peer);
	struct sockaddr_in foreign = {
		.sin_family = AF_INET, .sin_addr.s_addr = inet_addr("203.0.113.9")};
	int value = 5000, six = tcpsim_socket(host, AF_INET6, SOCK_STREAM, 0);
	socklen_t len = sizeof(value);

	option(peer, SOL_SOCKET, SO_RCVBUF, value);
	tcpsim_getsockopt(host, connection, SOL_SOCKET, SO_RCVBUF, &value, &len);
	hear((uint64_t)value);
	option(peer, SOL_SOCKET, SO_KEEPALIVE, 1);
	tcpsim_getsockopt(host, connection, SOL_SOCKET, SO_KEEPALIVE, &value, &len);
	hear((uint64_t)value);
	tcpsim_getsockopt(host, six, IPPROTO_IPV6, IPV6_V6ONLY, &value, &len);
	hear((uint64_t)value);
	hear((uint64_t)tcpsim_bind(host, tcpsim_socket(host, AF_INET, SOCK_STREAM, 0),
		(struct sockaddr *)&foreign, sizeof(foreign)));
	finish(peer);
}

/* A router refuses what left; a connection that begins afterwards knows the path. */
static void meets_a_router(const struct tcpsim_profile *p)
{
	struct sockaddr_in to = {.sin_family = AF_INET,
		.sin_port = htons(9999),
		.sin_addr.s_addr = htonl(0xc0000201u)};
	struct tcpsim_peer *peer =
		peer_in_with(TCPSIM_SYN_SENT, &(struct tcpsim_peer_options){.profile = p});

	peer_waits(peer, 10 * NSEC_PER_SEC);
	stranger_refuses(peer, 2, 0, 0);
	finish(peer);
	peer = opened_with(p, "<mss 1460>");
	writes(peer, 1460);
	stranger_refuses(peer, 4, 1000, 0);
	said(peer);
	tcpsim_connect(peer_host(peer),
		tcpsim_socket(peer_host(peer), AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0),
		(struct sockaddr *)&to, sizeof(to));
	finish(peer);
	peer = opened_with(p, "<mss 1000>");
	writes(peer, 1000);
	stranger_refuses(peer, 4, 700, 1000);
	hear(info_of(peer).tcpi_snd_mss);
	finish(peer);
}

static void accepts_by_a_listener_that_never_blocks(const struct tcpsim_profile *p)
{
	struct tcpsim_peer *peer = listening(p);
	int fd;

	peer_sends(peer, "S 0:0(0) win 65535 <mss 1000>");
	said(peer);
	peer_sends(peer, ". 1:1(0) ack 1 win 65535");
	fd = tcpsim_accept4(peer_host(peer), peer_listener_fd(peer), NULL, NULL, 0);
	hear((uint64_t)tcpsim_nonblocking(peer_host(peer), fd));
	finish(peer);
}

/* Fast Open's option is never answered; what of the next connection? */
static void opens_fast_in_vain(const struct tcpsim_profile *p)
{
	struct tcpsim_profile asks = *p;

	asks.fastopen = 1;
	struct tcpsim_peer *peer = peer_in(TCPSIM_CLOSED, &asks);

	connects_fast(peer, p);
	watch(peer, 2 * NSEC_PER_SEC, NSEC_PER_SEC / 2);
	connects_fast(peer, p);
	finish(peer);
}

/* Somebody is bound to the port, with a TTL of his own, and does not listen. */
static void refuses_for_a_socket(const struct tcpsim_profile *p)
{
	struct tcpsim_peer *peer = peer_in(TCPSIM_CLOSED, p);
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(8080)};
	struct tcpsim_packet *packet;
	uint8_t bytes[100] = {0};
	int ttl = 9;

	tcpsim_bind(peer_host(peer), peer_fd(peer), (struct sockaddr *)&at, sizeof(at));
	tcpsim_setsockopt(peer_host(peer), peer_fd(peer), IPPROTO_IP, IP_TTL, &ttl, sizeof(ttl));
	stranger_sends(peer, 1, TCPSIM_SYN, 0);
	packet = tcpsim_host_transmit(peer_host(peer));
	cr_assert_not_null(packet);
	tcpsim_packet_bytes(packet, bytes, sizeof(bytes));
	tcpsim_packet_free(packet);
	hear(bytes[8]);
	finish(peer);
}

/* What begins where its window ends: an ACK, then a RST. */
static void hears_of_the_edge(const struct tcpsim_profile *p)
{
	struct tcpsim_peer *peer = opened_with(p, "<mss 1000>");
	uint32_t edge = 1 + info_of(peer).tcpi_rcv_wnd;

	writes(peer, 100);
	said(peer);
	sends_format(peer, ". %u:%u(0) ack 101 win 1000", edge, edge);
	hear(info_of(peer).tcpi_unacked);
	peer_waits(peer, NSEC_PER_SEC);
	said(peer);
	sends_format(peer, "R %u:%u(0) win 0", edge, edge);
	finish(peer);
}

static void is_reset_before_accept(const struct tcpsim_profile *p)
{
	struct tcpsim_peer *peer = listening(p);
	int fd;

	peer_sends(peer, "S 0:0(0) win 65535 <mss 1000>");
	said(peer);
	peer_sends(peer, ". 1:1(0) ack 1 win 65535");
	peer_sends(peer, "R. 1:1(0) ack 1 win 0");
	fd = tcpsim_accept4(peer_host(peer), peer_listener_fd(peer), NULL, NULL, 0);
	hear(fd < 0 ? (uint64_t)-fd : 1000);
	finish(peer);
}

/* In LAST-ACK, with its FIN out and with text still to be sent. */
static void is_aborted_late(const struct tcpsim_profile *p)
{
	for (size_t unsent = 0; unsent < 2; unsent++) {
		struct tcpsim_peer *peer = opened_with(p, "<mss 1000>");
		const struct linger now = {.l_onoff = 1};

		if (unsent)
			writes(peer, 100);
		peer_sends(peer, unsent ? "F. 1:1(0) ack 101 win 0" : "F. 1:1(0) ack 1 win 1000");
		if (unsent)
			writes(peer, 100);
		tcpsim_setsockopt(
			peer_host(peer), connection, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
		tcpsim_shutdown(peer_host(peer), connection, SHUT_WR);
		tcpsim_close(peer_host(peer), connection);
		finish(peer);
	}
}

/* The numbers and ports that connections begin with, and who may have a port that is taken. */
static void chooses_and_binds(const struct tcpsim_profile *p)
{
	struct tcpsim_peer *peer = peer_in(TCPSIM_CLOSED, p);
	struct tcpsim_host *host = peer_host(peer);
	struct sockaddr_in to = {.sin_family = AF_INET,
				   .sin_port = htons(80),
				   .sin_addr.s_addr = htonl(0xc0000201u)},
			   at = {.sin_family = AF_INET, .sin_port = htons(7000)};
	int fd[2], one = 1;

	for (int i = 0; i < 2; i++) {
		struct tcpsim_packet *packet;
		uint8_t bytes[100] = {0};

		tcpsim_connect(host, tcpsim_socket(host, AF_INET, SOCK_STREAM, 0),
			(struct sockaddr *)&to, sizeof(to));
		packet = tcpsim_host_transmit(host);
		cr_assert_not_null(packet);
		tcpsim_packet_bytes(packet, bytes, sizeof(bytes));
		tcpsim_packet_free(packet);
		for (int k = 20; k < 28; k++) /* ports, and the first number */
			hear(bytes[k]);
	}
	for (int i = 0; i < 2; i++) {
		fd[i] = tcpsim_socket(host, AF_INET, SOCK_STREAM, 0);
		if (i)
			tcpsim_setsockopt(host, fd[i], SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
		hear((uint64_t)tcpsim_bind(host, fd[i], (struct sockaddr *)&at, sizeof(at)));
		at.sin_addr.s_addr = htonl(0xc0a80001u);
	}
	finish(peer);
}

void play_rare_scenes(const struct tcpsim_profile *p)
{
	goes_unanswered(p);
	is_kept_waiting(p);
	limits_its_segments(p);
	is_crowded(p);
	hears_a_foreign_echo(p);
	hears_an_overtaken_ack(p);
	shuts_its_window(p);
	overfills_the_memory(p);
	tells_windows_out_of_order(p);
	takes_its_window_back(p);
	is_reset_after_a_fin(p);
	waits_for_a_fin(p);
	asks_for_ecn_in_vain(p);
	sets_and_asks(p);
	meets_a_router(p);
	hears_of_the_edge(p);
	is_reset_before_accept(p);
	is_aborted_late(p);
	chooses_and_binds(p);
	opens_fast_in_vain(p);
	accepts_by_a_listener_that_never_blocks(p);
	refuses_for_a_socket(p);
}
