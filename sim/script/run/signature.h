/*
 * `md5 valid` in a packet: the digest that the script's peer makes with --tcp_md5_secret. It is put in
 * what is injected, and held against what was sent. RFC 2385 §2.0.
 */
#ifndef SCRIPT_RUN_SIGNATURE_H
#define SCRIPT_RUN_SIGNATURE_H

#include "script/run/state.h"

/* The packet has such an option. */
bool signature_is_written(const struct script_packet *packet);
/* A secret is given, or none is needed; else the script fails. */
bool signature_can_be_made(struct run *run, const struct script_packet *packet);
/* The segment is whole but for the digest, which is put into its `options`. */
void signature_put(const struct script_config *config, const struct script_packet *packet,
	const struct tcpsim_segment *segment, uint8_t *options);
/* A live segment's is made with the secret; one without secret or option is not asked. */
bool signature_is_right(const struct script_config *config, const struct tcpsim_segment *live);

#endif
