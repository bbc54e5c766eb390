/* A lesson with this machine's kernel in the place of hosts, beside the model's answers. See
 * lessons.h. */
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/terminal.h"
#include "command.h"
#include "commands.h"
#include "compare/world_account.h"
#include "compare/world_compare.h"
#include "lesson/answer.h"
#include "lesson_kernel.h"
#include "lesson_terminal.h"
#include "lessons.h"
#include "time_units.h"
#include "traces/report/words.h"
#include "worldfile/file.h"

/* Time after which it is worth saying that it takes some. */
#define LONG_S 5

/* Those that the lesson names, or the Linux hosts; empty: it has none. */
static char **hosts_of(const struct lesson *lesson, const struct timeline *model)
{
	GStrvBuilder *hosts = g_strv_builder_new();
	char **all;

	if (lesson->kernels) {
		g_strv_builder_unref(hosts);
		return g_strsplit(lesson->kernels, " ", -1);
	}
	for (guint i = 0; i < model->nodes->len; i++) {
		const struct timeline_node *node = timeline_node(model, i);

		if (g_strcmp0(node->system, "linux") == 0)
			g_strv_builder_add(hosts, node->name);
	}
	all = g_strv_builder_end(hosts);
	g_strv_builder_unref(hosts);
	return all;
}

/* The world is run by the real clock, as somebody who waits should know. */
static void say_how_long(const struct timeline *model)
{
	int64_t last_ns = 0;

	for (guint i = 0; i < model->items->len; i++) {
		const struct timeline_item *item = timeline_at(model, i);

		if (item->kind == TIMELINE_SEGMENT || item->kind == TIMELINE_CALL)
			last_ns = MAX(last_ns, MAX(item->time_ns, item->until_ns));
	}
	if (isatty(STDOUT_FILENO) && last_ns > LONG_S * NSEC_PER_SEC) {
		printf("By the real clock: the model's run takes %.0f s, the kernel's about as "
		       "long.\n",
			(double)last_ns * 1e-9);
		fflush(stdout);
	}
}

static struct world_account *run_kernel(
	const struct lesson *lesson, char *const *hosts, char **error)
{
	struct world_file *file = lessons_world_file(lesson, error);
	struct world_account *account = NULL;

	for (guint i = 0; file && hosts[i]; i++)
		if (!world_file_make_kernel(file, hosts[i]) && !*error)
			*error = g_strdup_printf("lesson %s: kernels: there is no host '%s'",
				lesson->name, hosts[i]);
	if (file && !*error)
		account = world_account_kernel(file, NULL, error);
	world_file_free(file);
	return account;
}

static void print_head(const struct lesson *lesson, char *const *hosts,
	const struct world_account *kernel, const struct report_style *style)
{
	char *all = g_strjoinv(", ", (char **)hosts), *text;
	struct utsname system;

	uname(&system);
	printf("%s%s%s\n", words_colour(style, TERMINAL_BOLD), lesson->title,
		words_colour(style, TERMINAL_PLAIN));
	text = g_strdup_printf("%s %s in the place of %s, %.1f s by the real clock.%s",
		system.sysname, system.release, all, (double)kernel->end_ns * 1e-9,
		kernel->lateness.late ? " The machine was busy, and some of it late: run it again "
					"before you believe a time."
				      : "");
	words_wrap(style, 0, false, text);
	g_free(text);
	g_free(all);
}

/* One question: what the kernel's run says, and whether the model's says so too. */
static void print_question(const struct report_style *style, guint number,
	const struct lesson_question *q, const struct timeline *model,
	const struct world_account *kernel)
{
	int64_t slack_ns = WORLD_LEAST_NS + kernel->lateness.worst_ns;
	char *error = NULL, *why = NULL, *here = lesson_answer(kernel->timeline, q, &why),
	     *there = lesson_answer(model, q, &error);
	bool same = here && lesson_agrees(model, kernel->timeline, q, slack_ns);

	printf("\n%s%u.%s ", words_colour(style, TERMINAL_BOLD), number,
		words_colour(style, TERMINAL_PLAIN));
	words_wrap(style, 3, true, q->text);
	printf("   kernel  %s\n   model   %s%s\n", here ? here : "nothing of that kind happened",
		there ? there : "nothing of that kind happened", same ? "" : "   (not the same)");
	g_free(error);
	g_free(why);
	g_free(here);
	g_free(there);
}

static void tell(const struct lesson *lesson, char *const *hosts, const struct timeline *model,
	const struct world_account *kernel)
{
	struct report_style style = {.out = stdout,
		.colour = terminal_wants_colour(stdout),
		.width = terminal_width(stdout, 100)};

	print_head(lesson, hosts, kernel, &style);
	for (guint i = 0; i < lesson->questions->len; i++)
		print_question(&style, i + 1, lesson->questions->pdata[i], model, kernel);
	lessons_show(lesson, kernel->timeline, &style);
}

int lessons_kernel(const struct lesson *lesson)
{
	struct timeline *model = lessons_run(lesson, false);
	char **hosts = model ? hosts_of(lesson, model) : NULL, *error = NULL;
	struct world_account *kernel = NULL;
	int status = STATUS_USAGE;

	if (!model)
		return status;
	say_how_long(model);
	kernel = run_kernel(lesson, hosts, &error);
	if (kernel) {
		tell(lesson, hosts, model, kernel);
		status = STATUS_OK;
	} else {
		command_error("%s", error);
	}
	world_account_free(kernel);
	g_free(error);
	g_strfreev(hosts);
	timeline_free(model);
	return status;
}
