/*
 * bind()'s question, whether a port may be had, and the choice of an ephemeral one. UNP §7.5, RFC
 * 6056.
 *
 * BSD: with SO_REUSEADDR (or SO_REUSEPORT) on the new socket only an equal, unconnected binding
 * conflicts, unless both said SO_REUSEPORT; without it everything that overlaps does. Linux:
 * overlapping bindings conflict unless both said SO_REUSEADDR and the other does not listen, or
 * both said SO_REUSEPORT.
 */
#include <errno.h>
#include <host/ports.h>
#include <socket/address.h>
#include <socket/binding.h>
#include <tcp/calls.h>

static bool sockets_conflict(const struct tcp_socket *so, const struct tcp_socket *other,
	const struct tcpsim_addr *local)
{
	if (so->reuse_port && other->reuse_port)
		return false;
	if (!address_overlap(local, so->v6only, &other->local, other->v6only))
		return false;
	if (so->host->sys.bind_rule == BIND_LINUX)
		return !(so->reuse_addr && other->reuse_addr && !other->listener);
	if (!so->reuse_addr && !so->reuse_port)
		return true;
	return !socket_has_connection(other) && tcpsim_addr_eq(local, &other->local);
}

/* Connections that no bound socket stands for: accepted, incomplete, orphaned, in TIME-WAIT. */
static bool connections_conflict(
	const struct tcp_socket *so, const struct port *port, const struct tcpsim_addr *local)
{
	for (const struct port_address *a = port->addresses; a; a = a->next) {
		uint32_t count = a->connections;

		if (so->host->sys.bind_rule == BIND_LINUX)
			count = so->reuse_addr ? a->not_reusable : a->connections;
		else if (so->reuse_addr || so->reuse_port)
			count = 0;
		if (count && address_overlap(local, so->v6only, &a->local, false))
			return true;
	}
	return false;
}

int ports_conflict(const struct tcp_socket *so, const struct tcpsim_addr *local, uint16_t number)
{
	const struct port *port = port_entry(so->host, number, false);
	const struct tcp_socket *other;

	if (!port)
		return 0;
	TAILQ_FOREACH (other, &port->sockets, port_link) {
		if (other != so && sockets_conflict(so, other, local))
			return -EADDRINUSE;
	}
	return !so->reuse_port && connections_conflict(so, port, local) ? -EADDRINUSE : 0;
}

int ports_take(struct tcp_socket *so, uint16_t number)
{
	struct port *port = port_entry(so->host, number, true);

	if (!port)
		return -ENOMEM;
	so->local_port = number;
	so->on_port = true;
	TAILQ_INSERT_TAIL(&port->sockets, so, port_link);
	return 0;
}

void ports_asked(struct tcp_socket *so)
{
	so->bound_port = true;
	port_entry(so->host, so->local_port, false)->bound++;
}

void ports_leave(struct tcp_socket *so)
{
	struct port *port;

	if (!so->on_port)
		return;
	port = port_entry(so->host, so->local_port, false);
	TAILQ_REMOVE(&port->sockets, so, port_link);
	port->bound -= so->bound_port;
	so->on_port = false;
}

/* May so, going to that peer, leave from this port? */
static bool usable_towards(struct tcp_socket *so, uint16_t number, const struct tcpsim_addr *remote,
	uint16_t remote_port)
{
	const struct port *port = port_entry(so->host, number, false);
	const struct tcp_socket *other;
	const struct conn *there;

	if (!port)
		return true;
	if (!so->host->sys.ports_shared)
		return TAILQ_EMPTY(&port->sockets) && !connections_conflict(so, port, &so->local);
	/* A port that somebody asked for is his. One that many clients have by chance, each towards
	 * another peer, is not searched for him. */
	TAILQ_FOREACH (other, &port->sockets, port_link) {
		if (!port->bound)
			break;
		if (other->bound_port &&
			address_overlap(&so->local, so->v6only, &other->local, other->v6only))
			return false;
	}
	there = demux_find(so->host, &so->local, number, remote, remote_port);
	return !there || tcp_may_take_over(so->host, there, false);
}

/* Where the search begins: the host's cursor, or a place that the peer's address and a secret
 * decide (RFC 6056 §3.3.3). */
static uint32_t first_try(struct tcp_socket *so, const struct tcpsim_addr *remote,
	uint16_t remote_port, uint32_t range)
{
	struct {
		struct tcpsim_addr local, remote;
		uint32_t remote_port, draw;
	} input = {so->local, remote ? *remote : ADDR_ANY6, remote_port, 0};

	if (so->host->sys.port_order == PORTS_SEQUENTIAL)
		return so->host->next_port % range;
	input.draw = host_random(so->host);
	return (uint32_t)(host_keyed_hash(so->host, SECRET_PORT, &input, sizeof(input)) % range);
}

/* The first port from there on that will do; 0: none of the range. */
static uint16_t search(
	struct tcp_socket *so, const struct tcpsim_addr *remote, uint16_t remote_port)
{
	uint32_t low = (uint32_t)so->host->sys.port_first;
	uint32_t range = (uint32_t)so->host->sys.port_last - low + 1;
	uint32_t at = first_try(so, remote, remote_port, range);

	for (uint32_t tried = 0; tried < range; tried++, at = (at + 1) % range) {
		uint16_t number = (uint16_t)(low + at);

		if (remote ? usable_towards(so, number, remote, remote_port)
			   : !ports_conflict(so, &so->local, number)) {
			so->host->next_port = at + 1;
			return number;
		}
	}
	return 0;
}

int ports_choose(struct tcp_socket *so, const struct tcpsim_addr *remote, uint16_t remote_port)
{
	uint16_t number = search(so, remote, remote_port);

	if (number == 0)
		return remote ? -EADDRNOTAVAIL : -EADDRINUSE;
	return ports_take(so, number);
}

const struct tcp_settings *socket_bound_settings(
	struct tcpsim_host *host, const struct tcpsim_addr *local, uint16_t port)
{
	const struct port *entry = port_entry(host, port, false);
	const struct tcp_socket *so;

	if (!entry)
		return NULL;
	TAILQ_FOREACH (so, &entry->sockets, port_link)
		if (!socket_has_connection(so) && !so->listener &&
			address_overlap(local, false, &so->local, so->v6only))
			return so->settings;
	return NULL;
}
