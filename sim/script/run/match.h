/*
 * Comparing what was sent with what was expected, field by field, in the script's numbers.
 *
 * What is not written is not compared: window, type of service, time to live; options with <...>.
 * Timestamps are compared only with --tcp_ts_tick_usecs. Sums of the headers are; payload bytes
 * must be the zeros that scripts send.
 */
#ifndef SCRIPT_RUN_MATCH_H
#define SCRIPT_RUN_MATCH_H

#include "script/run/state.h"
#include "wire/wire.h"

struct match {
	struct run_socket *socket;
	const struct script_config *config;
	int64_t due_ns;
	/* what came, merged if several: header of the last, sequence number of the first */
	unsigned segments;
	bool is_tcp;
	uint8_t icmp_type, icmp_code;
	struct tcpsim_segment live; /* in the script's numbers */
	uint8_t options[TCPSIM_MAX_OPTIONS_LEN];
	uint32_t first_len, last_len; /* payload of the first piece, and of the last */
	int64_t time_ns;
	bool payload_bad, sum_bad, signature_bad;
	uint32_t wrong_byte; /* of the stream, where the payload is bad */
	uint8_t wanted, got;
	GString *mixed;	  /* why several segments do not go together, or empty */
	GString *summary; /* one line */
	GString *detail;  /* lines: expected, got, each field */
	unsigned differences;
	bool ecn_differs;
};

void match_init(struct match *match, struct run_socket *socket, const struct script_config *config,
	int64_t due_ns);
void match_clear(struct match *match);
/* Takes one live packet. */
void match_add(struct match *match, const struct wire_packet *live, GBytes *bytes, int64_t time_ns);
/* Is what came still shorter than what is expected? */
bool match_wants_more(const struct match *match, const struct script_packet *expected);
/* false: summary and detail tell what differs. */
bool match_compare(struct match *match, const struct script_packet *expected);

/* The expected packet without its arrow. */
void match_expected_text(const struct script_packet *expected, GString *out);
/* A live packet in the script's numbers. */
void match_live_text(const struct run_socket *socket, const struct wire_packet *live, GString *out);

#endif
