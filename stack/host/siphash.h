/* SipHash-2-4 (Aumasson and Bernstein, 2012), for what nobody outside may foresee. */
#ifndef TCPSIM_HOST_SIPHASH_H
#define TCPSIM_HOST_SIPHASH_H

#include <host/host.h>

/* Of the bytes under the host's secret number `which` (RFC 6528, cookies, ports). */
uint64_t host_keyed_hash(
	struct tcpsim_host *host, enum host_secret which, const void *bytes, size_t len);
/* The same of a pair of addresses with `rest` behind it, for the secrets ISS and PORT: what the
 * addresses come to is kept, so that only the rest is hashed for the next connection with that peer. */
uint64_t host_pair_hash(struct tcpsim_host *host, enum host_secret which,
	const struct tcpsim_addr *local, const struct tcpsim_addr *remote, const void *rest,
	size_t len);
/* SipHash-2-4 under a key of the caller's (Fast Open cookies). */
uint64_t siphash(const uint8_t key[16], const void *bytes, size_t len);

#endif
