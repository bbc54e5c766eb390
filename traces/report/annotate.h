/*
 * The packets of a capture once more, as a capture: all of them with what is known of each as its
 * comment, or only those of some connections. The capture is read three times: a first replay has
 * found what became of each connection, a second one follows it packet by packet, and beside it the
 * packets themselves are read.
 *
 * docs/replay.md tells what a comment has; tools/wireshark/tcpsim.lua takes it apart again.
 */
#ifndef TCPSIM_TRACES_REPORT_ANNOTATE_H
#define TCPSIM_TRACES_REPORT_ANNOTATE_H

#include "traces/capture/packet_writer.h"
#include "traces/replay/replay.h"
#include "traces/select/selection.h"

struct annotate_options {
	const char *const *paths;
	size_t n_paths;
	const struct replay *found; /* the first replay, over; what it was asked is asked again */
	bool comments;		    /* else only the packets of `selection` */
	struct selection selection;
};

struct annotate_result {
	uint64_t packets, commented;
	uint64_t connections; /* whose packets were written, or commented */
};

/* Writes to `w`, which stays open. False, and *why (freed by g_free): not all of it. */
bool annotate(const struct annotate_options *options, struct packet_writer *w,
	struct annotate_result *result, char **why);

#endif
