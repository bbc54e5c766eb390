/* Randomness that a seed decides: xoshiro256** (Blackman and Vigna, 2018), seeded through
 * splitmix64. */
#include <host/random.h>

static uint64_t splitmix(uint64_t *state)
{
	uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static inline uint64_t rotate(uint64_t x, int n)
{
	return x << n | x >> (64 - n);
}

uint64_t host_random64(struct tcpsim_host *host)
{
	uint64_t *s = host->random_state;
	uint64_t result = rotate(s[1] * 5, 7) * 9, shifted = s[1] << 17;

	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= shifted;
	s[3] = rotate(s[3], 45);
	return result;
}

uint32_t host_random(struct tcpsim_host *host)
{
	return (uint32_t)(host_random64(host) >> 32);
}

void host_random_seed(struct tcpsim_host *host, uint64_t seed)
{
	uint64_t state = seed;

	for (int i = 0; i < 4; i++)
		host->random_state[i] = splitmix(&state);
	memset(&host->last_offset, 0, sizeof(host->last_offset));
	memset(host->pair_hash, 0, sizeof(host->pair_hash));
	for (int i = 0; i < HOST_NSECRETS; i++) {
		for (int half = 0; half < 2; half++) {
			uint64_t word = host_random64(host);

			for (int b = 0; b < 8; b++)
				host->secrets[i][half * 8 + b] = (uint8_t)(word >> 8 * b);
		}
	}
}
