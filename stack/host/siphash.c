/*
 * SipHash-2-4 (Aumasson and Bernstein, 2012): the keyed hash behind initial sequence numbers (RFC
 * 6528), cookies and ports, so that a peer cannot foresee them and a run with the same seed is the
 * same run.
 */
#include <endian.h>
#include <host/host.h>
#include <host/siphash.h>
#include <string.h>

static inline uint64_t rotate(uint64_t x, int n)
{
	return x << n | x >> (64 - n);
}

static inline void sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[1] = rotate(v[1], 13) ^ v[0];
	v[0] = rotate(v[0], 32);
	v[2] += v[3];
	v[3] = rotate(v[3], 16) ^ v[2];
	v[0] += v[3];
	v[3] = rotate(v[3], 21) ^ v[0];
	v[2] += v[1];
	v[1] = rotate(v[1], 17) ^ v[2];
	v[2] = rotate(v[2], 32);
}

static inline uint64_t load64(const uint8_t *p, size_t n)
{
	uint64_t word = 0;

	memcpy(&word, p, n);
	return le64toh(word);
}

static inline void absorb(uint64_t v[4], uint64_t word)
{
	v[3] ^= word;
	sip_round(v);
	sip_round(v);
	v[0] ^= word;
}

static inline void begin(uint64_t v[4], const uint8_t key[16])
{
	uint64_t k0 = load64(key, 8), k1 = load64(key + 8, 8);

	v[0] = k0 ^ UINT64_C(0x736f6d6570736575);
	v[1] = k1 ^ UINT64_C(0x646f72616e646f6d);
	v[2] = k0 ^ UINT64_C(0x6c7967656e657261);
	v[3] = k1 ^ UINT64_C(0x7465646279746573);
}

/* The rest of `len` bytes in all, of which a multiple of eight has been absorbed. */
static inline uint64_t finish(uint64_t v[4], const uint8_t *p, size_t left, size_t len)
{
	for (; left >= 8; left -= 8, p += 8)
		absorb(v, load64(p, 8));
	absorb(v, (uint64_t)len << 56 | load64(p, left));
	v[2] ^= 0xff;
	for (int i = 0; i < 4; i++)
		sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

uint64_t siphash(const uint8_t key[16], const void *bytes, size_t len)
{
	uint64_t v[4];

	begin(v, key);
	return finish(v, bytes, len, len);
}

uint64_t host_keyed_hash(
	struct tcpsim_host *host, enum host_secret which, const void *bytes, size_t len)
{
	return siphash(host->secrets[which], bytes, len);
}

uint64_t host_pair_hash(struct tcpsim_host *host, enum host_secret which,
	const struct tcpsim_addr *local, const struct tcpsim_addr *remote, const void *rest,
	size_t len)
{
	struct host_pair_hash *known = &host->pair_hash[which];
	uint64_t v[4];

	/* Not asked yet, it is of two addresses that are none, and its state is nothing. */
	if (!known->v[0] || !tcpsim_addr_eq(&known->local, local) ||
		!tcpsim_addr_eq(&known->remote, remote)) {
		known->local = *local;
		known->remote = *remote;
		begin(known->v, host->secrets[which]);
		for (unsigned i = 0; i < sizeof(local->b); i += 8)
			absorb(known->v, load64(local->b + i, 8));
		for (unsigned i = 0; i < sizeof(remote->b); i += 8)
			absorb(known->v, load64(remote->b + i, 8));
	}
	memcpy(v, known->v, sizeof(v));
	return finish(v, rest, len, len + 2 * sizeof(*local));
}
