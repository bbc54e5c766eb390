/* Fragments of IP datagrams: which make a whole one, and which end it. */
#include <criterion/criterion.h>
#include <ip/reassembly.h>
#include <wire/wire.h>

#include "support/pair.h"

static struct pair p;

static void begin(void)
{
	p = pair_new("linux", "linux");
}

static void end(void)
{
	pair_free(&p);
}

TestSuite(reassembly, .init = begin, .fini = end);

/* Eight bytes at `offset`; what they complete. */
static struct tcpsim_packet *add(uint32_t offset, bool more, const char *bytes)
{
	struct wire_packet in = {.kind = WIRE_FRAGMENT,
		.protocol = 6,
		.body = (const uint8_t *)bytes,
		.body_len = 8};

	in.segment.ip_version = 4;
	in.segment.src = tcpsim_addr_v4(0x0a000002);
	in.segment.dst = tcpsim_addr_v4(0x0a000001);
	in.fragment.id = 7;
	in.fragment.offset = offset;
	in.fragment.more = more;
	return reassembly_add(p.a, &in);
}

Test(reassembly, an_exact_twin_is_ignored)
{
	struct tcpsim_packet *whole;

	cr_expect_null(add(8, false, "bbbbbbbb"));
	cr_expect_null(add(8, false, "bbbbbbbb"));
	whole = add(0, true, "aaaaaaaa");
	cr_assert_not_null(whole, "RFC 8200 section 4.5: a duplicate ends nothing");
	tcpsim_packet_free(whole);
}

Test(reassembly, an_overlap_ends_the_datagram)
{
	cr_expect_null(add(8, false, "bbbbbbbb"));
	cr_expect_null(add(8, false, "xbbbbbbb"), "other bytes at the same place");
	cr_expect_null(add(0, true, "aaaaaaaa"), "what was there is forgotten");
}

Test(reassembly, a_twin_that_denies_being_the_last_ends_it)
{
	cr_expect_null(add(8, false, "bbbbbbbb"));
	cr_expect_null(add(8, true, "bbbbbbbb"));
	cr_expect_null(add(0, true, "aaaaaaaa"));
}
