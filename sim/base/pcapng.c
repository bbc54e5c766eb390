/* Blocks of pcapng: see pcapng.h. */
#include "base/pcapng.h"

#include <string.h>

#define TEXT_MOST 32768

void pcapng_put(GByteArray *block, const void *bytes, size_t len)
{
	static const uint8_t ZEROS[4];

	g_byte_array_append(block, bytes, (guint)len);
	g_byte_array_append(block, ZEROS, -block->len & 3);
}

void pcapng_put32(GByteArray *block, uint32_t value)
{
	pcapng_put(block, &value, sizeof(value));
}

void pcapng_begin(GByteArray *block, uint32_t type)
{
	g_byte_array_set_size(block, 0);
	pcapng_put32(block, type);
	pcapng_put32(block, 0); /* the length, known at the end */
}

void pcapng_option(GByteArray *block, uint16_t code, const void *bytes, size_t len)
{
	uint16_t head[2] = {code, (uint16_t)len};

	pcapng_put(block, head, sizeof(head));
	if (len > 0)
		pcapng_put(block, bytes, len);
}

void pcapng_text(GByteArray *block, uint16_t code, const char *text)
{
	size_t len = text ? strlen(text) : 0;

	if (len > 0)
		pcapng_option(block, code, text, MIN(len, TEXT_MOST));
}

void pcapng_end(GByteArray *block, FILE *out)
{
	uint32_t total = block->len + 4;

	pcapng_put32(block, total);
	memcpy(block->data + 4, &total, sizeof(total));
	fwrite(block->data, 1, block->len, out);
}

void pcapng_write_section(GByteArray *block, const char *comment, FILE *out)
{
	static const uint16_t VERSION[2] = {1, 0};
	static const int64_t LENGTH_UNKNOWN = -1;

	pcapng_begin(block, PCAPNG_SECTION);
	pcapng_put32(block, 0x1a2b3c4d);
	pcapng_put(block, VERSION, sizeof(VERSION));
	pcapng_put(block, &LENGTH_UNKNOWN, sizeof(LENGTH_UNKNOWN));
	pcapng_text(block, PCAPNG_COMMENT, comment);
	pcapng_option(block, PCAPNG_END, NULL, 0);
	pcapng_end(block, out);
}

void pcapng_write_interface(
	GByteArray *block, uint16_t link_type, uint32_t snaplen, const char *name, FILE *out)
{
	const uint16_t link[2] = {link_type, 0};
	static const uint8_t NANOSECONDS = 9;

	pcapng_begin(block, PCAPNG_INTERFACE);
	pcapng_put(block, link, sizeof(link));
	pcapng_put32(block, snaplen);
	pcapng_text(block, PCAPNG_NAME, name);
	pcapng_option(block, PCAPNG_RESOLUTION, &NANOSECONDS, 1);
	pcapng_option(block, PCAPNG_END, NULL, 0);
	pcapng_end(block, out);
}

void pcapng_begin_packet(GByteArray *block, uint32_t interface, int64_t time_ns, uint32_t captured,
	uint32_t original)
{
	pcapng_begin(block, PCAPNG_PACKET);
	pcapng_put32(block, interface);
	pcapng_put32(block, (uint32_t)((uint64_t)time_ns >> 32));
	pcapng_put32(block, (uint32_t)time_ns);
	pcapng_put32(block, captured);
	pcapng_put32(block, original);
}
