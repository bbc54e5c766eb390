/* The two hosts of fuzz-pair, the network between them and the calls on them. See pair.c. */
#ifndef TESTS_FUZZ_PAIR_BENCH_H
#define TESTS_FUZZ_PAIR_BENCH_H

#include "time_units.h"
#include <netinet/in.h>
#include <tcpsim/host.h>
#include <tcpsim/options.h>
#include <tcpsim/socket.h>

#define FLIGHT 512
#define PIECE  20000

struct end {
	struct tcpsim_host *host;
	int fd, listener;
	struct sockaddr_storage addr;
	struct tcpsim_addr own; /* the same, without the port */
	uint64_t sent, got;
	bool shut;     /* it sends no more */
	bool deaf;     /* it reads no more */
	bool eof, err; /* what it was told */
	bool connected;
	bool cookies;			      /* its listener remembers nothing */
	bool crossed;			      /* it was in SYN-SENT when the other's SYN came */
	bool shrinks;			      /* it was set to take its window back */
	bool takes_back, no_room;	      /* its window for lack of memory: it would, and did */
	int64_t full_until;		      /* its device may be full; 0: it never was */
	struct tcpsim_packet *flight[FLIGHT]; /* that it sent */
	int n;
};

struct bench {
	const uint8_t *at, *end;
	struct tcpsim_pool *pool;
	struct end side[2];
	int64_t now, trouble_ends;
	uint32_t path_mtu;
	uint64_t strip; /* options that SYNs lose on their way */
	bool ipv6, by_bytes, tunnel, trace;
	bool keyed;   /* both sign what they send (RFC 2385) */
	bool excused; /* somebody gave a reason for an error */
	unsigned carried, collected;
};

uint8_t next8(struct bench *b);
uint16_t next16(struct bench *b);
void must(bool truth, const char *what);

/* --- the network (pair_net.c) --- */
void show(const struct bench *b, int from, const struct tcpsim_packet *packet, const char *what);
void check(struct bench *b);
void collect(struct bench *b);
struct tcpsim_packet *take_flight(struct end *end, int i);
void arrive(struct bench *b, int from, struct tcpsim_packet *packet);
void deliver(struct bench *b, int s, int i);
void mark(struct tcpsim_packet *packet);
void pass_time(struct bench *b, int64_t ns);

/* --- calls (pair_calls.c) --- */
void send_text(struct bench *b, int s, size_t len, int flags);
ssize_t read_text(struct bench *b, int s, size_t len, int flags);
void set(struct end *end, int level, int name, int value);
void set_option(struct bench *b, int s);
bool can_sign(const struct end *end);
void sign(struct bench *b, int s, int fd);
void shut(struct bench *b, int s, int how);
void close_side(struct bench *b, int s, bool abort);
void try_accept(struct bench *b);

#endif
