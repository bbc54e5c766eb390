/* A file of answers, graded. See lessons.h. */
#ifndef CLI_LESSON_CHECK_H
#define CLI_LESSON_CHECK_H

/* Grades a file of answers, a JSON line each and one for all; an exit status. */
int lessons_check(const char *path);

#endif
