/*
 * The inside of the testkit: a bench is one host with everybody who talks to it; a peer is one
 * connection of it and the far end of that. What the host sends is sorted by the address it goes
 * to, what it does by the number of the connection. A bench lives as long as one of its peers.
 */
#ifndef SIM_TESTKIT_INTERNAL_H
#define SIM_TESTKIT_INTERNAL_H

#include <glib.h>
#include <tcpsim/testkit.h>

#define PORT 8080

struct step {
	enum tcpsim_state before, after;
	enum tcpsim_rule rule;
};

/* When each is due; INT64_MAX: it does not run. */
struct timers {
	int64_t due[TCPSIM_NTIMERS];
};

/* Bytes of the host's stream that are known: written by tcpsim_peer_writes and its like. */
struct known {
	uint64_t offset, len;
	uint8_t *bytes; /* NULL: the pattern's */
};

struct bench {
	struct tcpsim_pool *pool;
	struct tcpsim_host *host;
	struct tcpsim_addr host_addr;
	GPtrArray *peers;
	unsigned made;		    /* peers so far */
	struct tcpsim_peer *acting; /* who did the last thing: a new connection is its own */
	GArray *timers;		    /* struct timers, by the number of the connection */
	int listener;		    /* -1: none yet */
	uint32_t listening;	    /* its number */
};

struct tcpsim_peer {
	struct bench *bench;
	unsigned number; /* from 0 */
	struct tcpsim_addr addr;
	struct tcpsim_peer_options options;
	int fd;
	uint32_t connection; /* the newest that left CLOSED or LISTEN; before that the listener's */
	tcpsim_seq iss;	     /* the host's, once it is seen */
	uint16_t host_port, peer_port;
	GQueue sent;  /* struct tcpsim_packet *: sent to it, not yet looked at */
	GArray *path; /* struct step */
	enum tcpsim_rule last_rule;
	GString *text;
	GArray *known;	 /* struct known */
	uint64_t n_read; /* what the process has read of the peer's stream */
};

#endif
