#include "compare/scripts.h"

#include "compare/account_sut.h"
#include "compare/child.h"
#include "live/sut_kernel.h"
#include "script/system/host.h"
#include <string.h>

#define TRIES	   3
#define PATIENCE_S 300

static const struct tolerance TOLERANCE = TOLERANCE_DEFAULT;

/* For whom a system is made, and who writes down what it does. */
struct making {
	const struct tcpsim_profile *profile;
	struct account *account;
};

static struct sut *make_model(const struct script_config *config, const struct script_files *files,
	void *context, GError **error)
{
	const struct making *making = context;
	struct sut *sut = sut_host_new(making->profile, config, files, false, error);

	return sut != NULL ? account_sut(sut, making->account, NULL) : NULL;
}

static struct sut *make_kernel(const struct script_config *config, const struct script_files *files,
	void *account, GError **error)
{
	struct sut *sut = sut_kernel_new(config, files, error);

	return sut != NULL ? account_sut(sut, account, NULL) : NULL;
}

/* The side takes the verdict; the report is freed. */
static void take_report(
	struct script_side *side, struct suite_report *report, struct account *account)
{
	side->verdict = report->result->verdict;
	side->line = report->result->line;
	side->message = g_strdup(report->result->message);
	side->account = account;
	suite_report_free(report);
}

static void run_model(const struct suite_options *base, struct script_pair *pair)
{
	struct suite_options options = *base;
	atomic_int line = 0;
	struct account *account = account_new();
	struct making making = {base->profile, account};
	struct suite_report *report;

	options.make = make_model;
	options.make_context = &making;
	report = suite_run_one(&options, pair->script, &line);
	pair->ip = report->ip;
	take_report(&pair->model, report, account);
}

struct kernel_run {
	const struct suite_options *base;
	struct script_pair *pair;
};

static void side_write(const struct script_side *side, GByteArray *out)
{
	int head[3] = {(int)side->verdict, side->line,
		side->message != NULL ? (int)strlen(side->message) : -1};

	g_byte_array_append(out, (const guint8 *)head, sizeof(head));
	if (side->message != NULL)
		g_byte_array_append(out, (const guint8 *)side->message, (guint)head[2]);
	account_write(side->account, out);
}

static void side_read(struct script_side *side, const uint8_t *at, const uint8_t *end)
{
	int head[3];

	if (end - at < (ptrdiff_t)sizeof(head))
		return;
	memcpy(head, at, sizeof(head));
	at += sizeof(head);
	if (head[2] > end - at)
		return;
	side->verdict = (enum script_verdict)head[0];
	side->line = head[1];
	if (head[2] >= 0) {
		side->message = g_strndup((const char *)at, (gsize)head[2]);
		at += head[2];
	}
	side->account = account_read(&at, end);
}

static void run_kernel(void *context, GByteArray *out)
{
	struct kernel_run *run = context;
	struct suite_options options = *run->base;
	atomic_int line = 0;
	struct script_side side = {0};
	struct account *account = account_new();

	options.make = make_kernel;
	options.make_context = account;
	take_report(&side, suite_run_one(&options, run->pair->script, &line), account);
	side_write(&side, out);
}

static void side_clear(struct script_side *side)
{
	g_free(side->message);
	account_free(side->account);
	*side = (struct script_side){0};
}

/* A kernel's answer has come: what it says, and whether it is the same. */
static void take_answer(struct script_pair *pair, const struct child *child)
{
	side_clear(&pair->kernel);
	difference_clear(&pair->difference);
	pair->tries++;
	pair->kernel.verdict = SCRIPT_FAULT;
	if (child->why == NULL)
		side_read(
			&pair->kernel, child->bytes->data, child->bytes->data + child->bytes->len);
	else
		pair->kernel.message = g_strdup(child->why);
	if (pair->kernel.account != NULL)
		pair->difference =
			difference_first(pair->model.account, pair->kernel.account, &TOLERANCE, 0);
}

static bool agree(const struct script_pair *pair)
{
	return pair->kernel.account != NULL && pair->difference.kind == DIFFERENCE_NONE &&
	       pair->model.verdict == pair->kernel.verdict;
}

/* On the kernel, as many at once as there are `jobs`; those of `pairs` that `wanted` names. */
static void run_all(const struct suite_options *options, struct script_pair *pairs, guint n,
	unsigned jobs, bool only_differing)
{
	struct children *children = children_new(jobs, PATIENCE_S);
	struct kernel_run *runs = g_new0(struct kernel_run, n + 1);
	struct child *child;
	guint at = 0;

	do {
		for (; at < n && children_have_room(children); at++) {
			runs[at] = (struct kernel_run){options, &pairs[at]};
			if (!only_differing || !agree(&pairs[at]))
				children_start(children, run_kernel, &runs[at]);
		}
		child = children_next(children);
		if (child != NULL) {
			take_answer(((struct kernel_run *)child->context)->pair, child);
			child_free(child);
		}
	} while (child != NULL || at < n);
	g_free(runs);
	children_free(children);
}

void scripts_compare(const struct suite_options *options, const GPtrArray *scripts, unsigned jobs,
	void (*each)(void *context, const struct script_pair *pair), void *context)
{
	struct script_pair *pairs = g_new0(struct script_pair, scripts->len + 1);

	for (guint i = 0; i < scripts->len; i++) {
		pairs[i].script = g_ptr_array_index(scripts, i);
		pairs[i].path = pairs[i].script->path;
		run_model(options, &pairs[i]);
	}
	run_all(options, pairs, scripts->len, jobs, false);
	for (int again = 1; again < TRIES; again++)
		run_all(options, pairs, scripts->len, 1, true);
	for (guint i = 0; i < scripts->len; i++) {
		each(context, &pairs[i]);
		side_clear(&pairs[i].model);
		side_clear(&pairs[i].kernel);
		difference_clear(&pairs[i].difference);
	}
	g_free(pairs);
}
