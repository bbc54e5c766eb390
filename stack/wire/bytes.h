/* Numbers in network byte order, read and written at any alignment. Private to wire/. */
#ifndef TCPSIM_WIRE_BYTES_H
#define TCPSIM_WIRE_BYTES_H

#include <endian.h>
#include <stdint.h>
#include <string.h>

/* By memcpy and not byte by byte: gcc makes one load or store with a swap of it, which of shifts it
 * does not always. */
static inline uint16_t get16(const uint8_t *p)
{
	uint16_t n;

	memcpy(&n, p, 2);
	return be16toh(n);
}

static inline uint32_t get24(const uint8_t *p)
{
	return (uint32_t)p[0] << 16 | get16(p + 1);
}

static inline uint32_t get32(const uint8_t *p)
{
	uint32_t n;

	memcpy(&n, p, 4);
	return be32toh(n);
}

static inline uint8_t *put8(uint8_t *p, unsigned n)
{
	p[0] = (uint8_t)n;
	return p + 1;
}

static inline uint8_t *put16(uint8_t *p, unsigned n)
{
	uint16_t be = htobe16((uint16_t)n);

	memcpy(p, &be, 2);
	return p + 2;
}

static inline uint8_t *put24(uint8_t *p, uint32_t n)
{
	p[0] = (uint8_t)(n >> 16);
	return put16(p + 1, n & 0xffff);
}

static inline uint8_t *put32(uint8_t *p, uint32_t n)
{
	uint32_t be = htobe32(n);

	memcpy(p, &be, 4);
	return p + 4;
}

/*
 * A word written and added to a sum of words as they lie in memory (RFC 1071 §2.B): reading back
 * what was just written in pieces costs more than all the rest of a header.
 */
static inline void put_summed(uint8_t *p, uint32_t word, uint64_t *sum)
{
	uint32_t be = htobe32(word);

	memcpy(p, &be, 4);
	*sum += be;
}

/* Four bytes as they lie, for a sum or to be written as they were read. */
static inline uint32_t load32(const uint8_t *p)
{
	uint32_t word;

	memcpy(&word, p, 4);
	return word;
}

/* The same of four bytes that are in network order already. */
static inline void copy_summed(uint8_t *p, const uint8_t *bytes, uint64_t *sum)
{
	uint32_t be = load32(bytes);

	memcpy(p, &be, 4);
	*sum += be;
}

#endif
