/*
 * A capture that was read to the end, told: as a table, as ladders, as JSON lines. Reports read a
 * struct replay and change nothing in it; all of one replay's are the same bytes every time.
 */
#ifndef TCPSIM_TRACES_REPORT_H
#define TCPSIM_TRACES_REPORT_H

#include "traces/replay/replay.h"
#include "traces/report/json_line.h"
#include "traces/select/selection.h"

#include <stdio.h>

/* How a person wants it. */
struct report_style {
	FILE *out;
	bool colour;
	unsigned width; /* columns to stay inside */
	bool all;	/* every connection, every row */
	bool wall;	/* the clock's time, not the time since the begin */
	unsigned rows; /* of a ladder at most, but for what is never left out; 0: as many as tell */
	bool numeric;  /* no names of hosts, though the capture has them */
	struct selection selection;
	/* How to call the program again on the same captures: "tcpsim replay --filter 'port 80'" and
	 * "a.pcap"; NULL: there is no such command. */
	const char *command, *captures;
	const struct tcpsim_profile
		*profile; /* --profile: whose schedule to hold SYNs against; NULL: all of them */
};

/* JSON lines as cli.md has them: connection, then transition and mark with `events`, reset,
 * listener, capture. */
struct report_json {
	FILE *out;
	bool events;
	struct selection selection; /* of connections, and what belongs to them */
};
void report_json(const struct replay *r, const struct report_json *wanted);
/* The same for connections that are let go while the capture is read (replay_options.letting_go;
 * the context is a struct report_json): what happened so far, then each connection that goes and
 * what belongs to it. */
void report_json_going(void *wanted, struct replay *r, flow_ended_fn going, void *context);
/* With --packets: a line for each packet as it passes (replay_options.passed; the context is a
 * struct report_packets whose line has been begun by json_line_init). */
struct report_packets {
	struct json_line line;
	const struct replay *r;	  /* whose packets they are */
	const struct numbers *of; /* NULL: of all connections */
};
void report_json_packet(void *context, const struct flow *f, const struct replay_row *row);
/* The table of connections (the most troubled ones unless style->all), listeners, what
 * was skipped. */
void report_summary(const struct replay *r, const struct report_style *style);
/* One connection, packet by packet. Its rows must have been kept. */
void report_ladder(const struct replay *r, uint32_t flow, const struct report_style *style);

/* From that moment on a listener's queues are so long. */
struct report_queue {
	int64_t time_ns;
	uint32_t incomplete, completed;
};
/* Both queues over time, a row each with its name in front; the changes in the order of time. */
void report_queues(const struct report_style *style, const char *incomplete, const char *completed,
	const struct report_queue *change, size_t n, int64_t start_ns, int64_t end_ns);

#endif
