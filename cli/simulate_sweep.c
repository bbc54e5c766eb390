/*
 * A grid of worlds over the cores: each combination of the swept keys' values, each with every
 * seed. A run writes one line into its own place; the lines are printed in the grid's order,
 * whichever run was first.
 */
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/json_line.h"
#include "base/terminal.h"
#include "command.h"
#include "commands.h"
#include "process/process.h"
#include "simulate.h"
#include "simulate_sweep.h"
#include "simulate_table.h"
#include "worldfile/build.h"
#include "worldfile/digest.h"

#define MOST_RUNS  1000000
#define MOST_AHEAD 256 /* runs begun for each job before those before them are told */

struct axis {
	char *key;
	char **values;
	guint n;
};

struct grid {
	const struct simulate_options *options;
	struct axis *axes;
	guint n_axes;
	guint n_seeds, runs;
	/* Not GLib's, which ThreadSanitizer cannot see. */
	pthread_mutex_t lock;
	pthread_cond_t finished;
	char **lines; /* one a run, when it is done; under the lock, as what follows */
	bool failed;
};

/* What one run said, and how long its listeners' queues were. */
struct seen {
	struct json_line *said;	   /* objects, as they stand in an array */
	const struct node *queues; /* NULL: nobody asked */
	uint32_t incomplete, completed;
};

static void on_say(
	void *context, int64_t time_ns, const char *host, const char *program, const char *text)
{
	const struct seen *seen = context;

	json_open(seen->said, NULL, '{');
	json_int(seen->said, "time_ns", time_ns);
	json_string(seen->said, "host", host);
	json_string(seen->said, "program", program);
	json_string(seen->said, "text", text);
	json_close(seen->said, '}');
}

static void on_event(void *context, const struct tcpsim_event *event)
{
	struct seen *seen = context;

	if (event->kind != TCPSIM_EVENT_QUEUE || event->host != seen->queues->index)
		return;
	seen->incomplete = MAX(seen->incomplete, event->queue.incomplete);
	seen->completed = MAX(seen->completed, event->queue.completed);
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

static void print_run(
	struct json_line *line, const struct tcpsim_world *world, const struct seen *seen)
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
	json_int(line, "virtual_ns", tcpsim_world_now(world));
	json_int(line, "packets", (gint64)packets);
	json_int(line, "delivered", (gint64)delivered);
	json_int(line, "dropped", (gint64)dropped);
	json_int(line, "retransmitted", (gint64)sum_counter(world, "TcpRetransSegs"));
	json_int(line, "timeouts", (gint64)sum_counter(world, "TcpExtTCPTimeouts"));
	if (seen->queues) {
		json_int(line, "peak_incomplete", seen->incomplete);
		json_int(line, "peak_completed", seen->completed);
	}
	json_int(line, "programs_running", tcpsim_world_running(world));
	json_bool(line, "failed", any_failed(world));
	json_open(line, "said", '[');
	json_raw(line, NULL, seen->said->text->str);
	json_close(line, ']');
}

/* The value that the axis has in that run; the last axis runs fastest. */
static const char *value_at(const struct grid *grid, guint axis, guint run)
{
	guint place = run / grid->n_seeds;

	for (guint a = grid->n_axes - 1; a > axis; a--)
		place /= grid->axes[a].n;
	return grid->axes[axis].values[place % grid->axes[axis].n];
}

/* Sets what the run's place in the grid means. NULL, or an error. */
static char *set_place(const struct grid *grid, struct world_file *file, guint run)
{
	char *error = NULL;

	for (guint a = 0; a < grid->n_axes && !error; a++)
		world_file_override(file, grid->axes[a].key, value_at(grid, a, run), &error);
	return error;
}

static void print_place(struct json_line *line, const struct grid *grid, guint run, uint64_t seed)
{
	json_open(line, "sweep", '{');
	for (guint a = 0; a < grid->n_axes; a++)
		json_string(line, grid->axes[a].key, value_at(grid, a, run));
	json_close(line, '}');
	json_int(line, "seed", (gint64)seed);
}

/* Runs the world and says how it went. */
static void run_world(const struct grid *grid, struct tcpsim_world *world,
	const struct world_settings *settings, struct json_line *line)
{
	struct json_line said;
	struct seen seen = {.said = &said,
		.queues = settings->queues ? world_node(world, settings->queues) : NULL};

	json_line_init(&said, NULL);
	world->check = grid->options->check;
	tcpsim_world_on_say(world, on_say, &seen);
	if (seen.queues)
		tcpsim_world_on_event(world, on_event, &seen);
	tcpsim_world_run(world, settings->until_ns);
	print_run(line, world, &seen);
	json_line_clear(&said);
}

static uint64_t seed_of(const struct grid *grid, const struct world_file *file, guint run)
{
	uint64_t first = grid->options->seed ? *grid->options->seed : world_file_seed(file);

	return first + run % grid->n_seeds;
}

/* Where the run stands in the grid, as a JSON object. To be freed. */
static char *parameters_of(const struct grid *grid, guint run)
{
	struct json_line *object = json_line_new(NULL);

	for (guint a = 0; a < grid->n_axes; a++)
		json_string(object, grid->axes[a].key, value_at(grid, a, run));
	return json_line_text(object);
}

/* What an earlier process kept of that run; NULL: none did. */
static char *find_kept(struct grid *grid, const struct run_key *key, bool *failed)
{
	char *line;

	pthread_mutex_lock(&grid->lock);
	line = runs_find(grid->options->campaign->runs, key, failed);
	pthread_mutex_unlock(&grid->lock);
	return line;
}

static void keep(struct grid *grid, const struct run_key *key, bool failed, const char *line)
{
	pthread_mutex_lock(&grid->lock);
	runs_add(grid->options->campaign->runs, key, failed, line);
	pthread_mutex_unlock(&grid->lock);
}

static void done(struct grid *grid, guint run, char *line, bool failed)
{
	pthread_mutex_lock(&grid->lock);
	grid->lines[run] = line;
	grid->failed |= failed;
	pthread_cond_signal(&grid->finished);
	pthread_mutex_unlock(&grid->lock);
}

/* The run's line. `file` NULL: `error` says why, and becomes this function's. */
static char *make_run(const struct grid *grid, guint run, const struct world_file *file,
	char *error, bool *failed)
{
	struct world_settings settings = {0};
	struct json_line *line = json_line_new("run");
	struct tcpsim_world *world = NULL;
	uint64_t seed = file ? seed_of(grid, file, run) : 0;

	if (!error)
		world = world_file_build(file, &seed, &settings, &error);
	print_place(line, grid, run, seed);
	*failed = true;
	if (world) {
		run_world(grid, world, &settings, line);
		*failed = any_failed(world);
	} else {
		json_string(line, "error", error);
	}
	tcpsim_world_free(world);
	world_settings_clear(&settings);
	g_free(error);
	return json_line_text(line);
}

/* The run's line as it was kept, or made now and kept. */
static char *kept_or_made(struct grid *grid, guint run, const struct world_file *file, bool *failed)
{
	char *digest = world_file_digest(file), *parameters = parameters_of(grid, run);
	struct run_key key = {"simulate", grid->options->path, digest, parameters,
		(gint64)seed_of(grid, file, run)};
	char *line = find_kept(grid, &key, failed);

	if (!line) {
		line = make_run(grid, run, file, NULL, failed);
		keep(grid, &key, *failed, line);
	}
	g_free(digest);
	g_free(parameters);
	return line;
}

static void run_one(gpointer data, gpointer context)
{
	struct grid *grid = context;
	guint run = GPOINTER_TO_UINT(data) - 1;
	char *error = NULL, *line;
	struct world_file *file = world_file_read(grid->options->path, &error);
	bool failed = true;

	if (file)
		error = set_place(grid, file, run);
	if (error || !grid->options->campaign->runs)
		line = make_run(grid, run, file, error, &failed);
	else
		line = kept_or_made(grid, run, file, &failed);
	world_file_free(file);
	done(grid, run, line, failed);
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
	for (guint run = 0; grid->lines && run < grid->runs; run++)
		g_free(grid->lines[run]);
	g_free(grid->lines);
}

/* The line of that run, when it is there; NULL: what came of the runs cannot be kept any more, so
 * no more are begun. */
static char *wait_for_line(struct grid *grid, guint run)
{
	const struct runs *runs = grid->options->campaign->runs;
	char *line;

	pthread_mutex_lock(&grid->lock);
	while (!grid->lines[run] && !(runs && runs_broken(runs)))
		pthread_cond_wait(&grid->finished, &grid->lock);
	line = g_steal_pointer(&grid->lines[run]);
	pthread_mutex_unlock(&grid->lock);
	return line;
}

/* Each line as soon as it is done and those before it are. One run that takes its time does not let
 * the lines of all the others pile up: only so many are begun meanwhile. */
static int run_grid(struct grid *grid)
{
	const struct shard *shard = &grid->options->campaign->shard;
	int jobs = grid->options->jobs ? grid->options->jobs : (int)g_get_num_processors();
	GThreadPool *pool = g_thread_pool_new(run_one, grid, jobs, FALSE, NULL);
	bool is_shown = isatty(fileno(stdout));
	struct simulate_table *table =
		grid->options->json ? NULL : simulate_table_new(shard->count == 1);
	struct progress progress = {0};
	guint64 begun = shard->index;
	char *line = NULL;

	for (guint64 run = begun; run < grid->runs; run += shard->count) {
		for (; begun < grid->runs &&
			(begun - run) / shard->count / MOST_AHEAD < (guint64)jobs;
			begun += shard->count)
			g_thread_pool_push(pool, GUINT_TO_POINTER((guint)begun + 1), NULL);
		line = wait_for_line(grid, (guint)run);
		if (!line)
			break;
		if (table) {
			simulate_table_add(table, line);
		} else {
			puts(line);
			fflush(stdout);
		}
		g_free(line);
		if (table || !is_shown) /* the lines themselves are progress enough */
			progress_step(&progress, "runs", run + 1, grid->runs);
	}
	progress_end(&progress);
	g_thread_pool_free(pool, !line, TRUE);
	simulate_table_print(table);
	return grid->failed ? STATUS_NO : STATUS_OK;
}

/* Each value is tried beforehand, with the first of the other axes, so that a mistake is told once,
 * as an error, and before anything ran. */
static char *try_values(const struct grid *grid)
{
	guint step = grid->runs;
	char *error = NULL;

	for (guint a = 0; a <= grid->n_axes && !error; a++) {
		guint n = a < grid->n_axes ? grid->axes[a].n : 1;

		step = a < grid->n_axes ? step / n : step;
		for (guint i = 0; i < n && !error; i++) {
			struct world_file *file = world_file_read(grid->options->path, &error);

			if (file)
				error = set_place(grid, file, i * step);
			if (!error)
				tcpsim_world_free(world_file_build(file, NULL, NULL, &error));
			world_file_free(file);
		}
	}
	return error;
}

/* How many runs it has; 0: too many. */
static guint count_runs(const struct grid *grid)
{
	guint64 runs = grid->n_seeds;

	for (guint a = 0; a < grid->n_axes && runs <= MOST_RUNS; a++)
		runs *= grid->axes[a].n;
	return runs <= MOST_RUNS ? (guint)runs : 0;
}

static int read_grid(struct grid *grid)
{
	for (char **text = grid->options->sweep; text && *text; text++) {
		if (!read_axis(grid, *text))
			return command_error("simulate: --sweep takes KEY=a,b,c, not '%s'", *text);
		for (guint a = 0; a + 1 < grid->n_axes; a++) {
			if (strcmp(grid->axes[a].key, grid->axes[grid->n_axes - 1].key) == 0)
				return command_error("simulate: --sweep %s is given twice; "
						     "name its values in one",
					grid->axes[a].key);
		}
	}
	grid->runs = count_runs(grid);
	if (!grid->runs)
		return command_error("simulate: the grid has more than %d runs; take fewer values "
				     "or seeds",
			MOST_RUNS);
	return STATUS_OK;
}

int simulate_sweep(const struct simulate_options *options)
{
	struct grid grid = {
		.options = options, .n_seeds = options->seeds ? (guint)options->seeds : 1};
	int status = read_grid(&grid);
	char *error = NULL;

	if (status == STATUS_OK && (error = try_values(&grid))) {
		status = command_error("%s", error);
		g_free(error);
	}
	if (status == STATUS_OK) {
		grid.lines = g_new0(char *, grid.runs);
		pthread_mutex_init(&grid.lock, NULL);
		pthread_cond_init(&grid.finished, NULL);
		status = run_grid(&grid);
		pthread_mutex_destroy(&grid.lock);
		pthread_cond_destroy(&grid.finished);
	}
	free_grid(&grid);
	return status;
}
