/*
 * Option bytes, written: each function writes one option at p and returns the place behind it. The
 * caller knows how much room there is (40 bytes in all, RFC 9293 §3.1) and ends on a multiple of
 * four. RFC 9293 §3.2, 7323 §2-3, 2018 §2-3, 7413 §4.1, 2385 §3, 9768 §3.2.3, 5482 §2.
 */
#ifndef TCPSIM_WIRE_OPTIONS_H
#define TCPSIM_WIRE_OPTIONS_H

#include <tcpsim/segment.h>

uint8_t *opt_put_nop(uint8_t *p);
uint8_t *opt_put_mss(uint8_t *p, uint16_t mss);
uint8_t *opt_put_wscale(uint8_t *p, uint8_t shift);
uint8_t *opt_put_sack_permitted(uint8_t *p);
/* Behind two NOPs, 12 bytes in all. */
uint8_t *opt_put_usual_timestamp(uint8_t *p, uint32_t val, uint32_t ecr);
uint8_t *opt_put_timestamp(uint8_t *p, uint32_t val, uint32_t ecr);
/* n from 1 to 4 */
uint8_t *opt_put_sack(uint8_t *p, const struct tcpsim_sack_block *blocks, unsigned n);
/* Kind 34, and kind 254 with the magic 0xF989; len 0 asks for a cookie. */
uint8_t *opt_put_fastopen(uint8_t *p, const uint8_t *cookie, unsigned len);
uint8_t *opt_put_fastopen_exp(uint8_t *p, const uint8_t *cookie, unsigned len);
uint8_t *opt_put_md5(uint8_t *p, const uint8_t digest[16]);
uint8_t *opt_put_user_timeout(uint8_t *p, uint16_t value);
/* order 0: fields E0B CEB E1B (kind 172), 1: E1B CEB E0B (174); the first n of them, 0 to 3.
 * Counters modulo 2^24. */
uint8_t *opt_put_accecn(
	uint8_t *p, unsigned order, unsigned n, uint32_t e0b, uint32_t ceb, uint32_t e1b);
/* Any kind with `len` bytes of content. */
uint8_t *opt_put_other(uint8_t *p, uint8_t kind, const uint8_t *content, unsigned len);
/* Pads from `start` up to a multiple of four with NOP, or with EOL, which ends the options. */
uint8_t *opt_pad(const uint8_t *start, uint8_t *p, bool nop);

void tcp_options_read_rest(const uint8_t *p, const uint8_t *end, struct tcpsim_options *out);
/* Reads a TCP header's option bytes; out borrows from raw. */
void tcp_options_parse(const uint8_t *raw, size_t len, struct tcpsim_options *out);

#endif
