/*
 * The inside of a host, for the modules of stack/: what they share. What each may be asked is in its
 * own header: demux.h, wheel.h, routes.h, peers.h, random.h, output.h ...
 *
 * One host owns everything here. Connections (whole ones, entries of a SYN queue, entries in
 * TIME-WAIT, whole ones put away at rest) stand in one demultiplexing table keyed by the 4-tuple
 * and begin with a struct conn; listeners stand in a table by port.
 */
#ifndef TCPSIM_HOST_HOST_H
#define TCPSIM_HOST_HOST_H

#include <stdlib.h>
#include <sys/queue.h>
#include <tcpsim/host.h>

struct tcp_tcb;
struct tcp_listener;
struct tcp_request;
struct tcp_time_wait;
struct tcp_socket;

/* What stands in the demultiplexing table: demux.h. */
enum conn_kind { CONN_TCB, CONN_REQUEST, CONN_TIME_WAIT, CONN_RESTING };

struct conn {
	struct tcpsim_addr local, remote;
	uint16_t local_port, remote_port;
	uint8_t kind; /* enum conn_kind */
	uint8_t ip_version : 4;
	uint8_t port_reusable : 1; /* made under SO_REUSEADDR: host/ports.h */
	uint8_t is_signed : 1;	   /* its segments are: tcp/md5.h */
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

/* A place in the wheel of deadlines: wheel.h. */
struct wheel_timer {
	TAILQ_ENTRY(wheel_timer) link;
	int64_t armed_ns; /* where it stands in the wheel; 0: not in it */
	int64_t due_ns;	  /* when its owner wants it; >= armed_ns */
	void (*fire)(struct tcpsim_host *host, struct wheel_timer *timer);
};

/* The way to an address: routes.h. */
struct route {
	int interface;
	uint32_t mtu;	   /* of the path as known: interface, route, learned (RFC 1191) */
	uint32_t link_mtu; /* without what was learned */
	struct tcpsim_addr
		source; /* what a socket without address binds (RFC 6724, RFC 1122 §3.3.4.3) */
	struct tcpsim_route_metrics metrics;
};

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

#define HOST_LOOPBACK 0xffff /* the interface of packets to ourselves */

/* Its secret numbers: siphash.h. */
enum host_secret {
	SECRET_ISS,
	SECRET_PORT,
	HOST_NPAIR_SECRETS, /* of those so far host_pair_hash() can be had */
	SECRET_TIMESTAMP = HOST_NPAIR_SECRETS,
	SECRET_SYNCOOKIE,
	SECRET_LISTENER,
	HOST_NSECRETS
};

/* Counters, named as nstat does: counters.c. */
enum host_counter {
#define COUNTER(id, name) COUNTER_##id,
#include <host/counters.def>
#undef COUNTER
	HOST_NCOUNTERS
};

TAILQ_HEAD(socket_list, tcp_socket);
TAILQ_HEAD(awake_ring, tcp_tcb);

/* What a pair of addresses comes to under a secret, of the pair that was asked last: mostly it is the
 * next one's, too. Nothing: not asked yet. */
struct host_pair_hash {
	struct tcpsim_addr local, remote;
	uint64_t v[4];
};

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
	int64_t stamp_lag_ns; /* the time that segments are stamped with is so old (icmp.c) */
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
	struct host_pair_hash pair_hash[HOST_NPAIR_SECRETS];
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
	struct md5_keys *md5;		 /* tcp/md5.h; NULL: there was no key yet */
	struct {
		struct host_wakes wakes; /* the oldest first */
		unsigned depth;		 /* calls that are under way, one in another */
		bool in_event;		 /* on_event runs: nobody may come in */
		bool telling;		 /* on_wake runs */
		bool ends;	  /* tcpsim_host_free was called; the outermost call does it */
		uint32_t refused; /* calls from on_event */
	} entry;
	bool own_pool;
	bool long_way; /* short_path.h */
	uint32_t syn_cache_entries;
	uint32_t time_wait_entries;
};

static inline void host_count(struct tcpsim_host *host, enum host_counter counter)
{
	host->counters[counter]++;
}

/* As many connections as are at work at once before the cache does not hold them any more (a
 * megabyte): with fewer, to ask for their memory early costs more than it saves. */
#define HOST_PREFETCH_FROM 400

static inline bool host_prefetches(const struct tcpsim_host *host)
{
	return host->awake.n >= HOST_PREFETCH_FROM;
}

static inline bool host_listens(const struct tcpsim_host *host)
{
	return host->config.on_event;
}

#endif
