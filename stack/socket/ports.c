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
#include <host/demux.h>
#include <host/ports.h>
#include <host/random.h>
#include <host/siphash.h>
#include <socket/address.h>
#include <socket/ports.h>
#include <tcp/timewait.h>

static bool sockets_conflict(const struct tcp_socket *so, const struct tcp_socket *other,
	const struct tcpsim_addr *local)
{
	if (so->reuse_port && other->reuse_port)
		return false;
	if (!address_overlap(local, so->v6only, &other->local, other->v6only))
		return false;
	if (so->host->sys.bind_rule == TCPSIM_BIND_LINUX)
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

		if (so->host->sys.bind_rule == TCPSIM_BIND_LINUX)
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
	if (so->reuse_port && so->host->sys.bind_rule != TCPSIM_BIND_LINUX)
		return 0;
	return connections_conflict(so, port, local) ? -EADDRINUSE : 0;
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

/* A search for a port: what it asks, and what is known about that already. */
struct search {
	struct tcp_socket *so;
	const struct tcpsim_addr *remote; /* NULL: for bind() */
	uint16_t remote_port;
	struct port_question question;
	struct port_answers *known;
	uint32_t refused;
	int64_t until_ns; /* the last refusal may end by then */
};

/* May s->so, going to that peer, leave from this port? */
static bool usable_towards(struct search *s, uint16_t number)
{
	struct tcp_socket *so = s->so;
	const struct port *port = port_entry(so->host, number, false);
	const struct tcp_socket *other;
	const struct conn *there;
	int64_t wait_ns;

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
	there = demux_find(so->host, &so->local, number, s->remote, s->remote_port);
	wait_ns = there ? tcp_take_over_wait(so->host, there, false) : 0;
	if (wait_ns && wait_ns < INT64_MAX - so->host->now)
		s->until_ns = so->host->now + wait_ns;
	return wait_ns == 0;
}

static bool will_do(struct search *s, uint16_t number)
{
	s->until_ns = INT64_MAX;
	return s->remote ? usable_towards(s, number)
			 : !ports_conflict(s->so, &s->so->local, number);
}

/* Where the search begins: the host's cursor, or a place that the peer's address and a secret
 * decide (RFC 6056 §3.3.3). */
static uint32_t first_try(struct tcp_socket *so, const struct tcpsim_addr *remote,
	uint16_t remote_port, uint32_t range)
{
	uint32_t rest[2] = {remote_port, 0};

	if (so->host->sys.port_order == TCPSIM_PORTS_SEQUENTIAL)
		return so->host->next_port % range;
	rest[1] = host_random(so->host);
	return (uint32_t)(host_pair_hash(so->host, SECRET_PORT, &so->local,
				  remote ? remote : &ADDR_ANY6, rest, sizeof(rest)) %
			  range);
}

#define MANY 32 /* so many refusals make it worth to keep what was found out */

static void refuse(struct search *s, uint32_t number)
{
	if (!s->known && ++s->refused > MANY)
		s->known = port_answers(s->so->host, &s->question, true);
	if (s->known)
		port_refuse(s->known, number, s->until_ns);
}

/* The first port of from..to that will do; 0: none. */
static uint32_t search_between(struct search *s, uint32_t from, uint32_t to)
{
	uint32_t number = port_next(s->known, from);

	while (number <= to && !will_do(s, (uint16_t)number)) {
		refuse(s, number);
		number = port_next(s->known, number + 1);
	}
	return number <= to ? number : 0;
}

/* The first port from where the search begins, once around, that will do; 0: none of the range. */
static uint16_t search(
	struct tcp_socket *so, const struct tcpsim_addr *remote, uint16_t remote_port)
{
	struct search s = {.so = so, .remote = remote, .remote_port = remote_port};
	uint32_t low = (uint32_t)so->host->sys.port_first, last = (uint32_t)so->host->sys.port_last;
	uint32_t first = low + first_try(so, remote, remote_port, last - low + 1), number;

	s.question.local = so->local;
	if (remote)
		s.question.remote = *remote;
	s.question.remote_port = remote_port;
	s.question.asker = so->reuse_addr | so->reuse_port << 1 | so->v6only << 2;
	s.known = port_answers(so->host, &s.question, false);
	number = search_between(&s, first, last);
	if (!number)
		number = search_between(&s, low, first - 1);
	if (number)
		so->host->next_port = number - low + 1;
	return (uint16_t)number;
}

int ports_choose(struct tcp_socket *so, const struct tcpsim_addr *remote, uint16_t remote_port)
{
	uint16_t number = search(so, remote, remote_port);

	if (number == 0)
		return remote ? -EADDRNOTAVAIL : -EADDRINUSE;
	return ports_take(so, number);
}

bool ports_all_reuse(const struct port *port)
{
	const struct tcp_socket *so;

	TAILQ_FOREACH (so, &port->sockets, port_link) {
		if (!so->reuse_addr)
			return false;
	}
	return !TAILQ_EMPTY(&port->sockets);
}

const struct tcp_settings *ports_bound_settings(
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
