/* tcpsim lesson: look, predict, run, see why. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/near.h"
#include "base/terminal.h"
#include "command.h"
#include "lesson_texts.h"
#include "lessons.h"
#include "traces/report/timeline.h"
#include "traces/report/words.h"

static char *answers;

static const GOptionEntry OPTIONS[] = {
	{"check", 0, 0, G_OPTION_ARG_FILENAME, &answers,
		"Grade a file of answers, NAME.QUESTION = ANSWER a line; JSON", "FILE"},
	{0},
};

/* --- finding --- */

static bool is_called(const struct lesson_text *text, const char *name, const char *statement)
{
	const char *end = strchr(text->name, '-');
	char *digits;
	unsigned long number = strtoul(name, &digits, 10);

	return strcmp(text->name, name) == 0 || (end && strcmp(end + 1, name) == 0) ||
	       (*name && !*digits && number == strtoul(text->name, NULL, 10)) ||
	       (statement && g_ascii_strcasecmp(statement, name) == 0);
}

static void complain_of_name(const char *place, const char *name, GPtrArray *names)
{
	char *near = near_names(name, (const char *const *)names->pdata, 3);

	if (near)
		command_error("%sunknown lesson '%s': did you mean %s?", place, name, near);
	else
		command_error("%sunknown lesson '%s': 'tcpsim lesson' lists them", place, name);
	g_free(near);
}

struct lesson *lessons_find(const char *place, const char *name)
{
	GPtrArray *names = g_ptr_array_new();
	struct lesson *found = NULL;
	char *error = NULL;

	for (unsigned i = 0; LESSON_TEXTS[i].name && !found && !error; i++) {
		struct lesson *lesson =
			lesson_parse(LESSON_TEXTS[i].name, LESSON_TEXTS[i].text, &error);

		g_ptr_array_add(names, (gpointer)LESSON_TEXTS[i].name);
		if (lesson && is_called(&LESSON_TEXTS[i], name, lesson->statement))
			found = lesson;
		else
			lesson_free(lesson);
	}
	g_ptr_array_add(names, NULL);
	if (error)
		command_error("%s", error);
	else if (!found)
		complain_of_name(place, name, names);
	g_free(error);
	g_ptr_array_free(names, TRUE);
	return found;
}

/* NULL: there is no such world. */
static const struct lesson_text *world_of(const struct lesson *lesson)
{
	for (unsigned i = 0; LESSON_WORLDS[i].name; i++)
		if (strcmp(LESSON_WORLDS[i].name, lesson->world) == 0)
			return &LESSON_WORLDS[i];
	return NULL;
}

struct timeline *lessons_run(const struct lesson *lesson)
{
	const struct lesson_text *world = world_of(lesson);
	char *error = NULL;
	struct timeline *run = world ? lesson_run(world->name, world->text, &error) : NULL;

	if (!run)
		command_error("lesson %s: %s%s", lesson->name, error ? "" : "there is no world ",
			error ? error : lesson->world);
	g_free(error);
	return run;
}

static int list(void)
{
	char *error = NULL;

	for (unsigned i = 0; LESSON_TEXTS[i].name; i++) {
		struct lesson *l = lesson_parse(LESSON_TEXTS[i].name, LESSON_TEXTS[i].text, &error);

		if (!l) {
			int status = command_error("%s", error);

			g_free(error);
			return status;
		}
		printf("%-24s %-4s %s\n", l->name, l->statement ? l->statement : "", l->title);
		lesson_free(l);
	}
	return STATUS_OK;
}

/* --- telling --- */

struct telling {
	const struct lesson *lesson;
	const struct timeline *run;
	struct report_style style;
	bool asks; /* somebody sits there */
};

static void paragraph(const struct telling *t, const char *head, const char *text)
{
	if (!text)
		return;
	printf("\n%s%s%s\n", words_colour(&t->style, TERMINAL_BOLD), head,
		words_colour(&t->style, TERMINAL_PLAIN));
	words_wrap(&t->style, 2, false, text);
}

/* The world's file, that whoever predicts can see what there is; its comments tell what happens. */
static void tell_world(const struct telling *t)
{
	char **line = g_strsplit(world_of(t->lesson)->text, "\n", -1);
	bool begun = false;

	printf("\n%sThe world%s: docs/worlds/%s.world\n", words_colour(&t->style, TERMINAL_BOLD),
		words_colour(&t->style, TERMINAL_PLAIN), t->lesson->world);
	for (guint i = 0; line[i]; i++) {
		if (line[i][0] == '#' || (!begun && !*line[i]))
			continue;
		begun = true;
		if (*line[i])
			words_wrap(&t->style, line[i][0] == '[' ? 2 : 4, false, line[i]);
	}
	g_strfreev(line);
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

static void ask(const struct telling *t, guint number, GPtrArray *given)
{
	const struct lesson_question *q = t->lesson->questions->pdata[number];

	printf("\n%s%u.%s ", words_colour(&t->style, TERMINAL_BOLD), number + 1,
		words_colour(&t->style, TERMINAL_PLAIN));
	words_wrap(&t->style, 3, true, q->text);
	g_ptr_array_add(given, t->asks ? read_line() : NULL);
}

/* Shown once the world has run: what was answered, and what it was. False: the lesson is wrong. */
static bool resolve(const struct telling *t, guint number, const char *given)
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

static void show(const struct telling *t)
{
	const char *what = t->lesson->show ? t->lesson->show : "0";
	char **word = g_strsplit(what, " ", -1);

	for (guint i = 0; word[i]; i++) {
		guint n = (guint)strtoul(word[i], NULL, 10);

		if (strcmp(word[i], "calls") == 0)
			report_timeline_calls(t->run, &t->style);
		else if (strcmp(word[i], "summary") == 0)
			report_timeline_summary(t->run, &t->style);
		else if (n < t->run->connections->len)
			report_timeline_ladder(t->run, n, &t->style);
	}
	g_strfreev(word);
}

static void tell_rules(const struct telling *t)
{
	char **name = t->lesson->rules;

	if (name)
		printf("\n%sWhy%s\n", words_colour(&t->style, TERMINAL_BOLD),
			words_colour(&t->style, TERMINAL_PLAIN));
	for (guint i = 0; name && name[i]; i++) {
		const struct tcp_rule_text *rule = tcp_rule_text(tcp_rule_by_name(name[i]));
		char *text =
			g_strdup_printf("%s: %s (%s)", rule->name, rule->sentence, rule->clause);

		words_wrap(&t->style, 2, false, text);
		g_free(text);
	}
}

static void wait_for_return(const struct telling *t, const char *what)
{
	if (!t->asks)
		return;
	printf("\n[return: %s] ", what);
	fflush(stdout);
	for (int c = getchar(); c != '\n' && c != EOF;)
		c = getchar();
}

static int tell(const struct lesson *lesson)
{
	struct telling t = {.lesson = lesson,
		.style = {.out = stdout,
			.colour = terminal_wants_colour(stdout),
			.width = terminal_width(stdout, 100)},
		.asks = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO)};
	GPtrArray *given = g_ptr_array_new_with_free_func(free);
	struct timeline *run = lessons_run(lesson);
	bool good = run;

	t.run = run;
	if (run) {
		printf("%s%s%s%s%s\n", lesson->title, lesson->statement ? " (statement " : "",
			lesson->statement ? lesson->statement : "", lesson->statement ? ")" : "",
			"");
		paragraph(&t, "What is said", lesson->says);
		tell_world(&t);
		for (guint i = 0; i < lesson->questions->len; i++)
			ask(&t, i, given);
		wait_for_return(&t, "it runs");
		show(&t);
		printf("\n%sAnswers%s\n", words_colour(&t.style, TERMINAL_BOLD),
			words_colour(&t.style, TERMINAL_PLAIN));
		for (guint i = 0; i < lesson->questions->len && good; i++)
			good = resolve(&t, i, given->pdata[i]);
		tell_rules(&t);
		paragraph(&t, "On your kernel", lesson->kernel);
		paragraph(&t, "Try", lesson->exercise);
	}
	timeline_free(run);
	g_ptr_array_free(given, TRUE);
	return good ? STATUS_OK : STATUS_USAGE;
}

static int run(int argc, char **argv)
{
	struct lesson *lesson;
	int status;

	if (answers && argc == 1)
		return lessons_check(answers);
	if (answers || argc > 2)
		return command_error("lesson: one NAME, or --check FILE");
	if (argc == 1)
		return list();
	lesson = lessons_find("", argv[1]);
	if (!lesson)
		return STATUS_USAGE;
	status = tell(lesson);
	lesson_free(lesson);
	return status;
}

const struct command command_lesson = {
	.name = "lesson",
	.args = "[NAME]",
	.summary = "a statement of Stevens to predict, run and see why",
	.description =
		"Without NAME it lists the lessons. NAME is a lesson's name, its number, or the "
		"statement "
		"that it is about (S4). On a terminal it asks before it runs, and waits; elsewhere "
		"it goes "
		"straight through. Answers are found in the run itself; a segment is answered in "
		"packetdrill's notation, S. 0:0(0) ack 1, a time with its unit.\n\n"
		"--check grades a file of answers, one a line: '04-no-answer.1 = 30 s'. Exit 1: "
		"one is "
		"wrong. docs/teaching.md tells more.",
	.options = OPTIONS,
	.run = run,
};
