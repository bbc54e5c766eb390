/* The table of connections, by 4-tuple, and of listeners, by port. */
#ifndef TCPSIM_HOST_DEMUX_H
#define TCPSIM_HOST_DEMUX_H

#include <host/host.h>

struct demux *demux_new(void);
/* The table alone; entries are their owners'. */
void demux_free(struct demux *demux);
size_t demux_count(const struct demux *demux);
/* Every entry, by id, in a new array that the caller frees; NULL with *n = 0 if there is none, with
 * *n > 0 if there is no memory. */
struct conn **demux_all(const struct demux *demux, size_t *n);
/* An entry at or behind place *at, which moves there; NULL when there is none. Who removes each one
 * before the next is asked for, beginning with *at = 0, has them all, in no order that means
 * anything and with no memory. */
struct conn *demux_next(const struct demux *demux, size_t *at);
/* The entry for that 4-tuple, or NULL. */
struct conn *demux_find(struct tcpsim_host *host, const struct tcpsim_addr *local,
	uint16_t local_port, const struct tcpsim_addr *remote, uint16_t remote_port);
/* A segment for that 4-tuple will come soon: brings the table's slot into the cache. By the hash that it
 * gives, demux_prefetched_conn() later finds the entry that probably is its, unseen, or NULL. */
uint32_t demux_prefetch_slot(const struct tcpsim_host *host, const struct tcpsim_addr *local,
	uint16_t local_port, const struct tcpsim_addr *remote, uint16_t remote_port);
const struct conn *demux_prefetched_conn(const struct tcpsim_host *host, uint32_t hash);
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

#endif
