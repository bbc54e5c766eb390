/*
 * A lesson's file: what is wrong with one is told with its line. And two runs of one world: whether
 * they give the same answer, which is how a kernel's run is laid beside the model's.
 */
#include "lesson/lesson.h"
#include "lesson/answer.h"

#include <criterion/criterion.h>
#include <string.h>

#define HEAD "title: T\nworld: w\nsays: what\n"

static void expect_wrong(const char *text, const char *wanted)
{
	char *error = NULL;
	struct lesson *lesson = lesson_parse("l", text, &error);

	cr_expect_null(lesson, "%s is taken", text);
	cr_expect(error && strstr(error, wanted), "'%s', not '%s'", error, wanted);
	g_free(error);
	lesson_free(lesson);
}

Test(lesson, a_wrong_file_is_told_with_its_line)
{
	expect_wrong(HEAD, "a question has no find");
	expect_wrong("world: w\nsays: s\n", "it has no title");
	expect_wrong(HEAD "title: again\n", "l.lesson:4: it was set before");
	expect_wrong(HEAD "ask: a?\nask: b?\n", "l.lesson:5: the question before has no `find`");
	expect_wrong(HEAD "find: f\n", "l.lesson:4: a `find` without a question before it");
	expect_wrong(HEAD "within: 5 %\n", "l.lesson:4: a `within` without a question before it");
	expect_wrong(HEAD "ask: a?\nfind: f\nwithin: much\n", "l.lesson:6: `within` takes a part");
	expect_wrong(HEAD "ask: a?\nfind: f\nwithin: 101 %\n", "l.lesson:6: `within` takes a part");
	expect_wrong(HEAD "why: send/syn no/such\n", "l.lesson:4: it names a rule that is none");
	expect_wrong(HEAD "colour: red\n", "l.lesson:4: there is no such key");
	expect_wrong(HEAD "nothing\n", "l.lesson:4: neither KEY: VALUE nor a # comment");
}

static const char *const WORLD =
	"[host a]\nprofile = %s\n[host b]\n[link a b]\ndelay = %s\n"
	"[program serve]\nhost = b\ncalls = socket; bind :80; listen 1; accept\n"
	"[program ask]\nhost = a\ncalls = socket; connect b:80; getsockname; "
	"connect b:80\n";

static struct timeline *run_of(const char *profile, const char *delay)
{
	char *text = g_strdup_printf(WORLD, profile, delay), *error = NULL;
	struct timeline *run = lesson_run("w", text, false, &error);

	cr_assert(run, "%s", error);
	g_free(text);
	return run;
}

static bool agree(const char *find, const struct timeline *other)
{
	struct lesson_question q = {.find = (char *)find};
	struct timeline *run = run_of("linux", "10 ms");
	bool same = lesson_agrees(run, other, &q, 16000000);

	timeline_free(run);
	return same;
}

Test(lesson, two_runs_agree_but_for_what_is_the_systems_own)
{
	struct timeline *other = run_of("freebsd", "14 ms");

	cr_expect(agree("time of connect 1 at a", other), "20 ms and 28 ms, of which 16 are slack");
	cr_expect(agree("segment 1 from a", other), "window and options are a system's own");
	cr_expect(agree("address of getsockname 1 at a", other), "the port is drawn");
	cr_expect(agree("errno of connect 2 at a", other));
	cr_expect(agree("count of repeated from a", other));
	cr_expect(!agree("segment 9 from a", other), "there is none");
	timeline_free(other);
	other = run_of("linux", "30 ms");
	cr_expect(!agree("time of connect 1 at a", other));
	timeline_free(other);
}

static const char *const LOSSY =
	"[host a]\n[host b]\n[link a b]\ndelay = 10 ms\n"
	"there.drop = %s data\n[program sink]\nhost = b\ndoes = sink\n"
	"[program send]\nhost = a\ndoes = source\nto = b:80\nbytes = 9 kB\n";

/* What is told of it has options out of which padding was taken: no form that could be read back. */
Test(lesson, two_runs_agree_in_a_segment_with_sack)
{
	struct lesson_question q = {.find = (char *)"segment 3 from b"};
	struct timeline *run[2];
	char *error = NULL, *answer;

	for (int i = 0; i < 2; i++) {
		char *text = g_strdup_printf(LOSSY, i ? "2nd" : "3rd");

		run[i] = lesson_run("w", text, false, &error);
		cr_assert(run[i], "%s", error);
		g_free(text);
	}
	answer = lesson_answer(run[1], &q, &error);
	cr_expect(answer && strstr(answer, "<sack 2897:"), "%s", answer);
	cr_expect(lesson_agrees(run[1], run[1], &q, 0));
	cr_expect(!lesson_agrees(run[0], run[1], &q, 0), "another one was lost");
	g_free(answer);
	timeline_free(run[0]);
	timeline_free(run[1]);
}

Test(lesson, a_find_that_fits_nothing_is_told_and_never_guessed)
{
	static const char *const NONE[] = {"", "segment", "segment 1", "segment 1 from",
		"segment 1 from c", "segment 0 from a", "segment 1 from a in",
		"segment 1 from a in 7", "time of", "count of", "count of hairs from a",
		"time of connect 1 in a", "time of connect 9 at a", "sack of segment 1 from b in 0",
		"state of a at noon", "most fun at b", "dropped at a", "errno of connect 1 at b",
		"longest trip"};
	struct timeline *run = run_of("linux", "10 ms");

	for (guint i = 0; i < G_N_ELEMENTS(NONE); i++) {
		struct lesson_question q = {.find = (char *)NONE[i], .line = 7};
		char *error = NULL, *answer = lesson_answer(run, &q, &error), *why;

		cr_expect_null(answer, "'%s' gives %s", NONE[i], answer);
		cr_expect(error && g_str_has_prefix(error, "line 7: "), "%s", error);
		cr_expect(!lesson_is_right(run, &q, "0", &why));
		g_free(error);
		g_free(answer);
	}
	timeline_free(run);
}
