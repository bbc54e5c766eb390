/*
 * Lessons: each goes through, its questions have answers, and these are what the books say: the file
 * tests/golden/lessons/answers.txt was written by hand, from the statements, not from a run.
 */
#include <criterion/criterion.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>

#include "support/command.h"
#include "support/kernel.h"

static char *answers_path(void)
{
	return g_build_filename(
		g_getenv("TCPSIM_SOURCE"), "tests/golden/lessons/answers.txt", NULL);
}

/* The names that the list has. */
static char **all_lessons(void)
{
	struct command_result r = command_run("lesson");
	char **line = g_strsplit(g_strstrip(r.out), "\n", -1);

	cr_assert_eq(r.status, 0, "%s", r.err);
	for (guint i = 0; line[i]; i++)
		line[i][strcspn(line[i], " ")] = '\0';
	command_free(&r);
	return line;
}

Test(lesson, there_is_one_for_each_statement)
{
	for (unsigned s = 1; s <= 20; s++) {
		char *line = g_strdup_printf("lesson S%u", s);
		struct command_result r = command_run(line);
		char *wanted = g_strdup_printf("(statement S%u)\n", s);

		cr_expect_eq(r.status, 0, "%s: %s", line, r.err);
		cr_expect(strstr(r.out, wanted), "%s: %s", line, r.out);
		g_free(wanted);
		g_free(line);
		command_free(&r);
	}
}

Test(lesson, each_goes_straight_through_in_a_pipe)
{
	char **name = all_lessons();

	cr_assert_geq(g_strv_length(name), 31);
	for (guint i = 0; name[i]; i++) {
		char *line = g_strdup_printf("lesson %s", name[i]);
		struct command_result r = command_run(line);

		cr_expect_eq(r.status, 0, "%s: %s", name[i], r.err);
		cr_expect_str_eq(r.err, "");
		cr_expect(strstr(r.out, "\nAnswers\n  1. "), "%s: %s", name[i], r.out);
		cr_expect(strstr(r.out, "\nWhy\n"), "%s", name[i]);
		cr_expect(strstr(r.out, "\nTry\n"), "%s", name[i]);
		cr_expect(
			!strstr(r.out, "none: No rule."), "%s names a rule that is none", name[i]);
		cr_expect(!strstr(r.out, "  > "), "%s asks in a pipe", name[i]);
		g_free(line);
		command_free(&r);
	}
	g_strfreev(name);
}

Test(lesson, what_the_books_say_is_right)
{
	char *path = answers_path(), *line = g_strdup_printf("lesson --check %s", path);
	struct command_result r = command_run(line);

	cr_expect_eq(r.status, 0, "%s", r.out);
	cr_expect(!strstr(r.out, "\"right\":false"), "%s", r.out);
	cr_expect(
		strstr(r.out, "{\"type\":\"graded\",\"answers\":97,\"right\":97}\n"), "%s", r.out);
	command_free(&r);
	g_free(line);
	g_free(path);
}

static void expect_graded(const char *answer, bool right, const char *why)
{
	struct command_result r = command_run_with("lesson --check /dev/stdin", answer);
	char *told = why ? g_strdup_printf("\"why\":\"%s", why) : NULL;

	cr_expect_eq(r.status, !right, "%s: %s%s", answer, r.out, r.err);
	cr_expect(strstr(r.out, right ? "\"right\":true" : "\"right\":false"), "%s: %s", answer,
		r.out);
	cr_expect(!told || strstr(r.out, told), "%s: %s", answer, r.out);
	g_free(told);
	command_free(&r);
}

Test(lesson, a_wrong_answer_is_wrong)
{
	expect_graded("04-no-answer.1 = 24 s", false, NULL); /* the gap, not the time */
	expect_graded("S4.1 = 30000 ms", true, NULL);
	expect_graded("4.1 = 30", true, NULL);
	expect_graded("no-answer.1 = soon", false, "not a time");
	expect_graded("4.3 = etimedout", true, NULL);
	expect_graded("4.3 = EHOSTUNREACH", false, NULL);
	expect_graded("5.1 = R 0:0(0)", false, NULL); /* it acknowledges the SYN */
	expect_graded("5.1 = R. 0:0(0) ack 2", false, NULL);
	expect_graded("5.1 = R. 0:0(0) ack 1 win 5", false, NULL);
	expect_graded("5.1 = R. 0:0(0) ack 1 <mss 5>", true, NULL);
	expect_graded("5.1 = Q", false, "column 1");
	expect_graded("5.4 = one", false, "not a number");
	expect_graded("19.1 = SYN_RECEIVED", true, NULL);
	expect_graded("13.1 = 192.0.2.10", true, NULL);
	expect_graded("13.1 = 198.51.100.10", false, NULL);
	expect_graded("sack.1 = 7241:8689", false, NULL); /* what comes next */
	expect_graded("fast-open.3 = S 0:0(0)", false, NULL);
	expect_graded("keepalive.2 = . 1:1(0) ack 1", false, NULL); /* nobody would answer that */
	expect_graded("keepalive.3 = 70.1 s", false, NULL);
}

static void expect_refused(const char *answers, const char *wanted)
{
	struct command_result r = command_run_with("lesson --check /dev/stdin", answers);

	cr_expect_eq(r.status, 2, "%s: %d", answers, r.status);
	cr_expect_str_eq(r.err, wanted);
	command_free(&r);
}

Test(lesson, what_is_no_answer_is_told)
{
	expect_refused("# mine\n\nthirty seconds\n", "tcpsim: /dev/stdin:3: not LESSON.QUESTION = "
						     "ANSWER, such as 04-no-answer.1 = 30 s\n");
	expect_refused(
		"04-no-answer.9 = 1\n", "tcpsim: /dev/stdin:1: 04-no-answer has 4 questions\n");
	expect_refused("04-no-anser.1 = 1\n",
		"tcpsim: /dev/stdin:1: unknown lesson '04-no-anser': did you mean 04-no-answer?\n");
	expect_refused("4.1 = 30 s\nwhat.1 = 1\n",
		"tcpsim: /dev/stdin:2: unknown lesson 'what': 'tcpsim lesson' lists them\n");
	expect_refused("4.0 = 1\n", "tcpsim: /dev/stdin:1: not LESSON.QUESTION = ANSWER, such as "
				    "04-no-answer.1 = 30 s\n");
}

/* Whatever stands in a file of answers, it is graded or refused, and nothing is left out unsaid. */
Test(lesson, hostile_answers_are_wrong_and_nothing_more)
{
	static const char *const TIMES[] = {
		"nan", "inf s", "-30 s", "1e999 s", "30 h", "30 s s", "", "%s%n"};
	GString *long_line = g_string_new("5.1 = S ");

	for (guint i = 0; i < G_N_ELEMENTS(TIMES); i++) {
		char *line = g_strdup_printf("4.1 = %s", TIMES[i]);

		expect_graded(line, false, NULL);
		g_free(line);
	}
	expect_graded("4.4 = \xff\xfe", false, NULL);
	expect_graded("20.1 = 99999999999999999999", false, "not a number");
	expect_graded("5.1 = R. 0:0(0) ack 1 = 2", false, "column");
	while (long_line->len < 60000)
		g_string_append(long_line, "<nop,nop,");
	expect_graded(long_line->str, false, "column");
	g_string_free(long_line, TRUE);
}

Test(lesson, what_is_no_file_of_answers_is_refused_at_once)
{
	static const struct {
		const char *path, *told;
	} WRONG[] = {
		{"/dev/zero", "/dev/zero: larger than the 64 kB that a file of answers may have"},
		{"/", "/: cannot be read (Is a directory); name a file of answers"},
		{"/nowhere", "/nowhere: cannot be read (No such file or directory); name a file of "
			     "answers"},
	};
	struct command_result r;

	for (guint i = 0; i < G_N_ELEMENTS(WRONG); i++) {
		char *line = g_strdup_printf("lesson --check %s", WRONG[i].path);
		char *told = g_strdup_printf("tcpsim: %s\n", WRONG[i].told);

		r = command_run(line);
		cr_expect_eq(r.status, 2);
		cr_expect_str_eq(r.err, told);
		cr_expect_str_eq(r.out, "");
		command_free(&r);
		g_free(told);
		g_free(line);
	}
}

/* A part of the answer, where the lesson says so; no more. */
Test(lesson, an_estimate_is_right_within_what_the_lesson_allows)
{
	expect_graded("cubic-bbr.1 = 0.63 s", true, NULL); /* 100 packets of 6 ms, and the way */
	expect_graded("cubic-bbr.1 = 650 ms", true, NULL);
	expect_graded("cubic-bbr.1 = 700 ms", false, NULL);
	expect_graded("cubic-bbr.2 = 0.17 s", true, NULL);
	expect_graded("cubic-bbr.2 = 0.1 s", false, NULL);
	expect_graded("syn-flood.4 = 3969", false, NULL); /* this one is counted */
}

static char *written_page(const char *name, const char *path)
{
	char *line = g_strdup_printf("lesson %s --html %s", name, path), *page = NULL;
	struct command_result r = command_run(line);

	cr_assert_eq(r.status, 0, "%s: %s", line, r.err);
	cr_expect_str_eq(r.out, "");
	cr_assert(g_file_get_contents(path, &page, NULL, NULL));
	command_free(&r);
	g_free(line);
	return page;
}

/* tests/e2e/page.py looks at it in a browser. */
Test(lesson, a_page_has_no_answer_that_can_be_read_beside_the_question)
{
	char *folder = g_dir_make_tmp("tcpsim-lesson-XXXXXX", NULL);
	char *path = g_build_filename(folder, "lesson.html", NULL);
	char *once = written_page("4", path), *again = written_page("no-answer", path);

	cr_expect_str_eq(once, again);
	cr_expect(g_str_has_prefix(once, "<!DOCTYPE html>"));
	cr_expect(!strstr(once, "ETIMEDOUT"), "the answer stands there in clear");
	g_unlink(path);
	g_rmdir(folder);
	g_free(again);
	g_free(once);
	g_free(path);
	g_free(folder);
}

Test(lesson, what_cannot_be_a_page_is_told)
{
	static const char *const WRONG[][2] = {
		{"lesson --html /tmp/x.html",
			"tcpsim: lesson: --html goes with the NAME of one lesson\n"},
		{"lesson 4 --html /nowhere/x.html",
			"tcpsim: /nowhere/x.html: cannot be written: No such file or directory\n"},
		{"lesson --kernel", "tcpsim: lesson: --kernel goes with the NAME of one lesson\n"},
		{"lesson 4 --kernel --html x", "tcpsim: lesson: --kernel or --html, not both\n"},
		{"lesson 4 5", "tcpsim: lesson: one NAME, or --check FILE\n"},
		{"lesson --check /dev/null --html x",
			"tcpsim: lesson: one NAME, or --check FILE\n"},
	};

	for (guint i = 0; i < G_N_ELEMENTS(WRONG); i++) {
		struct command_result r = command_run(WRONG[i][0]);

		cr_expect_eq(r.status, 2, "%s", WRONG[i][0]);
		cr_expect_str_eq(r.err, WRONG[i][1]);
		command_free(&r);
	}
}

/* The shortest of them: two seconds. What the kernel does is no matter here, but that it is asked. */
Test(lesson, a_kernel_answers_beside_the_model)
{
	struct command_result r;

	kernel_or_skip();
	r = command_run("lesson refused --kernel");
	cr_expect_eq(r.status, 0, "%s", r.err);
	cr_expect(strstr(r.out, "A RST answers the SYN\nLinux "), "%s", r.out);
	cr_expect(strstr(r.out, " in the place of client, server, "), "%s", r.out);
	cr_expect(strstr(r.out, "   kernel  ECONNREFUSED\n   model   ECONNREFUSED\n"), "%s", r.out);
	cr_expect(strstr(r.out, "(rst/kernel)"), "the ladder is not the kernel's: %s", r.out);
	command_free(&r);
	r = command_run("lesson source-address --kernel");
	cr_expect(strstr(r.out, " in the place of client, "), "the Linux host alone: %s", r.out);
	command_free(&r);
}

Test(lesson, without_a_kernel_one_line_says_so)
{
	struct command_result r = kernel_less_run("$TCPSIM lesson refused --kernel");

	cr_expect_eq(r.status, 2, "%s", r.out);
	cr_expect_str_eq(r.out, "");
	cr_expect(g_str_has_prefix(r.err, "tcpsim: no TUN device can be had (/dev/net/tun: "), "%s",
		r.err);
	cr_expect_eq(strchr(r.err, '\n')[1], '\0', "more than a line: %s", r.err);
	command_free(&r);
}
