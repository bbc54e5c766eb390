/* One run of a world, told. See simulate.h. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/terminal.h"
#include "command.h"
#include "json.h"
#include "simulate.h"
#include "traces/report/report.h"
#include "world/journal.h"

#define QUEUE_ROWS 80

struct telling {
	const struct simulate_options *options;
	struct tcpsim_world *world;
	struct world_settings settings;
	const struct node *watched, *queues;
	FILE *events;
	char *capture_path; /* of the watched node */
	int capture_fd;
	uint64_t queue_rows;
	uint32_t queue_peak[2];
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

static void queue_json(const struct tcp_event *e, const char *host)
{
	JsonBuilder *line = json_line_begin("queue");

	json_line_int(line, "time_ns", e->time_ns);
	json_line_string(line, "host", host);
	json_line_int(line, "incomplete", e->queue.incomplete);
	json_line_int(line, "completed", e->queue.completed);
	json_line_int(line, "backlog", e->queue.backlog);
	json_line_end(line);
}

static void on_queue(struct telling *t, const struct tcp_event *e)
{
	t->queue_peak[0] = MAX(t->queue_peak[0], e->queue.incomplete);
	t->queue_peak[1] = MAX(t->queue_peak[1], e->queue.completed);
	if (t->options->json)
		queue_json(e, t->queues->name);
	else if (t->queue_rows++ < QUEUE_ROWS)
		printf("%12.6f  %s, queues: incomplete %u, completed %u (backlog %u)%s%s\n",
			(double)e->time_ns * 1e-9, t->queues->name, e->queue.incomplete,
			e->queue.completed, e->queue.backlog, e->rule ? ": " : "",
			e->rule ? tcp_rule_text(e->rule)->name : "");
}

static void on_event(void *context, const struct tcp_event *event)
{
	struct telling *t = context;
	const struct node *node = t->world->nodes->pdata[event->host];

	if (t->events)
		journal_write(t->events, node->name, event);
	if (node == t->queues && event->kind == TCP_EVENT_QUEUE)
		on_queue(t, event);
}

/* --- captures --- */

static bool capture_to(struct node *node, FILE *file)
{
	node->capture = capture_writer_new(file, node->name);
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
	FILE *file = t->capture_fd < 0 ? NULL : fdopen(dup(t->capture_fd), "wb");

	if (!file) {
		command_error("no room for the capture: %s", g_strerror(errno));
		return false;
	}
	return capture_to((struct node *)t->watched, file);
}

static bool close_captures(struct telling *t)
{
	bool good = true;

	for (guint i = 0; i < t->world->nodes->len; i++) {
		struct node *node = t->world->nodes->pdata[i];

		if (node->capture && !capture_writer_close(node->capture))
			good = false;
		node->capture = NULL;
	}
	if (!good)
		command_error("a capture could not be written: %s", g_strerror(errno));
	return good;
}

/* --- links --- */

static void tell_link_json(const struct world_link *link, int from, const struct link_counters *c)
{
	JsonBuilder *line = json_line_begin("link");
	uint64_t dropped = 0;

	for (int i = 0; i < LINK_NDROPS; i++)
		dropped += c->dropped[i];
	json_line_string(line, "from", link->end[from]->name);
	json_line_string(line, "to", link->end[!from]->name);
	json_line_int(line, "packets", (gint64)c->packets);
	json_line_int(line, "bytes", (gint64)c->bytes);
	json_line_int(line, "delivered", (gint64)c->delivered);
	json_line_int(line, "dropped", (gint64)dropped);
	for (int i = 0; i < LINK_NDROPS; i++) {
		if (c->dropped[i])
			json_line_int(
				line, link_drop_name((enum link_drop)i), (gint64)c->dropped[i]);
	}
	json_line_int(line, "duplicated", (gint64)c->duplicated);
	json_line_int(line, "corrupted", (gint64)c->corrupted);
	json_line_int(line, "reordered", (gint64)(c->reordered + c->held));
	json_line_int(line, "queue_peak_bytes", (gint64)c->queue_peak_bytes);
	json_line_end(line);
}

static void tell_count(const char *what, uint64_t n)
{
	if (n)
		printf(", %" PRIu64 " %s", n, what);
}

static void tell_link_text(const struct world_link *link, int from, const struct link_counters *c)
{
	printf("  %s -> %s: %" PRIu64 " packets, %" PRIu64 " bytes", link->end[from]->name,
		link->end[!from]->name, c->packets, c->bytes);
	for (int i = 0; i < LINK_NDROPS; i++) {
		if (c->dropped[i])
			printf(", %" PRIu64 " lost (%s)", c->dropped[i],
				link_drop_name((enum link_drop)i));
	}
	tell_count("duplicated", c->duplicated);
	tell_count("corrupted", c->corrupted);
	tell_count("reordered", c->reordered);
	tell_count("held back", c->held);
	tell_count("with options stripped", c->stripped);
	if (c->queue_peak_packets > 1)
		printf(", queue at most %u packets (%" PRIu64 " bytes)", c->queue_peak_packets,
			c->queue_peak_bytes);
	printf("\n");
}

static void tell_links(const struct telling *t)
{
	if (!t->options->json)
		printf("\nLinks\n");
	for (guint i = 0; i < t->world->links->len; i++) {
		const struct world_link *link = t->world->links->pdata[i];

		for (int from = 0; from < 2; from++) {
			const struct link_counters *c = link_counters(link->way[from]);

			if (t->options->json)
				tell_link_json(link, from, c);
			else if (c->packets)
				tell_link_text(link, from, c);
		}
	}
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
	struct report_style style = {.out = stdout,
		.colour = terminal_wants_colour(stdout),
		.width = terminal_width(stdout, 100),
		.all = o->all};

	if (o->json) {
		report_json(r, stdout, false);
	} else {
		printf("\n");
		report_summary(r, &style);
		for (uint32_t i = 0;
			!o->summary && r->rows && !r->rows_given_up && i < flow_count(r->flows);
			i++)
			report_ladder(r, i, &style);
	}
	replay_free(r);
	g_free(name);
	return STATUS_OK;
}

static void tell_end(const struct telling *t, uint64_t seed)
{
	JsonBuilder *line;

	if (!t->options->json) {
		if (t->queue_rows > QUEUE_ROWS)
			printf("%12s  %s, queues: %" PRIu64
			       " more changes; at most %u incomplete, %u completed\n",
				"...", t->queues->name, t->queue_rows - QUEUE_ROWS,
				t->queue_peak[0], t->queue_peak[1]);
		return;
	}
	line = json_line_begin("world");
	json_line_string(line, "file", t->options->path);
	json_line_string(line, "title", t->settings.title);
	json_line_int(line, "seed", (gint64)seed);
	json_line_int(line, "virtual_ns", tcpsim_world_now(t->world));
	json_line_int(line, "programs_running", tcpsim_world_running(t->world));
	json_line_end(line);
}

/* --- the run --- */

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
	t->world->check = t->options->check;
	tcpsim_world_on_say(t->world, on_say, t);
	if (t->events || t->queues)
		tcpsim_world_on_event(t->world, on_event, t);
	if (!t->options->json && t->settings.title)
		printf("%s\n\n", t->settings.title);
	tcpsim_world_run(t->world, t->settings.until_ns);
	if (!t->options->json)
		tell_end(t, t->world->seed);
	if (!close_captures(t))
		return STATUS_USAGE;
	tell_links(t);
	if (t->watched)
		status = tell_capture(t);
	if (t->options->json)
		tell_end(t, t->world->seed);
	return status;
}

int simulate_once(const struct simulate_options *options)
{
	struct telling t = {.options = options, .capture_fd = -1};
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
	if (options->events_path && !(t.events = fopen(options->events_path, "w")))
		status = command_error(
			"%s: cannot be written: %s", options->events_path, g_strerror(errno));
	else
		status = run_and_tell(&t);
	if (t.events && fclose(t.events) != 0 && status == STATUS_OK)
		status = command_error("%s: could not be written", options->events_path);
	if (t.capture_fd >= 0)
		close(t.capture_fd);
	g_free(t.capture_path);
	tcpsim_world_free(t.world);
	world_settings_clear(&t.settings);
	return status;
}
