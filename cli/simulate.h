/*
 * What `tcpsim simulate` does with a world's file: one run, told to a person or as JSON; or a grid
 * of runs over the cores. Between cmd_simulate.c, which reads the command line, and the files of
 * the two.
 */
#ifndef CLI_SIMULATE_H
#define CLI_SIMULATE_H

#include <glib.h>
#include <stdint.h>

#include "campaign.h"
#include "live/drive.h"
#include "timeline/timeline.h"
#include "traces/report/report.h"
#include "worldfile/file.h"

struct simulate_options {
	const char *path;
	const uint64_t *seed; /* NULL: the file's */
	gboolean json, summary, all, check;
	const char *as_seen_by; /* a node: what an onlooker there would tell; NULL: the truth */
	int connection;		/* whose ladder alone is shown; -1: not chosen */
	const char *pcap_folder, *events_path, *html_path;
	char **sweep; /* "KEY=a,b,c", NULL-terminated, or NULL */
	int seeds, jobs;
	int threads;		   /* of one run */
	struct campaign *campaign; /* of a grid */
};

/* One run under way, and what it is watched by. */
struct simulate_run {
	const struct simulate_options *options;
	struct tcpsim_world *world;
	struct world_settings settings;
	const struct node *watched, *queues;
	struct report_style style;
	struct timeline *timeline;
	struct witness *witness;
	struct output *events;
	struct onlooker *onlooker;	 /* at `watched`; NULL: nobody */
	struct queue_watch *listeners;	 /* of `queues` */
	struct drive_lateness *lateness; /* it ran by the real clock; NULL: in virtual time */
	bool ended;			 /* by itself, by the real clock */
};

#endif
