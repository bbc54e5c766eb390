/* pcapng out. See capture.h. */
#include "world/capture.h"

#include "base/pcapng.h"

#define LINKTYPE_RAW 101

struct capture_writer {
	struct output *output;
	GByteArray *block;
};

/* Whatever goes wrong in writing is told when the output is closed. */
struct capture_writer *capture_writer_new(struct output *output, const char *comment)
{
	struct capture_writer *w = g_new(struct capture_writer, 1);

	w->output = output;
	w->block = g_byte_array_new();
	pcapng_write_section(w->block, comment, output_stream(output));
	return w;
}

void capture_add_interface(struct capture_writer *w, const char *name, uint32_t mtu)
{
	/* No limit to the length of what is captured. */
	pcapng_write_interface(w->block, LINKTYPE_RAW, 0, name, output_stream(w->output));
}

void capture_write(struct capture_writer *w, unsigned interface, int64_t time_ns,
	const struct tcpsim_packet *packet, enum capture_direction direction, const char *comment)
{
	uint32_t len = (uint32_t)tcpsim_packet_len(packet), flags = direction, at;

	pcapng_begin_packet(w->block, interface, time_ns, len, len);
	at = w->block->len;
	g_byte_array_set_size(w->block, at + CAPTURE_PACKET_MOST);
	g_byte_array_set_size(w->block,
		at + (guint)tcpsim_packet_bytes(packet, w->block->data + at, CAPTURE_PACKET_MOST));
	pcapng_put(w->block, "", 0);
	pcapng_option(w->block, PCAPNG_FLAGS, &flags, sizeof(flags));
	pcapng_text(w->block, PCAPNG_COMMENT, comment);
	pcapng_option(w->block, PCAPNG_END, NULL, 0);
	pcapng_end(w->block, output_stream(w->output));
}

bool capture_writer_close(struct capture_writer *w, char **error)
{
	bool good = output_close(w->output, error);

	g_byte_array_unref(w->block);
	g_free(w);
	return good;
}
