#include "compare/lab.h"

#include "compare/child.h"
#include "compare/play.h"
#include "live/sut_kernel.h"
#include <string.h>

/* A scenario lasts a few seconds; one that is not over by then hangs. */
#define PATIENCE_S 60

struct lab {
	struct children *children; /* NULL: `model` answers */
	const struct tcpsim_profile *model;
	GQueue done; /* struct lab_job: those that the model has played */
};

/* --- in the child --- */

/* No files: a scenario has none. They outlive the system, as the process that makes it does. */
static struct sut *make_kernel(const struct scenario *scenario, GError **error)
{
	struct script_config config;
	struct sut *sut;

	scenario_config(scenario, &config);
	sut = sut_kernel_new(&config, script_files_new(NULL, NULL), error);
	script_config_clear(&config);
	/* Where CUBIC is not allowed it is reno in the scenario, too: lab_congestion_control(). */
	if (sut != NULL && !live_namespace_settings(error)) {
		sut->ops->free(sut);
		return NULL;
	}
	return sut;
}

/* The first byte tells what follows: a scenario and its account, or why there is none. */
static void work(void *context, GByteArray *out)
{
	const struct lab_job *job = context;
	GError *error = NULL;
	struct account *account = NULL;
	struct sut *sut = make_kernel(job->scenario, &error);

	if (sut != NULL)
		account = job->improvise ? scenario_improvise(job->scenario, job->style, sut)
					 : scenario_play(job->scenario, sut);
	g_byte_array_append(out, (const guint8 *)(account != NULL ? "+" : "-"), 1);
	if (account != NULL) {
		scenario_write(job->scenario, out);
		account_write(account, out);
	} else {
		g_byte_array_append(
			out, (const guint8 *)error->message, (guint)strlen(error->message));
	}
}

/* --- in the parent --- */

struct lab *lab_new(unsigned jobs)
{
	struct lab *lab = g_new0(struct lab, 1);

	lab->children = children_new(jobs, PATIENCE_S);
	return lab;
}

struct lab *lab_new_model(const struct tcpsim_profile *profile)
{
	struct lab *lab = g_new0(struct lab, 1);

	lab->model = profile;
	g_queue_init(&lab->done);
	return lab;
}

void lab_job_free(struct lab_job *job)
{
	if (job == NULL)
		return;
	scenario_free(job->scenario);
	account_free(job->account);
	g_free(job->why);
	g_free(job);
}

void lab_free(struct lab *lab)
{
	if (lab->children != NULL)
		children_free(lab->children);
	g_free(lab);
}

bool lab_has_room(const struct lab *lab)
{
	return lab->children != NULL ? children_have_room(lab->children) : lab->done.length == 0;
}

void lab_start(struct lab *lab, struct lab_job *job)
{
	if (lab->children != NULL) {
		children_start(lab->children, work, job);
		return;
	}
	job->account = job->improvise
			       ? scenario_improvise_model(job->scenario, job->style, lab->model)
			       : scenario_play_model(job->scenario, lab->model, NULL);
	if (job->account == NULL)
		job->why = g_strdup("the other model cannot be set up");
	g_queue_push_tail(&lab->done, job);
}

static void read_answer(struct lab_job *job, const GByteArray *bytes)
{
	const uint8_t *at = bytes->data, *end = bytes->data + bytes->len;
	struct scenario *played;

	if (bytes->len == 0) {
		job->why = g_strdup("the run gave no answer");
		return;
	}
	if (*at++ == '-') {
		job->why = g_strndup((const char *)at, (gsize)(end - at));
		return;
	}
	played = scenario_read(&at, end);
	if (played != NULL) {
		scenario_free(job->scenario);
		job->scenario = played;
		job->account = account_read(&at, end);
	}
	if (job->account == NULL)
		job->why = g_strdup("the run's answer is torn");
}

struct lab_job *lab_next(struct lab *lab)
{
	struct child *child;
	struct lab_job *job;

	if (lab->children == NULL)
		return g_queue_pop_head(&lab->done);
	child = children_next(lab->children);
	if (child == NULL)
		return NULL;
	job = child->context;
	if (child->why != NULL)
		job->why = g_strdup(child->why);
	else
		read_answer(job, child->bytes);
	child_free(child);
	return job;
}

/* --- the model, which may hang as any program may --- */

/* Virtual time is quick: a scenario takes milliseconds. */
#define MODEL_PATIENCE_S 20

struct model_work {
	const struct scenario *scenario;
	const struct tcpsim_profile *profile;
};

static void work_model(void *context, GByteArray *out)
{
	const struct model_work *w = context;
	struct account *account = scenario_play_model(w->scenario, w->profile, NULL);

	if (account != NULL)
		account_write(account, out);
}

struct account *lab_play_model(
	const struct scenario *scenario, const struct tcpsim_profile *profile, char **why)
{
	struct model_work work = {scenario, profile};
	struct children *children = children_new(1, MODEL_PATIENCE_S);
	struct account *account = NULL;
	struct child *child;

	children_start(children, work_model, &work);
	child = children_next(children);
	if (child->why == NULL && child->bytes->len > 0) {
		const uint8_t *at = child->bytes->data;

		account = account_read(&at, at + child->bytes->len);
	}
	if (account == NULL)
		*why = g_strdup_printf("scenario %" G_GUINT64_FORMAT " on the model: %s",
			scenario->seed, child->why != NULL ? child->why : "it cannot be set up");
	child_free(child);
	children_free(children);
	return account;
}

static void try_cubic(void *context, GByteArray *out)
{
	GError *error = NULL;
	struct scenario *none = scenario_new(0, SCRIPT_IPV4);
	struct sut *sut = make_kernel(none, &error);
	const char *answer = sut == NULL ? error->message
			     : live_sysctl_set(SCENARIO_CONGESTION_CONTROL, "cubic", NULL)
				     ? "+cubic"
				     : "+reno";

	g_byte_array_append(out, (const guint8 *)answer, (guint)strlen(answer) + 1);
}

const char *lab_congestion_control(GError **error)
{
	struct children *children = children_new(1, PATIENCE_S);
	const char *answer = NULL, *found = NULL;
	struct child *child;

	children_start(children, try_cubic, NULL);
	child = children_next(children);
	if (child->why == NULL && child->bytes->len > 0)
		answer = (const char *)child->bytes->data;
	if (answer != NULL && answer[0] == '+')
		found = answer[1] == 'c' ? "cubic" : "reno";
	else
		g_set_error_literal(error, LIVE_ERROR, LIVE_ERROR_NAMESPACE,
			answer != NULL ? answer : child->why);
	child_free(child);
	children_free(children);
	return found;
}
