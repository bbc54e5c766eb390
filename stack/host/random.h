/* Seeding of a host's generator and secrets; drawing is in host/internal.h. */
#ifndef TCPSIM_HOST_RANDOM_H
#define TCPSIM_HOST_RANDOM_H

#include <host/internal.h>

void host_random_seed(struct tcpsim_host *host, uint64_t seed);
uint64_t host_random64(struct tcpsim_host *host);

#endif
