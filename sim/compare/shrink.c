#include "compare/shrink.h"
#include "compare/survey.h"

#include "compare/play.h"
#include <string.h>

#define ROUNDS_MAX 12
/* What a finding is watched for after its difference. */
#define TAIL_NS INT64_C(60000000)

/* Without the events [from, from + n); what followed keeps its distance from what was before. */
static struct scenario *without(const struct scenario *s, guint from, guint n)
{
	struct scenario *c = scenario_copy(s);

	g_array_remove_range(c->events, from, MIN(n, c->events->len - from));
	return c;
}

static void add(GPtrArray *out, struct scenario *s)
{
	g_ptr_array_add(out, s);
}

/* Gaps of a few plain lengths: 10 ms, or what a timer needs. */
static struct scenario *plain_gaps(const struct scenario *s)
{
	static const int64_t PLAIN[] = {1000000, 10000000, 50000000, 250000000, 1000000000};
	struct scenario *c = scenario_copy(s);
	int64_t before = 0, at = 0;

	for (guint i = 0; i < c->events->len; i++) {
		struct scenario_event *e = &g_array_index(c->events, struct scenario_event, i);
		int64_t gap = e->time_ns - before, plain = 0;

		before = e->time_ns;
		for (size_t k = 0; k < G_N_ELEMENTS(PLAIN); k++)
			if (gap >= PLAIN[k] / 2)
				plain = PLAIN[k];
		at += MAX(plain, 1000000);
		e->time_ns = at;
	}
	c->end_ns = at + (s->end_ns - before);
	return c;
}

static struct scenario *plain_segments(const struct scenario *s)
{
	struct scenario *c = scenario_copy(s);

	for (guint i = 0; i < c->events->len; i++) {
		struct scenario_event *e = &g_array_index(c->events, struct scenario_event, i);

		if (e->kind != SCENARIO_SEGMENT)
			continue;
		e->segment.tos = 0;
		e->segment.ttl = 64;
		e->segment.has &= (uint16_t) ~(TCPSIM_HAS_WSCALE);
	}
	return c;
}

/* Nothing after the difference is needed: what is tried ends there, so that it is over soon. */
static struct scenario *cut(const struct survey_finding *f)
{
	struct scenario *c = scenario_copy(f->scenario);
	guint n = MIN(f->difference.event + 1, c->events->len);

	g_array_set_size(c->events, n);
	c->end_ns = f->difference.time_ns + TAIL_NS;
	return c;
}

static bool is_congestion_control(const struct scenario *s, guint i)
{
	return strcmp(g_array_index(s->settings, struct scenario_setting, i).name,
		       SCENARIO_CONGESTION_CONTROL) == 0;
}

static GPtrArray *candidates(const struct survey_finding *f)
{
	struct scenario *s = cut(f), *c;
	GPtrArray *out = g_ptr_array_new();
	guint n = s->events->len;

	for (guint size = n / 2; size > 0; size /= 2)
		for (guint at = 0; at + size <= n; at += size)
			add(out, without(s, at, size));
	for (guint i = 0; i < s->settings->len; i++) {
		/* it does not matter here, but may where the script is replayed */
		if (is_congestion_control(s, i))
			continue;
		c = scenario_copy(s);
		g_array_remove_index(c->settings, i);
		add(out, c);
	}
	add(out, plain_gaps(s));
	add(out, plain_segments(s));
	add(out, s);
	return out;
}

static gint64 weight(const struct scenario *s)
{
	return (gint64)(s->events->len + s->settings->len) * INT64_C(100000000000) + s->end_ns;
}

/* Takes the job's scenario for the finding's when it is less and still differs so. */
static bool take(
	const struct tcpsim_profile *profile, struct survey_finding *f, struct lab_job *job)
{
	struct account *model;
	struct difference d;
	char *why = NULL;
	char *kind;
	bool same;

	if (job->account == NULL || weight(job->scenario) > weight(f->scenario))
		return false;
	model = lab_play_model(job->scenario, profile, &why);
	g_free(why);
	if (model == NULL)
		return false;
	d = survey_difference(model, job->account);
	kind = d.kind != DIFFERENCE_NONE ? survey_kind(job->account, &d) : NULL;
	same = g_strcmp0(kind, f->kind) == 0;
	g_free(kind);
	if (!same) {
		account_free(model);
		difference_clear(&d);
		return false;
	}
	scenario_free(f->scenario);
	account_free(f->model);
	account_free(f->kernel);
	difference_clear(&f->difference);
	f->scenario = scenario_copy(job->scenario);
	f->model = model;
	f->kernel = job->account;
	f->difference = d;
	job->account = NULL;
	return true;
}

void shrink_finding(
	struct lab *lab, const struct tcpsim_profile *profile, struct survey_finding *finding)
{
	for (int round = 0; round < ROUNDS_MAX; round++) {
		GPtrArray *all = candidates(finding);
		bool less = false;
		struct lab_job *job;
		guint at = 0;

		do {
			while (at < all->len && lab_has_room(lab)) {
				job = g_new0(struct lab_job, 1);
				job->scenario = g_ptr_array_index(all, at++);
				lab_start(lab, job);
			}
			job = lab_next(lab);
			if (job != NULL) {
				gint64 before = weight(finding->scenario);

				less |= take(profile, finding, job) &&
					weight(finding->scenario) < before;
				lab_job_free(job);
			}
		} while (job != NULL || at < all->len);
		g_ptr_array_unref(all);
		if (!less)
			return;
	}
}
