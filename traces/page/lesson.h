/*
 * A lesson in front of a page: what is said, the world, and the questions, with what was found in
 * the run for each. The viewer shows the run and the answers once the reader has answered.
 */
#ifndef TRACES_PAGE_LESSON_H
#define TRACES_PAGE_LESSON_H

#include "lesson/lesson.h"

struct page;

/* To a page that has the run's view, and nothing in front of it. `world`: what its file says, as it
 * is to be shown. False and *error: the run has no answer to a question. */
bool page_add_lesson(struct page *page, const struct lesson *lesson, const struct timeline *run,
	const char *world, char **error);

#endif
