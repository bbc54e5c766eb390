/* One run of a world, told. See simulate.h. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/output.h"
#include "base/terminal.h"
#include "command.h"
#include "json.h"
#include "process/process.h"
#include "process/programs.h"
#include "simulate.h"
#include "traces/report/report.h"
#include "world/journal.h"

struct telling {
	const struct simulate_options *options;
	struct tcpsim_world *world;
	struct world_settings settings;
	const struct node *watched, *queues;
	struct report_style style;
	struct output *events;
	char *capture_path; /* of the watched node */
	int capture_fd;
	struct queue_watch *listeners; /* of `queues` */
};

static void say_json(int64_t time_ns, const char *host, const char *program, const char *text)
{
	JsonBuilder *line = json_line_begin("said");

	json_line_int(line, "time_ns", time_ns);
	json_line_string(line, "host", host);
	json_line_string(line, "program", program);
	json_line_string(line, "text", text);
	json_line_end(line);
}

static void on_say(
	void *context, int64_t time_ns, const char *host, const char *program, const char *text)
{
	const struct telling *t = context;

	if (t->options->json)
		say_json(time_ns, host, program, text);
	else
		printf("%12.6f  %s, %s: %s\n", (double)time_ns * 1e-9, host, program, text);
}

static void on_event(void *context, const struct tcp_event *event)
{
	struct telling *t = context;
	const struct node *node = t->world->nodes->pdata[event->host];

	if (t->events)
		journal_write(output_stream(t->events), node->name, event);
	if (node == t->queues && event->kind == TCP_EVENT_QUEUE)
		queue_watch_note(t->listeners, event);
}

/* --- captures --- */

static bool capture_to(struct node *node, struct output *output)
{
	node->capture = capture_writer_new(output, node->name);
	for (unsigned i = 0; i < node->n_ports; i++)
		capture_add_interface(node->capture, node->ports[i].name, node_mtu(node, i));
	return true;
}

static bool open_captures(struct telling *t)
{
	t->capture_fd = -1;
	if (t->options->pcap_folder) {
		g_mkdir_with_parents(t->options->pcap_folder, 0777);
		for (guint i = 0; i < t->world->nodes->len; i++) {
			struct node *node = t->world->nodes->pdata[i];
			char *name = g_strconcat(node->name, ".pcapng", NULL);
			char *path = g_build_filename(t->options->pcap_folder, name, NULL);
			int status = tcpsim_world_capture(t->world, node->name, path);

			g_free(name);
			if (node == t->watched)
				t->capture_path = g_strdup(path);
			if (status < 0)
				command_error(
					"%s: cannot be written: %s", path, g_strerror(-status));
			g_free(path);
			if (status < 0)
				return false;
		}
		return true;
	}
	if (!t->watched)
		return true;
	t->capture_fd = memfd_create("capture", MFD_CLOEXEC);
	t->capture_path = g_strdup_printf("/proc/self/fd/%d", t->capture_fd);
	int fd = t->capture_fd < 0 ? -1 : dup(t->capture_fd);

	if (fd < 0) {
		command_error("no room for the capture: %s", g_strerror(errno));
		return false;
	}
	return capture_to((struct node *)t->watched, output_of_fd(fd, "the capture"));
}

static bool close_captures(struct telling *t)
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

/* --- what was seen --- */

static int tell_capture(const struct telling *t)
{
	const struct simulate_options *o = t->options;
	char *name = g_strdup_printf("%s, seen by %s", o->path, t->watched->name);
	struct replay_options options = {.ladder = o->json || o->summary ? -1 : -2,
		.few_flows = o->all ? 1000 : 8,
		.few_rows = o->all ? 1000000 : 400,
		.keep_resets = true,
		.keep_queues = o->json ? 0 : 100000,
		.shown_as = name};
	GError *error = NULL;
	const char *path = t->capture_path;
	struct replay *r = replay_open(&path, 1, &options, &error);

	if (!r) {
		int status = command_error("%s", error->message);

		g_error_free(error);
		g_free(name);
		return status;
	}
	replay_run(r);
	if (o->json) {
		report_json(r, stdout, false);
	} else {
		printf("\n");
		report_summary(r, &t->style);
		for (uint32_t i = 0;
			!o->summary && r->rows && !r->rows_given_up && i < flow_count(r->flows);
			i++)
			report_ladder(r, i, &t->style);
	}
	replay_free(r);
	g_free(name);
	return STATUS_OK;
}

static void tell_end(const struct telling *t, uint64_t seed)
{
	JsonBuilder *line = json_line_begin("world");

	json_line_string(line, "file", t->options->path);
	json_line_string(line, "title", t->settings.title);
	json_line_int(line, "seed", (gint64)seed);
	json_line_int(line, "virtual_ns", tcpsim_world_now(t->world));
	json_line_int(line, "programs_running", tcpsim_world_running(t->world));
	json_line_end(line);
}

/* --- the run --- */

/* Whoever waits for something when the world ends; a server always does. */
static void tell_unfinished(const struct telling *t)
{
	for (guint i = 0; i < t->world->processes->len; i++) {
		const struct process *p = t->world->processes->pdata[i];

		if (!p->ended && program_is_client(p->program))
			on_say((void *)t, tcpsim_world_now(t->world), p->node->name, p->name,
				p->started ? "still running" : "not started");
	}
}

/* It did not come to its end by itself: nobody is to take that for one. */
static void tell_stopped(const struct telling *t)
{
	if (t->settings.until_ns == WORLD_UNTIL_NS && clock_pending(t->world->clock))
		printf("%12.6f  the world stops here, though not all is over; `until` may say "
		       "when\n",
			(double)tcpsim_world_now(t->world) * 1e-9);
}

static void choose_nodes(struct telling *t)
{
	t->queues = t->settings.queues ? world_node(t->world, t->settings.queues) : NULL;
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

static int run_and_tell(struct telling *t)
{
	int status = STATUS_OK;

	choose_nodes(t);
	if (!open_captures(t))
		return STATUS_USAGE;
	if (t->queues)
		t->listeners = queue_watch_new(t->queues, t->options->json);
	t->world->check = t->options->check;
	tcpsim_world_on_say(t->world, on_say, t);
	if (t->events || t->queues)
		tcpsim_world_on_event(t->world, on_event, t);
	if (!t->options->json && t->settings.title)
		printf("%s\n\n", t->settings.title);
	tcpsim_world_run(t->world, t->settings.until_ns);
	if (!t->options->json) {
		tell_unfinished(t);
		tell_stopped(t);
	}
	if (!t->options->json && t->listeners)
		queue_watch_draw(t->listeners, tcpsim_world_now(t->world), &t->style);
	if (!close_captures(t))
		return STATUS_USAGE;
	tell_links(t->world, t->options->json);
	tell_routers(t->world, t->options->json);
	if (t->watched)
		status = tell_capture(t);
	if (t->options->json)
		tell_end(t, t->world->seed);
	return status;
}

int simulate_once(const struct simulate_options *options)
{
	struct telling t = {.options = options,
		.capture_fd = -1,
		.style = {.out = stdout,
			.colour = terminal_wants_colour(stdout),
			.width = terminal_width(stdout, 100),
			.all = options->all}};
	char *error = NULL;
	struct world_file *file = world_file_read(options->path, &error);
	int status;

	t.world = file ? world_file_build(file, options->seed, &t.settings, &error) : NULL;
	world_file_free(file);
	if (!t.world) {
		status = command_error("%s", error);
		g_free(error);
		return status;
	}
	if (options->events_path && !(t.events = output_open(options->events_path, &error)))
		status = command_error("%s", error);
	else
		status = run_and_tell(&t);
	if (t.events && !output_close(t.events, &error))
		status = command_error("%s", error);
	g_free(error);
	if (t.capture_fd >= 0)
		close(t.capture_fd);
	g_free(t.capture_path);
	queue_watch_free(t.listeners);
	tcpsim_world_free(t.world);
	world_settings_clear(&t.settings);
	return status;
}
