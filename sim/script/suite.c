#include "script/suite.h"

#include "script/parser.h"
#include "script/suite_workers.h"
#include "script/sut_host.h"
#include <string.h>

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Folders are entered in order of their names, files of a folder before its folders' ones. */
static bool search(const char *folder, GPtrArray *found, int depth, GError **error)
{
	GDir *dir = depth < 16 ? g_dir_open(folder, 0, error) : NULL;
	GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
	const char *name;
	bool ok = dir != NULL || depth >= 16;

	while (dir != NULL && (name = g_dir_read_name(dir)) != NULL)
		if (name[0] != '.')
			g_ptr_array_add(names, g_strdup(name));
	if (dir != NULL)
		g_dir_close(dir);
	g_ptr_array_sort(names, by_name);
	for (guint i = 0; i < names->len && ok; i++) {
		char *path =
			g_strconcat(folder, "/", (const char *)g_ptr_array_index(names, i), NULL);

		if (g_file_test(path, G_FILE_TEST_IS_DIR))
			ok = search(path, found, depth + 1, error);
		else if (g_str_has_suffix(path, ".pkt"))
			g_ptr_array_add(found, g_strdup(path));
		g_free(path);
	}
	g_ptr_array_unref(names);
	return ok;
}

GPtrArray *suite_find(char **paths, int n, GError **error)
{
	GPtrArray *found = g_ptr_array_new_with_free_func(g_free);

	for (int i = 0; i < n; i++) {
		char *path = g_strdup(paths[i]);
		size_t len = strlen(path);
		guint before = found->len;
		GError *why = NULL;

		while (len > 1 && path[len - 1] == '/')
			path[--len] = '\0';
		if (!g_file_test(path, G_FILE_TEST_IS_DIR)) {
			if (g_file_test(path, G_FILE_TEST_EXISTS))
				g_ptr_array_add(found, g_strdup(path));
			else
				g_set_error(&why, SCRIPT_ERROR, SCRIPT_ERROR_READ,
					"%s: no such file or folder; name scripts or folders of "
					"them",
					path);
		} else if (search(path, found, 0, &why) && found->len == before) {
			g_set_error(&why, SCRIPT_ERROR, SCRIPT_ERROR_READ,
				"%s: no scripts (*.pkt) in this folder; name another", path);
		}
		g_free(path);
		if (why != NULL) {
			g_propagate_error(error, why);
			g_ptr_array_unref(found);
			return NULL;
		}
	}
	return found;
}

/* "FILE:LINE:COLUMN: what" of a reader -> the line, and what. */
static struct script_result *result_of_error(const GError *error, const char *path)
{
	const char *message = error->message;
	int line = 0;

	if (g_str_has_prefix(message, path) && message[strlen(path)] == ':') {
		char *end;

		line = (int)g_ascii_strtoll(message + strlen(path) + 1, &end, 10);
		message = *end == ':' ? end + 1 : end;
		/* A syntax error has its column, too, which the line's text makes plain. */
		g_ascii_strtoll(message, &end, 10);
		if (end != message && *end == ':')
			message = end + 1;
		while (*message == ' ')
			message++;
	}
	return script_result_new(SCRIPT_FAULT, line, message);
}

static void copy_define(void *key, void *value, void *into)
{
	g_hash_table_insert(into, g_strdup(key), g_strdup(value));
}

/* Which IP version a script asks for, before its words are substituted. */
static enum script_ip_version version_of(
	const struct script *script, enum script_ip_version otherwise)
{
	for (const struct script_option *option = script->options; option != NULL;
		option = option->next)
		if (strcmp(option->name, "ip_version") == 0 && option->value != NULL)
			script_ip_version_parse(option->value, &otherwise);
	return otherwise;
}

/* Read twice: the words that the reference runners define depend on the IP version, which the
 * script may fix. */
static struct script *load(const struct suite_options *options, const char *path,
	enum script_ip_version *version, GError **error)
{
	struct script *first = script_load(path, NULL, error), *script = NULL;
	GHashTable *defines;

	*version = options->ip_version;
	if (first == NULL)
		return NULL;
	*version = version_of(first, options->ip_version);
	defines = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	script_default_defines(*version, defines);
	if (options->defines != NULL)
		g_hash_table_foreach(options->defines, copy_define, defines);
	script = script_parse(path, first->source, first->source_len, defines, error);
	g_hash_table_unref(defines);
	script_free(first);
	return script;
}

static struct script_result *run_loaded(const struct suite_options *options,
	const struct script *script, enum script_ip_version version, const char *path)
{
	struct script_run_options run = {.python = options->python,
		.keep_packets = options->keep_packets,
		.explain_lines = options->explain_lines};
	struct script_config config;
	struct script_result *result;
	char *directory = g_path_get_dirname(path);
	GError *error = NULL;
	struct sut *sut = NULL;

	script_config_defaults(&config, sut_platform_of(options->profile), version);
	if (script_config_apply(&config, script, &error))
		sut = options->make != NULL ? options->make(&config, directory, &error)
					    : sut_host_new(options->profile, &config, directory,
						      options->allow_shell, &error);
	if (sut != NULL) {
		result = script_run(script, &config, sut, &run);
		sut->ops->free(sut);
	} else {
		result = result_of_error(error, path);
		g_error_free(error);
	}
	script_config_clear(&config);
	g_free(directory);
	return result;
}

struct suite_report *suite_run_one(const struct suite_options *options, const char *path)
{
	struct suite_report *report = g_new0(struct suite_report, 1);
	gint64 start = g_get_monotonic_time();
	enum script_ip_version version;
	GError *error = NULL;
	struct script *script = load(options, path, &version, &error);

	report->path = path;
	report->ip = script_ip_version_name(version);
	report->profile = options->profile->name;
	if (script == NULL) {
		report->result = result_of_error(error, path);
		g_error_free(error);
	} else {
		report->result = run_loaded(options, script, version, path);
	}
	script_free(script);
	report->wall_ns = (g_get_monotonic_time() - start) * 1000;
	return report;
}

void suite_report_free(struct suite_report *report)
{
	if (report == NULL)
		return;
	script_result_free(report->result);
	g_free(report);
}

void suite_run(const struct suite_options *options, const GPtrArray *paths, suite_report_fn each,
	void (*done)(void *context, unsigned finished, unsigned total), void *context)
{
	if (options->jobs > 0) {
		suite_run_workers(options, paths, each, done, context);
		return;
	}
	for (guint i = 0; i < paths->len; i++) {
		struct suite_report *report = suite_run_one(options, g_ptr_array_index(paths, i));

		each(context, report);
		suite_report_free(report);
		if (done != NULL)
			done(context, i + 1, paths->len);
	}
}
