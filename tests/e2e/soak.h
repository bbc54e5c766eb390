/*
 * What a soaked world is made of, between its three files: soak_world.c draws it from a seed,
 * soak_ends.c is the two programs of each of its connections, soak.c runs worlds and judges them.
 */
#ifndef TCPSIM_TESTS_SOAK_H
#define TCPSIM_TESTS_SOAK_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <tcpsim/event.h>
#include <tcpsim/host.h>

#define SOAK_MOST_CONNECTIONS 4

/* When an end is through with sending, and what it does then. */
enum soak_order {
	SOAK_SHUTS_FIRST, /* shutdown(SHUT_WR) behind its last byte, close() at the peer's end */
	SOAK_SHUTS_LAST,  /* its FIN only follows the peer's */
	SOAK_COUNTS,	  /* close() as soon as all is sent and read; waits for no end */
};

struct soak_end {
	/* drawn */
	uint64_t to_send, to_read;
	uint64_t stream, peer_stream; /* which bytes (base/pattern.h) */
	uint64_t random;
	enum soak_order order;
	bool slow;	  /* a nap after each read */
	bool sends_first; /* reads nothing until it has sent everything */
	bool shuts_read;  /* shutdown(SHUT_RD) behind the last byte it is to read */
	bool urgent;	  /* some writes end with an urgent byte, which stays in line */
	bool nodelay, keepalive;
	int rcvbuf, sndbuf; /* 0: the system's */
	/* At that byte read, and at that one sent, it looks away for so long: the peer's window
	 * closes, or the connection idles. */
	uint64_t stall_at, pause_at;
	uint32_t stall_us, pause_us;
	/* how it went */
	const char *what;
	int error;
	uint64_t sent, read;
	bool done;
};

struct soak_connection {
	struct soak_end client, server;
	struct tcpsim_addr to, from; /* `from` any: it binds nothing */
	uint16_t port;
	/* By which a listener of several knows it: a port alone serves several peers (RFC 6056). */
	struct tcpsim_addr client_addr;
	uint16_t client_port;
};

struct soak_plan {
	struct soak_connection connection[SOAK_MOST_CONNECTIONS];
	unsigned n;
	bool one_listener;
	GString *what; /* all of it, to be read */
};

/* What no event may tell apart. */
enum {
	SOAK_RESTS = 1, /* connections are put away after every input (tcpsim_host_rest) */
	SOAK_WITHOUT_SHORT_PATH = 2,
	SOAK_ON_THREADS = 4 /* each host has one, where the links allow for it */
};

/* The world of that seed. The plan is its programs' too, and outlives it. */
struct tcpsim_world *soak_world(uint64_t seed, unsigned how, struct soak_plan *plan,
	tcpsim_event_fn on_event, void *context);
void soak_plan_free(struct soak_plan *plan);

/* Starts the programs of each connection, which run on the hosts "client" and "server". */
void soak_spawn(struct tcpsim_world *world, struct soak_plan *plan);

#endif
