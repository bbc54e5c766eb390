/*
 * Randomness of a world: xoshiro256** (Blackman and Vigna, public domain algorithm), one generator
 * for each link direction and each program, seeded from the world's seed and the owner's name. So
 * what one link draws does not depend on what another one does, and adding a host changes nothing
 * elsewhere.
 */
#ifndef SIM_WORLD_RNG_H
#define SIM_WORLD_RNG_H

#include <stdbool.h>
#include <stdint.h>

struct rng {
	uint64_t s[4];
};

/* splitmix64: the next of a sequence that fills a generator's state. */
static inline uint64_t rng_mix(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

/* `name` is of the owner: "link client router", "program web". */
static inline void rng_seed(struct rng *rng, uint64_t seed, const char *name)
{
	uint64_t state = seed;

	for (; *name; name++) {
		state ^= (uint8_t)*name;
		state = rng_mix(&state);
	}
	for (int i = 0; i < 4; i++)
		rng->s[i] = rng_mix(&state);
}

static inline uint64_t rng_next(struct rng *rng)
{
	uint64_t *s = rng->s, x = s[1] * 5, result = (x << 7 | x >> 57) * 9, t = s[1] << 17;

	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = s[3] << 45 | s[3] >> 19;
	return result;
}

/* 0 <= result < 1 */
static inline double rng_unit(struct rng *rng)
{
	return (double)(rng_next(rng) >> 11) * 0x1p-53;
}

/* 0 to n - 1; n > 0 */
static inline uint64_t rng_below(struct rng *rng, uint64_t n)
{
	__extension__ typedef unsigned __int128 wide;

	return (uint64_t)((wide)rng_next(rng) * n >> 64);
}

/* True with that probability; draws nothing for 0. */
static inline bool rng_chance(struct rng *rng, double probability)
{
	return probability > 0 && rng_unit(rng) < probability;
}

#endif
