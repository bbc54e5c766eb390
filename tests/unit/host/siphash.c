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
