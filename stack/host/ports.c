/* The table of local ports. See ports.h. */
#include <host/ports.h>
#include <host/upcalls.h>
#include <string.h>
#include <wire/packet.h>

/* Ports stand in pages, pages on shelves, each made when a port of it is first used: of a connection on a
 * port chosen at random a host holds a kilobyte. */
#define PAGE_BITS  4
#define PAGE	   (1 << PAGE_BITS)
#define SHELF_BITS 6
#define SHELF	   (1 << SHELF_BITS)
#define SHELVES	   (65536 >> (PAGE_BITS + SHELF_BITS))

/* Questions whose answers are kept, the newest first: so many servers a host may be out of ports
 * for at a time. */
#define MOST_ANSWERS 16

struct ports {
	struct port **shelf[SHELVES]; /* SHELF pages each; NULL as long as there is none */
	struct port_answers *answers[MOST_ANSWERS];
	unsigned n_answers;
};

struct ports *ports_new(void)
{
	return calloc(1, sizeof(struct ports));
}

static void page_free(struct tcpsim_host *host, struct port *page)
{
	for (int i = 0; i < PAGE; i++) {
		struct port_address *a, *next;

		for (a = page[i].addresses; a; a = next) {
			next = a->next;
			pool_give(host->pool, a, sizeof(*a));
		}
	}
	pool_give(host->pool, page, PAGE * sizeof(*page));
}

void ports_free(struct tcpsim_host *host)
{
	struct ports *ports = host->ports;

	if (!ports)
		return;
	for (int i = 0; i < SHELVES; i++) {
		for (int j = 0; ports->shelf[i] && j < SHELF; j++)
			if (ports->shelf[i][j])
				page_free(host, ports->shelf[i][j]);
		free(ports->shelf[i]);
	}
	port_forget_answers(host);
	free(ports);
}

static struct port *page_new(struct tcpsim_host *host)
{
	struct port *page = pool_take_clear(host->pool, PAGE * sizeof(*page));

	for (int i = 0; page && i < PAGE; i++)
		TAILQ_INIT(&page[i].sockets);
	return page;
}

struct port *port_entry(struct tcpsim_host *host, uint16_t number, bool make)
{
	struct port ***shelf = &host->ports->shelf[number >> (PAGE_BITS + SHELF_BITS)];
	struct port **page;

	if (!*shelf && make)
		*shelf = calloc(SHELF, sizeof(struct port *));
	if (!*shelf)
		return NULL;
	page = &(*shelf)[number >> PAGE_BITS & (SHELF - 1)];
	if (!*page && make)
		*page = page_new(host);
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
