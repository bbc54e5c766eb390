/* tcpsim run: what a script must not do to the machine, and what a full disk must not look like. */
#include <criterion/criterion.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "support/command.h"

static char *folder; /* a fresh one for each test */

static void set_up(void)
{
	folder = g_dir_make_tmp("tcpsim-limits-XXXXXX", NULL);
}

static void tear_down(void)
{
	char *line = g_strdup_printf("rm -rf %s", folder);

	cr_assert_eq(system(line), 0);
	g_free(line);
	g_free(folder);
}

TestSuite(run_limits, .init = set_up, .fini = tear_down);

static struct command_result run_line(const char *format, ...) G_GNUC_PRINTF(1, 2);

static struct command_result run_line(const char *format, ...)
{
	struct command_result result;
	va_list args;
	char *line;

	va_start(args, format);
	line = g_strdup_vprintf(format, args);
	va_end(args);
	result = command_run(line);
	g_free(line);
	return result;
}

/* A file in the test's folder, with the folders that lead to it. */
static void write_file(const char *name, const char *text)
{
	char *path = g_build_filename(folder, name, NULL), *parent = g_path_get_dirname(path);

	g_mkdir_with_parents(parent, 0777);
	cr_assert(g_file_set_contents(path, text, -1, NULL));
	g_free(parent);
	g_free(path);
}

#define PASSES "0 `true`\n"
#define FAILS  "0 `false`\n"

/* --- a full disk --- */

static void expect_lost(struct command_result r, const char *name)
{
	char *told =
		g_strdup_printf("tcpsim: %s: cannot be written: No space left on device\n", name);

	cr_expect_eq(r.status, 2, "%s: status %d", name, r.status);
	cr_expect_str_eq(r.err, told);
	g_free(told);
	command_free(&r);
}

Test(run_limits, every_output_is_checked)
{
	write_file("a.pkt", PASSES);
	expect_lost(run_line("run --junit /dev/full %s/a.pkt", folder), "/dev/full");
	expect_lost(run_line("run --pcap /dev/full %s/a.pkt", folder), "/dev/full");
	expect_lost(run_line("run %s/a.pkt >/dev/full", folder), "standard output");
	expect_lost(run_line("run --json %s/a.pkt >/dev/full", folder), "standard output");
	expect_lost(run_line("run --tap %s/a.pkt >/dev/full", folder), "standard output");
	expect_lost(run_line("run --explain %s/a.pkt >/dev/full", folder), "standard output");
	expect_lost(run_line("run --format %s/a.pkt >/dev/full", folder), "standard output");
}

/* What the scripts did is not known to whoever reads the report: it is not the answer. */
Test(run_limits, a_lost_report_counts_more_than_a_failed_script)
{
	write_file("a.pkt", FAILS);
	expect_lost(run_line("run --json %s/a.pkt >/dev/full", folder), "standard output");
	expect_lost(run_line("run --junit /dev/full %s/a.pkt", folder), "/dev/full");
}

Test(run_limits, no_empty_file_stays_when_nothing_was_run)
{
	struct command_result r;
	char *path = g_build_filename(folder, "j", NULL);

	write_file("a.pkt", PASSES);
	r = run_line("run --junit %s/j --pcap /nonexistent/p %s/a.pkt", folder, folder);
	cr_expect_eq(r.status, 2);
	cr_expect_str_eq(
		r.err, "tcpsim: /nonexistent/p: cannot be written: No such file or directory\n");
	cr_expect_not(g_file_test(path, G_FILE_TEST_EXISTS));
	g_free(path);
	command_free(&r);
}

/* A disk that fills up in the middle: nothing that looks like a report stays. */
Test(run_limits, half_a_file_is_removed)
{
	struct command_result r;
	GString *text = g_string_new("0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n"
				     "+0 bind(3, ..., ...) = 0\n+0 listen(3, 1) = 0\n");
	char *path;

	for (int i = 0; i < 200; i++)
		g_string_append(text, "+0 < . 1:1(0) ack 1 win 100\n");
	write_file("many.pkt", text->str);
	r = run_line("help >/dev/null; ulimit -f 1; \"$TCPSIM\" run --pcap %s/p --junit %s/j "
		     "%s/many.pkt",
		folder, folder, folder);
	cr_expect_eq(r.status, 2, "%d", r.status);
	cr_expect_not_null(strstr(r.err, "/p: cannot be written: File too large\n"), "%s", r.err);
	path = g_build_filename(folder, "p", NULL);
	cr_expect_not(g_file_test(path, G_FILE_TEST_EXISTS));
	g_free(path);
	path = g_build_filename(folder, "j", NULL);
	cr_expect(g_file_test(path, G_FILE_TEST_EXISTS), "the other one was written whole");
	g_free(path);
	g_string_free(text, TRUE);
	command_free(&r);
}
