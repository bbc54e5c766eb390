/* See segments.h. */
#include "segments.h"

#include <string.h>

#include "bytes.h"

GByteArray *segments_begin(void)
{
	return bytes_of("d4c3b2a1 0200 0400 00000000 00000000 ffff0000 65000000");
}

static void put_be(uint8_t *at, uint32_t n, unsigned size)
{
	for (unsigned i = 0; i < size; i++)
		at[i] = (uint8_t)(n >> 8 * (size - 1 - i));
}

void segments_put(
	GByteArray *f, const struct segment_ends *ends, uint32_t time_us, bool up, unsigned flags)
{
	uint8_t p[56] = {[16 + 0] = 0x45, [16 + 3] = 40, [16 + 8] = 64, [16 + 9] = 6};
	uint8_t *src = p + 16 + 12, *dst = p + 16 + 16, *tcp = p + 36;
	uint32_t le[4] = {GUINT32_TO_LE(1000 + time_us / 1000000), GUINT32_TO_LE(time_us % 1000000),
		GUINT32_TO_LE(40), GUINT32_TO_LE(40)};

	memcpy(p, le, sizeof(le));
	put_be(up ? src : dst, ends->client, 4);
	put_be(up ? dst : src, ends->server, 4);
	put_be(tcp + (up ? 0 : 2), ends->client_port, 2);
	put_be(tcp + (up ? 2 : 0), ends->server_port, 2);
	tcp[7] = (uint8_t)(up && !(flags & SEGMENT_SYN));
	tcp[11] = (uint8_t)(flags & SEGMENT_ACK ? 1 : 0);
	tcp[12] = 0x50;
	tcp[13] = (uint8_t)flags;
	tcp[14] = 0xff;
	g_byte_array_append(f, p, sizeof(p));
}
