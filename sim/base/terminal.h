/*
 * What is done only when a person looks on: colour, the terminal's width, a line of progress. In a
 * pipe or a file none of it appears, so that output is the same bytes every time. NO_COLOR
 * (no-color.org) is honoured.
 *
 * The wall clock is read here, to draw progress no more often than an eye can follow; nothing else
 * of the program may do so.
 */
#ifndef SIM_BASE_TERMINAL_H
#define SIM_BASE_TERMINAL_H

#include <glib.h>
#include <stdio.h>

enum terminal_colour {
	TERMINAL_PLAIN,
	TERMINAL_BOLD,
	TERMINAL_DIM,
	TERMINAL_RED,
	TERMINAL_GREEN,
	TERMINAL_YELLOW,
	TERMINAL_BLUE,
	TERMINAL_CYAN,
};

/* Whether colour is welcome in `file`: a terminal, not a dumb one, and NO_COLOR unset or empty. */
gboolean terminal_wants_colour(FILE *file);
/* The bytes that switch to a colour; "" unless `wanted`. TERMINAL_PLAIN switches back. */
const char *terminal_colour(gboolean wanted, enum terminal_colour colour);
/* Columns of the terminal behind `file`; `otherwise` when it is none. $COLUMNS has
 * the last word. */
unsigned terminal_width(FILE *file, unsigned otherwise);

/* A line on standard error that rewrites itself, from the second second on. Zero it, then call step
 * often. */
struct progress {
	gint64 started_us, drawn_us; /* 0: not yet */
	gboolean checked, shown;     /* whether standard error is a terminal */
};

/* Cheap enough for every 1000th packet. `total` 0: not known. `what` is such as "packets". */
void progress_step(struct progress *progress, const char *what, guint64 done, guint64 total);
/* Takes the line away again, if there is one. */
void progress_end(struct progress *progress);

#endif
