/* The onlooker of a run. See simulate_onlooker.h. */
#include "simulate_onlooker.h"

#include "simulate.h"
#include "traces/page/page.h"
#include "traces/replay/replay.h"
#include "traces/replay/tap.h"
#include "world/world.h"

#define QUEUES_KEPT 100000

struct onlooker {
	struct node *node;
	struct node_tap tap;
	struct replay *seen, *for_page;
	char *name, *page_name;
};

static void on_packet(
	void *context, unsigned port, int64_t time_ns, const struct tcpsim_packet *packet)
{
	const struct onlooker *o = context;

	if (o->seen)
		tap_packet(o->seen, port, time_ns, packet);
	if (o->for_page)
		tap_packet(o->for_page, port, time_ns, packet);
}

/* The ladder of one connection alone is the hosts' word, as a summary is. */
static bool is_told(const struct simulate_options *options)
{
	return options->json || options->as_seen_by ||
	       (!options->summary && options->connection < 0);
}

struct onlooker *onlooker_new(const struct simulate_options *options, struct node *node)
{
	struct onlooker *o = g_new0(struct onlooker, 1);

	o->node = node;
	o->name = g_strdup_printf("%s, seen by %s", options->path, node->name);
	o->page_name = g_strdup_printf("%s --as-seen-by %s", options->path, node->name);
	if (is_told(options))
		o->seen = replay_new(&(struct replay_options){.rows = REPLAY_ROWS_FEW,
			.few_flows = options->all ? 1000 : 64,
			.few_rows = options->all ? 1000000 : 5000,
			.keep_resets = true,
			.keep_queues = options->json ? 0 : QUEUES_KEPT,
			.shown_as = o->name});
	if (options->html_path)
		o->for_page = replay_new(&(struct replay_options){.rows = REPLAY_ROWS_FIRST,
			.few_rows = PAGE_ROWS,
			.keep_resets = true,
			.keep_limits = true,
			.keep_queues = QUEUES_KEPT,
			.shown_as = o->page_name});
	o->tap = (struct node_tap){o, on_packet};
	node->tap = &o->tap;
	return o;
}

void onlooker_free(struct onlooker *o)
{
	if (!o)
		return;
	o->node->tap = NULL;
	replay_free(o->seen);
	replay_free(o->for_page);
	g_free(o->name);
	g_free(o->page_name);
	g_free(o);
}

void onlooker_end(struct onlooker *o)
{
	o->node->tap = NULL;
	if (o->seen)
		replay_end(o->seen);
	if (o->for_page)
		replay_end(o->for_page);
}

const struct replay *onlooker_seen(const struct onlooker *o)
{
	return o->seen;
}

const struct replay *onlooker_seen_for_page(const struct onlooker *o)
{
	return o->for_page;
}
