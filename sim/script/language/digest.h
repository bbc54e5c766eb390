/*
 * `md5 valid` in a packet: the digest that is made with a key. It is put in what is injected, and held
 * against what was sent. RFC 2385 §2.0.
 */
#ifndef SCRIPT_LANGUAGE_DIGEST_H
#define SCRIPT_LANGUAGE_DIGEST_H

#include "script/language/ast.h"

struct tcpsim_segment;

/* The packet has such an option. */
bool digest_is_written(const struct script_packet *packet);
/* The segment is whole but for the digest, which is put into its `options`. */
void digest_put(const char *key, const struct script_packet *packet,
	const struct tcpsim_segment *segment, uint8_t *options);
/* A live segment's is made with the key; one without the option is not asked. */
bool digest_is_right(const char *key, const struct tcpsim_segment *live);

#endif
