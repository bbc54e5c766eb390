/* The command line as a user meets it: statuses, complaints, near names. */
#include <criterion/criterion.h>
#include <string.h>

#include "support/command.h"

#define expect_contains(text, part)                                                                \
	cr_expect_not_null(strstr(text, part), "%s\nlacks: %s", text, part)

Test(cli, version_is_told)
{
	struct command_result r = command_run("--version");

	cr_expect_eq(r.status, 0);
	cr_expect_str_eq(r.out, "tcpsim 0.1.0\n");
	cr_expect_str_eq(r.err, "");
	command_free(&r);
}

Test(cli, no_command_is_a_wrong_use)
{
	struct command_result r = command_run("");

	cr_expect_eq(r.status, 2);
	cr_expect_str_eq(r.err, "tcpsim: a command is needed, such as 'tcpsim help'\n");
	command_free(&r);
}

Test(cli, unknown_command_names_near_ones)
{
	struct command_result r = command_run("explian rst/abort");

	cr_expect_eq(r.status, 2);
	cr_expect_str_eq(r.out, "");
	cr_expect_str_eq(r.err, "tcpsim: unknown command 'explian': did you mean explain?\n");
	command_free(&r);
}

Test(cli, command_near_nothing_points_to_help)
{
	struct command_result r = command_run("frobnicate");

	cr_expect_eq(r.status, 2);
	cr_expect_str_eq(r.err, "tcpsim: unknown command 'frobnicate': 'tcpsim help' lists them\n");
	command_free(&r);
}

Test(cli, a_name_does_not_command_the_terminal)
{
	struct command_result r = command_run("\"$(printf 'a\\033[31mb\\nc')\"");

	cr_expect_eq(r.status, 2);
	cr_expect_str_eq(r.err, "tcpsim: unknown command 'a?[31mb?c': 'tcpsim help' lists them\n");
	command_free(&r);
}

Test(cli, unknown_option_names_near_ones)
{
	struct command_result r = command_run("explain --jsno");

	cr_expect_eq(r.status, 2);
	cr_expect_str_eq(r.err, "tcpsim: unknown option '--jsno': did you mean --json?\n");
	command_free(&r);
}

Test(cli, help_lists_every_command)
{
	struct command_result r = command_run("help");

	cr_expect_eq(r.status, 0);
	expect_contains(r.out, "\n  explain ");
	expect_contains(r.out, "\n  completion ");
	command_free(&r);
}

Test(cli, help_of_a_command_tells_its_options)
{
	struct command_result r = command_run("help explain");
	struct command_result same = command_run("explain --help");

	cr_expect_eq(r.status, 0);
	expect_contains(r.out, "Usage: tcpsim explain [options] [RULE|WORD...]\n");
	expect_contains(r.out, "  --json\n");
	cr_expect_str_eq(r.out, same.out);
	command_free(&r);
	command_free(&same);
}

Test(cli, man_page_has_every_option)
{
	struct command_result r = command_run("help --man");

	cr_expect_eq(r.status, 0);
	expect_contains(r.out, ".TH TCPSIM 1");
	expect_contains(r.out, ".SS \"tcpsim explain [options] [RULE|WORD...]\"");
	expect_contains(r.out, ".B \\-\\-json");
	command_free(&r);
}

Test(cli, lab_wants_a_file)
{
	struct command_result r = command_run("lab");

	cr_expect_eq(r.status, 2);
	cr_expect_str_eq(r.err, "tcpsim: lab: where to? 'tcpsim lab --out lab.html'\n");
	command_free(&r);
}

/* The program in a folder where no page was built beside it. */
Test(cli, lab_says_what_to_install)
{
	struct command_result r =
		command_run("help >/dev/null; d=$(mktemp -d) && cp \"$TCPSIM\" \"$d\" && "
			    "\"$d/tcpsim\" lab --out "
			    "\"$d/lab.html\"; status=$?; ls \"$d\"; rm -r \"$d\"; exit $status");

	cr_expect_eq(r.status, 2, "%d", r.status);
	cr_expect_str_eq(r.out, "tcpsim\n");
	expect_contains(
		r.err, "tcpsim: lab: the page is not built, as emscripten is not installed: ");
	expect_contains(r.err, "apt-get install emscripten");
	command_free(&r);
}

Test(cli, full_disk_is_an_error)
{
	struct command_result r = command_run("help >/dev/full");

	cr_expect_eq(r.status, 2);
	cr_expect_str_eq(
		r.err, "tcpsim: standard output: cannot be written: No space left on device\n");
	command_free(&r);
}

Test(explain, a_rule_tells_clause_and_sentence)
{
	struct command_result r = command_run("explain rst/no-listener");

	cr_expect_eq(r.status, 0);
	expect_contains(r.out, "rst/no-listener\n");
	expect_contains(r.out, "A SYN came for a port where nobody listens");
	expect_contains(r.out, "RFC 9293 §3.5.2");
	command_free(&r);
}

Test(explain, json_is_one_object_a_line)
{
	struct command_result r = command_run("explain --json rst/abort");

	cr_expect_eq(r.status, 0);
	cr_expect_eq(
		strncmp(r.out, "{\"type\":\"rule\",\"name\":\"rst/abort\",", 34), 0, "%s", r.out);
	cr_expect_eq(
		strchr(r.out, '\n'), r.out + strlen(r.out) - 1, "more than one line: %s", r.out);
	command_free(&r);
}

Test(explain, a_group_lists_its_rules)
{
	struct command_result r = command_run("explain rst");

	cr_expect_eq(r.status, 0);
	expect_contains(r.out, "rst/no-listener");
	cr_expect_null(strstr(r.out, "arrive/"));
	command_free(&r);
}

Test(explain, unknown_rule_names_near_ones)
{
	struct command_result r = command_run("explain rst/no-listner");

	cr_expect_eq(r.status, 2);
	cr_expect_str_eq(
		r.err, "tcpsim: unknown rule 'rst/no-listner': did you mean rst/no-listener?\n");
	command_free(&r);
}

/* The script must be one that bash can read, and complete the commands' names. */
Test(completion, completes_a_command)
{
	struct command_result r =
		command_run("completion | bash -c 'source /dev/stdin; COMP_WORDS=(tcpsim exp); "
			    "COMP_CWORD=1; _tcpsim; echo \"${COMPREPLY[@]}\"'");

	cr_expect_str_eq(r.out, "explain\n");
	cr_expect_str_eq(r.err, "");
	command_free(&r);
}

Test(completion, completes_an_option_of_its_command)
{
	struct command_result r = command_run(
		"completion | bash -c 'source /dev/stdin; COMP_WORDS=(tcpsim explain --js); "
		"COMP_CWORD=2; _tcpsim; echo \"${COMPREPLY[@]}\"'");

	cr_expect_str_eq(r.out, "--json\n");
	command_free(&r);
}

Test(profiles, lists_each_with_its_summary)
{
	struct command_result r = command_run("profiles");

	cr_expect_eq(r.status, 0);
	expect_contains(r.out, "bsd44 ");
	expect_contains(r.out, "\nlinux ");
	expect_contains(r.out, "\nfreebsd ");
	expect_contains(r.out, "\nrfc9293 ");
	command_free(&r);
}

/* The brief: one SYN, 6 s, another, 24 s, another, and after 75 s in all the error. */
Test(profiles, bsd44_connects_as_stevens_says)
{
	struct command_result r = command_run("profiles bsd44");

	cr_expect_eq(r.status, 0);
	expect_contains(r.out, "connect() without an answer: SYN at 0 6 30 s, ETIMEDOUT at 75 s\n");
	command_free(&r);
}

Test(profiles, json_has_times_in_nanoseconds)
{
	struct command_result r = command_run("profiles --json bsd44");

	cr_expect_eq(r.status, 0);
	expect_contains(r.out,
		"\"syn_again_ns\":[6000000000,30000000000],\"connect_gives_up_ns\":75000000000");
	expect_contains(r.out, "\"tick\":500000000,");
	cr_expect_eq(strchr(r.out, '\n'), r.out + strlen(r.out) - 1, "more than one line");
	command_free(&r);
}

Test(profiles, diff_shows_what_differs)
{
	struct command_result r = command_run("profiles --diff bsd44 linux");

	cr_expect_eq(r.status, 1);
	expect_contains(r.out, "rst_accept");
	cr_expect_null(strstr(r.out, "\nttl  "), "a setting that is the same is left out");
	command_free(&r);
}

Test(profiles, diff_of_one_with_itself_is_empty)
{
	struct command_result r = command_run("profiles --diff linux linux --json");

	cr_expect_eq(r.status, 0);
	cr_expect_str_eq(r.out, "");
	command_free(&r);
}

Test(profiles, unknown_one_names_near_ones)
{
	struct command_result r = command_run("profiles lunix");

	cr_expect_eq(r.status, 2);
	cr_expect_str_eq(r.out, "");
	cr_expect_eq(strncmp(r.err, "tcpsim: unknown profile 'lunix': did you mean linux", 50), 0,
		"%s", r.err);
	command_free(&r);
}

Test(profiles, diff_wants_two)
{
	struct command_result r = command_run("profiles --diff linux");

	cr_expect_eq(r.status, 2);
	cr_expect_str_eq(
		r.err, "tcpsim: profiles: --diff takes two profiles, such as 'bsd44 linux'\n");
	command_free(&r);
}

Test(profiles, schema_tells_kind_and_choices)
{
	struct command_result r = command_run("profiles --schema --json");

	cr_expect_eq(r.status, 0);
	expect_contains(r.out,
		"{\"type\":\"setting\",\"name\":\"rst_accept\",\"kind\":\"choice\",\"unit\":\"\","
		"\"choices\":[\"in-window\",\"exact\"]");
	command_free(&r);
}

Test(cli, option_before_the_command_is_told)
{
	struct command_result r = command_run("--json explain");

	cr_expect_eq(r.status, 2);
	cr_expect_str_eq(r.err,
		"tcpsim: option '--json' comes before the command: type 'tcpsim COMMAND --json'\n");
	command_free(&r);
}
