/* The table of local ports. See ports.h. */
#include <host/ports.h>
#include <host/upcalls.h>
#include <string.h>
#include <wire/packet.h>

#define PAGE_BITS 8
#define PAGE	  (1 << PAGE_BITS)
#define PAGES	  (65536 >> PAGE_BITS)

/* Questions whose answers are kept, the newest first: so many servers a host may be out of ports
 * for at a time. */
#define MOST_ANSWERS 16

struct ports {
	struct port **page; /* PAGES of them, each NULL until a port of it is used; or NULL */
	struct port_answers *answers[MOST_ANSWERS];
	unsigned n_answers;
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
	for (int i = 0; ports->page && i < PAGES; i++) {
		for (int j = 0; ports->page[i] && j < PAGE; j++) {
			struct port_address *a, *next;

			for (a = ports->page[i][j].addresses; a; a = next) {
				next = a->next;
				pool_give(host->pool, a, sizeof(*a));
			}
		}
		free(ports->page[i]);
	}
	port_forget_answers(host);
	free(ports->page);
	free(ports);
}

struct port *port_entry(struct tcpsim_host *host, uint16_t number, bool make)
{
	struct ports *ports = host->ports;
	struct port **page;

	if (!ports->page && make)
		ports->page = calloc(PAGES, sizeof(struct port *));
	if (!ports->page)
		return NULL;
	page = &ports->page[number >> PAGE_BITS];
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
	conn->port_reusable = host->up->all_reuse(port);
	a->connections++;
	a->not_reusable += !conn->port_reusable;
}

void port_release(struct tcpsim_host *host, const struct conn *conn)
{
	struct port *port = port_entry(host, conn->local_port, false);
	struct port_address *a = port ? find(port, &conn->local) : NULL;

	port_changed(host, conn->local_port);
	if (!a || a->connections == 0)
		return;
	a->connections--;
	if (!conn->port_reusable && a->not_reusable)
		a->not_reusable--;
}

/* --- what searches found out --- */

void port_changed(struct tcpsim_host *host, uint16_t number)
{
	struct ports *ports = host->ports;

	for (unsigned i = 0; i < ports->n_answers; i++)
		ports->answers[i]->refused[number / 64] &= ~(UINT64_C(1) << number % 64);
}

void port_forget_answers(struct tcpsim_host *host)
{
	struct ports *ports = host->ports;

	while (ports->n_answers)
		free(ports->answers[--ports->n_answers]);
}

/* A place for one more, in front; the oldest makes room. */
static struct port_answers *make_answers(struct ports *ports, const struct port_question *question)
{
	struct port_answers *made = calloc(1, sizeof(*made));

	if (!made)
		return NULL;
	made->question = *question;
	made->until_ns = INT64_MAX;
	if (ports->n_answers == MOST_ANSWERS)
		free(ports->answers[--ports->n_answers]);
	memmove(&ports->answers[1], &ports->answers[0],
		ports->n_answers * sizeof(ports->answers[0]));
	ports->answers[0] = made;
	ports->n_answers++;
	return made;
}

struct port_answers *port_answers(
	struct tcpsim_host *host, const struct port_question *question, bool make)
{
	struct ports *ports = host->ports;

	for (unsigned i = 0; i < ports->n_answers; i++) {
		struct port_answers *known = ports->answers[i];

		if (memcmp(&known->question, question, sizeof(*question)) != 0)
			continue;
		if (host->now >= known->until_ns) {
			memset(known->refused, 0, sizeof(known->refused));
			known->until_ns = INT64_MAX;
		}
		return known;
	}
	return make ? make_answers(ports, question) : NULL;
}

void port_refuse(struct port_answers *answers, uint32_t number, int64_t until_ns)
{
	answers->refused[number / 64] |= UINT64_C(1) << number % 64;
	if (until_ns < answers->until_ns)
		answers->until_ns = until_ns;
}

uint32_t port_next(const struct port_answers *answers, uint32_t number)
{
	uint32_t word = number / 64;
	uint64_t left;

	if (!answers || number > 65535)
		return number;
	left = ~answers->refused[word] & ~UINT64_C(0) << number % 64;
	while (!left && ++word < 65536 / 64)
		left = ~answers->refused[word];
	return left ? word * 64 + (uint32_t)__builtin_ctzll(left) : 65536;
}
