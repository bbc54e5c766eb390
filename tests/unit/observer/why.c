/* Schedules that runs of SYNs fit, and what ICMP errors do. */
#include <criterion/criterion.h>

#include "traces/observer/why.h"

#include <glib.h>

#define S(x) ((int64_t)((x)*1e9))

static bool fits(const char *profile, const int64_t *gaps, size_t n)
{
	return why_schedule_fits(tcpsim_profile_find(profile), gaps, n);
}

Test(why, six_and_twenty_four_seconds_are_bsd44)
{
	const int64_t nominal[] = {S(6), S(24)}, measured[] = {S(5.8), S(24)};

	cr_expect(fits("bsd44", nominal, 2));
	cr_expect(fits("bsd44", measured, 2));
	cr_expect_not(fits("linux", nominal, 2));
}

Test(why, a_third_gap_is_more_than_bsd44_has)
{
	const int64_t gaps[] = {S(6), S(24), S(48)};

	cr_expect_not(fits("bsd44", gaps, 3));
}

Test(why, linear_gaps_are_linux_and_doubling_ones_older_linux)
{
	const int64_t linear[] = {S(1.02), S(1.03), S(1.02), S(1.02), S(1.03), S(2.05)};
	const int64_t doubling[] = {S(1.01), S(2.02), S(4.1)};

	cr_expect(fits("linux", linear, 6));
	cr_expect_not(fits("linux-6.1", linear, 6));
	cr_expect(fits("linux-6.1", doubling, 3));
	cr_expect_not(fits("linux", doubling, 3));
}

static char *effect(uint8_t type, uint8_t code, uint8_t state)
{
	struct observed_icmp icmp = {.family = 4, .type = type, .code = code, .state = state};

	return why_icmp_effect(&icmp);
}

Test(why, host_unreachable_is_soft_to_bsd_and_hard_to_linux)
{
	char *text = effect(3, 1, TCPSIM_SYN_SENT);

	cr_expect_str_eq(text, "bsd44: EHOSTUNREACH kept, reported only if the connection gives "
			       "up; linux: EHOSTUNREACH "
			       "at once");
	g_free(text);
}

Test(why, unreachable_of_an_open_connection_ends_it_nowhere)
{
	char *text = effect(3, 1, TCPSIM_ESTABLISHED);

	cr_expect_str_eq(text, "bsd44: ignored; linux: EHOSTUNREACH kept, reported only if the "
			       "connection gives up");
	g_free(text);
}

Test(why, cause_is_the_rules_name_behind_the_slash)
{
	cr_expect_str_eq(why_cause(TCPSIM_RULE_RST_NO_LISTENER), "no-listener");
}
