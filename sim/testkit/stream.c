/* Bytes of both streams: what the process writes and reads, and what of it is known. */
#include "testkit/stream.h"
#include "base/pattern.h"
#include "testkit/internal.h"
#include "testkit/testkit.h"
#include <errno.h>
#include <string.h>

/* Where in the host's stream the next byte goes that its process writes: 0 is the first. */
static uint64_t next_offset(const struct tcpsim_peer *peer)
{
	struct tcpsim_status status;

	if (tcpsim_status(peer->bench->host, peer->connection, &status))
		return 0;
	/* the SYN has the first number */
	return status.snd_end == status.iss ? 0 : (uint32_t)(status.snd_end - status.iss - 1);
}

static void write_known(
	const char *call, struct tcpsim_peer *peer, const uint8_t *given, size_t len)
{
	struct known known = {.offset = next_offset(peer), .len = len};
	uint8_t *bytes = g_malloc(len + 1);
	struct iovec part = {bytes, len};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
	ssize_t n;

	if (given)
		memcpy(bytes, given, len);
	else
		pattern_fill(testkit_stream(peer, true), known.offset, bytes, len);
	peer->bench->acting = peer;
	n = tcpsim_sendmsg(peer->bench->host, peer->fd, &message, MSG_NOSIGNAL);
	if (n < 0)
		testkit_fail("%s: %s", call, g_strerror((int)-n));
	else if ((size_t)n != len)
		testkit_fail("%s: the host took %" G_GSSIZE_FORMAT " of %" G_GSIZE_FORMAT " bytes",
			call, n, len);
	known.len = n > 0 ? (uint64_t)n : 0;
	known.bytes = given ? bytes : NULL;
	if (!given)
		g_free(bytes);
	g_array_append_val(peer->known, known);
}

void tcpsim_peer_writes(struct tcpsim_peer *peer, size_t len)
{
	if (testkit_has("peer_writes", peer, peer))
		write_known("peer_writes", peer, NULL, len);
}

void tcpsim_peer_writes_bytes(struct tcpsim_peer *peer, const void *bytes, size_t len)
{
	if (testkit_has("peer_writes_bytes", peer, bytes))
		write_known("peer_writes_bytes", peer, bytes, len);
}

/* The newest that covers the byte: a connection's numbers may have been used before. */
static const struct known *known_at(const struct tcpsim_peer *peer, uint64_t offset)
{
	for (guint i = peer->known->len; i-- > 0;) {
		const struct known *k = &g_array_index(peer->known, struct known, i);

		if (offset >= k->offset && offset - k->offset < k->len)
			return k;
	}
	return NULL;
}

int64_t testkit_wrong_byte(const struct tcpsim_peer *peer, const struct tcpsim_segment *seg)
{
	uint32_t at =
		(uint32_t)tcpsim_seq_diff(seg->seq, peer->iss) + !!(seg->flags & TCPSIM_SYN) - 1;

	for (uint32_t i = 0; i < seg->len; i++) {
		uint64_t offset = (uint64_t)at + i;
		const struct known *k = known_at(peer, offset);

		if (!k)
			continue;
		if (seg->payload[i] !=
			(k->bytes ? k->bytes[offset - k->offset]
				  : pattern_byte(testkit_stream(peer, true), offset)))
			return i;
	}
	return -1;
}

/* --- reading --- */

static void expect_bytes(
	const char *call, struct tcpsim_peer *peer, const uint8_t *want, size_t len)
{
	uint8_t *bytes = g_malloc0(len + 1);
	struct iovec part = {bytes, len};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
	ssize_t n;
	size_t same = 0;

	n = tcpsim_recvmsg(peer->bench->host, peer->fd, &message, 0);
	if (n < 0) {
		testkit_fail("%s: expected to read %" G_GSIZE_FORMAT " bytes: %s", call, len,
			g_strerror((int)-n));
	} else if ((size_t)n != len) {
		testkit_fail("%s: expected to read %" G_GSIZE_FORMAT
			     " bytes, there were %" G_GSSIZE_FORMAT,
			call, len, n);
	} else {
		if (want)
			while (same < len && bytes[same] == want[same])
				same++;
		else
			same = pattern_match(testkit_stream(peer, false), peer->n_read, bytes, len);
		if (same < len)
			testkit_fail("%s: byte %" G_GSIZE_FORMAT
				     " of what was read is wrong: 0x%02x",
				call, same, bytes[same]);
	}
	peer->n_read += n > 0 ? (uint64_t)n : 0;
	g_free(bytes);
}

void tcpsim_expect_read(struct tcpsim_peer *peer, size_t len)
{
	if (testkit_has("expect_read", peer, peer))
		expect_bytes("expect_read", peer, NULL, len);
}

void tcpsim_expect_read_bytes(struct tcpsim_peer *peer, const void *bytes, size_t len)
{
	if (testkit_has("expect_read_bytes", peer, bytes))
		expect_bytes("expect_read_bytes", peer, bytes, len);
}

static ssize_t read_one(struct tcpsim_peer *peer, uint8_t *byte)
{
	struct iovec part = {byte, 1};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};

	return tcpsim_recvmsg(peer->bench->host, peer->fd, &message, MSG_PEEK);
}

void tcpsim_expect_no_read(struct tcpsim_peer *peer)
{
	uint8_t byte;
	ssize_t n;

	if (!testkit_has("expect_no_read", peer, peer) || (n = read_one(peer, &byte)) == -EAGAIN)
		return;
	testkit_fail("expected nothing to be there to read, there is %s",
		n > 0	 ? "a byte"
		: n == 0 ? "the end of the stream"
			 : g_strerror((int)-n));
}

void tcpsim_expect_end(struct tcpsim_peer *peer)
{
	uint8_t byte;
	ssize_t n;

	if (!testkit_has("expect_end", peer, peer) || (n = read_one(peer, &byte)) == 0)
		return;
	testkit_fail("expected the end of the stream, %s",
		n > 0 ? "there are bytes to read" : g_strerror((int)-n));
}
