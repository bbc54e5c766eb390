#include "script/suite/suite.h"

#include "script/language/load.h"
#include "script/language/parser.h"
#include "script/system/host.h"
#include <string.h>

#define MOST_DEPTH 16

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void script_entry_free(void *data)
{
	struct suite_script *script = data;

	g_free(script->path);
	g_free(script->root);
	g_free(script);
}

static void add_script(GPtrArray *found, const char *path, const char *root)
{
	struct suite_script *script = g_new0(struct suite_script, 1);

	script->path = g_strdup(path);
	script->root = g_strdup(root);
	g_ptr_array_add(found, script);
}

static GPtrArray *names_in(const char *folder, GError **error)
{
	GDir *dir = g_dir_open(folder, 0, error);
	GPtrArray *names;
	const char *name;

	if (dir == NULL)
		return NULL;
	names = g_ptr_array_new_with_free_func(g_free);
	while ((name = g_dir_read_name(dir)) != NULL)
		if (name[0] != '.')
			g_ptr_array_add(names, g_strdup(name));
	g_dir_close(dir);
	g_ptr_array_sort(names, by_name);
	return names;
}

/* Folders are entered in order of their names, files of a folder before its folders' ones. A link
 * to a folder is not: what lies below the root is found where it lies, and what does not is told
 * when the script is read. */
static bool search(
	const char *folder, const char *root, GPtrArray *found, int depth, GError **error)
{
	GPtrArray *names = names_in(folder, error);
	bool ok = names != NULL;

	for (guint i = 0; ok && i < names->len; i++) {
		char *path =
			g_strconcat(folder, "/", (const char *)g_ptr_array_index(names, i), NULL);
		bool link = g_file_test(path, G_FILE_TEST_IS_SYMLINK);

		if (!g_file_test(path, G_FILE_TEST_IS_DIR)) {
			if (g_str_has_suffix(path, ".pkt"))
				add_script(found, path, root);
		} else if (!link && depth < MOST_DEPTH) {
			ok = search(path, root, found, depth + 1, error);
		}
		g_free(path);
	}
	if (names != NULL)
		g_ptr_array_unref(names);
	return ok;
}

static void find_one(char *path, GPtrArray *found, GError **error)
{
	size_t len = strlen(path);
	guint before = found->len;

	while (len > 1 && path[len - 1] == '/')
		path[--len] = '\0';
	if (g_file_test(path, G_FILE_TEST_IS_DIR)) {
		if (search(path, path, found, 0, error) && found->len == before)
			g_set_error(error, SCRIPT_ERROR, SCRIPT_ERROR_READ,
				"%s: no scripts (*.pkt) in this folder; name another", path);
	} else if (g_file_test(path, G_FILE_TEST_EXISTS)) {
		add_script(found, path, NULL);
	} else {
		g_set_error(error, SCRIPT_ERROR, SCRIPT_ERROR_READ,
			"%s: no such file or folder; name scripts or folders of them", path);
	}
}

GPtrArray *suite_find(char **paths, int n, GError **error)
{
	GPtrArray *found = g_ptr_array_new_with_free_func(script_entry_free);

	for (int i = 0; i < n; i++) {
		char *path = g_strdup(paths[i]);
		GError *why = NULL;

		find_one(path, found, &why);
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

/* Parsed twice: the words that the reference runners define depend on the IP version, which the
 * script may fix. */
static struct script *load(const struct suite_options *options, const struct suite_script *entry,
	enum script_ip_version *version, GError **error)
{
	GString *text = script_text(entry->path, entry->root, error);
	struct script *script = NULL;
	GHashTable *defines;

	*version = options->ip_version;
	if (text == NULL)
		return NULL;
	script = script_parse(entry->path, text->str, text->len, NULL, error);
	if (script != NULL) {
		*version = version_of(script, options->ip_version);
		script_free(script);
		defines = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
		script_default_defines(*version, defines);
		if (options->defines != NULL)
			g_hash_table_foreach(options->defines, copy_define, defines);
		script = script_parse(entry->path, text->str, text->len, defines, error);
		g_hash_table_unref(defines);
	}
	g_string_free(text, TRUE);
	return script;
}

static struct script_result *run_loaded(const struct suite_options *options,
	const struct script *script, const struct suite_script *entry, atomic_int *line)
{
	struct script_run_options run = {.python = options->python,
		.keep_packets = options->keep_packets,
		.explain_lines = options->explain_lines,
		.line = line};
	struct script_files *files = script_files_new(entry->path, entry->root);
	struct script_config config;
	struct script_result *result;
	GError *error = NULL;
	struct sut *sut = NULL;

	script_config_defaults(&config, sut_platform_of(options->profile), options->ip_version);
	if (script_config_apply(&config, script, &error))
		sut = options->make != NULL
			      ? options->make(&config, files, options->make_context, &error)
			      : sut_host_new(options->profile, &config, files, options->allow_shell,
					&error);
	if (sut != NULL) {
		result = script_run(script, &config, sut, &run);
		sut->ops->free(sut);
	} else {
		result = result_of_error(error, entry->path);
		g_error_free(error);
	}
	script_config_clear(&config);
	script_files_free(files);
	return result;
}

struct suite_report *suite_run_one(
	const struct suite_options *options, const struct suite_script *entry, atomic_int *line)
{
	struct suite_report *report = g_new0(struct suite_report, 1);
	gint64 start = g_get_monotonic_time();
	enum script_ip_version version;
	GError *error = NULL;
	struct script *script = load(options, entry, &version, &error);

	report->path = entry->path;
	report->ip = script_ip_version_name(version);
	report->profile = options->profile->name;
	if (script == NULL) {
		report->result = result_of_error(error, entry->path);
		g_error_free(error);
	} else {
		report->result = run_loaded(options, script, entry, line);
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
