/* A report as bytes, for the way from the process that ran the script to the one that tells of it:
 * its whole length first, then numbers, and texts and packets with their lengths. Both ends are the
 * same program on the same machine. */
#ifndef SCRIPT_SUITE_BYTES_H
#define SCRIPT_SUITE_BYTES_H

#include "script/suite/suite.h"

/* `index`: the script's, handed back by decode. */
GByteArray *suite_report_encode(unsigned index, const struct suite_report *report);
/* How long the report at the start is; 0: not even that has come. */
gsize suite_report_length(const GByteArray *bytes);
/* Path and profile are left to the caller, who knows them. */
struct suite_report *suite_report_decode(const uint8_t *bytes, unsigned *index);

#endif
