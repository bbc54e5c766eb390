#include "traces/capture/source.h"

#include <pcap/pcap.h>
#include <string.h>

static const struct source_format *const formats[] = {&source_pcap, &source_pcapng, &source_snoop};

bool source_torn(struct source *s, const char *format, ...)
{
	va_list args;
	char *what;

	if (s->error)
		return false;
	va_start(args, format);
	what = g_strdup_vprintf(format, args);
	va_end(args);
	if (s->opened)
		g_set_error(&s->error, CAPTURE_ERROR, CAPTURE_TORN,
			"%s: packet %" G_GUINT64_FORMAT ", at byte %" G_GUINT64_FORMAT
			": %s; the packets before it were read",
			s->in->path, s->packets + 1, stream_offset(s->in), what);
	else
		g_set_error(
			&s->error, CAPTURE_ERROR, CAPTURE_NOT_CAPTURE, "%s: %s", s->in->path, what);
	g_free(what);
	return false;
}

const uint8_t *source_need(struct source *s, size_t n, const char *what, bool may_end)
{
	const uint8_t *p = stream_need(s->in, n);

	if (p)
		return p;
	if (s->in->error)
		source_torn(s, "%s", s->in->error->message);
	else if (stream_here(s->in) || !may_end)
		source_torn(s, "the file ends inside %s: %zu bytes of %zu are there", what,
			stream_here(s->in), n);
	return NULL;
}

/* What libpcap knows and we do not: a format of the future. */
static bool next_libpcap(struct source *s, struct capture_packet *packet)
{
	struct pcap_pkthdr *header;
	const u_char *bytes;
	int got = pcap_next_ex(s->libpcap, &header, &bytes);

	if (got == PCAP_ERROR)
		source_torn(s, "%s", pcap_geterr(s->libpcap));
	if (got != 1)
		return false;
	packet->time_ns = (int64_t)header->ts.tv_sec * 1000000000 + header->ts.tv_usec;
	packet->bytes = bytes;
	packet->captured = header->caplen;
	packet->original = MAX(header->len, header->caplen);
	packet->options = NULL;
	packet->link_type = pcap_datalink(s->libpcap);
	packet->interface = 0;
	return true;
}

static void close_libpcap(struct source *s)
{
	pcap_close(s->libpcap);
}

static const struct source_format source_libpcap = {
	"libpcap", NULL, NULL, next_libpcap, close_libpcap};

static bool open_libpcap(struct source *s, const char *path)
{
	char message[PCAP_ERRBUF_SIZE];

	if (s->in->is_stdin || s->in->unpacker)
		return false;
	s->libpcap =
		pcap_open_offline_with_tstamp_precision(path, PCAP_TSTAMP_PRECISION_NANO, message);
	if (!s->libpcap)
		return false;
	s->format = &source_libpcap;
	s->opened = true;
	return true;
}

/* Compressions that we do not undo, told by their first bytes. */
static const char *other_compression(const uint8_t *p, size_t len)
{
	static const struct {
		const char *magic;
		size_t len;
		const char *tool;
	} known[] = {{"\xfd"
		      "7zXZ",
			     5, "xz"},
		{"BZh", 3, "bzip2"}, {"\x04\x22\x4d\x18", 4, "lz4"}, {"PK\x03\x04", 4, "unzip"},
		{"\x1f\x9d", 2, "uncompress"}};

	for (size_t i = 0; i < G_N_ELEMENTS(known); i++)
		if (len >= known[i].len && memcmp(p, known[i].magic, known[i].len) == 0)
			return known[i].tool;
	return NULL;
}

static void set_not_capture(struct source *s)
{
	size_t here = stream_here(s->in);
	const char *tool = other_compression(s->in->at, here);

	if (s->in->error)
		g_set_error(&s->error, CAPTURE_ERROR, CAPTURE_UNREADABLE, "%s: %s", s->in->path,
			s->in->error->message);
	else if (here == 0)
		g_set_error(&s->error, CAPTURE_ERROR, CAPTURE_NOT_CAPTURE, "%s: empty, no capture",
			s->in->path);
	else if (tool)
		g_set_error(&s->error, CAPTURE_ERROR, CAPTURE_NOT_CAPTURE,
			"%s: compressed by other than gzip or zstd; undo it first (%s)",
			s->in->path, tool);
	else
		g_set_error(&s->error, CAPTURE_ERROR, CAPTURE_NOT_CAPTURE,
			"%s: not a capture; pcap, pcapng and snoop are read, plain or compressed "
			"by gzip or zstd",
			s->in->path);
}

static void choose_format(struct source *s, const char *path)
{
	stream_need(s->in, 8); /* or as many as there are */
	for (size_t i = 0; i < G_N_ELEMENTS(formats); i++) {
		if (!formats[i]->detect(s->in->at, stream_here(s->in)))
			continue;
		s->format = formats[i];
		s->opened = s->format->open(s);
		return;
	}
	if (!open_libpcap(s, path))
		set_not_capture(s);
}

struct source *source_open(const char *path, GError **error)
{
	struct stream *in = stream_open(path, error);
	struct source *s;

	if (!in)
		return NULL;
	s = g_new0(struct source, 1);
	s->in = in;
	choose_format(s, path);
	if (s->error) {
		g_propagate_error(error, g_steal_pointer(&s->error));
		source_close(s);
		return NULL;
	}
	return s;
}

void source_close(struct source *s)
{
	if (!s)
		return;
	if (s->format && s->format->close)
		s->format->close(s);
	stream_close(s->in);
	g_clear_error(&s->error);
	g_free(s);
}
