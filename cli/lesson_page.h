/* A lesson as a page. See lessons.h. */
#ifndef CLI_LESSON_PAGE_H
#define CLI_LESSON_PAGE_H

struct lesson;

/* Writes it as a page. */
int lessons_page(const struct lesson *lesson, const char *path);

#endif
