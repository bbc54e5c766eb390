/*
 * The way of each packet of a run into its first link, so that a world's file can name it: "the 7th
 * of [link a b] from there". A packet gets a number, counted over the whole world, which its item of
 * the timeline then has as the one of its capture.
 *
 * It listens where the witness does, and hands everything on to it.
 */
#ifndef LAB_PACKETS_H
#define LAB_PACKETS_H

#include "timeline/witness.h"

struct packet_entry {
	uint32_t link, end; /* which [link] of the file, and at which of its ends it entered */
	uint32_t nth;	    /* of those that `drop` counts there */
	uint32_t
		nth_left; /* of those that `hold` counts: what `drop` and chance left over; 0: it was lost */
};

struct packets;

/* Between the witness, which is set up, and the world's first event. */
struct packets *packets_new(struct tcpsim_world *world, struct witness *witness);
/* Of packet 1, 2, ...: an array of struct packet_entry. */
const GArray *packets_entries(const struct packets *packets);
/* Before the witness is freed. */
void packets_free(struct packets *packets);

#endif
