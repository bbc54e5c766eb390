/*
 * tcpsim exec, as a user meets it: python3 and curl unmodified on this TCP, a kernel as their peer.
 * Skipped, with the reason, where namespaces or the programs cannot be had.
 */
#include <criterion/criterion.h>
#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/command.h"

#define PYTHON "/usr/bin/python3"

static char *folder; /* of a test's own */

static void enter_folder(void)
{
	char *scripts = g_build_filename(getenv("TCPSIM_SOURCE"), "tests/e2e/exec", NULL);

	folder = g_dir_make_tmp("tcpsim-exec-XXXXXX", NULL);
	g_setenv("FOLDER", folder, TRUE);
	g_setenv("SCRIPTS", scripts, TRUE);
	g_free(scripts);
}

static void leave_folder(void)
{
	char *line = g_strdup_printf("rm -rf '%s'", folder);

	cr_assert_eq(system(line), 0);
	g_free(line);
	g_free(folder);
}

TestSuite(exec, .init = enter_folder, .fini = leave_folder);

/* Is all that is needed here? The program's own words are the reason. */
static void need(const char *program)
{
	struct command_result r;
	char *path = g_find_program_in_path(program);

	if (!path)
		cr_skip_test("%s is not installed", program);
	g_free(path);
	r = command_run("exec -q true");
	if (r.status == 2 &&
		(strstr(r.err, "namespace") || strstr(r.err, "seccomp") || strstr(r.err, "TUN")))
		cr_skip_test("%s", r.err);
	cr_assert_eq(r.status, 0, "%s", r.err);
	command_free(&r);
}

/* The line ran, and said that somewhere. */
static void expect(const char *line, int status, const char *says)
{
	struct command_result r = command_run(line);

	cr_expect_eq(r.status, status, "%s: status %d\n%s%s", line, r.status, r.out, r.err);
	cr_expect(strstr(r.out, says) || strstr(r.err, says), "%s: no '%s' in\n%s%s", line, says,
		r.out, r.err);
	command_free(&r);
}

/* Each check of program.py is a line, "NAME: ok". */
static void run_checks(const char *arguments)
{
	char *line = g_strdup_printf("exec -q %s", arguments);
	struct command_result r = command_run(line);
	char **lines = g_strsplit(g_strchomp(r.out), "\n", -1);

	cr_expect_eq(r.status, 0, "%s: status %d\n%s", line, r.status, r.err);
	for (char **l = lines; *l; l++)
		cr_expect(g_str_has_suffix(*l, ": ok"), "%s", *l);
	g_strfreev(lines);
	command_free(&r);
	g_free(line);
}

#define CHECKS(address)                                                                            \
	"--peer 'STALLED=$FOLDER/n exec " PYTHON " $SCRIPTS/peer.py' -- "                          \
	"env STALLED=$FOLDER/n " PYTHON " $SCRIPTS/program.py " address

Test(exec, every_call_does_what_a_kernels_does_over_ipv4)
{
	need(PYTHON);
	run_checks(CHECKS("10.0.1.2"));
}

Test(exec, every_call_does_what_a_kernels_does_over_ipv6)
{
	need(PYTHON);
	run_checks(CHECKS("fd00:0:0:1::2"));
}

Test(exec, what_does_not_answer_is_told_as_it_is)
{
	need(PYTHON);
	run_checks("--world $SCRIPTS/far.world --host program -- " PYTHON
		   " $SCRIPTS/program.py 10.0.2.2 far_off");
}

/* --- bytes --- */

#define MAKE_FILE "head -c $SIZE /dev/urandom > $FOLDER/file; "
/* What came is what was there; and the capture holds nothing that no two TCPs say to each other. */
#define COMPARE                                                                                    \
	"; cmp $FOLDER/file $FOLDER/copy && " PYTHON                                               \
	" $SCRIPTS/captured.py $TCPSIM run.pcapng && echo the same"

static void run_both(const char *program, const char *options, const char *address)
{
	char *line = g_strdup_printf("--version >/dev/null; cd $FOLDER; " MAKE_FILE
				     "$TCPSIM exec -q --pcap run.pcapng %s " COMPARE,
		options);

	need(program);
	g_setenv("AT", address, TRUE);
	g_setenv("SIZE", strstr(options, "line.world") ? "300000" : "20000000", TRUE);
	expect(line, 0, "the same");
	g_free(line);
}

#define CURL_FETCHES                                                                               \
	"--peer 'exec " PYTHON " -m http.server --bind :: 8000 2>/dev/null' -- "                   \
	"curl -gsS -o copy http://$AT:8000/file"
#define PYTHON_SERVES                                                                              \
	"--client \"curl -gsS -o copy http://$AT:8000/file\" -- " PYTHON                           \
	" -m http.server --bind :: 8000"

Test(exec, curl_fetches_from_a_kernel_over_ipv4)
{
	run_both("curl", CURL_FETCHES, "10.0.1.2");
}

Test(exec, curl_fetches_from_a_kernel_over_ipv6)
{
	run_both("curl", CURL_FETCHES, "[fd00:0:0:1::2]");
}

Test(exec, python_serves_a_kernels_curl_over_ipv4)
{
	run_both("curl", PYTHON_SERVES, "10.0.1.1");
}

Test(exec, python_serves_a_kernels_curl_over_ipv6)
{
	run_both("curl", PYTHON_SERVES, "[fd00:0:0:1::1]");
}

/* A system without offload: the devices carry one segment at a time. */
Test(exec, one_segment_at_a_time_gives_the_same_bytes)
{
	run_both("curl", "--profile bsd44 " CURL_FETCHES, "10.0.1.2");
}

Test(exec, one_segment_at_a_time_is_served_the_same_bytes)
{
	run_both("curl", "--profile bsd44 " PYTHON_SERVES, "[fd00:0:0:1::1]");
}

Test(exec, a_line_that_loses_gives_the_same_bytes)
{
	run_both("curl", "--world $SCRIPTS/line.world --host program " CURL_FETCHES, "10.0.1.2");
}

/* --- in worlds --- */

Test(exec, commands_of_a_world_are_told_with_their_time)
{
	struct command_result r;

	need("curl");
	r = command_run("--version >/dev/null; cd $FOLDER; "
			"$TCPSIM simulate --summary $SCRIPTS/commands.world && cat said.txt");
	cr_expect_eq(r.status, 0, "%s", r.err);
	cr_expect_not_null(strstr(r.out, "here, server: Serving HTTP on"), "%s", r.out);
	cr_expect_not_null(strstr(r.out, "bsd, client: <!DOCTYPE HTML"), "%s", r.out);
	cr_expect_not_null(strstr(r.out, "bsd, client: exit status 3"), "%s", r.out);
	cr_expect_not_null(strstr(r.out, "\nto a file\n"), "%s", r.out);
	cr_expect_null(strstr(r.out, "silent:"), "%s", r.out);
	command_free(&r);
}

static unsigned count_of(const char *text, const char *part)
{
	unsigned n = 0;

	for (const char *at = text; (at = strstr(at, part)); at += strlen(part))
		n++;
	return n;
}

Test(exec, commands_on_models_meet_and_what_hangs_is_ended)
{
	struct command_result r;

	need("curl");
	need(PYTHON);
	r = command_run("simulate --summary $SCRIPTS/models.world");
	cr_expect_eq(count_of(r.out, "a, client: 200"), 3, "%s", r.out);
	cr_expect_not_null(strstr(r.out, "a, hangs: begins"), "%s", r.out);
	cr_expect_not_null(strstr(r.out, "a, hangs: still running, and ended here"), "%s", r.out);
	cr_expect_null(strstr(r.out, "server: still running"), "%s", r.out);
	command_free(&r);
}

Test(exec, commands_need_the_real_clock)
{
	expect("simulate --seeds 2 $SCRIPTS/commands.world", 2, "has real time alone");
}

/* --- the command --- */

Test(exec, the_exit_status_is_the_programs)
{
	need("sh");
	expect("exec -q -- sh -c 'exit 7'", 7, "");
	expect("exec -q -- sh -c 'kill -9 $$'", 128 + 9, "");
	expect("exec -- true", 0, "exit status 0");
	/* Of one that only listened: what its client says. */
	expect("exec -q --client 'exit 5' -- " PYTHON " -m http.server", 5, "");
}

Test(exec, what_it_did_is_told_and_captured)
{
	need("curl");
	expect("exec --pcap $FOLDER/x.pcapng --peer 'exec " PYTHON
	       " -m http.server --bind :: 8000 2>/dev/null' -- curl -sS http://peer:8000/",
		0, "peer:8000");
	expect("replay --json $FOLDER/x.pcapng", 0, "\"outcome\":\"closed\"");
}

Test(exec, what_it_did_is_a_page)
{
	need("curl");
	expect("exec -q --html $FOLDER/x.html --peer 'exec " PYTHON
	       " -m http.server --bind :: 8000 2>/dev/null' -- curl -sS -o /dev/null "
	       "http://peer:8000/; grep -q '^<!DOCTYPE html>' $FOLDER/x.html && echo a page",
		0, "a page");
	expect("exec --html /nowhere/x.html true", 2, "/nowhere/x.html: cannot be written");
}

Test(exec, what_cannot_be_run_is_said)
{
	expect("exec", 2, "which program?");
	expect("exec no-such-program", 2, "there is no program 'no-such-program'");
	expect("exec --profile linus true", 2, "did you mean linux?");
	expect("exec --host x true", 2, "--world and --host go together");
	expect("exec --world $SCRIPTS/far.world --host q true", 2, "there is no node 'q'");
	expect("exec --world $SCRIPTS/far.world --host peer true", 2, "is no model's host");
	expect("exec --world $SCRIPTS/far.world --host program --profile bsd44 true", 2,
		"the file says the profile");
	expect("--version >/dev/null; cp /bin/true $FOLDER/s; chmod u+s $FOLDER/s; "
	       "$TCPSIM exec $FOLDER/s",
		2, "is set-uid");
}

Test(exec, a_server_that_takes_its_time_is_waited_for)
{
	need("curl");
	expect("exec --peer 'sleep 4; exec " PYTHON " -m http.server 8000 2>/dev/null' -- "
	       "curl -sS -o /dev/null http://10.0.1.2:8000/",
		0, "the command on peer does not listen yet");
}

Test(exec, a_background_process_is_not_left_behind)
{
	need("sh");
	expect("exec -q --client 'true' -- " PYTHON " -c 'import socket, time\n"
	       "s = socket.create_server((\"\", 80))\ntime.sleep(1000)'; "
	       "echo over",
		0, "over");
}
