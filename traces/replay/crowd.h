/*
 * Crowds: connections that came to nothing, many of them alike, that are one event and want one
 * line. A flood of SYNs, a scan of a host's ports, a sweep over many hosts, a service that fails
 * everybody. What they were meant for is suspected, that they came to nothing is seen.
 *
 * A connection belongs to one crowd at most. The list is the caller's; crowds_clear gives it back.
 */
#ifndef TCPSIM_TRACES_REPLAY_CROWD_H
#define TCPSIM_TRACES_REPLAY_CROWD_H

#include "traces/replay/replay.h"

enum crowd_kind {
	CROWD_FLOOD,	 /* to one service, nobody of whom goes on or sends its SYN again */
	CROWD_FAILING,	 /* to one service, by clients that would have liked to */
	CROWD_PORT_SCAN, /* by one client to many ports of one host */
	CROWD_SWEEP,	 /* by one client to one port of many hosts */
	CROWD_N_KINDS
};
const char *crowd_kind_name(enum crowd_kind kind);

/* From so many on they are a crowd. */
#define CROWD_LEAST_CLIENTS 50
#define CROWD_LEAST_SCANNED 15

struct crowd {
	enum crowd_kind kind;
	struct tcpsim_addr client, server; /* of its first connection; one of them is everybody's */
	uint16_t port;			   /* so is this one, but for a port scan */
	uint32_t connections;		   /* held */
	uint32_t let_go;		   /* more of them, held no longer */
	uint32_t different;		   /* clients, ports or hosts, as its kind has it */
	uint32_t outcomes[FLOW_N_OUTCOMES];
	int64_t from_ns, to_ns;
	uint32_t first; /* number of its first connection */
};

struct crowds {
	struct crowd *at; /* the largest first */
	size_t n;
	uint8_t *member; /* by place: whether that connection belongs to one */
};

void crowds_find(struct crowds *c, const struct replay *r);
void crowds_clear(struct crowds *c);

#endif
