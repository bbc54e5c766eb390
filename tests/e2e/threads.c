/*
 * One world on several threads: whatever it is split into, it tells what one thread tells, to the
 * byte. The worlds made here are such that much happens at the very same time in different parts,
 * so that the order of what is simultaneous must be the world's and not the parts'.
 */
#include <criterion/criterion.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/command.h"

static char *folder;

static void set_up(void)
{
	folder = g_dir_make_tmp("tcpsim-threads-XXXXXX", NULL);
	cr_assert_eq(g_chdir(folder), 0);
}

static void tear_down(void)
{
	folder_remove(folder);
}

TestSuite(threads, .init = set_up, .fini = tear_down);

#define ONE_THREAD "one thread runs it"

/* Runs it once; its output, events and captures are in the folder `name` afterwards. What it
 * complained of, to be freed. */
static char *run(const char *name, int threads, const char *how, const char *world)
{
	char *line = g_strdup_printf("simulate --threads %d %s --pcap %s --events %s/events '%s'",
		threads, how, name, name, world);
	char *path = g_build_filename(name, "out", NULL), *complaint;
	struct command_result result;

	cr_assert_eq(g_mkdir_with_parents(name, 0777), 0);
	result = command_run(line);
	cr_assert_eq(result.status, 0, "%s: %s", line, result.err);
	cr_assert(g_file_set_contents(path, result.out, -1, NULL));
	complaint = g_strdup(result.err);
	g_free(path);
	g_free(line);
	command_free(&result);
	return complaint;
}

/* Whether it was really split. */
static bool expect_same(const char *how, const char *world, int threads)
{
	char *one = run("one", 1, how, world), *many = run("many", threads, how, world);
	bool split = *many == 0;

	cr_expect_str_empty(one);
	cr_expect(split || strstr(many, ONE_THREAD), "%s: %s", world, many);
	cr_expect_eq(system("diff -rq one many"), 0, "%s %s on %d threads", how, world, threads);
	cr_assert_eq(system("rm -rf one many"), 0);
	g_free(one);
	g_free(many);
	return split;
}

static void expect_all_same(const char *world, int threads)
{
	static const char *const HOW[] = {"--json", "--all", "--summary", "--json --summary"};

	for (size_t i = 0; i < G_N_ELEMENTS(HOW); i++)
		cr_expect(expect_same(HOW[i], world, threads));
}

Test(threads, every_world_of_the_pages)
{
	char *path = g_build_filename(g_getenv("TCPSIM_SOURCE"), "docs", "worlds", NULL);
	GDir *dir = g_dir_open(path, 0, NULL);
	unsigned split = 0, n = 0;

	cr_assert_not_null(dir);
	for (const char *name; (name = g_dir_read_name(dir));) {
		char *world = g_build_filename(path, name, NULL);

		if (g_str_has_suffix(name, ".world")) {
			split += expect_same("--json", world, 2);
			n++;
		}
		g_free(world);
	}
	cr_expect_geq(split, 20, "only %u of %u worlds were split", split, n);
	g_dir_close(dir);
	g_free(path);
}

/* Clients and servers behind two routers, all delays alike, all starting at once; programs stand
 * in another order than the hosts, so the parts' order is not the world's. */
static char *simultaneous(const char *link, const char *program)
{
	enum { N = 8 };
	GString *s = g_string_new("[world]\nuntil = 100 s\nqueues = s0\nwatch = r\n"
				  "[router r]\n[router q]\n[link r q]\ndelay = 1 ms\n");
	char *path = g_strdup("made.world");

	g_string_append(s, link);
	for (int i = 0; i < N; i++)
		g_string_append_printf(s,
			"[host c%d]\n[host s%d]\n[link c%d r]\ndelay = 1 ms\n%s"
			"[link s%d q]\ndelay = 1 ms\n%s",
			i, i, i, link, i, link);
	for (int k = 0; k < N; k++) {
		int i = (k * 5 + 3) % N;

		g_string_append_printf(s,
			"[program serve%d]\nhost = s%d\ndoes = serve\n[program ask%d]\nhost = c%d\n"
			"does = herd\nto = s%d:80\nclients = 3\ncount = 4\nstart = 10 ms\n%s",
			i, i, i, i, i * 3 % N, program);
	}
	cr_assert(g_file_set_contents(path, s->str, -1, NULL));
	g_string_free(s, TRUE);
	return path;
}

static void expect_simultaneous_same(const char *link, const char *program)
{
	char *world = simultaneous(link, program);

	expect_all_same(world, 2);
	expect_all_same(world, 3);
	expect_all_same(world, 7);
	g_free(world);
}

Test(threads, what_is_simultaneous_keeps_its_order)
{
	expect_simultaneous_same("", "");
}

Test(threads, what_is_overtaken_on_the_way)
{
	expect_simultaneous_same("reorder = 10 %\nreorder-delay = 1 ms\nduplicate = 5 %\n", "");
	expect_simultaneous_same("hold = every 3rd data\nhold-for = 2 ms\n", "");
}

/* What programs draw depends on no other host's. */
Test(threads, rates_jitter_and_thinking)
{
	expect_simultaneous_same(
		"rate = 8 Mbit/s\njitter = 1 ms\nthere.loss = 2 %\n", "think = 1 ms\n");
}

Test(threads, a_host_restarts)
{
	char *world = simultaneous("", "");
	char *text = NULL;

	cr_assert(g_file_get_contents(world, &text, NULL, NULL));
	char **parts = g_strsplit(text, "[host s1]\n", 2);
	char *with = g_strconcat(parts[0], "[host s1]\nrestart = 18 ms\n", parts[1], NULL);

	cr_assert(g_file_set_contents(world, with, -1, NULL));
	expect_all_same(world, 2);
	g_strfreev(parts);
	g_free(with);
	g_free(text);
	g_free(world);
}

/* --- what it says --- */

static void expect_told(int status, const char *line, const char *words)
{
	struct command_result result = command_run(line);

	cr_expect_eq(result.status, status, "%s: %d, %s", line, result.status, result.err);
	cr_expect(strstr(result.err, words), "%s: %s", line, result.err);
	command_free(&result);
}

Test(threads, where_it_stays_on_one)
{
	cr_assert(g_file_set_contents("near.world",
		"[host a]\n[host b]\n[link a b]\n[program p]\nhost = a\ndoes = connect\nto = "
		"b:80\n",
		-1, NULL));
	expect_told(0, "simulate --threads 2 near.world", ONE_THREAD);
	char *world = simultaneous("", "");

	expect_told(0, "simulate --threads 2 --html page.html made.world", ONE_THREAD);
	g_free(world);
}

Test(threads, what_is_no_number_of_threads)
{
	expect_told(2, "simulate --threads 0 x.world", "--threads is a count, from 1 to 64");
	expect_told(2, "simulate --threads 65 x.world", "--threads is a count, from 1 to 64");
	expect_told(2, "simulate --threads 2 --seeds 3 x.world", "-j N makes that many runs");
}
