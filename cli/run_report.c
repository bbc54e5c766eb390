#include "run_report.h"

#include <pcap/pcap.h>
#include <stdio.h>
#include <string.h>

#include "base/json_line.h"
#include "base/output.h"
#include "base/terminal.h"
#include "command.h"
#include "commands.h"

struct folder_count {
	unsigned passed, failed, errors, skipped;
};

struct run_report {
	enum run_style style;
	unsigned scripts, seen;
	bool show_passed, ladder;
	struct folder_count total;
	GPtrArray *folder_names;
	GHashTable *folders; /* name -> struct folder_count */
	gint64 start_us;
	struct progress progress;
	struct output *junit, *capture; /* beside the report, or NULL */
	pcap_t *pcap;
	pcap_dumper_t *dumper;
};

struct run_report *run_report_new(
	enum run_style style, unsigned scripts, bool show_passed, bool ladder)
{
	struct run_report *report = g_new0(struct run_report, 1);

	report->style = style;
	report->scripts = scripts;
	report->show_passed = show_passed;
	report->ladder = ladder;
	report->folder_names = g_ptr_array_new_with_free_func(g_free);
	report->folders = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	report->start_us = g_get_monotonic_time();
	if (style == RUN_TAP)
		printf("TAP version 13\n1..%u\n", scripts);
	return report;
}

bool run_report_junit(struct run_report *report, const char *path, char **why)
{
	report->junit = output_open(path, why);
	if (report->junit == NULL)
		return false;
	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n<testsuite name=\"tcpsim "
	      "run\">\n",
		output_stream(report->junit));
	return true;
}

bool run_report_pcap(struct run_report *report, const char *path, char **why)
{
	report->capture = output_open(path, why);
	if (report->capture == NULL)
		return false;
	report->pcap =
		pcap_open_dead_with_tstamp_precision(DLT_RAW, 262144, PCAP_TSTAMP_PRECISION_NANO);
	report->dumper = pcap_dump_fopen(report->pcap, output_stream(report->capture));
	if (report->dumper == NULL)
		*why = g_strdup_printf(
			"%s: cannot be written: %s", path, pcap_geterr(report->pcap));
	return report->dumper != NULL;
}

static void count_one(struct folder_count *count, enum script_verdict verdict)
{
	count->passed += verdict == SCRIPT_PASS;
	count->failed += verdict == SCRIPT_FAIL;
	count->errors += verdict == SCRIPT_FAULT;
	count->skipped += verdict == SCRIPT_SKIP;
}

static void count(struct run_report *report, const struct suite_report *script)
{
	char *folder = g_path_get_dirname(script->path);
	struct folder_count *held = g_hash_table_lookup(report->folders, folder);

	if (held == NULL) {
		held = g_new0(struct folder_count, 1);
		g_hash_table_insert(report->folders, g_strdup(folder), held);
		g_ptr_array_add(report->folder_names, g_strdup(folder));
	}
	count_one(held, script->result->verdict);
	count_one(&report->total, script->result->verdict);
	g_free(folder);
}

struct json_line *run_report_json(const struct suite_report *script)
{
	const struct script_result *r = script->result;
	struct json_line *line = json_line_new("script");

	json_string(line, "script", script->path);
	json_string(line, "ip", script->ip);
	json_string(line, "profile", script->profile);
	json_string(line, "result", script_verdict_name(r->verdict));
	json_int(line, "line", r->line);
	json_string(line, "message", r->message);
	json_int(line, "virtual_ns", r->virtual_ns);
	json_int(line, "packets", r->packets->len);
	return line;
}

static void write_tap(struct run_report *report, const struct suite_report *script)
{
	const struct script_result *r = script->result;
	bool ok = r->verdict == SCRIPT_PASS || r->verdict == SCRIPT_SKIP;

	printf("%s %u - %s%s\n", ok ? "ok" : "not ok", report->seen, script->path,
		r->verdict == SCRIPT_SKIP ? " # SKIP" : "");
	if (r->message != NULL)
		printf("  ---\n  line: %d\n  message: '%s'\n  ...\n", r->line,
			g_strdelimit(r->message, "'\n", ' '));
}

static void write_junit(FILE *out, const struct suite_report *script)
{
	const struct script_result *r = script->result;
	char *name = g_markup_escape_text(script->path, -1);
	char *message = g_markup_escape_text(r->message != NULL ? r->message : "", -1);
	char *detail = g_markup_escape_text(r->detail != NULL ? r->detail : "", -1);
	const char *tag = r->verdict == SCRIPT_FAIL ? "failure" : "error";

	fprintf(out, "<testcase classname=\"%s\" name=\"%s\" time=\"%.6f\"", script->profile, name,
		(double)script->wall_ns / 1e9);
	if (r->verdict == SCRIPT_PASS)
		fputs("/>\n", out);
	else if (r->verdict == SCRIPT_SKIP)
		fputs("><skipped/></testcase>\n", out);
	else
		fprintf(out, "><%s message=\"line %d: %s\">%s</%s></testcase>\n", tag, r->line,
			message, detail, tag);
	g_free(name);
	g_free(message);
	g_free(detail);
}

static void write_packets(struct run_report *report, const struct script_result *result)
{
	for (guint i = 0; i < result->packets->len; i++) {
		const struct script_crossing *crossing = g_ptr_array_index(result->packets, i);
		struct pcap_pkthdr header = {0};
		gsize len;
		const guint8 *bytes;

		if (crossing->bytes == NULL)
			continue;
		bytes = g_bytes_get_data(crossing->bytes, &len);
		header.ts.tv_sec = crossing->time_ns / 1000000000;
		header.ts.tv_usec =
			crossing->time_ns % 1000000000; /* nanoseconds in a file of nanoseconds */
		header.caplen = header.len = (bpf_u_int32)len;
		pcap_dump((guchar *)report->dumper, &header, bytes);
	}
}

static void write_ladder(const struct script_result *result)
{
	for (guint i = 0; i < result->packets->len; i++) {
		const struct script_crossing *c = g_ptr_array_index(result->packets, i);

		printf("  %4" G_GINT64_FORMAT ".%06d  %s %-60s", c->time_ns / 1000000000,
			(int)(c->time_ns % 1000000000 / 1000), c->outbound ? ">" : "<",
			c->text != NULL ? c->text + (c->outbound ? 0 : 2)
					: "(of another connection)");
		if (c->line > 0)
			printf("  line %d", c->line);
		putchar('\n');
	}
}

static void write_text(struct run_report *report, const struct suite_report *script)
{
	const struct script_result *r = script->result;
	gboolean wanted = terminal_wants_colour(stdout);
	const char *colour =
		terminal_colour(wanted, r->verdict == SCRIPT_PASS ? TERMINAL_GREEN : TERMINAL_RED);
	const char *plain = terminal_colour(wanted, TERMINAL_PLAIN);

	if (r->verdict == SCRIPT_PASS && !report->show_passed && !report->ladder &&
		r->warnings->len == 0)
		return;
	progress_end(&report->progress);
	printf("%s%-5s%s %s", colour, script_verdict_name(r->verdict), plain, script->path);
	if (r->line > 0)
		printf(":%d", r->line);
	if (r->message != NULL)
		printf(": %s\n", r->message);
	else
		printf("  (%.6f s, %u packets)\n", (double)r->virtual_ns / 1e9, r->packets->len);
	for (guint i = 0; i < r->warnings->len; i++)
		printf("  warning: line %s\n", (const char *)g_ptr_array_index(r->warnings, i));
	if (report->ladder)
		write_ladder(r);
	if (report->show_passed && r->output->len > 0)
		fputs(r->output->str, stdout);
	if (r->detail != NULL)
		fputs(r->detail, stdout);
}

static void write_failed(struct run_report *report, const struct suite_report *script)
{
	const struct script_result *r = script->result;

	if (r->verdict == SCRIPT_PASS || r->verdict == SCRIPT_SKIP)
		return;
	progress_end(&report->progress);
	printf("%s:%d: %s\n", script->path, r->line, r->message);
}

void run_report_script(void *context, const struct suite_report *script)
{
	struct run_report *report = context;

	report->seen++;
	count(report, script);
	if (report->junit != NULL)
		write_junit(output_stream(report->junit), script);
	if (report->dumper != NULL)
		write_packets(report, script->result);
	switch (report->style) {
	case RUN_TEXT: write_text(report, script); break;
	case RUN_FAILED: write_failed(report, script); break;
	case RUN_JSON: json_line_print(run_report_json(script)); break;
	case RUN_TAP: write_tap(report, script); break;
	}
}

void run_report_progress(void *context, unsigned finished, unsigned total)
{
	struct run_report *report = context;

	progress_step(&report->progress, "scripts", finished, total);
}

static void write_folders(struct run_report *report)
{
	if (report->folder_names->len < 2)
		return;
	putchar('\n');
	for (guint i = 0; i < report->folder_names->len; i++) {
		const char *name = g_ptr_array_index(report->folder_names, i);
		const struct folder_count *c = g_hash_table_lookup(report->folders, name);
		unsigned all = c->passed + c->failed + c->errors + c->skipped;

		printf("%5u of %5u  %s\n", c->passed, all, name);
	}
}

static void write_summary(struct run_report *report, int64_t wall_ns)
{
	const struct folder_count *t = &report->total;

	if (report->style == RUN_JSON) {
		struct json_line *line = json_line_new("run");

		json_int(line, "scripts", report->seen);
		json_int(line, "passed", t->passed);
		json_int(line, "failed", t->failed);
		json_int(line, "errors", t->errors);
		json_int(line, "skipped", t->skipped);
		json_int(line, "wall_ns", wall_ns);
		json_line_print(line);
	} else if (report->style == RUN_TEXT) {
		write_folders(report);
		printf("%s%u scripts: %u passed, %u failed, %u errors, %u skipped, in %.2f s\n",
			report->scripts > 1 ? "\n" : "", report->seen, t->passed, t->failed,
			t->errors, t->skipped, (double)wall_ns / 1e9);
	}
}

/* Ends a file beside the report; what could not be written is told. */
static bool end_output(struct output *output)
{
	char *why;

	if (output == NULL || output_close(output, &why))
		return true;
	command_error("%s", why);
	g_free(why);
	return false;
}

static bool end_files(struct run_report *report)
{
	bool good;

	if (report->junit != NULL)
		fputs("</testsuite>\n</testsuites>\n", output_stream(report->junit));
	good = end_output(report->junit);
	if (report->dumper != NULL)
		pcap_dump_close(report->dumper);
	if (report->pcap != NULL)
		pcap_close(report->pcap);
	return end_output(report->capture) && good;
}

static void report_free(struct run_report *report)
{
	g_ptr_array_unref(report->folder_names);
	g_hash_table_unref(report->folders);
	g_free(report);
}

void run_report_abandon(struct run_report *report)
{
	output_discard(report->junit);
	output_discard(report->capture);
	if (report->pcap != NULL)
		pcap_close(report->pcap);
	report_free(report);
}

int run_report_end(struct run_report *report)
{
	struct folder_count total = report->total;
	int64_t wall_ns = (g_get_monotonic_time() - report->start_us) * 1000;
	bool good;

	progress_end(&report->progress);
	write_summary(report, wall_ns);
	good = end_files(report);
	report_free(report);
	if (!good)
		return STATUS_USAGE;
	if (total.failed > 0)
		return STATUS_NO;
	return total.errors > 0 ? STATUS_USAGE : STATUS_OK;
}
