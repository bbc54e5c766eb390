/* See lesson.h. The lesson is the member "lesson" of the first view's head. */
#include "traces/page/lesson.h"

#include <string.h>

#include "lesson/answer.h"
#include "traces/page/inner.h"
#include "traces/page/page.h"

/* The connection that is opened when it has run: the first that the lesson shows. */
static guint64 first_shown(const struct lesson *lesson)
{
	const char *digits = lesson->show ? strpbrk(lesson->show, "0123456789") : NULL;

	return digits ? g_ascii_strtoull(digits, NULL, 10) : 0;
}

static bool put_questions(struct json_line *head, const struct lesson *lesson,
	const struct timeline *run, char **error)
{
	json_open(head, "questions", '[');
	for (guint i = 0; i < lesson->questions->len; i++) {
		const struct lesson_question *q = lesson->questions->pdata[i];
		char *answer = lesson_answer(run, q, error);

		if (!answer)
			return false;
		json_open(head, NULL, '{');
		json_string(head, "ask", q->text);
		json_string(head, "answer", answer);
		json_close(head, '}');
		g_free(answer);
	}
	json_close(head, ']');
	return true;
}

static void put_why(struct json_line *head, char **names)
{
	json_open(head, "why", '[');
	for (guint i = 0; names && names[i]; i++) {
		const struct tcpsim_rule_text *rule =
			tcpsim_rule_text(tcpsim_rule_by_name(names[i]));

		json_open(head, NULL, '{');
		json_string(head, "rule", rule->name);
		json_string(head, "sentence", rule->sentence);
		json_string(head, "clause", rule->clause);
		json_close(head, '}');
	}
	json_close(head, ']');
}

bool page_add_lesson(struct page *page, const struct lesson *lesson, const struct timeline *run,
	const char *world, char **error)
{
	struct json_line *head = &page_first(page)->head;

	json_open(head, "lesson", '{');
	json_string(head, "name", lesson->name);
	json_string(head, "title", lesson->title);
	json_string(head, "statement", lesson->statement);
	json_string(head, "says", lesson->says);
	json_string(head, "world", world);
	json_string(head, "file", lesson->world);
	json_uint(head, "connection", first_shown(lesson));
	if (!put_questions(head, lesson, run, error))
		return false;
	put_why(head, lesson->rules);
	json_string(head, "kernel", lesson->kernel);
	json_string(head, "exercise", lesson->exercise);
	json_close(head, '}');
	return true;
}
