/* Errors, and files by their names. See glib.h. A page has no files: what opens one is told so. */
#include <glib.h>

#include <stdio.h>

void g_set_error(GError **error, GQuark domain, gint code, const char *format, ...)
{
	va_list args;

	if (!error)
		return;
	*error = g_new(GError, 1);
	va_start(args, format);
	**error = (GError){domain, code, g_strdup_vprintf(format, args)};
	va_end(args);
}

void g_error_free(GError *error)
{
	g_free(error->message);
	g_free(error);
}

void g_clear_error(GError **error)
{
	if (error && *error)
		g_clear_pointer(error, g_error_free);
}

const char *g_strerror(gint error)
{
	return strerror(error);
}

gboolean g_file_test(const char *path, GFileTest test)
{
	return FALSE;
}

gboolean g_file_get_contents(const char *path, char **text, gsize *len, GError **error)
{
	g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_NOENT, "%s: there are no files here", path);
	return FALSE;
}

gboolean g_path_is_absolute(const char *path)
{
	return *path == '/';
}

char *g_path_get_dirname(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		return g_strdup(".");
	return slash == path ? g_strdup("/") : g_strndup(path, (gsize)(slash - path));
}

char *g_path_get_basename(const char *path)
{
	const char *slash = strrchr(path, '/');

	return g_strdup(slash ? slash + 1 : path);
}

/* In single quotes, out of which only a single quote itself leads. */
char *g_shell_quote(const char *text)
{
	GString *quoted = g_string_new("'");

	for (; *text; text++) {
		if (*text == '\'')
			g_string_append(quoted, "'\\''");
		else
			g_string_append_c(quoted, *text);
	}
	g_string_append_c(quoted, '\'');
	return g_string_free(quoted, FALSE);
}
