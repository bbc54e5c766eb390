/* A line of what happened, by a program that has the turn (tcpsim_say() is the same for those of others). */
#ifndef SIM_PROCESS_SAY_H
#define SIM_PROCESS_SAY_H

#include <glib.h>

/* Told to the world's on_say; where no program runs it goes nowhere. */
void process_say(const char *format, ...) G_GNUC_PRINTF(1, 2);

#endif
