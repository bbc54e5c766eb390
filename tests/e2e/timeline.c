/*
 * What `tcpsim simulate` tells of a world is what its hosts did: whole texts against
 * tests/golden/timeline (TCPSIM_GOLDEN=write writes them anew), and, kind by kind, what an onlooker
 * at a tap cannot know and the world does.
 */
#include <criterion/criterion.h>
#include <glib.h>
#include <json-glib/json-glib.h>
#include <string.h>

#include "support/command.h"

static char *simulate(const char *world, const char *options)
{
	char *line = g_strdup_printf(
		"simulate %s %s/docs/worlds/%s.world", options, g_getenv("TCPSIM_SOURCE"), world);
	struct command_result r = command_run(line);
	char *out = g_strdup(r.out);

	cr_expect_eq(r.status, 0, "%s: status %d, %s", line, r.status, r.err);
	command_free(&r);
	g_free(line);
	return out;
}

static char *simulate_text(const char *text, const char *options)
{
	char *line = g_strdup_printf("simulate %s /dev/stdin", options);
	struct command_result r = command_run_with(line, text);
	char *out = g_strdup(r.out);

	cr_expect_eq(r.status, 0, "%s", r.err);
	command_free(&r);
	g_free(line);
	return out;
}

#define EXPECT(out, wanted) cr_expect(strstr(out, wanted), "no '%s' in\n%s", wanted, out)
#define EXPECT_NOT(out, unwanted)                                                                  \
	cr_expect(!strstr(out, unwanted), "'%s' stands in\n%s", unwanted, out)

/* Worlds whose times do not hang on how fast anything is sent. */
Test(timeline, says_what_it_said)
{
	static const char *const WORLD[] = {"connect-no-answer", "refused", "three-rsts",
		"simultaneous-open", "unreachable", "two-interfaces"};

	for (guint i = 0; i < G_N_ELEMENTS(WORLD); i++) {
		char *out = simulate(WORLD[i], ""), *golden = NULL;
		char *path = g_strdup_printf(
			"%s/tests/golden/timeline/%s.txt", g_getenv("TCPSIM_SOURCE"), WORLD[i]);

		if (g_strcmp0(g_getenv("TCPSIM_GOLDEN"), "write") == 0)
			cr_assert(g_file_set_contents(path, out, -1, NULL));
		cr_assert(g_file_get_contents(path, &golden, NULL, NULL), "%s is not there", path);
		cr_expect_str_eq(out, golden, "%s has changed:\n%s", WORLD[i], out);
		g_free(golden);
		g_free(path);
		g_free(out);
	}
}

#define TWO_HOSTS                                                                                  \
	"[host client]\n[host server]\n[link client server]\ndelay = 10 ms\n"                      \
	"[program s]\nhost = server\ndoes = sink\n"
#define CLIENT                                                                                     \
	"[program c]\nhost = client\ndoes = source\nto = server:80\nbytes = 3000\nstart = 1 s\n"

Test(timeline, a_spoofed_client_is_never_established)
{
	char *out = simulate_text(
		"[world]\nqueues = server\nuntil = 100 s\n[host server]\nprofile = bsd44\n"
		"[host attacker]\n[router r]\nblack-hole = 198.51.100.0/24\n[link server r]\n"
		"[link attacker r]\n[program s]\nhost = server\ndoes = serve\nbacklog = 1\n"
		"[program f]\nhost = attacker\ndoes = flood\nto = server:80\n"
		"from = 198.51.100.0/24\ncount = 3\nevery = 1 s\n",
		"");

	EXPECT_NOT(out, "-> ESTABLISHED");
	EXPECT_NOT(out, " ESTABLISHED <");
	EXPECT(out, "put on the wire at attacker, past its TCP");
	EXPECT(out, "75.000000 server: entry's timer fires");
	EXPECT(out, "SYN_RCVD to CLOSED");
	EXPECT(out, "3 SYNs came, 2 entries were made, 0 accepted");
	EXPECT(out, "2 entries died of age; 1 dropped (listen/syn-dropped)");
	EXPECT(out, "1 of its SYNs was ignored by the listener");
	g_free(out);
}

Test(timeline, a_lost_syn_ack_leaves_the_client_in_syn_sent)
{
	char *out = simulate_text("[world]\nwatch = server\n[host client]\n[host server]\n"
				  "[link client server]\ndelay = 10 ms\nback.drop = 1st syn-ack\n"
				  "[program s]\nhost = server\ndoes = sink\n" CLIENT,
		"");

	EXPECT(out, "lost between server and client");
	EXPECT(out, " SYN_SENT    --> S 0:0(0)");
	EXPECT(out, "client is in SYN_SENT (the packet is lost beyond the tap), and the\n"
		    "  onlooker says ESTABLISHED");
	EXPECT_NOT(out, "full");
	g_free(out);
}

Test(timeline, a_reboot_is_told_and_nobody_is_left_in_a_state)
{
	char *out = simulate_text("[host client]\n[host server]\nrestart = 3 s\n"
				  "[link client server]\ndelay = 10 ms\n"
				  "[program s]\nhost = server\ndoes = sink\n"
				  "[program c]\nhost = client\ndoes = connect\nto = server:80\n"
				  "start = 1 s\nhold = 3 s\n",
		"");

	EXPECT(out, "3.000000 server: goes down and comes up again; it has forgotten 1 connection");
	EXPECT(out, "server went down in ESTABLISHED, at 3.000 s, and forgot it");
	EXPECT(out, "server is in CLOSED (it has rebooted), and the onlooker says CLOSE_WAIT");
	EXPECT_NOT(out, " CLOSE_WAIT   4.");
	g_free(out);
}

Test(timeline, a_long_path_is_no_full_queue)
{
	char *out = simulate_text("[host client]\n[host server]\n[link client server]\n"
				  "delay = 700 ms\n[program s]\nhost = server\ndoes = serve\n"
				  "[program c]\nhost = client\ndoes = request\nto = server:80\n",
		"");

	EXPECT(out, "1 connection, 1 closed\n");
	EXPECT_NOT(out, "lost");
	EXPECT_NOT(out, "full");
	EXPECT_NOT(out, "dropped");
	g_free(out);
}

Test(timeline, the_listener_knows_how_many_waited_and_what_it_dropped)
{
	char *out = simulate("backlog", "--summary"), *json = simulate("backlog", "--json");

	EXPECT(out, "at most 1 incomplete, 4\n  completed; 52 dropped (listen/syn-dropped)");
	EXPECT(json, "\"peak_completed\":4,\"syns\":62,");
	EXPECT(json, "\"dropped\":{\"listen/syn-dropped\":52}");
	EXPECT(json, "\"syn_dropped_suspected\":0,");
	EXPECT(json, "\"syn_dropped\":52,");
	g_free(out);
	g_free(json);
}

Test(timeline, calls_are_told_as_strace_does)
{
	char *out = simulate("connect-no-answer", "");

	EXPECT(out, " 0.000000 client: connect(3, 10.9.0.1:80) ...\n");
	EXPECT(out, "75.000000 client: connect(3, 10.9.0.1:80) ... 75.000 s = -1 ETIMEDOUT\n");
	EXPECT(out, " 0.000000 client: connection timer 75 s; SYN timer 6 s\n");
	EXPECT(out, " 6.000000 client: SYN timer 24 s\n");
	EXPECT(out, "30.000000 client: SYN timer fires\n");
	EXPECT(out, "75.000000 client: connection timer fires\n");
	EXPECT(out, "client gave up in SYN_SENT, 75 s after the first segment (connect/give-up)");
	g_free(out);
}

Test(timeline, a_segment_has_its_departure_and_its_arrival)
{
	char *out = simulate_text(TWO_HOSTS CLIENT, "--json"), **line = g_strsplit(out, "\n", -1);
	guint segments = 0;

	for (guint i = 0; line[i] && *line[i]; i++) {
		JsonNode *node = json_from_string(line[i], NULL);
		JsonObject *o;

		cr_assert(node, "%s", line[i]);
		o = json_node_get_object(node);
		if (g_strcmp0(json_object_get_string_member_with_default(o, "kind", ""),
			    "segment") == 0) {
			cr_expect_eq(json_object_get_int_member(o, "arrived_ns"),
				json_object_get_int_member(o, "time_ns") + 10000000, "%s", line[i]);
			cr_expect(json_object_has_member(o, "receiver_state"), "%s", line[i]);
			segments++;
		}
		json_node_unref(node);
	}
	cr_expect_geq(segments, 9);
	g_strfreev(line);
	g_free(out);
}

/* A tap's lines are corrected where the hosts know better, and say what was corrected. */
Test(timeline, json_of_a_tap_says_the_true_state)
{
	char *out = simulate("connect-no-answer", "--json"),
	     *seen = simulate("connect-no-answer", "--json --as-seen-by client");

	EXPECT(out, "\"onlooker\":{\"client_state\":\"SYN_SENT\"");
	EXPECT(out, "\"state\":\"CLOSED\"");
	EXPECT(seen, "\"state\":\"SYN_SENT\"");
	EXPECT_NOT(seen, "\"client_state\"");
	EXPECT(seen,
		"{\"type\":\"onlooker\",\"node\":\"client\",\"wrong\":\"connection 0, at the end: "
		"client is in CLOSED (connect/give-up), and the onlooker leaves it in SYN_SENT\"}");
	g_free(out);
	g_free(seen);
}

Test(timeline, as_seen_by_tells_what_an_onlooker_would)
{
	char *out = simulate("connect-no-answer", "--as-seen-by client");
	struct command_result r =
		command_run_with("simulate --as-seen-by sever /dev/stdin", TWO_HOSTS CLIENT);

	EXPECT(out, "world, seen by client");
	EXPECT(out, "ends in SYN_SENT");
	EXPECT(out, "An onlooker at client would be wrong here");
	EXPECT_NOT(out, "connection timer");
	g_free(out);
	cr_expect_eq(r.status, 2);
	cr_expect_str_eq(r.err, "tcpsim: simulate: --as-seen-by: there is no node 'sever': did you "
				"mean server?\n");
	command_free(&r);
}

/* What does not fit is said, with the command for it; what is told of the whole stays right. */
Test(timeline, a_long_run_is_counted_to_its_end)
{
	char *out = simulate_text(TWO_HOSTS "[program c]\nhost = client\ndoes = source\n"
					    "to = server:80\nstart = 1 s\nbytes = 30 MB\n",
		"");

	EXPECT(out, "items are not kept; --all keeps more");
	EXPECT(out, "  30.0 M       0  closed\n");
	EXPECT_NOT(out, "under way      ESTABLISHED");
	g_free(out);
}

Test(timeline, one_connection_by_its_number)
{
	char *out = simulate("three-rsts", "-c 1");
	struct command_result r;
	char *line = g_strdup_printf(
		"simulate -c 3 %s/docs/worlds/three-rsts.world", g_getenv("TCPSIM_SOURCE"));

	EXPECT(out, "connection 1: client");
	EXPECT_NOT(out, "connection 0: client");
	EXPECT_NOT(out, "connection 2: client");
	g_free(out);
	r = command_run(line);
	cr_expect_eq(r.status, 2);
	cr_expect_str_eq(r.err, "tcpsim: simulate: there is no connection 3: they are 0 to 2\n");
	command_free(&r);
	g_free(line);
}

Test(timeline, what_a_host_sends_itself_arrives)
{
	char *out = simulate_text("[host a]\n[host b]\n[link a b]\n[program s]\nhost = a\n"
				  "does = sink\n[program c]\nhost = a\ndoes = connect\nto = a:80\n"
				  "start = 1 s\nhold = 1 s\n",
		"");

	EXPECT_NOT(out, "under way");
	EXPECT(out, "SYN_RCVD     1.000000\n");
	EXPECT(out, " 1.000000 ESTABLISHED <-- S. 0:0(0) ack 1");
	EXPECT(out, " 2.000000 FIN_WAIT_1  --> F. 1:1(0) ack 1");
	EXPECT(out, "CLOSE_WAIT   2.000000\n");
	EXPECT(out, "a: TIME_WAIT to CLOSED");
	g_free(out);
}

/* --- programs that are lists of calls --- */

#define ONE_HOST "[host client]\n[host server]\n[link client server]\n[program p]\nhost = client\n"

static void expect_complaint(const char *program, const char *wanted)
{
	char *text = g_strconcat(ONE_HOST, program, NULL);
	char *told = g_strdup_printf("tcpsim: /dev/stdin:%s\n", wanted);
	struct command_result r = command_run_with("simulate /dev/stdin", text);

	cr_expect_eq(r.status, 2, "%s: status %d", program, r.status);
	cr_expect_str_eq(r.err, told);
	command_free(&r);
	g_free(told);
	g_free(text);
}

Test(timeline, a_list_of_calls_is_a_program)
{
	char *out =
		simulate_text("[host client]\n[host server]\n[link client server]\ndelay = 10 ms\n"
			      "[program s]\nhost = server\ncalls = socket; bind :80; listen 5; "
			      "accept; read 3 kB; "
			      "write 5; shutdown; read; close; close\n"
			      "[program c]\nhost = client\ncalls = at 1 s socket; option nodelay; "
			      "connect server:80; "
			      "write 3 kB; read 5; after 500 ms close\n",
			"");

	EXPECT(out, "1.000000 client: setsockopt(3, IPPROTO_TCP, TCP_NODELAY, 1) = 0\n");
	EXPECT(out, "1.020000 client: connect(3, server:80) ... 0.020 s = 0\n");
	EXPECT(out, "client: write(3, 3000) = 3000\n");
	EXPECT(out, "server: write(4, 5) = 5\n");
	EXPECT(out, "server: shutdown(4, SHUT_WR) = 0\n");
	EXPECT(out, "1.540000 client: close(3) = 0\n");
	EXPECT(out, "1 connection, 1 closed\n");
	EXPECT_NOT(out, "still running");
	g_free(out);
}

Test(timeline, calls_that_are_written_wrongly_are_told)
{
	expect_complaint("calls = socket; conect server:80\n",
		"6: calls: there is no call 'conect': did you mean connect?");
	expect_complaint("calls = socket; connect sever:80\n",
		"6: calls: connect: 'sever' is no node and no address: did you mean server?");
	expect_complaint("calls = socket AF_INTE\n",
		"6: calls: socket: 'AF_INTE' is no constant of socket(): AF_INET SOCK_STREAM "
		"IPPROTO_TCP");
	expect_complaint(
		"calls = at soon socket\n", "6: calls: 'soon' is not a time: at 5 s, after 200 ms");
	expect_complaint("calls = ;\n", "6: calls: no call in it: socket; connect server:80; "
					"write 100; read; close");
	expect_complaint("calls = socket; listen\n", "6: calls: listen: '' is not one number");
	expect_complaint(
		"calls = socket; close now\n", "6: calls: close: 'now' is one word too many");
	expect_complaint("calls = socket\nport = 5\n",
		"7: 'calls' has no key 'port', which is of serve, sink, echo; it has host, does, "
		"start, calls");
	expect_complaint("does = calls\n",
		"4: 'calls' needs `calls`, such as socket; connect server:80; close");
}

/* A call on what is no descriptor says so, and the list goes on. */
Test(timeline, a_call_that_fails_does_not_end_the_list)
{
	char *out = simulate_text(ONE_HOST
		"calls = write 5; accept; connect server:9; socket; connect server:9; "
		"getpeername; close; close\n",
		"--summary");

	EXPECT(out, "client, p: write: EBADF\n");
	EXPECT(out, "client, p: accept: EBADF\n");
	EXPECT(out, "client, p: connect server:9: EBADF\n");
	EXPECT(out, "client, p: connect server:9: ECONNREFUSED\n");
	EXPECT(out, "client, p: getpeername: ENOTCONN\n");
	EXPECT(out, "client, p: close: EBADF\n");
	g_free(out);
}
