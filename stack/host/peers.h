/* The table of peers, for the host that owns it and for routes. peer_memory itself:
 * host/internal.h. */
#ifndef TCPSIM_HOST_PEERS_H
#define TCPSIM_HOST_PEERS_H

#include <host/internal.h>

struct peers *peers_new(void);
void peers_free(struct peers *peers);
/* Empties every entry; entries stay where they are. */
void peers_forget(struct peers *peers);
/* The learned path MTU to the address, or 0. */
uint32_t peers_mtu(struct tcpsim_host *host, const struct tcpsim_addr *remote);
/* Until when it is believed; in the past, or 0: there is none. */
int64_t peers_mtu_until(struct tcpsim_host *host, const struct tcpsim_addr *remote);

#endif
