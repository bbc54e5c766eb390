/* What the program of a made-up scenario does. */
#ifndef COMPARE_IMPROVISE_PROGRAM_H
#define COMPARE_IMPROVISE_PROGRAM_H

struct improviser;

/* The first calls: a listener, or a client's connect(). */
void improvise_begin(struct improviser *im);

#endif
