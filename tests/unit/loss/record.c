/* The records of what is outstanding: their links, whatever is marked and sent again. */
#include <criterion/criterion.h>
#include <loss/dupack.h>
#include <loss/loss.h>
#include <loss/record.h>
#include <loss/sacked.h>
#include <tcpsim/packet.h>

enum { MSS = 100 };

static struct tcpsim_pool *pool;
static struct tcp_loss loss;

static tcpsim_seq number(uint32_t record)
{
	return tcpsim_seq_of(UINT32_MAX - 150 + record * MSS);
}

static void begin(void)
{
	pool = tcpsim_pool_new();
	loss_init(&loss, &tcpsim_profile_linux, pool);
	cr_assert(loss_reserve(&loss, 10));
	for (uint32_t i = 0; i < 10; i++)
		loss_append(&loss, number(i), MSS, 0, 1000000 + i);
}

static void end(void)
{
	loss_free(&loss);
	tcpsim_pool_free(pool);
}

/* A walk that never ends would take the runner's time. */
TestSuite(loss_records, .init = begin, .fini = end, .timeout = 10);

static void sack(uint32_t from, uint32_t to)
{
	struct tcpsim_sack_block block = {number(from), number(to)};
	struct loss_ack ack = {.now = 2000000,
		.una_before = number(0),
		.una = number(0),
		.nxt = number(10),
		.mss = MSS,
		.max_wnd = 65535,
		.sack = true,
		.rack = true,
		.reorder = number(10),
		.first_sacked_ns = -1};

	loss_sacked(&loss, &ack, &block, 1, number(0));
}

static void check(void)
{
	loss_check(&loss, number(0), number(10), true);
}

Test(loss_records, a_SACKed_record_is_sent_again)
{
	sack(9, 10);
	check();
	loss_resent(
		&loss, 9, 3000000, false); /* a tail loss probe repeats the last, SACKed or not */
	check();
	sack(8, 10);
	check();
	cr_expect_eq(loss.sacked, 2);
	cr_expect_eq(loss.listed, 8);
}

Test(loss_records, each_SACKed_and_sent_again_in_every_order)
{
	for (uint32_t i = 0; i < 9; i++) { /* the first cannot be: an ACK would cover it */
		uint32_t which = 1 + i * 7 % 9;

		sack(which, which + 1);
		loss_resent(&loss, which, 3000000 + i, i & 1);
		check();
		sack(which, which < 9 ? which + 2 : 10);
		check();
	}
	cr_expect_eq(loss.sacked, 9);
}

/* Cutting a SACKed record leaves the runs that lead over it whole. */
Test(loss_records, runs_outlive_cutting_and_joining)
{
	sack(2, 8);
	sack(2, 9);
	cr_assert(loss_split(&loss, 5, 40));
	check();
	cr_assert(loss_split(&loss, 0, 40));
	check();
	loss_join(&loss, 0);
	check();
	sack(1, 9);
	check();
	cr_expect_eq(loss.sacked, 9, "one of the eight was cut in two");
}

/* Linux tcp_limit_reno_sacked(): of what is out something is missing, so no more duplicates stand
 * for what arrived than leave one hole, or as many as are known to be lost. */
Test(loss_records, duplicates_leave_room_for_the_holes)
{
	loss.sacked = 9;
	cr_expect_not(loss_dupacks_limit(&loss));
	cr_expect_eq(loss.sacked, 9);
	loss.sacked = 10;
	cr_expect(loss_dupacks_limit(&loss));
	cr_expect_eq(loss.sacked, 9);
	loss_mark_lost(&loss, loss.first);
	loss_mark_lost(&loss, loss.first + 1);
	loss_mark_lost(&loss, loss.first + 2);
	loss.sacked = 8;
	cr_expect(loss_dupacks_limit(&loss));
	cr_expect_eq(loss.sacked, 7);
	loss.sacked = 0; /* nothing of this was SACKed: the records are freed as they are */
}
