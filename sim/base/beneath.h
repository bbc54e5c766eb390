/*
 * Files below a folder, and nothing else: what somebody else's text names is opened so that no link
 * and no ".." leads out, no device and no pipe is touched, and no more than so much is read.
 *
 * The kernel does it in one step where it can (openat2 with RESOLVE_BENEATH and
 * RESOLVE_NO_SYMLINKS, Linux 5.6); elsewhere each component is opened by itself, without following
 * it.
 */
#ifndef SIM_BASE_BENEATH_H
#define SIM_BASE_BENEATH_H

#include <glib.h>

/*
 * Opens the regular file `path` for reading below the open folder `folder`. `path` has no ".", no
 * "..", no empty component. A descriptor, or -errno: -ELOOP where a component is a link, -EACCES
 * where it is no regular file, -EXDEV where the path is not of that form.
 */
int beneath_open(int folder, const char *path);
/* The same, component by component. */
int beneath_open_walking(int folder, const char *path);
/* The first link on the way: its target (to be freed), and how much of `path` leads to it and names
 * it. NULL if there is none. */
char *beneath_link(int folder, const char *path, gsize *len);

/* All of the descriptor, which is closed, in every case; NULL with -errno in *error, -EFBIG where
 * there is more than `most`. */
GString *beneath_read(int fd, gsize most, int *error);

#endif
