/* pcapng out. See capture.h. */
#include "world/capture.h"

#include <stdlib.h>
#include <string.h>

enum { BLOCK_SECTION = 0x0a0d0d0a, BLOCK_INTERFACE = 1, BLOCK_PACKET = 6 };
enum { OPTION_END = 0, OPTION_COMMENT = 1, OPTION_NAME = 2, OPTION_FLAGS = 2, OPTION_TSRESOL = 9 };
#define LINKTYPE_RAW 101
#define BLOCK_MOST   (65536 + 4096)

struct capture_writer {
	struct output *output;
	uint32_t len;
	uint8_t block[BLOCK_MOST];
};

static void put(struct capture_writer *w, const void *bytes, size_t len)
{
	if (len)
		memcpy(w->block + w->len, bytes, len);
	w->len += (uint32_t)len;
	while (w->len % 4)
		w->block[w->len++] = 0;
}

static void put32(struct capture_writer *w, uint32_t value)
{
	put(w, &value, sizeof(value));
}

static void begin(struct capture_writer *w, uint32_t type)
{
	w->len = 0;
	put32(w, type);
	put32(w, 0); /* the length, known at the end */
}

static void option(struct capture_writer *w, uint16_t code, const void *bytes, size_t len)
{
	uint16_t head[2] = {code, (uint16_t)len};

	put(w, head, sizeof(head));
	put(w, bytes, len);
}

static void text_option(struct capture_writer *w, uint16_t code, const char *text)
{
	size_t len = text ? strlen(text) : 0;

	if (len)
		option(w, code, text, len < 1024 ? len : 1024);
}

static void end(struct capture_writer *w)
{
	uint32_t total = w->len + 4;

	put32(w, total);
	memcpy(w->block + 4, &total, sizeof(total));
	fwrite(w->block, 1, w->len, output_stream(w->output)); /* checked when it is closed */
}

struct capture_writer *capture_writer_new(struct output *output, const char *comment)
{
	struct capture_writer *w = calloc(1, sizeof(*w));
	static const uint16_t VERSION[2] = {1, 0};
	static const int64_t LENGTH_UNKNOWN = -1;

	if (!w)
		return NULL;
	w->output = output;
	begin(w, BLOCK_SECTION);
	put32(w, 0x1a2b3c4d);
	put(w, VERSION, sizeof(VERSION));
	put(w, &LENGTH_UNKNOWN, sizeof(LENGTH_UNKNOWN));
	text_option(w, OPTION_COMMENT, comment);
	option(w, OPTION_END, NULL, 0);
	end(w);
	return w;
}

void capture_add_interface(struct capture_writer *w, const char *name, uint32_t mtu)
{
	static const uint16_t LINK[2] = {LINKTYPE_RAW, 0};
	static const uint8_t NANOSECONDS = 9;

	begin(w, BLOCK_INTERFACE);
	put(w, LINK, sizeof(LINK));
	put32(w, 0); /* no limit to the length of what is captured */
	text_option(w, OPTION_NAME, name);
	option(w, OPTION_TSRESOL, &NANOSECONDS, 1);
	option(w, OPTION_END, NULL, 0);
	end(w);
}

void capture_write(struct capture_writer *w, unsigned interface, int64_t time_ns,
	const struct tcpsim_packet *packet, enum capture_direction direction, const char *comment)
{
	uint32_t len = (uint32_t)tcpsim_packet_len(packet), flags = direction;

	if (len > 65536)
		return;
	begin(w, BLOCK_PACKET);
	put32(w, interface);
	put32(w, (uint32_t)((uint64_t)time_ns >> 32));
	put32(w, (uint32_t)time_ns);
	put32(w, len);
	put32(w, len);
	w->len += (uint32_t)tcpsim_packet_bytes(packet, w->block + w->len, 65536);
	put(w, NULL, 0);
	option(w, OPTION_FLAGS, &flags, sizeof(flags));
	text_option(w, OPTION_COMMENT, comment);
	option(w, OPTION_END, NULL, 0);
	end(w);
}

bool capture_writer_close(struct capture_writer *w, char **error)
{
	bool good = output_close(w->output, error);

	free(w);
	return good;
}
