/* tcpsim run: packetdrill scripts on the simulated host. */
#include <string.h>
#include <tcpsim/profile.h>

#include "base/near.h"
#include "base/terminal.h"
#include "command.h"
#include "commands.h"
#include "run_campaign.h"
#include "script/language/format.h"
#include "script/language/load.h"
#include "script/language/parser.h"
#include "script/suite/suite.h"

static gboolean as_json, as_tap, only_failed, explain, format_only, allow_shell, verbose;
static char *profile_name, *ip_name, *junit_path, *pcap_path, *python, *shard, *db;
static char **defines;
static int jobs;

static const GOptionEntry OPTIONS[] = {
	{"profile", 0, 0, G_OPTION_ARG_STRING, &profile_name, "The system to be (default: linux)",
		"PROFILE"},
	{"ip", 0, 0, G_OPTION_ARG_STRING, &ip_name,
		"The IP version of scripts that do not fix it themselves (default: ipv4)",
		"ipv4|ipv6|mapped"},
	{"define", 'D', 0, G_OPTION_ARG_STRING_ARRAY, &defines,
		"What a word of the scripts stands for", "NAME=VALUE"},
	{"jobs", 'j', 0, G_OPTION_ARG_INT, &jobs,
		"Run so many scripts at a time (default: one a processor)", "N"},
	{"json", 0, 0, G_OPTION_ARG_NONE, &as_json,
		"One JSON object a script and line, one for the run last", NULL},
	{"tap", 0, 0, G_OPTION_ARG_NONE, &as_tap, "Report as TAP 13", NULL},
	{"junit", 0, 0, G_OPTION_ARG_FILENAME, &junit_path, "Also write a JUnit report", "FILE"},
	{"failed", 0, 0, G_OPTION_ARG_NONE, &only_failed,
		"Show a line for each script that did not pass, no more", NULL},
	{"verbose", 'v', 0, G_OPTION_ARG_NONE, &verbose,
		"Show scripts that pass, too, and what they print", NULL},
	{"explain", 0, 0, G_OPTION_ARG_NONE, &explain,
		"Show every packet, and more of what led to a failure", NULL},
	{"pcap", 0, 0, G_OPTION_ARG_FILENAME, &pcap_path, "Write what crossed the wire", "FILE"},
	CAMPAIGN_OPTIONS(shard, db),
	{"format", 0, 0, G_OPTION_ARG_NONE, &format_only,
		"Print the scripts in canonical form, and run nothing", NULL},
	{"python", 0, 0, G_OPTION_ARG_STRING, &python,
		"Hand the code in %{ }% to this interpreter rather than to the built-in evaluator",
		"python3"},
	{"allow-shell", 0, 0, G_OPTION_ARG_NONE, &allow_shell,
		"Let the scripts' commands run real programs of this machine", NULL},
	{0},
};

static int format_scripts(const GPtrArray *scripts, GHashTable *table)
{
	int status = STATUS_OK;

	for (guint i = 0; i < scripts->len; i++) {
		const struct suite_script *entry = g_ptr_array_index(scripts, i);
		GError *error = NULL;
		struct script *script = script_load(entry->path, entry->root, table, &error);
		GString *text = g_string_new(NULL);

		if (script == NULL) {
			status = command_error("%s", error->message);
			g_error_free(error);
		} else {
			format_script(script, text);
			fputs(text->str, stdout);
		}
		g_string_free(text, TRUE);
		script_free(script);
	}
	return status;
}

static unsigned how_many_jobs(guint scripts)
{
	unsigned most = jobs > 0 ? (unsigned)jobs : g_get_num_processors();

	return CLAMP(scripts, 1, most);
}

static enum run_style style(void)
{
	if (as_json)
		return RUN_JSON;
	if (as_tap)
		return RUN_TAP;
	return only_failed ? RUN_FAILED : RUN_TEXT;
}

/* The files beside the report are opened before anything runs. */
static bool open_files(struct run_report *report)
{
	char *why;

	if ((junit_path == NULL || run_report_junit(report, junit_path, &why)) &&
		(pcap_path == NULL || run_report_pcap(report, pcap_path, &why)))
		return true;
	command_error("%s", why);
	g_free(why);
	return false;
}

static int run_scripts(
	const GPtrArray *scripts, struct suite_options *options, struct campaign *campaign)
{
	struct run_report *report;
	char *wrong;
	int status;

	options->jobs = how_many_jobs(scripts->len);
	options->keep_packets = pcap_path != NULL || explain;
	options->explain_lines = explain ? 40 : 12;
	report = run_report_new(style(), scripts->len, verbose || scripts->len <= 20, explain);
	if (!open_files(report)) {
		run_report_abandon(report);
		return STATUS_USAGE;
	}
	wrong = run_campaign(&(struct run_campaign){.options = options,
				     .campaign = campaign,
				     .profile = profile_name != NULL ? profile_name : "linux",
				     .report = report},
		scripts);
	status = run_report_end(report);
	if (wrong != NULL)
		status = command_error("%s", wrong);
	g_free(wrong);
	return status;
}

static int run_shard(GPtrArray *scripts, struct suite_options *options)
{
	struct campaign campaign;

	if (db != NULL && (pcap_path != NULL || explain))
		return command_error("run: --pcap and --explain show packets, which --db does not "
				     "keep; leave one away");
	if (!campaign_open(&campaign, shard, db))
		return STATUS_USAGE;
	run_campaign_shard(scripts, &campaign.shard);
	return campaign_close(&campaign, run_scripts(scripts, options, &campaign));
}

static int run(int argc, char **argv)
{
	struct suite_options options = {
		.python = python, .allow_shell = allow_shell, .ip_version = SCRIPT_IPV4};
	GError *error = NULL;
	GPtrArray *scripts;
	int status;

	options.profile = command_profile(profile_name != NULL ? profile_name : "linux");
	if (options.profile == NULL)
		return STATUS_USAGE;
	if (ip_name != NULL && !script_ip_version_parse(ip_name, &options.ip_version))
		return command_error("--ip takes ipv4, ipv6 or mapped, not '%s'", ip_name);
	if (jobs < 0)
		return command_error("-j takes a number from 1 on, not %d", jobs);
	if (argc < 2)
		return command_error("run: a script or a folder of scripts is needed");
	scripts = suite_find(argv + 1, argc - 1, &error);
	if (scripts == NULL) {
		status = command_error("%s", error->message);
		g_error_free(error);
		return status;
	}
	options.defines = command_defines(defines);
	if (options.defines == NULL) {
		g_ptr_array_unref(scripts);
		return STATUS_USAGE;
	}
	status = format_only ? format_scripts(scripts, options.defines)
			     : run_shard(scripts, &options);
	g_hash_table_unref(options.defines);
	g_ptr_array_unref(scripts);
	return status;
}

const struct command command_run_scripts = {
	.name = "run",
	.args = "SCRIPT|FOLDER...",
	.summary = "packetdrill scripts on the simulated host, in virtual time",
	.description = "Runs scripts in packetdrill's language, google's dialect and nplab's "
		       "(FreeBSD's) alike, against a "
		       "simulated host: no privileges, no network, no waiting. Commands in the "
		       "scripts (sysctl, nstat, "
		       "sockstat, ip ...) act on that host and touch nothing of this machine.\n\n"
		       "Folders are searched for *.pkt. Prints each failure with the script's "
		       "line, what was expected, what "
		       "came, and the last events with their rules; then a summary by folder. "
		       "docs/run.md tells the rest.",
	.options = OPTIONS,
	.run = run,
};
