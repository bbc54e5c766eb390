/*
 * The inside of a host, for the modules of stack/: what they share and what each may ask of it.
 *
 * One host owns everything here. Connections (whole ones, entries of a SYN queue, entries in
 * TIME-WAIT, whole ones put away at rest) stand in one demultiplexing table keyed by the 4-tuple
 * and begin with a struct conn; listeners stand in a table by port.
 */
#ifndef TCPSIM_HOST_INTERNAL_H
#define TCPSIM_HOST_INTERNAL_H

#include <stdlib.h>
#include <sys/queue.h>
#include <tcpsim/host.h>
#include <wire/wire.h>

struct tcp_tcb;
struct tcp_listener;
struct tcp_request;
struct tcp_time_wait;
struct tcp_socket;

/* --- what stands in the demultiplexing table --- */
enum conn_kind { CONN_TCB, CONN_REQUEST, CONN_TIME_WAIT, CONN_RESTING };

struct conn {
	struct tcpsim_addr local, remote;
	uint16_t local_port, remote_port;
	uint8_t kind; /* enum conn_kind */
	uint8_t ip_version : 4;
	uint8_t port_reusable : 1; /* made under SO_REUSEADDR: host/ports.h */
	uint16_t interface;
	uint16_t udp_port; /* the peer's, of TCP in UDP; 0: plain TCP */
	/* The host had so many addresses when a packet with this pair of them was last found to be
	 * for it, and from a possible source; 0: none was (ip/ip.c). */
	uint16_t addresses_then;
	uint32_t id; /* event.connection */
};

/* A listener as the table of ports sees it: the first member of struct tcp_listener. */
struct listen_entry {
	struct listen_entry *hash_next;
	struct tcpsim_addr local; /* wildcard: whatever the SYN names */
	uint16_t local_port;
	bool ipv4, ipv6; /* the families it takes; a dual-stack one both */
};

/* The entry for that 4-tuple, or NULL. */
struct conn *demux_find(struct tcpsim_host *host, const struct tcpsim_addr *local,
	uint16_t local_port, const struct tcpsim_addr *remote, uint16_t remote_port);
/* A segment for that 4-tuple will come soon: brings the table's slot into the cache. By the hash that it
 * gives, demux_expect_conn() later finds the entry that probably is its, unseen, or NULL. */
uint32_t demux_expect_slot(const struct tcpsim_host *host, const struct tcpsim_addr *local,
	uint16_t local_port, const struct tcpsim_addr *remote, uint16_t remote_port);
const struct conn *demux_expect_conn(const struct tcpsim_host *host, uint32_t hash);
/* -EADDRNOTAVAIL when the 4-tuple is taken, -ENOMEM, 0. Gives the entry its id if it has none. */
int demux_insert(struct tcpsim_host *host, struct conn *conn);
void demux_remove(struct tcpsim_host *host, struct conn *conn);
/* Puts `heir` where `conn` stood (a request that becomes a connection, a connection that enters
 * TIME-WAIT). */
void demux_replace(struct tcpsim_host *host, struct conn *conn, struct conn *heir);
/* Calls fn for each entry until it says false; fn may remove the entry it is given. In order of
 * their ids. */
void demux_each(
	struct tcpsim_host *host, bool (*fn)(void *context, struct conn *conn), void *context);
/* The listener that takes a SYN to local:port, by the most specific binding (SO_REUSEPORT: by
 * hash); or NULL. */
struct tcp_listener *demux_listener(struct tcpsim_host *host, const struct tcpsim_addr *local,
	uint16_t local_port, const struct tcpsim_addr *remote, uint16_t remote_port);
/* Its listen_entry has been filled. */
void demux_add_listener(struct tcpsim_host *host, struct tcp_listener *listener);
void demux_remove_listener(struct tcpsim_host *host, struct tcp_listener *listener);

/* --- deadlines: a timing wheel; arming is O(1), re-arming later than armed costs nothing until it
 * fires --- */
struct wheel_timer {
	TAILQ_ENTRY(wheel_timer) link;
	int64_t armed_ns; /* where it stands in the wheel; 0: not in it */
	int64_t due_ns;	  /* when its owner wants it; >= armed_ns */
	void (*fire)(struct tcpsim_host *host, struct wheel_timer *timer);
};
void wheel_arm(struct tcpsim_host *host, struct wheel_timer *timer, int64_t due_ns);
void wheel_cancel(struct tcpsim_host *host, struct wheel_timer *timer);

/* --- routes --- */
struct route {
	int interface;
	uint32_t mtu;	   /* of the path as known: interface, route, learned (RFC 1191) */
	uint32_t link_mtu; /* without what was learned */
	struct tcpsim_addr
		source; /* what a socket without address binds (RFC 6724, RFC 1122 §3.3.4.3) */
	struct tcpsim_route_metrics metrics;
};
/* 0 or -ENETUNREACH, -EHOSTUNREACH. `local` NULL or wildcard: the source is chosen. */
int route_find(struct tcpsim_host *host, const struct tcpsim_addr *remote,
	const struct tcpsim_addr *local, struct route *out);
/* The same to look at, until routes are next asked for. */
int route_ask(struct tcpsim_host *host, const struct tcpsim_addr *remote,
	const struct tcpsim_addr *local, const struct route **out);
/* The interface by which an answer to that peer leaves: the routes say, and not where the packet
 * came in, except for a link-local peer, which is known on that link only (RFC 4007 §6). */
uint16_t route_back(
	struct tcpsim_host *host, const struct tcpsim_addr *remote, uint16_t came_in_by);
/* How many addresses the host has: they are added, and never change. */
unsigned host_addresses(const struct tcpsim_host *host);
bool host_owns(const struct tcpsim_host *host, const struct tcpsim_addr *addr);
bool addr_is_broadcast_or_multicast(const struct tcpsim_host *host, const struct tcpsim_addr *addr);
/* Remembers a smaller path MTU for the address (RFC 1191 §6.3: ten minutes). */
void route_learn_mtu(struct tcpsim_host *host, const struct tcpsim_addr *remote, uint32_t mtu);
/* The path takes less than the host is willing to send: what goes there may be fragmented, for as
 * long as a learned path MTU is believed (Linux __ip_rt_update_pmtu: the MTU is locked). */
void route_may_fragment(struct tcpsim_host *host, const struct tcpsim_addr *remote);
bool route_fragments(struct tcpsim_host *host, const struct tcpsim_addr *remote);

/* What the host remembers of a peer between connections: Linux's tcp_metrics,
 * FreeBSD's host cache. */
struct peer_memory {
	struct tcpsim_addr remote;
	uint8_t cookie[16];
	uint8_t cookie_len; /* 0: none */
	bool cookie_experimental;
	uint8_t cookie_tries; /* 1: asked in vain by the option, 2: and by the experimental one */
	uint16_t mss;	      /* that came with the cookie */
	uint16_t syn_loss;
	int64_t last_syn_loss_ns;
	int64_t rtt_ns, rttvar_ns;
	uint32_t ssthresh, cwnd, reordering; /* segments; 0: not known */
};
/* `make`: an empty one if there is none (NULL only then when memory is exhausted). */
struct peer_memory *peer_memory(
	struct tcpsim_host *host, const struct tcpsim_addr *remote, bool make);

/* --- output --- */
#define HOST_LOOPBACK 0xffff /* the interface of packets to ourselves */
/* Takes the packet (owned) and puts it last in what tcpsim_host_transmit gives out. */
void host_send(struct tcpsim_host *host, struct tcpsim_packet *packet);

/* --- randomness, deterministic by seed --- */
uint32_t host_random(struct tcpsim_host *host);
/* SipHash-2-4 of the bytes under the host's secret number `which` (RFC 6528, cookies, ports). */
enum host_secret {
	SECRET_ISS,
	SECRET_PORT,
	SECRET_TIMESTAMP,
	SECRET_SYNCOOKIE,
	SECRET_LISTENER,
	HOST_NSECRETS
};
uint64_t host_keyed_hash(
	struct tcpsim_host *host, enum host_secret which, const void *bytes, size_t len);
/* SipHash-2-4 under a key of the caller's (Fast Open cookies). */
uint64_t siphash(const uint8_t key[16], const void *bytes, size_t len);

/* --- counters, named as nstat does --- */
enum host_counter {
#define COUNTER(id, name) COUNTER_##id,
#include <host/counters.def>
#undef COUNTER
	HOST_NCOUNTERS
};

TAILQ_HEAD(socket_list, tcp_socket);
TAILQ_HEAD(awake_ring, tcp_tcb);

/* A descriptor whose owner is to be told (host/entry.h); part of what stands for it. */
struct host_wake {
	STAILQ_ENTRY(host_wake) link;
	int fd;
	bool waits;
};
STAILQ_HEAD(host_wakes, host_wake);

struct host_upcalls;

struct tcpsim_host {
	const struct host_upcalls *up; /* host/upcalls.h */
	struct tcpsim_host_config config;
	struct tcpsim_profile sys; /* the profile as sysctls changed it */
	int64_t now;
	struct tcpsim_pool *pool;
	uint64_t counters[HOST_NCOUNTERS];
	struct demux *demux;
	struct wheel *wheel;
	struct routing *routing;
	struct descriptors *descriptors; /* the fd table */
	struct peers *peers;
	struct ports *ports;
	struct reassembly *reassembly;
	uint16_t interfaces; /* how many there are, */
	uint16_t down;	     /* and how many of them are down */
	uint64_t random_state[4];
	uint8_t secrets[HOST_NSECRETS][16];
	struct {
		struct tcpsim_addr key[2]; /* local, remote; nothing: not asked yet */
		uint32_t value;
	} last_offset; /* of the clock of timestamps */
	struct tcpsim_packet *out_first, **out_last;
	struct {
		struct tcpsim_packet *first, **last;
		struct wheel_timer timer;
	} loop; /* packets to ourselves, taken in at once but not within the call that sent them */
	uint32_t next_connection;
	uint16_t ip_id;
	uint32_t bsd_iss; /* 4.4BSD's tcp_iss: what connections have added to it */
	/* where the search for an ephemeral port goes on, from the first of the range */
	uint32_t next_port;
	struct {
		uint8_t key[2][16];
		int n_keys;
		int64_t disabled_until_ns; /* RFC 7413 §7.1, client side */
		uint32_t disabled_times;
	} fastopen;
	struct {
		int64_t second; /* which second `left` is of */
		uint32_t left;
	} challenge_acks; /* RFC 5961 §7 */
	bool device_full; /* local congestion: nothing leaves */
	struct {
		struct awake_ring ring; /* control blocks; the hand stands at the first */
		size_t n;
		uint32_t due;		 /* places that the hand has to move */
		struct tcp_tcb *pattern; /* what those at rest are told apart from */
	} awake;			 /* tcp/resting.h */
	bool some_fragment;		 /* route_may_fragment() was called */
	struct syn_cache *syn_cache;	 /* tcp/syn_cache.h */
	struct {
		struct host_wakes wakes; /* the oldest first */
		unsigned depth;		 /* calls that are under way, one in another */
		bool in_event;		 /* on_event runs: nobody may come in */
		bool telling;		 /* on_wake runs */
		bool ends;	  /* tcpsim_host_free was called; the outermost call does it */
		uint32_t refused; /* calls from on_event */
	} entry;
	bool own_pool;
	uint32_t syn_cache_entries;
	uint32_t time_wait_entries;
};

static inline void host_count(struct tcpsim_host *host, enum host_counter counter)
{
	host->counters[counter]++;
}

static inline bool host_listens(const struct tcpsim_host *host)
{
	return host->config.on_event;
}

/* Completes the event with time and host and hands it on. Ask host_listens() first where building
 * it costs. */
void host_event(struct tcpsim_host *host, struct tcpsim_event *event);

#endif
