/* parse(build(segment)) is the segment, for any segment; and nothing that is thrown at the parser
 * breaks it. */
#include <criterion/criterion.h>

#include "support/random.h"
#include "wire/build.h"
#include "wire/ip.h"
#include "wire/options.h"
#include "wire/wire.h"

#define SEED   20
#define ROUNDS 20000

struct made {
	struct tcpsim_segment s;
	struct tcpsim_options want; /* what the options should read as */
	uint8_t options[64], cookie[16], digest[16], payload[256];
};

static struct tcpsim_addr some_addr(uint64_t *seed, bool v4)
{
	struct tcpsim_addr a;

	if (v4)
		return tcpsim_addr_v4((uint32_t)random_next(seed));
	a.d[0] = random_next(seed) | 1;
	a.d[1] = random_next(seed);
	return a;
}

static uint8_t *add_option(struct made *m, uint8_t *p, unsigned which, uint64_t *seed)
{
	struct tcpsim_options *o = &m->want;

	switch (which) {
	case 0:
		o->present |= TCPSIM_HAS_MSS;
		return opt_put_mss(p, o->mss = (uint16_t)random_next(seed));
	case 1:
		o->present |= TCPSIM_HAS_WSCALE;
		return opt_put_wscale(p, o->wscale = (uint8_t)random_next(seed));
	case 2: o->present |= TCPSIM_HAS_SACK_PERMITTED; return opt_put_sack_permitted(p);
	case 3:
		o->present |= TCPSIM_HAS_SACK;
		o->n_sack = (uint8_t)(1 + random_below(seed, 4));
		for (int i = 0; i < o->n_sack; i++)
			o->sack[i] = (struct tcpsim_sack_block){
				{(uint32_t)random_next(seed)}, {(uint32_t)random_next(seed)}};
		return opt_put_sack(p, o->sack, o->n_sack);
	case 4:
		o->present |= TCPSIM_HAS_TIMESTAMP;
		o->ts_val = (uint32_t)random_next(seed);
		o->ts_ecr = (uint32_t)random_next(seed);
		return opt_put_timestamp(p, o->ts_val, o->ts_ecr);
	case 5:
		o->present |= TCPSIM_HAS_FASTOPEN;
		o->cookie_len = (uint8_t)random_below(seed, 17);
		return opt_put_fastopen(p, m->cookie, o->cookie_len);
	case 6: o->present |= TCPSIM_HAS_MD5; return opt_put_md5(p, m->digest);
	case 7:
		o->present |= TCPSIM_HAS_ACCECN;
		o->accecn_order = (uint8_t)random_below(seed, 2);
		o->accecn_n = (uint8_t)random_below(seed, 4);
		o->accecn_e0b = (uint32_t)random_next(seed) & 0xffffff;
		o->accecn_ceb = (uint32_t)random_next(seed) & 0xffffff;
		o->accecn_e1b = (uint32_t)random_next(seed) & 0xffffff;
		return opt_put_accecn(p, o->accecn_order, o->accecn_n, o->accecn_e0b, o->accecn_ceb,
			o->accecn_e1b);
	case 8:
		o->present |= TCPSIM_HAS_USER_TIMEOUT;
		return opt_put_user_timeout(p, o->user_timeout = (uint16_t)random_next(seed));
	default: o->present |= TCPSIM_HAS_UNKNOWN; return opt_put_other(p, 200, m->digest, 3);
	}
}

static void make_options(struct made *m, uint64_t *seed)
{
	uint8_t *p = m->options, *before;

	memset(&m->want, 0, sizeof(m->want));
	for (unsigned which = 0; which < 10; which++) {
		struct tcpsim_options kept = m->want;

		if (random_below(seed, 4))
			continue;
		before = p;
		if (random_below(seed, 2))
			p = opt_put_nop(p);
		p = add_option(m, p, which, seed);
		if (p - m->options > TCPSIM_MAX_OPTIONS_LEN) {
			p = before;
			m->want = kept;
		}
	}
	p = opt_pad(m->options, p, random_below(seed, 2));
	m->s.options.raw = m->options;
	m->s.options.raw_len = (uint8_t)(p - m->options);
}

static void make(struct made *m, uint64_t *seed)
{
	bool v4 = random_below(seed, 2);

	for (size_t i = 0; i < sizeof(m->payload); i++)
		m->payload[i] = (uint8_t)random_next(seed);
	memcpy(m->cookie, m->payload, 16);
	memcpy(m->digest, m->payload + 16, 16);
	m->s = (struct tcpsim_segment){.src = some_addr(seed, v4),
		.dst = some_addr(seed, v4),
		.src_port = (uint16_t)random_next(seed),
		.dst_port = (uint16_t)random_next(seed),
		.seq = {(uint32_t)random_next(seed)},
		.ack = {(uint32_t)random_next(seed)},
		.flags = (uint16_t)random_below(seed, 0x200),
		.window = (uint16_t)random_next(seed),
		.urgent = (uint16_t)random_next(seed),
		.ip_version = v4 ? 4 : 6,
		.tos = (uint8_t)random_next(seed),
		.ttl = (uint8_t)random_next(seed),
		.len = random_below(seed, sizeof(m->payload) + 1),
		.payload = m->payload};
	make_options(m, seed);
}

static void expect_options(const struct tcpsim_options *got, const struct made *m)
{
	const struct tcpsim_options *want = &m->want;

	cr_assert_eq(got->present, want->present);
	cr_assert_eq(got->raw_len, m->s.options.raw_len);
	if (want->present & TCPSIM_HAS_MSS)
		cr_assert_eq(got->mss, want->mss);
	if (want->present & TCPSIM_HAS_WSCALE)
		cr_assert_eq(got->wscale, want->wscale);
	if (want->present & TCPSIM_HAS_TIMESTAMP)
		cr_assert(got->ts_val == want->ts_val && got->ts_ecr == want->ts_ecr);
	if (want->present & TCPSIM_HAS_USER_TIMEOUT)
		cr_assert_eq(got->user_timeout, want->user_timeout);
	if (want->present & TCPSIM_HAS_MD5)
		cr_assert_arr_eq(got->md5, m->digest, 16);
	if (want->present & TCPSIM_HAS_FASTOPEN) {
		cr_assert_eq(got->cookie_len, want->cookie_len);
		cr_assert_arr_eq(got->cookie, m->cookie, want->cookie_len);
	}
	if (want->present & TCPSIM_HAS_SACK) {
		cr_assert_eq(got->n_sack, want->n_sack);
		cr_assert_arr_eq(got->sack, want->sack, want->n_sack * sizeof(want->sack[0]));
	}
	if (want->present & TCPSIM_HAS_ACCECN) {
		cr_assert_eq(got->accecn_order, want->accecn_order);
		cr_assert_eq(got->accecn_n, want->accecn_n);
		if (want->accecn_n == 3)
			cr_assert(got->accecn_e0b == want->accecn_e0b &&
				  got->accecn_ceb == want->accecn_ceb &&
				  got->accecn_e1b == want->accecn_e1b);
	}
}

static void expect_same(const struct wire_packet *w, const struct made *m)
{
	const struct tcpsim_segment *a = &w->segment, *b = &m->s;

	cr_assert_eq(w->kind, WIRE_TCP, "%s", tcpsim_rule_text(w->rule)->name);
	cr_assert(tcpsim_addr_eq(&a->src, &b->src) && tcpsim_addr_eq(&a->dst, &b->dst));
	cr_assert(a->src_port == b->src_port && a->dst_port == b->dst_port);
	cr_assert(tcpsim_seq_eq(a->seq, b->seq) && tcpsim_seq_eq(a->ack, b->ack));
	cr_assert_eq(a->flags, b->flags);
	cr_assert(a->window == b->window && a->urgent == b->urgent);
	cr_assert(a->ip_version == b->ip_version && a->tos == b->tos && a->ttl == b->ttl);
	cr_assert_eq(a->len, b->len);
	cr_assert_eq(w->captured_payload, b->len);
	cr_assert_arr_eq(a->payload, b->payload, b->len);
	expect_options(&a->options, m);
}

static size_t build(const struct made *m, uint8_t *out)
{
	size_t headers = wire_build_headers(&m->s, 1, true, m->s.payload, out);

	memcpy(out + headers, m->s.payload, m->s.len);
	return headers + m->s.len;
}

Test(wire, what_is_built_reads_back_the_same)
{
	static struct made m;
	static uint8_t bytes[1024];
	struct wire_packet w;
	uint64_t seed = SEED;

	for (int round = 0; round < ROUNDS; round++) {
		size_t len;

		make(&m, &seed);
		len = build(&m, bytes);
		wire_parse(bytes, len, WIRE_VERIFY, &w);
		expect_same(&w, &m);
		/* Ethernet's padding behind the datagram changes nothing. */
		memset(bytes + len, 0xaa, 10);
		wire_parse(bytes, len + 10, WIRE_VERIFY, &w);
		expect_same(&w, &m);
	}
}

static void expect_agreement(
	const struct wire_packet *a, const struct wire_packet *b, unsigned flags)
{
	const struct tcpsim_segment *s = &a->segment, *t = &b->segment;

	cr_assert_eq(a->kind, b->kind);
	cr_assert_eq(a->rule, b->rule);
	if (a->kind != WIRE_TCP)
		return;
	cr_assert(tcpsim_addr_eq(&s->src, &t->src) && tcpsim_addr_eq(&s->dst, &t->dst));
	cr_assert(s->src_port == t->src_port && s->dst_port == t->dst_port);
	cr_assert(tcpsim_seq_eq(s->seq, t->seq) && tcpsim_seq_eq(s->ack, t->ack));
	cr_assert(s->flags == t->flags && s->window == t->window && s->urgent == t->urgent);
	cr_assert(s->ip_version == t->ip_version && s->tos == t->tos && s->ttl == t->ttl);
	cr_assert(s->header_len == t->header_len && s->len == t->len);
	cr_assert(a->captured_payload == b->captured_payload && a->total_len == b->total_len);
	cr_assert_arr_eq(s->payload, t->payload, a->captured_payload);
	cr_assert(s->options.present == t->options.present &&
		  s->options.raw_len == t->options.raw_len);
	cr_assert_arr_eq(s->options.raw, t->options.raw, s->options.raw_len);
	cr_assert(!flags || (a->ip_sum_ok == b->ip_sum_ok && a->tcp_sum_ok == b->tcp_sum_ok));
}

/* Whatever stands in a header: what is read in one pass because it looks plain, is what the parser of
 * everything reads in it. */
Test(wire, what_looks_plain_is_read_as_everything_is)
{
	static const unsigned FLAGS[] = {0, WIRE_VERIFY, WIRE_SUMS};
	static struct made m;
	static uint8_t bytes[1024];
	struct tcpsim_pool *pool = tcpsim_pool_new();
	uint64_t seed = SEED + 9;

	for (int round = 0; round < ROUNDS; round++) {
		unsigned flags = FLAGS[round % 3];
		struct wire_packet one, two;
		struct tcpsim_packet *packet;
		size_t len;

		make(&m, &seed);
		if (round % 4 == 0)
			m.s.len = 0;
		packet = tcpsim_packet_from_bytes(pool, bytes, build(&m, bytes));
		for (unsigned i = 0; i < random_below(&seed, 4); i++) {
			uint32_t at = random_below(&seed, packet->headers_len);

			packet->headers[at] ^= (uint8_t)(1u << random_below(&seed, 8));
		}
		len = tcpsim_packet_bytes(packet, bytes, sizeof(bytes));
		wire_parse_packet(packet, flags, &one);
		if (packet->payload_len)
			wire_parse_packet(packet, flags | WIRE_CUT, &two); /* never the plain way */
		else
			wire_parse(bytes, len, flags, &two);
		expect_agreement(&one, &two, flags);
		tcpsim_packet_free(packet);
	}
	tcpsim_pool_free(pool);
}

Test(wire, a_packet_in_two_pieces_reads_the_same)
{
	static struct made m;
	static uint8_t bytes[1024], again[1024];
	struct tcpsim_pool *pool = tcpsim_pool_new();
	uint64_t seed = SEED + 1;

	for (int round = 0; round < ROUNDS / 4; round++) {
		struct tcpsim_packet *packet;
		struct wire_packet w;
		size_t len;

		make(&m, &seed);
		len = build(&m, bytes);
		packet = tcpsim_packet_from_bytes(pool, bytes, len);
		wire_parse_packet(packet, WIRE_VERIFY, &w);
		expect_same(&w, &m);
		cr_assert_eq(tcpsim_packet_bytes(packet, again, sizeof(again)), len);
		cr_assert_arr_eq(again, bytes, len);
		tcpsim_packet_free(packet);
	}
	cr_expect_eq(tcpsim_pool_outstanding(pool), 0);
	tcpsim_pool_free(pool);
}

Test(wire, every_flipped_bit_is_found_by_a_checksum)
{
	static struct made m;
	static uint8_t bytes[1024];
	struct wire_packet w;
	uint64_t seed = SEED + 2;
	size_t len;

	do
		make(&m, &seed);
	while (m.s.ip_version != 4);
	len = build(&m, bytes);
	for (size_t bit = 0; bit < len * 8; bit++) {
		bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
		wire_parse(bytes, len, WIRE_VERIFY, &w);
		cr_assert_neq(w.kind, WIRE_TCP, "bit %zu", bit);
		bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
}

/* Reads each byte that the result points at, so that a sanitizer sees a wrong pointer. */
static unsigned touch(const struct wire_packet *w)
{
	unsigned sum = 0;

	if (w->kind == WIRE_BAD)
		return 0;
	for (uint32_t i = 0; i < w->body_len; i++)
		sum += w->body[i];
	for (uint32_t i = 0; w->kind == WIRE_TCP && i < w->captured_payload; i++)
		sum += w->segment.payload[i];
	return sum;
}

Test(wire, mutated_packets_never_harm)
{
	static struct made m;
	static uint8_t bytes[1024];
	char text[600];
	uint64_t seed = SEED + 3;
	unsigned sum = 0;

	for (int round = 0; round < ROUNDS * 4; round++) {
		struct wire_packet w;
		uint8_t *exact;
		size_t len;

		make(&m, &seed);
		len = build(&m, bytes);
		for (unsigned i = random_below(&seed, 8); i > 0; i--)
			bytes[random_below(&seed, 80) % len] = (uint8_t)random_next(&seed);
		len = random_below(&seed, (uint32_t)len + 1);
		exact = malloc(len + 1);
		memcpy(exact, bytes, len);
		wire_parse(exact, len, random_below(&seed, 8), &w);
		sum += touch(&w);
		if (w.kind == WIRE_TCP)
			tcpsim_segment_text(
				&w.segment, w.segment.seq, w.segment.ack, text, sizeof(text));
		free(exact);
	}
	cr_expect_neq(sum, 0);
}
