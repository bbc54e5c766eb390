/*
 * A replay that looks on at a node finds what one finds that reads the node's capture, to the byte:
 * in worlds where packets are damaged, doubled, cut into fragments and answered by ICMP, of both
 * families, with text and with lengths in its place.
 */
#include <criterion/criterion.h>
#include <glib.h>
#include <string.h>

#include "support/command.h"
#include "traces/replay/tap.h"
#include "traces/report/json.h"
#include "traces/report/report.h"
#include "traces/report/summary.h"
#include "world/world.h"
#include "worldfile/build.h"
#include "worldfile/file.h"

static char *folder;

static void set_up(void)
{
	folder = g_dir_make_tmp("tcpsim-tap-XXXXXX", NULL);
}

static void tear_down(void)
{
	folder_remove(folder);
}

TestSuite(tap, .init = set_up, .fini = tear_down);

static const struct replay_options OPTIONS = {.keep_events = true,
	.keep_resets = true,
	.keep_limits = true,
	.keep_queues = 1000,
	.rows = REPLAY_ROWS_FIRST,
	.few_rows = 100000,
	.shown_as = "what was seen"};

static void tell(void *context, unsigned port, int64_t time_ns, const struct tcpsim_packet *packet)
{
	tap_packet(context, port, time_ns, packet);
}

static struct tcpsim_world *build(const char *text)
{
	char *error = NULL;
	struct world_file *file = world_file_parse("world", text, strlen(text), &error);
	struct tcpsim_world *world = file ? world_file_build(file, NULL, NULL, &error) : NULL;

	cr_assert_not_null(world, "%s of\n%s", error, text);
	world_file_free(file);
	return world;
}

/* Lines, table and the rows of ladders. To be freed. */
static char *all_of(const struct replay *r)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	report_json(r, &(struct report_json){.out = out, .events = true});
	report_summary(r, &(struct report_style){.out = out, .width = 100, .all = true});
	for (guint i = 0; i < r->rows->len; i++) {
		const struct replay_row *row = &g_array_index(r->rows, struct replay_row, i);

		fprintf(out, "%u %d %d>%d %u %u %d\n", row->flow, row->side, row->state[0],
			row->state[1], row->window, row->is_icmp ? 0 : row->segment.len,
			row->n_notes);
	}
	fclose(out);
	return text;
}

static void expect_same(struct replay *told, struct replay *read, const char *world)
{
	char *a, *b;

	replay_end(told);
	replay_run(read);
	a = all_of(told);
	b = all_of(read);
	cr_expect_gt(told->packets, 10);
	cr_expect_eq(told->packets, read->packets);
	cr_expect_str_eq(a, b, "%s", world);
	free(a);
	free(b);
}

/* How many packets with a wrong sum were seen. */
static uint64_t look_on(const char *text, const char *name)
{
	struct tcpsim_world *world = build(text);
	struct node *node = world_node(world, name);
	struct replay *told = replay_new(&OPTIONS), *read;
	struct node_tap tap = {told, tell};
	char *path = g_build_filename(folder, "seen.pcapng", NULL), *error = NULL;
	uint64_t wrong;

	cr_assert_eq(tcpsim_world_capture(world, name, path), 0);
	node->tap = &tap;
	tcpsim_world_run(world, INT64_C(100) * 1000000000);
	cr_assert(capture_writer_close(node->capture, &error), "%s", error);
	node->capture = NULL;
	read = replay_open((const char *const *)&path, 1, &OPTIONS, NULL);
	cr_assert_not_null(read);
	expect_same(told, read, text);
	wrong = told->wrong_sums;
	replay_free(told);
	replay_free(read);
	tcpsim_world_free(world);
	g_free(path);
	return wrong;
}

/* A way over a router, and all that ends badly on it. `world` and `link` are more lines of those. */
static uint64_t look_on_at_all(const char *world, const char *link)
{
	char *text = g_strdup_printf(
		"[world]\n%s[host a]\n[host b]\n[router r]\n"
		"unreachable = 10.9.0.0/16 prohibited\n[link a r]\ndelay = 2 ms\n%s"
		"[link r b]\ndelay = 5 ms\nrate = 10 Mbit/s\nqueue = 30 kB\n%s"
		"[program sink]\nhost = b\ndoes = sink\n"
		"[program serve]\nhost = b\ndoes = serve\nport = 81\nlinger = 0\n"
		"[program send]\nhost = a\ndoes = source\nbytes = 300 kB\nto = b:80\n"
		"[program herd]\nhost = a\ndoes = herd\nclients = 5\ncount = 3\nto = b:81\n"
		"[program lost]\nhost = a\ndoes = connect\nto = b:82\n"
		"[program barred]\nhost = a\ndoes = connect\nto = 10.9.0.1:80\n"
		"[program own]\nhost = a\ndoes = inject\nto = b:80\nsegments = 10ms S 0; 20ms R 1 "
		"len 20; 30ms SF 9; 40ms . 7 ack 9 len 100\n",
		world, link, link);
	uint64_t wrong = look_on(text, "a") + look_on(text, "b") + look_on(text, "r");

	g_free(text);
	return wrong;
}

Test(tap, finds_what_is_in_the_capture)
{
	cr_expect_eq(look_on_at_all("", ""), 0);
	look_on_at_all("payload = lengths\n", "");
	look_on_at_all("seed = 2\n", "loss = 2 %\nduplicate = 2 %\nreorder = 5 %\n");
}

Test(tap, finds_what_was_damaged)
{
	cr_expect_gt(look_on_at_all("", "corrupt = 3 %\n"), 5);
	cr_expect_gt(look_on_at_all("payload = lengths\nseed = 3\n", "corrupt = 3 %\n"), 5);
}

/* What may be cut is cut where the way is narrower. */
Test(tap, puts_fragments_together)
{
	static const char WORLD[] =
		"[host a]\nsysctl.net.ipv4.ip_no_pmtu_disc = 1\n[host b]\n[router r]\n[link a r]\n"
		"mtu = 9000\n[link r b]\nmtu = 576\nloss = 1 %\n[program sink]\nhost = b\n"
		"does = sink\n[program send]\nhost = a\ndoes = source\nbytes = 100 kB\nto = b:80\n";

	look_on(WORLD, "a");
	look_on(WORLD, "r");
	look_on(WORLD, "b");
}

Test(tap, reads_both_families)
{
	static const char WORLD[] =
		"[host a]\n[host b]\n[link a b]\nip = 6\ncorrupt = 3 %\nloss = 2 %\n"
		"[program sink]\nhost = b\ndoes = sink\n[program send]\nhost = a\ndoes = source\n"
		"bytes = 300 kB\nto = b:80\n";

	look_on(WORLD, "a");
	cr_expect_gt(look_on(WORLD, "b"), 1);
}
