/*
 * The pcap file format, https://www.ietf.org/archive/id/draft-ietf-opsawg-pcap: 24 bytes of header,
 * then records. Three magic numbers in two byte orders: microseconds, nanoseconds, and the
 * "modified" form of some old Linux systems whose record headers are 8 bytes longer.
 */
#include "traces/capture/source.h"

#include <string.h>

#define MAGIC_MICRO    0xa1b2c3d4u
#define MAGIC_NANO     0xa1b23c4du
#define MAGIC_MODIFIED 0xa1b2cd34u

enum {
	FILE_HEADER = 24,
	RECORD_HEADER = 16,
	MODIFIED_RECORD_HEADER = 24,
	LINK_TYPE_MASK = 0x03ffffff, /* above it: length of the frame check sequence */
};

static inline uint32_t load32(const uint8_t *p, bool swapped)
{
	uint32_t n;

	memcpy(&n, p, 4);
	return swapped ? GUINT32_SWAP_LE_BE(n) : n;
}

static inline uint16_t load16(const uint8_t *p, bool swapped)
{
	uint16_t n;

	memcpy(&n, p, 2);
	return swapped ? GUINT16_SWAP_LE_BE(n) : n;
}

static bool is_magic(uint32_t n)
{
	return n == MAGIC_MICRO || n == MAGIC_NANO || n == MAGIC_MODIFIED;
}

static bool detect(const uint8_t *bytes, size_t len)
{
	return len >= 4 && (is_magic(load32(bytes, false)) || is_magic(load32(bytes, true)));
}

static bool open_pcap(struct source *s)
{
	struct pcap_state *state = &s->pcap;
	const uint8_t *p = source_need(s, FILE_HEADER, "the file header", false);
	uint32_t magic, snaplen;
	unsigned major, minor;

	if (!p)
		return false;
	state->swapped = !is_magic(load32(p, false));
	magic = load32(p, state->swapped);
	major = load16(p + 4, state->swapped);
	minor = load16(p + 6, state->swapped);
	if (major < 2)
		return source_torn(
			s, "version %u.%u of the pcap format is not known", major, minor);
	snaplen = load32(p + 16, state->swapped);
	state->fraction_ns = magic == MAGIC_NANO ? 1 : 1000;
	state->header_len = magic == MAGIC_MODIFIED ? MODIFIED_RECORD_HEADER : RECORD_HEADER;
	state->most = CLAMP(snaplen, CAPTURE_MOST_BYTES, CAPTURE_SNAPLEN_MOST);
	/* 2.3 had both orders about; 543 is DG/UX's tcpdump. libpcap's savefile reader knows the
	 * same. */
	state->lengths_swapped = (major == 2 && minor <= 3) || major == 543;
	state->link_type = (int)(load32(p + 20, state->swapped) & LINK_TYPE_MASK);
	stream_skip(s->in, FILE_HEADER);
	return true;
}

static void order_lengths(struct capture_packet *packet)
{
	uint32_t captured = packet->captured;

	if (captured <= packet->original)
		return;
	packet->captured = packet->original;
	packet->original = captured;
}

static bool next(struct source *s, struct capture_packet *packet)
{
	const struct pcap_state *state = &s->pcap;
	const uint8_t *p = source_need(s, state->header_len, "a packet's header", true);
	bool swapped = state->swapped;

	if (!p)
		return false;
	packet->time_ns = (int64_t)load32(p, swapped) * 1000000000 +
			  (int64_t)load32(p + 4, swapped) * state->fraction_ns;
	packet->captured = load32(p + 8, swapped);
	packet->original = load32(p + 12, swapped);
	if (G_UNLIKELY(state->lengths_swapped))
		order_lengths(packet);
	if (G_UNLIKELY(packet->captured > state->most))
		return source_torn(s,
			"it claims %u captured bytes, more than the %u a packet can have",
			packet->captured, state->most);
	p = source_need(s, state->header_len + packet->captured, "a packet", false);
	if (!p)
		return false;
	packet->bytes = p + state->header_len;
	packet->original = MAX(packet->original, packet->captured);
	packet->options = NULL;
	packet->link_type = state->link_type;
	packet->interface = 0;
	stream_skip(s->in, state->header_len + packet->captured);
	return true;
}

const struct source_format source_pcap = {"pcap", detect, open_pcap, next, NULL};
