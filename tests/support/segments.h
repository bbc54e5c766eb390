/*
 * Captures of many short connections, made by hand: a pcap file of raw IPv4 segments without
 * payload, one put behind another. The array becomes a file by bytes_to_file.
 */
#ifndef TESTS_SUPPORT_SEGMENTS_H
#define TESTS_SUPPORT_SEGMENTS_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

enum { SEGMENT_FIN = 1, SEGMENT_SYN = 2, SEGMENT_RST = 4, SEGMENT_ACK = 16 };

struct segment_ends {
	uint32_t client, server; /* addresses */
	uint16_t client_port, server_port;
};

/* An empty capture file. */
GByteArray *segments_begin(void);
/* `up`: from the client. Numbers: 0 of a SYN, 1 behind it. */
void segments_put(
	GByteArray *f, const struct segment_ends *ends, uint32_t time_us, bool up, unsigned flags);

#endif
