/* The calls of fuzz-pair's processes, and what they may be told. See pair_bench.h. */
#include "pair_bench.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/tcp.h>
#include <stdio.h>
#include <string.h>

#define STREAM_MAX 200000 /* bytes that one side may send in all */

/* Coverage of loops over bytes steers nowhere, and takes half of the time. */
#ifdef __clang__
#define PLAIN __attribute__((no_sanitize("coverage", "address", "undefined")))
#else
#define PLAIN
#endif

/* The byte at that place of what side `s` sends. */
static inline PLAIN uint8_t byte_at(int s, uint64_t place)
{
	uint32_t mixed = ((uint32_t)place + (uint32_t)s * 77777u) * 2654435761u;

	return (uint8_t)(mixed >> 24 ^ place >> 13);
}

static PLAIN void write_text(uint8_t *text, size_t len, int s, uint64_t place)
{
	for (size_t i = 0; i < len; i++)
		text[i] = byte_at(s, place + i);
}

/* How many of them are those that stand there. */
static PLAIN size_t right_bytes(const uint8_t *text, size_t len, int s, uint64_t place)
{
	size_t i = 0;

	while (i < len && text[i] == byte_at(s, place + i))
		i++;
	return i;
}

static void said(struct bench *b, int s, const char *call, ssize_t answer)
{
	if (b->trace)
		fprintf(stderr, "%10.3f %d %s = %zd (%s)\n", (double)b->now / 1e6, s, call, answer,
			tcpsim_state_name(tcpsim_state(b->side[s].host, b->side[s].fd)));
}

static void failed(struct bench *b, int s, ssize_t answer)
{
	struct end *end = &b->side[s];

	if (answer >= 0 || answer == -EAGAIN || answer == -EINPROGRESS || answer == -EALREADY)
		return;
	if (!end->connected && answer == -ENOTCONN)
		return;
	if (answer == -EPIPE && end->shut)
		return;
	end->err = true;
}

void send_text(struct bench *b, int s, size_t len, int flags)
{
	static uint8_t text[PIECE];
	struct end *end = &b->side[s];
	struct iovec iov[2] = {{text, len / 3}, {text + len / 3, len - len / 3}};
	struct msghdr msg = {.msg_iov = iov, .msg_iovlen = 2};
	ssize_t n;

	if (end->fd < 0 || end->shut || end->sent + len > STREAM_MAX)
		return;
	if (flags & MSG_FASTOPEN) {
		msg.msg_name = &b->side[!s].addr;
		msg.msg_namelen = sizeof(struct sockaddr_in6);
	}
	write_text(text, len, s, end->sent);
	n = tcpsim_sendmsg(end->host, end->fd, &msg, flags | MSG_NOSIGNAL);
	said(b, s, "send", n);
	memset(text, 0x55, len); /* whoever borrowed it instead of copying sends something else */
	if (n > 0)
		end->sent += (uint64_t)n;
	else if (!(flags & MSG_FASTOPEN)) /* not every system has it */
		failed(b, s, n);
}

static void compare(struct bench *b, int s, const uint8_t *text, size_t len)
{
	struct end *end = &b->side[s];
	size_t right = right_bytes(text, len, !s, end->got);

	if (right == len)
		return;
	fprintf(stderr, "side %d (%s), peer %s: at %" PRIu64 " stands %02x\n", s,
		tcpsim_host_profile(end->host)->name, tcpsim_host_profile(b->side[!s].host)->name,
		end->got + right, text[right]);
	must(false, "a byte is not the one that was sent");
}

static void at_end_of_file(struct bench *b, int s)
{
	struct end *end = &b->side[s], *peer = &b->side[!s];

	end->eof = true;
	if (end->deaf || end->err) /* the error was told, and nothing follows it */
		return;
	must(peer->shut, "the end of file, though the peer did not shut");
	must(end->got == peer->sent, "the end of file before all came");
}

ssize_t read_text(struct bench *b, int s, size_t len, int flags)
{
	static uint8_t text[PIECE];
	struct end *end = &b->side[s];
	struct iovec iov[2] = {{text, len / 2}, {text + len / 2, len - len / 2}};
	struct msghdr msg = {.msg_iov = iov, .msg_iovlen = 2};
	ssize_t n;

	if (end->fd < 0 || !len)
		return -EBADF;
	n = tcpsim_recvmsg(end->host, end->fd, &msg, flags);
	said(b, s, flags & MSG_PEEK ? "peek" : "recv", n);
	if (n > 0) {
		must(end->got + (uint64_t)n <= b->side[!s].sent, "more came than was sent");
		if (!(flags & MSG_TRUNC))
			compare(b, s, text, (size_t)n);
		if (!(flags & MSG_PEEK))
			end->got += (uint64_t)n;
	} else if (n == 0) {
		at_end_of_file(b, s);
	} else {
		failed(b, s, n);
	}
	return n;
}

void set(struct end *end, int level, int name, int value)
{
	if (end->fd >= 0)
		tcpsim_setsockopt(end->host, end->fd, level, name, &value, sizeof(value));
}

/* Linux may leave a window shut for good whose clamp is raised, where it has no scale; seen on 6.18
 * (tests/scripts/linux/clamp-raised-while-shut.pkt). */
static bool has_no_scale(const struct end *end)
{
	struct tcp_info info;
	socklen_t len = sizeof(info);

	return tcpsim_state(end->host, end->fd) >= TCPSIM_ESTABLISHED &&
	       tcpsim_getsockopt(end->host, end->fd, IPPROTO_TCP, TCP_INFO, &info, &len) == 0 &&
	       !(info.tcpi_options & TCPI_OPT_WSCALE);
}

void set_option(struct bench *b, int s)
{
	static const struct {
		int level, name;
	} OPTION[] = {{SOL_SOCKET, SO_RCVBUF}, {SOL_SOCKET, SO_SNDBUF}, {IPPROTO_TCP, TCP_MAXSEG},
		{IPPROTO_TCP, TCP_WINDOW_CLAMP}, {IPPROTO_TCP, TCP_NODELAY},
		{IPPROTO_TCP, TCP_CORK}, {IPPROTO_TCP, TCP_QUICKACK},
		{IPPROTO_TCP, TCP_NOTSENT_LOWAT}, {SOL_SOCKET, SO_KEEPALIVE},
		{SOL_SOCKET, SO_OOBINLINE}, {SOL_SOCKET, SO_RCVLOWAT},
		{IPPROTO_TCP, TCP_USER_TIMEOUT}};
	static const char *const CONGESTION[] = {
		"reno", "cubic", "bbr", "dctcp", "vegas", "westwood", "newreno"};
	enum { N_SIZES = 4 };
	size_t i = next8(b) % (sizeof(OPTION) / sizeof(OPTION[0]) + 1);
	const char *name = CONGESTION[next8(b) % 7];
	struct end *end = &b->side[s];
	int value;

	if (end->fd < 0)
		return;
	if (i == sizeof(OPTION) / sizeof(OPTION[0])) {
		tcpsim_setsockopt(end->host, end->fd, IPPROTO_TCP, TCP_CONGESTION, name,
			(socklen_t)strlen(name));
		return;
	}
	if (OPTION[i].name == TCP_USER_TIMEOUT && OPTION[i].level == IPPROTO_TCP)
		b->excused = true;
	/* smaller buffers and segments are lawful, and take days */
	value = next16(b) | (i < N_SIZES ? 512 : 0);
	if (b->trace)
		fprintf(stderr, "%10.3f %d option %d of level %d = %d\n", (double)b->now / 1e6, s,
			OPTION[i].name, OPTION[i].level, value);
	if (OPTION[i].name == TCP_WINDOW_CLAMP && OPTION[i].level == IPPROTO_TCP &&
		has_no_scale(end))
		b->excused = true;
	set(end, OPTION[i].level, OPTION[i].name, value);
}

bool can_sign(const struct end *end)
{
	return tcpsim_host_profile(end->host)->md5_rule != TCPSIM_MD5_NONE;
}

/* One key for both: Linux's is a socket's, for its peer's address; FreeBSD's the host's, for two
 * addresses, and the socket has a switch. */
void sign(struct bench *b, int s, int fd)
{
	static const char KEY[] = "one for both";
	const struct end *end = &b->side[s], *peer = &b->side[!s];
	struct tcpsim_md5sig sig = {.addr = peer->addr, .key_len = sizeof(KEY)};
	int on = 1;

	memcpy(sig.key, KEY, sizeof(KEY));
	if (tcpsim_host_md5_add(end->host, &end->own, &peer->own, KEY, sizeof(KEY)) == 0) {
		tcpsim_host_md5_add(end->host, &peer->own, &end->own, KEY, sizeof(KEY));
		must(tcpsim_setsockopt(end->host, fd, IPPROTO_TCP, TCP_MD5SIG, &on, sizeof(on)) ==
				0,
			"no switch");
	} else {
		must(tcpsim_setsockopt(end->host, fd, IPPROTO_TCP, TCP_MD5SIG, &sig, sizeof(sig)) ==
				0,
			"no key");
	}
}

void shut(struct bench *b, int s, int how)
{
	struct end *end = &b->side[s];
	int error;

	if (end->fd < 0)
		return;
	error = tcpsim_shutdown(end->host, end->fd, how);
	said(b, s, "shutdown", error);
	if (error)
		return;
	/* In SYN-SENT most systems give the attempt up (RFC 9293 §3.10.4); Linux
	 * says ECONNRESET. */
	if (tcpsim_state(end->host, end->fd) == TCPSIM_CLOSED)
		end->deaf = b->excused = true;
	if (how != SHUT_RD)
		end->shut = true;
	if (how != SHUT_WR)
		end->deaf = b->excused = true;
}

void close_side(struct bench *b, int s, bool abort)
{
	struct end *end = &b->side[s];

	if (end->fd < 0)
		return;
	if (abort)
		tcpsim_abort(end->host, end->fd);
	said(b, s, "close", tcpsim_close(end->host, end->fd));
	end->fd = -1;
	end->shut = end->deaf = b->excused = true;
}

void try_accept(struct bench *b)
{
	for (int s = 0; s < 2; s++) {
		struct end *end = &b->side[s];

		if (end->listener >= 0 && end->fd < 0 && !end->connected) {
			end->fd =
				tcpsim_accept4(end->host, end->listener, NULL, NULL, SOCK_NONBLOCK);
			end->connected = end->fd >= 0;
		} else if (end->fd >= 0 && tcpsim_state(end->host, end->fd) >= TCPSIM_ESTABLISHED) {
			end->connected = true;
		}
	}
}
