/* What the answer to a question is, and whether what was given is it. */
#ifndef SIM_LESSON_ANSWER_H
#define SIM_LESSON_ANSWER_H

#include <stdbool.h>
#include <stdint.h>

struct lesson_question;
struct timeline;

/* The answer in the run, as it is to be shown (to be freed); NULL and *error if `find` finds none. */
char *lesson_answer(
	const struct timeline *run, const struct lesson_question *question, char **error);
/* Is what was given right? A reason why it is not even an answer (not a time, no segment) goes to *why, to be freed. */
bool lesson_is_right(const struct timeline *run, const struct lesson_question *question,
	const char *given, char **why);
/* Does another run of the same world give the same answer? Windows are a system's own; times
 * may be `slack_ns` apart, and an eighth, as a kernel's timers are coarse. */
bool lesson_agrees(const struct timeline *run, const struct timeline *other,
	const struct lesson_question *question, int64_t slack_ns);

#endif
