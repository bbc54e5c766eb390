/* A lesson's file, and its run. See lesson.h. */
#include "lesson/lesson.h"

#include <string.h>

#include "timeline/witness.h"
#include "worldfile/build.h"
#include "worldfile/file.h"

#define MOST_ITEMS	 100000
#define MOST_CONNECTIONS 10000

static void free_question(gpointer data)
{
	struct lesson_question *q = data;

	g_free(q->text);
	g_free(q->find);
	g_free(q);
}

void lesson_free(struct lesson *l)
{
	if (!l)
		return;
	g_free(l->name);
	g_free(l->title);
	g_free(l->statement);
	g_free(l->says);
	g_free(l->world);
	g_free(l->show);
	g_free(l->kernel);
	g_free(l->kernels);
	g_free(l->exercise);
	g_strfreev(l->rules);
	g_ptr_array_free(l->questions, TRUE);
	g_free(l);
}

static char **place_of(struct lesson *l, const char *key)
{
	const struct {
		const char *key;
		char **place;
	} KEY[] = {{"title", &l->title}, {"statement", &l->statement}, {"says", &l->says},
		{"world", &l->world}, {"kernels", &l->kernels}, {"show", &l->show},
		{"kernel", &l->kernel}, {"exercise", &l->exercise}};

	for (guint i = 0; i < G_N_ELEMENTS(KEY); i++)
		if (strcmp(KEY[i].key, key) == 0)
			return KEY[i].place;
	return NULL;
}

/* The latest question, without an answer yet; NULL: none. */
static struct lesson_question *open_question(struct lesson *l)
{
	struct lesson_question *q =
		l->questions->len ? l->questions->pdata[l->questions->len - 1] : NULL;

	return q && !q->find ? q : NULL;
}

/* Each of these sets its key; NULL, or what is wrong. */

static const char *set_rules(struct lesson *l, const char *value, unsigned line)
{
	if (l->rules)
		return "it was set before";
	l->rules = g_strsplit_set(value, " ", -1);
	for (guint i = 0; l->rules[i]; i++)
		if (tcpsim_rule_by_name(l->rules[i]) == TCPSIM_RULE_NONE)
			return "it names a rule that is none: `tcpsim explain` lists them";
	return NULL;
}

static const char *set_ask(struct lesson *l, const char *value, unsigned line)
{
	struct lesson_question *q;

	if (open_question(l))
		return "the question before has no `find`";
	q = g_new0(struct lesson_question, 1);
	q->text = g_strdup(value);
	g_ptr_array_add(l->questions, q);
	return NULL;
}

static const char *set_find(struct lesson *l, const char *value, unsigned line)
{
	struct lesson_question *q = open_question(l);

	if (!q)
		return "a `find` without a question before it";
	q->find = g_strdup(value);
	q->line = line;
	return NULL;
}

static const char *set_within(struct lesson *l, const char *value, unsigned line)
{
	struct lesson_question *q =
		l->questions->len ? l->questions->pdata[l->questions->len - 1] : NULL;
	char *end;
	double percent = g_ascii_strtod(value, &end);

	if (!q)
		return "a `within` without a question before it";
	end += strspn(end, " ");
	if (end == value || strcmp(end, "%") != 0 || !(percent >= 0 && percent <= 100))
		return "`within` takes a part of the answer, 0 % to 100 %";
	q->within = percent / 100;
	return NULL;
}

static const char *set_key(struct lesson *l, const char *key, const char *value, unsigned line)
{
	static const struct {
		const char *key;
		const char *(*set)(struct lesson *l, const char *value, unsigned line);
	} KEY[] = {
		{"why", set_rules}, {"ask", set_ask}, {"find", set_find}, {"within", set_within}};
	char **place = place_of(l, key);

	if (place && *place)
		return "it was set before";
	if (place) {
		*place = g_strdup(value);
		return NULL;
	}
	for (guint i = 0; i < G_N_ELEMENTS(KEY); i++)
		if (strcmp(KEY[i].key, key) == 0)
			return KEY[i].set(l, value, line);
	return "there is no such key: title, statement, world, kernels, says, ask, find, within, "
	       "show, "
	       "why, kernel, exercise";
}

static const char *what_is_missing(struct lesson *l)
{
	if (!l->title)
		return "it has no title";
	if (!l->world)
		return "it has no world";
	if (!l->says)
		return "it has no says";
	if (!l->questions->len || open_question(l))
		return "a question has no find";
	return NULL;
}

/* Lines that are indented go on with the value before. */
static char *joined(char **line, guint *i)
{
	const char *first = strchr(line[*i], ':') + 1;
	GString *value = g_string_new(NULL);

	g_string_append(value, first + strspn(first, " "));
	while (line[*i + 1] && (line[*i + 1][0] == ' ' || line[*i + 1][0] == '\t')) {
		const char *more = line[++*i];

		g_string_append_printf(
			value, "%s%s", value->len ? " " : "", more + strspn(more, " \t"));
	}
	g_strchomp(value->str);
	return g_string_free(value, FALSE);
}

struct lesson *lesson_parse(const char *name, const char *text, char **error)
{
	struct lesson *l = g_new0(struct lesson, 1);
	char **line = g_strsplit(text, "\n", -1);
	const char *wrong = NULL;
	guint i = 0, at = 0;

	l->name = g_strdup(name);
	l->questions = g_ptr_array_new_with_free_func(free_question);
	for (; line[i] && !wrong; i++) {
		at = i + 1;
		if (!*line[i] || line[i][0] == '#')
			continue;
		if (!strchr(line[i], ':')) {
			wrong = "neither KEY: VALUE nor a # comment";
			break;
		}
		char *key = g_strndup(line[i], strcspn(line[i], ":"));
		char *value = joined(line, &i);

		wrong = set_key(l, key, value, at);
		g_free(value);
		g_free(key);
	}
	g_strfreev(line);
	wrong = wrong ? wrong : what_is_missing(l);
	if (!wrong)
		return l;
	*error = g_strdup_printf("%s.lesson:%u: %s", name, at, wrong);
	lesson_free(l);
	return NULL;
}

static void on_event(void *context, const struct tcpsim_event *event)
{
	witness_event(context, event);
}

struct timeline *lesson_run(const char *path, const char *text, bool variables, char **error)
{
	struct world_file *file = world_file_parse(path, text, strlen(text), error);
	struct world_settings settings = {0};
	struct tcpsim_world *world = file ? world_file_build(file, NULL, &settings, error) : NULL;
	struct timeline *timeline;
	struct witness *witness;

	world_file_free(file);
	if (!world)
		return NULL;
	timeline = timeline_new(MOST_ITEMS, MOST_CONNECTIONS);
	timeline->most_samples = variables ? MOST_ITEMS : 0;
	witness = witness_new(world, timeline, NULL);
	tcpsim_world_on_event(world, on_event, witness);
	tcpsim_world_run(world, settings.until_ns);
	witness_end(witness);
	witness_free(witness);
	tcpsim_world_free(world);
	world_settings_clear(&settings);
	return timeline;
}
