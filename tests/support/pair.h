/*
 * Two hosts with a wire between them that loses nothing: 10.0.0.1 (and 10.0.0.3, 2001:db8::1)
 * and 10.0.0.2 (2001:db8::2). For tests of the socket calls.
 */
#ifndef TESTS_SUPPORT_PAIR_H
#define TESTS_SUPPORT_PAIR_H

#include <tcpsim/socket.h>

struct pair {
	struct tcpsim_pool *pool;
	struct tcpsim_host *a, *b;
	int64_t now;
	int64_t delay_ns; /* of the wire, each way */
};

/* Profiles by name. */
struct pair pair_new(const char *a, const char *b);
void pair_free(struct pair *pair);
/* Lets `ns` pass: packets cross, timers fire. */
void pair_run(struct pair *pair, int64_t ns);

/* A socket address of either family, alive for the test. */
const struct sockaddr *at(const char *ip, unsigned port);
/* A stream socket of ip's family, bound to ip:port; or what bind() said (negative errno). */
int bound(struct tcpsim_host *host, const char *ip, unsigned port);
/* The same, listening. */
int listening(struct tcpsim_host *host, const char *ip, unsigned port);
/* connect() of a new socket and the handshake; the descriptor. */
int connected(struct pair *pair, struct tcpsim_host *from, const char *ip, unsigned port);
int flag(struct tcpsim_host *host, int fd, int level, int name, int value);
int option(struct tcpsim_host *host, int fd, int level, int name);
ssize_t put(struct tcpsim_host *host, int fd, const char *text, int flags);
/* What came, in a buffer that the next call uses again; NULL: the error in *error. */
const char *get(struct tcpsim_host *host, int fd, int flags, int *error);

#endif
