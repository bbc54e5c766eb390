/* Worlds on models and on the kernel, several at a time. See compare_world.h. */
#include "compare_world.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/json_line.h"
#include "base/near.h"
#include "command.h"
#include "commands.h"
#include "compare/child.h"
#include "compare/world_compare.h"
#include "compare_world_report.h"
#include "worldfile/build.h"
#include "worldfile/file.h"

#define PATIENCE_S 1800 /* several runs of three minutes */

/* What a child says first; then the text that it would have printed. */
struct verdict {
	enum { AGREES, DIFFERS, HAS_NO_LINUX, IS_WRONG } what;
	bool calls_differ, states_differ, more_than_window, is_unstable;
};

struct job {
	const char *path;
	const struct compare_world_options *options;
	struct verdict verdict;
	GBytes *text; /* once it is over */
};

/* --- which hosts --- */

static char *unknown_host(const struct tcpsim_world *world, const char *path, const char *name)
{
	const struct node *node = world_node(world, name);
	char *near, *why;

	if (node)
		return g_strdup_printf("compare: --kernel: '%s' of %s is no host", name, path);
	near = world_near_nodes(world, name);
	why = g_strdup_printf(
		"compare: --kernel: there is no host '%s' in %s: %s", name, path, near);
	g_free(near);
	return why;
}

/* The hosts that are to be kernels; empty: none. NULL and *error. */
static char **kernel_hosts(const struct job *job, const struct world_file *file, char **error)
{
	struct tcpsim_world *world = world_file_build(file, NULL, NULL, error);
	GPtrArray *hosts = g_ptr_array_new();
	char **named = job->options->kernel ? g_strsplit(job->options->kernel, ",", -1) : NULL;

	for (guint i = 0; world && !named && i < world->nodes->len; i++) {
		const struct node *node = world->nodes->pdata[i];

		if (node->kind == NODE_HOST && strcmp(node->profile.name, "linux") == 0)
			g_ptr_array_add(hosts, g_strdup(node->name));
	}
	for (guint i = 0; world && named && named[i] && !*error; i++) {
		const struct node *node = world_node(world, named[i]);

		if (node && node->kind == NODE_HOST)
			g_ptr_array_add(hosts, g_strdup(named[i]));
		else
			*error = unknown_host(world, job->path, named[i]);
	}
	g_ptr_array_add(hosts, NULL);
	g_strfreev(named);
	tcpsim_world_free(world);
	return (char **)g_ptr_array_free(hosts, FALSE);
}

/* --- in the child --- */

static struct world_account *run_kernel(const struct job *job, char *const *hosts, char **error)
{
	struct world_file *file = world_file_read(job->path, error);
	struct world_account *account = NULL;

	for (guint i = 0; file && hosts[i]; i++)
		world_file_make_kernel(file, hosts[i]);
	if (file)
		account = world_account_kernel(file, job->options->seed, error);
	world_file_free(file);
	return account;
}

/* A loaded machine is late: what is not there every time is its fault. */
static unsigned run_again(const struct job *job, char *const *hosts,
	const struct world_account *model, GPtrArray *differences)
{
	unsigned runs = 1;

	for (; differences->len && runs < job->options->runs; runs++) {
		char *error = NULL;
		struct world_account *kernel = run_kernel(job, hosts, &error);
		struct world_times times = {0};
		GPtrArray *again = kernel ? world_compare(model, kernel, &times) : NULL;

		if (again) {
			world_compare_again(differences, again);
			g_ptr_array_free(again, TRUE);
		}
		world_account_free(kernel);
		g_free(error);
	}
	return runs;
}

static struct verdict verdict_on(const GPtrArray *differences)
{
	struct verdict v = {.what = AGREES};

	for (guint i = 0; i < differences->len; i++) {
		const struct world_difference *d = differences->pdata[i];

		if (!d->stable) {
			v.is_unstable = true;
			continue;
		}
		v.what = DIFFERS;
		v.calls_differ |= strcmp(d->kind, "call") == 0 || strcmp(d->kind, "said") == 0;
		v.states_differ |= strcmp(d->kind, "state") == 0;
		v.more_than_window |= strcmp(d->field, "window") != 0;
	}
	v.is_unstable &= v.what == AGREES;
	return v;
}

/* Kernel first: the model then runs for as long. */
static struct verdict compare_one(
	const struct job *job, char *const *hosts, const struct world_file *file, char **error)
{
	struct world_account *kernel = run_kernel(job, hosts, error), *model = NULL;
	struct verdict verdict = {.what = IS_WRONG};
	struct world_times times = {0};
	GPtrArray *differences;

	if (kernel)
		model = world_account_model(file, job->options->seed, kernel->end_ns, error);
	if (model) {
		differences = world_compare(model, kernel, &times);
		unsigned runs = run_again(job, hosts, model, differences);

		verdict = verdict_on(differences);
		compare_world_report(
			&(struct compared_world){job->path, hosts, model, kernel, differences,
				times.farthest_ns, runs, verdict.what == AGREES},
			job->options->json, job->options->show_all);
		g_ptr_array_free(differences, TRUE);
	}
	world_account_free(model);
	world_account_free(kernel);
	return verdict;
}

static struct verdict print_none(const struct job *job)
{
	if (!job->options->json)
		printf("none    %s  (no host of it has the profile linux; --kernel HOST names "
		       "some)\n",
			job->path);
	return (struct verdict){.what = HAS_NO_LINUX};
}

static struct verdict compare_file(const struct job *job)
{
	char *error = NULL;
	struct world_file *file = world_file_read(job->path, &error);
	char **hosts = file ? kernel_hosts(job, file, &error) : NULL;
	struct verdict verdict = {.what = IS_WRONG};

	if (!error && hosts)
		verdict = hosts[0] ? compare_one(job, hosts, file, &error) : print_none(job);
	if (error)
		command_error("%s", error);
	g_free(error);
	g_strfreev(hosts);
	world_file_free(file);
	return verdict;
}

/* What it prints is kept until it is its turn. */
static void work(void *context, GByteArray *answer)
{
	const struct job *job = context;
	int kept = memfd_create("told", MFD_CLOEXEC);
	struct verdict verdict;
	guint8 buffer[65536];
	ssize_t n;

	fflush(stdout);
	dup2(kept, STDOUT_FILENO);
	verdict = compare_file(job);
	fflush(stdout);
	fflush(stderr);
	g_byte_array_append(answer, (const guint8 *)&verdict, sizeof(verdict));
	lseek(kept, 0, SEEK_SET);
	while ((n = read(kept, buffer, sizeof(buffer))) > 0)
		g_byte_array_append(answer, buffer, (guint)n);
}

/* --- in the parent --- */

static void take_answer(struct child *child)
{
	struct job *job = child->context;
	size_t head = sizeof(job->verdict);

	if (child->why || child->bytes->len < head) {
		command_error("compare: %s: %s", job->path,
			child->why ? child->why : "the run gave no answer");
		job->verdict.what = IS_WRONG;
		job->text = g_bytes_new(NULL, 0);
	} else {
		memcpy(&job->verdict, child->bytes->data, head);
		job->text = g_bytes_new(child->bytes->data + head, child->bytes->len - head);
	}
	child_free(child);
}

static void print_text(const struct job *job)
{
	gsize len;
	const void *text = g_bytes_get_data(job->text, &len);

	if (len > 0)
		fwrite(text, 1, len, stdout);
	fflush(stdout);
}

struct counts {
	unsigned worlds, agree, differ, none, wrong, agree_but_window, agree_calls, agree_states,
		unstable;
};

static void count(struct counts *c, const struct verdict *v)
{
	c->none += v->what == HAS_NO_LINUX;
	c->wrong += v->what == IS_WRONG;
	if (v->what != AGREES && v->what != DIFFERS)
		return;
	c->worlds++;
	c->agree += v->what == AGREES;
	c->differ += v->what == DIFFERS;
	c->agree_but_window += !v->more_than_window;
	c->agree_calls += !v->calls_differ;
	c->agree_states += !v->states_differ;
	c->unstable += v->is_unstable;
}

static void print_counts(const struct counts *c, bool json, gint64 start_us)
{
	struct utsname name;
	const char *kernel = uname(&name) == 0 ? name.release : "unknown";
	struct json_line *line;

	if (!json) {
		printf("\n%u world%s: %u the same, %u differ%s; Linux %s\n", c->worlds,
			c->worlds == 1 ? "" : "s", c->agree, c->differ,
			c->unstable ? ", some not each time" : "", kernel);
		return;
	}
	line = json_line_new("compare");
	json_int(line, "scenarios", c->worlds);
	json_int(line, "agree_all", c->agree);
	json_int(line, "agree_but_window", c->agree_but_window);
	json_int(line, "agree_calls", c->agree_calls);
	json_int(line, "agree_states", c->agree_states);
	json_int(line, "unstable", c->unstable);
	json_int(line, "not_run", c->none + c->wrong);
	json_string(line, "kernel", kernel);
	json_int(line, "wall_ns", (g_get_monotonic_time() - start_us) * 1000);
	json_line_print(line);
}

static int run_jobs(struct job *jobs, guint n, const struct compare_world_options *options)
{
	struct children *children = children_new(options->jobs, PATIENCE_S);
	gint64 start_us = g_get_monotonic_time();
	struct counts counts = {0};
	struct child *child = NULL;
	guint started = 0, printed = 0;

	do {
		while (started < n && children_have_room(children))
			children_start(children, work, &jobs[started++]);
		child = children_next(children);
		if (child)
			take_answer(child);
		for (; printed < n && jobs[printed].text; printed++) {
			print_text(&jobs[printed]);
			count(&counts, &jobs[printed].verdict);
			g_bytes_unref(jobs[printed].text);
		}
	} while (child || started < n);
	children_free(children);
	if (counts.worlds || options->json)
		print_counts(&counts, options->json, start_us);
	return counts.wrong ? STATUS_USAGE : counts.differ ? STATUS_NO : STATUS_OK;
}

int compare_worlds(const GPtrArray *paths, const struct compare_world_options *options)
{
	struct job *jobs = g_new0(struct job, paths->len);
	int status;

	for (guint i = 0; i < paths->len; i++)
		jobs[i] = (struct job){.path = paths->pdata[i], .options = options};
	status = run_jobs(jobs, paths->len, options);
	g_free(jobs);
	return status;
}

/* --- what is named --- */

static gint by_name(gconstpointer a, gconstpointer b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void add_folder(GPtrArray *paths, const char *folder)
{
	GDir *dir = g_dir_open(folder, 0, NULL);
	GPtrArray *found = g_ptr_array_new();
	const char *name;

	while (dir && (name = g_dir_read_name(dir)))
		if (g_str_has_suffix(name, ".world"))
			g_ptr_array_add(found, g_build_filename(folder, name, NULL));
	if (dir)
		g_dir_close(dir);
	g_ptr_array_sort(found, by_name);
	for (guint i = 0; i < found->len; i++)
		g_ptr_array_add(paths, found->pdata[i]);
	g_ptr_array_free(found, TRUE);
}

GPtrArray *compare_world_find(char **names, int n, char **error)
{
	GPtrArray *paths = g_ptr_array_new_with_free_func(g_free);
	const char *script = NULL;

	for (int i = 0; i < n; i++) {
		guint before = paths->len;

		if (g_str_has_suffix(names[i], ".world"))
			g_ptr_array_add(paths, g_strdup(names[i]));
		else
			add_folder(paths, names[i]);
		if (paths->len == before)
			script = names[i];
	}
	if (paths->len && script)
		*error = g_strdup_printf("compare: '%s' is no world and '%s' is one; compare them "
					 "one after the other",
			script, (char *)paths->pdata[0]);
	if (paths->len && !script)
		return paths;
	g_ptr_array_free(paths, TRUE);
	return NULL;
}
