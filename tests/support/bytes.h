/*
 * Bytes of packets and files, put together piece by piece. Everything made here lives as long as
 * the test's process: a test is a process of its own, and its lines stay readable without freeing.
 */
#ifndef TESTS_SUPPORT_BYTES_H
#define TESTS_SUPPORT_BYTES_H

#include <glib.h>
#include <stdint.h>

/* "02000000 0001 0800": pairs of hex digits, spaces between them free. */
GByteArray *bytes_of(const char *hex);
void bytes_add(GByteArray *to, const char *hex);
void bytes_add_array(GByteArray *to, const GByteArray *more);
/* Numbers in either byte order. */
void bytes_add_be(GByteArray *to, uint64_t n, unsigned size);
void bytes_add_le(GByteArray *to, uint64_t n, unsigned size);

/* An IPv4 or IPv6 datagram with right lengths and header checksum. 192.0.2.1 > 198.51.100.2,
 * 2001:db8::1 > ::2. */
GByteArray *bytes_ipv4(uint8_t protocol, const GByteArray *body);
GByteArray *bytes_ipv6(uint8_t next, const GByteArray *body);
/* A fragment of one: offset in bytes. */
GByteArray *bytes_fragment(
	uint8_t protocol, const GByteArray *body, uint16_t id, unsigned offset, gboolean more);
/* A TCP segment 40000 > 80, seq 1000, ack 2000, win 65535, `payload` bytes of 'x', good checksum
 * for IP version 4 or 6. */
GByteArray *bytes_tcp(unsigned version, unsigned flags, unsigned payload);

/* A block of pcapng, little-endian: type, length, body and its padding, length. */
void bytes_add_block(GByteArray *to, uint32_t type, const GByteArray *body);

/* Keeps a text as long as the rest; returns it. */
char *bytes_keep_text(char *text);

/* A file in the temporary folder with these bytes; the path is the caller's (g_free) and so is the
 * file. */
char *bytes_to_file(const GByteArray *bytes);

#endif
