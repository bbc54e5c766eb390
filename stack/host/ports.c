/* The table of local ports. See ports.h. */
#include <host/ports.h>
#include <socket/internal.h>
#include <wire/memory.h>

#define PAGE_BITS 8
#define PAGE	  (1 << PAGE_BITS)

struct ports {
	struct port *page[65536 >> PAGE_BITS];
};

struct ports *ports_new(void)
{
	return calloc(1, sizeof(struct ports));
}

void ports_free(struct tcpsim_host *host)
{
	struct ports *ports = host->ports;

	if (!ports)
		return;
	for (int i = 0; i < 65536 >> PAGE_BITS; i++) {
		for (int j = 0; ports->page[i] && j < PAGE; j++) {
			struct port_address *a, *next;

			for (a = ports->page[i][j].addresses; a; a = next) {
				next = a->next;
				pool_give(host->pool, a, sizeof(*a));
			}
		}
		free(ports->page[i]);
	}
	free(ports);
}

struct port *port_entry(struct tcpsim_host *host, uint16_t number, bool make)
{
	struct port **page = &host->ports->page[number >> PAGE_BITS];

	if (!*page && make) {
		*page = calloc(PAGE, sizeof(struct port));
		for (int i = 0; *page && i < PAGE; i++)
			TAILQ_INIT(&(*page)[i].sockets);
	}
	return *page ? &(*page)[number & (PAGE - 1)] : NULL;
}

static struct port_address *find(struct port *port, const struct tcpsim_addr *local)
{
	struct port_address *a = port->addresses;

	while (a && !tcpsim_addr_eq(&a->local, local))
		a = a->next;
	return a;
}

/* Every socket that is bound there said SO_REUSEADDR: so did whoever made the connection. */
static bool reusable(const struct port *port)
{
	const struct tcp_socket *so;

	TAILQ_FOREACH (so, &port->sockets, port_link) {
		if (!so->reuse_addr)
			return false;
	}
	return !TAILQ_EMPTY(&port->sockets);
}

void port_hold(struct tcpsim_host *host, struct conn *conn)
{
	struct port *port = port_entry(host, conn->local_port, true);
	struct port_address *a = port ? find(port, &conn->local) : NULL;

	if (port && !a && (a = pool_take_clear(host->pool, sizeof(*a)))) {
		a->local = conn->local;
		a->next = port->addresses;
		port->addresses = a;
	}
	if (!a)
		return;
	conn->port_reusable = reusable(port);
	a->connections++;
	a->not_reusable += !conn->port_reusable;
}

void port_release(struct tcpsim_host *host, const struct conn *conn)
{
	struct port *port = port_entry(host, conn->local_port, false);
	struct port_address *a = port ? find(port, &conn->local) : NULL;

	if (!a || a->connections == 0)
		return;
	a->connections--;
	if (!conn->port_reusable && a->not_reusable)
		a->not_reusable--;
}
