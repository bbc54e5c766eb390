/* Numbers for property tests: the same from the same seed, everywhere (splitmix64). */
#ifndef TCPSIM_TESTS_RANDOM_H
#define TCPSIM_TESTS_RANDOM_H

#include <stdint.h>

static inline uint64_t random_next(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

/* 0 to n - 1 */
static inline uint32_t random_below(uint64_t *state, uint32_t n)
{
	return (uint32_t)(random_next(state) >> 32) % n;
}

/* A sum that tells values, and the order of values, apart. */
static inline uint64_t sum_mix(uint64_t sum, uint64_t value)
{
	return (sum ^ value) * UINT64_C(0x9e3779b97f4a7c15) >> 7 ^ sum << 57;
}

#endif
