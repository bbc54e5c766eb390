/* Addresses in text: RFC 5952. */
#include <criterion/criterion.h>
#include <tcpsim/addr.h>

static const char *there_and_back(const char *text)
{
	static char out[TCPSIM_ADDRSTRLEN];
	struct tcpsim_addr a;

	return tcpsim_addr_parse(text, &a) ? tcpsim_addr_text(&a, out) : "(refused)";
}

Test(addr, text_is_canonical)
{
	cr_expect_str_eq(there_and_back("192.0.2.1"), "192.0.2.1");
	cr_expect_str_eq(there_and_back("2001:DB8:0:0:0:0:0:1"), "2001:db8::1");
	cr_expect_str_eq(there_and_back("2001:db8:0:1:1:1:1:1"), "2001:db8:0:1:1:1:1:1",
		"a single zero is not shortened, RFC 5952 §4.2.2");
	cr_expect_str_eq(
		there_and_back("2001:0:0:1:0:0:0:1"), "2001:0:0:1::1", "the longest run, §4.2.3");
	cr_expect_str_eq(there_and_back("::"), "::");
	cr_expect_str_eq(there_and_back("::1"), "::1");
}

Test(addr, a_mapped_address_is_the_ipv4_one)
{
	struct tcpsim_addr mapped, plain;

	cr_assert(tcpsim_addr_parse("::ffff:192.0.2.1", &mapped));
	cr_assert(tcpsim_addr_parse("192.0.2.1", &plain));
	cr_expect(tcpsim_addr_eq(&mapped, &plain));
	cr_expect_eq(tcpsim_addr_to_v4(&mapped), 0xc0000201);
}

Test(addr, what_is_no_address_is_refused)
{
	cr_expect_str_eq(there_and_back("192.0.2"), "(refused)");
	cr_expect_str_eq(there_and_back("192.0.2.256"), "(refused)");
	cr_expect_str_eq(there_and_back("1::2::3"), "(refused)");
	cr_expect_str_eq(there_and_back("fe80::1%eth0"), "(refused)");
	cr_expect_str_eq(there_and_back(""), "(refused)");
}

Test(addr, the_wildcards_are_any)
{
	struct tcpsim_addr a;

	cr_assert(tcpsim_addr_parse("0.0.0.0", &a));
	cr_expect(tcpsim_addr_is_any(&a));
	cr_assert(tcpsim_addr_parse("::", &a));
	cr_expect(tcpsim_addr_is_any(&a));
	cr_assert(tcpsim_addr_parse("::2", &a));
	cr_expect_not(tcpsim_addr_is_any(&a));
}
