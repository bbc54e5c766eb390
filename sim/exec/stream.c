/*
 * The bytes between a program and the host's socket. See inner.h.
 *
 * Towards the program: what waits in the host's receive queue is shown, copied into the pair, and
 * stays in the queue until the program has read it. So the receive window, SO_RCVBUF, FIONREAD and
 * the reset of a close with unread text are those of the queue, and the pair is no buffer beside
 * it. What was read is told by the memory that the pair still holds: it gives back each write of
 * ours as a whole, once all of it is read.
 *
 * From the program: what it wrote is taken only while the host's send buffer has room, so the pair
 * fills and the program waits. What the pair holds then is beside SO_SNDBUF: EXEC_SEND_ROOM.
 */
#include <errno.h>
#include <linux/sockios.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "exec/calls.h"
#include "exec/connect.h"
#include "exec/inner.h"
#include "exec/stream.h"
#include "exec/supervisor.h"
#include "exec/table.h"

/* Text shown at once: with what surrounds it (as much again, at the most) a quarter of the room, or
 * the kernel would not tell of reads (af_unix.c, unix_writable). Root may have more than
 * net.core.wmem_max. */
#define SHOWN_ROOM (1024 * 1024) /* the kernel makes it twice as much, for what surrounds */
#define SHOWN_PART 8
#define SHOWN_BEFORE                                                                               \
	(16 * 1024) /* fits into net.core.wmem_default, of which all have some 200 kB */
#define EXEC_SEND_ROOM (64 * 1024)

static void make_room(int pair)
{
	int room = SHOWN_ROOM;

	if (setsockopt(pair, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof(room)) != 0)
		setsockopt(pair, SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
}

uint32_t exec_stream_most_shown(void)
{
	int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), room = 0;
	socklen_t len = sizeof(room);

	if (probe >= 0) {
		make_room(probe);
		getsockopt(probe, SOL_SOCKET, SO_SNDBUF, &room, &len);
		close(probe);
	}
	return (uint32_t)room / SHOWN_PART;
}

static uint32_t memory_of(const struct exec_socket *so)
{
	int memory = 0;

	return ioctl(so->pair, SIOCOUTQ, &memory) == 0 && memory > 0 ? (uint32_t)memory : 0;
}

uint32_t exec_stream_unsent(const struct exec_socket *so)
{
	int there = 0;

	if (so->pair < 0 || so->phase != EXEC_STREAM || ioctl(so->pair, FIONREAD, &there) != 0)
		there = 0;
	return so->unsent_len + (uint32_t)there - (so->stale && there);
}

/* --- a connect under way --- */

void exec_stream_block(struct exec_socket *so, int copy)
{
	int least = 1; /* the kernel gives its least */

	setsockopt(copy, SOL_SOCKET, SO_SNDBUF, &least, sizeof(least));
	while (send(copy, "", 1, MSG_DONTWAIT | MSG_NOSIGNAL) == 1)
		so->junk++;
}

void exec_stream_unblock(struct exec_socket *so)
{
	char junk[64];
	ssize_t n;

	while (so->junk) {
		n = recv(so->pair, junk, MIN(so->junk, sizeof(junk)), MSG_DONTWAIT);
		if (n <= 0)
			break;
		so->junk -= (uint32_t)n;
	}
	so->junk = 0;
}

void exec_stream_open(struct exec_socket *so, int copy)
{
	int send = EXEC_SEND_ROOM;

	if (copy >= 0)
		setsockopt(copy, SOL_SOCKET, SO_SNDBUF, &send, sizeof(send));
	so->phase = EXEC_STREAM;
}

/* --- towards the program --- */

static void read_from_host(struct exec_socket *so, size_t len)
{
	struct iovec nowhere = {NULL, len};
	struct msghdr msg = {.msg_iov = &nowhere, .msg_iovlen = 1};
	ssize_t n;

	/* A read ends before an urgent byte: the next one goes on. */
	while (nowhere.iov_len > 0) {
		n = tcpsim_recvmsg(exec_host(so->supervisor), so->model, &msg, MSG_TRUNC);
		if (n <= 0)
			return;
		nowhere.iov_len -= MIN((size_t)n, nowhere.iov_len);
	}
}

/* The kernel gives the memory back, too, when the program closes without having read: it says so by
 * an error, before (af_unix.c, unix_release_sock). */
static bool is_closed_unread(struct exec_socket *so)
{
	struct pollfd pair = {.fd = so->pair};

	if (!so->left_unread && poll(&pair, 1, 0) == 1 && pair.revents & POLLERR)
		exec_socket_hung_up(so, true);
	return so->left_unread;
}

void exec_stream_note_read(struct exec_socket *so)
{
	uint32_t held, read = 0;

	so->held = 0;
	if (!so->shown_n)
		return;
	so->held = held = memory_of(so);
	if (!held && is_closed_unread(so))
		return;
	while (so->shown_n) {
		const struct exec_shown *first = &so->shown[so->shown_from];

		if (held && so->shown_memory - first->memory < held)
			break;
		so->shown_memory -= first->memory;
		read += first->len;
		so->shown_from = (so->shown_from + 1) % EXEC_MOST_SHOWN;
		so->shown_n--;
	}
	so->shown_bytes -= read;
	if (read)
		read_from_host(so, read);
}

/* A pair is given more room once it needs it: most connections are short. */
static uint32_t most_shown(struct exec_socket *so)
{
	if (!so->has_room && so->shown_bytes < SHOWN_BEFORE)
		return SHOWN_BEFORE - so->shown_bytes;
	if (!so->has_room)
		make_room(so->pair);
	so->has_room = true;
	return so->supervisor->most_shown - so->shown_bytes;
}

/* One write into the pair; false: nothing more can be shown now. */
static bool show(struct exec_socket *so)
{
	struct exec_supervisor *s = so->supervisor;
	size_t most = MIN(EXEC_CHUNK, most_shown(so)), n;
	struct exec_shown *last;
	uint32_t before = so->held;
	ssize_t took;

	if (so->shown_n == EXEC_MOST_SHOWN || !most)
		return false;
	n = tcpsim_view(exec_host(s), so->model, so->shown_bytes, s->buffer, most);
	if (!n)
		return false;
	took = send(so->pair, s->buffer, n, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (took <= 0)
		return false; /* full; or the program reads no more (SHUT_RD), and it stays */
	so->held = memory_of(so);
	last = &so->shown[(so->shown_from + so->shown_n++) % EXEC_MOST_SHOWN];
	/* Too little, if the program read meanwhile: a read is then seen later, never too early. */
	last->memory = so->held > before ? so->held - before : 1;
	last->len = (uint32_t)took;
	so->shown_memory += last->memory;
	so->shown_bytes += (uint32_t)took;
	s->counts.bytes_in += (uint64_t)took;
	return true;
}

static bool all_is_shown(const struct exec_socket *so)
{
	uint8_t byte;

	return tcpsim_view(exec_host(so->supervisor), so->model, so->shown_bytes, &byte, 1) == 0;
}

/* What follows the text: a FIN, or an error. */
static void show_end(struct exec_socket *so)
{
	short events = tcpsim_poll(exec_host(so->supervisor), so->model);

	if (!(events & (POLLERR | POLLHUP | POLLRDHUP)) || !all_is_shown(so))
		return;
	if (events & POLLERR) {
		exec_socket_end(so);
	} else if (!so->end_shown) {
		so->end_shown = true;
		shutdown(so->pair, SHUT_WR);
	}
}

/* --- from the program --- */

static ssize_t send_to_host(struct exec_socket *so, uint8_t *bytes, size_t len, int flags)
{
	struct iovec iov = {bytes, len};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};

	return tcpsim_sendmsg(exec_host(so->supervisor), so->model, &msg, flags | MSG_NOSIGNAL);
}

/* What was left over goes first. False: there is still no room, or the connection is over. */
static bool send_unsent(struct exec_socket *so)
{
	ssize_t n;

	if (!so->unsent_len)
		return true;
	n = send_to_host(so, so->unsent + so->unsent_from, so->unsent_len, 0);
	if (n < 0)
		return false;
	so->supervisor->counts.bytes_out += (uint64_t)n;
	so->unsent_from += (uint32_t)n;
	so->unsent_len -= (uint32_t)n;
	return !so->unsent_len;
}

static void keep_unsent(struct exec_socket *so, const uint8_t *bytes, size_t len)
{
	if (!so->unsent)
		so->unsent = g_malloc(EXEC_CHUNK);
	memcpy(so->unsent, bytes, len);
	so->unsent_from = 0;
	so->unsent_len = (uint32_t)len;
}

/* How much may be read from the pair: not the byte that stays in it for a reset's sake. */
static size_t readable(const struct exec_socket *so)
{
	int there = 0;

	if (!so->stale)
		return EXEC_CHUNK;
	if (ioctl(so->pair, FIONREAD, &there) != 0 || there <= 1)
		return 0;
	return MIN((size_t)there - 1, EXEC_CHUNK);
}

/* One read from the pair. False: it is empty, ended, or the host has no room. */
static bool take(struct exec_socket *so)
{
	struct exec_supervisor *s = so->supervisor;
	struct iovec iov = {s->buffer, so->has_input ? readable(so) : 0};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
	int left = 0;
	ssize_t n, took;

	if (!iov.iov_len)
		return so->has_input = false;
	n = recvmsg(so->pair, &msg, MSG_DONTWAIT);
	if (n < 0 && errno == ECONNRESET)
		exec_socket_hung_up(so, true);
	/* Less than asked for is all, and what comes now is told of anew; but a read also ends where
	 * something was sent along that a TCP would not take (a descriptor), and does not here. */
	so->has_input = n > 0 && ((size_t)n == iov.iov_len || msg.msg_flags & MSG_CTRUNC);
	if (n <= 0)
		return false;
	/* The rest of a long write comes with the next read: no small segment in between. */
	if (n < EXEC_CHUNK || ioctl(so->pair, FIONREAD, &left) != 0 || left <= so->stale)
		left = 0;
	took = send_to_host(so, s->buffer, (size_t)n, left ? MSG_MORE : 0);
	if (took < 0 && took != -EAGAIN)
		return true; /* the connection is over: what is written is lost, as it is there */
	took = MAX(took, 0);
	s->counts.bytes_out += (uint64_t)took;
	if (took < n)
		keep_unsent(so, s->buffer + took, (size_t)(n - took));
	return took == n;
}

static void pump_out(struct exec_socket *so)
{
	struct tcpsim_host *host = exec_host(so->supervisor);

	while (send_unsent(so)) {
		if (!(tcpsim_poll(host, so->model) & (POLLOUT | POLLERR | POLLHUP)) || !take(so))
			break;
	}
	if (so->fin_wanted && !exec_stream_unsent(so)) {
		so->fin_wanted = false;
		tcpsim_shutdown(host, so->model, SHUT_WR);
	}
}

/* Written before there was a connection: EPIPE on a kernel's; here the next write fails. */
static void refuse_writes(struct exec_socket *so)
{
	int there = 0;

	if (ioctl(so->pair, FIONREAD, &there) != 0 || !there)
		return;
	exec_say(so->supervisor, "what a program writes to a socket without connection is lost");
	exec_socket_end(so);
}

/* The program's last copy is closed, and all that it wrote is the host's. */
static bool closed(struct exec_socket *so)
{
	if (!so->gone ||
		(so->phase == EXEC_STREAM && exec_stream_unsent(so) &&
			!(tcpsim_poll(exec_host(so->supervisor), so->model) & (POLLERR | POLLHUP))))
		return false;
	exec_socket_free(so);
	return true;
}

void exec_stream_pump(struct exec_socket *so)
{
	if (so->phase == EXEC_CONNECTING && !so->gone)
		exec_connect_over(so);
	if (so->phase == EXEC_LISTENING && !so->gone)
		exec_listen_ready(so);
	if (so->phase == EXEC_FRESH && !so->gone)
		refuse_writes(so);
	if (so->phase == EXEC_STREAM) {
		exec_stream_note_read(so);
		pump_out(so);
		while (!so->gone && show(so))
			;
		if (!so->gone)
			show_end(so);
	}
	if (!closed(so))
		exec_waits_retry(so);
}
