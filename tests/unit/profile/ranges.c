/*
 * What a setting may be: its row says so, every way in holds it to that, and a world with the least
 * or the most of each ends, in order and soon.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <profile/sysctl.h>
#include <string.h>

#include "process/process.h"
#include "support/programs.h"
#include "time_units.h"

#define A_MONTH (30 * 24 * 3600 * NSEC_PER_SEC)
/* A world below takes some thousand; the least of every timer at once some ten thousand. */
#define MOST_STEPS 400000
#define MIXTURES   600

static const struct tcpsim_profile_field *field_at(size_t i)
{
	return &tcpsim_profile_schema[i];
}

static bool has_range(const struct tcpsim_profile_field *field)
{
	return field->type == TCPSIM_FIELD_INT || field->type == TCPSIM_FIELD_TIME ||
	       field->type == TCPSIM_FIELD_LIST || field->type == TCPSIM_FIELD_CHOICE ||
	       field->type == TCPSIM_FIELD_BITS;
}

static int set(
	struct tcpsim_profile *profile, const struct tcpsim_profile_field *field, int64_t value)
{
	char text[64];

	if (field->type == TCPSIM_FIELD_BOOL)
		g_strlcpy(text, value ? "yes" : "no", sizeof(text));
	else if (field->type == TCPSIM_FIELD_ENUM)
		g_strlcpy(text, field->words[value], sizeof(text));
	else
		g_snprintf(text, sizeof(text), "%" G_GINT64_FORMAT "%s", value,
			field->type == TCPSIM_FIELD_TIME ? " ns" : "");
	return tcpsim_profile_field_set(profile, field, text);
}

/* A row may not be wider than what its neighbour allows: then both are set. */
static void set_with_its_pair(
	struct tcpsim_profile *profile, const struct tcpsim_profile_field *field, int64_t value)
{
	static const char *const PAIRS[][2] = {{"rto_min", "rto_max"}, {"delack_min", "delack_max"},
		{"persist_min", "persist_max"}, {"port_first", "port_last"}};

	cr_assert_eq(set(profile, field, value), 0, "%s = %" G_GINT64_FORMAT, field->name, value);
	for (guint i = 0; tcpsim_profile_check(profile, NULL, 0) < 0 && i < G_N_ELEMENTS(PAIRS);
		i++) {
		for (int end = 0; end < 2; end++) {
			if (strcmp(PAIRS[i][end], field->name) == 0)
				set(profile, tcpsim_profile_field_find(PAIRS[i][!end]), value);
		}
	}
}

Test(profile_ranges, every_row_has_one_that_its_profiles_keep)
{
	char why[256];

	for (size_t i = 0; i < tcpsim_profile_schema_n; i++)
		cr_expect_lt(field_at(i)->least, field_at(i)->most, "%s", field_at(i)->name);
	for (int p = 0; tcpsim_profiles[p]; p++)
		cr_expect_eq(tcpsim_profile_check(tcpsim_profiles[p], why, sizeof(why)), 0,
			"%s: %s", tcpsim_profiles[p]->name, why);
}

Test(profile_ranges, the_ends_are_taken_and_one_beyond_is_refused)
{
	for (size_t i = 0; i < tcpsim_profile_schema_n; i++) {
		const struct tcpsim_profile_field *field = field_at(i);
		struct tcpsim_profile profile = tcpsim_profile_linux, before;

		cr_expect_eq(set(&profile, field, field->least), 0, "%s", field->name);
		cr_expect_eq(set(&profile, field, field->most), 0, "%s", field->name);
		before = profile;
		if (!has_range(field))
			continue;
		cr_expect_eq(set(&profile, field, field->least - 1), -EINVAL, "%s", field->name);
		cr_expect_eq(set(&profile, field, field->most + 1), -EINVAL, "%s", field->name);
		cr_expect_arr_eq(&profile, &before, sizeof(profile), "%s", field->name);
	}
}

Test(profile_ranges, a_choice_goes_by_its_word_and_its_number)
{
	const struct tcpsim_profile_field *field = tcpsim_profile_field_find("ecn");
	struct tcpsim_profile profile = tcpsim_profile_linux;
	char text[256];

	cr_expect_eq(tcpsim_profile_field_set(&profile, field, "ask and accept"), 0);
	cr_expect_eq(profile.ecn, TCPSIM_ECN_MODE_ASK);
	cr_expect_eq(tcpsim_profile_field_set(&profile, field, "3"), 0);
	tcpsim_profile_field_text(&profile, field, text, sizeof(text));
	cr_expect_str_eq(text, "accecn");
	cr_expect_eq(tcpsim_profile_field_set(&profile, field, "perhaps"), -EINVAL);
	tcpsim_profile_field_range_text(field, text, sizeof(text));
	cr_expect_not_null(strstr(text, "'off', 'ask and accept', 'accept'"), "%s", text);
}

Test(profile_ranges, numbers_beyond_the_words_stay_numbers)
{
	const struct tcpsim_profile_field *field = tcpsim_profile_field_find("frto");
	struct tcpsim_profile profile = tcpsim_profile_linux;
	char text[256];

	cr_expect_eq(tcpsim_profile_field_set(&profile, field, "with SACK"), 0);
	cr_expect_eq(profile.frto, TCPSIM_FRTO_ENHANCED);
	cr_expect_eq(tcpsim_profile_field_set(&profile, field, "7"), 0);
	tcpsim_profile_field_text(&profile, field, text, sizeof(text));
	cr_expect_str_eq(text, "7");
	cr_expect_eq(tcpsim_profile_field_set(&profile, field, "256"), -EINVAL);
}

Test(profile_ranges, flags_go_by_their_words_and_their_sum)
{
	static const struct {
		const char *text;
		int64_t value;
		const char *is;
	} CASES[] = {{"off", 0, "off"}, {"0", 0, "off"}, {"client", 1, "client"},
		{"client, server", 3, "client, server"}, {"server,client", 3, "client, server"},
		{"0x400 , server", 0x402, "server, every listener"}, {"8", 8, "0x8"},
		{"1031", 0x407, "client, server, client without cookie, every listener"},
		{"server, 16", 18, "server, 0x10"}};
	static const char *const BAD[] = {"", "clients", "client,", ",client", "client server",
		"client, off", "-1", "2147483648", "1 2"};
	const struct tcpsim_profile_field *field = tcpsim_profile_field_find("fastopen");
	struct tcpsim_profile profile = tcpsim_profile_linux;
	char text[256];

	for (guint i = 0; i < G_N_ELEMENTS(CASES); i++) {
		cr_expect_eq(tcpsim_profile_field_set(&profile, field, CASES[i].text), 0, "%s",
			CASES[i].text);
		cr_expect_eq(profile.fastopen, CASES[i].value, "%s", CASES[i].text);
		tcpsim_profile_field_text(&profile, field, text, sizeof(text));
		cr_expect_str_eq(text, CASES[i].is);
	}
	for (guint i = 0; i < G_N_ELEMENTS(BAD); i++)
		cr_expect_eq(
			tcpsim_profile_field_set(&profile, field, BAD[i]), -EINVAL, "'%s'", BAD[i]);
	cr_expect_eq(profile.fastopen, 18, "what is refused changes nothing");
	tcpsim_profile_field_range_text(field, text, sizeof(text));
	cr_expect_not_null(strstr(text, "'client' (1), 'server' (2)"), "%s", text);
}

/* What is written of a setting can be written into a file. */
Test(profile_ranges, every_value_reads_back_from_its_text)
{
	char text[512];

	for (int p = 0; tcpsim_profiles[p]; p++) {
		for (size_t i = 0; i < tcpsim_profile_schema_n; i++) {
			struct tcpsim_profile again = *tcpsim_profiles[p];

			tcpsim_profile_field_text(&again, field_at(i), text, sizeof(text));
			cr_expect_eq(tcpsim_profile_field_set(&again, field_at(i), text), 0,
				"%s: %s = '%s'", again.name, field_at(i)->name, text);
			cr_expect_arr_eq(&again, tcpsim_profiles[p], sizeof(again), "%s = '%s'",
				field_at(i)->name, text);
		}
	}
}

/* --- every way in --- */

static struct tcpsim_host *host_of(const struct tcpsim_profile *profile, struct tcpsim_pool *pool)
{
	struct tcpsim_host_config config = {.profile = profile, .pool = pool};

	return tcpsim_host_new(&config);
}

Test(profile_ranges, a_host_takes_no_profile_beyond_them)
{
	struct tcpsim_pool *pool = tcpsim_pool_new();
	struct tcpsim_world *world = tcpsim_world_new(1);
	struct tcpsim_profile profile = tcpsim_profile_linux;

	profile.ts_tick = 0;
	errno = 0;
	cr_expect_null(host_of(&profile, pool));
	cr_expect_eq(errno, EINVAL);
	cr_expect_eq(tcpsim_world_add_host(world, "a", &profile), -EINVAL);
	profile = tcpsim_profile_linux;
	profile.backoff.at[3] = 0;
	cr_expect_null(host_of(&profile, pool));
	profile = tcpsim_profile_linux;
	profile.backoff.n = TCPSIM_PROFILE_LIST_MAX + 1;
	cr_expect_null(host_of(&profile, pool));
	profile = tcpsim_profile_linux;
	profile.recovery = (enum tcpsim_recovery)99;
	cr_expect_null(host_of(&profile, pool));
	tcpsim_world_free(world);
	tcpsim_pool_free(pool);
}

Test(profile_ranges, a_setting_of_a_host_keeps_to_them)
{
	static const char *const BAD[][2] = {{"ts_tick", "0"}, {"delack_max", "0"},
		{"backoff", "0"}, {"rto_max", "0"}, {"initial_window", "0"}, {"ecn", "77"},
		{"ttl", "-1"}, {"port_last", "99999"}, {"port_first", "61000"},
		{"port_last", "1024"}, {"rto_max", "100 ms"}, {"delack_min", "300 ms"},
		{"persist_min", "121 s"}};
	struct tcpsim_pool *pool = tcpsim_pool_new();
	struct tcpsim_host *host = host_of(&tcpsim_profile_linux, pool);

	for (guint i = 0; i < G_N_ELEMENTS(BAD); i++)
		cr_expect_eq(tcpsim_host_setting_set(host, BAD[i][0], BAD[i][1]), -EINVAL,
			"%s = %s", BAD[i][0], BAD[i][1]);
	cr_expect_arr_eq(
		tcpsim_host_profile(host), &tcpsim_profile_linux, sizeof(tcpsim_profile_linux));
	cr_expect_eq(tcpsim_host_setting_set(host, "port_last", "62000"), 0);
	cr_expect_eq(tcpsim_host_setting_set(host, "port_first", "61000"), 0);
	tcpsim_host_free(host);
	tcpsim_pool_free(pool);
}

/* A system's own limits are narrower than the row's or the row's themselves: none is a promise that
 * the row would break. */
Test(profile_ranges, a_sysctl_takes_its_own_least_and_never_more_than_its_row)
{
	static const struct tcpsim_profile *const SYSTEMS[] = {
		&tcpsim_profile_linux, &tcpsim_profile_freebsd};
	struct tcpsim_pool *pool = tcpsim_pool_new();
	char text[32], why[256];

	for (guint p = 0; p < G_N_ELEMENTS(SYSTEMS); p++) {
		for (const struct tcpsim_sysctl *s = SYSTEMS[p]->sysctls; s->name; s++) {
			struct tcpsim_host *host = host_of(SYSTEMS[p], pool);
			int64_t values[] = {
				s->min, s->max, INT64_MIN, INT64_MAX, -1, 0, 1, INT32_MAX};

			for (guint v = 0; v < G_N_ELEMENTS(values); v++) {
				g_snprintf(text, sizeof(text), "%" G_GINT64_FORMAT, values[v]);
				tcpsim_host_sysctl_set(host, s->name, text);
				cr_expect_eq(tcpsim_profile_check(
						     tcpsim_host_profile(host), why, sizeof(why)),
					0, "%s = %s: %s", s->name, text, why);
			}
			tcpsim_host_free(host);
		}
	}
	tcpsim_pool_free(pool);
}

/* May the sysctl of a fresh host be set to that number (if only the profile allows it beside its
 * neighbour: `pair`)? */
static bool takes(const struct tcpsim_profile *system, struct tcpsim_pool *pool, const char *name,
	int64_t value, char *why, size_t size, bool *pair)
{
	struct tcpsim_host *host = host_of(system, pool);
	char text[32];
	int status;

	g_snprintf(text, sizeof(text), "%" G_GINT64_FORMAT, value);
	status = tcpsim_host_sysctl_set_why(host, name, text, why, size);
	*pair = status < 0 && strstr(why, " is above ");
	tcpsim_host_free(host);
	return status == 0;
}

/* The range that a refusal tells, of one number each. */
Test(profile_ranges, what_a_sysctl_says_it_takes_is_what_it_takes)
{
	static const struct tcpsim_profile *const SYSTEMS[] = {
		&tcpsim_profile_linux, &tcpsim_profile_freebsd};
	struct tcpsim_pool *pool = tcpsim_pool_new();
	unsigned told = 0;

	for (guint p = 0; p < G_N_ELEMENTS(SYSTEMS); p++) {
		for (const struct tcpsim_sysctl *s = SYSTEMS[p]->sysctls; s->name; s++) {
			long long least, most;
			char why[400], other[400];
			const char *range;
			bool pair;

			cr_expect_not(takes(SYSTEMS[p], pool, s->name, INT64_MAX, why, sizeof(why),
					      &pair),
				"%s", s->name);
			range = strstr(why, " is not ");
			cr_expect_not_null(range, "%s: %s", s->name, why);
			if (!range ||
				sscanf(range, " is not from %lld to %lld", &least, &most) != 2)
				continue;
			told++;
			cr_expect(takes(SYSTEMS[p], pool, s->name, least, other, sizeof(other),
					  &pair) ||
					  pair,
				"%s: %s: %s", s->name, why, other);
			cr_expect(takes(SYSTEMS[p], pool, s->name, most, other, sizeof(other),
					  &pair) ||
					  pair,
				"%s: %s: %s", s->name, why, other);
			cr_expect_not(takes(SYSTEMS[p], pool, s->name, least - 1, other,
					      sizeof(other), &pair) ||
					      pair,
				"%s: %s", s->name, why);
			cr_expect_not(takes(SYSTEMS[p], pool, s->name, most + 1, other,
					      sizeof(other), &pair) ||
					      pair,
				"%s: %s", s->name, why);
		}
	}
	cr_expect_gt(told, 60, "%u", told);
	tcpsim_pool_free(pool);
}

Test(profile_ranges, what_the_field_does_not_take_no_sysctl_gives_it)
{
	static const char *const BAD[][3] = {{"linux", "net.ipv4.tcp_base_mss", "65535"},
		{"linux", "net.ipv4.tcp_tso_rtt_log", "32"},
		{"linux", "net.ipv4.tcp_fin_timeout", "2147483647"},
		{"linux", "net.ipv4.ip_local_port_range", "2000 1999"},
		{"linux", "net.ipv4.ip_local_port_range", "0 1999"},
		{"freebsd", "net.inet.tcp.delacktime", "0"},
		{"freebsd", "net.inet.ip.portrange.last", "9999"},
		{"freebsd", "net.inet.tcp.persmin", "70000"},
		{"freebsd", "net.inet.tcp.keepidle", "9223372036854775807"}};
	struct tcpsim_pool *pool = tcpsim_pool_new();

	for (guint i = 0; i < G_N_ELEMENTS(BAD); i++) {
		struct tcpsim_host *host = host_of(tcpsim_profile_find(BAD[i][0]), pool);

		cr_expect_eq(tcpsim_host_sysctl_set(host, BAD[i][1], BAD[i][2]), -EINVAL, "%s = %s",
			BAD[i][1], BAD[i][2]);
		tcpsim_host_free(host);
	}
	tcpsim_pool_free(pool);
}

/* --- worlds at the ends --- */

static void start(struct tcpsim_world *world, const char *host, const char *does, const char *to,
	struct program_config c)
{
	c.bytes = 30000;
	start_program(world, host, does, to, &c);
}

/* Bulk through loss, a backlog that overflows, a port where nobody listens, an address where nobody
 * is. */
static struct tcpsim_world *busy_world(const struct tcpsim_profile *profile)
{
	struct tcpsim_world *w = tcpsim_world_new(3);
	struct program_config plain, slow;

	cr_assert_eq(tcpsim_world_add_host(w, "a", profile), 0);
	cr_assert_eq(tcpsim_world_add_host(w, "b", profile), 0);
	tcpsim_world_link(w, "a", "b",
		"rate = 10 Mbit/s; delay = 5 ms; queue = 12 packets; loss = 3 %; reorder = 2 %; ip "
		"= both",
		NULL);
	program_config_init(&plain);
	slow = plain;
	slow.port = 81;
	slow.backlog = 1;
	slow.accept_after_ns = 3 * NSEC_PER_SEC;
	start(w, "b", "sink", NULL, plain);
	start(w, "b", "serve", NULL, slow);
	plain.half_close = true;
	start(w, "a", "source", "b:80", plain);
	plain.clients = 4;
	plain.hold_ns = NSEC_PER_SEC;
	start(w, "a", "herd", "b:81", plain);
	start(w, "a", "connect", "b:9", plain);
	start(w, "a", "connect", "10.0.1.99:80", plain);
	return w;
}

static void note_damage(
	void *context, int64_t time_ns, const char *host, const char *program, const char *text)
{
	if (strstr(text, "is wrong"))
		*(bool *)context = true;
}

struct course {
	unsigned steps, at_once; /* how many things happened in all, and at one time at the most */
	bool damaged;
};

/* Runs until nothing is to happen, for a month, or until so much has happened. */
static struct course run(const struct tcpsim_profile *profile, unsigned most_steps)
{
	struct tcpsim_world *w = busy_world(profile);
	struct course c = {0};
	int64_t now = 0;
	unsigned at_once = 0;

	w->check = true;
	tcpsim_world_on_say(w, note_damage, &c.damaged);
	tcpsim_world_run(w, 0);
	for (; c.steps < most_steps && clock_step(w->clock, A_MONTH); c.steps++) {
		world_run_ready(w);
		at_once = clock_now(w->clock) == now ? at_once + 1 : 0;
		c.at_once = MAX(c.at_once, at_once);
		now = clock_now(w->clock);
	}
	tcpsim_world_free(w);
	return c;
}

static void expect_an_end(
	const struct tcpsim_profile *base, const struct tcpsim_profile_field *field, int64_t value)
{
	struct tcpsim_profile profile = *base;
	struct course c;

	set_with_its_pair(&profile, field, value);
	c = run(&profile, MOST_STEPS);
	cr_expect_lt(c.steps, MOST_STEPS, "%s: no end with %s = %" G_GINT64_FORMAT, base->name,
		field->name, value);
	cr_expect_not(c.damaged, "%s: wrong bytes with %s = %" G_GINT64_FORMAT, base->name,
		field->name, value);
}

/* The profile of that place in the list, with each field at that end of its range. */
static void run_all(int p, bool most)
{
	for (size_t i = 0; i < tcpsim_profile_schema_n; i++)
		expect_an_end(tcpsim_profiles[p], field_at(i),
			most ? field_at(i)->most : field_at(i)->least);
}

#define PROFILE(n)                                                                                 \
	Test(profile_ranges, worlds_end_with_the_least_of_each_field_of_profile_##n)               \
	{                                                                                          \
		run_all(n, false);                                                                 \
	}                                                                                          \
	Test(profile_ranges, worlds_end_with_the_most_of_each_field_of_profile_##n)                \
	{                                                                                          \
		run_all(n, true);                                                                  \
	}
PROFILE(0)
PROFILE(1)
PROFILE(2)
PROFILE(3)
PROFILE(4)
PROFILE(5)
PROFILE(6)
PROFILE(7)
PROFILE(8)
PROFILE(9)
PROFILE(10)
PROFILE(11)
PROFILE(12)
PROFILE(13)

/* Each field at its least, at its most or as it is, by lot. */
static void mix(struct tcpsim_profile *profile, struct rng *rng)
{
	for (size_t i = 0; i < tcpsim_profile_schema_n; i++) {
		double lot = rng_unit(rng);

		if (lot < 0.1)
			set_with_its_pair(profile, field_at(i), field_at(i)->least);
		else if (lot < 0.2)
			set_with_its_pair(profile, field_at(i), field_at(i)->most);
	}
}

/* Such a world may take long: a keep-alive each millisecond for a month. But it goes on. */
Test(profile_ranges, worlds_go_on_with_any_mixture_of_ends)
{
	for (unsigned seed = 0; seed < MIXTURES; seed++) {
		struct tcpsim_profile profile = *tcpsim_profiles[seed % 13];
		struct course c;
		struct rng rng;

		rng_seed(&rng, seed, "mixture");
		mix(&profile, &rng);
		c = run(&profile, 20000);
		cr_expect_lt(c.at_once, 5000, "mixture %u: time stands still", seed);
		cr_expect_not(c.damaged, "mixture %u", seed);
	}
}

Test(profile_ranges, those_are_all_profiles)
{
	cr_expect_null(tcpsim_profiles[14], "a profile more: give it its line above");
}
