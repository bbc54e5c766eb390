/*
 * Which packets a fault strikes: "2nd SYN", "first 3 data", "every 10th data", "all RST", "all from
 *5 s until 6 s", "1st data port 80". Several are joined by ';'. What is counted is counted by each
 *selector for itself.
 *
 *	SELECTION = [WHICH] [KIND] [port N] [from TIME] [until TIME]
 *	WHICH     = all | Nth | first N | every Nth          (all)
 *	KIND      = any | syn | syn-ack | ack | data | fin | rst | icmp     (any)
 *
 * "ack" is a segment that only acknowledges; "syn" one without ACK.
 */
#ifndef SIM_WORLD_SELECT_H
#define SIM_WORLD_SELECT_H

#include <stdbool.h>
#include <stdint.h>
#include <wire/wire.h>

enum select_which { SELECT_ALL, SELECT_NTH, SELECT_FIRST, SELECT_EVERY };
enum select_kind {
	SELECT_ANY,
	SELECT_SYN,
	SELECT_SYN_ACK,
	SELECT_ACK,
	SELECT_DATA,
	SELECT_FIN,
	SELECT_RST,
	SELECT_ICMP,
};

struct selector {
	struct selector *next;
	enum select_which which;
	enum select_kind kind;
	uint32_t n;    /* of NTH, FIRST, EVERY */
	uint32_t seen; /* packets of that kind so far */
	uint16_t port; /* 0: any */
	int64_t from_ns, until_ns;
};

/* NULL and *error (to be freed) if the text is not one. */
struct selector *select_parse(const char *text, char **error);
void select_free(struct selector *selector);
/* Whether one of them strikes this packet; counts it in all of them. */
bool select_strikes(struct selector *selector, const struct wire_packet *packet, int64_t now_ns);

/* Used by the world's file too: "1.5 ms" and the like; a number has its unit, but for 0. False if
 * it is none; *ns is then INT64_MAX for one that is longer than 30 years. */
bool select_parse_time(const char *text, int64_t *ns);
/* The same of words, "1.5 ms" or "1.5" "ms": how many it took, or -1. */
int select_take_time(char **word, int64_t *ns);

#endif
