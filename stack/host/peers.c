/*
 * What a host remembers of its peers: a hash table by address that only grows. It stands for
 * Linux's tcp_metrics and route exceptions, and for FreeBSD's host cache.
 */
#include <host/peers.h>
#include <host/routes.h>
#include <time_units.h>

#define FIRST_CHAINS 16
/* RFC 1191 §6.3: a learned path MTU is believed for ten minutes. */
#define MTU_LIFE_NS (INT64_C(600) * NSEC_PER_SEC)

struct tcpsim_peer {
	struct peer_memory memory; /* first: peer_memory() hands this out */
	struct tcpsim_peer *next;
	uint32_t mtu;
	int64_t mtu_until_ns, fragments_until_ns;
};

struct peers {
	struct tcpsim_peer **chain;
	size_t mask, count;
};

struct peers *peers_new(void)
{
	struct peers *peers = calloc(1, sizeof(*peers));

	if (!peers)
		return NULL;
	peers->chain = calloc(FIRST_CHAINS, sizeof(struct tcpsim_peer *));
	peers->mask = FIRST_CHAINS - 1;
	if (!peers->chain) {
		free(peers);
		return NULL;
	}
	return peers;
}

void peers_free(struct peers *peers)
{
	if (!peers)
		return;
	for (size_t i = 0; i <= peers->mask; i++) {
		struct tcpsim_peer *peer, *next;

		for (peer = peers->chain[i]; peer; peer = next) {
			next = peer->next;
			free(peer);
		}
	}
	free(peers->chain);
	free(peers);
}

void peers_forget(struct peers *peers)
{
	for (size_t i = 0; i <= peers->mask; i++) {
		for (struct tcpsim_peer *peer = peers->chain[i]; peer; peer = peer->next) {
			peer->memory = (struct peer_memory){.remote = peer->memory.remote};
			peer->mtu = 0;
			peer->fragments_until_ns = 0;
		}
	}
}

static struct tcpsim_peer **chain_of(const struct peers *peers, const struct tcpsim_addr *remote)
{
	uint64_t hash = (remote->d[0] ^ remote->d[1] * 3) * UINT64_C(0x9e3779b97f4a7c15);

	return &peers->chain[hash >> 32 & peers->mask];
}

static void grow(struct peers *peers)
{
	struct peers larger = {calloc((peers->mask + 1) * 2, sizeof(struct tcpsim_peer *)),
		peers->mask * 2 + 1, peers->count};

	if (!larger.chain)
		return;
	for (size_t i = 0; i <= peers->mask; i++) {
		struct tcpsim_peer *peer, *next;

		for (peer = peers->chain[i]; peer; peer = next) {
			struct tcpsim_peer **chain = chain_of(&larger, &peer->memory.remote);

			next = peer->next;
			peer->next = *chain;
			*chain = peer;
		}
	}
	free(peers->chain);
	*peers = larger;
}

static struct tcpsim_peer *peer_find(struct peers *peers, const struct tcpsim_addr *remote)
{
	struct tcpsim_peer *peer = *chain_of(peers, remote);

	while (peer && !tcpsim_addr_eq(&peer->memory.remote, remote))
		peer = peer->next;
	return peer;
}

struct peer_memory *peer_memory(
	struct tcpsim_host *host, const struct tcpsim_addr *remote, bool make)
{
	struct peers *peers = host->peers;
	struct tcpsim_peer *peer = peer_find(peers, remote);
	struct tcpsim_peer **chain;

	if (peer || !make)
		return peer ? &peer->memory : NULL;
	if (peers->count > peers->mask)
		grow(peers);
	peer = calloc(1, sizeof(*peer));
	if (!peer)
		return NULL;
	chain = chain_of(peers, remote);
	peer->memory.remote = *remote;
	peer->next = *chain;
	*chain = peer;
	peers->count++;
	return &peer->memory;
}

void route_learn_mtu(struct tcpsim_host *host, const struct tcpsim_addr *remote, uint32_t mtu)
{
	struct tcpsim_peer *peer = (struct tcpsim_peer *)peer_memory(host, remote, true);

	if (!peer)
		return;
	peer->mtu = mtu;
	peer->mtu_until_ns = host->now + MTU_LIFE_NS;
	routing_changed(host->routing);
}

void route_may_fragment(struct tcpsim_host *host, const struct tcpsim_addr *remote)
{
	struct tcpsim_peer *peer = (struct tcpsim_peer *)peer_memory(host, remote, true);

	if (!peer)
		return;
	peer->fragments_until_ns = host->now + MTU_LIFE_NS;
	host->some_fragment = true;
}

bool route_fragments(struct tcpsim_host *host, const struct tcpsim_addr *remote)
{
	const struct tcpsim_peer *peer =
		host->some_fragment ? peer_find(host->peers, remote) : NULL;

	return peer && peer->fragments_until_ns > host->now;
}

int64_t peers_mtu_until(struct tcpsim_host *host, const struct tcpsim_addr *remote)
{
	const struct tcpsim_peer *peer = peer_find(host->peers, remote);

	return peer ? peer->mtu_until_ns : 0;
}

uint32_t peers_mtu(struct tcpsim_host *host, const struct tcpsim_addr *remote)
{
	struct tcpsim_peer *peer = peer_find(host->peers, remote);

	if (!peer || peer->mtu_until_ns <= host->now)
		return 0;
	return peer->mtu;
}
