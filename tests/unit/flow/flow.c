/* The table of connections and the holes of a stream. */
#include <criterion/criterion.h>

#include "traces/flow/flow.h"
#include "traces/flow/holes.h"

#include <glib.h>

static struct tcpsim_addr addr(uint32_t n)
{
	return tcpsim_addr_v4(0x0a000000 + n);
}

static struct flow *find(struct flow_table *t, const struct tcpsim_addr *src, uint16_t src_port,
	const struct tcpsim_addr *dst, uint16_t dst_port, struct flow_slot *slot, unsigned *from)
{
	flow_slot_of(slot, src, src_port, dst, dst_port);
	return flow_find(t, slot, from);
}

Test(flow, both_directions_are_one_connection)
{
	struct flow_table *t = flow_table_new();
	struct tcpsim_addr a = addr(1), b = addr(2);
	struct flow_slot slot;
	unsigned from = 9;

	cr_expect_null(find(t, &b, 80, &a, 1000, &slot, &from));
	struct flow *f = flow_new(t, &slot);
	cr_expect_eq(find(t, &b, 80, &a, 1000, &slot, &from), f);
	cr_expect_eq(from, 0);
	cr_expect_eq(find(t, &a, 1000, &b, 80, &slot, &from), f);
	cr_expect_eq(from, 1);
	cr_expect_eq(flow_port(f, 0), 80);
	cr_expect_eq(flow_port(f, 1), 1000);
	flow_table_free(t);
}

Test(flow, new_connection_takes_the_4_tuple_over)
{
	struct flow_table *t = flow_table_new();
	struct tcpsim_addr a = addr(1), b = addr(2);
	struct flow_slot slot;
	unsigned from;

	find(t, &a, 1, &b, 2, &slot, &from);
	flow_new(t, &slot);
	find(t, &a, 1, &b, 2, &slot, &from);
	struct flow *second = flow_new(t, &slot);

	cr_expect_eq(second->number, 1);
	cr_expect_eq(second->previous, 0);
	cr_expect_eq(find(t, &a, 1, &b, 2, &slot, &from), second);
	flow_table_free(t);
}

Test(flow, a_hundred_thousand_are_found_again)
{
	struct flow_table *t = flow_table_new();
	struct tcpsim_addr server = addr(0);
	struct flow_slot slot;
	unsigned from;

	for (uint32_t i = 1; i <= 100000; i++) {
		struct tcpsim_addr a = addr(i);

		cr_assert_null(find(t, &a, 1000, &server, 80, &slot, &from));
		flow_new(t, &slot);
	}
	for (uint32_t i = 1; i <= 100000; i++) {
		struct tcpsim_addr a = addr(i);
		struct flow *f = find(t, &server, 80, &a, 1000, &slot, &from);

		cr_assert_not_null(f);
		cr_assert_eq(f->number, i - 1);
	}
	cr_expect_lt(flow_table_bytes(t), 510 * 100000);
	flow_table_free(t);
}

/* ---- holes ---- */

static struct flow_table *table;
static struct flow_side side;

static void holes_setup(void)
{
	static const struct flow_side none;

	table = flow_table_new();
	side = none;
}

static void holes_teardown(void)
{
	if (side.extra != NULL) {
		g_free(side.extra->holes);
		g_free(side.extra);
	}
	flow_table_free(table);
}

TestSuite(holes, .init = holes_setup, .fini = holes_teardown);

static uint32_t cover(uint32_t start, uint32_t end)
{
	struct flow_hole opened = {.opened_ns = 1};

	return flow_cover(table, &side, tcpsim_seq_of(start), tcpsim_seq_of(end), &opened);
}

Test(holes, bytes_in_order_are_all_new)
{
	cr_expect_eq(cover(100, 200), 100);
	cr_expect_eq(cover(200, 300), 100);
	cr_expect_eq(cover(150, 320), 20);
	cr_expect_null(side.extra);
}

Test(holes, gap_is_filled_in_parts)
{
	cover(0, 100);
	cr_expect_eq(cover(200, 300), 100);
	cr_expect_eq(side.extra->n_holes, 1);
	cr_expect_eq(cover(140, 160), 20);
	cr_expect_eq(side.extra->n_holes, 2);
	cr_expect_eq(flow_contiguous(&side, tcpsim_seq_of(50)).n, 100);
	cr_expect_eq(cover(90, 150), 40);
	cr_expect_eq(cover(100, 250), 40);
	cr_expect_eq(side.extra->n_holes, 0);
	cr_expect_eq(flow_contiguous(&side, tcpsim_seq_of(50)).n, 300);
}

Test(holes, gap_over_the_wrap_is_a_gap)
{
	cover(0xffffff00, 0xffffff80);
	cr_expect_eq(cover(0x40, 0x80), 0x40);
	cr_expect_eq(side.extra->n_holes, 1);
	cr_expect_eq(cover(0xffffff80, 0x40), 0xc0);
	cr_expect_eq(side.extra->n_holes, 0);
}

Test(holes, more_than_are_kept_let_the_oldest_go)
{
	for (uint32_t i = 0; i < 200; i++)
		cover(i * 20, i * 20 + 10);

	cr_expect_eq(side.extra->n_holes, FLOW_MAX_HOLES);
	cr_expect_eq(side.extra->holes[FLOW_MAX_HOLES - 1].start.n, 199 * 20 - 10);
}

static bool is_even(void *context, const struct flow *f)
{
	return f->number % 2 == 0;
}

static struct flow *find_nth(struct flow_table *t, uint32_t n, struct flow_slot *slot)
{
	struct tcpsim_addr client = addr(n), server = addr(0);
	unsigned from;

	return find(t, &client, (uint16_t)n, &server, 80, slot, &from);
}

Test(flow, what_is_let_go_is_not_found_and_the_others_are)
{
	enum { N = 50000 };
	struct flow_table *t = flow_table_new();
	struct flow_slot slot;
	uint32_t n;

	for (uint32_t i = 0; i < N; i++) {
		find_nth(t, i + 1, &slot);
		flow_extra(t, &flow_new(t, &slot)->side[0]);
	}
	size_t full = flow_table_bytes(t);
	cr_expect_eq(flow_release(t, is_even, NULL), N / 2);
	cr_expect_eq(flow_held(t), N / 2);
	cr_expect_eq(flow_count(t), N);
	cr_expect_lt(flow_table_bytes(t), full, "what belongs to a record goes with it");
	for (uint32_t i = 0; i < N; i++) {
		struct flow *f = find_nth(t, i + 1, &slot);

		cr_assert_eq(f != NULL, i % 2 == 1, "%u", i);
		cr_assert(f == NULL || f->number == i);
	}
	/* Places are used again, numbers are not. */
	find_nth(t, 1, &slot);
	cr_expect_eq(flow_new(t, &slot)->number, N);
	cr_expect_eq(flow_places(t), N);
	uint32_t *places = flow_in_order(t, &n);
	cr_expect_eq(n, N / 2 + 1);
	for (uint32_t i = 1; i < n; i++)
		cr_assert_lt(flow_at(t, places[i - 1])->number, flow_at(t, places[i])->number);
	cr_expect_eq(flow_numbered(t, N), flow_at(t, places[n - 1]));
	cr_expect_null(flow_numbered(t, 0));
	g_free(places);
	flow_table_free(t);
}

/* One that has lost its 4-tuple to a newer one takes nothing with it when it goes. */
Test(flow, an_older_holder_of_the_4_tuple_goes_alone)
{
	struct flow_table *t = flow_table_new();
	struct flow_slot slot;

	find_nth(t, 7, &slot);
	flow_new(t, &slot);
	struct flow *second = flow_new(t, &slot);
	cr_expect_eq(flow_release(t, is_even, NULL), 1);
	cr_expect_eq(find_nth(t, 7, &slot), second);
	flow_table_free(t);
}

/* ---- those that have ended ---- */

enum { AT_HAND = 10 };

static struct flow *end_nth(struct flow_table *t, uint32_t n)
{
	struct flow_slot slot;
	struct flow *f = find_nth(t, n, &slot);

	if (f == NULL)
		f = flow_new(t, &slot);
	f->side[0].bytes = n;
	f->last_packet = n;
	flow_end(t, f);
	flow_settle(t);
	return f;
}

static struct flow_table *table_of_ended(uint32_t n)
{
	struct flow_table *t = flow_table_new();

	flow_keep_at_hand(t, AT_HAND);
	for (uint32_t i = 1; i <= n; i++)
		end_nth(t, i);
	return t;
}

static uint32_t folded_of(const struct flow_table *t)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < flow_places(t); i++)
		n += flow_brief(t, i).folded;
	return n;
}

Test(flow, those_that_ended_are_folded_but_for_the_last_ones)
{
	enum { N = 50000 };
	struct flow_table *t = table_of_ended(N);
	struct flow_slot slot;
	struct flow space;

	cr_expect_eq(folded_of(t), N - AT_HAND);
	cr_expect_lt(flow_table_bytes(t), (size_t)N * 250, "%zu", flow_table_bytes(t));
	for (uint32_t i = 0; i < N; i++) {
		cr_assert_eq(flow_look(t, i, &space)->side[0].bytes, i + 1);
		cr_assert_eq(flow_brief(t, i).number, i);
	}
	cr_expect_eq(folded_of(t), N - AT_HAND, "who looks unfolds nothing");
	/* A late segment finds it as it was. */
	struct flow *f = find_nth(t, 7, &slot);
	cr_expect_eq(f->number, 6);
	cr_expect_eq(f->side[0].bytes, 7);
	cr_expect_eq(f, flow_at(t, f->place));
	cr_expect_eq(folded_of(t), N - AT_HAND - 1);
	flow_table_free(t);
}

Test(flow, one_that_had_a_packet_since_waits_again)
{
	struct flow_table *t = table_of_ended(AT_HAND);
	struct flow_slot slot;

	find_nth(t, 1, &slot)->last_packet = 1000; /* and is told of by the next packet's end */
	end_nth(t, AT_HAND + 1);
	cr_expect_eq(folded_of(t), 0, "it is another than it was when it ended");
	end_nth(t, AT_HAND + 2);
	cr_expect_eq(folded_of(t), 1);
	flow_table_free(t);
}

Test(flow, a_folded_one_keeps_what_it_owns_and_gives_it_back)
{
	enum { N = 100 };
	struct flow_table *t = table_of_ended(N);
	struct flow_slot slot;
	size_t before = flow_table_bytes(t);

	for (uint32_t i = 1; i <= N; i++) {
		flow_extra(t, &find_nth(t, i, &slot)->side[0])->n_gaps = 3;
		flow_settle(t);
	}
	cr_expect_eq(folded_of(t), N - AT_HAND);
	cr_expect_eq(find_nth(t, 50, &slot)->side[0].extra->n_gaps, 3);
	cr_expect_eq(flow_release(t, is_even, NULL), N / 2);
	cr_expect_eq(flow_table_bytes(t) - before, N / 2 * sizeof(struct flow_extra));
	cr_expect_null(find_nth(t, 1, &slot)); /* number 0 */
	cr_expect_eq(find_nth(t, 2, &slot)->side[0].bytes, 2);
	flow_table_free(t);
}

/* The room of those that were unfolded is used again. */
Test(flow, folding_again_and_again_takes_no_more_room)
{
	enum { N = 20000 };
	struct flow_table *t = table_of_ended(N);
	size_t before = flow_table_bytes(t);

	for (unsigned round = 0; round < 5; round++)
		for (uint32_t i = 1; i <= N; i++)
			cr_assert_eq(end_nth(t, i)->number, i - 1);
	cr_expect_eq(flow_table_bytes(t), before);
	flow_table_free(t);
}

/* The 4-tuple of a folded one is taken by a new one: that is found, the old one by its number. */
Test(flow, a_4_tuple_of_a_folded_one_is_used_again)
{
	struct flow_table *t = table_of_ended(100);
	struct flow_slot slot;

	find_nth(t, 5, &slot);
	flow_settle(t);
	struct flow *f = flow_new(t, &slot);
	cr_expect_eq(f->previous, 4);
	cr_expect_eq(find_nth(t, 5, &slot), f);
	cr_expect_eq(flow_numbered(t, 4)->side[0].bytes, 5);
	flow_table_free(t);
}
