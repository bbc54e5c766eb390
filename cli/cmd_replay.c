/* tcpsim replay: what happened to each connection of a capture, and why. */
#include <stdio.h>
#include <string.h>
#include <tcpsim/profile.h>
#include <unistd.h>

#include "base/terminal.h"
#include "budget.h"
#include "command.h"
#include "commands.h"
#include "page_file.h"
#include "pager.h"
#include "replay_captures.h"
#include "replay_write.h"
#include "traces/page/capture.h"
#include "traces/page/page.h"
#include "traces/report/json.h"
#include "traces/report/json_packet.h"
#include "traces/report/ladder.h"
#include "traces/report/report.h"
#include "traces/report/summary.h"

static gboolean as_json, events, packets, summary, all, wall, numeric, no_pager;
static char *filter, *profile_name, *html_path, *memory, *shard, *db;
static char *connections, *where_text, *sort_text, *annotate_path, *write_path;

/* What those three said. */
static struct selection selection;

static const GOptionEntry OPTIONS[] = {
	{"connection", 'c', 0, G_OPTION_ARG_STRING, &connections,
		"Show these connections (numbers of the table: 0,3-5,9-) packet by packet; with "
		"--summary or --json only these",
		"N,..."},
	{"where", 0, 0, G_OPTION_ARG_STRING, &where_text,
		"Only connections that fulfil a condition, such as 'outcome=reset and rtt>100ms'",
		"CONDITION"},
	{"sort", 0, 0, G_OPTION_ARG_STRING, &sort_text,
		"Order of the table: harm, duration, bytes, rtt, retransmissions, start, ... (most "
		"first; -KEY: turned round)",
		"KEY"},
	{"summary", 0, 0, G_OPTION_ARG_NONE, &summary,
		"Only the table, even if there are few connections", NULL},
	{"all", 'a', 0, G_OPTION_ARG_NONE, &all,
		"Every connection in the table, every packet in a ladder (a terminal shows 60)",
		NULL},
	{"wall", 0, 0, G_OPTION_ARG_NONE, &wall,
		"The time of day in place of seconds since the begin (time zone: TZ)", NULL},
	{"numeric", 'n', 0, G_OPTION_ARG_NONE, &numeric,
		"No names of hosts, though the capture (pcapng) has them", NULL},
	{"no-pager", 0, 0, G_OPTION_ARG_NONE, &no_pager,
		"On a terminal, no pager for what is long ($PAGER, else less)", NULL},
	{"filter", 0, 0, G_OPTION_ARG_STRING, &filter,
		"Only packets that match a pcap filter, such as 'port 80'", "EXPRESSION"},
	{"profile", 0, 0, G_OPTION_ARG_STRING, &profile_name,
		"Hold runs of SYNs against this system's schedule (auto: name those that fit)",
		"PROFILE"},
	{"json", 0, 0, G_OPTION_ARG_NONE, &as_json,
		"One JSON object a line: connections, resets, listeners, the capture last", NULL},
	{"html", 0, 0, G_OPTION_ARG_FILENAME, &html_path,
		"Write FILE, a page to step through with graphs, ladders and states in a browser "
		"(with -c N: of that connection's packets alone); the table comes here",
		"FILE"},
	{"annotate", 0, 0, G_OPTION_ARG_FILENAME, &annotate_path,
		"Write the same packets to FILE (pcapng), with state, verdict and rules as "
		"comments",
		"FILE"},
	{"write", 0, 0, G_OPTION_ARG_FILENAME, &write_path,
		"Write the packets of the connections of -c or --where to FILE (.pcapng, else "
		"pcap)",
		"FILE"},
	{"memory", 0, 0, G_OPTION_ARG_STRING, &memory,
		"Use at most SIZE (500M, 2G; default 1G) for what is found; connections that have "
		"ended are let go before",
		"SIZE"},
	CAMPAIGN_OPTIONS(shard, db),
	{"events", 0, 0, G_OPTION_ARG_NONE, &events,
		"With --json: each change of a state or a queue and each mark too", NULL},
	{"packets", 0, 0, G_OPTION_ARG_NONE, &packets,
		"With --json: a line for each packet too, before those of its connection", NULL},
	{0},
};

#define DEFAULT_MEMORY ((size_t)1 << 30)
/* A terminal shows so many packets of a connection unasked. */
#define LADDER_ROWS 60

static void draw_progress(void *context, uint64_t done, uint64_t total)
{
	progress_step(context, "bytes", done, total);
}

static bool few(const struct replay *r)
{
	return r->rows != NULL && !r->rows_given_up && flow_count(r->flows) > 0;
}

static int write_page(const struct replay *r)
{
	struct page *page = page_new();

	page_add_replay(page, r, NULL);
	return page_file_write(page, html_path);
}

/* The ladders that were asked for. */
static int show_ladders(const struct replay *r, const struct report_style *style)
{
	struct asked asked;
	unsigned shown = 0;

	asked_init(&asked, r);
	for (uint32_t i = 0; i < flow_count(r->flows); i++) {
		const struct flow *f =
			numbers_has(selection.numbers, i) ? flow_numbered(r->flows, i) : NULL;

		if (f == NULL || !selection_has(&selection, &asked, f))
			continue;
		report_ladder(r, i, style);
		shown++;
	}
	asked_clear(&asked);
	if (shown == 0)
		fprintf(style->out, "no connection of -c %s is like that\n", connections);
	return STATUS_OK;
}

static int show(const struct replay *r, const struct report_style *style)
{
	struct report_json json = {.out = stdout, .events = events, .selection = selection};

	if (html_path != NULL && write_page(r) != STATUS_OK)
		return STATUS_USAGE;
	if (as_json) {
		report_json(r, &json);
		return STATUS_OK;
	}
	if (selection.numbers != NULL && !summary)
		return show_ladders(r, style);
	report_summary(r, style);
	for (uint32_t i = 0; !summary && html_path == NULL && few(r) && i < flow_count(r->flows);
		i++)
		report_ladder(r, i, style);
	return STATUS_OK;
}

static bool writes_packets(void)
{
	return annotate_path != NULL || write_path != NULL;
}

static enum replay_rows wanted_rows(void)
{
	if (html_path != NULL)
		return selection.numbers != NULL ? REPLAY_ROWS_OF : REPLAY_ROWS_FIRST;
	if (as_json || summary || writes_packets())
		return REPLAY_ROWS_NONE;
	if (selection.numbers != NULL)
		return REPLAY_ROWS_OF;
	return selection.where != NULL ? REPLAY_ROWS_NONE : REPLAY_ROWS_FEW;
}

/* What is kept of a capture, by what will be shown. */
static struct replay_options options_for(struct progress *progress, struct report_packets *passing,
	struct report_json *json, size_t bytes)
{
	return (struct replay_options){.filter = filter,
		.keep_events = as_json && events,
		.keep_resets = true,
		.keep_limits =
			as_json || html_path != NULL || connections != NULL || writes_packets(),
		.keep_queues = as_json && !events ? 0
			       : as_json	  ? SIZE_MAX
						  : 100000,
		.rows = wanted_rows(),
		.rows_of = selection.numbers,
		.few_flows = 3,
		.few_rows = html_path != NULL ? PAGE_ROWS : 2000,
		.at_hand = REPLAY_AT_HAND,
		.memory = budget_allowed(bytes),
		.letting_go = as_json && html_path == NULL ? report_json_going : NULL,
		.letting_go_context = json,
		.passed = packets ? report_json_packet : NULL,
		.passed_context = passing,
		.progress = draw_progress,
		.progress_context = progress};
}

/* As a shell would take it. */
static void append_quoted(GString *text, const char *option, const char *value)
{
	char *quoted = g_shell_quote(value);
	bool plain = *value != '\0';

	for (const char *c = value; *c != '\0'; c++)
		plain &= g_ascii_isalnum(*c) || strchr("_-+=.,:/@%", *c) != NULL;
	g_string_append_printf(
		text, "%s%s%s", text->len > 0 ? " " : "", option, plain ? value : quoted);
	g_free(quoted);
}

/* How to read the same captures again. */
static char *command_again(void)
{
	GString *text = g_string_new("tcpsim replay");

	if (filter != NULL)
		append_quoted(text, "--filter ", filter);
	if (memory != NULL)
		append_quoted(text, "--memory ", memory);
	return g_string_free(text, FALSE);
}

static char *captures_again(const char *const *paths, size_t n)
{
	GString *text = g_string_new(NULL);

	for (size_t i = 0; i < n; i++)
		append_quoted(text, "", paths[i]);
	return g_string_free(text, FALSE);
}

static struct replay_write packets_out(const char *const *paths, size_t n)
{
	return (struct replay_write){.annotate = annotate_path,
		.write = write_path,
		.paths = paths,
		.n_paths = n,
		.selection = selection};
}

/* Whether the connections that -c names are there; false after a complaint. */
static bool are_there(const struct replay *r)
{
	uint32_t beyond;

	if (selection.numbers == NULL ||
		!numbers_beyond(selection.numbers, flow_count(r->flows), &beyond))
		return true;
	command_error("replay: there is no connection %u; %s has %u, counted from 0", beyond,
		r->paths, flow_count(r->flows));
	return false;
}

/* What was found, to standard output or to a pager. */
static int tell(const struct replay *r, const char *const *paths, size_t n,
	const struct tcpsim_profile *profile)
{
	char *command = command_again(), *captures = captures_again(paths, n);
	struct report_style style = {.out = stdout,
		.colour = terminal_wants_colour(stdout),
		.width = terminal_width(stdout, 100),
		.all = all,
		.wall = wall,
		.numeric = numeric,
		.rows = isatty(STDOUT_FILENO) ? LADDER_ROWS : 0,
		.selection = selection,
		.command = command,
		.captures = captures,
		.profile = profile};
	struct pager *pager = pager_start(!no_pager && !as_json);
	int status = show(r, &style), paged = pager_finish(pager);

	g_free(command);
	g_free(captures);
	return status != STATUS_OK ? status : paged;
}

static int write_packets(const struct replay *r, const char *const *paths, size_t n)
{
	struct replay_write out = packets_out(paths, n);

	return replay_write(&out, r);
}

static int replay_files(
	const char *const *paths, size_t n, const struct tcpsim_profile *profile, size_t bytes)
{
	struct progress progress = {0};
	struct report_packets passing = {.of = selection.numbers};
	struct report_json json = {.out = stdout, .events = events, .selection = selection};
	struct replay_options options = options_for(&progress, &passing, &json, bytes);
	GError *error = NULL;
	struct replay *r = replay_open(paths, n, &options, &error);
	int status;

	if (r == NULL) {
		status = command_error("%s", error->message);
		g_error_free(error);
		return status;
	}
	json_line_init(&passing.line, stdout);
	passing.r = r;
	replay_run(r);
	json_line_clear(&passing.line);
	progress_end(&progress);
	if (!are_there(r))
		status = STATUS_USAGE;
	else if (writes_packets())
		status = write_packets(r, paths, n);
	else
		status = tell(r, paths, n, profile);
	if (status == STATUS_OK && r->error != NULL)
		status = command_error("%s", r->error);
	replay_free(r);
	return status;
}

/* What makes no sense together; false after a complaint. */
static bool options_fit(void)
{
	if ((events || packets) && !as_json)
		command_error("replay: --%s goes with --json", events ? "events" : "packets");
	else if (where_text != NULL && packets)
		command_error("replay: --packets tells them before it is known which connections "
			      "fulfil --where: use -c");
	else if (where_text != NULL && html_path != NULL)
		command_error(
			"replay: the page of --html shows every connection: leave --where out");
	else if (writes_packets() && (as_json || html_path != NULL || sort_text != NULL))
		command_error(
			"replay: --annotate and --write write packets and nothing else: leave "
			"--json, --html and --sort out");
	else if (sort_text != NULL && as_json)
		command_error("replay: --json has its own order: leave --sort out");
	else
		return true;
	return false;
}

static bool read_sort(void)
{
	char *near = NULL;

	selection.reversed = sort_text[0] == '-';
	selection.sort = key_find(sort_text + selection.reversed, &near);
	if (selection.sort == NULL)
		command_error("replay: --sort: unknown key '%s': %s",
			sort_text + selection.reversed, near);
	g_free(near);
	return selection.sort != NULL;
}

static bool complain(const char *option, char *why)
{
	command_error("replay: %s: %s", option, why);
	g_free(why);
	return false;
}

/* False after a complaint. */
static bool read_selection(void)
{
	char *why = NULL;

	if (connections != NULL) {
		selection.numbers = numbers_parse(connections, &why);
		if (selection.numbers == NULL)
			return complain("-c", why);
	}
	if (where_text != NULL) {
		selection.where = where_parse(where_text, &why);
		if (selection.where == NULL)
			return complain("--where", why);
	}
	return sort_text == NULL || read_sort();
}

/* Each by itself, and of each a line. */
static int each_capture(char **paths, int n, size_t bytes)
{
	struct campaign campaign;
	struct replay_captures captures = {
		.campaign = &campaign, .filter = filter, .memory = bytes, .json = as_json};

	if (connections != NULL || where_text != NULL || sort_text != NULL || html_path != NULL ||
		writes_packets() || events || packets || profile_name != NULL)
		return command_error(
			"replay: with --shard or --db each capture is one line; leave -c, --where, "
			"--sort, --html, --annotate, --write, --events, --packets and --profile "
			"away");
	for (int i = 0; i < n; i++) {
		if (strcmp(paths[i], "-") == 0)
			return command_error("replay: standard input has no name to be kept by; "
					     "with --shard or --db name files");
	}
	if (!campaign_open(&campaign, shard, db))
		return STATUS_USAGE;
	return campaign_close(&campaign, replay_captures(&captures, paths, n));
}

static int run(int argc, char **argv)
{
	const struct tcpsim_profile *profile = NULL;
	size_t bytes = DEFAULT_MEMORY;
	int status;

	if (argc < 2)
		return command_error(
			"replay: which capture? 'tcpsim replay FILE' ('-' is standard input)");
	if (!options_fit() || !read_selection())
		return STATUS_USAGE;
	struct replay_write out = packets_out((const char *const *)argv + 1, (size_t)argc - 1);
	if (writes_packets() && !replay_write_fits(&out))
		return STATUS_USAGE;
	if (profile_name != NULL && strcmp(profile_name, "auto") != 0) {
		profile = command_profile(profile_name);
		if (profile == NULL)
			return STATUS_USAGE;
	}
	if (memory != NULL && !budget_parse(memory, &bytes))
		return command_error("replay: --memory takes a size from 4M on, such as 500M or "
				     "2G, not '%s'",
			memory);
	status = shard != NULL || db != NULL ? each_capture(argv + 1, argc - 1, bytes)
					     : replay_files((const char *const *)argv + 1,
						       (size_t)argc - 1, profile, bytes);
	numbers_free((struct numbers *)selection.numbers);
	where_free((struct where *)selection.where);
	return status;
}

const struct command command_replay = {
	.name = "replay",
	.args = "CAPTURE...",
	.summary = "what happened to each connection of a capture, and why",
	.description =
		"Reads captures (pcap, pcapng, snoop; gzip and zstd; '-' is standard input; "
		"several are "
		"merged by time) and follows both ends of every TCP connection through the states "
		"of RFC "
		"9293. Shows a table of connections, where there are many those with the most harm "
		"first, what "
		"listeners' "
		"queues looked like, and for one connection, or where there are few, every packet "
		"with "
		"both ends' states after it and what it means.\n\nEach conclusion has a rule: "
		"'tcpsim "
		"explain RULE' tells more. What cannot be known from segments is called suspected. "
		"docs/replay.md tells how it decides, and where it differs from other tools.\n\n"
		"With --shard or --db each capture is read by itself and told in one line: for "
		"thousands of them (docs/scale.md).",
	.options = OPTIONS,
	.run = run,
};
