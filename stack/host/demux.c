/*
 * Demultiplexing, RFC 9293 §3.10.7: which connection, or which listener, takes a segment.
 *
 * Connections stand in one open-addressed table keyed by the 4-tuple under the host's secret. A
 * slot has the entry's hash beside the pointer, so a search touches the memory of the entry it
 * finds and of no other, and the table grows without touching any: with a million idle connections
 * that is the difference between one cache miss and several. Listeners are few: chains by port.
 */
#include <assert.h>
#include <errno.h>
#include <host/demux.h>
#include <host/ports.h>
#include <stdlib.h>
#include <wire/memory.h>

#define FIRST_SLOTS  16
#define FIRST_CHAINS 16

struct slot {
	struct conn *conn; /* NULL: free */
	uint32_t hash;
	uint32_t id; /* the entry's, to put them in order */
};

struct demux {
	struct slot *slot;
	size_t mask; /* slots - 1 */
	size_t count;
	struct listen_entry **listeners;
	size_t listener_mask, listener_count;
};

struct demux *demux_new(void)
{
	struct demux *demux = calloc(1, sizeof(*demux));

	if (!demux)
		return NULL;
	demux->slot = calloc(FIRST_SLOTS, sizeof(struct slot));
	demux->mask = FIRST_SLOTS - 1;
	demux->listeners = calloc(FIRST_CHAINS, sizeof(struct listen_entry *));
	demux->listener_mask = FIRST_CHAINS - 1;
	if (!demux->slot || !demux->listeners) {
		demux_free(demux);
		return NULL;
	}
	return demux;
}

void demux_free(struct demux *demux)
{
	if (!demux)
		return;
	free(demux->slot);
	free(demux->listeners);
	free(demux);
}

size_t demux_count(const struct demux *demux)
{
	return demux->count;
}

/*
 * A keyed mix of the 4-tuple. Not SipHash, which would cost as much as the rest of a segment's way:
 * two rounds of multiply-and-fold under a secret spread chosen tuples well enough for a table that
 * a simulation fills.
 */
static inline uint64_t fold(uint64_t a, uint64_t b)
{
	__uint128_t product = (__uint128_t)a * b;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static inline uint64_t hash_tuple(const struct tcpsim_host *host, const struct tcpsim_addr *local,
	uint16_t local_port, const struct tcpsim_addr *remote, uint16_t remote_port)
{
	uint64_t key[2];

	memcpy(key, host->secrets[SECRET_LISTENER], sizeof(key));
	key[0] ^= (uint64_t)local_port << 16 | remote_port;
	key[0] = fold(key[0] ^ local->d[1], key[1] ^ remote->d[1] ^ UINT64_C(0x9e3779b97f4a7c15));
	return fold(key[0] ^ local->d[0], key[1] ^ remote->d[0] ^ UINT64_C(0xa0761d6478bd642f));
}

static inline bool is_tuple(const struct conn *conn, const struct tcpsim_addr *local,
	uint16_t local_port, const struct tcpsim_addr *remote, uint16_t remote_port)
{
	return conn->remote_port == remote_port && conn->local_port == local_port &&
	       tcpsim_addr_eq(&conn->remote, remote) && tcpsim_addr_eq(&conn->local, local);
}

/* The slot that holds the tuple, or the free one where it would go: at least one always is. */
static inline struct slot *slot_find(const struct demux *demux, uint32_t hash,
	const struct tcpsim_addr *local, uint16_t local_port, const struct tcpsim_addr *remote,
	uint16_t remote_port)
{
	for (size_t i = hash & demux->mask;; i = (i + 1) & demux->mask) {
		struct slot *slot = &demux->slot[i];

		if (!slot->conn || (slot->hash == hash && is_tuple(slot->conn, local, local_port,
								  remote, remote_port)))
			return slot;
	}
}

uint32_t demux_prefetch_slot(const struct tcpsim_host *host, const struct tcpsim_addr *local,
	uint16_t local_port, const struct tcpsim_addr *remote, uint16_t remote_port)
{
	uint32_t hash = (uint32_t)hash_tuple(host, local, local_port, remote, remote_port);

	__builtin_prefetch(&host->demux->slot[hash & host->demux->mask]);
	return hash;
}

const struct conn *demux_prefetched_conn(const struct tcpsim_host *host, uint32_t hash)
{
	const struct slot *slot = &host->demux->slot[hash & host->demux->mask];

	return slot->hash == hash ? slot->conn : NULL;
}

struct conn *demux_find(struct tcpsim_host *host, const struct tcpsim_addr *local,
	uint16_t local_port, const struct tcpsim_addr *remote, uint16_t remote_port)
{
	uint32_t hash = (uint32_t)hash_tuple(host, local, local_port, remote, remote_port);

	return slot_find(host->demux, hash, local, local_port, remote, remote_port)->conn;
}

static uint32_t hash_of(const struct tcpsim_host *host, const struct conn *conn)
{
	return (uint32_t)hash_tuple(
		host, &conn->local, conn->local_port, &conn->remote, conn->remote_port);
}

/* The slot of an entry that stands in the table. */
static struct slot *slot_of(const struct tcpsim_host *host, const struct conn *conn)
{
	const struct demux *demux = host->demux;
	size_t i = hash_of(host, conn) & demux->mask;

	while (demux->slot[i].conn != conn) {
		assert(demux->slot[i].conn);
		i = (i + 1) & demux->mask;
	}
	return &demux->slot[i];
}

/* Twice as many slots; with no memory for them it stays as it is, only slower. */
static void grow(struct demux *demux)
{
	size_t old = demux->mask + 1, mask = old * 2 - 1;
	struct slot *from = demux->slot, *to = memory_table(old * 2 * sizeof(*to));

	if (!to)
		return;
	for (size_t i = 0; i < old; i++) {
		size_t at = from[i].hash & mask;

		if (!from[i].conn)
			continue;
		while (to[at].conn)
			at = (at + 1) & mask;
		to[at] = from[i];
	}
	demux->slot = to;
	demux->mask = mask;
	free(from);
}

int demux_insert(struct tcpsim_host *host, struct conn *conn)
{
	struct demux *demux = host->demux;
	uint32_t hash = hash_of(host, conn);
	struct slot *slot;

	if (demux->count >= (demux->mask + 1) / 4 * 3)
		grow(demux);
	slot = slot_find(
		demux, hash, &conn->local, conn->local_port, &conn->remote, conn->remote_port);
	if (slot->conn)
		return -EADDRNOTAVAIL;
	if (demux->count == demux->mask) /* the last free slot ends every search */
		return -ENOMEM;
	if (conn->id == 0)
		conn->id = ++host->next_connection;
	*slot = (struct slot){conn, hash, conn->id};
	demux->count++;
	port_hold(host, conn);
	return 0;
}

/* Empties the slot; those behind it that would not be found any more move up. */
static void vacate(struct demux *demux, struct slot *slot)
{
	size_t gap = (size_t)(slot - demux->slot), mask = demux->mask;

	for (size_t i = (gap + 1) & mask; demux->slot[i].conn; i = (i + 1) & mask) {
		size_t home = demux->slot[i].hash & mask;

		if (((i - home) & mask) < ((i - gap) & mask))
			continue; /* its home lies behind the gap */
		demux->slot[gap] = demux->slot[i];
		gap = i;
	}
	demux->slot[gap].conn = NULL;
}

void demux_remove(struct tcpsim_host *host, struct conn *conn)
{
	vacate(host->demux, slot_of(host, conn));
	host->demux->count--;
	port_release(host, conn);
}

void demux_replace(struct tcpsim_host *host, struct conn *conn, struct conn *heir)
{
	struct slot *slot = slot_of(host, conn);

	assert(is_tuple(heir, &conn->local, conn->local_port, &conn->remote, conn->remote_port));
	if (heir->id == 0)
		heir->id = conn->id;
	heir->port_reusable = conn->port_reusable;
	port_changed(host, conn->local_port);
	slot->conn = heir;
	slot->id = heir->id;
}

static int by_id(const void *a, const void *b)
{
	const struct slot *x = a, *y = b;

	return (x->id > y->id) - (x->id < y->id);
}

struct conn **demux_all(const struct demux *demux, size_t *n)
{
	struct slot *taken = demux->count ? malloc(demux->count * sizeof(*taken)) : NULL;
	struct conn **all = taken ? malloc(demux->count * sizeof(struct conn *)) : NULL;
	size_t at = 0;

	*n = demux->count;
	for (size_t i = 0; all && i <= demux->mask; i++) {
		if (demux->slot[i].conn)
			taken[at++] = demux->slot[i];
	}
	if (all)
		qsort(taken, at, sizeof(*taken), by_id);
	for (size_t i = 0; i < at; i++)
		all[i] = taken[i].conn;
	free(taken);
	return all;
}

/* A removal moves only entries from behind the gap into it, so nothing gets before *at again: what
 * stood at the front, though its home is at the end, was removed at the beginning. */
struct conn *demux_next(const struct demux *demux, size_t *at)
{
	while (*at <= demux->mask && !demux->slot[*at].conn)
		++*at;
	return *at <= demux->mask ? demux->slot[*at].conn : NULL;
}

void demux_each(
	struct tcpsim_host *host, bool (*fn)(void *context, struct conn *conn), void *context)
{
	size_t n;
	struct conn **all = demux_all(host->demux, &n);

	for (size_t i = 0; all && i < n; i++) {
		if (!fn(context, all[i]))
			break;
	}
	free(all);
}

/* --- listeners --- */

static inline struct listen_entry **listeners_of(const struct demux *demux, uint16_t port)
{
	return &demux->listeners[(port * 0x9e3779b1u >> 16) & demux->listener_mask];
}

static void grow_listeners(struct demux *demux)
{
	size_t old = demux->listener_mask + 1;
	struct listen_entry **from = demux->listeners;
	struct listen_entry **to = calloc(old * 2, sizeof(struct listen_entry *));

	if (!to)
		return;
	demux->listeners = to;
	demux->listener_mask = old * 2 - 1;
	for (size_t i = 0; i < old; i++) {
		struct listen_entry *entry, *next;

		for (entry = from[i]; entry; entry = next) { /* keeps their order within a port */
			struct listen_entry **link = listeners_of(demux, entry->local_port);

			next = entry->hash_next;
			while (*link)
				link = &(*link)->hash_next;
			entry->hash_next = NULL;
			*link = entry;
		}
	}
	free(from);
}

void demux_add_listener(struct tcpsim_host *host, struct tcp_listener *listener)
{
	struct listen_entry *entry = (struct listen_entry *)listener, **link;

	if (host->demux->listener_count++ > host->demux->listener_mask)
		grow_listeners(host->demux);
	link = listeners_of(host->demux, entry->local_port);
	while (*link)
		link = &(*link)->hash_next;
	entry->hash_next = NULL;
	*link = entry;
}

void demux_remove_listener(struct tcpsim_host *host, struct tcp_listener *listener)
{
	struct listen_entry *entry = (struct listen_entry *)listener;
	struct listen_entry **link = listeners_of(host->demux, entry->local_port);

	while (*link && *link != entry)
		link = &(*link)->hash_next;
	if (!*link)
		return;
	*link = entry->hash_next;
	entry->hash_next = NULL;
	host->demux->listener_count--;
}

/* How well it fits: 0 not at all, 1 any address of either family, 2 any of this one, 3 this very
 * address. */
static int fit(const struct listen_entry *entry, const struct tcpsim_addr *local, uint16_t port)
{
	bool v4 = tcpsim_addr_is_v4(local);

	if (entry->local_port != port || !(v4 ? entry->ipv4 : entry->ipv6))
		return 0;
	if (tcpsim_addr_is_any(&entry->local))
		return entry->ipv4 && entry->ipv6 ? 1 : 2;
	return tcpsim_addr_eq(&entry->local, local) ? 3 : 0;
}

struct tcp_listener *demux_listener(struct tcpsim_host *host, const struct tcpsim_addr *local,
	uint16_t local_port, const struct tcpsim_addr *remote, uint16_t remote_port)
{
	struct listen_entry *first = *listeners_of(host->demux, local_port), *chosen = NULL;
	int best = 0;
	uint64_t equals = 0, pick;

	for (struct listen_entry *e = first; e; e = e->hash_next) {
		int f = fit(e, local, local_port);

		if (f > best) {
			best = f;
			equals = 1;
			chosen = e;
		} else if (f && f == best) {
			equals++;
		}
	}
	if (equals <= 1)
		return (struct tcp_listener *)chosen;
	pick = hash_tuple(host, local, local_port, remote, remote_port) % equals;
	for (struct listen_entry *e = first; e; e = e->hash_next) { /* SO_REUSEPORT */
		if (fit(e, local, local_port) == best && pick-- == 0)
			return (struct tcp_listener *)e;
	}
	return (struct tcp_listener *)chosen;
}
