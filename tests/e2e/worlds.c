/*
 * The worlds of docs/worlds: each run twice gives the same bytes, what its programs say and its
 * queues do is what tests/golden/worlds has (TCPSIM_GOLDEN=write writes it anew), and the figure
 * that the backlog's world is about comes out.
 */
#include <criterion/criterion.h>
#include <glib.h>
#include <string.h>
#include <tcpsim/addr.h>
#include <tcpsim/event.h>

#include "support/command.h"
#include "tcpsim/world.h"
#include "worldfile/build.h"
#include "worldfile/file.h"

static char *source_path(const char *name)
{
	return g_build_filename(g_getenv("TCPSIM_SOURCE"), name, NULL);
}

static gint by_name(gconstpointer a, gconstpointer b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static GPtrArray *all_worlds(void)
{
	GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
	char *folder = source_path("docs/worlds");
	GDir *dir = g_dir_open(folder, 0, NULL);
	const char *name;

	cr_assert(dir);
	while ((name = g_dir_read_name(dir))) {
		if (g_str_has_suffix(name, ".world"))
			g_ptr_array_add(names, g_strndup(name, strlen(name) - strlen(".world")));
	}
	g_dir_close(dir);
	g_free(folder);
	g_ptr_array_sort(names, by_name);
	return names;
}

static char *simulate(const char *name, const char *options)
{
	char *path = g_strdup_printf("%s/docs/worlds/%s.world", g_getenv("TCPSIM_SOURCE"), name);
	char *line = g_strdup_printf("simulate %s %s", options, path);
	struct command_result result = command_run(line);
	char *out;

	cr_expect_eq(result.status, 0, "%s: status %d, %s", name, result.status, result.err);
	cr_expect_str_eq(result.err, "", "%s: %s", name, result.err);
	out = g_strdup(result.out);
	command_free(&result);
	g_free(line);
	g_free(path);
	return out;
}

Test(worlds, run_twice_give_the_same_bytes)
{
	GPtrArray *names = all_worlds();

	cr_assert_geq(names->len, 12);
	for (guint i = 0; i < names->len; i++) {
		char *first = simulate(names->pdata[i], "--json --events /dev/stdout");
		char *second = simulate(names->pdata[i], "--json --events /dev/stdout");

		cr_expect_gt(
			strlen(first), 500, "%s says next to nothing", (char *)names->pdata[i]);
		cr_expect_str_eq(
			first, second, "%s is not the same twice", (char *)names->pdata[i]);
		g_free(first);
		g_free(second);
	}
	g_ptr_array_free(names, TRUE);
}

Test(worlds, another_seed_gives_another_run)
{
	char *one = simulate("lossy-link", "--seed 1 --summary"),
	     *two = simulate("lossy-link", "--seed 2 --summary");

	cr_expect_str_neq(one, two);
	g_free(one);
	g_free(two);
}

/* How long a transfer takes changes with every stroke at congestion control: in these worlds times
 * are not compared. */
static void forget_times(const char *name, char **out)
{
	static const char *const SUCH[] = {"lossy-link", "half-close", "pmtu-black-hole", NULL};

	if (!g_strv_contains(SUCH, name))
		return;
	GRegex *time = g_regex_new(" *[0-9]+\\.[0-9]+", 0, 0, NULL);
	char *without = g_regex_replace_literal(time, *out, -1, 0, " T", 0, NULL);

	g_regex_unref(time);
	g_free(*out);
	*out = without;
}

Test(worlds, say_what_they_said)
{
	GPtrArray *names = all_worlds();

	for (guint i = 0; i < names->len; i++) {
		const char *name = names->pdata[i];
		char *out = simulate(name, "--summary"), *golden = NULL;
		char *path = g_strdup_printf(
			"%s/tests/golden/worlds/%s.txt", g_getenv("TCPSIM_SOURCE"), name);
		char *links = strstr(out, "\nLinks\n");

		cr_assert(links, "%s", name);
		*links = '\0';
		forget_times(name, &out);
		if (g_strcmp0(g_getenv("TCPSIM_GOLDEN"), "write") == 0)
			cr_assert(g_file_set_contents(path, out, -1, NULL));
		cr_assert(g_file_get_contents(path, &golden, NULL, NULL), "%s is not there", path);
		cr_expect_str_eq(
			out, golden, "%s has changed:\n%s\ninstead of\n%s", name, out, golden);
		g_free(golden);
		g_free(path);
		g_free(out);
	}
	g_ptr_array_free(names, TRUE);
}

/* A world that is written here. */
static struct command_result simulate_text(const char *text, const char *options)
{
	char *line = g_strdup_printf("simulate %s /dev/stdin", options);
	struct command_result result = command_run_with(line, text);

	g_free(line);
	return result;
}

/* How many times `what` stands in the text. */
static unsigned times(const char *text, const char *what)
{
	unsigned n = 0;

	for (; (text = strstr(text, what)); text += strlen(what))
		n++;
	return n;
}

Test(worlds, a_ready_made_server_takes_both_families)
{
	static const char *const SERVER[] = {"serve", "sink", "echo"};

	for (guint i = 0; i < G_N_ELEMENTS(SERVER); i++) {
		char *text = g_strdup_printf("[host a]\n[host b]\n[link a b]\nip = both\n"
					     "[program s]\nhost = b\ndoes = %s\n"
					     "[program c4]\nhost = a\ndoes = connect\n"
					     "to = 10.0.1.2:80\nstart = 1 ms\n"
					     "[program c6]\nhost = a\ndoes = connect\n"
					     "to = [fd00:0:0:1::2]:80\nstart = 2 ms\n",
			SERVER[i]);
		struct command_result r = simulate_text(text, "--summary");

		cr_expect_eq(r.status, 0, "%s", r.err);
		cr_expect_eq(times(r.out, ": established, from"), 2, "%s:\n%s", SERVER[i], r.out);
		command_free(&r);
		g_free(text);
	}
}

Test(worlds, the_three_resets_are_told_apart)
{
	char *out = simulate("three-rsts", "");

	cr_expect(strstr(out, "(rst/no-listener)"), "%s", out);
	cr_expect(strstr(out, "(rst/linger-zero)"), "%s", out);
	cr_expect(strstr(out, "(rst/no-connection)"), "%s", out);
	cr_expect(!strstr(out, "queue-full"), "%s", out);
	g_free(out);
}

Test(worlds, queues_are_drawn_over_time_for_each_listener)
{
	char *out = simulate("backlog", "--summary"), *json = simulate("backlog", "--json");
	char *drawn = strstr(out, "Queues of port 80 of server, from 0 to 40.000 s, backlog 2: at "
				  "most 1 incomplete, 4 completed\n");

	cr_assert(drawn, "%s", out);
	/* Four wait from 1.3 to 20 s; 70 moments are 40 s. */
	cr_expect(strstr(drawn, "\n  completed  .244444444444444444444444444444444"), "%s", drawn);
	cr_expect(strstr(json, "\"host\":\"server\",\"port\":80,\"incomplete\":1,"), "%s", json);
	g_free(out);
	g_free(json);
	/* What changes nothing is no change: a flood of cookies is one row. */
	out = simulate("syn-flood", "--summary");
	cr_expect_lt(times(out, "server, queues of port 80"), 45, "%s", out);
	cr_expect(strstr(out, "\n  incomplete 99999999999999999999"), "%s", out);
	g_free(out);
}

Test(worlds, what_was_seen_stays_inside_eighty_columns)
{
	g_setenv("COLUMNS", "80", TRUE);
	char *out = simulate("unreachable", "--as-seen-by r"),
	     *seen = strstr(out, "unreachable.world, seen by");
	char **line = g_strsplit(seen, "\n", -1);

	g_unsetenv("COLUMNS");
	/* The first one is the file's name, however long that is. */
	for (guint i = 1; line[i]; i++)
		cr_expect_leq(g_utf8_strlen(line[i], -1), 80, "%s", line[i]);
	cr_expect(strstr(seen, "10.0.2.1:44827 "), "an address was cut: %s", seen);
	g_strfreev(line);
	g_free(out);
}

Test(worlds, a_client_that_is_not_done_is_told_and_a_server_is_not)
{
	char *out = simulate("pmtu-black-hole", "--summary"), *text;
	struct command_result r;

	cr_expect(!strstr(out, "still running"), "%s", out);
	g_free(out);
	text = g_strdup("[world]\nuntil = 5 s\n[host a]\n[host b]\n[link a b]\nloss = 1\n"
			"[program s]\nhost = b\ndoes = sink\n"
			"[program c]\nhost = a\ndoes = source\nto = b:80\n"
			"[program late]\nhost = a\ndoes = connect\nto = b:80\nstart = 6 s\n");
	r = simulate_text(text, "--summary");
	cr_expect(g_str_has_prefix(r.out, "    5.000000  a, c: still running\n"
					  "    5.000000  a, late: not started\n\nLinks\n"),
		"%s", r.out);
	command_free(&r);
	g_free(text);
}

/* A window that is probed for ever. */
Test(worlds, a_world_that_never_ends_is_stopped)
{
	struct command_result r =
		simulate_text("[host a]\n[host b]\n[link a b]\ndelay = 10 ms\n"
			      "[program s]\nhost = b\ndoes = sink\naccept-after = 2000 h\n"
			      "[program c]\nhost = a\ndoes = source\nto = b:80\nbytes = 1 MB\n",
			"--summary");

	cr_expect(strstr(r.out, "604800.000000  a, c: still running\n"
				"604800.000000  the world stops here"),
		"%s", r.out);
	command_free(&r);
}

Test(worlds, routers_tell_what_they_dropped)
{
	char *out = simulate("connect-no-answer", "--summary"),
	     *json = simulate("pmtu-black-hole", "--json");

	cr_expect(strstr(out, "\nRouters\n  r: 3 black-holed\n"), "%s", out);
	cr_expect(strstr(json, "\"too_big\":14,\"icmp_sent\":0,\"icmp_not_sent\":14}"), "%s", json);
	g_free(out);
	g_free(json);
}

/* --- UNP Figure 4.10 --- */

static void note_peak(void *context, const struct tcpsim_event *event)
{
	uint32_t *peak = context;

	if (event->kind == TCPSIM_EVENT_QUEUE && event->queue.completed > *peak)
		*peak = event->queue.completed;
}

/* How many connections that listener queues before anybody calls accept(). */
static uint32_t queued(const char *profile, unsigned backlog)
{
	char *path = source_path("docs/worlds/backlog.world"), *error = NULL;
	struct world_file *file = world_file_read(path, &error);
	char *number = g_strdup_printf("%u", backlog);
	uint32_t peak = 0;

	cr_assert(file, "%s", error);
	cr_assert(world_file_override(file, "host server:profile", profile, &error));
	cr_assert(world_file_override(file, "program serve:backlog", number, &error));
	cr_assert(world_file_override(file, "program herd:clients", "30", &error));
	/* The systems of the figure take more than 4.4BSD's five. */
	cr_assert(world_file_override(file, "host server:setting.somaxconn", "128", &error));
	struct tcpsim_world *world = world_file_build(file, NULL, NULL, &error);

	cr_assert(world, "%s", error);
	tcpsim_world_on_event(world, note_peak, &peak);
	tcpsim_world_run(world, INT64_C(19000000000));
	tcpsim_world_free(world);
	world_file_free(file);
	g_free(number);
	g_free(path);
	return peak;
}

Test(worlds, backlog_gives_the_columns_of_figure_4_10)
{
	static const struct {
		const char *profile;
		uint32_t queued[15];
	} COLUMN[] = {
		{"unp", {1, 2, 4, 5, 7, 8, 10, 11, 13, 14, 16, 17, 19, 20, 22}},
		{"linux-2.4", {3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17}},
		{"hpux-11", {1, 1, 3, 4, 6, 7, 9, 10, 12, 13, 15, 16, 18, 19, 21}},
		{"freebsd-4.8", {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}},
		{"solaris-9", {1, 2, 4, 5, 6, 8, 10, 11, 13, 14, 16, 17, 19, 20, 22}},
	};

	for (guint p = 0; p < G_N_ELEMENTS(COLUMN); p++) {
		for (unsigned backlog = 0; backlog < 15; backlog++) {
			uint32_t n = queued(COLUMN[p].profile, backlog);

			cr_expect_eq(n, COLUMN[p].queued[backlog],
				"%s, backlog %u: %u queued, the figure has %u", COLUMN[p].profile,
				backlog, n, COLUMN[p].queued[backlog]);
		}
	}
}

/* What a world's comment asks its reader to try. */
Test(worlds, what_their_comments_ask_to_try_works)
{
	GRegex *sweep = g_regex_new("--sweep ('[^']*'|[^ '\n]*[^ '.\n])", 0, 0, NULL);
	GPtrArray *names = all_worlds();
	unsigned tried = 0;

	for (guint i = 0; i < names->len; i++) {
		char *path = g_strdup_printf("%s/docs/worlds/%s.world", g_getenv("TCPSIM_SOURCE"),
			(char *)names->pdata[i]);
		GMatchInfo *match;
		char *text;

		cr_assert(g_file_get_contents(path, &text, NULL, NULL));
		for (g_regex_match(sweep, text, 0, &match); g_match_info_matches(match);
			g_match_info_next(match, NULL)) {
			char *option = g_match_info_fetch(match, 0);
			char *line = g_strdup_printf("simulate %s %s", option, path);
			struct command_result r = command_run(line);

			cr_expect_leq(r.status, 1, "%s: %s", line, r.err);
			cr_expect_str_eq(r.err, "", "%s: %s", line, r.err);
			tried++;
			command_free(&r);
			g_free(line);
			g_free(option);
		}
		g_match_info_free(match);
		g_free(text);
		g_free(path);
	}
	cr_expect_geq(tried, 8);
	g_ptr_array_free(names, TRUE);
	g_regex_unref(sweep);
}

/* A router sees each packet once: as it comes, and its own ICMP as it goes. */
static void expect_seen(const char *watch, const char *to, const char *wanted)
{
	char *text = g_strdup_printf(
		"[world]\nwatch = %s\n[host a]\n[host b]\n[router r]\n"
		"unreachable = 10.9.0.0/16 prohibited\n[link a r]\n[link r b]\n"
		"[program s]\nhost = b\ndoes = sink\n[program c]\nhost = a\ndoes = source\n"
		"start = 1 ms\nto = %s\n",
		watch, to);
	char *options = g_strdup_printf("--summary --as-seen-by %s", watch);
	struct command_result r = simulate_text(text, options);

	cr_expect_eq(r.status, 0, "%s", r.err);
	cr_expect(strstr(r.out, wanted), "no '%s' in\n%s", wanted, r.out);
	g_free(options);
	command_free(&r);
	g_free(text);
}

Test(worlds, a_router_sees_a_packet_once)
{
	struct command_result r = simulate_text("[host a]\n[host b]\n[link a b]\n[program s]\n"
						"host = b\ndoes = sink\n[program c]\nhost = a\n"
						"does = source\nto = b:80\nstart = 1 ms\n",
		"--summary --as-seen-by a");
	char *seen = strstr(r.out, "seen by a: "), *count;

	cr_assert_not_null(seen, "%s", r.out);
	count = g_strndup(seen + strlen("seen by a: "), strcspn(seen + 11, " "));
	char *by_r = g_strdup_printf("seen by r: %s packets", count);

	expect_seen("r", "b:80", by_r);
	expect_seen("r", "10.9.0.1:80", "seen by r: 2 packets");
	expect_seen("a", "10.9.0.1:80", "seen by a: 2 packets");
	g_free(by_r);
	g_free(count);
	command_free(&r);
}

/* --- grids --- */

static void expect_refused(const char *options, const char *wanted)
{
	struct command_result r = simulate_text("[host a]\nprofile = bsd44\n[host server]\n"
						"[link a server]\ndelay = 5 ms\n",
		options);
	char *told = g_strdup_printf("tcpsim: %s\n", wanted);

	cr_expect_eq(r.status, 2, "%s: status %d", options, r.status);
	cr_expect_str_eq(r.out, "", "%s: something ran", options);
	cr_expect_str_eq(r.err, told);
	command_free(&r);
	g_free(told);
}

Test(worlds, a_grid_that_cannot_be_is_told_before_it_runs)
{
	expect_refused("--sweep 'delay=1 ms,soon'",
		"/dev/stdin:5: delay: 'soon' is not a time: 10 ms, 1.5 s");
	expect_refused("--sweep 'delay=1 ms' --sweep 'host a:profile=linux,linus'",
		"/dev/stdin:2: unknown profile 'linus': did you mean linux?");
	expect_refused("--sweep jiter=1",
		"/dev/stdin: there is no 'jiter' to sweep: did you mean jitter?");
	expect_refused("--sweep 'host serv:profile=linux'",
		"/dev/stdin: there is no 'host serv:profile' to sweep: did you mean host server?");
	expect_refused("--sweep delay=1ms --sweep delay=2ms",
		"simulate: --sweep delay is given twice; name its values in one");
	expect_refused("--seeds 0", "simulate: --seeds and --jobs are counts, from 1 on");
	expect_refused("-j 0 --seeds 2", "simulate: --seeds and --jobs are counts, from 1 on");
	expect_refused("--seed -5", "simulate: --seed is a number from 0 on");
	expect_refused("--seeds 2000000000",
		"simulate: the grid has more than 1000000 runs; take fewer values or seeds");
}

Test(worlds, a_grid_is_a_table_for_people)
{
	char *figure = simulate("figure-4-10",
		     "--sweep 'host server:profile=unp,solaris-9' --sweep backlog=3,4"),
	     *rows = simulate("connect-no-answer", "--sweep profile=bsd44,linux-6.1");

	cr_expect_str_eq(figure,
		"at most so many connections in the completed queue, by host server:profile\n\n"
		"backlog             unp     solaris-9\n"
		"3                     5             5\n"
		"4                     7             6\n");
	cr_expect(strstr(rows, "bsd44         75.000 s          3          0          2          2"
			       "  75.000 connect: connect 10.9.0.1:80: ETIMEDOUT\n"),
		"%s", rows);
	cr_expect(strstr(rows, "linux-6.1    127.000 s"), "%s", rows);
	g_free(figure);
	g_free(rows);
}

#define GRID                                                                                       \
	"--json --sweep 'host server:profile=bsd44,freebsd-4.8' --sweep 'program "                 \
	"serve:backlog=0,1,2'"

Test(worlds, a_grid_tells_the_queues_of_each_run_in_order)
{
	static const char *const PEAK[] = {"1", "2", "4", "1", "2", "3"};
	char *one = simulate("backlog", GRID " -j 1"), *many = simulate("backlog", GRID " -j 8");
	char **line = g_strsplit(one, "\n", -1);

	cr_expect_str_eq(one, many);
	cr_assert_eq(g_strv_length(line), 7);
	for (guint i = 0; i < 6; i++) {
		char *peak = g_strdup_printf("\"peak_completed\":%s,", PEAK[i]);

		cr_expect(strstr(line[i], peak), "run %u: no %s in %s", i, peak, line[i]);
		g_free(peak);
	}
	g_strfreev(line);
	g_free(one);
	g_free(many);
}

Test(worlds, a_grid_goes_from_the_seed_of_the_file_and_writes_utf_8)
{
	struct command_result r = simulate_text("[world]\nseed = 41\n[host café]\n[host b]\n"
						"[link café b]\n[program p]\nhost = café\n"
						"does = connect\nto = b:80\n",
		"--json --sweep delay=1ms");

	cr_expect_eq(r.status, 0, "%s", r.err);
	cr_expect(strstr(r.out, "\"seed\":41,"), "%s", r.out);
	cr_expect(strstr(r.out, "\"host\":\"café\""), "%s", r.out);
	command_free(&r);
}
