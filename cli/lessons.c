/* Which lessons there are, and their runs. See lessons.h. */
#include "lessons.h"

#include <stdlib.h>
#include <string.h>

#include "base/near.h"
#include "commands.h"
#include "lesson_texts.h"
#include "worldfile/file.h"

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

struct timeline *lessons_run(const struct lesson *lesson, bool variables)
{
	const struct lesson_text *world = world_of(lesson);
	char *error = NULL;
	struct timeline *run =
		world ? lesson_run(world->name, world->text, variables, &error) : NULL;

	if (!run)
		command_error("lesson %s: %s%s", lesson->name, error ? "" : "there is no world ",
			error ? error : lesson->world);
	g_free(error);
	return run;
}

struct world_file *lessons_world_file(const struct lesson *lesson, char **error)
{
	const struct lesson_text *world = world_of(lesson);

	return world_file_parse(world->name, world->text, strlen(world->text), error);
}

char *lessons_world(const struct lesson *lesson)
{
	char **line = g_strsplit(world_of(lesson)->text, "\n", -1);
	GString *out = g_string_new(NULL);

	for (guint i = 0; line[i]; i++)
		if (*line[i] && line[i][0] != '#')
			g_string_append_printf(out, "%s%s%s", out->len ? "\n" : "",
				line[i][0] == '[' ? "" : "  ", line[i]);
	g_strfreev(line);
	return g_string_free(out, FALSE);
}
