/*
 * Payload whose every byte tells where it belongs: a function of the stream and of the offset in
 * it. What is sent is filled with it and what is delivered is checked against it, so that a byte
 * that is lost, doubled, out of place or of another connection is seen at once, which zeros never
 * show.
 *
 * Neighbouring offsets, offsets a segment apart and streams with neighbouring numbers all differ;
 * nothing repeats within 2^64 bytes. No state, no memory: whoever knows (stream, offset) knows the
 * byte.
 */
#ifndef SIM_BASE_PATTERN_H
#define SIM_BASE_PATTERN_H

#include <stddef.h>
#include <stdint.h>

/* stream: any number that tells the streams of one test apart, both directions of a connection
 * included. */
uint8_t pattern_byte(uint64_t stream, uint64_t offset);
/* out[0..len) becomes the bytes at offset..offset + len. */
void pattern_fill(uint64_t stream, uint64_t offset, void *out, size_t len);
/* How many of the first bytes are right: len when all are. */
size_t pattern_match(uint64_t stream, uint64_t offset, const void *bytes, size_t len);

#endif
