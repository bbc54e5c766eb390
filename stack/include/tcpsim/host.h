/*
 * A host: one TCP/IP that does no I/O. Packets, calls and the time come in as arguments; packets,
 * results, the next deadline and a stream of events go out. No clock, no thread, no file, no
 * global.
 *
 * Time is nanoseconds on a clock of the caller's choosing and never goes back. Every entry that
 * takes `now` first runs what was due. Socket calls (socket.h) happen at the host's current time:
 * call tcpsim_host_advance first. Packets handed in are owned by the host; packets handed out by
 * the caller.
 */
#ifndef TCPSIM_HOST_H
#define TCPSIM_HOST_H

#include <tcpsim/addr.h>
#include <tcpsim/event.h>
#include <tcpsim/packet.h>
#include <tcpsim/profile.h>

#ifdef __cplusplus
extern "C" {
#endif

struct tcpsim_host;

/*
 * The two callbacks, and what they may call.
 *
 * on_wake: readiness of a descriptor may have changed: a hint to look at tcpsim_poll again, never a
 * promise. It is told when nothing of the stack is under way: at the end of the call in which that
 * happened, or between two timers of tcpsim_host_advance; several changes of one descriptor may be
 * told once, and one that was closed meanwhile is not told. So it may call anything: read, write,
 * accept, close, abort, tcpsim_host_drop, tcpsim_host_advance. What becomes ready by that is told
 * after it has returned, not within. After tcpsim_host_free nothing more is told, and the host is
 * gone when the call that told has returned: until then its memory, and after it nothing of it, may
 * be used.
 *
 * on_event: what just happens, in the middle of it. It may call nothing of this host but
 * tcpsim_host_id, _now, _profile, _counter and _deadline. Any other call does nothing and says so
 * by -EBUSY (a function without error: 0, false, NULL, POLLNVAL, TCPSIM_CLOSED; a packet given is
 * freed); tcpsim_host_free alone is obeyed, once the stack has unwound. The call is counted, and
 * tcpsim_host_check asserts that there was none: a mistake is found by debug builds and fuzzers,
 * and hurts nobody else.
 *
 * Where a pointer is needed and NULL given, the answer is -EFAULT, also for the host (a function
 * that has no error: as above); tcpsim_host_free(NULL) does nothing.
 */
typedef void (*tcpsim_wake_fn)(void *context, struct tcpsim_host *host, int fd);

/* MD5 (RFC 1321) of n pieces, one behind another. The stack has none of its own. */
struct tcpsim_piece {
	const void *bytes;
	size_t len;
};
typedef void (*tcpsim_md5_fn)(const struct tcpsim_piece *pieces, int n, uint8_t digest[16]);

struct tcpsim_host_config {
	const struct tcpsim_profile *profile; /* copied */
	/* shared with the links of a world; outlives the host. NULL: one of its own, which goes
	 * with it: packets that were taken out are to be freed before */
	struct tcpsim_pool *pool;
	uint32_t id;   /* stands in every event */
	uint64_t seed; /* of everything random in this host */
	int64_t start_ns;
	bool iss_is_fixed; /* every connection starts at `iss`: for tests of numbers that wrap */
	uint32_t iss;
	tcpsim_md5_fn md5;	  /* NULL: there is no TCP_MD5SIG, as without the system's module */
	bool unprivileged;	  /* its processes may not bind the profile's reserved ports */
	tcpsim_event_fn on_event; /* NULL: nobody listens, and events cost nothing */
	tcpsim_wake_fn on_wake;
	void *context; /* of both */
};

/* NULL and errno: ENOMEM when memory is exhausted, EINVAL without a profile or for one that
 * tcpsim_profile_check refuses. */
struct tcpsim_host *tcpsim_host_new(const struct tcpsim_host_config *config);
void tcpsim_host_free(struct tcpsim_host *host);
uint32_t tcpsim_host_id(const struct tcpsim_host *host);
int64_t tcpsim_host_now(const struct tcpsim_host *host);
/* The settings as they are now: the profile and what sysctls changed. */
const struct tcpsim_profile *tcpsim_host_profile(const struct tcpsim_host *host);

/* --- interfaces and routes. All return an index >= 0 or a negative errno. --- */
int tcpsim_host_add_interface(struct tcpsim_host *host, const char *name, uint32_t mtu);
int tcpsim_host_set_mtu(struct tcpsim_host *host, int interface, uint32_t mtu);
int tcpsim_host_set_up(struct tcpsim_host *host, int interface, bool up);
int tcpsim_host_add_address(
	struct tcpsim_host *host, int interface, const struct tcpsim_addr *addr, int prefix_len);
/* What a route fixes for the connections over it; 0 in a member: not fixed. ssthresh, rtt_ns and
 * rttvar_ns are kept, but nothing is begun with them. */
struct tcpsim_route_metrics {
	uint32_t mtu, advmss, initcwnd, initrwnd, ssthresh;
	int64_t rtt_ns, rttvar_ns, rto_min_ns;
	bool mtu_locked, quickack;
	bool ecn;			/* `features ecn` */
	const char *congestion_control; /* copied; NULL: the socket's or the host's */
	bool congestion_control_locked; /* no socket may choose another one afterwards */
	uint32_t priority; /* ip(8)'s `metric`: of several routes to a prefix the lowest decides */
};
/* What Linux gives a route of IPv6 that names no metric; one of IPv4 has 0. */
#define TCPSIM_ROUTE_PRIORITY_V6 1024
/* prefix_len counts from the family's own start (0 to 32 for IPv4). A later route to the same
 * prefix of the same priority replaces it. */
int tcpsim_host_add_route(struct tcpsim_host *host, const struct tcpsim_addr *prefix,
	int prefix_len, int interface, const struct tcpsim_route_metrics *metrics);
/* That route, of that priority (-1: the first of any), and one less of them; -ESRCH: there is none. */
int tcpsim_host_find_route(struct tcpsim_host *host, const struct tcpsim_addr *prefix,
	int prefix_len, int64_t priority);
int tcpsim_host_remove_route(struct tcpsim_host *host, const struct tcpsim_addr *prefix,
	int prefix_len, int64_t priority);

/* --- driving it --- */
/* Takes one packet (owned by the host from here) that came in on packet->interface. */
void tcpsim_host_receive(struct tcpsim_host *host, int64_t now, struct tcpsim_packet *packet);
/* The same for bytes, which are copied. */
void tcpsim_host_input(
	struct tcpsim_host *host, int64_t now, int interface, const uint8_t *bytes, size_t len);
/* When the host next wants tcpsim_host_advance; INT64_MAX: nothing is pending. */
int64_t tcpsim_host_deadline(struct tcpsim_host *host);
void tcpsim_host_advance(struct tcpsim_host *host, int64_t now);
/* The next packet the host wants sent, in order, or NULL. Owned by the caller. */
struct tcpsim_packet *tcpsim_host_transmit(struct tcpsim_host *host);
/* All that it wants sent, each packet followed by its `next`; NULL: nothing. */
struct tcpsim_packet *tcpsim_host_transmit_all(struct tcpsim_host *host);

/* The device's queue is full (or not any more): what is sent is dropped on the spot, and TCP is
 * told so, as a queue of length 0 does on Linux. */
void tcpsim_host_set_device_full(struct tcpsim_host *host, bool full);

/* --- settings and counters --- */
/* A sysctl of the profile's system (`net.ipv4.tcp_sack`, `net.inet.tcp.sack.enable`; dots or
 * slashes) as text. 0; -ENOENT: no such name; -EINVAL: not a value of it; -ENOSPC: out is too
 * small. Whatever the way in, a field keeps to its range, and none may contradict another (the
 * first port is not above the last): what would break that is -EINVAL, so the order may matter. */
int tcpsim_host_sysctl_get(struct tcpsim_host *host, const char *name, char *out, size_t size);
int tcpsim_host_sysctl_set(struct tcpsim_host *host, const char *name, const char *value);
/* The same, and what is wrong goes to `why` (which may be NULL): "'0' is not from 1 to 127". Of an
 * unknown name, and if nothing is wrong, it is empty. */
int tcpsim_host_sysctl_set_why(
	struct tcpsim_host *host, const char *name, const char *value, char *why, size_t size);
/* The i-th known sysctl name, or NULL past the last: for listing and near names. */
const char *tcpsim_host_sysctl_name(const struct tcpsim_host *host, size_t i);
/* A field of the profile by its name, as tcpsim_profile_field_set has it: what no sysctl
 * of the system changes (its device's offload, for one). 0, -ENOENT, -EINVAL. */
int tcpsim_host_setting_set(struct tcpsim_host *host, const char *field, const char *value);
/* A counter by its nstat name ("TcpExtTCPTimeouts"); -ENOENT or 0. */
int tcpsim_host_counter(const struct tcpsim_host *host, const char *name, uint64_t *value);
const char *tcpsim_host_counter_name(size_t i);
/* Path figures that outlive connections (Fast Open cookies, the host cache): forget them. */
void tcpsim_host_forget_paths(struct tcpsim_host *host);

/* Security associations for TCP-MD5, as FreeBSD's setkey(8) adds and flushes them: what goes from one
 * address to the other is signed with the key, or judged by it, if its socket has TCP_MD5SIG. 0;
 * -EOPNOTSUPP: the system has its keys elsewhere, or no MD5; -EEXIST; -EINVAL: a key of 1 to 80 bytes
 * is meant; -ENOMEM. */
int tcpsim_host_md5_add(struct tcpsim_host *host, const struct tcpsim_addr *from,
	const struct tcpsim_addr *to, const void *key, size_t len);
/* One of them; -ENOENT: there is none. */
int tcpsim_host_md5_remove(
	struct tcpsim_host *host, const struct tcpsim_addr *from, const struct tcpsim_addr *to);
void tcpsim_host_md5_flush(struct tcpsim_host *host);

/* One row of what ss, netstat and sockstat list. */
struct tcpsim_socket_row {
	uint32_t connection;
	int fd; /* -1: no process holds it */
	enum tcpsim_state state;
	struct tcpsim_addr local, remote;
	uint16_t local_port, remote_port;
	uint32_t recv_queue, send_queue; /* for a listener: completed entries, backlog */
	bool dual_stack;		 /* an AF_INET6 socket */
};
/* false stops. It may call anything: the rows are as they were when it began. */
typedef bool (*tcpsim_row_fn)(void *context, const struct tcpsim_socket_row *row);
void tcpsim_host_each_socket(struct tcpsim_host *host, tcpsim_row_fn fn, void *context);
/* Kills connections of that state (TCPSIM_NSTATES: any) and 4-tuple (NULL, port 0: any), as
 * tcpdrop does; returns how many. */
int tcpsim_host_drop(struct tcpsim_host *host, enum tcpsim_state state,
	const struct tcpsim_addr *local, uint16_t local_port, const struct tcpsim_addr *remote,
	uint16_t remote_port);

/*
 * A packet will come soon: what it needs is brought into the cache. `first` when it is first heard
 * of; called again nearer to its time. A hint that changes nothing.
 */
void tcpsim_host_prefetch(const struct tcpsim_host *host, struct tcpsim_packet *packet, bool first);
/* Puts away every connection that waits for its process or its peer and nothing else, into about a
 * quarter of the memory; each is as it was when something is next asked of it. A host with many
 * thousands does so by itself with those that nobody used lately. Returns how many. */
size_t tcpsim_host_rest(struct tcpsim_host *host);
/* Asserts what must hold between inputs, and that on_event called nothing; debug builds and fuzzers
 * call it after each. */
void tcpsim_host_check(struct tcpsim_host *host);

#ifdef __cplusplus
}
#endif

#ifdef TCPSIM_OLD_NAMES
#include <tcpsim/old_names.h>
#endif

#endif
