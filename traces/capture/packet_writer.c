/* Packets out: see packet_writer.h. */
#include "traces/capture/packet_writer.h"

#include "base/pcapng.h"

#include <string.h>

/* What readers take without being told more. */
#define SNAPLEN 262144

/* An interface of the captures that has been described. */
struct described {
	uint32_t file, interface;
	int link_type;
};

struct packet_writer {
	struct output *output;
	FILE *out;
	GByteArray *block;
	GArray *interfaces; /* struct described: few, searched in order */
	bool pcapng;
};

struct packet_writer *packet_writer_new(struct output *output, bool pcapng)
{
	struct packet_writer *w = g_new(struct packet_writer, 1);

	*w = (struct packet_writer){.output = output,
		.out = output_stream(output),
		.block = g_byte_array_new(),
		.interfaces = g_array_new(FALSE, FALSE, sizeof(struct described)),
		.pcapng = pcapng};
	if (pcapng)
		pcapng_write_section(w->block, NULL, w->out);
	return w;
}

/* The head of a pcap file, when the link type is known. */
static void begin_pcap(struct packet_writer *w, int link_type)
{
	const uint32_t head[6] = {0xa1b23c4d, 2 | 4 << 16, 0, 0, SNAPLEN, (uint32_t)link_type};

	fwrite(head, sizeof(head), 1, w->out);
}

/* The interface's place in the file that is written. */
static guint describe(struct packet_writer *w, const struct capture_packet *packet)
{
	const struct described d = {packet->file, packet->interface, packet->link_type};
	guint n = w->interfaces->len;

	for (guint i = 0; i < n; i++) {
		const struct described *known = &g_array_index(w->interfaces, struct described, i);

		if (known->file == d.file && known->interface == d.interface &&
			known->link_type == d.link_type)
			return i;
	}
	g_array_append_val(w->interfaces, d);
	if (w->pcapng)
		pcapng_write_interface(
			w->block, (uint16_t)packet->link_type, SNAPLEN, NULL, w->out);
	else if (n == 0)
		begin_pcap(w, packet->link_type);
	return n;
}

static uint16_t option_number(const struct capture_packet *packet, const uint8_t *at)
{
	uint16_t number;

	memcpy(&number, at, sizeof(number));
	return packet->options_swapped ? GUINT16_SWAP_LE_BE(number) : number;
}

/* Those that the file had on it stay; an earlier one of ours gives way to the new one. */
static bool put_its_comments(
	struct packet_writer *w, const struct capture_packet *packet, bool ours_is_new)
{
	static const char OURS[] = "tcpsim: ";
	const uint8_t *p = packet->options;
	uint32_t left = p != NULL ? packet->options_len : 0, size;
	bool any = false;

	for (; left >= 4; p += size, left -= size) {
		uint16_t code = option_number(packet, p), len = option_number(packet, p + 2);

		if (code == PCAPNG_END || len > left - 4)
			break;
		if (code == PCAPNG_COMMENT && !(ours_is_new && len >= sizeof(OURS) - 1 &&
						      memcmp(p + 4, OURS, sizeof(OURS) - 1) == 0)) {
			pcapng_option(w->block, PCAPNG_COMMENT, p + 4, len);
			any = true;
		}
		size = MIN(4 + ((len + 3u) & ~3u), left);
	}
	return any;
}

static void put_pcapng(struct packet_writer *w, guint interface,
	const struct capture_packet *packet, uint32_t captured, const char *comment)
{
	pcapng_begin_packet(w->block, interface, packet->time_ns, captured, packet->original);
	pcapng_put(w->block, packet->bytes, captured);
	if (comment != NULL)
		pcapng_text(w->block, PCAPNG_COMMENT, comment);
	if (put_its_comments(w, packet, comment != NULL) || comment != NULL)
		pcapng_option(w->block, PCAPNG_END, NULL, 0);
	pcapng_end(w->block, w->out);
}

static void put_pcap(
	struct packet_writer *w, const struct capture_packet *packet, uint32_t captured)
{
	int64_t fraction = packet->time_ns % 1000000000,
		seconds = packet->time_ns / 1000000000 - (fraction < 0);
	const uint32_t head[4] = {(uint32_t)seconds,
		(uint32_t)(fraction + (fraction < 0 ? 1000000000 : 0)), captured, packet->original};

	fwrite(head, sizeof(head), 1, w->out);
	fwrite(packet->bytes, 1, captured, w->out);
}

bool packet_writer_put(
	struct packet_writer *w, const struct capture_packet *packet, const char *comment)
{
	guint interface = describe(w, packet);
	uint32_t captured = MIN(packet->captured, SNAPLEN);

	if (w->pcapng) {
		put_pcapng(w, interface, packet, captured, comment);
		return true;
	}
	if (packet->link_type != g_array_index(w->interfaces, struct described, 0).link_type)
		return false;
	put_pcap(w, packet, captured);
	return true;
}

static void writer_free(struct packet_writer *w)
{
	g_byte_array_unref(w->block);
	g_array_free(w->interfaces, TRUE);
	g_free(w);
}

bool packet_writer_close(struct packet_writer *w, char **why)
{
	bool good;

	/* An empty capture is one, too. */
	if (!w->pcapng && w->interfaces->len == 0)
		begin_pcap(w, 1);
	good = output_close(w->output, why);
	writer_free(w);
	return good;
}

void packet_writer_discard(struct packet_writer *w)
{
	output_discard(w->output);
	writer_free(w);
}
