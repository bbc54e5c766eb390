/* Payload that tells where it belongs. */
#include <criterion/criterion.h>
#include <string.h>

#include "base/pattern.h"

#define LEN 4096

Test(pattern, a_fill_is_its_bytes_wherever_it_begins)
{
	uint8_t bytes[41];

	for (uint64_t offset = 0; offset < 20; offset++) {
		pattern_fill(7, offset, bytes, sizeof(bytes));
		for (size_t i = 0; i < sizeof(bytes); i++)
			cr_assert_eq(bytes[i], pattern_byte(7, offset + i), "offset %zu + %zu",
				(size_t)offset, i);
		cr_assert_eq(pattern_match(7, offset, bytes, sizeof(bytes)), sizeof(bytes));
	}
}

Test(pattern, a_wrong_byte_is_found_where_it_is)
{
	uint8_t bytes[LEN];

	for (size_t wrong = 0; wrong < 64; wrong++) {
		pattern_fill(1, 13, bytes, LEN);
		bytes[wrong] ^= 0x10;
		cr_assert_eq(pattern_match(1, 13, bytes, LEN), wrong);
	}
	cr_expect_eq(pattern_match(1, 13, bytes, 0), 0);
}

/* Of any sixteen bytes: what was shifted, swapped with another segment's or another stream's, or
 * never written, is seen. */
Test(pattern, no_place_looks_like_another)
{
	static const uint64_t SHIFTS[] = {
		1, 2, 7, 8, 16, 128, 536, 1000, 1448, 1460, 4096, 65536, UINT64_C(1) << 32};
	uint8_t bytes[LEN], zeros[16] = {0};

	for (uint64_t stream = 0; stream < 8; stream++) {
		pattern_fill(stream, 0, bytes, LEN);
		for (size_t at = 0; at + 16 <= LEN; at += 16) {
			for (size_t i = 0; i < sizeof(SHIFTS) / sizeof(*SHIFTS); i++)
				cr_assert_lt(pattern_match(stream, at + SHIFTS[i], bytes + at, 16),
					16, "shifted by %zu", (size_t)SHIFTS[i]);
			cr_assert_lt(pattern_match(stream + 1, at, bytes + at, 16), 16);
			cr_assert_neq(memcmp(bytes + at, zeros, 16), 0);
		}
	}
}
