/*
 * The digest of a signed segment, RFC 2385 §2.0: MD5 of the pseudo-header, the header without options
 * and with a checksum of zero, the text, and the key that both ends share. MD5 itself is the caller's:
 * the stack has none. Owns nothing.
 */
#ifndef TCPSIM_WIRE_MD5_H
#define TCPSIM_WIRE_MD5_H

#include <stddef.h>
#include <stdint.h>
#include <tcpsim/host.h>

struct tcpsim_segment;

#define WIRE_MD5_LEN	    16 /* of a digest */
#define WIRE_MD5_OPTION_LEN 20 /* the option behind two NOPs */

/* `s` has addresses, ports, numbers, flags, window, urgent pointer, header_len and text (a payload
 * of NULL: all zero bytes). */
void wire_md5(tcpsim_md5_fn md5, const struct tcpsim_segment *s, const uint8_t *key, size_t key_len,
	uint8_t digest[WIRE_MD5_LEN]);

#endif
