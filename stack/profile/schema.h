/*
 * Between the files that know the schema of a profile: its fields as text (schema.c), what they may
 * be (ranges.c).
 */
#ifndef TCPSIM_PROFILE_SCHEMA_H
#define TCPSIM_PROFILE_SCHEMA_H

#include <tcpsim/profile.h>

/* A time in the largest unit that leaves a whole number: "200 ms". As snprintf has it. */
int profile_time_text(int64_t ns, char *out, size_t size);

#endif
