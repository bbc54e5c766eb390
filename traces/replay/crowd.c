/* Floods and scans: see crowd.h. */
#include "traces/replay/crowd.h"

#include <string.h>

/* More packets than this are more than a try. */
#define TRY_PACKETS 8

static const char *const KIND[CROWD_N_KINDS] = {
	[CROWD_FLOOD] = "syn-flood",
	[CROWD_FAILING] = "failing-service",
	[CROWD_PORT_SCAN] = "port-scan",
	[CROWD_SWEEP] = "sweep",
};

const char *crowd_kind_name(enum crowd_kind kind)
{
	return KIND[kind];
}

/* A connection that came to nothing, by what crowds are made of. */
struct member {
	uint64_t client, server; /* hashes of addresses: only whether two differ is asked */
	uint32_t place, number, listener;
	uint16_t port; /* the server's */
};

struct finder {
	const struct replay *r;
	struct crowds *found;
	GArray *crowds;	 /* struct crowd */
	GArray *members; /* struct member: those in no crowd yet */
};

static bool came_to_nothing(const struct flow *f)
{
	if (f->marks & FLOW_ESTABLISHED || f->side[0].packets + f->side[1].packets > TRY_PACKETS)
		return false;
	switch (flow_outcome(f)) {
	case FLOW_OUTCOME_REFUSED:
	case FLOW_OUTCOME_UNANSWERED:
	case FLOW_OUTCOME_HALF_OPEN: return true;
	default: return false;
	}
}

static uint64_t address_hash(const struct tcpsim_addr *a)
{
	return (a->d[0] ^ (a->d[1] << 29 | a->d[1] >> 35)) * UINT64_C(0x9e3779b97f4a7c15);
}

static void collect(struct finder *x)
{
	struct flow space;

	for (uint32_t i = 0; i < flow_places(x->r->flows); i++) {
		const struct flow *f;

		if (flow_brief(x->r->flows, i).marks & FLOW_ESTABLISHED)
			continue;
		f = flow_look(x->r->flows, i, &space);
		if (f == NULL || !came_to_nothing(f))
			continue;
		struct member m = {.client = address_hash(flow_addr(f, flow_client(f))),
			.server = address_hash(flow_addr(f, !flow_client(f))),
			.place = i,
			.number = f->number,
			.listener = f->listener,
			.port = flow_port(f, !flow_client(f))};
		g_array_append_val(x->members, m);
	}
}

/* ---- in which order they stand, for each kind ---- */

static int compare_u64(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

/* The table's order of first packets, where nothing else is between two. */
static int by_number(const struct member *a, const struct member *b)
{
	return compare_u64(a->number, b->number);
}

static int by_service(const void *x, const void *y)
{
	const struct member *a = x, *b = y;
	int order = compare_u64(a->listener, b->listener);

	if (order == 0)
		order = compare_u64(a->client, b->client);
	return order != 0 ? order : by_number(a, b);
}

static int by_host(const void *x, const void *y)
{
	const struct member *a = x, *b = y;
	int order = compare_u64(a->client, b->client);

	if (order == 0)
		order = compare_u64(a->server, b->server);
	if (order == 0)
		order = (int)a->port - (int)b->port;
	return order != 0 ? order : by_number(a, b);
}

static int by_port(const void *x, const void *y)
{
	const struct member *a = x, *b = y;
	int order = compare_u64(a->client, b->client);

	if (order == 0)
		order = (int)a->port - (int)b->port;
	if (order == 0)
		order = compare_u64(a->server, b->server);
	return order != 0 ? order : by_number(a, b);
}

static bool same_service(const struct member *a, const struct member *b)
{
	return a->listener == b->listener && a->listener != FLOW_NONE;
}

static bool same_host(const struct member *a, const struct member *b)
{
	return a->client == b->client && a->server == b->server;
}

static bool same_port(const struct member *a, const struct member *b)
{
	return a->client == b->client && a->port == b->port;
}

static bool other_client(const struct member *a, const struct member *b)
{
	return a->client != b->client;
}

static bool other_port(const struct member *a, const struct member *b)
{
	return a->port != b->port;
}

static bool other_host(const struct member *a, const struct member *b)
{
	return a->server != b->server;
}

typedef bool (*compare_fn)(const struct member *a, const struct member *b);

/* A way to put them together. */
static const struct grouping {
	enum crowd_kind kind;
	int (*order)(const void *a, const void *b);
	compare_fn same, other; /* of one crowd; a client, port or host more in it */
	uint32_t least_connections, least_different;
} GROUPINGS[] = {
	{CROWD_FLOOD, by_service, same_service, other_client, CROWD_LEAST_CLIENTS, 1},
	{CROWD_PORT_SCAN, by_host, same_host, other_port, CROWD_LEAST_SCANNED, CROWD_LEAST_SCANNED},
	{CROWD_SWEEP, by_port, same_port, other_host, CROWD_LEAST_SCANNED, CROWD_LEAST_SCANNED},
};

/* ---- what a crowd is ---- */

/* A client that wants an answer asks again; one that has been answered goes on, or refuses
 * with a RST of its own host. */
static bool is_flooding(const struct flow *f)
{
	const struct flow_side *c = &f->side[flow_client(f)];

	return flow_outcome(f) != FLOW_OUTCOME_REFUSED && c->syn == 1 && c->packets - c->rst == 1;
}

static void describe(struct finder *x, const struct grouping *g, const struct member *m, guint n)
{
	struct crowd c = {.kind = g->kind, .different = 1, .first = FLOW_NONE, .connections = n};
	uint32_t flooding = 0;

	struct flow space;

	for (guint i = 0; i < n; i++) {
		const struct flow *f = flow_look(x->r->flows, m[i].place, &space);

		c.outcomes[flow_outcome(f)]++;
		c.different += i > 0 && g->other(&m[i - 1], &m[i]);
		c.from_ns = i == 0 ? f->start_ns : MIN(c.from_ns, f->start_ns);
		c.to_ns = i == 0 ? f->end_ns : MAX(c.to_ns, f->end_ns);
		flooding += is_flooding(f);
		x->found->member[f->place] = true;
		if (f->number > c.first)
			continue;
		c.first = f->number;
		c.client = *flow_addr(f, flow_client(f));
		c.server = *flow_addr(f, !flow_client(f));
		c.port = flow_port(f, !flow_client(f));
	}
	if (g->kind == CROWD_FLOOD) {
		c.let_go = listeners_at(x->r->listeners, m->listener)->let_go;
		if (flooding < n - n / 10)
			c.kind = CROWD_FAILING;
	}
	g_array_append_val(x->crowds, c);
}

/* Takes out the runs that are crowds; the others stay. */
static void group(struct finder *x, const struct grouping *g)
{
	struct member *m = (struct member *)(void *)x->members->data;
	guint kept = 0, n = x->members->len;

	if (n == 0)
		return;
	qsort(m, n, sizeof(*m), g->order);
	for (guint from = 0, to; from < n; from = to) {
		uint32_t different = 1;

		for (to = from + 1; to < n && g->same(&m[to - 1], &m[to]); to++)
			different += g->other(&m[to - 1], &m[to]);
		if (to - from >= g->least_connections && different >= g->least_different) {
			describe(x, g, &m[from], to - from);
			continue;
		}
		memmove(&m[kept], &m[from], (to - from) * sizeof(*m));
		kept += to - from;
	}
	g_array_set_size(x->members, kept);
}

static int by_size(const void *x, const void *y)
{
	const struct crowd *a = x, *b = y;
	uint64_t n = (uint64_t)a->connections + a->let_go, m = (uint64_t)b->connections + b->let_go;

	return n != m ? (n < m ? 1 : -1) : compare_u64(a->first, b->first);
}

void crowds_find(struct crowds *c, const struct replay *r)
{
	struct finder x = {r, c, g_array_new(FALSE, FALSE, sizeof(struct crowd)),
		g_array_new(FALSE, FALSE, sizeof(struct member))};

	*c = (struct crowds){.member = g_malloc0(flow_places(r->flows) + 1)};
	collect(&x);
	for (size_t i = 0; i < G_N_ELEMENTS(GROUPINGS); i++)
		group(&x, &GROUPINGS[i]);
	g_array_free(x.members, TRUE);
	c->n = x.crowds->len;
	if (c->n > 0)
		qsort(x.crowds->data, c->n, sizeof(struct crowd), by_size);
	c->at = (struct crowd *)(void *)g_array_free(x.crowds, FALSE);
}

void crowds_clear(struct crowds *c)
{
	g_free(c->at);
	g_free(c->member);
}
