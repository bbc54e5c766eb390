/*
 * The rows of a ladder: when, which way, the segment in packetdrill's notation with relative
 * numbers and the window scaled, what is in flight of the peer's window, the state of each end
 * after it, and below it what it means.
 */
#ifndef TCPSIM_TRACES_LADDER_PRINT_H
#define TCPSIM_TRACES_LADDER_PRINT_H

struct ladder;

/* ladder_print.c: the rows. */
void ladder_measure(struct ladder *l);
void ladder_print_rows(struct ladder *l);

#endif
