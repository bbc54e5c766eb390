/* How a host is talked to. See features.h. */
#include "unit/profile/features.h"

int connection;
uint64_t heard;

void hear(uint64_t value)
{
	heard = (heard ^ value) * UINT64_C(0x9e3779b97f4a7c15);
	heard ^= heard >> 29;
}

const char *said(struct tcpsim_peer *peer)
{
	const char *text = peer_sent_text(peer);

	for (const char *c = text; *c; c++)
		hear((uint8_t)*c);
	return text;
}

void finish(struct tcpsim_peer *peer)
{
	int error = 0;
	socklen_t len = sizeof(error);

	said(peer);
	hear(peer_state(peer));
	if (peer_fd(peer) >= 0)
		tcpsim_getsockopt(
			peer_host(peer), peer_fd(peer), SOL_SOCKET, SO_ERROR, &error, &len);
	hear((uint64_t)error);
	peer_free(peer);
}

struct tcpsim_peer *listening(const struct tcpsim_profile *profile)
{
	return peer_in_with(
		TCPSIM_LISTEN, &(struct tcpsim_peer_options){
				       .profile = profile, .peer_iss = 1000, .iss_is_fixed = true});
}

void sends_format(struct tcpsim_peer *peer, const char *format, ...)
{
	char text[300];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	peer_sends(peer, text);
}

/* A handshake with that SYN and third segment, 20 ms apart, and accept(). */
struct tcpsim_peer *opened(const struct tcpsim_profile *profile, const char *syn, const char *third)
{
	struct tcpsim_peer *peer = listening(profile);

	peer_sends(peer, syn);
	peer_waits(peer, 20 * NSEC_PER_MSEC);
	said(peer);
	peer_sends(peer, third);
	connection =
		tcpsim_accept4(peer_host(peer), peer_listener_fd(peer), NULL, NULL, SOCK_NONBLOCK);
	cr_assert_geq(connection, 0, "%s", profile->name);
	said(peer);
	return peer;
}

struct tcpsim_peer *opened_with(const struct tcpsim_profile *profile, const char *options)
{
	char syn[200];

	snprintf(syn, sizeof(syn), "S 0:0(0) win 65535 %s", options);
	return opened(profile, syn, ". 1:1(0) ack 1 win 65535");
}

void option(struct tcpsim_peer *peer, int level, int name, int value)
{
	cr_assert_eq(
		tcpsim_setsockopt(peer_host(peer), connection, level, name, &value, sizeof(value)),
		0);
}

size_t writes(struct tcpsim_peer *peer, size_t len)
{
	static char text[64 * 1000];
	struct msghdr msg = {.msg_iov = &(struct iovec){text, len}, .msg_iovlen = 1};
	ssize_t n = tcpsim_sendmsg(peer_host(peer), connection, &msg, MSG_NOSIGNAL);

	return n < 0 ? 0 : (size_t)n;
}

void reads(struct tcpsim_peer *peer)
{
	static char text[64 * 1000];
	struct msghdr msg = {.msg_iov = &(struct iovec){text, sizeof(text)}, .msg_iovlen = 1};

	while (tcpsim_recvmsg(peer_host(peer), connection, &msg, MSG_DONTWAIT) > 0)
		;
}

struct tcpsim_tcp_info info_of(struct tcpsim_peer *peer)
{
	struct tcpsim_tcp_info info = {0};
	socklen_t len = sizeof(info);

	tcpsim_getsockopt(peer_host(peer), connection, IPPROTO_TCP, TCP_INFO, &info, &len);
	hear(info.tcpi_snd_cwnd);
	hear(info.tcpi_snd_ssthresh);
	return info;
}

unsigned lines_of(const char *text)
{
	unsigned n = 0;

	for (; *text; text++)
		n += *text == '\n';
	return n;
}

bool sent(struct tcpsim_peer *peer, const char *part)
{
	return strstr(said(peer), part) != NULL;
}

/* Writes whole segments and has them acknowledged one by one 20 ms later, until the window is so
 * wide; the next number. */
uint32_t widen(struct tcpsim_peer *peer, uint32_t next, uint32_t segments)
{
	for (int i = 0; i < 12 && info_of(peer).tcpi_snd_cwnd < segments; i++) {
		uint32_t n = info_of(peer).tcpi_snd_cwnd;

		n = (uint32_t)(writes(peer, (n < 60 ? n : 60) * 1000) / 1000);
		peer_waits(peer, 20 * NSEC_PER_MSEC);
		for (uint32_t acked = 1; acked <= n; acked++)
			sends_format(peer, ". 1:1(0) ack %u win 65535", next + 1000 * acked);
		next += 1000 * n;
		said(peer);
	}
	return next;
}
