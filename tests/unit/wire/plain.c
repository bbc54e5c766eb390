/* What plain.h writes of a plain segment, wire_build_headers() writes too, byte for byte; and the
 * receiver finds both sums right. */
#include <criterion/criterion.h>

#include "support/random.h"
#include "wire/build.h"
#include "wire/checksum.h"
#include "wire/ip.h"
#include "wire/options.h"
#include "wire/plain.h"

#define SEED   27
#define ROUNDS 20000
#define TRAIN  3 /* segments with one form */

struct made {
	struct tcpsim_segment s;
	struct wire_plain_fields f;
	uint8_t options[NOP_NOP_TIMESTAMP_LEN], payload[1500];
};

static void make(struct made *m, uint64_t *seed)
{
	struct tcpsim_segment *s = &m->s;
	struct wire_plain_fields *f = &m->f;

	memset(m, 0, sizeof(*m));
	s->src = tcpsim_addr_v4((uint32_t)random_next(seed));
	s->dst = tcpsim_addr_v4((uint32_t)random_next(seed));
	s->src_port = f->src_port = (uint16_t)random_next(seed);
	s->dst_port = f->dst_port = (uint16_t)random_next(seed);
	s->ack = f->ack = tcpsim_seq_of((uint32_t)random_next(seed));
	s->window = f->window = (uint16_t)random_next(seed);
	s->tos = f->tos = (uint8_t)random_next(seed);
	s->ttl = f->ttl = (uint8_t)random_next(seed);
	s->ip_version = 4;
	f->src = &s->src;
	f->dst = &s->dst;
	f->dont_fragment = random_below(seed, 2);
	f->timestamps = random_below(seed, 2);
	if (!f->timestamps)
		return;
	f->ts_val = (uint32_t)random_next(seed);
	f->ts_ecr = (uint32_t)random_next(seed);
	opt_put_usual_timestamp(m->options, f->ts_val, f->ts_ecr);
	s->options.raw = m->options;
	s->options.raw_len = NOP_NOP_TIMESTAMP_LEN;
}

/* Text of its own, numbers and flags of its own. */
static const uint8_t *vary(struct made *m, uint64_t *seed)
{
	m->s.seq = tcpsim_seq_of((uint32_t)random_next(seed));
	m->s.flags = (uint16_t)random_below(seed, 0x200) & ~(unsigned)TCPSIM_URG;
	m->s.len = (uint32_t)random_below(seed, sizeof(m->payload));
	for (uint32_t i = 0; i < m->s.len; i++)
		m->payload[i] = (uint8_t)random_next(seed);
	return m->s.len && random_below(seed, 2) ? m->payload : NULL;
}

static void check_sums(struct tcpsim_pool *pool, const struct made *m, const uint8_t *payload,
	const uint8_t *headers, size_t len)
{
	struct tcpsim_packet *packet = tcpsim_packet_new(pool);
	struct wire_packet in;

	memcpy(packet->headers, headers, len);
	packet->headers_len = (uint16_t)len;
	packet->payload = payload;
	packet->payload_len = m->s.len;
	wire_parse_packet(packet, WIRE_SUMS, &in);
	cr_expect(in.kind == WIRE_TCP && in.ip_sum_ok && in.tcp_sum_ok);
	for (unsigned i = 0; i < 2; i++) { /* and no other */
		int at = i ? m->s.ttl % IPV4_HEADER : IPV4_HEADER + m->s.ttl % TCP_HEADER;

		packet->headers[at] ^= 0x10;
		wire_parse_packet(packet, WIRE_SUMS, &in);
		cr_expect(in.kind != WIRE_TCP || !in.ip_sum_ok || !in.tcp_sum_ok, "byte %d", at);
		packet->headers[at] ^= 0x10;
	}
	tcpsim_packet_free(packet);
}

Test(plain, is_what_any_segment_would_be)
{
	struct tcpsim_pool *pool = tcpsim_pool_new();
	uint64_t seed = SEED;

	for (int round = 0; round < ROUNDS; round++) {
		struct made m;
		struct wire_plain form;
		uint8_t common[WIRE_PLAIN_MOST];

		make(&m, &seed);
		wire_plain_begin(&form, &m.f, common);
		for (int i = 0; i < TRAIN; i++) {
			uint8_t plain[WIRE_PLAIN_MOST], any[TCPSIM_HEADERS_MAX];
			const uint8_t *payload = vary(&m, &seed);
			uint16_t id = (uint16_t)random_next(&seed);
			uint64_t sum = payload ? wire_sum(payload, m.s.len, 0) : 0;
			size_t len;

			memcpy(plain, common, sizeof(common));
			len = wire_plain_put(&form, m.s.seq, m.s.flags, id, m.s.len, sum, plain);

			cr_assert_eq(
				len, wire_build_headers(&m.s, id, m.f.dont_fragment, payload, any));
			cr_assert(memcmp(plain, any, len) == 0, "round %d, segment %d", round, i);
			if (round < ROUNDS / 20)
				check_sums(pool, &m, payload, plain, len);
		}
	}
	tcpsim_pool_free(pool);
}

/* Lengths that the field has no room for: a super-segment's. */
Test(plain, writes_no_length_that_does_not_fit)
{
	struct made m;
	struct wire_plain form;
	uint64_t seed = SEED;
	uint8_t plain[WIRE_PLAIN_MOST], any[TCPSIM_HEADERS_MAX];

	make(&m, &seed);
	wire_plain_begin(&form, &m.f, plain);
	m.s.len = 70000;
	m.s.flags = TCPSIM_ACK;
	wire_plain_put(&form, m.s.seq, m.s.flags, 1, m.s.len, 0, plain);
	wire_build_headers(&m.s, 1, m.f.dont_fragment, NULL, any);
	cr_assert_arr_eq(plain, any, IPV4_HEADER + TCP_HEADER + m.s.options.raw_len);
}

/* Where the halves' sum has a carry of its own, which random segments hardly ever make. */
Test(plain, sums_with_a_carry_that_comes_round)
{
	for (uint64_t high = 0; high < 40; high++) {
		for (uint32_t below = 0; below < 80; below++) {
			uint64_t sum = high << 32 | (UINT32_MAX - below);
			uint8_t field[2], want[2];

			put_sum(field, sum);
			put16(want, wire_sum_finish(sum));
			cr_assert_arr_eq(field, want, 2, "%#lx", (unsigned long)sum);
		}
	}
}
