/* What `tcpsim lesson` does with a lesson: it is found, told, or answers to it are graded. */
#ifndef CLI_LESSONS_H
#define CLI_LESSONS_H

#include <stdbool.h>

#include "lesson/lesson.h"

/* The lesson of that name ("04-no-answer"), number ("4"), statement ("S4") or end ("no-answer");
 * NULL after a complaint, which begins with `place` (FILE:LINE: ; or nothing). To be freed. */
struct lesson *lessons_find(const char *place, const char *name);
/* Its run; NULL after a complaint. */
struct timeline *lessons_run(const struct lesson *lesson);
/* Grades a file of answers, a JSON line each and one for all; an exit status. */
int lessons_check(const char *path);

#endif
