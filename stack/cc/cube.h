/*
 * The integer cube root, rounded down: CUBIC's K (RFC 9438 §4.2).
 */
#ifndef TCPSIM_CC_CUBE_H
#define TCPSIM_CC_CUBE_H

#include <stdint.h>

/* Bit by bit from the top: three bits of `a` make one of the root. */
static inline uint32_t cube_root(uint64_t a)
{
	uint64_t root = 0;

	for (int shift = 63; shift >= 0; shift -= 3) {
		uint64_t bit;

		root <<= 1;
		bit = 3 * root * (root + 1) + 1;
		if (a >> shift >= bit) {
			a -= bit << shift;
			root++;
		}
	}
	return (uint32_t)root;
}

#endif
