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
#include "timeline/witness.h"
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
	struct campaign *campaign; /* of a grid */
};

/* One run under way, and what was told of it. */
struct telling {
	const struct simulate_options *options;
	struct tcpsim_world *world;
	struct world_settings settings;
	const struct node *watched, *queues;
	struct report_style style;
	struct timeline *timeline;
	struct witness *witness;
	struct output *events;
	char *capture_path; /* of the watched node */
	int capture_fd;
	struct queue_watch *listeners;	 /* of `queues` */
	struct drive_lateness *lateness; /* it ran by the real clock; NULL: in virtual time */
	bool ended;			 /* by itself, by the real clock */
};

/* simulate_tell.c: all that is told once the run is over; an exit status. */
int simulate_tell(const struct telling *telling);

/* simulate_page.c: the run as a page; an exit status. */
int simulate_page(const struct telling *telling);
/* The capture of the watched node, read, with rows as the options say; NULL: told. */
struct replay *simulate_read_capture(
	const struct telling *telling, const struct replay_options *options);

/* simulate_corrected.c: the lines of the capture that was read, with what the hosts know in place
 * of what it lets guess. */
void simulate_corrected_json(const struct timeline *timeline, const struct replay *seen);

/* simulate_table.c: a grid's runs as a table for people. A run is handed over as its JSON line. */
struct simulate_table;
/* `whole`: it will have all runs of the grid. */
struct simulate_table *simulate_table_new(bool whole);
void simulate_table_add(struct simulate_table *table, const char *run);
/* Prints and frees it; NULL does nothing. */
void simulate_table_print(struct simulate_table *table);

/* Both return an exit status. */
int simulate_once(const struct simulate_options *options);
int simulate_sweep(const struct simulate_options *options);

/* simulate_network.c: what links lost and routers did, as a person reads it or as JSON lines. */
void tell_links(const struct tcpsim_world *world, bool json);
void tell_routers(const struct tcpsim_world *world, bool json);

/* simulate_queues.c: the queues of one host's listeners. Each change is told when it is noted, as
 * JSON or, for the first ones, as text; drawing is for people only. */
struct queue_watch;
struct queue_watch *queue_watch_new(const struct node *host, bool json);
void queue_watch_free(struct queue_watch *watch);
void queue_watch_note(struct queue_watch *watch, const struct tcpsim_event *event);
void queue_watch_draw(
	const struct queue_watch *watch, int64_t end_ns, const struct report_style *style);

#endif
