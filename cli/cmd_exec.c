/* tcpsim exec: an unmodified program on this TCP, its peer a kernel. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/terminal.h"
#include "command.h"
#include "commands.h"
#include "exec/program.h"
#include "exec/session.h"
#include "live/status.h"
#include "page_file.h"
#include "timeline/witness.h"
#include "traces/page/page.h"
#include "traces/page/world.h"
#include "traces/report/report.h"
#include "traces/report/timeline_summary.h"
#include "worldfile/build.h"
#include "worldfile/file.h"

#define MOST_CONNECTIONS 200000

static char *profile_name, *world_path, *host_name, *peer_command, *client_command, *pcap_path,
	*html_path;
static gboolean quiet;

static const GOptionEntry OPTIONS[] = {
	{"profile", 0, 0, G_OPTION_ARG_STRING, &profile_name,
		"The system whose TCP the program has (default: linux)", "PROFILE"},
	{"peer", 0, 0, G_OPTION_ARG_STRING, &peer_command,
		"A shell's command on the peer; the program starts once it listens", "COMMAND"},
	{"client", 0, 0, G_OPTION_ARG_STRING, &client_command,
		"A shell's command on the peer, started once the program listens", "COMMAND"},
	{"world", 0, 0, G_OPTION_ARG_FILENAME, &world_path,
		"Hosts and links from this file; the peer is its first kernel host", "FILE"},
	{"host", 0, 0, G_OPTION_ARG_STRING, &host_name,
		"With --world: the host on which the program runs", "NAME"},
	{"pcap", 0, 0, G_OPTION_ARG_FILENAME, &pcap_path,
		"Write what the program's host sent and received, as pcapng", "FILE"},
	{"html", 0, 0, G_OPTION_ARG_FILENAME, &html_path,
		"Write FILE, a page to step through in a browser: what both hosts know", "FILE"},
	{"quiet", 'q', 0, G_OPTION_ARG_NONE, &quiet, "No summary at the end", NULL},
	{0},
};

/* The world of a run, and what is told of it. */
struct run {
	struct tcpsim_world *world;
	struct world_settings settings;
	struct node *host, *peer;
	struct timeline *timeline;
	struct witness *witness;
};

static void on_say(void *context, const char *text)
{
	fprintf(stderr, "tcpsim: exec: %s\n", text);
}

static void on_program_says(
	void *context, int64_t time_ns, const char *host, const char *program, const char *text)
{
	if (!quiet)
		fprintf(stderr, "%12.6f  %s, %s: %s\n", (double)time_ns * 1e-9, host, program,
			text);
}

static void on_event(void *context, const struct tcpsim_event *event)
{
	const struct run *run = context;

	witness_event(run->witness, event);
}

/* --- the world --- */

/* Two hosts and a line between them. */
static int build_own(struct run *run)
{
	const struct tcpsim_profile *profile =
		command_profile(profile_name ? profile_name : "linux");

	if (!profile)
		return STATUS_USAGE;
	run->world = tcpsim_world_new(1);
	tcpsim_world_add_host(run->world, "program", profile);
	world_add_kernel_host(run->world, "peer");
	tcpsim_world_link(run->world, "program", "peer", "ip = both", NULL);
	run->host = world_node(run->world, "program");
	run->peer = world_node(run->world, "peer");
	return STATUS_OK;
}

static int no_such_host(const struct run *run)
{
	char *near = world_near_nodes(run->world, host_name);
	int status = command_error("exec: --host: there is no node '%s': %s", host_name, near);

	g_free(near);
	return status;
}

static int build_from_file(struct run *run)
{
	char *error = NULL;
	struct world_file *file = world_file_read(world_path, &error);

	run->world = file ? world_file_build_real(file, NULL, &run->settings, &error) : NULL;
	world_file_free(file);
	if (!run->world) {
		command_error("%s", error);
		g_free(error);
		return STATUS_USAGE;
	}
	run->world->until_ns = run->settings.until_ns;
	run->host = world_node(run->world, host_name);
	if (!run->host)
		return no_such_host(run);
	if (run->host->kind != NODE_HOST || run->host->is_kernel)
		return command_error("exec: --host: %s is no model's host: a program on it would "
				     "not be on this TCP",
			host_name);
	run->peer = (struct node *)world_first_kernel(run->world);
	if (!run->peer && (peer_command || client_command))
		return command_error("exec: %s has no [host NAME] with system = kernel for the "
				     "command of --%s",
			world_path, peer_command ? "peer" : "client");
	return STATUS_OK;
}

static int build(struct run *run)
{
	int status = world_path ? build_from_file(run) : build_own(run);

	if (status == STATUS_OK && pcap_path) {
		int error = tcpsim_world_capture(run->world, run->host->name, pcap_path);

		if (error < 0)
			status = command_error(
				"%s: cannot be written: %s", pcap_path, g_strerror(-error));
	}
	return status;
}

/* --- the run --- */

static void tell(const struct run *run, const struct exec_session_result *result)
{
	struct report_style style = {.out = stderr,
		.colour = terminal_wants_colour(stderr),
		.width = terminal_width(stderr, 100)};
	char *status = live_status_text(result->status);

	fprintf(stderr, "\n");
	report_timeline_summary(run->timeline, &style);
	fprintf(stderr,
		"\n%s after %.3f s; %" PRIu64 " calls told, %" PRIu64 " sockets, %" PRIu64
		" bytes to it, %" PRIu64 " from it\n",
		status, (double)result->wall_ns * 1e-9, result->counts.calls,
		result->counts.sockets, result->counts.bytes_in, result->counts.bytes_out);
	g_free(status);
}

/* What a page has no room for stands in a capture. */
static int write_page(const struct run *run, char **argv)
{
	struct page *page = page_new();
	char *name = g_strjoinv(" ", argv), *quoted = g_shell_quote(pcap_path ? pcap_path : "FILE"),
	     *more = g_strconcat(pcap_path ? "" : "tcpsim exec --pcap FILE, then ",
		     "tcpsim replay ", quoted, NULL);

	page_add_timeline(page, run->timeline, &(struct page_run){.name = name, .command = more});
	g_free(more);
	g_free(quoted);
	g_free(name);
	return page_file_write(page, html_path);
}

static bool close_capture(struct run *run)
{
	char *error = NULL;
	bool good = !run->host->capture || capture_writer_close(run->host->capture, &error);

	run->host->capture = NULL;
	if (!good)
		command_error("%s", error);
	g_free(error);
	return good;
}

static int run_program(struct run *run, char **argv)
{
	struct exec_session_config config = {.world = run->world,
		.host = run->host,
		.argv = argv,
		.peer = run->peer,
		.before = peer_command,
		.client = client_command,
		.print_way_in = !quiet && isatty(STDERR_FILENO),
		.say = on_say};
	struct exec_session_result result;
	GError *error = NULL;

	if (!quiet || html_path) {
		run->timeline = timeline_new(html_path ? PAGE_ROWS : 0, MOST_CONNECTIONS);
		run->timeline->most_samples = html_path ? PAGE_ROWS : 0;
		run->witness = witness_new(run->world, run->timeline, NULL);
		tcpsim_world_on_event(run->world, on_event, run);
	}
	tcpsim_world_on_say(run->world, on_program_says, NULL);
	if (!exec_session_run(&config, &result, &error)) {
		int status = command_error("exec: %s", error->message);

		g_error_free(error);
		return status;
	}
	if (run->witness)
		witness_end(run->witness);
	if (!quiet)
		tell(run, &result);
	if (!close_capture(run) || (html_path && write_page(run, argv) != STATUS_OK))
		return STATUS_USAGE;
	return live_status_code(result.status);
}

/* It is written when all is over: who will not be able to should say so before. */
static bool page_can_be_written(void)
{
	char *folder = g_path_get_dirname(html_path);
	bool can = access(html_path, W_OK) == 0 || (errno == ENOENT && access(folder, W_OK) == 0);

	if (!can)
		command_error("exec: %s: cannot be written: %s", html_path, g_strerror(errno));
	g_free(folder);
	return can;
}

static int check(int argc, char **argv)
{
	GError *error = NULL;
	int status = STATUS_OK;

	if (argc < 2)
		return command_error("exec: which program? 'tcpsim exec -- PROGRAM ARGUMENT...'");
	if (!world_path != !host_name)
		return command_error("exec: --world and --host go together: which host of which "
				     "world");
	if (world_path && profile_name)
		return command_error(
			"exec: with --world the file says the profile of %s", host_name);
	if (html_path && !page_can_be_written())
		return STATUS_USAGE;
	if (!exec_program_check(argv[1], &error)) {
		status = command_error("exec: %s", error->message);
		g_error_free(error);
	}
	return status;
}

static int run(int argc, char **argv)
{
	struct run run = {0};
	int status = check(argc, argv);

	if (status == STATUS_OK)
		status = build(&run);
	if (status == STATUS_OK)
		status = run_program(&run, argv + 1);
	witness_free(run.witness);
	timeline_free(run.timeline);
	tcpsim_world_free(run.world);
	world_settings_clear(&run.settings);
	return status;
}

const struct command command_exec = {
	.name = "exec",
	.args = "PROGRAM ARGUMENT...",
	.summary = "an unmodified program on this TCP, its peer the running kernel",
	.description =
		"Runs the program, unchanged, with a TCP of ours: its AF_INET and AF_INET6 stream "
		"sockets are those of a host in a world that runs by the real clock; all else of "
		"it is the machine's. Static programs, threads, forks and descriptors that are "
		"passed on work. The world is a line between the hosts 'program' and 'peer', the "
		"latter the running kernel in a network namespace of its own; or a file's "
		"(docs/simulate.md), with its delays, losses and routers. Nothing leaves it, and "
		"no root is needed.\n\n"
		"--peer 'COMMAND' runs on the peer before the program, --client 'COMMAND' once "
		"the program listens; both know the hosts by their names.\n\n"
		"It is over when the program, and all that it started, has ended, or when the "
		"peer's commands have and the program only listens. Then the connections are "
		"told, on standard error. The exit status is the program's (128 and the signal, if "
		"one killed it), or that of the peer's command if the program only listened; 2 if "
		"it could not be run. docs/exec.md tells what each call means.",
	.options = OPTIONS,
	.options_first = true,
	.run = run,
};
