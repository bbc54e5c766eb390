/* A file of answers, graded. See lessons.h. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/json_line.h"
#include "command.h"
#include "commands.h"
#include "lesson/answer.h"
#include "lesson_check.h"
#include "lessons.h"

/* All lessons' answers take 4 kB. */
#define MOST_BYTES 65536

/* A lesson that some line named, and its run. */
struct taken {
	struct lesson *lesson;
	struct timeline *run;
};

struct grading {
	const char *path;
	GHashTable *taken; /* what a line called it -> struct taken */
	unsigned answers, right;
};

static void free_taken(gpointer data)
{
	struct taken *t = data;

	lesson_free(t->lesson);
	timeline_free(t->run);
	g_free(t);
}

/* NULL: complained. Each is run once, however often the file goes back to it. */
static const struct taken *take_lesson(struct grading *g, unsigned line, const char *name)
{
	struct taken *t = g_hash_table_lookup(g->taken, name);
	char *place;

	if (t)
		return t;
	t = g_new0(struct taken, 1);
	place = g_strdup_printf("%s:%u: ", g->path, line);
	t->lesson = lessons_find(place, name);
	g_free(place);
	t->run = t->lesson ? lessons_run(t->lesson, false) : NULL;
	if (t->run) {
		g_hash_table_insert(g->taken, g_strdup(name), t);
		return t;
	}
	free_taken(t);
	return NULL;
}

/* "04-no-answer.1 = 30 s": cuts it into its three parts; false if it is not that. */
static bool read_answer(char *text, char **name, guint64 *number, char **given)
{
	char *equals = strchr(text, '='), *dot;

	if (!equals)
		return false;
	*equals = '\0';
	dot = strrchr(text, '.');
	if (!dot)
		return false;
	*dot = '\0';
	*name = g_strstrip(text);
	*given = g_strstrip(equals + 1);
	return g_ascii_string_to_unsigned(g_strstrip(dot + 1), 10, 1, 1000, number, NULL);
}

static void print_answer(const struct taken *t, guint64 number, const char *given,
	const char *answer, bool right, const char *why)
{
	struct json_line *out = json_line_new("answer");
	char *readable = g_utf8_make_valid(given, -1); /* JSON is UTF-8 */

	json_string(out, "lesson", t->lesson->name);
	json_int(out, "question", (gint64)number);
	json_string(out, "given", readable);
	json_bool(out, "right", right);
	json_string(out, "answer", answer);
	if (why)
		json_string(out, "why", why);
	json_line_print(out);
	g_free(readable);
}

/* False: complained. */
static bool grade(struct grading *g, unsigned line, char *text)
{
	char *name, *given, *why = NULL, *error = NULL, *answer;
	const struct lesson_question *q;
	const struct taken *t;
	guint64 number;
	bool right;

	if (!read_answer(text, &name, &number, &given)) {
		command_error("%s:%u: not LESSON.QUESTION = ANSWER, such as 04-no-answer.1 = 30 s",
			g->path, line);
		return false;
	}
	t = take_lesson(g, line, name);
	if (!t)
		return false;
	if (number > t->lesson->questions->len) {
		command_error("%s:%u: %s has %u questions", g->path, line, t->lesson->name,
			t->lesson->questions->len);
		return false;
	}
	q = t->lesson->questions->pdata[number - 1];
	answer = lesson_answer(t->run, q, &error);
	if (!answer) {
		command_error("lesson %s: %s", t->lesson->name, error);
		g_free(error);
		return false;
	}
	right = lesson_is_right(t->run, q, given, &why);
	g->answers++;
	g->right += right;
	print_answer(t, number, given, answer, right, why);
	g_free(why);
	g_free(answer);
	return true;
}

/* The file's text; NULL: complained. */
static GString *read_file(const char *path)
{
	int fd = open(path, O_RDONLY | O_NOCTTY | O_CLOEXEC), why = -errno;
	GString *text = fd < 0 ? NULL : beneath_read(fd, MOST_BYTES, &why);
	const char *nul = text ? memchr(text->str, '\0', text->len) : NULL;

	if (!text && why == -EFBIG)
		command_error("%s: larger than the 64 kB that a file of answers may have", path);
	else if (!text)
		command_error(
			"%s: cannot be read (%s); name a file of answers", path, g_strerror(-why));
	if (nul) {
		command_error(
			"%s: byte %zu is 0: this is no text", path, (size_t)(nul - text->str) + 1);
		g_string_free(text, TRUE);
		return NULL;
	}
	return text;
}

int lessons_check(const char *path)
{
	struct grading g = {.path = path};
	GString *text = read_file(path);
	char **line;
	bool good = true;

	if (!text)
		return STATUS_USAGE;
	g.taken = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_taken);
	line = g_strsplit(text->str, "\n", -1);
	for (unsigned i = 0; line[i] && good; i++)
		if (*g_strstrip(line[i]) && line[i][0] != '#')
			good = grade(&g, i + 1, line[i]);
	if (good) {
		struct json_line *out = json_line_new("graded");

		json_int(out, "answers", g.answers);
		json_int(out, "right", g.right);
		json_line_print(out);
	}
	g_strfreev(line);
	g_string_free(text, TRUE);
	g_hash_table_destroy(g.taken);
	return !good ? STATUS_USAGE : g.right == g.answers ? STATUS_OK : STATUS_NO;
}
