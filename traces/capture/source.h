/*
 * One capture file being read: between reader.c, which puts files together, and the formats. A
 * format is a table of two functions; it is chosen by the first bytes. Private to the reader.
 */
#ifndef TCPSIM_TRACES_CAPTURE_SOURCE_H
#define TCPSIM_TRACES_CAPTURE_SOURCE_H

#include "traces/capture/names.h"
#include "traces/capture/reader.h"
#include "traces/capture/stream.h"

enum {
	CAPTURE_MOST_BYTES =
		262144, /* of a packet, unless the file's own snaplen says more (as libpcap) */
	CAPTURE_SNAPLEN_MOST = 16 << 20, /* what a snaplen may say */
};

/* A time stamp beyond 146 years on either side of 1970 is damage. It is held at this, so that the
 * difference of any two, and that and a timer's length, fit 64 bits. */
#define CAPTURE_TIME_MOST_NS (INT64_C(1) << 62)

struct source;

struct source_format {
	const char *name;
	bool (*detect)(const uint8_t *bytes, size_t len);
	/* Reads the file's header; false with s->error set. */
	bool (*open)(struct source *s);
	/* Fills packet but for number, file and number_in_file; false at the end, or with s->error
	 * set. */
	bool (*next)(struct source *s, struct capture_packet *packet);
	void (*close)(struct source *s);
};

struct pcap_state {
	bool swapped;
	bool lengths_swapped; /* versions before 2.3 */
	uint32_t fraction_ns; /* 1000 or 1 */
	uint32_t header_len;  /* of a record: 16, or 24 in the "modified" form */
	uint32_t most;	      /* captured bytes a packet can have */
	int link_type;
};

struct pcapng_interface {
	int link_type;
	uint32_t snaplen;
	uint64_t units_a_second; /* of its time stamps */
	uint64_t unit_ns;	 /* 10^9 / units_a_second where that is whole, else 0 */
	int64_t offset_ns;
};

struct pcapng_state {
	bool swapped;
	GArray *interfaces; /* of this section: struct pcapng_interface */
	uint32_t earlier;   /* interfaces of the sections before */
	int64_t last_ns;    /* a simple packet block has no time of its own */
};

struct source {
	struct stream *in;
	const struct source_format *format;
	GError *error;
	uint64_t packets; /* handed out so far */
	bool opened;	  /* the file's header was read */
	/* takes the names of hosts; the reader's, NULL: nobody wants them */
	struct names *names;
	union {
		struct pcap_state pcap;
		struct pcapng_state pcapng;
		int snoop_link_type;
		struct pcap *libpcap;
	};
};

extern const struct source_format source_pcap, source_pcapng, source_snoop;

struct source *source_open(const char *path, GError **error);
void source_close(struct source *s);

static inline bool source_next(struct source *s, struct capture_packet *packet)
{
	if (!s->format->next(s, packet))
		return false;
	packet->time_ns = CLAMP(packet->time_ns, -CAPTURE_TIME_MOST_NS / 2, CAPTURE_TIME_MOST_NS);
	packet->number_in_file = ++s->packets;
	return true;
}

/* Ends the source: the file is damaged at the next packet, `what` is wrong with it.
 * Returns false. */
bool source_torn(struct source *s, const char *format, ...) G_GNUC_PRINTF(2, 3);

/*
 * The next n bytes; NULL with the error set if the file ends before (`what` was being read), or
 * without one if it ends cleanly here, not one byte more, and `may_end`.
 */
const uint8_t *source_need(struct source *s, size_t n, const char *what, bool may_end);

#endif
