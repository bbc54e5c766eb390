/* tcpsim simulate: hosts, links, routers and programs from one file. */
#include <stdio.h>

#include "command.h"
#include "commands.h"
#include "simulate.h"
#include "simulate_once.h"
#include "simulate_sweep.h"
#include "world/part.h"
#include "worldfile/keys.h"

static gboolean as_json, summary, all, check, keys;
/* An option that was not given has a value that nobody can mean. */
static gint64 seed = G_MININT64;
static gint seeds = G_MININT, jobs = G_MININT;
static gint connection = G_MININT, threads = G_MININT;
static char *as_seen_by, *pcap_folder, *events_path, *html_path, **sweep, *shard, *db;

static const GOptionEntry OPTIONS[] = {
	{"seed", 0, 0, G_OPTION_ARG_INT64, &seed,
		"Seed of everything random, in place of the file's", "N"},
	{"json", 0, 0, G_OPTION_ARG_NONE, &as_json,
		"One JSON object a line: what programs said, connections, links, the world last",
		NULL},
	{"summary", 0, 0, G_OPTION_ARG_NONE, &summary,
		"No ladder, even if there are few connections", NULL},
	{"connection", 'c', 0, G_OPTION_ARG_INT, &connection, "The ladder of that connection alone",
		"N"},
	{"all", 'a', 0, G_OPTION_ARG_NONE, &all,
		"Every connection in the table, every segment in a ladder", NULL},
	{"as-seen-by", 0, 0, G_OPTION_ARG_STRING, &as_seen_by,
		"What an onlooker at that node's tap concludes, and where that is not so", "NODE"},
	{"pcap", 0, 0, G_OPTION_ARG_FILENAME, &pcap_folder, "Write what each node saw, NODE.pcapng",
		"FOLDER"},
	{"events", 0, 0, G_OPTION_ARG_FILENAME, &events_path,
		"Write each event of each host with its rule, as JSON lines", "FILE"},
	{"html", 0, 0, G_OPTION_ARG_FILENAME, &html_path,
		"Write FILE, a page to step through in a browser: what the hosts know, and what an "
		"onlooker sees",
		"FILE"},
	{"sweep", 0, 0, G_OPTION_ARG_STRING_ARRAY, &sweep,
		"Run once with each value: KEY=a,b,c or 'link a b:KEY=a,b,c'; several make a grid",
		"KEY=VALUES"},
	{"seeds", 0, 0, G_OPTION_ARG_INT, &seeds,
		"Run with that many seeds, from --seed (or the file's) on", "N"},
	{"jobs", 'j', 0, G_OPTION_ARG_INT, &jobs,
		"How many runs at once (default: as many as cores)", "N"},
	{"threads", 0, 0, G_OPTION_ARG_INT, &threads,
		"How many threads share one world (default: 1); what it tells is the same", "N"},
	CAMPAIGN_OPTIONS(shard, db),
	{"check", 0, 0, G_OPTION_ARG_NONE, &check,
		"Check every host's invariants after each input (slow)", NULL},
	{"keys", 0, 0, G_OPTION_ARG_NONE, &keys, "List every key of a world's file, as Markdown",
		NULL},
	{0},
};

static int run_grid(const struct simulate_options *options)
{
	struct simulate_options grid = *options;
	struct campaign campaign;

	if (threads != G_MININT)
		return command_error(
			"simulate: --threads shares one world; -j N makes that many runs "
			"of a grid at once");
	if (pcap_folder || events_path || html_path || as_seen_by || connection != G_MININT)
		return command_error("simulate: --pcap, --events, --html, --as-seen-by and -c go "
				     "with a single run");
	if (!campaign_open(&campaign, shard, db))
		return STATUS_USAGE;
	grid.campaign = &campaign;
	return campaign_close(&campaign, simulate_sweep(&grid));
}

static int run(int argc, char **argv)
{
	uint64_t chosen = (uint64_t)seed;

	if (keys) {
		world_file_write_keys(stdout);
		return STATUS_OK;
	}
	if (argc != 2)
		return command_error(
			"simulate: which world? 'tcpsim simulate FILE' (docs/worlds has some)");
	struct simulate_options options = {.path = argv[1],
		.seed = seed != G_MININT64 ? &chosen : NULL,
		.json = as_json,
		.summary = summary,
		.all = all,
		.check = check,
		.as_seen_by = as_seen_by,
		.connection = connection == G_MININT ? -1 : connection,
		.pcap_folder = pcap_folder,
		.events_path = events_path,
		.html_path = html_path,
		.sweep = sweep,
		.seeds = seeds == G_MININT ? 0 : seeds,
		.jobs = jobs == G_MININT ? 0 : jobs,
		.threads = threads == G_MININT ? 1 : threads};

	if (seed != G_MININT64 && seed < 0)
		return command_error("simulate: --seed is a number from 0 on");
	if (connection != G_MININT && connection < 0)
		return command_error("simulate: -c is a connection's number, from 0 on");
	if ((seeds != G_MININT && seeds < 1) || (jobs != G_MININT && jobs < 1))
		return command_error("simulate: --seeds and --jobs are counts, from 1 on");
	if (threads != G_MININT && (threads < 1 || threads > WORLD_MOST_PARTS))
		return command_error(
			"simulate: --threads is a count, from 1 to %d", WORLD_MOST_PARTS);
	if (sweep || options.seeds)
		return run_grid(&options);
	if (shard || db)
		return command_error("simulate: --shard and --db go with a grid: --sweep or "
				     "--seeds (of one: --seeds 1)");
	return simulate_once(&options);
}

const struct command command_simulate = {
	.name = "simulate",
	.args = "WORLD",
	.summary = "hosts, links, routers and programs from one file, in virtual time",
	.description = "Builds the world that the file describes, runs it in virtual time and "
		       "tells what its programs "
		       "said, what its links lost, and of each connection what its hosts know: "
		       "segments as they leave and arrive, both ends' states, calls, timers, "
		       "queues.\n\nThe same file and seed give the same bytes. "
		       "docs/simulate.md tells how a "
		       "world is written, 'tcpsim simulate --keys' lists every key, docs/worlds "
		       "has examples.\n\n"
		       "With --sweep or --seeds it runs once for each combination, several at a "
		       "time, and prints a table; with --json one "
		       "JSON object a run, in order. Exit 1: a program of some run failed. "
		       "docs/scale.md tells how a grid goes over many machines.",
	.options = OPTIONS,
	.run = run,
};
