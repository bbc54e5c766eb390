/*
 * Blocks of the pcapng format (draft-ietf-opsawg-pcapng) as they are written, in this machine's byte
 * order: a block is begun, filled, ended into a stream. Who writes captures keeps one array and uses
 * it for each block. Errors of writing are the stream's (base/output.h).
 */
#ifndef SIM_BASE_PCAPNG_H
#define SIM_BASE_PCAPNG_H

#include <glib.h>
#include <stdint.h>
#include <stdio.h>

enum { PCAPNG_SECTION = 0x0a0d0d0a, PCAPNG_INTERFACE = 1, PCAPNG_PACKET = 6 };
enum {
	PCAPNG_END = 0,
	PCAPNG_COMMENT = 1,
	PCAPNG_NAME = 2,  /* of an interface */
	PCAPNG_FLAGS = 2, /* of a packet */
	PCAPNG_RESOLUTION = 9
};

void pcapng_begin(GByteArray *block, uint32_t type);
/* Filled up with zeros to a multiple of four bytes. */
void pcapng_put(GByteArray *block, const void *bytes, size_t len);
void pcapng_put32(GByteArray *block, uint32_t value);
void pcapng_option(GByteArray *block, uint16_t code, const void *bytes, size_t len);
/* NULL or "": none. Cut at 32 kB. */
void pcapng_text(GByteArray *block, uint16_t code, const char *text);
void pcapng_end(GByteArray *block, FILE *out);

/* The section that every file begins with. */
void pcapng_write_section(GByteArray *block, const char *comment, FILE *out);
/* An interface whose times are nanoseconds. */
void pcapng_write_interface(
	GByteArray *block, uint16_t link_type, uint32_t snaplen, const char *name, FILE *out);
/* What stands in a packet's block before its bytes. */
void pcapng_begin_packet(GByteArray *block, uint32_t interface, int64_t time_ns, uint32_t captured,
	uint32_t original);

#endif
