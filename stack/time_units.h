/*
 * What a time is counted in: nanoseconds, everywhere. The names are the kernel's, and stand here
 * alone.
 */
#ifndef TCPSIM_TIME_UNITS_H
#define TCPSIM_TIME_UNITS_H

#include <stdint.h>

#define NSEC_PER_SEC  INT64_C(1000000000)
#define NSEC_PER_MSEC INT64_C(1000000)
#define NSEC_PER_USEC INT64_C(1000)

#endif
