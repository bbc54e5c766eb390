/* A lesson on a terminal: it asks, waits, runs and says why; in a pipe it goes straight through. */
#ifndef CLI_LESSON_TERMINAL_H
#define CLI_LESSON_TERMINAL_H

struct lesson;
struct report_style;
struct timeline;

/* Prints what the lesson shows of a run. */
void lessons_show(
	const struct lesson *lesson, const struct timeline *run, const struct report_style *style);
/* Asks and answers on the terminal. */
int lessons_terminal(const struct lesson *lesson);

#endif
