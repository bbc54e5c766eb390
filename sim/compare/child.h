/*
 * Work in processes of its own, many at once: each is a fork that writes its answer to a pipe and
 * ends. What enters a namespace never comes back, so everything that has to do with the kernel
 * happens in one of these.
 */
#ifndef COMPARE_CHILD_H
#define COMPARE_CHILD_H

#include <glib.h>
#include <stdbool.h>

struct child {
	void *context;
	GByteArray *bytes; /* its answer */
	char *why;	   /* NULL: it ended well */
};

/* In the child: writes the answer. Descriptors from 3 on are free, as in a program that has just
 * begun. */
typedef void (*child_fn)(void *context, GByteArray *answer);

struct children;

/* One that is silent for `patience_s` is ended. */
struct children *children_new(unsigned jobs, unsigned patience_s);
void children_free(struct children *children);
bool children_have_room(const struct children *children);
void children_start(struct children *children, child_fn work, void *context);
/* Waits for one that is over; NULL when none is under way. The caller frees it. */
struct child *children_next(struct children *children);
void child_free(struct child *child);

#endif
