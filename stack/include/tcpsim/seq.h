/*
 * Sequence numbers: a type of their own, so that a raw `<` on them does not compile.
 *
 * Arithmetic is modulo 2^32 (RFC 9293 §3.4). An order between two numbers means something only
 * when they are less than 2^31 apart, which windows guarantee for live numbers.
 */
#ifndef TCPSIM_SEQ_H
#define TCPSIM_SEQ_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tcpsim_seq {
	uint32_t n;
} tcpsim_seq;

static inline tcpsim_seq tcpsim_seq_of(uint32_t n)
{
	return (tcpsim_seq){n};
}

static inline tcpsim_seq tcpsim_seq_add(tcpsim_seq a, uint32_t n)
{
	return (tcpsim_seq){a.n + n};
}

static inline tcpsim_seq tcpsim_seq_sub(tcpsim_seq a, uint32_t n)
{
	return (tcpsim_seq){a.n - n};
}

/* a - b as a signed distance. */
static inline int32_t tcpsim_seq_diff(tcpsim_seq a, tcpsim_seq b)
{
	return (int32_t)(a.n - b.n);
}

static inline bool tcpsim_seq_eq(tcpsim_seq a, tcpsim_seq b)
{
	return a.n == b.n;
}

static inline bool tcpsim_seq_lt(tcpsim_seq a, tcpsim_seq b)
{
	return tcpsim_seq_diff(a, b) < 0;
}

static inline bool tcpsim_seq_le(tcpsim_seq a, tcpsim_seq b)
{
	return tcpsim_seq_diff(a, b) <= 0;
}

static inline bool tcpsim_seq_gt(tcpsim_seq a, tcpsim_seq b)
{
	return tcpsim_seq_diff(a, b) > 0;
}

static inline bool tcpsim_seq_ge(tcpsim_seq a, tcpsim_seq b)
{
	return tcpsim_seq_diff(a, b) >= 0;
}

static inline tcpsim_seq tcpsim_seq_max(tcpsim_seq a, tcpsim_seq b)
{
	return tcpsim_seq_gt(a, b) ? a : b;
}

static inline tcpsim_seq tcpsim_seq_min(tcpsim_seq a, tcpsim_seq b)
{
	return tcpsim_seq_lt(a, b) ? a : b;
}

/* low <= x < high, in sequence space. */
static inline bool tcpsim_seq_in(tcpsim_seq x, tcpsim_seq low, tcpsim_seq high)
{
	return tcpsim_seq_ge(x, low) && tcpsim_seq_lt(x, high);
}

#ifdef __cplusplus
}
#endif

#ifdef TCPSIM_OLD_NAMES
#include <tcpsim/old_names.h>
#endif

#endif
