/* tcpsim run: our own scripts on their profiles, and what failures, reports and
 * settings look like. */
#include <criterion/criterion.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/command.h"

static struct command_result run_line(const char *format, ...)
	__attribute__((format(printf, 1, 2)));

static struct command_result run_line(const char *format, ...)
{
	char line[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	return command_run(line);
}

/* A script in a file of its own; the name lives until the next call. */
static const char *script(const char *text)
{
	static char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "/tmp/tcpsim-e2e-%d.pkt", (int)getpid());
	file = fopen(path, "w");
	fputs(text, file);
	fclose(file);
	return path;
}

static void expect_all_pass(const char *profile)
{
	struct command_result r = run_line("run --failed --profile %s %s/tests/scripts/%s", profile,
		getenv("TCPSIM_SOURCE"), profile);

	cr_expect_eq(r.status, 0, "%s%s", r.out, r.err);
	cr_expect_str_eq(r.out, "");
	command_free(&r);
}

Test(run, own_scripts_of_linux_pass)
{
	expect_all_pass("linux");
}

Test(run, own_scripts_of_linux_7_pass)
{
	expect_all_pass("linux-7");
}

Test(run, own_scripts_of_linux_7_3_pass)
{
	expect_all_pass("linux-7.3");
}

Test(run, own_scripts_of_freebsd_pass)
{
	expect_all_pass("freebsd");
}

Test(run, own_scripts_of_bsd44_pass)
{
	expect_all_pass("bsd44");
}

Test(run, own_scripts_of_rfc9293_pass)
{
	expect_all_pass("rfc9293");
}

static const char REFUSED[] = "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n"
			      "+0 bind(3, ..., ...) = 0\n"
			      "+0 < S 0:0(0) win 8760 <mss 1460>\n"
			      "+0 > S. 0:0(0) ack 1 win 5\n";

Test(run, failure_names_line_and_fields)
{
	struct command_result r = run_line("run --profile bsd44 %s", script(REFUSED));

	cr_expect_eq(r.status, 1);
	cr_expect_not_null(
		strstr(r.out, ":4: flags R. instead of S., win 0 instead of 5\n"), "%s", r.out);
	cr_expect_not_null(strstr(r.out, "     4 | +0 > S. 0:0(0) ack 1 win 5\n"), "%s", r.out);
	cr_expect_not_null(strstr(r.out, "  flags        expected S., got R.\n"), "%s", r.out);
	cr_expect_not_null(strstr(r.out, "[rst/no-listener]"), "%s", r.out);
	command_free(&r);
}

Test(run, json_is_a_line_a_script_and_one_for_the_run)
{
	struct command_result r = run_line("run --json --profile bsd44 %s", script(REFUSED));
	const char *second = strchr(r.out, '\n');

	cr_expect_eq(r.status, 1);
	cr_expect(strncmp(r.out, "{\"type\":\"script\",\"script\":\"/tmp/tcpsim-e2e-", 42) == 0,
		"%s", r.out);
	cr_expect_not_null(
		strstr(r.out,
			"\"ip\":\"ipv4\",\"profile\":\"bsd44\",\"result\":\"fail\",\"line\":4,"),
		"%s", r.out);
	cr_assert_not_null(second);
	cr_expect(strstr(second, "{\"type\":\"run\",\"scripts\":1,\"passed\":0,\"failed\":1,"
				 "\"errors\":0,\"skipped\":0,") == second + 1,
		"%s", second);
	command_free(&r);
}

Test(run, unreadable_script_is_an_error_with_its_place)
{
	struct command_result r = run_line("run %s", script("0 > S 0:5(0)\n"));

	cr_expect_eq(r.status, 2);
	cr_expect_not_null(
		strstr(r.out, ":1: the numbers do not fit: 0 plus a payload of 0 is 0, not 5\n"),
		"%s", r.out);
	command_free(&r);
}

Test(run, missing_file_is_told)
{
	struct command_result r = command_run("run /nonexistent.pkt");

	cr_expect_eq(r.status, 2);
	cr_expect_str_eq(r.err, "tcpsim: /nonexistent.pkt: no such file or folder; name scripts or "
				"folders of them\n");
	command_free(&r);
}

Test(run, format_prints_the_canonical_form)
{
	struct command_result r =
		run_line("run --format %s", script("+0.10  `a` // x\n 1.00...6.00 f (3) = 0\n"));

	cr_expect_eq(r.status, 0);
	cr_expect_str_eq(r.out, "+0.1 `a`\n1...6 f(3) = 0\n");
	command_free(&r);
}

Test(run, one_run_is_as_the_other)
{
	struct command_result a =
		run_line("run --explain --profile linux %s/tests/scripts/linux | grep -v ' in '",
			getenv("TCPSIM_SOURCE"));
	struct command_result b =
		run_line("run --explain --profile linux %s/tests/scripts/linux | grep -v ' in '",
			getenv("TCPSIM_SOURCE"));

	cr_expect_str_eq(a.out, b.out);
	command_free(&a);
	command_free(&b);
}

Test(run, python_and_the_evaluator_agree)
{
	const char *path = script("0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n"
				  "+0 bind(3, ..., ...) = 0\n+0 listen(3, 1) = 0\n"
				  "+0 < S 0:0(0) win 65535 <mss 1460>\n+0 > S. 0:0(0) ack 1 <...>\n"
				  "+0 < . 1:1(0) ack 1 win 65535\n+0 accept(3, ..., ...) = 4\n"
				  "+0 %{ x = tcpi_state; assert 0 < x < 2, x }%\n+0 %{ x += 1; "
				  "assert x == 3, 'x=%d' % x }%\n");
	struct command_result own = run_line("run %s", path),
			      python = run_line("run --python python3 %s", path);

	cr_expect_eq(own.status, 1);
	cr_expect_eq(python.status, 1);
	cr_expect_not_null(
		strstr(own.out, ":9: assert x == 3: 2 == 3 is false (x=2)\n"), "%s", own.out);
	cr_expect_not_null(strstr(python.out, ":9: AssertionError x=2\n"), "%s", python.out);
	command_free(&own);
	command_free(&python);
}

Test(run, real_programs_only_when_allowed)
{
	struct command_result r = run_line("run %s", script("0 `uname`\n"));

	cr_expect_eq(r.status, 1);
	cr_expect_not_null(
		strstr(r.out, "uname is not a command of the simulated host"), "%s", r.out);
	command_free(&r);
	r = run_line("run --allow-shell %s", script("0 `uname`\n"));
	cr_expect_eq(r.status, 0, "%s", r.out);
	command_free(&r);
}
