/* A lesson as a page. See lessons.h. */
#include "lesson_page.h"
#include "command.h"
#include "commands.h"
#include "lessons.h"
#include "page_file.h"
#include "traces/page/lesson.h"
#include "traces/page/page.h"
#include "traces/page/world.h"

int lessons_page(const struct lesson *lesson, const char *path)
{
	struct timeline *run = lessons_run(lesson, true);
	char *world, *name, *error = NULL;
	struct page *page;
	int status;

	if (!run)
		return STATUS_USAGE;
	world = lessons_world(lesson);
	name = g_strdup_printf("docs/worlds/%s.world", lesson->world);
	page = page_new();
	page_add_timeline(page, run, &(struct page_run){.name = name, .heading = lesson->title});
	if (page_add_lesson(page, lesson, run, world, &error)) {
		status = page_file_write(page, path);
	} else {
		status = command_error("lesson %s: %s", lesson->name, error);
		page_free(page);
	}
	g_free(error);
	g_free(name);
	g_free(world);
	timeline_free(run);
	return status;
}
