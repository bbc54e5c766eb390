/* Which connections are asked for: lists of numbers, conditions, keys. */
#include <criterion/criterion.h>
#include <glib.h>
#include <string.h>

#include "support/onlooker.h"
#include "traces/select/selection.h"

static struct onlooker o;
static struct replay seen; /* as much of a replay as a condition looks at */
static struct asked asked;

/* A connection of 1000 ms whose server answers after 60 ms, then sends 700 bytes and a RST. */
static void set_up(void)
{
	onlooker_start(&o, 5000, 900);
	onlooker_pass(&o, A, "S", 0, 0, 0);
	onlooker_wait(&o, 50);
	onlooker_pass(&o, B, "S.", 0, 1, 0);
	onlooker_pass(&o, A, ".", 1, 1, 0);
	onlooker_wait(&o, 900);
	onlooker_pass(&o, B, "P.", 1, 1, 700);
	onlooker_pass(&o, B, "R.", 701, 1, 0);
	seen.flows = o.flows;
	seen.observer = o.observer;
	seen.start_ns = o.flow->start_ns;
	asked_init(&asked, &seen);
}

static void tear_down(void)
{
	asked_clear(&asked);
	onlooker_stop(&o);
}

TestSuite(select, .init = set_up, .fini = tear_down);

static void expect_holds(const char *condition, bool wanted)
{
	char *why = NULL;
	struct where *w = where_parse(condition, &why);

	cr_assert_not_null(w, "%s: %s", condition, why);
	cr_expect_eq(where_holds(w, &asked, o.flow), wanted, "%s", condition);
	where_free(w);
}

static void expect_refused(const char *condition, const char *wanted)
{
	char *why = NULL;
	struct where *w = where_parse(condition, &why);

	cr_expect_null(w, "%s", condition);
	cr_expect(why != NULL && strstr(why, wanted) != NULL, "'%s' tells: %s\nnot: %s", condition,
		why, wanted);
	where_free(w);
	g_free(why);
}

Test(select, numbers_have_units)
{
	expect_holds("rtt=70ms", true);
	expect_holds("rtt=70000us", true);
	expect_holds("rtt>0.07s", false);
	expect_holds("rtt>=0.07s", true);
	expect_holds("rtt<1min", true);
	expect_holds("bytes=700", true);
	expect_holds("bytes=0.7k", true);
	expect_holds("bytes>=1kB", false);
	expect_holds("server_bytes=700 and client_bytes=0", true);
	expect_holds("duration>0 and duration<1h", true);
	expect_holds("goodput<100kbit/s", true);
	expect_holds("retransmission_rate<2%", true);
	expect_holds("port=80 and client_port=1000 and ip=4 and number=0", true);
}

Test(select, words_and_addresses_are_equal_or_not)
{
	expect_holds("outcome=reset", true);
	expect_holds("outcome!=reset", false);
	expect_holds("outcome=RESET", true);
	expect_holds("client=10.0.0.1", true);
	expect_holds("client=10.0.0.1:1000", true);
	expect_holds("client=10.0.0.1:1001", false);
	expect_holds("client=10.0.0.2", false);
	expect_holds("address=10.0.0.2:80", true);
	expect_holds("server=10.0.0.0/30", true);
	expect_holds("server=10.0.0.0/31", false);
	expect_holds("server=0.0.0.0/0", true);
	expect_holds("server=2001:db8::/32", false);
	expect_holds("server!=[2001:db8::1]:80", true);
}

Test(select, and_binds_closer_than_or)
{
	expect_holds("outcome=reset or outcome=closed and bytes=1", true);
	expect_holds("(outcome=reset or outcome=closed) and bytes=1", false);
	expect_holds("not outcome=closed and not (bytes=1 || bytes=2)", true);
	expect_holds("!outcome=reset", false);
	expect_holds("outcome=reset && bytes=700", true);
}

Test(select, a_key_alone_asks_whether_there_is_any)
{
	expect_holds("resets", true);
	expect_holds("keepalives", false);
	expect_holds("cause", true);
	expect_holds("not zero-window and not zero_window", true);
}

Test(select, what_is_unknown_fulfils_no_test)
{
	o.flow->figures->handshake_rtt = 0;
	o.flow->side[0].rtt_min_us = o.flow->side[1].rtt_min_us = 0;
	expect_holds("rtt>0", false);
	expect_holds("rtt<1h", false);
	expect_holds("rtt!=1s", false);
	expect_holds("not rtt>0", true);
}

Test(select, what_is_wrong_is_told_with_its_column)
{
	expect_refused("outcom=reset", "column 1: unknown key 'outcom': did you mean outcome?");
	expect_refused("bytes>1 and outcome=rest", "column 21: 'rest' is no outcome: did you mean "
						   "reset?");
	expect_refused("rtt>100", "column 5: '100': a time needs a unit");
	expect_refused("bytes>5q", "column 7: '5q': bytes may have a unit");
	expect_refused("goodput>1M", "a rate needs a unit");
	expect_refused("retransmission_rate>2", "a share is in percent");
	expect_refused("rtt>", "column 5: a value is expected behind the sign, such as 100ms");
	expect_refused("rtt>1.2.3s", "is no number");
	expect_refused("(rtt>1s", "column 8: a ) is missing here");
	expect_refused("rtt>1s )", "column 8: 'and' or 'or' is expected here, not ')'");
	expect_refused("rtt>1s and", "column 11: a key is expected here");
	expect_refused("or", "column 1: a key is expected here, not 'or'");
	expect_refused("", "column 1: a key is expected here");
	expect_refused("outcome>reset", "column 8: words have no order");
	expect_refused("client<10.0.0.1", "column 7: addresses have no order");
	expect_refused("client", "'client' wants an address");
	expect_refused("client=10.0.0", "'10.0.0' is no address");
	expect_refused("client=10.0.0.0/33", "is no address");
	expect_refused("client=10.0.0.1:99999", "is no address");
	expect_refused("client=[10.0.0.1", "is no address");
}

Test(select, parentheses_without_end_are_refused)
{
	char *deep = g_strnfill(100000, '(');

	expect_refused(deep, "it is nested too deeply");
	memset(deep, '!', strlen(deep));
	expect_refused(deep, "it is nested too deeply");
	g_free(deep);
}

/* A key that is named like a limit or a stall's cause asks for just that one. */
Test(select, keys_of_limits_and_stalls_are_theirs)
{
	char *near = NULL;

	for (unsigned i = 0; i < FLOW_N_LIMITS; i++) {
		const struct connection_key *key = key_find(flow_limit_name(i), &near);

		cr_expect(key != NULL && key->of == i, "%s", flow_limit_name(i));
	}
	for (unsigned i = 0; i < FLOW_N_STALLS; i++) {
		const struct connection_key *key = key_find(flow_stall_name(i), &near);

		cr_expect(key != NULL && key->of == i, "%s", flow_stall_name(i));
	}
}

Test(select, every_key_has_a_value_and_an_example_that_is_taken)
{
	for (unsigned i = 0; key_at(i) != NULL; i++) {
		static const char *const EXAMPLE[] = {[KEY_COUNT] = "=3",
			[KEY_TIME] = ">1ms",
			[KEY_BYTES] = ">64k",
			[KEY_RATE] = "<1Mbit/s",
			[KEY_SHARE] = ">2%",
			[KEY_ADDRESS] = "=10.0.0.1"};
		const struct connection_key *key = key_at(i);
		char *condition =
			g_strconcat(key->name, key->kind == KEY_WORD ? "=" : EXAMPLE[key->kind],
				key->kind == KEY_WORD ? key->choice(0) : "", NULL);
		char *why = NULL;
		struct where *w = where_parse(condition, &why);

		cr_expect_not_null(w, "%s: %s", condition, why);
		if (w != NULL)
			where_holds(w, &asked, o.flow);
		where_free(w);
		g_free(condition);
	}
}

/* Limits and causes of stalls have tables of their own. */
static char *row_of(const struct connection_key *key)
{
	static const char *const KIND[] = {
		"count", "time", "bytes", "rate", "percent", "word", "address"};

	if (strstr(key->text, "time of ") == key->text)
		return g_strdup_printf("`%s`", key->name);
	return g_strdup_printf("| `%s` | %s | %s |\n", key->name, KIND[key->kind], key->text);
}

Test(select, the_page_has_every_key)
{
	char *path = g_build_filename(g_getenv("TCPSIM_SOURCE"), "docs", "replay.md", NULL), *page;

	cr_assert(g_file_get_contents(path, &page, NULL, NULL));
	for (unsigned i = 0; key_at(i) != NULL; i++) {
		char *row = row_of(key_at(i));

		cr_expect_not_null(strstr(page, row), "docs/replay.md lacks %s", row);
		g_free(row);
	}
	g_free(page);
	g_free(path);
}

static void expect_numbers(const char *text, const char *members)
{
	char *why = NULL;
	struct numbers *n = numbers_parse(text, &why);
	GString *found = g_string_new(NULL);

	cr_assert_not_null(n, "%s: %s", text, why);
	for (uint32_t i = 0; i < 10; i++)
		if (numbers_has(n, i))
			g_string_append_printf(found, "%u", i);
	cr_expect_str_eq(found->str, members, "%s", text);
	g_string_free(found, TRUE);
	numbers_free(n);
}

Test(select, lists_of_numbers)
{
	expect_numbers("4", "4");
	expect_numbers("0,3-5", "0345");
	expect_numbers("7-", "789");
	expect_numbers("5,1-2,8-", "12589");
}

Test(select, lists_that_are_wrong_tell_where)
{
	static const struct {
		const char *text, *wanted;
	} WRONG[] = {
		{"", "column 1: a connection's number is expected here"},
		{"x", "column 1: a connection's number is expected here"},
		{"1,,2", "column 3: a connection's number is expected here"},
		{"1,2,", "column 5: a connection's number is expected here"},
		{"5-3", "column 4: this range ends before it begins"},
		{"5-x", "column 3: a range ends in a number"},
		{"1 2", "column 2: numbers and ranges are separated by commas"},
		{"99999999999", "column 1: a connection's number is expected here"},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(WRONG); i++) {
		char *why = NULL;
		struct numbers *n = numbers_parse(WRONG[i].text, &why);

		cr_expect_null(n);
		cr_expect(why != NULL && strstr(why, WRONG[i].wanted) != NULL, "'%s' tells: %s",
			WRONG[i].text, why);
		numbers_free(n);
		g_free(why);
	}
}

Test(select, a_number_beyond_the_last_is_named)
{
	char *why = NULL;
	uint32_t beyond = 0;
	struct numbers *n = numbers_parse("0,3-5,2-", &why);

	cr_expect(!numbers_beyond(n, 6, &beyond));
	cr_expect(numbers_beyond(n, 5, &beyond));
	cr_expect_eq(beyond, 5);
	cr_expect(numbers_beyond(n, 2, &beyond));
	cr_expect_eq(beyond, 3);
	numbers_free(n);
}
