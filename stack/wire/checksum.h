/* The Internet checksum, RFC 1071. */
#ifndef TCPSIM_WIRE_CHECKSUM_H
#define TCPSIM_WIRE_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

/* Adds bytes to a running sum (start with 0; all chunks but the last must be of even length), which
 * wire_sum_finish() makes the field's value of. */
uint64_t wire_sum(const uint8_t *bytes, size_t len, uint64_t sum);

/* Copies `len` bytes, a multiple of 8, and returns their sum. */
uint64_t wire_copy_summed(uint8_t *restrict to, const uint8_t *restrict from, size_t len);

#endif
