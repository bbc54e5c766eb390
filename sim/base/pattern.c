#include "base/pattern.h"

#include <endian.h>
#include <string.h>

/* SplitMix64's finalizer: every bit of the input changes half of the output's. */
static uint64_t mix(uint64_t x)
{
	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
	return x ^ (x >> 31);
}

static uint64_t key_of(uint64_t stream)
{
	return mix(stream + UINT64_C(0x9e3779b97f4a7c15));
}

/* Eight bytes are taken of one mixed word, the lowest first, as they then stand in memory. */
static uint64_t word_at(uint64_t key, uint64_t offset)
{
	return htole64(mix(key + offset / 8));
}

uint8_t pattern_byte(uint64_t stream, uint64_t offset)
{
	uint64_t word = word_at(key_of(stream), offset);

	return ((const uint8_t *)&word)[offset % 8];
}

/* Less than a word. */
static void fill_some(uint64_t key, uint64_t offset, uint8_t *out, size_t len)
{
	uint64_t word = word_at(key, offset);

	memcpy(out, (const uint8_t *)&word + offset % 8, len);
}

/* What of `len` bytes from `offset` on stands before the first whole word. */
static size_t before_word(uint64_t offset, size_t len)
{
	size_t n = -offset % 8;

	return len < n ? len : n;
}

void pattern_fill(uint64_t stream, uint64_t offset, void *out, size_t len)
{
	uint64_t key = key_of(stream);
	size_t n = before_word(offset, len);
	uint8_t *bytes = out;

	fill_some(key, offset, bytes, n);
	for (; n + 8 <= len; n += 8) {
		uint64_t word = word_at(key, offset + n);

		memcpy(bytes + n, &word, 8);
	}
	fill_some(key, offset + n, bytes + n, len - n);
}

/* The first of them that is wrong; all are looked at, one by one. */
static size_t find_wrong(uint64_t key, uint64_t offset, const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		uint64_t word = word_at(key, offset + i);

		if (bytes[i] != ((const uint8_t *)&word)[(offset + i) % 8])
			return i;
	}
	return len;
}

size_t pattern_match(uint64_t stream, uint64_t offset, const void *bytes, size_t len)
{
	uint64_t key = key_of(stream), wrong = 0, got;
	size_t first = before_word(offset, len), n = first;
	const uint8_t *at = bytes;

	for (; n + 8 <= len; n += 8) {
		memcpy(&got, at + n, 8);
		wrong |= got ^ word_at(key, offset + n);
	}
	if (!wrong && find_wrong(key, offset, at, first) == first &&
		find_wrong(key, offset + n, at + n, len - n) == len - n)
		return len;
	return find_wrong(key, offset, at, len);
}
