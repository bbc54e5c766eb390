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
	folder_remove(folder);
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
	r = run_line("run --junit %s/j --pcap /proc/nonexistent/p %s/a.pkt", folder, folder);
	cr_expect_eq(r.status, 2);
	cr_expect_str_eq(r.err,
		"tcpsim: /proc/nonexistent/p: cannot be written: No such file or directory\n");
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

/* --- what a script may read --- */

/* The folder: outside/secret, secret.sh, suite/{inside.sh,sub/...}, common/. Whatever a script in
 * suite/ does, the secret does not show. */
static void lay_out(void)
{
	char *line;

	write_file("secret", "TOP SECRET\n");
	write_file("secret.sh", "echo TOP SECRET; false\n");
	write_file("suite/inside.sh", "echo inside > /told\n");
	write_file("suite/text", "inside\n");
	write_file("suite/sub/deep.sh", "echo deep > /told\n");
	write_file("common/shared.sh", "echo shared > /told\n");
	write_file("common/secret", "TOP SECRET\n");
	line = g_strdup_printf("cd %s/suite && ln -s ../secret link && ln -s .. up && ln -s / root "
			       "&& ln -s text near && mkfifo pipe && "
			       "ln -s ../common linked && head -c 1100000 /dev/zero >large && "
			       "ln -s loop loop && ln -s ../../common/shared.sh sub/shared.sh",
		folder);
	cr_assert_eq(system(line), 0);
	g_free(line);
}

/* One command in a script of suite/. */
static struct command_result run_command(const char *where, const char *command)
{
	char *text = g_strdup_printf("0 `%s`\n", command);

	write_file("suite/a.pkt", text);
	g_free(text);
	return run_line("run %s/%s", folder, where);
}

static void expect_refused(const char *command, const char *told)
{
	struct command_result r = run_command("suite/a.pkt", command);

	cr_expect_eq(r.status, 1, "%s: status %d", command, r.status);
	cr_expect_null(strstr(r.out, "SECRET"), "%s", r.out);
	cr_expect_null(strstr(r.out, "root:"), "%s", r.out);
	cr_expect_not_null(strstr(r.out, told), "%s: %s", command, r.out);
	command_free(&r);
}

static void expect_read(const char *where, const char *command)
{
	struct command_result r = run_command(where, command);

	cr_expect_eq(r.status, 0, "%s: %s", command, r.out);
	command_free(&r);
}

#define OUT "leads out of what a script may read"

Test(run_limits, nothing_leads_out_of_the_folder)
{
	char *absolute = g_strdup_printf("cat %s/secret", folder);

	lay_out();
	expect_refused("cat ../secret", OUT);
	expect_refused("cat ../../../../../../../../../../etc/passwd", OUT);
	expect_refused("cat sub/../../secret", OUT);
	expect_refused("cat ./.././secret", OUT);
	expect_refused("grep -c TOP < ../secret", OUT);
	expect_refused("echo $(cat ../secret) && false", OUT);
	expect_refused("../secret.sh", OUT);
	expect_refused("cat /etc/passwd", "no such file on the simulated host");
	expect_refused(absolute, "no such file on the simulated host");
	expect_refused("cat /proc/self/environ", "no such file on the simulated host");
	expect_refused("cat /dev/zero", "no such file on the simulated host");
	expect_refused("test -f ../secret", "exited with status 1");
	g_free(absolute);
}

Test(run_limits, no_link_leads_out_of_the_folder)
{
	lay_out();
	expect_refused("cat link", OUT);
	expect_refused("cat up/secret", OUT);
	expect_refused("cat up/suite/text/../../secret", OUT);
	expect_refused("cat root/etc/passwd", OUT);
	expect_refused("cat root/dev/zero", OUT);
	expect_refused("cat loop", OUT);
}

Test(run_limits, only_regular_files_of_a_megabyte_are_read)
{
	lay_out();
	expect_refused("cat pipe", "pipe: no regular file");
	expect_refused("cat sub", "sub: no regular file");
	expect_refused("cat large", "large: larger than the 1 MB");
	expect_refused("cat nothing", "nothing: no such file beside the script");
	expect_refused("cat text/more", "no such file beside the script");
}

Test(run_limits, files_below_the_folder_are_read)
{
	lay_out();
	expect_read("suite/a.pkt", "grep -q inside text && grep -q inside ./sub/../text");
	expect_read("suite/a.pkt", "./inside.sh && grep -q inside /told");
	expect_read("suite/a.pkt", "sub/deep.sh && grep -q deep /told");
	expect_read("suite/a.pkt", "grep -q inside near && test -f text && test -f near");
}

/* Shell files that all of a suite share lie beside its folders, links to them included. */
Test(run_limits, a_common_folder_above_is_for_shell_files)
{
	lay_out();
	expect_read("suite/a.pkt", "../common/shared.sh && grep -q shared /told");
	expect_read("suite/a.pkt", "linked/shared.sh && grep -q shared /told");
	expect_read("suite/a.pkt", "sub/shared.sh && grep -q shared /told");
	expect_refused("cat ../common/secret", OUT);
	expect_refused("cat linked/secret", OUT);
	expect_refused("cat ../common/../secret.sh", OUT);
}

/* The folder that was named is the root of all that was found in it. */
Test(run_limits, a_folder_is_the_root_of_its_scripts)
{
	struct command_result r;

	lay_out();
	write_file("suite/sub/b.pkt", "0 `grep -q inside ../text`\n");
	write_file("suite/sub/c.pkt", "0 `cat ../../secret`\n");
	r = run_line("run --failed %s/suite", folder);
	cr_expect_eq(r.status, 1);
	cr_expect_null(strstr(r.out, "b.pkt"), "%s", r.out);
	cr_expect_not_null(strstr(r.out, "c.pkt:1: "), "%s", r.out);
	cr_expect_null(strstr(r.out, "SECRET"), "%s", r.out);
	command_free(&r);
	r = run_line("run %s/suite/sub/b.pkt", folder);
	cr_expect_eq(r.status, 1, "named alone, it sees its own folder");
	command_free(&r);
}

/* The script itself: its text shows in messages. */
Test(run_limits, a_folder_with_a_link_in_it_shows_nothing_else)
{
	struct command_result r;
	char *line;

	lay_out();
	write_file("suite/a.pkt", PASSES);
	line = g_strdup_printf(
		"cd %s/suite && ln -s ../secret b.pkt && mkfifo c.pkt && ln -s /dev/zero "
		"d.pkt && ln -s a.pkt e.pkt",
		folder);
	cr_assert_eq(system(line), 0);
	r = run_line("run --tap %s/suite", folder);
	cr_expect_eq(r.status, 2);
	cr_expect_null(strstr(r.out, "SECRET"), "%s", r.out);
	cr_expect_not_null(strstr(r.out, "b.pkt\n  ---\n  line: 0\n  message: 'a link that leads"),
		"%s", r.out);
	cr_expect_not_null(strstr(r.out, "cannot be read (no regular file)"), "%s", r.out);
	cr_expect_not_null(strstr(r.out, "e.pkt\n"), "a link within is another script");
	cr_expect_null(strstr(r.out, "suite/root"), "links to folders are not entered");
	g_free(line);
	command_free(&r);
}

Test(run_limits, a_script_without_an_end_is_refused)
{
	struct command_result r = run_line("run /dev/zero");

	cr_expect_eq(r.status, 2);
	cr_expect_not_null(
		strstr(r.out, "larger than the 1 MB that a script may have"), "%s", r.out);
	command_free(&r);
}

/* --- what a script does to the process that runs it --- */

/* A real program stands for an error of ours: it kills the process that runs the script, by the
 * signal of a failed assertion, which no sanitizer takes for a finding of its own. */
Test(run_limits, one_script_that_crashes_is_one_error_with_its_line)
{
	struct command_result r;

	write_file("suite/kill.sh", "true\n");
	write_file("suite/a.pkt", "0 `true`\n+1 `sh -c \"kill -ABRT \\$PPID\"`\n");
	r = run_line("run --allow-shell %s/suite/a.pkt", folder);
	cr_expect_eq(r.status, 2);
	cr_expect_not_null(
		strstr(r.out, "a.pkt:2: the program was killed by signal 6"), "%s", r.out);
	command_free(&r);
	write_file("suite/b.pkt", PASSES);
	r = run_line("run --allow-shell --explain %s/suite", folder);
	cr_expect_eq(r.status, 2);
	cr_expect_not_null(strstr(r.out, "2 scripts: 1 passed, 0 failed, 1 errors"), "%s", r.out);
	command_free(&r);
}

Test(run_limits, a_script_that_computes_for_ever_is_stopped)
{
	struct command_result r;

	/* What the timer sends. */
	write_file("suite/a.pkt", "0 `true`\n+1 `sh -c \"kill -PROF \\$PPID\"`\n");
	r = run_line("run --allow-shell %s/suite/a.pkt", folder);
	cr_expect_eq(r.status, 2);
	cr_expect_not_null(strstr(r.out, "a.pkt:2: the script does not end"), "%s", r.out);
	command_free(&r);
}

/* The packets of a script that ran in a process of its own. */
Test(run_limits, packets_come_home_from_the_process)
{
	struct command_result r;
	char *path = g_build_filename(folder, "p", NULL), *text;
	gsize len;

	write_file("a.pkt",
		"0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 bind(3, ..., ...) = 0\n"
		"+0 listen(3, 1) = 0\n+0 < S 7:7(0) win 1000 <mss 1000>\n"
		"+0 > S. 0:0(0) ack 8 <...>\n");
	r = run_line("run --explain --pcap %s %s/a.pkt", path, folder);
	cr_expect_eq(r.status, 0, "%s", r.out);
	cr_expect_not_null(strstr(r.out, "< S 7:7(0) win 1000 <mss 1000>"), "%s", r.out);
	cr_assert(g_file_get_contents(path, &text, &len, NULL));
	cr_expect_geq(len, 24 + 2 * (16 + 44), "two packets of a capture: %zu", len);
	g_free(text);
	g_free(path);
	command_free(&r);
}
