/* Packets that arrive: the script's segment in the wire's numbers. */
#ifndef SCRIPT_RUN_INBOUND_H
#define SCRIPT_RUN_INBOUND_H

#include <stdbool.h>

struct run;
struct script_packet;

/* The segment is made and handed in; false if the script failed. */
bool run_inbound(struct run *run, const struct script_packet *packet);

#endif
