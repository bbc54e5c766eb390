/* tcpsim compare, as a user meets it; on the real kernel where that can be had. */
#include <criterion/criterion.h>
#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/command.h"
#include "support/kernel.h"

/* The scripts that take no more than a second of real time. */
static const char *const QUICK[] = {"abort-by-linger", "bind-in-use", "connect-refused",
	"rst-in-window-kills", "syn-in-established-is-challenged", "listen-handshake-accept",
	"joined-segments-count-as-they-were"};

static char *quick_scripts(void)
{
	GString *line = g_string_new(NULL);

	for (size_t i = 0; i < G_N_ELEMENTS(QUICK); i++)
		g_string_append_printf(
			line, " %s/tests/scripts/linux/%s.pkt", getenv("TCPSIM_SOURCE"), QUICK[i]);
	return g_string_free(line, FALSE);
}

Test(compare, the_kernel_and_the_model_agree_on_plain_scripts)
{
	char *scripts = quick_scripts(), *line = g_strdup_printf("compare -j 2 %s", scripts);
	struct command_result r;

	kernel_or_skip();
	r = command_run(line);
	cr_expect_eq(r.status, 0, "%s%s", r.out, r.err);
	cr_expect_not_null(strstr(r.out, "7 scripts: 7 the same"), "%s", r.out);
	command_free(&r);
	g_free(line);
	g_free(scripts);
}

Test(compare, a_script_that_is_not_true_of_the_kernel_fails_there)
{
	char *line = g_strdup_printf(
		"compare --only kernel %s/tests/scripts/bsd44/connect-no-answer-6-24-75.pkt",
		getenv("TCPSIM_SOURCE"));
	struct command_result r;

	kernel_or_skip();
	r = command_run(line);
	cr_expect_eq(r.status, 1, "%s%s", r.out, r.err);
	cr_expect_not_null(strstr(r.out, "outbound packet expected at 5.5"), "%s", r.out);
	command_free(&r);
	g_free(line);
}

Test(compare, scenarios_are_played_on_the_kernel)
{
	struct command_result r;

	kernel_or_skip();
	r = command_run("compare --generate 20 -j 20 --json");
	cr_expect(r.status == 0 || r.status == 1, "%s%s", r.out, r.err);
	cr_expect_not_null(strstr(r.out, "\"scenarios\":20"), "%s", r.out);
	cr_expect_not_null(strstr(r.out, "\"not_run\":0"), "%s", r.out);
	command_free(&r);
}

Test(compare, another_profile_may_stand_in_the_kernels_place)
{
	struct command_result r = command_run("compare --generate 40 --with linux");

	cr_expect_eq(r.status, 0, "%s%s", r.out, r.err);
	command_free(&r);
	r = command_run("compare --generate 40 --with freebsd --json");
	cr_expect_eq(r.status, 1, "%s%s", r.out, r.err);
	cr_expect_not_null(strstr(r.out, "\"type\":\"difference\""), "%s", r.out);
	command_free(&r);
}

/* Scripts of what a system did are true of it. */
static void expect_records_pass(const char *ip)
{
	char *folder = g_strdup_printf("%s/tcpsim-record-%d", g_get_tmp_dir(), (int)getpid());
	char *make = g_strdup_printf(
		"compare --generate 120 --ip %s --with linux --record %s", ip, folder);
	char *play = g_strdup_printf("run --profile linux %s", folder);
	char *away = g_strdup_printf("rm -r %s", folder);
	struct command_result r = command_run(make);
	unsigned scripts = 0;

	cr_expect_eq(r.status, 0, "%s%s", r.out, r.err);
	command_free(&r);
	r = command_run(play);
	cr_expect_eq(r.status, 0, "%s%s", r.out, r.err);
	cr_assert_eq(sscanf(strrchr(g_strchomp(r.out), '\n') + 1, "%u scripts:", &scripts), 1, "%s",
		r.out);
	cr_expect_geq(scripts, 60);
	command_free(&r);
	cr_expect_eq(system(away), 0);
	g_free(folder);
	g_free(make);
	g_free(play);
	g_free(away);
}

Test(compare, what_was_recorded_of_a_profile_passes_on_it, .timeout = 120)
{
	expect_records_pass("ipv4");
	expect_records_pass("ipv6");
}

Test(compare, what_is_wrong_is_told)
{
	static const struct {
		const char *line, *says;
	} WRONG[] = {{"compare", "a script, a world or a folder of either is needed"},
		{"compare --only kernal x", "did you mean kernel?"},
		{"compare --generate 5 x.pkt", "leave 'x.pkt' away"},
		{"compare --generate 5 --with linus", "did you mean linux"},
		{"compare --generate 5 --sysctls all", "--sysctls takes default or random"},
		{"compare /nonexistent", "/nonexistent"}, {"compare --generate -5", "from 0 on"},
		{"compare -j 0 x.pkt", "-j takes a number from 1 to 1000, not 0"},
		{"compare --runs 0 x.world", "--runs takes a number from 1 to 100, not 0"},
		{"compare --seed 3 x.pkt", "--seed is for worlds and --generate; 'x.pkt' is"},
		{"compare --plain 3 x.pkt", "--plain, --out, --record and --shrink go with"}};

	for (size_t i = 0; i < G_N_ELEMENTS(WRONG); i++) {
		struct command_result r = command_run(WRONG[i].line);

		cr_expect_eq(r.status, 2, "%s", WRONG[i].line);
		cr_expect_not_null(strstr(r.err, WRONG[i].says), "%s: %s", WRONG[i].line, r.err);
		command_free(&r);
	}
}

Test(compare, a_script_that_cannot_be_read_is_no_agreement)
{
	struct command_result r;
	char path[] = "/tmp/tcpsim-compare-XXXXXX.pkt";
	int fd = mkstemps(path, 4);
	char *line = g_strdup_printf("compare %s", path),
	     *json = g_strdup_printf("compare --json %s", path),
	     *says = g_strdup_printf("error   %s:1: expected a time", path);

	kernel_or_skip();
	cr_assert_eq(write(fd, "soon\n", 5), 5);
	close(fd);
	r = command_run(line);
	cr_expect_eq(r.status, 2, "%s%s", r.out, r.err);
	cr_expect_not_null(strstr(r.out, says), "%s", r.out);
	cr_expect_not_null(strstr(r.out, "1 scripts: 0 the same"), "%s", r.out);
	cr_expect_not_null(strstr(r.out, "0 differ, 1 cannot be read"), "%s", r.out);
	command_free(&r);
	r = command_run(json);
	cr_expect_not_null(strstr(r.out, "\"agree_all\":0,\"not_run\":1,"), "%s", r.out);
	command_free(&r);
	unlink(path);
	g_free(line);
	g_free(json);
	g_free(says);
}

/* --- worlds --- */

static struct command_result on_worlds(const char *options, const char *worlds)
{
	GString *line = g_string_new("compare ");
	struct command_result r;
	char **each = g_strsplit(worlds, " ", -1);

	g_string_append(line, options);
	for (guint i = 0; each[i]; i++)
		g_string_append_printf(
			line, " %s/docs/worlds/%s.world", getenv("TCPSIM_SOURCE"), each[i]);
	r = command_run(line->str);
	g_strfreev(each);
	g_string_free(line, TRUE);
	return r;
}

/* Three runs: a busy machine may be late in one. */
Test(compare, the_kernel_and_the_model_agree_on_a_world)
{
	struct command_result r;

	kernel_or_skip();
	r = on_worlds("--runs 3 --json", "handshake");
	cr_expect_eq(r.status, 0, "%s%s", r.out, r.err);
	cr_expect_not_null(
		strstr(r.out, "\"tolerance_ns\":16000000,\"tolerance_percent\":20}"), "%s", r.out);
	cr_expect_not_null(
		strstr(r.out, "\"kernel_hosts\":[\"client\"],\"agree\":true"), "%s", r.out);
	cr_expect_not_null(strstr(r.out, "{\"type\":\"compare\",\"scenarios\":1,\"agree_all\":1"),
		"%s", r.out);
	command_free(&r);
}

/* Where the model is another system the kernel is not it, each time. */
Test(compare, a_world_whose_bsd_host_becomes_the_kernel_differs)
{
	struct command_result r;

	kernel_or_skip();
	r = on_worlds("--kernel client", "refused");
	cr_expect_eq(r.status, 1, "%s%s", r.out, r.err);
	cr_expect_not_null(
		strstr(r.out, "client's segment 1: segment, window (send/syn)"), "%s", r.out);
	cr_expect_not_null(strstr(r.out, "=>  0.000000 client: S 0:0(0) win 8192"), "%s", r.out);
	cr_expect_not_null(strstr(r.out, "became                 refused"), "%s", r.out);
	cr_expect_not_null(
		strstr(r.out, "ms apart (16 ms, 20 % of the wait, and the lateness)"), "%s", r.out);
	command_free(&r);
	r = on_worlds("--json --kernel client", "refused");
	cr_expect_not_null(strstr(r.out, "\"kind\":\"segment\",\"field\":\"window\""), "%s", r.out);
	cr_expect_not_null(strstr(r.out, "\"agree_all\":0,"), "%s", r.out);
	command_free(&r);
}

static void expect_line(const struct command_result *r, int status, const char *text)
{
	cr_expect_eq(r->status, status, "%s%s", r->out, r->err);
	cr_expect(strstr(r->out, text) || strstr(r->err, text), "no '%s' in %s%s", text, r->out,
		r->err);
}

Test(compare, worlds_and_their_options_are_checked)
{
	struct command_result r = on_worlds("", "refused");

	expect_line(&r, 0, "no host of it has the profile linux; --kernel HOST names some");
	command_free(&r);
	r = on_worlds("--kernel clinet", "refused");
	expect_line(&r, 2, "there is no host 'clinet' in ");
	expect_line(&r, 2, "did you mean client?");
	command_free(&r);
	r = on_worlds("--only kernel", "refused");
	expect_line(&r, 2, "--only, --profile, --ip and --define are for scripts");
	command_free(&r);
	r = on_worlds("--kernel client /tmp/x.pkt", "refused");
	expect_line(&r, 2, "'/tmp/x.pkt' is no world and");
	command_free(&r);
	r = command_run("compare --kernel client /tmp/x.pkt");
	expect_line(&r, 2, "--kernel and --runs are for worlds; '/tmp/x.pkt' is none");
	command_free(&r);
	r = command_run("compare /nowhere/x.world");
	expect_line(&r, 2, "/nowhere/x.world: cannot be read");
	command_free(&r);
}
