/* tcpsim compare: the same on the model and on the running kernel. */
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/terminal.h"
#include "command.h"
#include "commands.h"
#include "compare/lab.h"
#include "compare/scenario_script.h"
#include "compare_campaign.h"
#include "compare_report.h"
#include "compare_world.h"
#include "live/sut_kernel.h"
#include "page_file.h"
#include "run_report.h"
#include "script/suite/workers.h"
#include "traces/page/account.h"
#include "traces/page/page.h"

#define SCRIPTS_AT_ONCE	  4
#define SCENARIOS_AT_ONCE 200
#define WORLDS_AT_ONCE	  4
#define WORLD_RUNS	  2
#define PLAIN_PERCENT	  50
#define UNSAID		  INT_MIN /* no number was given */

static char *only, *with, *profile_name, *ip_name, *settings_name, *out_folder, *record_folder,
	*shard, *db, *html_path;
static gboolean as_json, shrink, verbose;
static char *kernel_names;
static int jobs = UNSAID, runs = UNSAID, generate, minutes, seed = -1, plain_percent = UNSAID;
static char **defines;

static const GOptionEntry OPTIONS[] = {
	{"only", 0, 0, G_OPTION_ARG_STRING, &only,
		"Run the scripts on one side alone, and report as `run` does", "model|kernel"},
	{"profile", 0, 0, G_OPTION_ARG_STRING, &profile_name,
		"What the model is (default: linux); a file of `tcpsim profiles --from-kernel`, "
		"too",
		"PROFILE"},
	{"generate", 0, 0, G_OPTION_ARG_INT, &generate,
		"Make up N random scenarios and play them to both", "N"},
	{"minutes", 0, 0, G_OPTION_ARG_INT, &minutes, "Make scenarios up for so long", "M"},
	{"seed", 0, 0, G_OPTION_ARG_INT, &seed,
		"Number of the first scenario (default: 1); a world's seed (default: its file's)",
		"S"},
	{"plain", 0, 0, G_OPTION_ARG_INT, &plain_percent,
		"How many of a hundred scenarios are of well-behaved ends only (default: 50)",
		"PERCENT"},
	{"sysctls", 0, 0, G_OPTION_ARG_STRING, &settings_name,
		"Settings of the scenarios' hosts (default: default)", "default|random"},
	{"out", 0, 0, G_OPTION_ARG_FILENAME, &out_folder,
		"Write a script of each kind of difference there", "FOLDER"},
	{"record", 0, 0, G_OPTION_ARG_FILENAME, &record_folder,
		"Write every scenario that has a form in that language as a script, with what the "
		"kernel did",
		"FOLDER"},
	{"with", 0, 0, G_OPTION_ARG_STRING, &with,
		"Another profile in the kernel's place: in virtual time, no privileges", "PROFILE"},
	{"kernel", 0, 0, G_OPTION_ARG_STRING, &kernel_names,
		"Of a world: the hosts that are to be the kernel (default: those whose profile is "
		"linux)",
		"HOST,..."},
	{"runs", 0, 0, G_OPTION_ARG_INT, &runs,
		"How often a world that differs is run on the kernel (default: 2)", "N"},
	{"shrink", 0, 0, G_OPTION_ARG_NONE, &shrink,
		"Make each kind's scenario as short as it can be", NULL},
	CAMPAIGN_OPTIONS(shard, db),
	{"ip", 0, 0, G_OPTION_ARG_STRING, &ip_name,
		"The IP version where a script does not fix it itself (default: ipv4)",
		"ipv4|ipv6|mapped"},
	{"define", 'D', 0, G_OPTION_ARG_STRING_ARRAY, &defines,
		"What a word of the scripts stands for", "NAME=VALUE"},
	{"jobs", 'j', 0, G_OPTION_ARG_INT, &jobs,
		"Run so many on the kernel at a time (default: 4 scripts, 200 scenarios)", "N"},
	{"verbose", 'v', 0, G_OPTION_ARG_NONE, &verbose,
		"Show both sides whole; with --generate, of an example of each kind", NULL},
	{"html", 0, 0, G_OPTION_ARG_FILENAME, &html_path,
		"Write FILE, a page with both sides of each script beside each other", "FILE"},
	{"json", 0, 0, G_OPTION_ARG_NONE, &as_json,
		"One JSON object a difference and line, one for all last", NULL},
	{0},
};

static struct progress progress;

static void show_progress(void *context, const struct survey_counts *counts)
{
	progress_step(&progress, "scenarios", counts->scenarios, (guint64)generate);
}

static bool record_failed;

static void record(void *context, const struct scenario *scenario, const struct account *kernel,
	const struct survey_verdict *verdict)
{
	char *why = NULL;

	if (!record_failed && scenario_has_script(kernel) &&
		!compare_report_record(scenario, kernel, record_folder, &why)) {
		record_failed = true;
		command_error("%s", why);
	}
	g_free(why);
}

static bool folder_is_there(const char *folder)
{
	if (folder == NULL || g_mkdir_with_parents(folder, 0777) == 0)
		return true;
	command_error("%s: the folder cannot be made; name another", folder);
	return false;
}

static const char *profile_asked_for(void)
{
	return profile_name != NULL ? profile_name : "linux";
}

static int report_survey(const struct survey *survey)
{
	int status = compare_report_survey(survey,
		&(struct survey_view){
			.other = with, .folder = out_folder, .json = as_json, .show_all = verbose});

	return record_failed ? STATUS_USAGE : status;
}

/* This shard's scenarios, but for those that are kept. */
static int run_survey(struct survey_options *options, struct campaign *campaign)
{
	struct compare_campaign c = {.campaign = campaign};
	struct survey *survey = NULL;
	GError *error = NULL;
	int status = STATUS_USAGE;

	if (compare_campaign_begin(&c, options, profile_asked_for(), with)) {
		survey = survey_run(options, show_progress, NULL, &error);
		progress_end(&progress);
	}
	compare_campaign_end(&c, survey != NULL ? &survey->counts : NULL);
	if (survey != NULL) {
		status = report_survey(survey);
		if (status == STATUS_OK && survey->counts.agree_all < survey->counts.scenarios)
			status = STATUS_NO; /* a kept one differs */
		survey_free(survey);
	}
	if (error != NULL) {
		command_error("%s", error->message);
		g_error_free(error);
	}
	return status;
}

static int survey_scenarios(const struct tcpsim_profile *profile, enum script_ip_version ip)
{
	struct survey_options options = {.profile = profile,
		.seed = seed < 0 ? 1 : (uint64_t)seed,
		.n = (unsigned)generate,
		.minutes = (unsigned)minutes,
		.jobs = jobs > 0 ? (unsigned)jobs : SCENARIOS_AT_ONCE,
		.plain_percent = plain_percent == UNSAID ? PLAIN_PERCENT : (unsigned)plain_percent,
		.ip = ip,
		.random_settings = g_strcmp0(settings_name, "random") == 0,
		.shrink = shrink || out_folder != NULL,
		.each = record_folder != NULL ? record : NULL};
	struct campaign campaign;

	if (with != NULL) {
		options.other = command_profile(with);
		if (options.other == NULL)
			return STATUS_USAGE;
	}
	if (!folder_is_there(out_folder) || !folder_is_there(record_folder) ||
		!campaign_open(&campaign, shard, db))
		return STATUS_USAGE;
	return campaign_close(&campaign, run_survey(&options, &campaign));
}

static struct sut *make_kernel(const struct script_config *config, const struct script_files *files,
	void *context, GError **error)
{
	return sut_kernel_new(config, files, error);
}

static int run_one_side(const GPtrArray *scripts, struct suite_options *options)
{
	struct run_report *report = run_report_new(
		as_json ? RUN_JSON : RUN_TEXT, scripts->len, verbose || scripts->len <= 20, false);
	char *wrong;
	int status;

	if (strcmp(only, "kernel") == 0) {
		options->make = make_kernel;
		options->fresh_processes = true;
		options->patience_s = 300;
	}
	options->jobs = jobs > 0 ? (unsigned)jobs : SCRIPTS_AT_ONCE;
	wrong = suite_run(options, scripts, run_report_script, run_report_progress, report);
	status = run_report_end(report);
	if (wrong != NULL)
		status = command_error("%s", wrong);
	g_free(wrong);
	return status;
}

static struct page *new_page(const struct suite_options *options, const char *kernel)
{
	struct page *page = page_new();
	char *model = g_strdup_printf("the model (%s)", options->profile->name),
	     *running = g_strdup_printf("the kernel (Linux %s)", kernel);

	page_begin_comparison(page, model, running);
	g_free(model);
	g_free(running);
	return page;
}

static int compare_both(const GPtrArray *scripts, const struct suite_options *options)
{
	struct compare_report report;
	int written = STATUS_OK, status;

	compare_report_begin(&report, as_json, verbose);
	report.page = html_path != NULL ? new_page(options, report.kernel) : NULL;
	scripts_compare(options, scripts, jobs > 0 ? (unsigned)jobs : SCRIPTS_AT_ONCE,
		compare_report_script, &report);
	if (report.page != NULL) {
		page_end_comparison(report.page);
		written = page_file_write(report.page, html_path);
	}
	status = compare_report_end(&report);
	return written != STATUS_OK ? written : status;
}

static int on_scripts(int argc, char **argv, struct suite_options *options)
{
	GError *error = NULL;
	GPtrArray *scripts = suite_find(argv + 1, argc - 1, &error);
	int status = STATUS_OK;

	if (scripts != NULL && (only == NULL || strcmp(only, "kernel") == 0) &&
		lab_congestion_control(&error) == NULL) {
		g_ptr_array_unref(scripts);
		scripts = NULL;
	}
	if (scripts == NULL) {
		status = command_error("%s", error->message);
		g_error_free(error);
		return status;
	}
	status = only != NULL ? run_one_side(scripts, options) : compare_both(scripts, options);
	g_ptr_array_unref(scripts);
	return status;
}

static bool has_script_options(void)
{
	return only != NULL || defines != NULL || ip_name != NULL || profile_name != NULL;
}

static int on_worlds(const GPtrArray *paths)
{
	uint64_t world_seed = (uint64_t)seed;
	struct compare_world_options options = {.json = as_json,
		.show_all = verbose,
		.kernel = kernel_names,
		.seed = seed >= 0 ? &world_seed : NULL,
		.runs = runs > 0 ? (unsigned)runs : WORLD_RUNS,
		.jobs = jobs > 0 ? (unsigned)jobs : WORLDS_AT_ONCE};

	if (has_script_options())
		return command_error("compare: --only, --profile, --ip and --define are for "
				     "scripts; a world's file names its profiles");
	if (html_path != NULL)
		return command_error("compare: --html is for scripts; 'simulate --html' makes a "
				     "world's page");
	return compare_worlds(paths, &options);
}

/* What the command line names: worlds, or scripts. */
static int on_named(int argc, char **argv, struct suite_options *options)
{
	char *error = NULL;
	GPtrArray *worlds = compare_world_find(argv + 1, argc - 1, &error);
	int status;

	if (error != NULL) {
		status = command_error("%s", error);
		g_free(error);
		return status;
	}
	if (worlds != NULL) {
		status = on_worlds(worlds);
		g_ptr_array_unref(worlds);
		return status;
	}
	if (seed >= 0)
		return command_error("compare: --seed is for worlds and --generate; '%s' is a "
				     "script (a world's name ends in .world)",
			argv[1]);
	if (kernel_names != NULL || runs != UNSAID)
		return command_error("compare: --kernel and --runs are for worlds; '%s' is none "
				     "(its name would end in .world)",
			argv[1]);
	options->defines = command_defines(defines);
	if (options->defines == NULL)
		return STATUS_USAGE;
	status = on_scripts(argc, argv, options);
	g_hash_table_unref(options->defines);
	return status;
}

static int run(int argc, char **argv)
{
	static const char *const SIDES[] = {"model", "kernel", NULL}, *const SETTINGS[] = {
									      "default", "random",
									      NULL};
	struct suite_options options = {.ip_version = SCRIPT_IPV4, .explain_lines = 12};

	if (only != NULL && !g_strv_contains(SIDES, only))
		return command_error_near("side", only, SIDES, "--only takes model or kernel");
	if (settings_name != NULL && !g_strv_contains(SETTINGS, settings_name))
		return command_error_near(
			"choice", settings_name, SETTINGS, "--sysctls takes default or random");
	if (ip_name != NULL && !script_ip_version_parse(ip_name, &options.ip_version))
		return command_error("--ip takes ipv4, ipv6 or mapped, not '%s'", ip_name);
	options.profile = command_profile(profile_asked_for());
	if (options.profile == NULL)
		return STATUS_USAGE;
	if (jobs != UNSAID && (jobs < 1 || jobs > 1000))
		return command_error("-j takes a number from 1 to 1000, not %d", jobs);
	if (runs != UNSAID && (runs < 1 || runs > 100))
		return command_error("--runs takes a number from 1 to 100, not %d", runs);
	if (generate < 0 || minutes < 0 || seed < -1 ||
		(plain_percent != UNSAID && (plain_percent < 0 || plain_percent > 100)))
		return command_error("--generate, --minutes and --seed take a number from 0 on, "
				     "--plain one from 0 to 100");
	if ((generate > 0 || minutes > 0) && (only != NULL || defines != NULL || html_path != NULL))
		return command_error("compare: --only, --define and --html are for scripts, not "
				     "for --generate");
	if (only != NULL && html_path != NULL)
		return command_error("compare: --html shows both sides, --only runs one");
	if (generate == 0 && minutes == 0 &&
		(with != NULL || settings_name != NULL || out_folder != NULL ||
			record_folder != NULL || shrink || plain_percent != UNSAID))
		return command_error("compare: --with, --sysctls, --plain, --out, --record and "
				     "--shrink go with --generate N");
	if (generate == 0 && (shard != NULL || db != NULL))
		return command_error("compare: --shard and --db go with --generate N");
	if (generate > 0 || minutes > 0)
		return argc > 1 ? command_error("compare: --generate makes its scenarios up; leave "
						"'%s' away",
					  argv[1])
				: survey_scenarios(options.profile, options.ip_version);
	if (argc < 2)
		return command_error("compare: a script, a world or a folder of either is needed, "
				     "or --generate N");
	return on_named(argc, argv, &options);
}

const struct command command_compare = {
	.name = "compare",
	.args = "SCRIPT|WORLD|FOLDER...",
	.summary = "the same on the model and on the running kernel, side by side",
	.description = "Runs packetdrill scripts on the simulated Linux host and on the Linux "
		       "kernel of this machine, in a network "
		       "namespace of their own, without root where user namespaces and TUN devices "
		       "are allowed, and names the "
		       "first call, packet or time in which the two differ. Exit status 1: some "
		       "differ.\n\n"
		       "With --generate it makes scenarios up from a seed, plays each to the "
		       "kernel in real time (hundreds at once) "
		       "and to the model at the very same times, counts how many agree, and groups "
		       "what differs; --out "
		       "writes the shortest script of each kind, which passes on the kernel.\n\n"
		       "A world (docs/simulate.md) runs in virtual time and, with its Linux hosts "
		       "as kernels, by the real clock: what programs said and called, connections, "
		       "states, segments, queues and TCP_INFO of both are laid side by side.\n\n"
		       "--only kernel runs scripts on the kernel alone: packetdrill without root. "
		       "docs/compare.md tells the rest.",
	.options = OPTIONS,
	.run = run,
};
