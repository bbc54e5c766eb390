/*
 * What the whole of a large capture shows: crowds, each a line; how many connections are slow and
 * of which servers; what the time of all went into.
 */
#include "traces/report/summary_whole.h"
#include "traces/report/summary_parts.h"
#include "traces/report/words.h"

#include <string.h>

#define SHOWN_CROWDS  10
#define SHOWN_SERVERS 5
/* A connection is slow if silences took so much of it, */
#define SLOW_S 1.0
/* or such a part of its time, and that much at least. */
#define SLOW_SHARE   0.1
#define SLOW_LEAST_S 0.2

static const char *plural(uint64_t n)
{
	return n == 1 ? "" : "s";
}

/* ---- crowds ---- */

static char *ends_of_crowd(const struct crowd *c)
{
	char client[TCPSIM_ADDRSTRLEN], server[TCPSIM_ADDRSTRLEN];
	const char *open = tcpsim_addr_is_v4(&c->server) ? "" : "[", *close = *open ? "]" : "";

	tcpsim_addr_text(&c->client, client);
	tcpsim_addr_text(&c->server, server);
	if (c->kind == CROWD_PORT_SCAN)
		return g_strdup_printf("from %s to %u ports of %s", client, c->different, server);
	if (c->kind == CROWD_SWEEP)
		return g_strdup_printf(
			"from %s to port %u of %u hosts", client, c->port, c->different);
	return g_strdup_printf("to %s%s%s:%u from %s%u address%s", open, server, close, c->port,
		c->let_go > 0 ? "at least " : "", c->different, c->different == 1 ? "" : "es");
}

/* How to have each of them in the table. */
static char *each_of_crowd(const struct crowd *c)
{
	char client[TCPSIM_ADDRSTRLEN], server[TCPSIM_ADDRSTRLEN];
	const char *open = tcpsim_addr_is_v4(&c->server) ? "" : "[", *close = *open ? "]" : "";

	tcpsim_addr_text(&c->client, client);
	tcpsim_addr_text(&c->server, server);
	if (c->kind == CROWD_PORT_SCAN)
		return g_strdup_printf("client=%s and server=%s", client, server);
	if (c->kind == CROWD_SWEEP)
		return g_strdup_printf("client=%s and port=%u", client, c->port);
	return g_strdup_printf("server=%s%s%s:%u", open, server, close, c->port);
}

static const char *const CALLED[CROWD_N_KINDS] = {
	[CROWD_FLOOD] = "SYN flood, it is suspected (nobody goes on or sends a SYN again)",
	[CROWD_FAILING] = "service that fails",
	[CROWD_PORT_SCAN] = "port scan, it is suspected",
	[CROWD_SWEEP] = "sweep over hosts, it is suspected",
};

static void append_outcomes(GString *text, const struct crowd *c)
{
	const char *comma = "";

	for (unsigned i = 0; i < FLOW_N_OUTCOMES; i++)
		if (c->outcomes[i] > 0) {
			g_string_append_printf(
				text, "%s%u %s", comma, c->outcomes[i], flow_outcome_name(i));
			comma = ", ";
		}
	if (c->let_go > 0)
		g_string_append_printf(text, ", %u held no longer", c->let_go);
}

static void print_crowd(const struct summary *s, const struct crowd *c)
{
	char from[WORDS_MAX], to[WORDS_MAX];
	char *ends = ends_of_crowd(c), *each = each_of_crowd(c);
	GString *text = g_string_new(NULL);

	g_string_append_printf(text,
		"%s: %" G_GUINT64_FORMAT " connections %s, %s to %s%s: ", CALLED[c->kind],
		(uint64_t)c->connections + c->let_go, ends,
		words_time(s->style, c->from_ns, s->r->start_ns, WORDS_MILLISECONDS, from),
		words_time(s->style, c->to_ns, s->r->start_ns, WORDS_MILLISECONDS, to),
		s->style->wall ? "" : " s");
	append_outcomes(text, c);
	g_string_append_printf(text, " (each: --where '%s')", each);
	words_wrap(s->style, 0, false, text->str);
	g_string_free(text, TRUE);
	g_free(ends);
	g_free(each);
}

void summary_crowds(const struct summary *s)
{
	size_t most = s->style->all ? s->crowds.n : MIN(s->crowds.n, SHOWN_CROWDS);

	if (!s->many || !selection_is_all(&s->style->selection))
		return;
	for (size_t i = 0; i < most; i++)
		print_crowd(s, &s->crowds.at[i]);
	if (most < s->crowds.n)
		fprintf(s->style->out, "... and %zu smaller ones; --all shows them\n",
			s->crowds.n - most);
}

/* ---- slow ones ---- */

/* What silences cost: of one server, or of all. */
struct waiting {
	struct tcpsim_addr server;
	uint16_t port;
	uint32_t place, number; /* of one of them, for its name */
	uint32_t connections, failed, slow;
	double seconds[FLOW_N_STALLS];
};

static double waited(const struct waiting *w)
{
	double sum = 0;

	for (unsigned i = 0; i < FLOW_N_STALLS; i++)
		sum += w->seconds[i];
	return sum;
}

static bool is_failure(enum flow_outcome outcome)
{
	switch (outcome) {
	case FLOW_OUTCOME_REFUSED:
	case FLOW_OUTCOME_UNANSWERED:
	case FLOW_OUTCOME_HALF_OPEN:
	case FLOW_OUTCOME_RESET: return true;
	default: return false;
	}
}

static void add_one(struct waiting *w, uint32_t place, uint32_t number)
{
	w->place = place;
	w->number = number;
	w->connections++;
}

static void add_flow(struct waiting *w, const struct flow *f)
{
	const struct flow_stalls *stalls = f->figures ? f->figures->stalls : NULL;
	double lasted_s = (double)(f->end_ns - f->start_ns) / 1e9, sum = 0;

	add_one(w, f->place, f->number);
	w->failed += is_failure(flow_outcome(f));
	if (stalls == NULL)
		return;
	for (unsigned i = 0; i < FLOW_N_STALLS; i++) {
		w->seconds[i] += (double)stalls->sum_s[i];
		/* The client's own thinking slows nobody down but itself. */
		sum += i == FLOW_STALL_CLIENT ? 0 : (double)stalls->sum_s[i];
	}
	w->slow += sum >= SLOW_S || (sum >= SLOW_LEAST_S && sum >= SLOW_SHARE * lasted_s);
}

static guint service_hash(gconstpointer key)
{
	const struct waiting *w = key;
	const struct tcpsim_addr *a = &w->server;

	return (guint)((a->d[0] ^ a->d[1] ^ w->port) * UINT64_C(0x9e3779b97f4a7c15) >> 32);
}

static gboolean service_equal(gconstpointer a, gconstpointer b)
{
	const struct waiting *v = a, *w = b;

	return tcpsim_addr_eq(&v->server, &w->server) && v->port == w->port;
}

/* The most seconds first. */
static gint by_waited(gconstpointer a, gconstpointer b)
{
	const struct waiting *const *x = a, *const *y = b;
	double n = waited(*x), m = waited(*y);

	if (n != m)
		return n < m ? 1 : -1;
	return (*x)->number < (*y)->number ? -1 : (*x)->number > (*y)->number;
}

/* Those of servers, as they are found: a server whose SYNs were seen has a number. */
struct summary_servers {
	struct waiting sum;
	GPtrArray *each;	    /* struct waiting */
	struct waiting **by_number; /* of listeners */
	GHashTable *by_service;	    /* each */
};

struct summary_servers *summary_servers_new(const struct replay *r)
{
	struct summary_servers *found = g_new0(struct summary_servers, 1);

	found->each = g_ptr_array_new_with_free_func(g_free);
	found->by_number = g_new0(struct waiting *, listeners_count(r->listeners) + 1);
	found->by_service = g_hash_table_new(service_hash, service_equal);
	return found;
}

void summary_servers_free(struct summary_servers *found)
{
	g_hash_table_destroy(found->by_service);
	g_free(found->by_number);
	g_ptr_array_free(found->each, TRUE);
	g_free(found);
}

static struct waiting *server_of(struct summary_servers *found, const struct flow *f)
{
	bool has_number = f->listener != FLOW_NONE;
	struct waiting *w = has_number ? found->by_number[f->listener] : NULL;

	if (w != NULL)
		return w;
	struct waiting of = {
		.server = *flow_addr(f, !flow_client(f)), .port = flow_port(f, !flow_client(f))};
	w = g_hash_table_lookup(found->by_service, &of);
	if (w == NULL) {
		w = g_memdup2(&of, sizeof(of));
		g_ptr_array_add(found->each, w);
		g_hash_table_add(found->by_service, w);
	}
	if (has_number)
		found->by_number[f->listener] = w;
	return w;
}

void summary_server(const struct summary *s, const struct flow *f)
{
	add_flow(server_of(s->servers, f), f);
	add_flow(&s->servers->sum, f);
}

bool summary_server_plain(const struct summary *s, uint32_t place, const struct flow_brief *plain)
{
	struct waiting *w =
		plain->listener != FLOW_NONE ? s->servers->by_number[plain->listener] : NULL;

	if (w == NULL)
		return false;
	add_one(w, place, plain->number);
	add_one(&s->servers->sum, place, plain->number);
	return true;
}

/* "30.1 s server-thinking, 4.2 s zero-window": at most three, the longest first. */
static void append_causes(GString *text, const struct waiting *w)
{
	bool told[FLOW_N_STALLS] = {false};
	char span[WORDS_MAX];

	for (unsigned n = 0; n < 3; n++) {
		unsigned most = FLOW_N_STALLS;

		for (unsigned i = 0; i < FLOW_N_STALLS; i++)
			if (!told[i] && w->seconds[i] > 0 &&
				(most == FLOW_N_STALLS || w->seconds[i] > w->seconds[most]))
				most = i;
		if (most == FLOW_N_STALLS)
			return;
		told[most] = true;
		g_string_append_printf(text, "%s %s %s", n > 0 ? "," : "",
			words_span((int64_t)(w->seconds[most] * 1e9), span), flow_stall_name(most));
	}
}

static void print_waiting(
	const struct summary *s, const struct waiting *w, unsigned indent, const char *who)
{
	GString *text = g_string_new(who);

	g_string_append_printf(text,
		"%u connection%s, %u slow, %u failed; silences:", w->connections,
		plural(w->connections), w->slow, w->failed);
	append_causes(text, w);
	words_wrap(s->style, indent, false, text->str);
	g_string_free(text, TRUE);
}

static void print_server(const struct summary *s, const struct waiting *w)
{
	char end[WORDS_END];
	const struct flow *f = flow_at(s->r->flows, w->place);
	char *who = g_strdup_printf("server %s: ", words_end(f, !flow_client(f), 99, end));

	print_waiting(s, w, 2, who);
	g_free(who);
}

void summary_slow(const struct summary *s)
{
	GPtrArray *servers = s->servers->each;
	guint shown = 0;

	if (!s->many)
		return;
	g_ptr_array_sort(servers, by_waited);
	if (waited(&s->servers->sum) > 0)
		print_waiting(s, &s->servers->sum, 0,
			"how slow (silences of a second in all, or of a tenth of the time): ");
	for (guint i = 0; i < servers->len && servers->len > 1; i++) {
		if (waited(servers->pdata[i]) <= 0 || (shown >= SHOWN_SERVERS && !s->style->all))
			break;
		print_server(s, servers->pdata[i]);
		shown++;
	}
}

/* ---- shares ---- */

/* Both directions of each connection. */
void summary_shares(const struct summary *s)
{
	const double *limit_s = s->r->observer.limit_s;
	GString *text = g_string_new("what the connections' time went into:");
	double all = 0;
	unsigned n = 0;

	for (unsigned i = 0; i < FLOW_N_LIMITS; i++)
		all += limit_s[i];
	for (unsigned i = 0; i < FLOW_N_LIMITS && all > 0; i++)
		if (limit_s[i] >= all / 200)
			g_string_append_printf(text, "%s %.0f %% %s", n++ > 0 ? "," : "",
				limit_s[i] / all * 100, flow_limit_name(i));
	if (n > 0 && s->many && selection_is_all(&s->style->selection))
		words_wrap(s->style, 0, false, text->str);
	g_string_free(text, TRUE);
}
