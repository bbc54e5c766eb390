#include "script/run/payload.h"

#include "base/pattern.h"
#include <string.h>

#define MOST_SYNS   4
#define MOST_URGENT 6

/* A stretch of the outbound stream that is not the pattern. */
struct said {
	uint32_t offset, len;
	GBytes *bytes; /* NULL: not known */
};

struct payload {
	uint64_t out_stream, in_stream;
	uint32_t written, acked;
	GArray *said;	   /* struct said, by offset */
	uint32_t in_first; /* sequence number of the inbound stream's first byte */
	uint32_t consumed; /* bytes of it that were read */
	bool synchronized; /* in_first is of the SYN that the system took */
	struct {
		uint32_t seq, len;
	} syns[MOST_SYNS];
	unsigned n_syns;
	uint32_t urgent[MOST_URGENT]; /* sequence numbers of octets that may be taken out */
	unsigned n_urgent;
};

static void said_clear(void *data)
{
	struct said *said = data;

	if (said->bytes != NULL)
		g_bytes_unref(said->bytes);
}

struct payload *payload_new(unsigned number)
{
	struct payload *payload = g_new0(struct payload, 1);

	payload->out_stream = 2 * (uint64_t)number;
	payload->in_stream = payload->out_stream + 1;
	payload->said = g_array_new(FALSE, FALSE, sizeof(struct said));
	g_array_set_clear_func(payload->said, said_clear);
	return payload;
}

void payload_free(struct payload *payload)
{
	g_array_unref(payload->said);
	g_free(payload);
}

void payload_restart(struct payload *payload)
{
	payload->written = payload->acked = payload->consumed = 0;
	payload->synchronized = false;
	payload->n_syns = payload->n_urgent = 0;
	g_array_set_size(payload->said, 0);
}

/* --- towards the peer --- */

/* What was planned for `offset` and behind it was not written. */
static void forget_from(struct payload *payload, uint32_t offset)
{
	while (payload->said->len > 0) {
		struct said *last =
			&g_array_index(payload->said, struct said, payload->said->len - 1);

		if (last->offset + last->len <= offset)
			return;
		if (last->offset < offset) {
			last->len = offset - last->offset;
			return;
		}
		g_array_set_size(payload->said, payload->said->len - 1);
	}
}

static void say(struct payload *payload, uint32_t offset, const void *bytes, size_t len)
{
	struct said said = {.offset = offset,
		.len = (uint32_t)len,
		.bytes = bytes != NULL ? g_bytes_new(bytes, len) : NULL};

	g_array_append_val(payload->said, said);
}

void payload_plan(struct payload *payload, size_t before, void *bytes, size_t len)
{
	uint32_t offset = payload->written + (uint32_t)before;

	forget_from(payload, offset);
	pattern_fill(payload->out_stream, offset, bytes, len);
}

void payload_say(struct payload *payload, size_t before, const void *bytes, size_t len)
{
	uint32_t offset = payload->written + (uint32_t)before;

	forget_from(payload, offset);
	say(payload, offset, bytes, len);
}

void payload_written(struct payload *payload, size_t len)
{
	payload->written += (uint32_t)len;
	forget_from(payload, payload->written);
}

void payload_moved(struct payload *payload, const void *bytes, size_t len)
{
	forget_from(payload, payload->written);
	say(payload, payload->written, bytes, len);
	payload->written += (uint32_t)len;
}

void payload_acked(struct payload *payload, uint32_t offset)
{
	/* An acknowledgment of what was never written is none. */
	if ((int32_t)(offset - payload->acked) > 0 && offset <= payload->written)
		payload->acked = offset;
}

static bool right_byte(const struct payload *payload, uint32_t offset, uint8_t got, uint8_t *byte)
{
	for (guint i = payload->said->len; i-- > 0;) {
		const struct said *said = &g_array_index(payload->said, struct said, i);
		const uint8_t *bytes;

		if (offset - said->offset >= said->len)
			continue;
		if (said->bytes == NULL)
			return true;
		bytes = g_bytes_get_data(said->bytes, NULL);
		*byte = bytes[offset - said->offset];
		return got == *byte;
	}
	*byte = pattern_byte(payload->out_stream, offset);
	return got == *byte;
}

bool payload_sent_right(const struct payload *payload, uint32_t offset, const uint8_t *bytes,
	size_t len, uint32_t *wrong, uint8_t *byte)
{
	/* RFC 9293 §3.8.4: a keep-alive may carry one octet of garbage, the one before SND.UNA. */
	if (len == 1 && payload->acked > 0 && offset == payload->acked - 1)
		return true;
	for (size_t i = 0; i < len; i++) {
		if (right_byte(payload, offset + (uint32_t)i, bytes[i], byte))
			continue;
		*wrong = offset + (uint32_t)i;
		return false;
	}
	return true;
}

/* --- from the peer --- */

void payload_fill(const struct payload *payload, uint32_t seq, void *bytes, size_t len)
{
	uint8_t *at = bytes;
	uint32_t until_wrap = -seq;

	/* A pattern's offsets do not wrap as sequence numbers do. */
	if (until_wrap != 0 && len > until_wrap) {
		pattern_fill(payload->in_stream, seq, at, until_wrap);
		pattern_fill(payload->in_stream, 0, at + until_wrap, len - until_wrap);
	} else {
		pattern_fill(payload->in_stream, seq, at, len);
	}
}

static void note_urgent(struct payload *payload, uint32_t seq)
{
	for (unsigned i = 0; i < payload->n_urgent; i++)
		if (payload->urgent[i] == seq)
			return;
	if (payload->n_urgent == MOST_URGENT) {
		memmove(payload->urgent, payload->urgent + 1,
			(MOST_URGENT - 1) * sizeof(payload->urgent[0]));
		payload->n_urgent--;
	}
	payload->urgent[payload->n_urgent++] = seq;
}

void payload_arrives(struct payload *payload, const struct tcpsim_segment *segment)
{
	uint32_t syn = (segment->flags & TCPSIM_SYN) != 0, first = segment->seq.n + syn;

	if (syn) {
		if (!payload->synchronized)
			payload->in_first = first;
		payload->syns[payload->n_syns % MOST_SYNS].seq = segment->seq.n;
		payload->syns[payload->n_syns++ % MOST_SYNS].len = segment->len;
	}
	/* RFC 9293 §3.8.5 and what most systems do differ by one: either octet may be meant. */
	if (segment->flags & TCPSIM_URG) {
		note_urgent(payload, first + segment->urgent - 1);
		note_urgent(payload, first + segment->urgent);
	}
}

void payload_answered(struct payload *payload, const struct tcpsim_segment *segment)
{
	bool syn = (segment->flags & TCPSIM_SYN) != 0;

	if ((segment->flags & (TCPSIM_ACK | TCPSIM_RST)) != TCPSIM_ACK ||
		(payload->synchronized && !syn))
		return;
	for (unsigned i = 0; i < MIN(payload->n_syns, MOST_SYNS); i++) {
		uint32_t first = payload->syns[i].seq + 1;

		if (segment->ack.n - first > payload->syns[i].len)
			continue;
		payload->in_first = first;
		payload->synchronized = true;
	}
}

/* One byte of a vector's bytes as one. */
static uint8_t byte_at(const struct iovec *vector, size_t n, size_t at)
{
	for (size_t i = 0; i < n; i++) {
		if (at < vector[i].iov_len)
			return ((const uint8_t *)vector[i].iov_base)[at];
		at -= vector[i].iov_len;
	}
	return 0;
}

static bool is_urgent(const struct payload *payload, unsigned taken_out, uint32_t seq)
{
	for (unsigned i = 0; i < payload->n_urgent; i++)
		if ((taken_out >> i & 1) && payload->urgent[i] == seq)
			return true;
	return false;
}

/* Reads on with those urgent octets left out that `taken_out` has a bit for. *seq: the number of
 * the byte behind the last right one. */
static bool follow(const struct payload *payload, unsigned taken_out, const struct iovec *vector,
	size_t n, size_t len, uint32_t *seq)
{
	*seq = payload->in_first + payload->consumed;
	for (size_t i = 0; i < len; i++, (*seq)++) {
		while (is_urgent(payload, taken_out, *seq))
			(*seq)++;
		if (byte_at(vector, n, i) != pattern_byte(payload->in_stream, *seq))
			return false;
	}
	return true;
}

bool payload_read(struct payload *payload, const struct iovec *vector, size_t n, size_t len,
	bool peeked, uint32_t *offset)
{
	uint32_t seq;

	*offset = 0;
	for (unsigned taken_out = 0; taken_out < 1u << payload->n_urgent; taken_out++) {
		if (follow(payload, taken_out, vector, n, len, &seq)) {
			if (!peeked)
				payload->consumed = seq - payload->in_first;
			return true;
		}
		*offset = MAX(*offset, seq - payload->in_first);
	}
	return false;
}

void payload_skip(struct payload *payload, size_t len)
{
	payload->consumed += (uint32_t)len;
}

bool payload_urgent(const struct payload *payload, uint8_t octet)
{
	for (unsigned i = 0; i < payload->n_urgent; i++)
		if (pattern_byte(payload->in_stream, payload->urgent[i]) == octet)
			return true;
	return false;
}
