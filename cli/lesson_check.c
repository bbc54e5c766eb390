/* A file of answers, graded. See lessons.h. */
#include <string.h>

#include "command.h"
#include "json.h"
#include "lessons.h"

struct grading {
	const char *path;
	struct lesson *lesson; /* the latest, and its run */
	struct timeline *run;
	unsigned answers, right;
};

static bool take_lesson(struct grading *g, const char *name)
{
	if (g->lesson && strcmp(g->lesson->name, name) == 0)
		return true;
	lesson_free(g->lesson);
	timeline_free(g->run);
	g->run = NULL;
	g->lesson = lessons_find(name);
	g->run = g->lesson ? lessons_run(g->lesson) : NULL;
	return g->run;
}

/* "04-no-answer.1 = 30 s"; false: complained. */
static bool grade(struct grading *g, unsigned line, char *text)
{
	char *equals = strchr(text, '='), *dot, *why = NULL, *error = NULL, *answer;
	guint64 number;
	bool right;

	if (equals)
		*equals = '\0';
	dot = strrchr(text, '.');
	if (!equals || !dot ||
		(*dot = '\0', !g_ascii_string_to_unsigned(
				      g_strstrip(dot + 1), 10, 1, 1000, &number, NULL))) {
		command_error("%s:%u: not LESSON.QUESTION = ANSWER, such as 04-no-answer.1 = 30 s",
			g->path, line);
		return false;
	}
	if (!take_lesson(g, g_strstrip(text)))
		return false;
	if (number > g->lesson->questions->len) {
		command_error("%s:%u: %s has %u questions", g->path, line, g->lesson->name,
			g->lesson->questions->len);
		return false;
	}
	const struct lesson_question *q = g->lesson->questions->pdata[number - 1];

	answer = lesson_answer(g->run, q, &error);
	if (!answer) {
		command_error("lesson %s: %s", g->lesson->name, error);
		g_free(error);
		return false;
	}
	right = lesson_is_right(g->run, q, equals + 1, &why);
	g->answers++;
	g->right += right;
	JsonBuilder *out = json_line_begin("answer");

	json_line_string(out, "lesson", g->lesson->name);
	json_line_int(out, "question", (gint64)number);
	json_line_string(out, "given", g_strstrip(equals + 1));
	json_line_bool(out, "right", right);
	json_line_string(out, "answer", answer);
	if (why)
		json_line_string(out, "why", why);
	json_line_end(out);
	g_free(why);
	g_free(answer);
	return true;
}

int lessons_check(const char *path)
{
	struct grading g = {.path = path};
	GError *error = NULL;
	char *text, **line;
	bool good = true;

	if (!g_file_get_contents(path, &text, NULL, &error)) {
		int status = command_error("%s", error->message);

		g_error_free(error);
		return status;
	}
	line = g_strsplit(text, "\n", -1);
	for (unsigned i = 0; line[i] && good; i++)
		if (*g_strstrip(line[i]) && line[i][0] != '#')
			good = grade(&g, i + 1, line[i]);
	if (good) {
		JsonBuilder *out = json_line_begin("graded");

		json_line_int(out, "answers", g.answers);
		json_line_int(out, "right", g.right);
		json_line_end(out);
	}
	g_strfreev(line);
	g_free(text);
	lesson_free(g.lesson);
	timeline_free(g.run);
	return !good ? STATUS_USAGE : g.right == g.answers ? STATUS_OK : STATUS_NO;
}
