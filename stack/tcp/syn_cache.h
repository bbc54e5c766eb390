/*
 * FreeBSD's SYN cache as far as it bounds the incomplete connections of a host: entries stand in
 * buckets by a keyed hash of the peer, each bucket holds so many, and where one is full, or the
 * whole cache is and cookies are off, the oldest entry of the bucket makes room for the new one.
 * A flood so displaces itself. RFC 4987 §3.3.
 *
 * The host owns the cache, made when the first entry comes; entries are the requests themselves.
 */
#ifndef TCPSIM_TCP_SYN_CACHE_H
#define TCPSIM_TCP_SYN_CACHE_H

#include <tcp/listen.h>

/* Must the SYN from that peer be answered with a cookie, as nothing is to be remembered? */
bool syn_cache_wants_cookie(struct tcpsim_host *host, const struct tcpsim_segment *syn);
/* Gives the entry its place; another one may be freed for it. False: no memory. */
bool syn_cache_add(struct tcpsim_host *host, struct tcp_request *request);
void syn_cache_remove(struct tcpsim_host *host, const struct tcp_request *request);
/* The host ends; its entries are gone already. */
void syn_cache_free(struct tcpsim_host *host);

#endif
