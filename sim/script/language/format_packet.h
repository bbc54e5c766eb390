/* Packets in text: the one notation of the program. */
#ifndef SCRIPT_LANGUAGE_FORMAT_PACKET_H
#define SCRIPT_LANGUAGE_FORMAT_PACKET_H

#include <glib.h>
#include <stddef.h>
#include <stdint.h>

struct script_packet;

/* Each appends to `out`. */
void format_packet(const struct script_packet *packet, GString *out);
/* `<mss 1460,...>` from the bytes of a header; what cannot be read is shown in hexadecimal. */
void format_option_bytes(const uint8_t *bytes, size_t len, GString *out);
/* S, F., P.5 */
void format_flags(uint16_t flags, int ace, GString *out);

#endif
