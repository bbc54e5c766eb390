/* Two accounts of a world laid side by side: what is no difference, and what each difference is
 * called. Models stand on both sides here, so that each run is the same. */
#include <criterion/criterion.h>
#include <string.h>

#include "compare/world_compare.h"
#include "time_units.h"
#include "worldfile/file.h"

static struct world_account *account_of(const char *text, uint64_t seed)
{
	char *error = NULL;
	struct world_file *file = world_file_parse("world", text, strlen(text), &error);
	struct world_account *account;

	cr_assert_not_null(file, "%s", error);
	account = world_account_model(file, &seed, INT64_MAX, &error);
	cr_assert_not_null(account, "%s", error);
	world_file_free(file);
	return account;
}

static struct world_times farthest; /* of what was compared last */

/* Both worlds run, the second with that seed. */
static GPtrArray *differences_of(const char *ours, const char *theirs, uint64_t seed)
{
	struct world_account *a = account_of(ours, 1), *b = account_of(theirs, seed);
	GPtrArray *differences;

	farthest = (struct world_times){0};
	differences = world_compare(a, b, &farthest);

	world_account_free(a);
	world_account_free(b);
	return differences;
}

static const struct world_difference *find(
	const GPtrArray *all, const char *kind, const char *field, const char *where)
{
	for (guint i = 0; i < all->len; i++) {
		const struct world_difference *d = all->pdata[i];

		if (strcmp(d->kind, kind) == 0 && strcmp(d->field, field) == 0 &&
			strcmp(d->where, where) == 0)
			return d;
	}
	return NULL;
}

static void expect(const GPtrArray *all, const char *kind, const char *field, const char *where,
	const char *model, const char *kernel)
{
	const struct world_difference *d = find(all, kind, field, where);

	if (!d) {
		for (guint i = 0; i < all->len; i++) {
			const struct world_difference *o = all->pdata[i];

			cr_log_info("%s: %s, %s: %s | %s", o->where, o->kind, o->field, o->model,
				o->kernel);
		}
		cr_assert_fail("no %s, %s at %s", kind, field, where);
	}
	cr_expect(strstr(d->model, model), "model: %s", d->model);
	cr_expect(strstr(d->kernel, kernel), "kernel: %s", d->kernel);
	cr_expect(d->stable);
}

#define HOSTS "[host client]\n%s\n[host server]\n%s\n[link client server]\n%s\n"
#define SERVE "[program serve]\nhost = server\ndoes = sink\n%s\n"
#define SEND                                                                                       \
	"[program send]\nhost = client\ndoes = source\nto = server:80\nbytes = 30 kB\nstart = 1 "  \
	"s\n"
#define ASK "[program ask]\nhost = client\ndoes = connect\nto = server:81\nstart = 2 s\n"

static char *world(const char *client, const char *server, const char *link, const char *serve)
{
	return g_strdup_printf(HOSTS SERVE SEND ASK, client, server, link, serve);
}

static GPtrArray *against(
	const char *client, const char *server, const char *link, const char *serve)
{
	char *plain = world("", "", "delay = 20 ms", ""),
	     *other = world(client, server, link, serve);
	GPtrArray *differences = differences_of(plain, other, 1);

	g_free(plain);
	g_free(other);
	return differences;
}

Test(world_compare, what_is_chosen_at_random_is_no_difference)
{
	char *plain = world("", "", "delay = 20 ms", "");
	GPtrArray *differences = differences_of(plain, plain, 7);

	for (guint i = 0; i < differences->len; i++) {
		const struct world_difference *d = differences->pdata[i];

		cr_expect_fail(
			"%s: %s, %s: %s | %s", d->where, d->kind, d->field, d->model, d->kernel);
	}
	g_ptr_array_free(differences, TRUE);
	g_free(plain);
}

Test(world_compare, a_time_may_be_near_and_is_told_beyond_that)
{
	/* the first SYN is lost; it goes again after 1 s, 1.15 s, 2 s: a fifth may be the kernel's */
	static const char LOSS[] = "delay = 20 ms\nthere.drop = 1st syn";
	char *plain = world("", "", LOSS, ""),
	     *later = world("setting.syn_rto = 1150 ms", "", LOSS, ""),
	     *late = world("setting.syn_rto = 2 s", "", LOSS, "");
	GPtrArray *near = differences_of(plain, later, 1), *far;

	cr_expect_eq(farthest.farthest_ns, 150 * NSEC_PER_MSEC); /* and how near they were */
	far = differences_of(plain, late, 1);
	cr_expect_lt(farthest.farthest_ns, 150 * NSEC_PER_MSEC);
	cr_expect_null(find(near, "timing", "time", "connection 0, client's segment 2"));
	cr_expect_null(find(near, "call", "duration", "program client send, call 2"));
	expect(far, "timing", "time", "connection 0, client's segment 2", "1.000000", "2.000000");
	expect(far, "call", "duration", "program client send, call 2", "1.040", "2.040");
	g_ptr_array_free(near, TRUE);
	g_ptr_array_free(far, TRUE);
	g_free(plain);
	g_free(later);
	g_free(late);
}

Test(world_compare, the_first_field_of_each_stream_is_named)
{
	GPtrArray *d = against("sysctl.net.ipv4.tcp_sack = 0",
		"sysctl.net.ipv4.tcp_rmem = 4096 8000 8000", "delay = 20 ms", "");

	expect(d, "segment", "options", "connection 0, client's segment 1", "sackOK", "<mss 1460");
	expect(d, "segment", "window", "connection 0, server's segment 1", "win 65160", "win ");
	expect(d, "tcp-info", "tcpi_options", "connection 0, client", "7", "5");
	cr_expect_null(find(d, "state", "state", "connection 0, client"));
	g_ptr_array_free(d, TRUE);
}

Test(world_compare, losses_states_and_errors_are_told)
{
	GPtrArray *d = against("", "", "delay = 20 ms\nthere.drop = 3rd data", "linger = 0");

	expect(d, "segment", "lost", "connection 0, client", "0", "1");
	expect(d, "segment", "sent again", "connection 0, client", "0", "2");
	expect(d, "segment", "resets", "connection 0, server", "0", "2");
	g_ptr_array_free(d, TRUE);
	d = against("", "", "delay = 20 ms\nthere.drop = 2nd syn", "");
	expect(d, "call", "duration", "program client ask, call 2", "0.040", "1.040");
	g_ptr_array_free(d, TRUE);
}

Test(world_compare, connections_of_one_side_alone_and_queues_are_told)
{
	char *ours = world("", "", "delay = 20 ms", "");
	char *theirs = g_strdup_printf(
		HOSTS SERVE SEND, "", "", "delay = 20 ms", "backlog = 7\naccept-after = 9 s");
	GPtrArray *d = differences_of(ours, theirs, 1);

	expect(d, "extra", "connection", "client 10.0.1.2:81, a connection", "is there", "none");
	expect(d, "queue", "backlog", "listener server:80", "5", "7");
	expect(d, "said", "number", "program client ask, line 1", "ECONNREFUSED", "nothing");
	g_ptr_array_free(d, TRUE);
	d = differences_of(theirs, ours, 1);
	expect(d, "missing", "connection", "client 10.0.1.2:81, a connection", "none", "is there");
	g_ptr_array_free(d, TRUE);
	g_free(ours);
	g_free(theirs);
}

Test(world_compare, what_is_not_there_each_time_is_not_stable)
{
	static const char SACK[] = "sysctl.net.ipv4.tcp_sack = 0";
	GPtrArray *all = against(SACK, "", "delay = 20 ms\nthere.drop = 3rd data", "linger = 0");
	GPtrArray *more = against(SACK, "", "delay = 20 ms\nthere.drop = 3rd data; 5th data", "");
	GPtrArray *none = against(SACK, "", "delay = 20 ms", "");

	world_compare_again(all, more);
	cr_expect(find(all, "segment", "options", "connection 0, client's segment 1")->stable);
	/* in both, but not as many */
	cr_expect_not(find(all, "segment", "lost", "connection 0, client")->stable);
	cr_expect_not(find(all, "segment", "resets", "connection 0, server")->stable);
	world_compare_again(more, none);
	cr_expect_not(find(more, "segment", "lost", "connection 0, client")->stable);
	g_ptr_array_free(more, TRUE);
	g_ptr_array_free(none, TRUE);
	g_ptr_array_free(all, TRUE);
}
