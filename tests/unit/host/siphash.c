/* SipHash-2-4 against the vectors of its paper, and the generator against its seed. */
#include "host/siphash.h"
#include <criterion/criterion.h>
#include <host/random.h>

Test(siphash, gives_the_vectors_of_the_paper)
{
	static const uint64_t EXPECTED[] = {UINT64_C(0x726fdb47dd0e0e31),
		UINT64_C(0x74f839c593dc67fd), UINT64_C(0x0d6c8009d9a94f5a),
		UINT64_C(0x85676696d7fb7e2d)};
	uint8_t key[16], input[16];

	for (int i = 0; i < 16; i++)
		key[i] = input[i] = (uint8_t)i;
	for (size_t len = 0; len < 4; len++)
		cr_expect_eq(siphash(key, input, len), EXPECTED[len], "length %zu", len);
	cr_expect_eq(siphash(key, input, 15), UINT64_C(0xa129ca6149be45e5));
}

Test(siphash, the_same_seed_is_the_same_host)
{
	struct tcpsim_host *a = calloc(1, sizeof(*a)), *b = calloc(1, sizeof(*b));

	host_random_seed(a, 5);
	host_random_seed(b, 5);
	for (int i = 0; i < 100; i++)
		cr_assert_eq(host_random(a), host_random(b));
	cr_expect_arr_eq(a->secrets, b->secrets, sizeof(a->secrets));
	host_random_seed(b, 6);
	cr_expect_arr_neq(a->secrets, b->secrets, sizeof(a->secrets));
	free(a);
	free(b);
}

/* What is kept of a pair of addresses is never another pair's, nor another secret's. */
Test(siphash, a_pair_of_addresses_comes_to_the_same_kept_or_not)
{
	struct tcpsim_host *host = calloc(1, sizeof(*host));
	struct tcpsim_addr addr[3] = {tcpsim_addr_v4(1), tcpsim_addr_v4(2), {{{0}}}};

	host_random_seed(host, 5);
	for (int i = 0; i < 54; i++) {
		struct {
			struct tcpsim_addr local, remote;
			uint32_t rest[3];
		} whole = {addr[i / 2 % 3], addr[i / 6 % 3], {(uint32_t)i, 7, 9}};
		enum host_secret which = i % 2 ? SECRET_ISS : SECRET_PORT;
		size_t len = (size_t)(i % 4) * 3; /* whole words and parts of one */

		cr_expect_eq(
			host_pair_hash(host, which, &whole.local, &whole.remote, whole.rest, len),
			host_keyed_hash(host, which, &whole, 2 * sizeof(whole.local) + len), "%d",
			i);
	}
	host_random_seed(host, 6);
	cr_expect_eq(host_pair_hash(host, SECRET_ISS, &addr[2], &addr[2], "", 0),
		host_keyed_hash(host, SECRET_ISS, (struct tcpsim_addr[2]){{{{0}}}, {{{0}}}}, 32));
	free(host);
}
