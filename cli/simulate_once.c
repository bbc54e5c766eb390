/* One run of a world, told. See simulate.h. */
#include <inttypes.h>
#include <string.h>

#include "base/json_line.h"
#include "base/output.h"
#include "base/terminal.h"
#include "command.h"
#include "commands.h"
#include "exec/commands.h"
#include "live/real_world.h"
#include "process/process.h"
#include "process/programs.h"
#include "process/programs_check.h"
#include "simulate.h"
#include "simulate_network.h"
#include "simulate_once.h"
#include "simulate_onlooker.h"
#include "simulate_queues.h"
#include "simulate_report.h"
#include "timeline/witness.h"
#include "world/build.h"
#include "world/journal.h"
#include "world/split.h"
#include "worldfile/build.h"

/* Items of a timeline: what a run of some seconds has; and what --all keeps, 150 MB of them. */
#define FEW_ITEMS	 50000
#define PAGE_ITEMS	 200000
#define MANY_ITEMS	 2000000
#define MOST_CONNECTIONS 200000

static void say_json(int64_t time_ns, const char *host, const char *program, const char *text)
{
	struct json_line *line = json_line_new("said");

	json_int(line, "time_ns", time_ns);
	json_string(line, "host", host);
	json_string(line, "program", program);
	json_string(line, "text", text);
	json_line_print(line);
}

static void on_say(
	void *context, int64_t time_ns, const char *host, const char *program, const char *text)
{
	const struct simulate_run *t = context;

	witness_said(t->witness, host, program, text);
	if (t->options->json)
		say_json(time_ns, host, program, text);
	else
		printf("%12.6f  %s, %s: %s\n", (double)time_ns * 1e-9, host, program, text);
	if (t->lateness) /* somebody may be waiting with it */
		fflush(stdout);
}

/* A run that is too long to be told item by item needs no onlooker: nothing would be compared. */
static void let_onlooker_go(struct simulate_run *t)
{
	if (t->options->json || t->options->as_seen_by || t->options->pcap_folder ||
		t->options->html_path)
		return;
	onlooker_free(t->onlooker);
	t->onlooker = NULL;
	t->watched = NULL;
}

static void on_event(void *context, const struct tcpsim_event *event)
{
	struct simulate_run *t = context;
	const struct node *node = t->world->nodes->pdata[event->host];

	witness_event(t->witness, event);
	if (G_UNLIKELY(t->timeline->left_out))
		let_onlooker_go(t);
	if (t->events)
		journal_write(output_stream(t->events), node->name, event);
	if (node == t->queues && event->kind == TCPSIM_EVENT_QUEUE)
		queue_watch_note(t->listeners, event);
}

/* --- captures --- */

static bool open_captures(struct simulate_run *t)
{
	if (!t->options->pcap_folder)
		return true;
	g_mkdir_with_parents(t->options->pcap_folder, 0777);
	for (guint i = 0; i < t->world->nodes->len; i++) {
		struct node *node = t->world->nodes->pdata[i];
		char *name = g_strconcat(node->name, ".pcapng", NULL);
		char *path = g_build_filename(t->options->pcap_folder, name, NULL);
		int status = tcpsim_world_capture(t->world, node->name, path);

		g_free(name);
		if (status < 0)
			command_error("%s: cannot be written: %s", path, g_strerror(-status));
		g_free(path);
		if (status < 0)
			return false;
	}
	return true;
}

static bool close_captures(struct simulate_run *t)
{
	bool good = true;

	for (guint i = 0; i < t->world->nodes->len; i++) {
		struct node *node = t->world->nodes->pdata[i];
		char *error = NULL;

		if (node->capture && !capture_writer_close(node->capture, &error)) {
			command_error("%s", error);
			g_free(error);
			good = false;
		}
		node->capture = NULL;
	}
	return good;
}

/* --- the run --- */

/* Whoever waits for something when the world ends; a server always does. */
static void print_unfinished(const struct simulate_run *t)
{
	for (guint i = 0; i < t->world->processes->len; i++) {
		const struct process *p = t->world->processes->pdata[i];

		if (!p->ended && program_is_client(p->program))
			on_say((void *)t, tcpsim_world_now(t->world), p->node->name, p->name,
				p->started ? "still running" : "not started");
	}
}

/* It did not come to its end by itself: nobody is to take that for one. */
static void print_stopped(const struct simulate_run *t)
{
	if (t->settings.until_ns == WORLD_UNTIL_NS && world_pending(t->world) && !t->ended)
		printf("%12.6f  the world stops here, though not all is over; `until` may say "
		       "when\n",
			(double)tcpsim_world_now(t->world) * 1e-9);
}

/* How far the real clock was kept: what is later than a jiffy may be the machine's doing. */
static void print_lateness(const struct simulate_run *t)
{
	const struct drive_lateness *l = t->lateness;
	struct json_line *line;

	if (!t->options->json) {
		printf("\nBy the real clock: %" G_GUINT64_FORMAT
		       " events, the latest %.3f ms late (at "
		       "%.6f s)%s\n",
			l->events, (double)l->worst_ns * 1e-6, (double)l->worst_at_ns * 1e-9,
			l->late ? "; the machine was too busy, run it again before believing a "
				  "time"
				: "");
		return;
	}
	line = json_line_new("real-time");
	json_int(line, "events", (gint64)l->events);
	json_int(line, "late", (gint64)l->late);
	json_int(line, "worst_ns", l->worst_ns);
	json_int(line, "worst_at_ns", l->worst_at_ns);
	json_int(line, "away_ns", l->away_ns);
	json_line_print(line);
}

static void choose_nodes(struct simulate_run *t)
{
	t->queues = t->settings.queues ? world_node(t->world, t->settings.queues) : NULL;
	if (t->options->as_seen_by) {
		t->watched = world_node(t->world, t->options->as_seen_by);
		return;
	}
	/* The hosts' own account needs no tap. */
	if (t->options->summary && !t->options->json && !t->options->html_path)
		return;
	if (t->settings.watch) {
		t->watched = world_node(t->world, t->settings.watch);
		return;
	}
	for (guint i = 0; i < t->world->nodes->len && !t->watched; i++) {
		const struct node *node = t->world->nodes->pdata[i];

		if (node->kind == NODE_HOST && node->n_ports)
			t->watched = node;
	}
}

/* --json's lines of a tap are corrected by the items; a summary alone needs none. */
static size_t items_kept(const struct simulate_options *options)
{
	if (options->all)
		return MANY_ITEMS;
	if (options->html_path)
		return PAGE_ITEMS;
	return options->summary && !options->json && !options->as_seen_by ? 0 : FEW_ITEMS;
}

/* What keeps the world on one thread; NULL: it is split. */
static const char *why_one_thread(const struct simulate_run *t)
{
	if (t->options->html_path)
		return "--html asks hosts for their variables as they go";
	if (program_any_command(t->world))
		return "commands of the machine live by the real clock";
	return split_world(t->world, (unsigned)t->options->threads);
}

static void share_out(const struct simulate_run *t)
{
	const char *why = t->options->threads > 1 ? why_one_thread(t) : NULL;

	if (why)
		command_error("simulate: --threads: %s; one thread runs it", why);
}

static bool run_world(struct simulate_run *t)
{
	GError *error = NULL;

	share_out(t);

	if (program_any_command(t->world))
		t->world->guests = &exec_commands;
	else if (!world_first_kernel(t->world)) {
		tcpsim_world_run(t->world, t->settings.until_ns);
		return true;
	}
	t->lateness = g_new0(struct drive_lateness, 1);
	t->ended = real_world_run(
		&(struct real_world){t->world, t->timeline, t->settings.until_ns, NULL, NULL},
		t->lateness, &error);
	if (error) {
		command_error("%s", error->message);
		g_error_free(error);
		return false;
	}
	return true;
}

/* What would be told for nothing. */
static void set_unwanted(const struct simulate_run *t)
{
	bool items = t->timeline->most_items;

	if (t->events)
		return;
	t->world->events_unwanted = WITNESS_IGNORES | (items ? 0 : WITNESS_ITEMS);
	t->world->acks_in_unwanted = !items;
}

static int run_and_report(struct simulate_run *t)
{
	choose_nodes(t);
	if (!open_captures(t))
		return STATUS_USAGE;
	if (t->watched)
		t->onlooker = onlooker_new(t->options, (struct node *)t->watched);
	t->timeline = timeline_new(items_kept(t->options), MOST_CONNECTIONS);
	t->timeline->most_samples = t->options->html_path ? items_kept(t->options) : 0;
	t->witness = witness_new(t->world, t->timeline, t->watched);
	if (t->queues)
		t->listeners = queue_watch_new(t->queues, t->options->json);
	t->world->check = t->options->check;
	tcpsim_world_on_say(t->world, on_say, t);
	tcpsim_world_on_event(t->world, on_event, t);
	set_unwanted(t);
	if (!t->options->json && t->settings.title)
		printf("%s\n\n", t->settings.title);
	if (!run_world(t)) {
		close_captures(t);
		return STATUS_USAGE;
	}
	witness_end(t->witness);
	if (t->onlooker)
		onlooker_end(t->onlooker);
	if (!t->options->json) {
		print_unfinished(t);
		print_stopped(t);
	}
	if (!t->options->json && t->listeners)
		queue_watch_draw(t->listeners, tcpsim_world_now(t->world), &t->style);
	if (!close_captures(t))
		return STATUS_USAGE;
	print_links(t->world, t->options->json);
	print_routers(t->world, t->options->json);
	if (t->lateness)
		print_lateness(t);
	return simulate_report(t);
}

static int no_such_node(const struct simulate_run *t)
{
	char *near = world_near_nodes(t->world, t->options->as_seen_by);
	int status = command_error(
		"simulate: --as-seen-by: there is no node '%s': %s", t->options->as_seen_by, near);

	g_free(near);
	return status;
}

int simulate_once(const struct simulate_options *options)
{
	struct simulate_run t = {.options = options,
		.style = {.out = stdout,
			.colour = terminal_wants_colour(stdout),
			.width = terminal_width(stdout, 100),
			.all = options->all}};
	char *error = NULL;
	struct world_file *file = world_file_read(options->path, &error);
	int status;

	t.world = file ? world_file_build_real(file, options->seed, &t.settings, &error) : NULL;
	world_file_free(file);
	if (!t.world) {
		status = command_error("%s", error);
		g_free(error);
		return status;
	}
	if (options->as_seen_by && !world_node(t.world, options->as_seen_by))
		status = no_such_node(&t);
	else if (options->events_path && !(t.events = output_open(options->events_path, &error)))
		status = command_error("%s", error);
	else
		status = run_and_report(&t);
	if (t.events && !output_close(t.events, &error))
		status = command_error("%s", error);
	g_free(error);
	g_free(t.lateness);
	queue_watch_free(t.listeners);
	onlooker_free(t.onlooker);
	witness_free(t.witness);
	timeline_free(t.timeline);
	tcpsim_world_free(t.world);
	world_settings_clear(&t.settings);
	return status;
}
