/*
 * What the program writes is whole or not there, and it says so: every command that writes a file,
 * onto a full device, into a folder that takes nothing, and with each of its writes failing in turn
 * (a limit on the file's size makes the n-th write of 4 KB fail, as a disk that fills up does).
 */
#include <criterion/criterion.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>

#include "support/command.h"

#define SAMPLES "$TCPSIM_SOURCE/traces/samples/"
#define SCRIPTS "$TCPSIM_SOURCE/tests/scripts/"
#define WORLDS	"$TCPSIM_SOURCE/docs/worlds/"

/* A command line with %s for the file that it writes. */
static const struct writer {
	const char *line, *name;
	bool is_folder;
} WRITERS[] = {
	{"replay --html %s " SAMPLES "linux-overflow.pcap", "page.html", false},
	{"simulate --html %s " WORLDS "half-close.world", "world.html", false},
	{"run --junit %s " SCRIPTS "linux", "report.xml", false},
	{"run --pcap %s " SCRIPTS "linux", "packets.pcap", false},
	{"simulate --events %s " WORLDS "half-close.world", "events.json", false},
	{"simulate --json --pcap %s " WORLDS "half-close.world", "captures", true},
};

static char *folder;

static void set_up(void)
{
	folder = g_dir_make_tmp("tcpsim-outputs-XXXXXX", NULL);
}

static void empty(const char *path)
{
	GDir *dir = g_dir_open(path, 0, NULL);
	const char *name;

	while (dir && (name = g_dir_read_name(dir))) {
		char *inside = g_build_filename(path, name, NULL);

		if (g_file_test(inside, G_FILE_TEST_IS_DIR))
			empty(inside);
		g_remove(inside);
		g_free(inside);
	}
	if (dir)
		g_dir_close(dir);
}

static void tear_down(void)
{
	empty(folder);
	g_rmdir(folder);
	g_free(folder);
}

TestSuite(outputs, .init = set_up, .fini = tear_down);

/* How many regular files lie in and below the folder. */
static unsigned files_in(const char *path)
{
	GDir *dir = g_dir_open(path, 0, NULL);
	const char *name;
	unsigned n = 0;

	while (dir && (name = g_dir_read_name(dir))) {
		char *inside = g_build_filename(path, name, NULL);

		n += g_file_test(inside, G_FILE_TEST_IS_DIR) ? files_in(inside) : 1;
		g_free(inside);
	}
	if (dir)
		g_dir_close(dir);
	return n;
}

static struct command_result run_to(const struct writer *w, const char *path)
{
	char **parts = g_strsplit(w->line, "%s", 2);
	char *line = g_strconcat(parts[0], path, parts[1], NULL);
	struct command_result r = command_run(line);

	g_strfreev(parts);
	g_free(line);
	return r;
}

Test(outputs, a_full_device_is_told_by_name)
{
	for (gsize i = 0; i < G_N_ELEMENTS(WRITERS); i++) {
		if (WRITERS[i].is_folder)
			continue;
		struct command_result r = run_to(&WRITERS[i], "/dev/full");

		cr_expect_eq(r.status, 2, "%s: %d", WRITERS[i].line, r.status);
		cr_expect_not_null(strstr(r.err, "tcpsim: /dev/full: cannot be written: "),
			"%s: %s", WRITERS[i].line, r.err);
		command_free(&r);
	}
}

Test(outputs, standard_output_is_checked_too)
{
	static const char *const LINES[] = {"replay --json " SAMPLES "linux-overflow.pcap",
		"replay " SAMPLES "linux-overflow.pcap", "run " SCRIPTS "bsd44",
		"simulate " WORLDS "half-close.world"};

	for (gsize i = 0; i < G_N_ELEMENTS(LINES); i++) {
		char *line = g_strconcat(LINES[i], " > /dev/full", NULL);
		struct command_result r = command_run(line);

		cr_expect_eq(r.status, 2, "%s: %d", line, r.status);
		cr_expect_not_null(
			strstr(r.err, "tcpsim: standard output: cannot be written"), "%s", r.err);
		command_free(&r);
		g_free(line);
	}
}

static void limit_files(rlim_t bytes)
{
	struct rlimit limit;

	getrlimit(RLIMIT_FSIZE, &limit);
	limit.rlim_cur = MIN(bytes, limit.rlim_max);
	cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* What is left after a failure is what was there before: nothing, or another file of the same run
 * that is whole. */
static void expect_whole_or_not_there(const char *left, const char *whole, const char *what)
{
	GDir *dir = g_dir_open(left, 0, NULL);
	const char *name;

	while (dir && (name = g_dir_read_name(dir))) {
		char *a = g_build_filename(left, name, NULL),
		     *b = g_build_filename(whole, name, NULL);
		char *bytes_a = NULL, *bytes_b = NULL;
		gsize n_a = 0, n_b = 0;

		cr_expect(g_file_get_contents(a, &bytes_a, &n_a, NULL) &&
				  g_file_get_contents(b, &bytes_b, &n_b, NULL) && n_a == n_b &&
				  memcmp(bytes_a, bytes_b, n_a) == 0,
			"%s: %s is there, and not whole", what, name);
		g_free(bytes_a);
		g_free(bytes_b);
		g_free(a);
		g_free(b);
	}
	if (dir)
		g_dir_close(dir);
}

/* Returns whether all could be written within the limit. */
static bool try_within(const struct writer *w, rlim_t bytes, const char *whole)
{
	char *place = g_build_filename(folder, "tried", NULL);
	char *path = g_build_filename(place, w->is_folder ? NULL : w->name, NULL);

	g_mkdir(place, 0777);
	limit_files(bytes);
	struct command_result r = run_to(w, path);
	limit_files(RLIM_INFINITY);
	bool done = r.status == 0;
	/* by its name, the file or one of the folder; what the run keeps in memory is no file, and
	 * is told besides */
	char *named = g_strdup_printf("tcpsim: %s%s", path, w->is_folder ? "/" : ": ");
	if (!done) {
		cr_expect_eq(r.status, 2, "%s within %lu bytes: %d %s", w->line,
			(unsigned long)bytes, r.status, r.err);
		cr_expect_not_null(strstr(r.err, ": cannot be written: File too large"), "%s: %s",
			w->line, r.err);
		cr_expect(strstr(r.err, named) ||
				  (files_in(place) && strstr(r.err, " saw (kept in memory")),
			"%s: %s", w->line, r.err);
		expect_whole_or_not_there(place, whole, w->line);
	}
	command_free(&r);
	empty(place);
	g_rmdir(place);
	g_free(named);
	g_free(path);
	g_free(place);
	return done;
}

Test(outputs, whichever_write_fails_nothing_half_written_is_left)
{
	signal(SIGXFSZ, SIG_IGN);
	for (gsize i = 0; i < G_N_ELEMENTS(WRITERS); i++) {
		char *whole = g_build_filename(folder, "whole", NULL);
		char *path = g_build_filename(
			whole, WRITERS[i].is_folder ? NULL : WRITERS[i].name, NULL);
		unsigned failed = 0;

		g_mkdir(whole, 0777);
		struct command_result r = run_to(&WRITERS[i], path);
		cr_expect_eq(r.status, 0, "%s: %s", WRITERS[i].line, r.err);
		command_free(&r);
		while (!try_within(&WRITERS[i], failed * 4096 + failed % 2, whole) && failed < 1000)
			failed++;
		cr_expect_gt(failed, 0, "%s", WRITERS[i].line);
		cr_expect_lt(failed, 1000);
		empty(whole);
		g_rmdir(whole);
		g_free(path);
		g_free(whole);
	}
}

Test(outputs, an_old_file_is_replaced)
{
	char *path = g_build_filename(folder, "page.html", NULL), *text;

	g_file_set_contents(path, "old", 3, NULL);
	struct command_result r = run_to(&WRITERS[0], path);
	cr_expect_eq(r.status, 0, "%s", r.err);
	command_free(&r);
	g_file_get_contents(path, &text, NULL, NULL);
	cr_expect(g_str_has_prefix(text, "<!DOCTYPE html>"));
	cr_expect(g_str_has_suffix(text, "</html>\n"));
	g_free(text);
	cr_expect_eq(files_in(folder), 1);
	g_free(path);
}
