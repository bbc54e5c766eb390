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

typedef struct tcp_seq {
	uint32_t n;
} tcp_seq;

static inline tcp_seq tcp_seq_of(uint32_t n)
{
	return (tcp_seq){n};
}

static inline tcp_seq seq_add(tcp_seq a, uint32_t n)
{
	return (tcp_seq){a.n + n};
}

static inline tcp_seq seq_sub(tcp_seq a, uint32_t n)
{
	return (tcp_seq){a.n - n};
}

/* a - b as a signed distance. */
static inline int32_t seq_diff(tcp_seq a, tcp_seq b)
{
	return (int32_t)(a.n - b.n);
}

static inline bool seq_eq(tcp_seq a, tcp_seq b)
{
	return a.n == b.n;
}

static inline bool seq_lt(tcp_seq a, tcp_seq b)
{
	return seq_diff(a, b) < 0;
}

static inline bool seq_le(tcp_seq a, tcp_seq b)
{
	return seq_diff(a, b) <= 0;
}

static inline bool seq_gt(tcp_seq a, tcp_seq b)
{
	return seq_diff(a, b) > 0;
}

static inline bool seq_ge(tcp_seq a, tcp_seq b)
{
	return seq_diff(a, b) >= 0;
}

static inline tcp_seq seq_max(tcp_seq a, tcp_seq b)
{
	return seq_gt(a, b) ? a : b;
}

static inline tcp_seq seq_min(tcp_seq a, tcp_seq b)
{
	return seq_lt(a, b) ? a : b;
}

/* low <= x < high, in sequence space. */
static inline bool seq_in(tcp_seq x, tcp_seq low, tcp_seq high)
{
	return seq_ge(x, low) && seq_lt(x, high);
}

#ifdef __cplusplus
}
#endif

#endif
