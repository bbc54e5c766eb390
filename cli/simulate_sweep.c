/*
 * A grid of worlds over the cores: each combination of the swept keys' values, each with every
 * seed. A run writes one line into its own place; the lines are printed in the grid's order,
 * whichever run was first.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "process/process.h"
#include "simulate.h"

struct axis {
	char *key;
	char **values;
	guint n;
};

struct grid {
	const struct simulate_options *options;
	struct axis *axes;
	guint n_axes;
	uint64_t first_seed;
	guint n_seeds, runs;
	char **lines; /* one a run, when it is done */
	bool *failed;
};

static void add_string(GString *out, const char *text)
{
	char *escaped = g_strescape(text, NULL);

	g_string_append_printf(out, "\"%s\"", escaped);
	g_free(escaped);
}

static void on_say(
	void *context, int64_t time_ns, const char *host, const char *program, const char *text)
{
	GString *said = context;

	g_string_append_printf(
		said, "%s{\"time_ns\":%" PRId64 ",\"host\":", said->len ? "," : "", time_ns);
	add_string(said, host);
	g_string_append(said, ",\"program\":");
	add_string(said, program);
	g_string_append(said, ",\"text\":");
	add_string(said, text);
	g_string_append_c(said, '}');
}

static uint64_t sum_counter(const struct tcpsim_world *world, const char *name)
{
	uint64_t sum = 0, value;

	for (guint i = 0; i < world->nodes->len; i++) {
		const struct node *node = world->nodes->pdata[i];

		if (node->host && tcpsim_host_counter(node->host, name, &value) == 0)
			sum += value;
	}
	return sum;
}

static bool any_failed(const struct tcpsim_world *world)
{
	for (guint i = 0; i < world->processes->len; i++) {
		const struct process *p = world->processes->pdata[i];

		if (p->ended && p->status)
			return true;
	}
	return false;
}

static void tell_run(GString *out, const struct tcpsim_world *world)
{
	uint64_t packets = 0, delivered = 0, dropped = 0;

	for (guint i = 0; i < world->links->len; i++) {
		const struct world_link *link = world->links->pdata[i];

		for (int from = 0; from < 2; from++) {
			const struct link_counters *c = link_counters(link->way[from]);

			packets += c->packets;
			delivered += c->delivered;
			for (int d = 0; d < LINK_NDROPS; d++)
				dropped += c->dropped[d];
		}
	}
	g_string_append_printf(out,
		",\"virtual_ns\":%" PRId64 ",\"packets\":%" PRIu64 ",\"delivered\":%" PRIu64
		",\"dropped\":%" PRIu64 ",\"retransmitted\":%" PRIu64 ",\"timeouts\":%" PRIu64
		",\"programs_running\":%u,\"failed\":%s",
		tcpsim_world_now(world), packets, delivered, dropped,
		sum_counter(world, "TcpRetransSegs"), sum_counter(world, "TcpExtTCPTimeouts"),
		tcpsim_world_running(world), any_failed(world) ? "true" : "false");
}

/* Sets what the run's place in the grid means, and writes it into the line. NULL, or an error. */
static char *place(const struct grid *grid, struct world_file *file, guint run, GString *out)
{
	guint rest = run / grid->n_seeds, inner = grid->runs / grid->n_seeds;
	char *error = NULL;

	g_string_append(out, ",\"sweep\":{");
	for (guint a = 0; a < grid->n_axes; a++) { /* the last axis runs fastest */
		const struct axis *axis = &grid->axes[a];

		inner /= axis->n;
		const char *value = axis->values[rest / inner % axis->n];

		if (!world_file_override(file, axis->key, value, &error))
			return error;
		g_string_append(out, a == 0 ? "" : ",");
		add_string(out, axis->key);
		g_string_append_c(out, ':');
		add_string(out, value);
	}
	g_string_append_c(out, '}');
	return NULL;
}

static void run_one(gpointer data, gpointer context)
{
	struct grid *grid = context;
	guint run = GPOINTER_TO_UINT(data) - 1;
	uint64_t seed = grid->first_seed + run % grid->n_seeds;
	char *error = NULL;
	struct world_settings settings = {0};
	GString *out = g_string_new("{\"type\":\"run\""), *said = g_string_new(NULL);
	struct world_file *file = world_file_read(grid->options->path, &error);
	struct tcpsim_world *world = NULL;

	if (file)
		error = place(grid, file, run, out);
	if (!error)
		world = world_file_build(file, &seed, &settings, &error);
	g_string_append_printf(out, ",\"seed\":%" PRIu64, seed);
	if (world) {
		world->check = grid->options->check;
		tcpsim_world_on_say(world, on_say, said);
		tcpsim_world_run(world, settings.until_ns);
		tell_run(out, world);
		grid->failed[run] = any_failed(world);
		g_string_append_printf(out, ",\"said\":[%s]", said->str);
	} else {
		g_string_append(out, ",\"error\":");
		add_string(out, error);
		grid->failed[run] = true;
	}
	g_string_append(out, "}\n");
	world_file_free(file);
	tcpsim_world_free(world);
	world_settings_clear(&settings);
	g_string_free(said, TRUE);
	g_free(error);
	grid->lines[run] = g_string_free(out, FALSE);
}

/* "KEY=a,b,c": the key may have '=' nowhere, the values ',' nowhere. */
static bool read_axis(struct grid *grid, const char *text)
{
	const char *equals = strchr(text, '=');
	struct axis axis;

	if (!equals || equals == text || !equals[1])
		return false;
	axis.key = g_strstrip(g_strndup(text, (gsize)(equals - text)));
	axis.values = g_strsplit(equals + 1, ",", -1);
	axis.n = g_strv_length(axis.values);
	for (guint i = 0; i < axis.n; i++)
		g_strstrip(axis.values[i]);
	grid->axes = g_renew(struct axis, grid->axes, grid->n_axes + 1);
	grid->axes[grid->n_axes++] = axis;
	return true;
}

static void free_grid(struct grid *grid)
{
	for (guint a = 0; a < grid->n_axes; a++) {
		g_free(grid->axes[a].key);
		g_strfreev(grid->axes[a].values);
	}
	g_free(grid->axes);
	for (guint i = 0; grid->lines && i < grid->runs; i++)
		g_free(grid->lines[i]);
	g_free(grid->lines);
	g_free(grid->failed);
}

static int run_grid(struct grid *grid)
{
	int jobs = grid->options->jobs ? grid->options->jobs : (int)g_get_num_processors();
	GThreadPool *pool = g_thread_pool_new(run_one, grid, jobs, TRUE, NULL);
	bool failed = false;

	for (guint run = 0; run < grid->runs; run++)
		g_thread_pool_push(pool, GUINT_TO_POINTER(run + 1), NULL);
	g_thread_pool_free(pool, FALSE, TRUE);
	for (guint run = 0; run < grid->runs; run++) {
		fputs(grid->lines[run], stdout);
		failed |= grid->failed[run];
	}
	return failed ? STATUS_NO : STATUS_OK;
}

/* The first combination is built once beforehand, so that a mistake is told once and as an error.
 */
static char *try_first(const struct grid *grid)
{
	char *error = NULL;
	struct world_file *file = world_file_read(grid->options->path, &error);
	GString *unused = g_string_new(NULL);

	if (file)
		error = place(grid, file, 0, unused);
	if (!error)
		tcpsim_world_free(world_file_build(file, NULL, NULL, &error));
	world_file_free(file);
	g_string_free(unused, TRUE);
	return error;
}

int simulate_sweep(const struct simulate_options *options)
{
	struct grid grid = {.options = options,
		.first_seed = options->seed ? *options->seed : 1,
		.n_seeds = options->seeds ? (guint)options->seeds : 1};
	int status = STATUS_OK;
	char *error;

	for (char **text = options->sweep; text && *text && status == STATUS_OK; text++) {
		if (!read_axis(&grid, *text))
			status =
				command_error("simulate: --sweep takes KEY=a,b,c, not '%s'", *text);
	}
	grid.runs = grid.n_seeds;
	for (guint a = 0; a < grid.n_axes; a++)
		grid.runs *= grid.axes[a].n;
	if (status == STATUS_OK && (error = try_first(&grid))) {
		status = command_error("%s", error);
		g_free(error);
	}
	if (status == STATUS_OK) {
		grid.lines = g_new0(char *, grid.runs);
		grid.failed = g_new0(bool, grid.runs);
		status = run_grid(&grid);
	}
	free_grid(&grid);
	return status;
}
