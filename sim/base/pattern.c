#include "base/pattern.h"

/* SplitMix64's finalizer: every bit of the input changes half of the output's. */
static uint64_t mix(uint64_t x)
{
	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
	return x ^ (x >> 31);
}

/* Eight bytes are taken of one mixed word: a fill costs a multiplication or two every eight. */
static uint64_t word_at(uint64_t stream, uint64_t offset)
{
	return mix(mix(stream + UINT64_C(0x9e3779b97f4a7c15)) + offset / 8);
}

static uint8_t byte_of(uint64_t word, uint64_t offset)
{
	return (uint8_t)(word >> (8 * (offset % 8)));
}

uint8_t pattern_byte(uint64_t stream, uint64_t offset)
{
	return byte_of(word_at(stream, offset), offset);
}

void pattern_fill(uint64_t stream, uint64_t offset, void *out, size_t len)
{
	uint64_t word = word_at(stream, offset);
	uint8_t *bytes = out;

	for (size_t i = 0; i < len; i++, offset++) {
		if (offset % 8 == 0)
			word = word_at(stream, offset);
		bytes[i] = byte_of(word, offset);
	}
}

size_t pattern_match(uint64_t stream, uint64_t offset, const void *bytes, size_t len)
{
	uint64_t word = word_at(stream, offset);
	const uint8_t *got = bytes;

	for (size_t i = 0; i < len; i++, offset++) {
		if (offset % 8 == 0)
			word = word_at(stream, offset);
		if (got[i] != byte_of(word, offset))
			return i;
	}
	return len;
}
