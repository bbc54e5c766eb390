/* Replay on captures of the running kernel (traces/samples): what happened is known, so the answer
 * is. */
#include <criterion/criterion.h>
#include <glib.h>
#include <string.h>

#include "support/command.h"

#define expect_contains(text, part)                                                                \
	cr_expect_not_null(strstr(text, part), "%s\nlacks: %s", text, part)

static struct command_result replayed(const char *options, const char *sample)
{
	char *line = g_strdup_printf("replay %s %s/traces/samples/linux-%s.pcap", options,
		g_getenv("TCPSIM_SOURCE"), sample);
	struct command_result r = command_run(line);

	cr_expect_eq(r.status, 0, "%s", r.err);
	cr_expect_str_eq(r.err, "");
	g_free(line);
	return r;
}

Test(samples, request_ends_closed)
{
	struct command_result r = replayed("--json", "request");

	expect_contains(r.out, "\"outcome\":\"closed\"");
	expect_contains(r.out, "\"state\":\"TIME_WAIT\",\"packets\":7,\"bytes\":100,");
	expect_contains(r.out, "\"state\":\"CLOSED\",\"packets\":5,\"bytes\":5004,");
	expect_contains(r.out, "\"handshake\":true");
	command_free(&r);
}

Test(samples, half_close_stands_in_the_ladder)
{
	struct command_result r = replayed("-c0", "request");

	expect_contains(r.out, "FIN_WAIT_2  <-- P. 5001:5005(4) ack 102 win 65536");
	command_free(&r);
}

Test(samples, refused_names_its_rule)
{
	struct command_result r = replayed("--json", "refused");

	expect_contains(r.out, "\"outcome\":\"refused\"");
	expect_contains(r.out, "\"cause\":\"no-listener\"");
	expect_contains(r.out, "\"rule\":\"rst/no-listener\"");
	command_free(&r);
}

Test(samples, abort_is_told_from_a_refusal)
{
	struct command_result r = replayed("--json", "abort");

	expect_contains(r.out, "\"outcome\":\"reset\"");
	expect_contains(r.out, "\"cause\":\"abort\"");
	command_free(&r);
}

Test(samples, overflow_suspects_a_full_queue)
{
	struct command_result r = replayed("--json", "overflow");

	expect_contains(r.out, "\"peak_completed\":2,\"syn_dropped_suspected\":10,");
	expect_contains(r.out, "\"connections\":4,");
	command_free(&r);
}

Test(samples, syn_schedule_is_recognised)
{
	struct command_result r = replayed("--json", "unanswered");

	expect_contains(r.out, "\"outcome\":\"unanswered\"");
	expect_contains(r.out, "\"fits\":[\"linux\"");
	command_free(&r);
}

Test(samples, icmp_errors_are_kept_with_the_connection)
{
	struct command_result r = replayed("--json", "unreachable");

	expect_contains(r.out, "\"icmp_errors\":[{\"packet\":2,\"type\":3,\"code\":1,");
	command_free(&r);
}

Test(samples, standard_input_is_read)
{
	char *path = g_build_filename(
		g_getenv("TCPSIM_SOURCE"), "traces/samples/linux-refused.pcap", NULL);
	char *line = g_strdup_printf("replay --json - <%s", path);
	struct command_result r = command_run(line);

	cr_expect_eq(r.status, 0);
	expect_contains(r.out, "\"file\":\"-\"");
	expect_contains(r.out, "\"outcome\":\"refused\"");
	command_free(&r);
	g_free(line);
	g_free(path);
}

Test(samples, loss_is_repaired_by_fast_retransmission)
{
	struct command_result r = replayed("--json --events", "loss");

	expect_contains(r.out, "\"rule\":\"observe/fast-retransmission\"");
	expect_contains(r.out, "\"unique_bytes\":100000,");
	cr_expect_null(strstr(r.out, "observe/timeout-retransmission"));
	command_free(&r);
}

Test(samples, closed_window_is_probed_and_not_kept_alive)
{
	struct command_result r = replayed("--json --events", "zero-window");

	expect_contains(r.out, "\"rule\":\"observe/window-probe\"");
	expect_contains(r.out, "\"zero_windows\":4,\"keepalives\":0,");
	expect_contains(r.out, "\"outcome\":\"closed\"");
	command_free(&r);
}

Test(samples, both_ends_open_at_once)
{
	struct command_result r = replayed("--json --events", "simultaneous-open");

	expect_contains(r.out, "\"handshake\":\"simultaneous\"");
	expect_contains(r.out, "\"side\":\"client\",\"from\":\"SYN_SENT\",\"to\":\"SYN_RCVD\"");
	expect_contains(r.out, "\"side\":\"server\",\"from\":\"SYN_SENT\",\"to\":\"SYN_RCVD\"");
	command_free(&r);
}

Test(samples, both_ends_close_at_once)
{
	struct command_result r = replayed("--json --events", "simultaneous-close");

	expect_contains(r.out, "\"side\":\"client\",\"from\":\"FIN_WAIT_1\",\"to\":\"CLOSING\"");
	expect_contains(r.out, "\"side\":\"client\",\"from\":\"CLOSING\",\"to\":\"TIME_WAIT\"");
	expect_contains(r.out, "\"side\":\"server\",\"from\":\"CLOSING\",\"to\":\"TIME_WAIT\"");
	command_free(&r);
}

Test(samples, keepalives_are_counted)
{
	struct command_result r = replayed("--json", "keepalive");

	expect_contains(r.out,
		"\"retransmitted\":0,\"out_of_order\":0,\"dup_acks\":0,\"zero_windows\":0,"
		"\"keepalives\":3,");
	command_free(&r);
}
