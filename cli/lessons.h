/* What `tcpsim lesson` does with a lesson: it is found, told, made a page, or answers to it are
 * graded. */
#ifndef CLI_LESSONS_H
#define CLI_LESSONS_H

#include <stdbool.h>

#include "lesson/lesson.h"

/* The lesson of that name ("04-no-answer"), number ("4"), statement ("S4") or end ("no-answer");
 * NULL after a complaint, which begins with `place` (FILE:LINE: ; or nothing). To be freed. */
struct lesson *lessons_find(const char *place, const char *name);
/* Its run; NULL after a complaint. `variables`: both ends' are kept, too. */
struct timeline *lessons_run(const struct lesson *lesson, bool variables);
/* Its world's file without comments, which tell what happens. To be freed. */
char *lessons_world(const struct lesson *lesson);

/* The same as a file that was read; NULL and *error. */
struct world_file *lessons_world_file(const struct lesson *lesson, char **error);

#endif
