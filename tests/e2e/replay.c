/* `tcpsim replay` as a user meets it: what it refuses, what it still reads, what its forms have in
 * common. */
#include <criterion/criterion.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <string.h>
#include <unistd.h>

#include "support/command.h"

#define expect_contains(text, part)                                                                \
	cr_expect_not_null(strstr(text, part), "%s\nlacks: %s", text, part)
#define SAMPLES "$TCPSIM_SOURCE/traces/samples/"

static struct command_result replay(const char *arguments)
{
	char *line = g_strconcat("replay ", arguments, NULL);
	struct command_result r = command_run(line);

	g_free(line);
	return r;
}

/* The first `len` bytes of a sample, as a file of their own. The caller removes it and frees the
 * name. */
static char *torn(const char *sample, gsize len)
{
	char *path = g_build_filename(g_getenv("TCPSIM_SOURCE"), "traces", "samples", sample, NULL);
	char *bytes,
		*name = g_strdup_printf("%s/tcpsim-torn-%d.pcap", g_get_tmp_dir(), (int)getpid());
	gsize size;

	cr_assert(g_file_get_contents(path, &bytes, &size, NULL));
	cr_assert(g_file_set_contents(name, bytes, (gssize)MIN(len, size), NULL));
	g_free(bytes);
	g_free(path);
	return name;
}

Test(replay, capture_is_asked_for)
{
	struct command_result r = replay("");

	cr_expect_eq(r.status, 2);
	cr_expect_str_eq(r.err,
		"tcpsim: replay: which capture? 'tcpsim replay FILE' ('-' is standard input)\n");
	command_free(&r);
}

Test(replay, connection_that_is_not_there_is_said_so)
{
	struct command_result r = replay("-c 4 " SAMPLES "linux-overflow.pcap");

	cr_expect_eq(r.status, 2);
	expect_contains(r.err, "there is no connection 4; ");
	expect_contains(r.err, "has 4, counted from 0");
	command_free(&r);
}

Test(replay, torn_capture_shows_what_was_read)
{
	char *name = torn("linux-request.pcap", 250);
	struct command_result r = replay(name);

	cr_expect_eq(r.status, 2);
	expect_contains(r.out, ": 2 packets in 17 us, 2 of TCP, 1 connection\n");
	expect_contains(r.out, "half-open");
	expect_contains(r.err, "tcpsim: ");
	command_free(&r);
	g_unlink(name);
	g_free(name);
}

Test(replay, torn_capture_is_truncated_in_json)
{
	char *name = torn("linux-request.pcap", 250);
	char *arguments = g_strconcat("--json ", name, NULL);
	struct command_result r = replay(arguments);

	cr_expect_eq(r.status, 2);
	expect_contains(r.out, "\"truncated\":true,\"error\":\"");
	command_free(&r);
	g_unlink(name);
	g_free(name);
	g_free(arguments);
}

Test(replay, events_want_json)
{
	struct command_result r = replay("--events " SAMPLES "linux-request.pcap");

	cr_expect_eq(r.status, 2);
	cr_expect_str_eq(r.err, "tcpsim: replay: --events goes with --json\n");
	command_free(&r);
}

Test(replay, every_json_line_is_an_object_with_a_type)
{
	struct command_result r = replay("--json --events " SAMPLES "linux-overflow.pcap");
	char **lines = g_strsplit(r.out, "\n", -1);
	guint n = g_strv_length(lines);

	cr_assert_gt(n, 10);
	for (guint i = 0; i + 1 < n; i++) {
		JsonNode *node = json_from_string(lines[i], NULL);
		GList *members;

		cr_assert_not_null(node, "%s", lines[i]);
		members = json_object_get_members(json_node_get_object(node));
		cr_expect_str_eq(members->data, "type");
		g_list_free(members);
		json_node_unref(node);
	}
	expect_contains(lines[n - 2], "{\"type\":\"capture\",");
	cr_expect_str_eq(lines[n - 1], "");
	g_strfreev(lines);
	command_free(&r);
}

Test(replay, two_runs_are_the_same_bytes)
{
	struct command_result a = replay("--json --events " SAMPLES "linux-overflow.pcap");
	struct command_result b = replay("--json --events " SAMPLES "linux-overflow.pcap");

	cr_expect_str_eq(a.out, b.out);
	command_free(&a);
	command_free(&b);
}

Test(replay, several_captures_are_one)
{
	struct command_result r = replay(
		"--json " SAMPLES "linux-refused.pcap " SAMPLES "linux-request.pcap | tail -n 1");

	expect_contains(r.out, "\"packets\":14,\"tcp_packets\":14,\"connections\":2,");
	command_free(&r);
}

Test(replay, standard_input_is_a_capture_too)
{
	struct command_result r = replay("--summary - < " SAMPLES "linux-refused.pcap");

	cr_expect_eq(r.status, 0);
	expect_contains(r.out, "refused");
	expect_contains(r.out, "RST by the server: no-listener");
	command_free(&r);
}

Test(replay, filter_leaves_the_rest_out)
{
	struct command_result r =
		replay("--summary --filter 'src port 8080' " SAMPLES "linux-request.pcap");

	expect_contains(r.out, "5 of TCP, 1 connection\n");
	command_free(&r);
}

Test(replay, one_system_can_be_asked_about)
{
	struct command_result r =
		replay("--summary --profile bsd44 " SAMPLES "linux-unanswered.pcap");

	expect_contains(r.out, "not bsd44's schedule");
	command_free(&r);
}

Test(replay, unknown_profile_names_near_ones)
{
	struct command_result r = replay("--profile linus " SAMPLES "linux-refused.pcap");

	cr_expect_eq(r.status, 2);
	expect_contains(r.err, "unknown profile 'linus': did you mean linux");
	command_free(&r);
}

Test(replay, page_stands_alone)
{
	char *page = g_strdup_printf("%s/tcpsim-page-%d.html", g_get_tmp_dir(), (int)getpid());
	char *arguments = g_strconcat("--html ", page, " " SAMPLES "linux-request.pcap", NULL),
	     *text;
	struct command_result r = replay(arguments);

	cr_expect_eq(r.status, 0);
	cr_assert(g_file_get_contents(page, &text, NULL, NULL));
	cr_expect(g_str_has_prefix(text, "<!DOCTYPE html>\n"));
	cr_expect(g_str_has_suffix(text, "</html>\n"));
	expect_contains(text,
		"Content-Security-Policy\" content=\"default-src 'none'; script-src 'sha256-");
	cr_expect_null(strstr(text, "src=\""));
	cr_expect_null(strstr(text, "href=\""));
	/* What is told of the capture is packed: none of it stands in the file. */
	cr_expect_null(strstr(text, "192.0.2.1"));
	command_free(&r);
	g_unlink(page);
	g_free(page);
	g_free(arguments);
	g_free(text);
}
