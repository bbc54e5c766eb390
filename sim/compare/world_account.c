/* A world run once, and what is kept of it. See world_account.h. */
#include "compare/world_account.h"

#include <string.h>
#include <tcpsim/status.h>
#include <tcpsim/tcp_info.h>

#include "live/kernel_events.h"
#include "live/kernel_host.h"
#include "live/real_world.h"
#include "process/process.h"
#include "process/programs_check.h"
#include "timeline/witness.h"
#include "worldfile/build.h"
#include "worldfile/file.h"

#define MOST_ITEMS	 200000
#define MOST_CONNECTIONS 20000

struct run {
	struct world_account *account;
	struct tcpsim_world *world;
	struct witness *witness;
	struct world_witness hooks; /* before the witness's own */
	const struct world_witness *inner;
	uint32_t ask_host, told; /* the connection of the last event, which is to be asked */
};

/* --- TCP_INFO --- */

static void keep_info(
	struct world_account *a, uint32_t connection, uint8_t end, const void *bytes, size_t len)
{
	struct world_info info = {
		.connection = connection, .end = end, .len = (uint32_t)MIN(len, 512)};
	gpointer place = GUINT_TO_POINTER(connection * 2 + end + 1);
	guint at = GPOINTER_TO_UINT(g_hash_table_lookup(a->info_of, place));

	memcpy(info.bytes, bytes, info.len);
	if (at) {
		g_array_index(a->infos, struct world_info, at - 1) = info;
		return;
	}
	g_array_append_val(a->infos, info);
	g_hash_table_insert(a->info_of, place, GUINT_TO_POINTER(a->infos->len));
}

/* The connection of that number on the model's host, which may be gone by now. */
static void ask_model(struct run *r, const struct node *node, uint32_t id)
{
	const struct timeline *t = r->account->timeline;
	struct tcpsim_tcp_info info = {0};

	if (!node->host || tcpsim_status_info(node->host, id, &info) < 0)
		return;
	for (guint i = t->connections->len; i-- > 0;) {
		const struct timeline_connection *c = t->connections->pdata[i];

		for (int e = 0; e < 2; e++) {
			if (c->end[e].node != node->index || c->end[e].id != id)
				continue;
			keep_info(r->account, i, (uint8_t)e, &info, sizeof(info));
			return;
		}
	}
}

/* A host may not be asked while it tells of itself: those that it told of are asked afterwards. */
static void ask_next(struct run *r, const struct node *node)
{
	if (r->ask_host == node->index && r->told)
		ask_model(r, node, r->told);
	r->told = 0;
}

struct kernel_search {
	struct run *run;
	uint32_t node;
};

static void take_kernel_info(void *context, const struct kernel_names *names,
	enum tcpsim_state state, const uint8_t *info, size_t len)
{
	const struct kernel_search *s = context;
	const struct timeline *t = s->run->account->timeline;

	for (guint i = t->connections->len; i-- > 0;) {
		const struct timeline_connection *c = t->connections->pdata[i];

		for (int e = 0; e < 2; e++) {
			if (c->end[e].node != s->node || c->end[e].port != names->local_port ||
				c->end[!e].port != names->remote_port ||
				!tcpsim_addr_eq(&c->end[e].addr, &names->local) ||
				!tcpsim_addr_eq(&c->end[!e].addr, &names->remote))
				continue;
			keep_info(s->run->account, i, (uint8_t)e, info, len);
			return;
		}
	}
}

/* What is still open when all is over. */
static void ask_all(void *context, struct tcpsim_world *world)
{
	struct run *r = context;
	const struct timeline *t = r->account->timeline;

	for (guint i = 0; i < world->nodes->len; i++) {
		const struct node *node = world->nodes->pdata[i];
		const struct kernel_host *kernel = kernel_host_of(node);
		struct kernel_search search = {r, node->index};

		if (kernel && kernel_host_events(kernel))
			kernel_events_each_info(
				kernel_host_events(kernel), take_kernel_info, &search);
	}
	for (guint i = 0; i < t->connections->len; i++) {
		const struct timeline_connection *c = t->connections->pdata[i];

		for (int e = 0; e < 2; e++)
			if (c->end[e].node != TIMELINE_NONE && c->end[e].id)
				ask_model(r, world->nodes->pdata[c->end[e].node], c->end[e].id);
	}
}

/* --- the witness's hooks, with one look before close() --- */

static void on_packet(void *context, const struct world_link *link, int from,
	const struct tcpsim_packet *packet, bool arrived, int drop, bool captured)
{
	const struct world_witness *w = ((struct run *)context)->inner;

	w->packet(w->context, link, from, packet, arrived, drop, captured);
	if (!arrived && drop < 0)
		ask_next(context, link->end[from]);
}

static void on_taken(void *context, const struct node *host)
{
	const struct world_witness *w = ((struct run *)context)->inner;

	w->taken(w->context, host);
	ask_next(context, host);
}

static void on_ended(void *context, const struct node *router, const struct tcpsim_packet *packet,
	const char *why)
{
	const struct world_witness *w = ((struct run *)context)->inner;

	w->ended(w->context, router, packet, why);
}

static void on_restarts(void *context, const struct node *host)
{
	const struct world_witness *w = ((struct run *)context)->inner;

	w->restarts(w->context, host);
}

static void on_call(void *context, struct process *p, bool returned)
{
	struct run *r = context;

	r->inner->call(r->inner->context, p, returned);
}

static void on_event(void *context, const struct tcpsim_event *event)
{
	struct run *r = context;

	witness_event(r->witness, event);
	if (event->connection) {
		r->ask_host = event->host;
		r->told = event->connection;
	}
}

static void on_say(
	void *context, int64_t time_ns, const char *host, const char *program, const char *text)
{
	witness_said(((struct run *)context)->witness, host, program, text);
}

/* --- the run --- */

static void note_single(struct world_account *a, const struct tcpsim_world *world)
{
	for (guint i = 0; i < world->processes->len; i++) {
		const struct process *p = world->processes->pdata[i];

		if (program_is_client(p->program))
			g_hash_table_add(a->single, g_strconcat(p->node->name, " ", p->name, NULL));
	}
}

static void begin(struct run *r, struct tcpsim_world *world)
{
	struct world_account *a = g_new0(struct world_account, 1);

	a->timeline = timeline_new(MOST_ITEMS, MOST_CONNECTIONS);
	a->infos = g_array_new(FALSE, FALSE, sizeof(struct world_info));
	a->info_of = g_hash_table_new(NULL, NULL);
	a->single = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	r->account = a;
	r->world = world;
	r->witness = witness_new(world, a->timeline, NULL);
	r->inner = world->witness;
	r->hooks = (struct world_witness){.context = r,
		.packet = on_packet,
		.taken = on_taken,
		.ended = on_ended,
		.restarts = on_restarts,
		.call = on_call};
	world->witness = &r->hooks;
	tcpsim_world_on_event(world, on_event, r);
	tcpsim_world_on_say(world, on_say, r);
	note_single(a, world);
}

static struct world_account *finish(struct run *r)
{
	witness_end(r->witness);
	r->account->end_ns = tcpsim_world_now(r->world);
	witness_free(r->witness);
	tcpsim_world_free(r->world);
	return r->account;
}

struct world_account *world_account_model(
	const struct world_file *file, const uint64_t *seed, int64_t until_ns, char **error)
{
	struct world_settings settings = {0};
	struct tcpsim_world *world = world_file_build(file, seed, &settings, error);
	struct run r = {0};

	if (!world)
		return NULL;
	begin(&r, world);
	tcpsim_world_run(world, MIN(until_ns, settings.until_ns));
	ask_all(&r, world);
	world_settings_clear(&settings);
	return finish(&r);
}

struct world_account *world_account_kernel(
	const struct world_file *file, const uint64_t *seed, char **error)
{
	struct world_settings settings = {0};
	struct tcpsim_world *world = world_file_build_real(file, seed, &settings, error);
	GError *why = NULL;
	struct run r = {0};

	if (!world)
		return NULL;
	begin(&r, world);
	r.account->is_real = true;
	real_world_run(
		&(struct real_world){world, r.account->timeline, settings.until_ns, ask_all, &r},
		&r.account->lateness, &why);
	world_settings_clear(&settings);
	finish(&r);
	if (!why)
		return r.account;
	*error = g_strdup(why->message);
	g_error_free(why);
	world_account_free(r.account);
	return NULL;
}

void world_account_free(struct world_account *a)
{
	if (!a)
		return;
	timeline_free(a->timeline);
	g_array_free(a->infos, TRUE);
	g_hash_table_destroy(a->info_of);
	g_hash_table_destroy(a->single);
	g_free(a);
}
