/* A connection's record, folded and unfolded, is the same record. */
#include <criterion/criterion.h>
#include <string.h>

#include "support/random.h"
#include "traces/flow/fold.h"

/* 27 November 2026, and a second later. */
#define BEGAN_NS INT64_C(1795738000123456000)
#define ENDED_NS (BEGAN_NS + 1000000000)

/* What a fold leaves out of a record: place and pace, which are the caller's, and what lies between
 * its fields so that they are aligned. */
#define LEFT_OUT (sizeof(uint32_t) + sizeof(struct pace *) + 4 + 2 * (1 + 4))

static struct flow_side closed_side(uint32_t isn, uint32_t text)
{
	struct flow_side s = {.base = {isn},
		.nxt = {isn + text + 2},
		.una = {isn + text + 2},
		.fin_end = {isn + text + 2},
		.timed = {isn + text + 2},
		.window = 501 << 7,
		.window_raw = 501,
		.wscale = 7,
		.mss = 1460,
		.ip_id = 0x3b1c,
		.ttl = 64,
		.state = TCPSIM_TIME_WAIT,
		.seen = FLOW_BASE | FLOW_SENT | FLOW_SYN | FLOW_FIN | FLOW_TEXT | FLOW_MSS |
			FLOW_WSCALE | FLOW_SACK | FLOW_TIMESTAMPS | FLOW_SYN_ACKED |
			FLOW_FIN_TAKEN | FLOW_FIN_ACKED | FLOW_TALKED | FLOW_SERVED | FLOW_UNA,
		.packets = 5,
		.syn = 1,
		.fin = 1,
		.bytes = text,
		.unique_bytes = text,
		.sent_ns = ENDED_NS - 20000000,
		.syn_ns = BEGAN_NS,
		.last_ns = ENDED_NS,
		.progress_ns = ENDED_NS,
		.ts_newest = 0x7a31c204,
		.rtt_us = 10200,
		.rtt_min_us = 10150};

	return s;
}

/* As most of a capture's are. */
static struct flow closed(void)
{
	struct flow f = {.key = {.addr = {tcpsim_addr_v4(0x0a000001), tcpsim_addr_v4(0xc0000201)},
				 .port = {40000, 443}},
		.number = 123456,
		.previous = FLOW_NONE,
		.listener = 3,
		.marks = FLOW_HANDSHAKE | FLOW_ESTABLISHED | FLOW_START_SYN | FLOW_CLIENT_KNOWN,
		.ip_version = 4,
		.recent = {0x9d7ac111, 0x13b5c2a7, 0xe21f00d5, 0x77120c3e},
		.first_packet = 900000,
		.last_packet = 908000,
		.start_ns = BEGAN_NS,
		.end_ns = ENDED_NS,
		.side = {closed_side(0xfffffff0, 400), closed_side(77, 30000)}};

	for (unsigned i = 0; i < FLOW_RECENT; i++)
		f.recent_us[i] = (uint32_t)(ENDED_NS / 1000 - i * 9000);
	f.side[0].ack = f.side[1].nxt;
	f.side[1].ack = f.side[0].nxt;
	return f;
}

static void fold_and_unfold(const struct flow *f, int64_t since_ns, struct flow *out)
{
	uint64_t folded[FOLD_WORDS];
	unsigned words = flow_fold(f, since_ns, folded);

	cr_assert_eq(fold_head_of(folded).words, words);
	cr_assert_eq(fold_head_of(folded).number, f->number);
	cr_assert_eq(fold_head_of(folded).marks, f->marks);
	flow_unfold(folded, since_ns, out);
}

Test(fold, a_connection_that_was_closed_takes_a_third)
{
	struct flow f = closed(), again;
	uint64_t folded[FOLD_WORDS];

	cr_expect_leq(flow_fold(&f, BEGAN_NS - 123456789000, folded), sizeof(f) / 3 / 8, "%u words",
		fold_head_of(folded).words);
	fold_and_unfold(&f, BEGAN_NS - 123456789000, &again);
	cr_expect_eq(memcmp(&f, &again, sizeof(f)), 0);
}

/* Each byte of the record changes what is unfolded: no field is forgotten. */
Test(fold, nothing_is_left_out)
{
	struct flow f = closed(), again;
	size_t left_out = 0;

	for (size_t i = 0; i < sizeof(f); i++) {
		uint8_t *byte = (uint8_t *)&f + i;

		*byte ^= 0xff;
		fold_and_unfold(&f, BEGAN_NS, &again);
		left_out += memcmp(&f, &again, sizeof(f)) != 0;
		*byte ^= 0xff;
	}
	cr_expect_eq(left_out, LEFT_OUT, "%zu bytes", left_out);
}

/* Of each field any value, and any beside it. */
Test(fold, a_record_of_noise_is_the_same)
{
	struct flow f, again;
	uint64_t seed = 1;

	for (unsigned n = 0; n < 20000; n++) {
		size_t wrong = 0;

		memset(&f, 0, sizeof(f));
		for (size_t i = 0; i < sizeof(f); i++)
			if (random_below(&seed, 1 + n % 7) == 0)
				((uint8_t *)&f)[i] = (uint8_t)random_next(&seed);
		fold_and_unfold(&f, (int64_t)random_next(&seed), &again);
		for (size_t i = 0; i < sizeof(f); i++)
			wrong += ((uint8_t *)&f)[i] != ((uint8_t *)&again)[i];
		cr_assert_leq(wrong, LEFT_OUT, "record %u", n);
	}
}

static bool folds_plain(const struct flow *f)
{
	uint64_t folded[FOLD_WORDS];
	struct flow_brief brief;

	flow_fold(f, BEGAN_NS, folded);
	brief = fold_brief(folded);
	cr_expect(brief.folded);
	cr_expect_eq(brief.number, f->number);
	cr_expect_eq(brief.listener, f->listener);
	cr_expect_eq(brief.marks, f->marks);
	return brief.plain;
}

/* What a report takes for granted of one that is plain. */
Test(fold, whatever_went_wrong_is_not_plain)
{
	struct flow f = closed(), well = closed();
	struct flow_figures figures;
	struct flow_extra extra;
	uint32_t *const counts[] = {&f.side[0].retransmitted, &f.side[1].out_of_order,
		&f.side[0].zero_windows, &f.side[1].dup_acks};
	static const uint16_t marks[] = {FLOW_ICMP, FLOW_RESET, FLOW_REFUSED};

	cr_expect(folds_plain(&f));
	f.listener = FLOW_NONE;
	cr_expect(folds_plain(&f));
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		f = well;
		*counts[i] = 1;
		cr_expect_not(folds_plain(&f), "count %zu", i);
	}
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		f = well;
		f.marks |= marks[i];
		cr_expect_not(folds_plain(&f), "mark %zu", i);
	}
	f = well;
	f.side[1].seen &= ~(unsigned)FLOW_FIN;
	cr_expect_not(folds_plain(&f));
	f = well;
	f.figures = &figures;
	cr_expect_not(folds_plain(&f));
	f = well;
	f.side[0].extra = &extra;
	cr_expect_not(folds_plain(&f));
}

Test(fold, what_it_owns_and_its_key_are_told_without_unfolding)
{
	struct flow f = closed();
	struct flow_figures figures;
	struct flow_extra extra;
	struct flow_key key;
	uint64_t folded[FOLD_WORDS];

	flow_fold(&f, BEGAN_NS, folded);
	cr_expect_not(fold_owns(folded));
	f.figures = &figures;
	flow_fold(&f, BEGAN_NS, folded);
	cr_expect(fold_owns(folded));
	f.figures = NULL;
	f.side[1].extra = &extra;
	flow_fold(&f, BEGAN_NS, folded);
	cr_expect(fold_owns(folded));
	for (unsigned v6 = 0; v6 < 2; v6++) {
		f.key.addr[0].b[0] = v6 ? 0x20 : 0;
		flow_fold(&f, BEGAN_NS, folded);
		memset(&key, 0, sizeof(key));
		fold_key(folded, &key);
		cr_expect_eq(memcmp(&key, &f.key, sizeof(key)), 0);
	}
}
