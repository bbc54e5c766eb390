/* Ladders as a person reads them: what is never left out, what is told in one line. */
#include <criterion/criterion.h>
#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "support/bytes.h"
#include "traces/report/ladder.h"
#include "traces/report/report.h"

#define expect_contains(text, part)                                                                \
	cr_expect_not_null(strstr(text, part), "%s\nlacks: %s", text, part)
#define expect_lacks(text, part) cr_expect_null(strstr(text, part), "%s\nhas: %s", text, part)

/* The ladder of a connection of a sample. Lives as long as the test. */
static char *ladder_of(const char *sample, const char *connection, struct report_style style)
{
	char *path = g_build_filename(g_getenv("TCPSIM_SOURCE"), "traces", "samples", sample, NULL);
	const char *paths[] = {path};
	char *why = NULL, *text = NULL;
	struct numbers *numbers = numbers_parse(connection, &why);
	struct replay_options options = {.keep_resets = true,
		.keep_limits = true,
		.rows = REPLAY_ROWS_OF,
		.rows_of = numbers};
	struct replay *r = replay_open(paths, 1, &options, NULL);
	size_t len;

	cr_assert_not_null(r);
	replay_run(r);
	style.out = open_memstream(&text, &len);
	report_ladder(r, (uint32_t)atoi(connection), &style);
	fclose(style.out);
	replay_free(r);
	numbers_free(numbers);
	g_free(path);
	return bytes_keep_text(text);
}

static unsigned times(const char *text, const char *part)
{
	unsigned n = 0;

	for (const char *at = text; (at = strstr(at, part)) != NULL; at += strlen(part))
		n++;
	return n;
}

/* Rows of packets. */
static unsigned rows_in(const char *text)
{
	return times(text, "-->") + times(text, "<--");
}

Test(ladder, windows_are_scaled_and_flights_told)
{
	char *text = ladder_of("linux-zero-window.pcap", "0", (struct report_style){.width = 100});

	/* The client's window field says 63; its scale is 2^10. A SYN's is never scaled. */
	expect_contains(text, "S 0:0(0) win 64240");
	expect_contains(text, ". 1:1(0) ack 1 win 64512");
	expect_contains(text, "P. 1449:2897(1448) ack 1 win 64512");
	expect_contains(text, " 2896/7240 ");
	expect_contains(text, " 8688/8688 ");
	text = ladder_of("linux-zero-window.pcap", "0", (struct report_style){.width = 80});
	expect_lacks(text, "2896/7240");
}

Test(ladder, a_silence_has_a_row_with_its_reason)
{
	char *text = ladder_of("linux-zero-window.pcap", "0", (struct report_style){.width = 120});

	expect_contains(text,
		"~ 2.90 s, nothing outstanding: stalled on the server's shut window: its "
		"program did not read (zero-window)\n");
	/* The probes in it are no silences of their own. */
	cr_expect_eq(times(text, "~ "), 1, "%s", text);
	text = ladder_of("linux-unanswered.pcap", "0", (struct report_style){.width = 120});
	expect_contains(text, "~ 1.02 s, the SYN of the client outstanding: lost to a SYN without "
			      "answer (lost on the way, or not taken) (lost-syn)\n");
	expect_contains(text, "~ 16.1 s, the SYN of the client outstanding: lost-syn\n");
}

Test(ladder, what_ends_a_silence_or_a_recovery_is_never_left_out)
{
	char *text = ladder_of(
		"linux-zero-window.pcap", "0", (struct report_style){.width = 120, .rows = 5});

	expect_contains(text, "\n22 3.092907");
	expect_contains(text, "\n 1 0.000000");
	expect_contains(text, "\n30 3.104988"); /* the FIN */
	expect_contains(text, "\n36 3.143809"); /* the last */
	expect_contains(text, "packets have no row; --all shows all of them");
	text = ladder_of("linux-loss.pcap", "0", (struct report_style){.width = 160, .rows = 8});
	expect_contains(text, "\n 93 0.096472");
	expect_contains(text, "recovery ends.");
	cr_expect_leq(rows_in(text), 12, "%s", text);
}

Test(ladder, as_many_rows_as_are_wanted)
{
	char *text =
		ladder_of("linux-loss.pcap", "0", (struct report_style){.width = 120, .rows = 60});

	cr_expect_leq(rows_in(text), 60 + 8, "%s", text);
	cr_expect_geq(rows_in(text), 40, "%s", text);
	expect_contains(text, " of 129 packets have no row");
	text = ladder_of("linux-loss.pcap", "0", (struct report_style){.width = 120, .all = true});
	cr_expect_eq(rows_in(text), 129, "%s", text);
	expect_lacks(text, "have no row");
}

Test(ladder, the_command_for_all_of_it_stands_below)
{
	char *text = ladder_of("linux-loss.pcap", "0",
		(struct report_style){.width = 200,
			.rows = 60,
			.command = "tcpsim replay --filter 'port 80'",
			.captures = "a.pcap"});

	expect_contains(text, "all of them: tcpsim replay --filter 'port 80' --all -c 0 a.pcap\n");
}

Test(ladder, a_run_is_one_line)
{
	char *text = ladder_of("linux-loss.pcap", "0", (struct report_style){.width = 160});

	expect_contains(text,
		"... 21 segments of the client, 55025:85433 (30.4 k bytes); 12 duplicate "
		"ACKs of the server, ack 18825, SACK up to 55025; 0.077 to 0.096 s\n");
}

Test(ladder, a_sentence_is_told_once)
{
	char *text = ladder_of("linux-unanswered.pcap", "0", (struct report_style){.width = 120});

	cr_expect_eq(times(text, "(observe/retransmitted-syn)"), 1, "%s", text);
	cr_expect_eq(times(text, "retransmitted syn\n"), 8, "%s", text);
	cr_expect_eq(
		times(text, "lost to a SYN without answer"), 2, "%s", text); /* the verdict's */
}

Test(ladder, of_who_never_spoke_no_state_is_told)
{
	char *text = ladder_of("linux-unanswered.pcap", "0", (struct report_style){.width = 150});

	expect_contains(text, "nothing of the server is in the capture\n");
	expect_lacks(text, "CLOSED");
	expect_contains(text, " ?\n");
	text = ladder_of("linux-overflow.pcap", "3", (struct report_style){.width = 160});
	expect_contains(text,
		"nothing of the server is in the capture, though its port has answered "
		"others\n");
	/* Who answers with SYN,ACK had been listening, who refuses had not. */
	text = ladder_of("linux-request.pcap", "0", (struct report_style){.width = 120});
	cr_expect_eq(times(text, " LISTEN\n"), 1, "%s", text);
	text = ladder_of("linux-refused.pcap", "0", (struct report_style){.width = 120});
	expect_lacks(text, "LISTEN");
	expect_contains(text, " CLOSED\n");
}

Test(ladder, the_clock_on_the_wall)
{
	g_setenv("TZ", "UTC-2", TRUE);
	char *text = ladder_of(
		"linux-request.pcap", "0", (struct report_style){.width = 120, .wall = true});
	char *utc;

	g_setenv("TZ", "UTC", TRUE);
	utc = ladder_of(
		"linux-request.pcap", "0", (struct report_style){.width = 120, .wall = true});
	cr_expect(g_regex_match_simple(
			  "\n 1 [0-2][0-9]:[0-5][0-9]:[0-5][0-9]\\.[0-9]{6} ", text, 0, 0),
		"%s", text);
	cr_expect(g_regex_match_simple("; from 20[0-9-]{8} [0-9:]{8} UTC\n", utc, 0, 0), "%s", utc);
	cr_expect_str_neq(text, utc);
}

Test(ladder, addresses_are_whole_however_narrow_it_is)
{
	char *text = ladder_of("linux-request.pcap", "0", (struct report_style){.width = 40});

	expect_contains(text, "192.0.2.1:43019");
	expect_contains(text, "192.0.2.2:8080");
}
