/*
 * A capture that was read to the end, told: as a table, as ladders, as JSON lines. Reports read a
 * struct replay and change nothing in it; all of one replay's are the same bytes every time.
 */
#ifndef TCPSIM_TRACES_REPORT_H
#define TCPSIM_TRACES_REPORT_H

#include "base/json_line.h"
#include "traces/replay/replay.h"
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

/* What of a replay is written as JSON lines (json.h). */
struct report_json {
	FILE *out;
	bool events;
	struct selection selection; /* of connections, and what belongs to them */
};
/* --packets: what report_json_packet() is called with; the line has been begun by
 * json_line_init(). */
struct report_packets {
	struct json_line line;
	const struct replay *r;	  /* whose packets they are */
	const struct numbers *of; /* NULL: of all connections */
};

/* From that moment on a listener's queues are so long. */
struct report_queue {
	int64_t time_ns;
	uint32_t incomplete, completed;
};

#endif
