/*
 * What `tcpsim simulate` does with a world's file: one run, told to a person or as JSON; or a grid
 * of runs over the cores. Between cmd_simulate.c, which reads the command line, and the two.
 */
#ifndef CLI_SIMULATE_H
#define CLI_SIMULATE_H

#include <glib.h>
#include <stdint.h>

#include "world/file.h"

struct simulate_options {
	const char *path;
	const uint64_t *seed; /* NULL: the file's */
	gboolean json, summary, all, check;
	const char *pcap_folder, *events_path;
	char **sweep; /* "KEY=a,b,c", NULL-terminated, or NULL */
	int seeds, jobs;
};

/* Both return an exit status. */
int simulate_once(const struct simulate_options *options);
int simulate_sweep(const struct simulate_options *options);

#endif
