#include "compare/survey.h"

#include "compare/call_text.h"
#include "compare/lab.h"
#include "compare/play.h"
#include "compare/race.h"
#include "compare/shrink.h"
#include <string.h>

/* Gaps longer by these: numbers that no timer's rounding has in common. */
static const double STRETCH[] = {1.0, 1.13, 1.31};
#define STRETCHED (int)G_N_ELEMENTS(STRETCH)
/* Then, where a timer and an event came close, with the two drawn apart. */
#define DRAWN_APART  3
#define KINDS_SHRUNK 24

struct state {
	const struct survey_options *options;
	struct survey *survey;
	struct lab *lab;
	GHashTable *kinds; /* kind -> struct survey_finding */
	uint64_t next;
	gint64 until;
	const char *congestion_control;
	GQueue again; /* struct lab_job: to be run once more */
};

static const struct tolerance TOLERANCE = TOLERANCE_DEFAULT;

/* TCP_INFO apart: a figure that differs hides nothing else. */
struct difference survey_difference(const struct account *model, const struct account *kernel)
{
	struct difference d = difference_first(model, kernel, &TOLERANCE, DIFFERENCE_BUT_FIGURES);

	return d.kind != DIFFERENCE_NONE ? d : difference_first(model, kernel, &TOLERANCE, 0);
}

static bool agrees(const struct account *model, const struct account *kernel, unsigned flags)
{
	struct difference d = difference_first(model, kernel, &TOLERANCE, flags);
	bool same = d.kind == DIFFERENCE_NONE;

	difference_clear(&d);
	return same;
}

/* The word of a call, or the flags of a segment: what came last before the two parted. */
static void name_event(const struct account *kernel, const struct difference *d, GString *out)
{
	for (guint i = kernel->entries->len; i > 0; i--) {
		const struct account_entry *e = g_ptr_array_index(kernel->entries, i - 1);

		if (e->start_ns > d->time_ns || (e->kind != ACCOUNT_CALL && e->kind != ACCOUNT_IN))
			continue;
		if (e->kind == ACCOUNT_CALL) {
			g_string_append_len(out, e->text, (gssize)strcspn(e->text, "("));
		} else {
			char *text = account_packet_text(kernel, i - 1);

			g_string_append_printf(out, "< %.*s", (int)strcspn(text, " "), text);
			g_free(text);
		}
		return;
	}
	g_string_append(out, "nothing");
}

/* The name of the first figure that differs, without descriptor and value. */
static void name_figure(const struct difference *d, GString *out)
{
	const char *text = d->kernel[0] != '\0' ? d->kernel : d->model, *colon = strchr(text, ':'),
		   *name = colon != NULL ? colon + 1 : text;

	g_string_append_printf(out, " %.*s", (int)strcspn(name, "="), name);
}

char *survey_kind(const struct account *kernel, const struct difference *d)
{
	GString *out = g_string_new(difference_kind_name(d->kind));

	g_string_append_printf(out, " %s", d->field);
	if (d->kind == DIFFERENCE_STATE && strcmp(d->field, "tcp_info") == 0)
		name_figure(d, out);
	if (d->kind == DIFFERENCE_CALL) {
		const struct account_entry *e = g_ptr_array_index(kernel->entries, d->kernel_at);
		const char *comma = strchr(e->text, ',');
		bool option = g_str_has_prefix(e->text, "getsockopt") ||
			      g_str_has_prefix(e->text, "setsockopt") ||
			      g_str_has_prefix(e->text, "ioctl");

		g_string_append_printf(out, " of %.*s", (int)strcspn(e->text, "("), e->text);
		if (option && comma != NULL)
			g_string_append_printf(out, "%.*s", (int)strcspn(comma, ".["), comma);
	} else {
		g_string_append(out, " after ");
		name_event(kernel, d, out);
	}
	return g_string_free(out, FALSE);
}

static void keep(struct state *s, struct lab_job *job, struct account *model, struct difference *d,
	const char *kind)
{
	struct survey_finding *f = g_hash_table_lookup(s->kinds, kind);

	if (f == NULL) {
		f = g_new0(struct survey_finding, 1);
		f->kind = g_strdup(kind);
		f->scenario = scenario_copy(job->scenario);
		f->model = model;
		f->kernel = job->account;
		f->difference = *d;
		job->account = NULL;
		g_hash_table_insert(s->kinds, f->kind, f);
		g_ptr_array_add(s->survey->findings, f);
	} else {
		account_free(model);
		difference_clear(d);
	}
	f->count++;
}

void survey_count(struct survey_counts *c, const struct survey_verdict *v)
{
	c->scenarios++;
	c->unstable += v->unstable;
	c->races += v->race;
	c->agree_but_figures += v->but_figures;
	c->agree_all += v->all;
	c->agree_but_window += v->but_window;
	c->agree_calls += v->calls;
	c->agree_states += v->states;
	c->plain += v->plain;
	c->plain_agree += v->plain && v->but_figures;
}

static struct survey_verdict verdict_on(
	const struct lab_job *job, const struct account *model, const char *kind)
{
	const struct account *kernel = job->account;

	return (struct survey_verdict){.all = agrees(model, kernel, 0),
		.but_figures = agrees(model, kernel, DIFFERENCE_BUT_FIGURES),
		.but_window = agrees(model, kernel, DIFFERENCE_BUT_FIGURES | DIFFERENCE_BUT_WINDOW),
		.calls = agrees(model, kernel, DIFFERENCE_ONLY_CALLS),
		.states = agrees(model, kernel, DIFFERENCE_ONLY_STATES | DIFFERENCE_BUT_FIGURES),
		.plain = job->style == IMPROVISE_PLAIN,
		.unstable = kind == NULL && job->round > 0 && job->round < STRETCHED,
		.race = kind == NULL && job->round >= STRETCHED,
		.kind = kind};
}

static void not_judged(struct state *s, struct lab_job *job)
{
	if (s->survey->why == NULL)
		s->survey->why = g_strdup(job->why);
	s->survey->counts.scenarios++;
	s->survey->counts.failed++;
	lab_job_free(job);
}

/* Otherwise timed, to be run once more; false: it was tried enough. */
static bool retime(struct lab_job *job, const struct account *model, const struct difference *d)
{
	int round = job->round + 1;

	if (round >= STRETCHED + DRAWN_APART)
		return false;
	if (round >= STRETCHED)
		return race_draw_apart(job->scenario, model, job->account, d, &TOLERANCE);
	scenario_stretch(job->scenario, STRETCH[round] / STRETCH[round - 1]);
	return true;
}

static void again(struct state *s, struct lab_job *job)
{
	job->round++;
	job->improvise = false;
	account_free(job->account);
	job->account = NULL;
	g_queue_push_tail(&s->again, job);
}

/* It agreed, or differed each time. */
static void tell(struct state *s, struct lab_job *job, struct account *model, struct difference *d)
{
	char *kind = d->kind != DIFFERENCE_NONE ? survey_kind(job->account, d) : NULL;
	struct survey_verdict verdict = verdict_on(job, model, kind);

	survey_count(&s->survey->counts, &verdict);
	if (s->options->each != NULL)
		s->options->each(s->options->context, job->scenario, job->account, &verdict);
	if (kind != NULL)
		keep(s, job, model, d, kind);
	else
		account_free(model);
	g_free(kind);
	lab_job_free(job);
}

/* One run on the kernel is over: agreed, to be run again, or found. */
static void judge(struct state *s, struct lab_job *job)
{
	struct account *model = NULL;
	struct difference d = {0};

	if (job->account != NULL)
		model = lab_play_model(job->scenario, s->options->profile, &job->why);
	if (model == NULL) {
		not_judged(s, job);
		return;
	}
	d = survey_difference(model, job->account);
	if (d.kind == DIFFERENCE_NONE || !retime(job, model, &d)) {
		tell(s, job, model, &d);
		return;
	}
	account_free(model);
	difference_clear(&d);
	again(s, job);
}

static struct lab_job *next_job(struct state *s)
{
	const struct survey_options *o = s->options;
	struct lab_job *job = g_new0(struct lab_job, 1);
	uint64_t seed = o->seed + s->next++;

	job->scenario = scenario_new(seed, o->ip);
	job->improvise = true;
	job->style = seed * 37 % 100 < o->plain_percent ? IMPROVISE_PLAIN : IMPROVISE_ODD;
	if (o->other == NULL) /* else the system has it of itself */
		scenario_set(job->scenario, SCENARIO_CONGESTION_CONTROL, s->congestion_control);
	if (o->random_settings)
		scenario_draw_settings(job->scenario);
	return job;
}

/* Whether there is another scenario; those that nobody wants are passed over. */
static bool more(struct state *s)
{
	const struct survey_options *o = s->options;

	while (o->wants != NULL && o->n > 0 && s->next < o->n &&
		!o->wants(o->context, o->seed + s->next))
		s->next++;
	return s->options->n > 0 ? s->next < s->options->n : g_get_monotonic_time() < s->until;
}

static gint by_count(gconstpointer a, gconstpointer b)
{
	const struct survey_finding *fa = *(struct survey_finding *const *)a,
				    *fb = *(struct survey_finding *const *)b;

	return fa->count != fb->count ? (fa->count < fb->count ? 1 : -1)
				      : strcmp(fa->kind, fb->kind);
}

static void finding_free(void *data)
{
	struct survey_finding *f = data;

	g_free(f->kind);
	scenario_free(f->scenario);
	account_free(f->model);
	account_free(f->kernel);
	difference_clear(&f->difference);
	g_free(f);
}

struct survey *survey_run(const struct survey_options *options,
	void (*progress)(void *context, const struct survey_counts *counts), void *context,
	GError **error)
{
	struct state s = {.options = options};
	gint64 start = g_get_monotonic_time();
	struct lab_job *job;

	s.congestion_control = options->other != NULL ? "cubic" : lab_congestion_control(error);
	if (s.congestion_control == NULL)
		return NULL;
	s.survey = g_new0(struct survey, 1);
	s.survey->findings = g_ptr_array_new_with_free_func(finding_free);
	s.kinds = g_hash_table_new(g_str_hash, g_str_equal);
	s.lab = options->other != NULL ? lab_new_model(options->other) : lab_new(options->jobs);
	s.until = start + options->minutes * 60 * G_USEC_PER_SEC;
	g_queue_init(&s.again);
	for (;;) {
		while (lab_has_room(s.lab) && (!g_queue_is_empty(&s.again) || more(&s)))
			lab_start(s.lab, g_queue_is_empty(&s.again) ? next_job(&s)
								    : g_queue_pop_head(&s.again));
		job = lab_next(s.lab);
		if (job == NULL)
			break;
		judge(&s, job);
		if (progress != NULL)
			progress(context, &s.survey->counts);
	}
	s.survey->counts.wall_ns = (g_get_monotonic_time() - start) * 1000;
	g_ptr_array_sort(s.survey->findings, by_count);
	for (guint i = 0; options->shrink && i < MIN(s.survey->findings->len, KINDS_SHRUNK); i++)
		shrink_finding(s.lab, options->profile, g_ptr_array_index(s.survey->findings, i));
	g_hash_table_unref(s.kinds);
	lab_free(s.lab);
	return s.survey;
}

void survey_free(struct survey *survey)
{
	g_ptr_array_unref(survey->findings);
	g_free(survey->why);
	g_free(survey);
}
