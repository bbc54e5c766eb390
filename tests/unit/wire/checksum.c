/* RFC 1071, against the plain loop of its §4.1 and the example of its §3. */
#include <criterion/criterion.h>

#include "support/random.h"
#include "wire/checksum.h"
#include "wire/wire.h"

static uint16_t by_the_book(const uint8_t *p, size_t len)
{
	uint32_t sum = 0;

	for (size_t i = 0; i + 1 < len; i += 2)
		sum += (uint32_t)p[i] << 8 | p[i + 1];
	if (len % 2)
		sum += (uint32_t)p[len - 1] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

Test(checksum, the_example_of_rfc_1071)
{
	const uint8_t bytes[] = {0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7};

	cr_expect_eq(wire_sum_finish(wire_sum(bytes, sizeof(bytes), 0)), (uint16_t)~0xddf2);
}

Test(checksum, every_length_and_alignment_agrees_with_the_plain_loop)
{
	static uint8_t bytes[400];
	uint64_t seed = 1;

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)random_next(&seed);
	for (size_t at = 0; at < 9; at++)
		for (size_t len = 0; len + at <= sizeof(bytes); len++)
			cr_assert_eq(wire_sum_finish(wire_sum(bytes + at, len, 0)),
				by_the_book(bytes + at, len), "at %zu length %zu", at, len);
}

Test(checksum, carries_are_not_lost)
{
	static uint8_t bytes[65535];

	memset(bytes, 0xff, sizeof(bytes));
	cr_expect_eq(wire_sum_finish(wire_sum(bytes, sizeof(bytes), 0)),
		by_the_book(bytes, sizeof(bytes)));
}

Test(checksum, pieces_of_even_length_add_up)
{
	uint8_t bytes[100];
	uint64_t seed = 2;

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)random_next(&seed);
	cr_expect_eq(wire_sum_finish(wire_sum(bytes + 66, 33, wire_sum(bytes, 66, 0))),
		by_the_book(bytes, 99));
}
