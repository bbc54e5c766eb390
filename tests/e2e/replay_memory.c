/*
 * Captures with more connections than are worth keeping, or than fit: what `tcpsim replay` lets go
 * of, that it tells each of them all the same, and how it ends when memory is full.
 */
#include <criterion/criterion.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "support/bytes.h"
#include "support/command.h"
#include "support/segments.h"

static char *capture;

static void remove_capture(void)
{
	if (capture)
		g_unlink(capture);
	g_free(capture);
}

TestSuite(replay_memory, .fini = remove_capture);

/* `n` clients, each a SYN; if `answered` a whole handshake. */
static void make_capture(uint32_t n, bool answered)
{
	GByteArray *f = segments_begin();

	for (uint32_t i = 0; i < n; i++) {
		struct segment_ends ends = {0x0a000001 + i, 0xc0000201, 99, 80};

		segments_put(f, &ends, i * 10, true, SEGMENT_SYN);
		if (!answered)
			continue;
		segments_put(f, &ends, i * 10 + 1, false, SEGMENT_SYN | SEGMENT_ACK);
		segments_put(f, &ends, i * 10 + 2, true, SEGMENT_ACK);
	}
	capture = bytes_to_file(f);
}

static struct command_result replay(const char *before, const char *after)
{
	char *line = g_strdup_printf("replay %s %s %s", before, capture, after);
	struct command_result r = command_run(line);

	g_free(line);
	return r;
}

static void expect_contains(const char *text, const char *part)
{
	cr_expect_not_null(strstr(text, part), "%.500s\nlacks: %s", text, part);
}

Test(replay_memory, every_syn_of_a_flood_is_told_though_few_are_kept)
{
	make_capture(140000, false);
	struct command_result r = replay(
		"--json", "| grep '^{\"type\":\"connection\",' | cut -d, -f3 | sort -u | wc -l");
	cr_expect_eq(atoi(r.out), 140000, "%s", r.out);
	command_free(&r);
	r = replay("--json --events", "| grep -c '\"from\":\"CLOSED\",\"to\":\"SYN_SENT\"'");
	cr_expect_eq(atoi(r.out), 140000, "%s", r.out);
	command_free(&r);
	r = replay("--json", "| tail -n 1");
	expect_contains(r.out, "\"connections\":140000,");
	cr_expect_null(strstr(r.out, "\"let_go\":0,"), "%s", r.out);
	expect_contains(r.out, "\"truncated\":false,");
	command_free(&r);
}

Test(replay_memory, a_table_counts_what_it_did_not_keep)
{
	make_capture(140000, false);
	struct command_result r = replay("", "");

	cr_expect_eq(r.status, 0);
	expect_contains(r.out, "140000 unanswered\n");
	expect_contains(r.out, "SYN flood, it is suspected");
	expect_contains(r.out, "140000 connections to 192.0.2.1:80\nfrom at least ");
	expect_contains(r.out, "those with the least harm, are counted above and not kept");
	command_free(&r);
}

Test(replay_memory, a_connection_that_was_asked_for_is_kept)
{
	make_capture(140000, false);
	struct command_result r = replay("-c 5000", "");

	cr_expect_eq(r.status, 0);
	expect_contains(r.out, "connection 5000: client 10.0.19.137:99, server 192.0.2.1:80");
	command_free(&r);
}

Test(replay_memory, connections_that_live_are_kept_until_there_is_no_room)
{
	make_capture(20000, true);
	struct command_result r = replay("--json --memory 64M", "| tail -n 1");
	expect_contains(r.out, "\"connections\":20000,");
	expect_contains(r.out, "\"let_go\":0,\"truncated\":false,");
	command_free(&r);

	r = replay("--summary --memory 4M", "");
	cr_expect_eq(r.status, 2);
	expect_contains(r.err, "the 4.0 MB that it may use are full, with ");
	expect_contains(r.err, "give more by --memory");
	expect_contains(r.out, "the capture ends early; what is above was read before");
	command_free(&r);
	r = replay("--json --memory 4M", "| tail -n 1");
	expect_contains(r.out, "\"truncated\":true,");
	command_free(&r);
}

/* The sanitizers want address space of their own. */
Test(replay_memory, a_limit_of_the_shell_ends_it_with_a_line)
{
#ifdef __SANITIZE_ADDRESS__
	cr_skip("the sanitizer needs all the address space");
#endif
	make_capture(40000, true);
	char *line = g_strdup_printf("replay /dev/null; ulimit -v 45000; $TCPSIM replay --json "
				     "--events %s",
		capture);
	struct command_result r = command_run(line);

	cr_expect_eq(r.status, 2, "%d %.500s", r.status, r.err);
	expect_contains(r.err, "that it may use are full");
	expect_contains(r.out, "\"truncated\":true,");
	command_free(&r);
	g_free(line);
}

Test(replay_memory, a_size_is_a_number_and_a_unit)
{
	static const char *const BAD[] = {
		"1", "0", "3M", "x", "-5M", "12X", "5MM", "99999999999G", ""};

	capture = g_strdup("$TCPSIM_SOURCE/traces/samples/linux-request.pcap");
	for (gsize i = 0; i < G_N_ELEMENTS(BAD); i++) {
		char *option = g_strdup_printf("--memory '%s'", BAD[i]);
		struct command_result r = replay(option, "");

		cr_expect_eq(r.status, 2, "%s", BAD[i]);
		expect_contains(r.err, "replay: --memory takes a size from 4M on");
		command_free(&r);
		g_free(option);
	}
	struct command_result r = replay("--memory 4194304", "");
	cr_expect_eq(r.status, 0);
	command_free(&r);
}
