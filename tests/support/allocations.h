/*
 * Memory that fails. In a test program linked with `failing_memory` (tests/meson.build), every
 * allocation of stack/ goes through here: the linker wraps malloc and its kin in what is linked
 * statically, so GLib's own, which end the process when they fail, are not touched.
 */
#ifndef TESTS_SUPPORT_ALLOCATIONS_H
#define TESTS_SUPPORT_ALLOCATIONS_H

#include <stdbool.h>
#include <stdint.h>

/* From now on the nth allocation fails (1: the next), and with `every` each nth after it; 0: none
 * does any more. Counting begins anew. */
void allocations_fail(uint64_t nth, bool every);
/* How many were asked for since then, and how many of them failed. */
uint64_t allocations_asked(void);
uint64_t allocations_failed(void);

#endif
