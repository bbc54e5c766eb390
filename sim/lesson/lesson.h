/*
 * A lesson: what Stevens says, a world, questions, and why. The answer to a question is found in the run's timeline, so it
 * cannot become wrong; what somebody answers is matched in the one notation (a segment), as a time, or as a word.
 *
 * A lesson's file has lines KEY: VALUE; a value may go on in indented lines. docs/teaching.md has the keys.
 */
#ifndef SIM_LESSON_LESSON_H
#define SIM_LESSON_LESSON_H

#include <glib.h>
#include <stdbool.h>

#include "timeline/timeline.h"

struct lesson_question {
	char *text, *find; /* the question; where its answer is in the run */
	unsigned line;	   /* of `find`, in the file */
	double within;	   /* how far off a number or a time may be, as a part of it */
};

struct lesson {
	char *name; /* "04-no-answer" */
	char *title, *statement, *says, *world, *show, *kernel, *exercise;
	char *kernels; /* hosts that --kernel makes the machine's; NULL: those that are Linux */
	char **rules;  /* names: why */
	GPtrArray *questions; /* struct lesson_question */
};

/* NULL and *error, "FILE:LINE: what", for a text that is none. */
struct lesson *lesson_parse(const char *name, const char *text, char **error);
void lesson_free(struct lesson *lesson);

/* Runs the world to its end; NULL and *error. `path` is what complaints call it; `variables`: both
 * ends' are kept, too. */
struct timeline *lesson_run(const char *path, const char *world, bool variables, char **error);

#endif
