/* A lesson on a terminal: it asks, waits, runs and says why; in a pipe it goes straight through. See
 * lessons.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/terminal.h"
#include "command.h"
#include "commands.h"
#include "lesson/answer.h"
#include "lesson_terminal.h"
#include "lessons.h"
#include "traces/report/timeline_calls.h"
#include "traces/report/timeline_ladder.h"
#include "traces/report/timeline_summary.h"
#include "traces/report/words.h"

struct dialogue {
	const struct lesson *lesson;
	const struct timeline *run;
	struct report_style style;
	bool asks; /* somebody sits there */
};

static void paragraph(const struct dialogue *t, const char *head, const char *text)
{
	if (!text)
		return;
	printf("\n%s%s%s\n", words_colour(&t->style, TERMINAL_BOLD), head,
		words_colour(&t->style, TERMINAL_PLAIN));
	words_wrap(&t->style, 2, false, text);
}

/* So that whoever predicts can see what there is. */
static void print_world(const struct dialogue *t)
{
	char *world = lessons_world(t->lesson), **line = g_strsplit(world, "\n", -1);

	printf("\n%sThe world%s: docs/worlds/%s.world\n", words_colour(&t->style, TERMINAL_BOLD),
		words_colour(&t->style, TERMINAL_PLAIN), t->lesson->world);
	for (guint i = 0; line[i]; i++)
		words_wrap(&t->style, 2 + (unsigned)strspn(line[i], " "), false,
			line[i] + strspn(line[i], " "));
	g_strfreev(line);
	g_free(world);
}

/* What is typed; NULL: nothing. To be freed. */
static char *read_line(void)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t n;

	printf("  > ");
	fflush(stdout);
	n = getline(&line, &size, stdin);
	if (n <= 0 || !*g_strstrip(line)) {
		free(line);
		return NULL;
	}
	return line;
}

static void ask(const struct dialogue *t, guint number, GPtrArray *given)
{
	const struct lesson_question *q = t->lesson->questions->pdata[number];

	printf("\n%s%u.%s ", words_colour(&t->style, TERMINAL_BOLD), number + 1,
		words_colour(&t->style, TERMINAL_PLAIN));
	words_wrap(&t->style, 3, true, q->text);
	g_ptr_array_add(given, t->asks ? read_line() : NULL);
}

/* Shown once the world has run: what was answered, and what it was. False: the lesson is wrong. */
static bool resolve(const struct dialogue *t, guint number, const char *given)
{
	const struct lesson_question *q = t->lesson->questions->pdata[number];
	char *error = NULL, *why = NULL, *answer = lesson_answer(t->run, q, &error);
	bool right;

	if (!answer) {
		command_error("lesson %s: %s", t->lesson->name, error);
		g_free(error);
		return false;
	}
	right = given && lesson_is_right(t->run, q, given, &why);
	if (!given)
		printf("  %u. %s\n", number + 1, answer);
	else
		printf("  %u. %s%s%s: %s%s%s%s\n", number + 1, given, why ? " is " : "",
			why ? why : "", right ? "right" : "no, it is ", right ? "" : answer,
			right ? ", " : "", right ? answer : "");
	g_free(why);
	g_free(answer);
	return true;
}

void lessons_show(
	const struct lesson *lesson, const struct timeline *run, const struct report_style *style)
{
	char **word = g_strsplit(lesson->show ? lesson->show : "0", " ", -1);

	for (guint i = 0; word[i]; i++) {
		guint n = (guint)strtoul(word[i], NULL, 10);

		if (strcmp(word[i], "calls") == 0)
			report_timeline_calls(run, style);
		else if (strcmp(word[i], "summary") == 0)
			report_timeline_summary(run, style);
		else if (n < run->connections->len)
			report_timeline_ladder(run, n, style);
	}
	g_strfreev(word);
}

static void print_rules(const struct dialogue *t)
{
	char **name = t->lesson->rules;

	if (name)
		printf("\n%sWhy%s\n", words_colour(&t->style, TERMINAL_BOLD),
			words_colour(&t->style, TERMINAL_PLAIN));
	for (guint i = 0; name && name[i]; i++) {
		const struct tcpsim_rule_text *rule =
			tcpsim_rule_text(tcpsim_rule_by_name(name[i]));
		char *text =
			g_strdup_printf("%s: %s (%s)", rule->name, rule->sentence, rule->clause);

		words_wrap(&t->style, 2, false, text);
		g_free(text);
	}
}

static void wait_for_return(const struct dialogue *t, const char *what)
{
	if (!t->asks)
		return;
	printf("\n[return: %s] ", what);
	fflush(stdout);
	for (int c = getchar(); c != '\n' && c != EOF;)
		c = getchar();
}

int lessons_terminal(const struct lesson *lesson)
{
	struct dialogue t = {.lesson = lesson,
		.style = {.out = stdout,
			.colour = terminal_wants_colour(stdout),
			.width = terminal_width(stdout, 100)},
		.asks = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO)};
	GPtrArray *given = g_ptr_array_new_with_free_func(free);
	struct timeline *run = lessons_run(lesson, false);
	bool good = run;

	t.run = run;
	if (run) {
		printf("%s%s%s%s%s\n", lesson->title, lesson->statement ? " (statement " : "",
			lesson->statement ? lesson->statement : "", lesson->statement ? ")" : "",
			"");
		paragraph(&t, "What is said", lesson->says);
		print_world(&t);
		for (guint i = 0; i < lesson->questions->len; i++)
			ask(&t, i, given);
		wait_for_return(&t, "it runs");
		lessons_show(lesson, run, &t.style);
		printf("\n%sAnswers%s\n", words_colour(&t.style, TERMINAL_BOLD),
			words_colour(&t.style, TERMINAL_PLAIN));
		for (guint i = 0; i < lesson->questions->len && good; i++)
			good = resolve(&t, i, given->pdata[i]);
		print_rules(&t);
		paragraph(&t, "On your kernel", lesson->kernel);
		paragraph(&t, "Try", lesson->exercise);
	}
	timeline_free(run);
	g_ptr_array_free(given, TRUE);
	return good ? STATUS_OK : STATUS_USAGE;
}
