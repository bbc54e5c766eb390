/* A host's generator and secrets: random by the host's seed, and by nothing else. */
#ifndef TCPSIM_HOST_RANDOM_H
#define TCPSIM_HOST_RANDOM_H

#include <host/host.h>

void host_random_seed(struct tcpsim_host *host, uint64_t seed);
uint64_t host_random64(struct tcpsim_host *host);
uint32_t host_random(struct tcpsim_host *host);

#endif
