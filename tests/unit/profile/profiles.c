/* Profiles: the schema is complete and reversible, and the SYN schedules follow from the fields. */
#include "time_units.h"
#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>
#include <tcpsim/profile.h>

/* When SYNs leave after the first, and the failure last, against the figures given in ms. */
static void expect_schedule(const char *name, int64_t phase_ms, const int64_t *ms, int n)
{
	const struct tcpsim_profile *profile = tcpsim_profile_find(name);
	int64_t times[16], give_up;
	int got;

	cr_assert_not_null(profile, "%s", name);
	got = tcpsim_profile_syn_schedule(profile, phase_ms * NSEC_PER_MSEC, times, 16, &give_up);
	cr_assert_eq(got, n - 1, "%s: %d SYNs follow, not %d", name, got, n - 1);
	for (int i = 0; i < got; i++)
		cr_expect_eq(times[i], ms[i] * NSEC_PER_MSEC, "%s: SYN %d at %lld ms, not %lld",
			name, i + 2, (long long)(times[i] / NSEC_PER_MSEC), (long long)ms[i]);
	cr_expect_eq(give_up, ms[n - 1] * NSEC_PER_MSEC, "%s: fails at %lld ms", name,
		(long long)(give_up / NSEC_PER_MSEC));
}
#define EXPECT_SCHEDULE(name, phase, ...)                                                          \
	expect_schedule(name, phase, (const int64_t[]){__VA_ARGS__},                               \
		(int)(sizeof((const int64_t[]){__VA_ARGS__}) / sizeof(int64_t)))

Test(profile, s4_bsd44_waits_6_then_24_and_gives_up_at_75_s)
{
	EXPECT_SCHEDULE("bsd44", 0, 6000, 30000, 75000);
}

Test(profile, s4_bsd44_in_mid_tick_is_what_stevens_measured)
{
	EXPECT_SCHEDULE("bsd44", 200, 5800, 29800, 74800);
}

Test(profile, s4_linux_sends_linearly_then_doubles)
{
	EXPECT_SCHEDULE(
		"linux", 0, 1000, 2000, 3000, 4000, 5000, 7000, 11000, 19000, 35000, 67000, 131000);
	EXPECT_SCHEDULE("linux-6.1", 0, 1000, 3000, 7000, 15000, 31000, 63000, 127000);
}

Test(profile, linux_retries_0_to_6_give_up_by_the_power_of_two)
{
	static const int64_t GIVE_UP_S[] = {3, 7, 15, 31, 63, 127};
	struct tcpsim_profile profile = *tcpsim_profile_find("linux-6.1");
	int64_t times[16], give_up;

	for (int n = 1; n <= 6; n++) {
		profile.syn_retries = n;
		cr_expect_eq(tcpsim_profile_syn_schedule(&profile, 0, times, 16, &give_up), n);
		cr_expect_eq(give_up, GIVE_UP_S[n - 1] * 1000 * NSEC_PER_MSEC);
	}
}

Test(profile, s4_freebsd_adds_its_slop)
{
	EXPECT_SCHEDULE("freebsd", 0, 1000, 3200, 7400, 15600, 31800, 64000, 75000);
	EXPECT_SCHEDULE(
		"freebsd-4.8", 0, 3000, 6200, 9400, 12600, 15800, 22000, 34200, 58400, 75000);
	EXPECT_SCHEDULE("windows", 0, 3000, 9000, 21000);
}

Test(profile, freebsd_keepinit_of_363_s_allows_eleven_syns)
{
	struct tcpsim_profile profile = tcpsim_profile_freebsd;
	int64_t times[16], give_up;

	profile.connect_timeout = 363 * 1000 * NSEC_PER_MSEC;
	cr_expect_eq(tcpsim_profile_syn_schedule(&profile, 0, times, 16, &give_up), 10);
	cr_expect_eq(times[9], 320000 * NSEC_PER_MSEC);
	cr_expect_eq(give_up, 363000 * NSEC_PER_MSEC);
}

Test(profile, schedule_writes_no_more_than_asked)
{
	int64_t times[3] = {0, 0, -1}, give_up;

	cr_expect_eq(tcpsim_profile_syn_schedule(&tcpsim_profile_linux, 0, times, 2, &give_up), 2);
	cr_expect_eq(times[2], -1);
	cr_expect_eq(give_up, 131000 * NSEC_PER_MSEC);
}

Test(profile, every_field_is_written_and_read_back_the_same)
{
	char text[256];

	for (int p = 0; tcpsim_profiles[p]; p++) {
		struct tcpsim_profile copy = *tcpsim_profiles[p];

		for (size_t i = 0; i < tcpsim_profile_schema_n; i++) {
			const struct tcpsim_profile_field *field = &tcpsim_profile_schema[i];

			tcpsim_profile_field_text(tcpsim_profiles[p], field, text, sizeof(text));
			cr_expect_eq(tcpsim_profile_field_set(&copy, field, text), 0, "%s = %s",
				field->name, text);
			cr_expect_gt(strlen(field->help), 5);
		}
		cr_expect_arr_eq(&copy, tcpsim_profiles[p], sizeof(copy), "%s", copy.name);
	}
}

Test(profile, text_of_a_value_has_its_unit)
{
	char text[64];

	tcpsim_profile_field_text(
		&tcpsim_profile_linux, tcpsim_profile_field_find("rto_min"), text, sizeof(text));
	cr_expect_str_eq(text, "200 ms");
	tcpsim_profile_field_text(
		&tcpsim_profile_linux, tcpsim_profile_field_find("msl"), text, sizeof(text));
	cr_expect_str_eq(text, "30 s");
	tcpsim_profile_field_text(
		&tcpsim_profile_bsd44, tcpsim_profile_field_find("backoff"), text, sizeof(text));
	cr_expect_str_eq(text, "1 2 4 8 16 32 64");
	tcpsim_profile_field_text(
		&tcpsim_profile_linux, tcpsim_profile_field_find("rst_accept"), text, sizeof(text));
	cr_expect_str_eq(text, "exact");
}

Test(profile, a_value_that_is_none_is_refused)
{
	static const char *const BAD[][2] = {{"rto_min", "200"}, {"rto_min", "-1 s"},
		{"rto_min", "1 fortnight"}, {"sack", "maybe"}, {"initial_window", "ten"},
		{"initial_window", "10 segments"}, {"rst_accept", "never"}, {"backoff", "1 2 x"},
		{"rto_min", "9223372036854775807 s"}};
	struct tcpsim_profile profile = tcpsim_profile_linux;

	for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++)
		cr_expect_eq(tcpsim_profile_field_set(
				     &profile, tcpsim_profile_field_find(BAD[i][0]), BAD[i][1]),
			-EINVAL, "%s = %s", BAD[i][0], BAD[i][1]);
	cr_expect_arr_eq(&profile, &tcpsim_profile_linux, sizeof(profile));
}

/* The first row of a profile's table that fits. */
static struct tcpsim_icmp_rule icmp_of(const char *name, int family, int type, int code)
{
	const struct tcpsim_profile *p = tcpsim_profile_find(name);

	for (size_t i = 0; i < p->n_icmp_rules; i++) {
		const struct tcpsim_icmp_rule *rule = &p->icmp_rules[i];

		if (rule->family == family && rule->type == type && rule->code <= code &&
			code <= rule->code_last)
			return *rule;
	}
	return (struct tcpsim_icmp_rule){.effect = TCPSIM_ICMP_IGNORE};
}

Test(profile, s6_unreachable_is_soft_for_bsd44_and_hard_for_linux)
{
	cr_expect_eq(icmp_of("bsd44", 4, 3, 0).effect, TCPSIM_ICMP_SOFT);
	cr_expect_eq(icmp_of("bsd44", 4, 3, 0).error, EHOSTUNREACH);
	cr_expect_eq(icmp_of("unp", 4, 3, 0).error, ENETUNREACH);
	cr_expect_eq(icmp_of("linux", 4, 3, 0).effect, TCPSIM_ICMP_HARD);
	cr_expect_eq(icmp_of("linux", 4, 3, 0).error, ENETUNREACH);
	cr_expect_eq(icmp_of("linux", 4, 3, 8).error, ENONET);
	cr_expect_eq(icmp_of("freebsd", 4, 3, 13).error, ECONNREFUSED);
	cr_expect_eq(icmp_of("freebsd", 4, 11, 0).effect, TCPSIM_ICMP_HARD);
	cr_expect_eq(icmp_of("freebsd", 4, 11, 1).effect, TCPSIM_ICMP_IGNORE);
	cr_expect_eq(icmp_of("bsd44", 4, 3, 13).effect, TCPSIM_ICMP_IGNORE);
	cr_expect_eq(icmp_of("bsd44", 4, 4, 0).effect, TCPSIM_ICMP_QUENCH);
	cr_expect_eq(icmp_of("linux", 6, 2, 0).effect, TCPSIM_ICMP_PMTU);
}

Test(profile, a_name_finds_its_profile)
{
	cr_expect_eq(tcpsim_profile_find("linux"), &tcpsim_profile_linux);
	cr_expect_null(tcpsim_profile_find("lunix"));
	cr_expect_str_eq(tcpsim_profile_find("linux-6.1")->based_on, "linux");
}
