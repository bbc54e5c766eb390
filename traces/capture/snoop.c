/* Sun's snoop format, RFC 1761: big-endian, 16 bytes of file header, records of 24 bytes and padded
 * data. */
#include "traces/capture/source.h"

#include <string.h>

enum { FILE_HEADER = 16, RECORD_HEADER = 24, VERSION = 2 };

static uint32_t load32(const uint8_t *p)
{
	uint32_t n;

	memcpy(&n, p, 4);
	return GUINT32_FROM_BE(n);
}

/* RFC 1761 §3, "Datalink Type". */
static int link_type_of(uint32_t datalink)
{
	switch (datalink) {
	case 0:		   /* IEEE 802.3 */
	case 4: return 1;  /* Ethernet */
	case 2: return 6;  /* IEEE 802.5 */
	case 8: return 10; /* FDDI */
	default: return -1;
	}
}

static bool detect(const uint8_t *bytes, size_t len)
{
	return len >= 8 && memcmp(bytes, "snoop\0\0", 8) == 0;
}

static bool open_snoop(struct source *s)
{
	const uint8_t *p = source_need(s, FILE_HEADER, "the file header", false);

	if (!p)
		return false;
	if (load32(p + 8) != VERSION)
		return source_torn(s, "version %u of the snoop format is not known", load32(p + 8));
	s->snoop_link_type = link_type_of(load32(p + 12));
	if (s->snoop_link_type < 0)
		return source_torn(s, "snoop's link type %u is not known", load32(p + 12));
	stream_skip(s->in, FILE_HEADER);
	return true;
}

static bool next(struct source *s, struct capture_packet *packet)
{
	const uint8_t *p = source_need(s, RECORD_HEADER, "a packet's header", true);
	uint32_t record;

	if (!p)
		return false;
	packet->original = load32(p);
	packet->captured = load32(p + 4);
	record = load32(p + 8);
	packet->time_ns = (int64_t)load32(p + 16) * 1000000000 + (int64_t)load32(p + 20) * 1000;
	if (packet->captured > CAPTURE_MOST_BYTES || record > CAPTURE_MOST_BYTES + 64 * 1024)
		return source_torn(s,
			"it claims %u captured bytes, more than the %u a packet can have",
			packet->captured, CAPTURE_MOST_BYTES);
	if (record < RECORD_HEADER + packet->captured)
		return source_torn(s, "a record of %u bytes cannot hold %u captured ones", record,
			packet->captured);
	p = source_need(s, record, "a packet", false);
	if (!p)
		return false;
	packet->bytes = p + RECORD_HEADER;
	packet->original = MAX(packet->original, packet->captured);
	packet->options = NULL;
	packet->link_type = s->snoop_link_type;
	packet->interface = 0;
	stream_skip(s->in, record);
	return true;
}

const struct source_format source_snoop = {"snoop", detect, open_snoop, next, NULL};
