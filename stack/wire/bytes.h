/* Numbers in network byte order, read and written at any alignment. Private to wire/. */
#ifndef TCPSIM_WIRE_BYTES_H
#define TCPSIM_WIRE_BYTES_H

#include <stdint.h>
#include <string.h>

static inline uint16_t get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t get24(const uint8_t *p)
{
	return (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2];
}

static inline uint32_t get32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static inline uint8_t *put8(uint8_t *p, unsigned n)
{
	p[0] = (uint8_t)n;
	return p + 1;
}

static inline uint8_t *put16(uint8_t *p, unsigned n)
{
	p[0] = (uint8_t)(n >> 8);
	p[1] = (uint8_t)n;
	return p + 2;
}

static inline uint8_t *put24(uint8_t *p, uint32_t n)
{
	p[0] = (uint8_t)(n >> 16);
	return put16(p + 1, n & 0xffff);
}

static inline uint8_t *put32(uint8_t *p, uint32_t n)
{
	put16(p, n >> 16);
	return put16(p + 2, n & 0xffff);
}

#endif
