/* Accounts, where two of them part, and scenarios: on models, so that it is the same everywhere. */
#include "compare/difference.h"

#include "compare/improvise.h"
#include "compare/play.h"
#include "compare/race.h"
#include "compare/scenario_script.h"
#include "compare/survey.h"
#include "script/suite/suite.h"
#include <criterion/criterion.h>
#include <string.h>
#include <unistd.h>

static const struct tolerance TOLERANCE = TOLERANCE_DEFAULT;

static struct scenario *made_up(uint64_t seed, struct account **account)
{
	struct scenario *scenario = scenario_new(seed, SCRIPT_IPV4);

	*account = scenario_improvise_model(scenario, IMPROVISE_PLAIN, &tcpsim_profile_linux);
	cr_assert_not_null(*account);
	cr_assert_gt(scenario->events->len, 3);
	return scenario;
}

/* A scenario with at least one packet that the host sends. */
static struct account *some_account(struct scenario **scenario)
{
	struct account *account;

	for (uint64_t seed = 1;; seed++) {
		*scenario = made_up(seed, &account);
		for (guint i = 0; i < account->entries->len; i++) {
			const struct account_entry *e = g_ptr_array_index(account->entries, i);

			if (e->kind == ACCOUNT_OUT)
				return account;
		}
		account_free(account);
		scenario_free(*scenario);
	}
}

static struct account *copy_of(const struct account *account)
{
	GByteArray *bytes = g_byte_array_new();
	const uint8_t *at;
	struct account *copy;

	account_write(account, bytes);
	at = bytes->data;
	copy = account_read(&at, bytes->data + bytes->len);
	cr_assert_not_null(copy);
	cr_assert_eq(at, bytes->data + bytes->len);
	g_byte_array_unref(bytes);
	return copy;
}

static struct account_entry *first(const struct account *account, enum account_kind kind, guint *at)
{
	for (guint i = 0; i < account->entries->len; i++) {
		struct account_entry *e = g_ptr_array_index(account->entries, i);

		if (e->kind == kind) {
			*at = i;
			return e;
		}
	}
	cr_assert(false, "there is no such entry");
	return NULL;
}

/* The account and a copy of it in which `change` was made differ as said. */
static void expect_difference(
	void (*change)(struct account *account), enum difference_kind kind, const char *field)
{
	struct scenario *scenario;
	struct account *one = some_account(&scenario), *other = copy_of(one);
	struct difference d = difference_first(one, other, &TOLERANCE, 0);

	cr_assert_eq(d.kind, DIFFERENCE_NONE, "a copy differs: %s", d.field);
	change(other);
	d = difference_first(one, other, &TOLERANCE, 0);
	cr_assert_eq(d.kind, kind, "%s %s instead", difference_kind_name(d.kind),
		d.field != NULL ? d.field : "");
	cr_assert_str_eq(d.field, field);
	difference_clear(&d);
	account_free(one);
	account_free(other);
	scenario_free(scenario);
}

/* The byte of the IPv4 packet's TCP header becomes another one. */
static void change_byte(struct account *account, size_t offset, uint8_t by)
{
	guint at;
	struct account_entry *e = first(account, ACCOUNT_OUT, &at);
	gsize len;
	uint8_t *bytes = g_bytes_unref_to_data(e->bytes, &len);

	bytes[offset] ^= by;
	e->bytes = g_bytes_new_take(bytes, len);
}

static void change_window(struct account *account)
{
	change_byte(account, 20 + 15, 1);
}

static void change_flags(struct account *account)
{
	change_byte(account, 20 + 13, TCPSIM_PSH);
}

static void change_ttl(struct account *account)
{
	change_byte(account, 8, 1);
}

static void change_tos(struct account *account)
{
	change_byte(account, 1, 4);
}

static void change_df(struct account *account)
{
	change_byte(account, 6, 0x40);
}

static void change_option(struct account *account)
{
	change_byte(account, 20 + 20 + 3, 1); /* the MSS of a SYN or SYN,ACK */
}

static void lose_packet(struct account *account)
{
	guint at;

	for (guint i = account->entries->len; i > 0; i--)
		if (((struct account_entry *)g_ptr_array_index(account->entries, i - 1))->kind ==
			ACCOUNT_OUT) {
			g_ptr_array_remove_index(account->entries, i - 1);
			return;
		}
	first(account, ACCOUNT_OUT, &at);
}

static void double_packet(struct account *account)
{
	guint at;
	const struct account_entry *e = first(account, ACCOUNT_OUT, &at);
	struct account_entry *twin =
		account_add(account, ACCOUNT_OUT, e->start_ns + INT64_C(9000000000));

	twin->bytes = g_bytes_ref(e->bytes);
}

static void delay_packet(struct account *account)
{
	guint at;

	first(account, ACCOUNT_OUT, &at)->start_ns += INT64_C(3000000000);
}

static void change_result(struct account *account)
{
	guint at;

	first(account, ACCOUNT_CALL, &at)->result += 1;
}

static void change_errno(struct account *account)
{
	guint at;
	struct account_entry *e = first(account, ACCOUNT_CALL, &at);

	e->result = -1;
	e->error = 1;
}

static void change_state(struct account *account)
{
	guint at;
	struct account_entry *e = first(account, ACCOUNT_STATE, &at);

	g_free(e->text);
	e->text = g_strdup("3:99");
}

static void change_figure(struct account *account)
{
	guint at;
	struct account_entry *e = first(account, ACCOUNT_STATE, &at);

	g_free(e->extra);
	e->extra = g_strdup("3: snd_cwnd=77");
}

Test(compare, each_field_of_a_segment_is_looked_at)
{
	expect_difference(change_window, DIFFERENCE_SEGMENT, "window");
	expect_difference(change_flags, DIFFERENCE_SEGMENT, "flags");
	expect_difference(change_ttl, DIFFERENCE_SEGMENT, "ttl");
	expect_difference(change_tos, DIFFERENCE_SEGMENT, "tos");
	expect_difference(change_df, DIFFERENCE_SEGMENT, "df");
	expect_difference(change_option, DIFFERENCE_SEGMENT, "options");
}

Test(compare, a_packet_too_many_too_few_or_late_is_told)
{
	expect_difference(lose_packet, DIFFERENCE_EXTRA, "packet");
	expect_difference(double_packet, DIFFERENCE_MISSING, "packet");
	expect_difference(delay_packet, DIFFERENCE_TIMING, "time");
}

/* Some segment now, a call at `call_ms`, and the segment again at `again_ms`. */
static struct account *sent_around(const char *call, int call_ms, int again_ms)
{
	struct scenario *scenario;
	struct account *some = some_account(&scenario), *account = account_new();
	guint at;
	GBytes *bytes = first(some, ACCOUNT_OUT, &at)->bytes;

	account_add(account, ACCOUNT_OUT, 0)->bytes = g_bytes_ref(bytes);
	account_add(account, ACCOUNT_CALL, call_ms * INT64_C(1000000))->text = g_strdup(call);
	account_add(account, ACCOUNT_OUT, again_ms * INT64_C(1000000))->bytes = g_bytes_ref(bytes);
	account_free(some);
	scenario_free(scenario);
	return account;
}

static struct account *sent_twice(int call_ms, int again_ms)
{
	return sent_around("send(3, ..., 10, 0)", call_ms, again_ms);
}

static struct account *asked_between(int call_ms, int again_ms)
{
	return sent_around("ioctl(3, SIOCOUTQ, ...)", call_ms, again_ms);
}

static enum difference_kind of_two(struct account *model, struct account *kernel)
{
	struct difference d = difference_first(model, kernel, &TOLERANCE, 0);
	enum difference_kind kind = d.kind;

	difference_clear(&d);
	account_free(model);
	account_free(kernel);
	return kind;
}

/* A timer runs from the connection's packet before, whatever calls came since; an answer does not. */
Test(compare, lateness_is_held_against_what_it_waited_for)
{
	cr_expect_eq(of_two(sent_twice(980, 1000), sent_twice(980, 1030)), DIFFERENCE_NONE);
	cr_expect_eq(of_two(sent_twice(980, 1000), sent_twice(980, 1230)), DIFFERENCE_TIMING);
	cr_expect_eq(of_two(sent_twice(1000, 1000), sent_twice(1000, 1030)), DIFFERENCE_TIMING);
	cr_expect_eq(of_two(sent_twice(1000, 1030), sent_twice(1000, 1000)), DIFFERENCE_TIMING);
	/* what asks only sets nothing going */
	cr_expect_eq(of_two(asked_between(1000, 1000), asked_between(1000, 1030)), DIFFERENCE_NONE);
	/* a script whose steps follow each other is as late as what it waited for */
	cr_expect_eq(of_two(sent_twice(1000, 1000), sent_twice(1150, 1150)), DIFFERENCE_NONE);
}

/* A scenario of one event, at `event_ms`, in which a timer of the model fired at 1,000 ms. */
static bool draws_apart(int event_ms, int64_t *moved_ns)
{
	struct account *model = sent_twice(event_ms, 1000), *kernel = sent_twice(event_ms, 1040);
	struct scenario *scenario = scenario_new(1, SCRIPT_IPV4);
	struct scenario_event event = {.time_ns = event_ms * INT64_C(1000000)};
	struct difference d = {.kind = DIFFERENCE_EXTRA, .time_ns = INT64_C(1000000000)};
	bool done;

	g_array_append_val(scenario->events, event);
	done = race_draw_apart(scenario, model, kernel, &d, &TOLERANCE);
	*moved_ns =
		g_array_index(scenario->events, struct scenario_event, 0).time_ns - event.time_ns;
	account_free(model);
	account_free(kernel);
	scenario_free(scenario);
	return done;
}

/* An event is moved to after both sides' timers, if it came close to one; and only then. */
Test(compare, a_timer_and_an_event_that_came_close_are_drawn_apart)
{
	int64_t moved;

	cr_expect(draws_apart(1020, &moved));
	cr_expect_eq(moved, INT64_C(216000000)); /* 16 ms and a fifth of the second it waited */
	cr_expect_not(draws_apart(1500, &moved));
	cr_expect_eq(moved, 0);
	cr_expect_not(draws_apart(700, &moved));
}

Test(compare, calls_and_states_are_looked_at)
{
	expect_difference(change_result, DIFFERENCE_CALL, "result");
	expect_difference(change_errno, DIFFERENCE_CALL, "result");
	expect_difference(change_state, DIFFERENCE_STATE, "state");
	expect_difference(change_figure, DIFFERENCE_STATE, "tcp_info");
}

Test(compare, what_is_left_out_is_left_out)
{
	struct scenario *scenario;
	struct account *one = some_account(&scenario), *other = copy_of(one);
	struct difference d;

	change_window(other);
	change_figure(other);
	d = difference_first(
		one, other, &TOLERANCE, DIFFERENCE_BUT_WINDOW | DIFFERENCE_BUT_FIGURES);
	cr_expect_eq(d.kind, DIFFERENCE_NONE);
	d = difference_first(one, other, &TOLERANCE, DIFFERENCE_BUT_FIGURES);
	cr_expect_str_eq(d.field, "window");
	difference_clear(&d);
	account_free(one);
	account_free(other);
	scenario_free(scenario);
}

/* Made up and played again are the same run: whatever the host does, the scenario alone decides. */
Test(compare, a_scenario_played_again_is_the_same_run)
{
	for (uint64_t seed = 1; seed <= 40; seed++) {
		struct scenario *scenario =
					scenario_new(seed, seed % 2 ? SCRIPT_IPV4 : SCRIPT_IPV6),
				*read;
		GByteArray *bytes = g_byte_array_new();
		struct account *made, *played;
		struct difference d;
		const uint8_t *at;

		if (seed % 4 == 0)
			scenario_draw_settings(scenario);
		made = scenario_improvise_model(scenario,
			seed % 3 ? IMPROVISE_ODD : IMPROVISE_PLAIN, &tcpsim_profile_linux);
		scenario_write(scenario, bytes);
		at = bytes->data;
		read = scenario_read(&at, bytes->data + bytes->len);
		cr_assert_not_null(read);
		played = scenario_play_model(read, &tcpsim_profile_linux, NULL);
		d = difference_first(made, played, &TOLERANCE, 0);
		cr_expect_eq(d.kind, DIFFERENCE_NONE, "seed %d: %s: %s, then %s", (int)seed,
			d.field, d.model, d.kernel);
		difference_clear(&d);
		account_free(made);
		account_free(played);
		scenario_free(scenario);
		scenario_free(read);
		g_byte_array_unref(bytes);
	}
}

Test(compare, bytes_that_end_too_soon_are_no_scenario)
{
	struct account *account;
	struct scenario *scenario = made_up(3, &account);
	GByteArray *bytes = g_byte_array_new();

	scenario_write(scenario, bytes);
	for (guint n = 0; n < bytes->len; n += 7) {
		const uint8_t *at = bytes->data;

		cr_expect_null(scenario_read(&at, bytes->data + n));
	}
	g_byte_array_set_size(bytes, 0);
	account_write(account, bytes);
	for (guint n = 0; n < bytes->len; n += 97) {
		const uint8_t *at = bytes->data;

		cr_expect_null(account_read(&at, bytes->data + n));
	}
	g_byte_array_unref(bytes);
	account_free(account);
	scenario_free(scenario);
}

static struct survey *survey(const struct tcpsim_profile *other, unsigned n, bool shrink)
{
	struct survey_options options = {.profile = &tcpsim_profile_linux,
		.other = other,
		.seed = 1,
		.n = n,
		.plain_percent = 50,
		.ip = SCRIPT_IPV4,
		.shrink = shrink};
	struct survey *result = survey_run(&options, NULL, NULL, NULL);

	cr_assert_not_null(result);
	cr_assert_eq(result->counts.scenarios, n);
	cr_assert_eq(result->counts.failed, 0, "%s", result->why);
	return result;
}

Test(compare, a_model_agrees_with_itself_and_not_with_another)
{
	struct survey *same = survey(&tcpsim_profile_linux, 60, false),
		      *other = survey(&tcpsim_profile_freebsd, 60, false);

	cr_expect_eq(same->counts.agree_all, 60);
	cr_expect_eq(same->findings->len, 0);
	cr_expect_lt(other->counts.agree_all, 60);
	cr_expect_gt(other->findings->len, 0);
	survey_free(same);
	survey_free(other);
}

/* What the shrinker leaves still differs in the same kind of thing, and is no longer
 * than it was. */
Test(compare, a_finding_is_made_short)
{
	struct survey *whole = survey(&tcpsim_profile_freebsd, 30, false),
		      *shrunk = survey(&tcpsim_profile_freebsd, 30, true);
	guint shorter = 0;

	cr_assert_eq(whole->findings->len, shrunk->findings->len);
	for (guint i = 0; i < whole->findings->len; i++) {
		const struct survey_finding *a = g_ptr_array_index(whole->findings, i);
		const struct survey_finding *b = g_ptr_array_index(shrunk->findings, i);

		cr_expect_str_eq(a->kind, b->kind);
		cr_expect_leq(b->scenario->events->len, a->scenario->events->len);
		shorter += b->scenario->events->len < a->scenario->events->len;
	}
	cr_expect_gt(shorter, 0);
	survey_free(whole);
	survey_free(shrunk);
}

/* One that can be said in a script whole. */
static const struct survey_finding *with_a_script(const struct survey *s)
{
	for (guint i = 0; i < s->findings->len; i++) {
		const struct survey_finding *f = g_ptr_array_index(s->findings, i);

		if (scenario_has_script(f->kernel))
			return f;
	}
	cr_assert(false, "no finding has a script");
	return NULL;
}

/* The script of a finding says what the system did on which it was found. */
Test(compare, a_finding_as_a_script_passes_where_it_was_found)
{
	struct survey *s = survey(&tcpsim_profile_freebsd, 30, true);
	const struct survey_finding *f = with_a_script(s);
	char *text = scenario_script(f->scenario, f->kernel, "// made up\n");
	char *path = g_strdup_printf("%s/compare-%d.pkt", g_get_tmp_dir(), (int)getpid());
	struct suite_options options = {
		.profile = &tcpsim_profile_freebsd, .ip_version = SCRIPT_IPV4};
	struct suite_script script = {.path = path};
	struct suite_report *report;
	atomic_int line = 0;

	cr_assert(g_file_set_contents(path, text, -1, NULL));
	report = suite_run_one(&options, &script, &line);
	cr_expect_eq(report->result->verdict, SCRIPT_PASS, "%s\n%s", report->result->message, text);
	suite_report_free(report);
	options.profile = &tcpsim_profile_linux;
	report = suite_run_one(&options, &script, &line);
	cr_expect_neq(report->result->verdict, SCRIPT_PASS,
		"it passes on the other system, too:\n%s", text);
	suite_report_free(report);
	unlink(path);
	g_free(path);
	g_free(text);
	survey_free(s);
}
