/*
 * Grids in parts: shards have no run in common and together are the whole, what is kept is not run
 * again, an interrupted grid goes on, files are merged, and a table has the means that the runs have.
 */
#include <criterion/criterion.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <math.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "support/command.h"

static char *folder; /* a fresh one for each test, with small.world in it */

static const char WORLD[] = "[world]\nuntil = 20 s\n[host a]\n[host b]\n"
			    "[link a b]\nrate = 10 Mbit/s\ndelay = 5 ms\nthere.loss = 5 %\n"
			    "[program sink]\nhost = b\ndoes = sink\n"
			    "[program send]\nhost = a\ndoes = source\nto = b:80\nbytes = 30 kB\n";
#define GRID "simulate --json --sweep 'delay=5 ms,20 ms' --seeds 6 "

static char *path_of(const char *name)
{
	return g_build_filename(folder, name, NULL);
}

static void write_text(const char *name, const char *text)
{
	char *path = path_of(name);

	cr_assert(g_file_set_contents(path, text, -1, NULL));
	g_free(path);
}

static void set_up(void)
{
	folder = g_dir_make_tmp("tcpsim-scale-XXXXXX", NULL);
	cr_assert_eq(g_chdir(folder), 0);
	g_unsetenv("SLURM_ARRAY_TASK_ID");
	g_unsetenv("SLURM_ARRAY_TASK_COUNT");
	write_text("small.world", WORLD);
}

static void tear_down(void)
{
	folder_remove(folder);
}

TestSuite(scale, .init = set_up, .fini = tear_down);

/* What it prints; it must end with that status. */
static char *told(int status, const char *format, ...) G_GNUC_PRINTF(2, 3);

static char *told(int status, const char *format, ...)
{
	struct command_result result;
	va_list args;
	char *line, *text;

	va_start(args, format);
	line = g_strdup_vprintf(format, args);
	va_end(args);
	result = command_run(line);
	cr_assert_eq(result.status, status, "%s: status %d: %s", line, result.status, result.err);
	text = g_strconcat(result.out, result.err, NULL);
	command_free(&result);
	g_free(line);
	return text;
}

static void expect_complaint(const char *line, const char *words)
{
	char *text = told(2, "%s", line);

	cr_expect(strstr(text, words), "%s: says: %s", line, text);
	g_free(text);
}

/* The lines of a text, sorted. */
static char *sorted(const char *text)
{
	char **lines = g_strsplit(text, "\n", -1), *joined;

	for (guint n = g_strv_length(lines), i = 1; i < n; i++) {
		for (guint j = i; j > 0 && strcmp(lines[j - 1], lines[j]) > 0; j--) {
			char *other = lines[j];

			lines[j] = lines[j - 1];
			lines[j - 1] = other;
		}
	}
	joined = g_strjoinv("\n", lines);
	g_strfreev(lines);
	return joined;
}

static void expect_same_lines(const char *a, const char *b, const char *what)
{
	char *sorted_a = sorted(a), *sorted_b = sorted(b);

	cr_expect_str_eq(g_strstrip(sorted_a), g_strstrip(sorted_b), "%s", what);
	g_free(sorted_a);
	g_free(sorted_b);
}

/* A question to a file of runs, or an order. */
static gint64 ask(const char *name, const char *question)
{
	sqlite3_stmt *statement;
	sqlite3 *db;
	gint64 value = -1;

	cr_assert_eq(sqlite3_open(name, &db), SQLITE_OK);
	cr_assert_eq(sqlite3_prepare_v2(db, question, -1, &statement, NULL), SQLITE_OK, "%s",
		sqlite3_errmsg(db));
	if (sqlite3_step(statement) == SQLITE_ROW)
		value = sqlite3_column_int64(statement, 0);
	cr_assert_eq(sqlite3_finalize(statement), SQLITE_OK);
	sqlite3_close(db);
	return value;
}

/* --- shards --- */

Test(scale, shards_are_the_whole_and_share_nothing)
{
	char *whole = told(0, GRID "small.world");
	GString *from_0 = g_string_new(NULL), *from_1 = g_string_new(NULL),
		*slurm = g_string_new(NULL);

	for (int i = 0; i < 5; i++) {
		char *a = told(0, GRID "small.world --shard %d/5", i),
		     *b = told(0, GRID "small.world --shard %d/5", i + 1), *id, *c;

		/* sbatch --array=10-18:2 */
		id = g_strdup_printf("%d", 10 + 2 * i);
		g_setenv("SLURM_ARRAY_TASK_ID", id, TRUE);
		g_setenv("SLURM_ARRAY_TASK_COUNT", "5", TRUE);
		g_setenv("SLURM_ARRAY_TASK_MIN", "10", TRUE);
		g_setenv("SLURM_ARRAY_TASK_STEP", "2", TRUE);
		c = told(0, GRID "small.world");
		g_unsetenv("SLURM_ARRAY_TASK_ID");
		g_unsetenv("SLURM_ARRAY_TASK_COUNT");
		cr_expect_gt(strlen(a), 100, "shard %d is empty", i);
		g_string_append(from_0, a);
		g_string_append(from_1, b);
		g_string_append(slurm, c);
		g_free(a);
		g_free(b);
		g_free(c);
		g_free(id);
	}
	expect_same_lines(from_0->str, whole, "0/5 to 4/5");
	expect_same_lines(from_1->str, whole, "1/5 to 5/5");
	expect_same_lines(slurm->str, whole, "an array of 5 tasks");
	g_string_free(from_0, TRUE);
	g_string_free(from_1, TRUE);
	g_string_free(slurm, TRUE);
	g_free(whole);
}

Test(scale, what_is_no_shard_is_told)
{
	expect_complaint(GRID "small.world --shard 6/5", "'6/5'");
	expect_complaint(GRID "small.world --shard 1", "'1'");
	expect_complaint(GRID "small.world --shard 1/0", "'1/0'");
	expect_complaint(GRID "small.world --shard -1/4", "'-1/4'");
	expect_complaint("simulate small.world --shard 0/2", "--sweep");
	expect_complaint("compare --shard 0/2 .", "--generate");
	/* sbatch --array=1,7,9: the 7 is not the seventh of anything. */
	g_setenv("SLURM_ARRAY_TASK_ID", "7", TRUE);
	g_setenv("SLURM_ARRAY_TASK_COUNT", "3", TRUE);
	g_setenv("SLURM_ARRAY_TASK_MIN", "1", TRUE);
	expect_complaint(GRID "small.world", "holes");
	g_setenv("SLURM_ARRAY_TASK_ID", "seven", TRUE);
	expect_complaint(GRID "small.world", "SLURM_ARRAY_TASK_ID");
}

/* --- runs that are kept --- */

/* A reader that goes away is a kill: at any line, whatever was under way. */
Test(scale, an_interrupted_grid_goes_on)
{
	char *whole = told(0, GRID "small.world"), *rest;

	for (int lines = 1; lines < 12; lines += 3) {
		char *part = told(0, GRID "small.world --db i.db | head -n %d", lines);

		cr_expect(g_str_has_prefix(whole, part));
		g_free(part);
	}
	rest = told(0, GRID "small.world --db i.db");
	cr_expect_str_eq(rest, whole);
	cr_expect_eq(ask("i.db", "SELECT count(*) FROM run"), 12);
	g_free(whole);
	g_free(rest);
}

/* Whether it is the file that speaks is seen by a word that only the file has. */
#define MARK "UPDATE run SET result = replace(result, '\"type\":\"run\"', '\"type\":\"kept\"')"

static int kept_lines(const char *text)
{
	int n = 0;

	for (const char *at = text; (at = strstr(at, "\"type\":\"kept\"")); at++)
		n++;
	return n;
}

Test(scale, what_is_kept_is_not_run_again_until_the_world_changes)
{
	char *text = told(0, GRID "small.world --db k.db"), *changed, *commented;

	cr_expect_eq(kept_lines(text), 0);
	g_free(text);
	ask("k.db", MARK);
	text = told(0, GRID "small.world --db k.db");
	cr_expect_eq(kept_lines(text), 12);
	g_free(text);
	text = told(0, "simulate --json --sweep 'delay=5 ms,9 ms' --seeds 7 small.world --db k.db");
	cr_expect_eq(kept_lines(text), 6, "of 14 runs, 6 are of the grid before");
	g_free(text);
	commented = g_strconcat("# a comment changes nothing\n", WORLD, NULL);
	write_text("small.world", commented);
	text = told(0, GRID "small.world --db k.db");
	cr_expect_eq(kept_lines(text), 12);
	g_free(text);
	changed = g_strconcat(WORLD, "half-close = yes\n", NULL);
	write_text("small.world", changed);
	text = told(0, GRID "small.world --db k.db");
	cr_expect_eq(kept_lines(text), 0, "another world under the old name");
	g_free(text);
	g_free(changed);
	g_free(commented);
}

/* A profile that stands in a file is a part of the world. */
Test(scale, a_profile_that_changes_is_another_world)
{
	char *text;

	write_text("p.world", "[world]\nuntil = 5 s\n[host a]\nprofile = our.profile\n[host b]\n"
			      "[link a b]\n[program s]\nhost = b\ndoes = sink\n"
			      "[program c]\nhost = a\ndoes = source\nto = b:80\n");
	write_text("our.profile", "name = our\nfrom = linux\ninitial_window = 2\n");
	g_free(told(0, "simulate --json --seeds 2 p.world --db p.db"));
	ask("p.db", MARK);
	text = told(0, "simulate --json --seeds 2 p.world --db p.db");
	cr_expect_eq(kept_lines(text), 2);
	g_free(text);
	write_text("our.profile", "name = our\nfrom = linux\ninitial_window = 3\n");
	text = told(0, "simulate --json --seeds 2 p.world --db p.db");
	cr_expect_eq(kept_lines(text), 0);
	g_free(text);
}

/* What a script has its shell read is a part of it, and what that reads. That what is kept speaks is
 * seen by its saying the opposite. */
Test(scale, a_shell_file_that_changes_is_another_script)
{
	static const char *const FILES[] = {"first.sh", "second.sh"};

	write_text("s.pkt", "`./first.sh`\n0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n");
	write_text("first.sh", "./second.sh\n");
	write_text("second.sh", "sysctl -q net.ipv4.tcp_sack=1\n");
	g_free(told(0, "run --json s.pkt --db s.db"));
	for (int i = 1; i >= 0; i--) {
		ask("s.db", "UPDATE run SET result = replace(result, '\"result\":\"pass\"', "
			    "'\"result\":\"fail\"')");
		g_free(told(1, "run --json s.pkt --db s.db"));
		write_text(FILES[i], i ? "sysctl -q net.ipv4.tcp_sack=0\n" : "true\n");
		g_free(told(0, "run --json s.pkt --db s.db"));
	}
}

Test(scale, what_is_no_file_of_runs_is_left_alone)
{
	gsize len;
	char *text;

	write_text("letter.db", "Dear Sir or Madam, this is no database at all.");
	expect_complaint(GRID "small.world --db letter.db", "letter.db");
	cr_assert(g_file_get_contents("letter.db", &text, &len, NULL));
	cr_expect_str_eq(text, "Dear Sir or Madam, this is no database at all.");
	g_free(text);
	ask("other.db", "CREATE TABLE run (a)");
	expect_complaint(GRID "small.world --db other.db", "no file of runs");
	expect_complaint(GRID "small.world --db nowhere/x.db", "nowhere/x.db");
	expect_complaint("table nothing.db", "nothing.db");
	expect_complaint("merge -o m.db nothing.db", "nothing.db: cannot be read: No such file");
	expect_complaint("merge -o m.db other.db nothing.db", "no file of runs");
	cr_expect(!g_file_test("m.db", G_FILE_TEST_EXISTS));
	expect_complaint("simulate small.world --db x.db", "--seeds 1");
	expect_complaint("replay --db x.db -", "standard input");
	expect_complaint("run --explain --db x.db small.world", "--explain");
}

/* Two at once, one file. */
Test(scale, shards_may_share_a_file)
{
	g_free(told(0, "--version; for i in 0 1 2 3; do $TCPSIM " GRID
		       "small.world --db s.db --shard $i/4 >/dev/null & done; wait"));
	cr_expect_eq(ask("s.db", "SELECT count(*) FROM run"), 12);
}

/* --- merging and tables --- */

Test(scale, merged_shards_are_the_whole)
{
	char *whole = told(0, GRID "small.world --db whole.db"), *all, *text;

	for (int i = 0; i < 3; i++)
		g_free(told(0, GRID "small.world --db part%d.db --shard %d/3", i, i));
	text = told(0, "merge -o all.db part0.db part1.db part2.db whole.db");
	cr_expect_str_eq(text,
		"part0.db: 4 runs, 4 of them new\npart1.db: 4 runs, 4 of them new\n"
		"part2.db: 4 runs, 4 of them new\nwhole.db: 12 runs, 0 of them new\n");
	all = told(0, GRID "small.world --db all.db");
	cr_expect_str_eq(all, whole);
	g_free(text);
	/* The same run with another result is told, and the first stays. */
	ask("part1.db", MARK);
	text = told(1, "merge all.db part1.db");
	cr_expect(strstr(text, "4 runs have another result"), "%s", text);
	cr_expect_eq(ask("all.db", "SELECT count(*) FROM run WHERE result LIKE '%kept%'"), 0);
	g_free(text);
	g_free(all);
	g_free(whole);
}

/* Mean and half width of what the runs of one delay say, by the book: t of 5 degrees is 2.5706. */
static void expected(const char *lines, const char *delay, double *mean, double *half)
{
	char **line = g_strsplit(lines, "\n", -1);
	double sum = 0, squares = 0, value[6];
	int n = 0;

	for (guint i = 0; line[i] && line[i][0]; i++) {
		JsonNode *node = json_from_string(line[i], NULL);
		JsonObject *o = json_node_get_object(node),
			   *sweep = json_object_get_object_member(o, "sweep");

		if (strcmp(json_object_get_string_member(sweep, "delay"), delay) == 0)
			value[n++] = (double)json_object_get_int_member(o, "packets");
		json_node_unref(node);
	}
	cr_assert_eq(n, 6);
	for (int i = 0; i < n; i++)
		sum += value[i];
	*mean = sum / n;
	for (int i = 0; i < n; i++)
		squares += (value[i] - *mean) * (value[i] - *mean);
	*half = 2.5706 * sqrt(squares / (n - 1) / n);
	g_strfreev(line);
}

Test(scale, a_table_has_means_and_intervals)
{
	char *lines = told(0, GRID "small.world --db t.db"),
	     *csv = told(0, "table --csv --by delay --of packets t.db"), **row, **cell;
	double mean, half;

	row = g_strsplit(csv, "\n", -1);
	cr_assert_str_eq(row[0], "delay,runs,packets,packets_ci95");
	for (int i = 0; i < 2; i++) {
		cell = g_strsplit(row[1 + i], ",", -1);
		cr_assert_eq(g_strv_length(cell), 4);
		cr_expect_str_eq(cell[0], i ? "20 ms" : "5 ms", "numbers in their order");
		cr_expect_str_eq(cell[1], "6");
		expected(lines, cell[0], &mean, &half);
		cr_expect_float_eq(g_ascii_strtod(cell[2], NULL), mean, 1e-6);
		cr_expect_gt(half, 0.1);
		cr_expect_float_eq(g_ascii_strtod(cell[3], NULL), half, half * 1e-3);
		g_strfreev(cell);
	}
	expect_complaint("table --by dealy t.db", "did you mean delay?");
	expect_complaint("table --of packet t.db", "did you mean packets?");
	expect_complaint("table --only replay t.db", "no runs of replay");
	expect_complaint("table --csv --json t.db", "not both");
	g_strfreev(row);
	g_free(csv);
	g_free(lines);
}

/* The names of inputs are theirs who wrote them: nothing in one is a command to gnuplot. */
Test(scale, a_table_is_drawn)
{
	char *gnuplot = g_find_program_in_path("gnuplot"), *picture = NULL;

	g_free(told(0, GRID "small.world --db t.db"));
	expect_complaint("table --plot t.jpg t.db", ".svg, .png or .pdf");
	if (!gnuplot) {
		expect_complaint("table --plot t.svg t.db", "needs gnuplot");
		cr_skip_test("gnuplot is not here (Debian: gnuplot-nox)");
	}
	write_text("`touch ran`'\"$(touch ran).world", WORLD);
	g_free(told(
		0, "simulate --json --seeds 2 --db t.db '`touch ran`'\\''\"$(touch ran).world'"));
	g_free(told(0, "table --by input,delay --of packets,failed --plot t.svg t.db"));
	cr_assert(g_file_get_contents("t.svg", &picture, NULL, NULL));
	cr_expect_not_null(strstr(picture, ">packets<"));
	cr_expect_not_null(strstr(picture, "20 ms"));
	cr_expect_not(g_file_test("ran", G_FILE_TEST_EXISTS));
	expect_complaint("table --plot none/t.svg t.db", "No such file or directory");
	g_free(picture);
	g_free(gnuplot);
}

/* --- scripts, captures, scenarios --- */

Test(scale, scripts_are_told_from_the_file_as_they_were)
{
	char *first, *again, *plain;

	write_text("a.pkt", "0 `true`\n");
	write_text("b.pkt", "0 `false`\n");
	write_text("c.pkt", "0 `true`\n");
	g_free(told(1, "run --db r.db a.pkt b.pkt"));
	plain = told(1, "run --tap a.pkt b.pkt c.pkt");
	first = told(1, "run --tap --db r.db a.pkt b.pkt c.pkt");
	cr_expect_str_eq(first, plain);
	ask("r.db", "UPDATE run SET result = replace(result, '\"result\":\"fail\"', "
		    "'\"result\":\"pass\"')");
	again = told(0, "run --tap --db r.db a.pkt b.pkt c.pkt");
	cr_expect(strstr(again, "\nok 2 - b.pkt"), "b.pkt was run again: %s", again);
	g_free(again);
	write_text("b.pkt", "0 `exit 3`\n");
	again = told(1, "run --tap --db r.db a.pkt b.pkt c.pkt");
	cr_expect(strstr(again, "\nnot ok 2 - b.pkt"), "%s", again);
	g_free(again);
	again = told(1, "run --tap --shard 1/2 a.pkt b.pkt c.pkt");
	cr_expect(g_str_has_prefix(again, "TAP version 13\n1..1\nnot ok 1 - b.pkt"), "%s", again);
	g_free(again);
	g_free(first);
	g_free(plain);
}

Test(scale, captures_are_read_once)
{
	char *samples = g_build_filename(g_getenv("TCPSIM_SOURCE"), "traces/samples", NULL),
	     *line = g_strdup_printf(
		     "replay --json --db c.db %s/linux-loss.pcap %s/linux-abort.pcap", samples,
		     samples),
	     *first = told(0, "%s", line), *again;
	JsonNode *node = json_from_string(strstr(first, "\n") + 1, NULL);

	cr_expect_eq(json_object_get_int_member(json_node_get_object(node), "reset"), 1);
	ask("c.db", "UPDATE run SET result = replace(result, '\"capture\"', '\"kept\"')");
	again = told(0, "%s", line);
	cr_expect_eq(kept_lines(again), 2);
	json_node_unref(node);
	g_free(again);
	g_free(first);
	g_free(line);
	g_free(samples);
}

Test(scale, scenarios_are_counted_as_they_were)
{
	char *whole = told(1, "compare --generate 12 --with freebsd --json | tail -n 1 | "
			      "grep -o '\"scenarios.*\"not_run\":0'; exit 1"),
	     *all;

	for (int i = 0; i < 3; i++)
		g_free(told(1, "compare --generate 12 --with freebsd --db g.db --shard %d/3", i));
	cr_expect_eq(ask("g.db", "SELECT count(*) FROM run"), 12);
	all = told(1, "compare --generate 12 --with freebsd --db g.db --json | "
		      "grep -o '\"scenarios.*\"not_run\":0'; exit 1");
	cr_expect(strstr(all, "\"scenarios\":12"), "%s", all);
	cr_expect_str_eq(all, whole);
	g_free(all);
	g_free(whole);
}
