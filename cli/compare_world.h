/*
 * What `tcpsim compare WORLD` does: each world in a process of its own, several at a time, as they
 * mostly wait; what it tells is printed in the order in which the worlds were named. Between
 * cmd_compare.c, which reads the command line, and sim/compare/world_compare.h, which compares.
 */
#ifndef CLI_COMPARE_WORLD_H
#define CLI_COMPARE_WORLD_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

struct compare_world_options {
	bool json, show_all;
	const char *kernel;   /* "client,server"; NULL: every host whose profile is linux */
	const uint64_t *seed; /* NULL: the file's */
	unsigned runs;	      /* of the kernel, of a world that differs */
	unsigned jobs;
};

/* The worlds' files among what the command line names: files that end in .world, and those of
 * folders. NULL: what is named are scripts. *error: some of each. */
GPtrArray *compare_world_find(char **names, int n, char **error);
/* Compares them; an exit status. */
int compare_worlds(const GPtrArray *paths, const struct compare_world_options *options);

#endif
