/*
 * Packets that the system sends: the next one of the connection is held against what the script
 * expects.
 */
#ifndef SCRIPT_RUN_OUTBOUND_H
#define SCRIPT_RUN_OUTBOUND_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

struct run;
struct script_packet;

/* Waits for it; false if the script failed. */
bool run_outbound(struct run *run, const struct script_packet *packet);
/* Appends to the result's packets. */
void run_note_packet(
	struct run *run, bool outbound, int64_t time_ns, int line, GBytes *bytes, const char *text);

#endif
