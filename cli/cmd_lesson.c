/* tcpsim lesson: look, predict, run, see why. */
#include <stdio.h>

#include "command.h"
#include "commands.h"
#include "lesson_check.h"
#include "lesson_kernel.h"
#include "lesson_page.h"
#include "lesson_terminal.h"
#include "lesson_texts.h"
#include "lessons.h"

static char *answers, *html_path;
static gboolean kernel;

static const GOptionEntry OPTIONS[] = {
	{"check", 0, 0, G_OPTION_ARG_FILENAME, &answers,
		"Grade a file of answers, NAME.QUESTION = ANSWER a line; JSON", "FILE"},
	{"html", 0, 0, G_OPTION_ARG_FILENAME, &html_path,
		"Write the lesson as a page: questions first, then the run and the answers",
		"FILE"},
	{"kernel", 0, 0, G_OPTION_ARG_NONE, &kernel,
		"Run it with this machine's kernel in the place of its Linux hosts", NULL},
	{0},
};

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

static int run(int argc, char **argv)
{
	struct lesson *lesson;
	int status;

	if (answers && argc == 1 && !html_path && !kernel)
		return lessons_check(answers);
	if (answers || argc > 2)
		return command_error("lesson: one NAME, or --check FILE");
	if ((html_path || kernel) && argc == 1)
		return command_error("lesson: %s goes with the NAME of one lesson",
			kernel ? "--kernel" : "--html");
	if (html_path && kernel)
		return command_error("lesson: --kernel or --html, not both");
	if (argc == 1)
		return list();
	lesson = lessons_find("", argv[1]);
	if (!lesson)
		return STATUS_USAGE;
	status = kernel	     ? lessons_kernel(lesson)
		 : html_path ? lessons_page(lesson, html_path)
			     : lessons_terminal(lesson);
	lesson_free(lesson);
	return status;
}

const struct command command_lesson = {
	.name = "lesson",
	.args = "[NAME]",
	.summary = "a statement of Stevens to predict, run and see why",
	.description =
		"Without NAME it lists the lessons. NAME is a lesson's name, its number, or the "
		"statement that it is about (S4). On a terminal it asks before it runs, and waits; "
		"elsewhere it goes straight through. Answers are found in the run itself; a "
		"segment "
		"is answered in packetdrill's notation, S. 0:0(0) ack 1, a time with its unit.\n\n"
		"--kernel runs the lesson's world by the real clock, with the Linux kernel of this "
		"machine as its Linux hosts, and lays its answers beside the model's; it needs "
		"what "
		"`tcpsim compare` needs.\n\n"
		"--html writes the lesson as a page: the questions first, then the run to step "
		"through and the answers. --check grades a file of answers, one a line: "
		"'04-no-answer.1 = 30 s'. Exit 1: one is wrong. docs/teaching.md tells more.",
	.options = OPTIONS,
	.run = run,
};
