/*
 * Capture files in, one packet after another: pcap (both byte orders, micro- and nanoseconds, the
 * old "modified" form), pcapng (all sections, interfaces and time resolutions) and Sun snoop (RFC
 * 1761), each plain or compressed by gzip or zstd, from a file or from standard input ("-").
 *
 * Our own reader, because libpcap refuses pcapng files whose interfaces differ in link type or
 * snaplen; libpcap still compiles filters, names link types and reads what we do not know
 * (docs/decisions/0004-own-capture-reader.md).
 *
 * The capture owns everything it hands out: a packet's bytes live until the next call of
 * capture_next. A torn file hands out every packet before the tear, then ends with capture_error()
 * set.
 */
#ifndef TCPSIM_TRACES_CAPTURE_READER_H
#define TCPSIM_TRACES_CAPTURE_READER_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <tcpsim/addr.h>

struct capture;

struct capture_packet {
	int64_t time_ns;      /* since 1970, as the capture has it, but within 1897 to 2116 */
	const uint8_t *bytes; /* from the link layer on; `captured` of them */
	/* What pcapng's options say of it, as they stand in the file; NULL: nothing. */
	const uint8_t *options;
	uint32_t options_len;
	bool options_swapped; /* their numbers are in the other order of bytes */
	uint32_t captured, original;
	uint64_t number;    /* from 1; of several files: in the order they are handed out */
	int link_type;	    /* LINKTYPE_ number, https://www.tcpdump.org/linktypes.html */
	uint32_t interface; /* in the order the file describes them, over all its sections */
	uint32_t file;	    /* which of the files it came from, from 0 */
	uint64_t number_in_file;
};

enum capture_failure {
	CAPTURE_UNREADABLE,  /* cannot be opened or read */
	CAPTURE_NOT_CAPTURE, /* empty, or no format we know */
	CAPTURE_TORN,	     /* damaged or cut after some packets */
	CAPTURE_FILTER,	     /* the filter expression does not compile */
};
#define CAPTURE_ERROR (capture_error_quark())
GQuark capture_error_quark(void);

/* "-" is standard input. NULL and an error of CAPTURE_ERROR if it cannot be read as a capture. */
struct capture *capture_open(const char *path, GError **error);

/*
 * Several files as one: merged by time stamp, the earlier file first where stamps are equal; inside
 * a file the order stays as recorded. A file torn half way ends there while the others go on.
 */
struct capture *capture_open_files(const char *const *paths, size_t n, GError **error);

/* Only packets that match a pcap-filter(7) expression are handed out from now on; numbers still
 * count all. */
bool capture_set_filter(struct capture *capture, const char *expression, GError **error);

/* The next packet; false at the end, or at an error (then capture_error tells). */
bool capture_next(struct capture *capture, struct capture_packet *packet);

/* NULL, or why the capture ended early: file, packet number and byte offset, ready for a reader. Of
 * several: the first. */
const GError *capture_error(const struct capture *capture);

/* Bytes of the files gone through, and in all (0: not known, as from a pipe). For compressed files:
 * compressed bytes. */
void capture_progress(const struct capture *capture, uint64_t *done, uint64_t *total);

/* "pcap", "pcapng", "snoop" (with ", gzip" or ", zstd" behind) of file n; the path it was opened
 * by. */
const char *capture_format(const struct capture *capture, uint32_t file);
const char *capture_path(const struct capture *capture, uint32_t file);

/* What the files read so far call the host of that address, or NULL. Lives as long as the
 * capture. */
const char *capture_host_name(const struct capture *capture, const struct tcpsim_addr *addr);

void capture_close(struct capture *capture);

#endif
