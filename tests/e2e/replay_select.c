/* Which connections `tcpsim replay` shows, in which order, and what it says of many alike. */
#include <criterion/criterion.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>

#include "support/bytes.h"
#include "support/command.h"
#include "support/segments.h"

#define expect_contains(text, part)                                                                \
	cr_expect_not_null(strstr(text, part), "%s\nlacks: %s", text, part)
#define expect_lacks(text, part) cr_expect_null(strstr(text, part), "%s\nhas: %s", text, part)
#define OVERFLOW		 "$TCPSIM_SOURCE/traces/samples/linux-overflow.pcap"

static char *capture;

static void remove_capture(void)
{
	if (capture)
		g_unlink(capture);
	g_free(capture);
}

TestSuite(replay_select, .fini = remove_capture);

static struct command_result replay(const char *options, const char *path)
{
	char *line = g_strdup_printf("replay %s %s", options, path);
	struct command_result r = command_run(line);

	g_free(line);
	return r;
}

/* One connection that came to something among `n` that did not, made by `ends`. */
static void make_crowd(
	unsigned n, struct segment_ends (*ends)(unsigned i), bool refused, bool again)
{
	const struct segment_ends good = {0x0a000063, 0x0a000064, 5555, 99};
	GByteArray *f = segments_begin();

	segments_put(f, &good, 0, true, SEGMENT_SYN);
	segments_put(f, &good, 1, false, SEGMENT_SYN | SEGMENT_ACK);
	segments_put(f, &good, 2, true, SEGMENT_ACK);
	for (unsigned i = 0; i < n; i++) {
		struct segment_ends e = ends(i);

		segments_put(f, &e, 1000 * i, true, SEGMENT_SYN);
		if (refused)
			segments_put(f, &e, 1000 * i + 1, false, SEGMENT_RST | SEGMENT_ACK);
	}
	for (unsigned i = 0; again && i < n; i++) {
		struct segment_ends e = ends(i);

		segments_put(f, &e, 1000000 + 1000 * i, true, SEGMENT_SYN);
	}
	capture = bytes_to_file(f);
}

static struct segment_ends to_one_service(unsigned i)
{
	return (struct segment_ends){0x0a010000 + i, 0xc0000201, 1000, 80};
}

static struct segment_ends to_many_ports(unsigned i)
{
	return (struct segment_ends){0x0a010000, 0xc0000201, 1000, (uint16_t)(20 + i)};
}

static struct segment_ends to_many_hosts(unsigned i)
{
	return (struct segment_ends){0x0a010000, 0xc0000201 + i, 1000, 22};
}

Test(replay_select, a_flood_is_one_line)
{
	make_crowd(60, to_one_service, false, false);
	struct command_result r = replay("", capture);

	expect_contains(r.out, "SYN flood, it is suspected");
	expect_contains(r.out, "60 connections to 192.0.2.1:80\nfrom 60 addresses");
	expect_contains(r.out, "60 unanswered");
	/* The one that is of no crowd has its row. */
	expect_contains(r.out, "10.0.0.99:5555");
	expect_lacks(r.out, "10.1.0.7:1000");
	command_free(&r);
	r = replay("--all", capture);
	expect_contains(r.out, "SYN flood");
	expect_contains(r.out, "10.1.0.7:1000");
	command_free(&r);
	r = replay("--summary --where server=192.0.2.1:80", capture);
	expect_contains(r.out, "asked for: 60 connections: 60 unanswered\n");
	expect_contains(r.out, "... 20 of 60 connections");
	expect_contains(r.out, "the first of them, packet by packet: tcpsim replay -c 1 /");
	command_free(&r);
}

Test(replay_select, clients_that_ask_again_are_no_flood)
{
	make_crowd(60, to_one_service, false, true);
	struct command_result r = replay("--json", capture);

	expect_contains(r.out, "{\"type\":\"crowd\",\"kind\":\"failing-service\",\"client\":null,"
			       "\"server\":\"192.0.2.1\",\"port\":80,\"connections\":60,");
	expect_contains(r.out, "\"outcomes\":{\"unanswered\":60},\"certainty\":\"seen\"}");
	command_free(&r);
}

Test(replay_select, refused_clients_are_no_flood)
{
	make_crowd(60, to_one_service, true, false);
	struct command_result r = replay("", capture);

	expect_contains(r.out, "service that fails: 60 connections to 192.0.2.1:80");
	command_free(&r);
}

Test(replay_select, a_port_scan_is_one_line)
{
	make_crowd(30, to_many_ports, true, false);
	struct command_result r = replay("", capture);

	expect_contains(r.out, "port scan, it is suspected: 30 connections from 10.1.0.0 to 30 "
			       "ports of 192.0.2.1");
	expect_lacks(r.out, "192.0.2.1:25 ");
	command_free(&r);
}

Test(replay_select, a_sweep_is_one_line)
{
	make_crowd(30, to_many_hosts, false, false);
	struct command_result r = replay("", capture);

	expect_contains(r.out, "sweep over hosts, it is suspected: 30 connections from 10.1.0.0 to "
			       "port 22 of 30");
	command_free(&r);
}

Test(replay_select, few_are_no_crowd)
{
	make_crowd(49, to_one_service, false, false);
	struct command_result r = replay("", capture);

	expect_lacks(r.out, "suspected");
	command_free(&r);
	r = replay("--json", capture);
	expect_lacks(r.out, "crowd");
	command_free(&r);
}

Test(replay_select, several_ladders)
{
	struct command_result r = replay("-c 0,2-3", OVERFLOW);

	expect_contains(r.out, "connection 0:");
	expect_lacks(r.out, "connection 1:");
	expect_contains(r.out, "connection 2:");
	expect_contains(r.out, "connection 3:");
	command_free(&r);
	r = replay("-c 1- --where outcome=refused", OVERFLOW);
	expect_lacks(r.out, "connection 0:");
	expect_contains(r.out, "no connection of -c 1- is like that");
	command_free(&r);
}

Test(replay_select, json_of_some)
{
	struct command_result all = replay("--json --events", OVERFLOW);
	struct command_result r = replay("--json --events -c 1,3", OVERFLOW);

	expect_contains(all.out, "\"connection\":2,");
	expect_contains(r.out, "\"connection\":1,");
	expect_lacks(r.out, "\"connection\":0,");
	expect_lacks(r.out, "\"connection\":2,");
	expect_contains(r.out, "{\"type\":\"listener\",");
	expect_contains(r.out, "\"connections\":4,");
	command_free(&r);
	command_free(&all);
	r = replay("--json --packets -c 1", OVERFLOW);
	expect_contains(r.out, "{\"type\":\"packet\",\"connection\":1,");
	expect_lacks(r.out, "{\"type\":\"packet\",\"connection\":0,");
	command_free(&r);
}

/* The place of `part` in the text. */
static size_t place(const char *text, const char *part)
{
	const char *at = strstr(text, part);

	cr_assert_not_null(at, "%s\nlacks: %s", text, part);
	return (size_t)(at - text);
}

Test(replay_select, order_is_what_was_asked_for)
{
	struct command_result r = replay("--summary --sort start", OVERFLOW);
	struct command_result back = replay("--summary --sort -start", OVERFLOW);

	cr_expect_lt(place(r.out, "\n0 "), place(r.out, "\n3 "));
	cr_expect_gt(place(back.out, "\n0 "), place(back.out, "\n3 "));
	command_free(&r);
	command_free(&back);
}

Test(replay_select, what_makes_no_sense_is_refused)
{
	static const struct {
		const char *options, *wanted;
	} REFUSED[] = {
		{"-c 0,x",
			"tcpsim: replay: -c: '0,x', column 3: a connection's number is expected"},
		{"--where rtt", ""},
		{"--where rtt'>'1", "tcpsim: replay: --where: column 5: '1': a time needs a unit"},
		{"--sort durration",
			"tcpsim: replay: --sort: unknown key 'durration': did you mean "
			"duration?"},
		{"--sort rtt --json", "--json has its own order"},
		{"--where resets --json --packets", "use -c"},
		{"--where resets --html /dev/null", "leave --where out"},
		{"--write /tmp/x.pcap", "--write wants to know which connections: -c 0,3-5, or "
					"--where CONDITION"},
		{"--write " OVERFLOW " -c 0", "is the capture itself, which would be lost"},
		{"--annotate " OVERFLOW, "is the capture itself, which would be lost"},
		{"--annotate /tmp/x --write /tmp/y -c 0", "one at a time"},
		{"--annotate /tmp/x --json", "leave --json, --html and --sort out"},
		{"--annotate /nowhere/x", "tcpsim: /nowhere/x: cannot be written"},
		{"--annotate /dev/full", "tcpsim: /dev/full: cannot be written"},
		{"--annotate /tmp/x -", "standard input cannot: save it in a file first"},
		{"--write /tmp/x -c 7", "there is no connection 7"},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(REFUSED); i++) {
		struct command_result r = replay(REFUSED[i].options, OVERFLOW);

		cr_expect_eq(r.status, *REFUSED[i].wanted ? 2 : 0, "%s", REFUSED[i].options);
		expect_contains(r.err, REFUSED[i].wanted);
		command_free(&r);
	}
}
