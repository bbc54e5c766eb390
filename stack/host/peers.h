/* What a host remembers of its peers: between connections, and of the paths to them. */
#ifndef TCPSIM_HOST_PEERS_H
#define TCPSIM_HOST_PEERS_H

#include <host/host.h>

struct peers *peers_new(void);
void peers_free(struct peers *peers);
/* Empties every entry; entries stay where they are. */
void peers_forget(struct peers *peers);
/* The learned path MTU to the address, or 0. */
uint32_t peers_mtu(struct tcpsim_host *host, const struct tcpsim_addr *remote);
/* Until when it is believed; in the past, or 0: there is none. */
int64_t peers_mtu_until(struct tcpsim_host *host, const struct tcpsim_addr *remote);
/* Remembers a smaller path MTU for the address (RFC 1191 §6.3: ten minutes). */
void route_learn_mtu(struct tcpsim_host *host, const struct tcpsim_addr *remote, uint32_t mtu);
/* The path takes less than the host is willing to send: what goes there may be fragmented, for as
 * long as a learned path MTU is believed (Linux __ip_rt_update_pmtu: the MTU is locked). */
void route_may_fragment(struct tcpsim_host *host, const struct tcpsim_addr *remote);
bool route_fragments(struct tcpsim_host *host, const struct tcpsim_addr *remote);
/* `make`: an empty one if there is none (NULL only then when memory is exhausted). */
struct peer_memory *peer_memory(
	struct tcpsim_host *host, const struct tcpsim_addr *remote, bool make);

#endif
