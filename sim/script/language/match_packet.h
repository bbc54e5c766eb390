/*
 * Whether a segment is the packet that somebody wrote in the one notation: the comparison of a
 * script's runner, of the testkit and of lessons. Each brings the segment into the numbers of what
 * was written first, and says how strict it is; what differs is told field by field.
 *
 * Bytes of the text, checksums, ICMP's quotes and what several segments make together are the
 * caller's.
 */
#ifndef SCRIPT_LANGUAGE_MATCH_PACKET_H
#define SCRIPT_LANGUAGE_MATCH_PACKET_H

#include <glib.h>
#include <tcpsim/segment.h>

#include "script/language/ast.h"

enum match_field {
	MATCH_FLAGS,
	MATCH_SEQ,
	MATCH_LENGTH,
	MATCH_ACK,
	MATCH_WINDOW,
	MATCH_URGENT,
	MATCH_SOURCE_PORT,
	MATCH_DEST_PORT,
	MATCH_OPTIONS,
	MATCH_TUNNEL,
	MATCH_ECN,
	MATCH_DSCP,
	MATCH_TTL,
	MATCH_ICMP_TYPE,
	MATCH_ICMP_CODE,
};

struct packet_match {
	/* What is not written has to be absent, as a script's packet is whole; else it is not asked:
	 * the acknowledgment, the urgent pointer, options. */
	bool whole;
	bool any_push;	     /* PSH tells nothing: it depends on how much the process wrote */
	bool any_options;    /* they are not asked even if written */
	bool any_timestamps; /* their values are the caller's to compare */
	uint32_t first;	     /* the sender's first number, taken off seq; for `0:0(0)!` */
	void (*differs)(
		void *context, enum match_field field, const char *expected, const char *got);
	void *context;
};

/* The header and the options of TCP. A window, ports or a number that is not written is not asked
 * of a script either. */
void match_tcp(const struct packet_match *match, const struct script_packet *expected,
	const struct tcpsim_segment *got);
/* TOS or traffic class, and time to live, where they are written. */
void match_ip(const struct packet_match *match, const struct script_packet *expected,
	const struct tcpsim_segment *got);
void match_icmp(const struct packet_match *match, const struct script_packet *expected,
	uint8_t type, uint8_t code, bool v6);

/* Flags with ACE's digit, if one was written, as the three bits (RFC 9768 §3.2.2). */
uint16_t match_flags(const struct script_packet *expected);
/* The numbers of a live segment made relative: `first` and `peer_first` are what the two sides
 * began with. SACK's edges are in the peer's stream (RFC 2018 §3); `options` gets the bytes, which
 * *segment then points to. */
void match_relative(struct tcpsim_segment *segment, uint32_t first, uint32_t peer_first,
	uint8_t options[TCPSIM_MAX_OPTIONS_LEN]);
/* The length of the option at `at`, or 0 where the bytes are no option. */
size_t match_option_len(const uint8_t *bytes, size_t at, size_t len);

#endif
