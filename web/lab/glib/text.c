/* Texts: copies, parts, joins, growing ones. See glib.h. */
#include <glib.h>
#include <stdio.h>

char *g_strndup(const char *text, gsize len)
{
	char *copy;

	if (!text)
		return NULL;
	len = strnlen(text, len);
	copy = g_malloc(len + 1);
	memcpy(copy, text, len);
	copy[len] = '\0';
	return copy;
}

char *g_strdup(const char *text)
{
	return text ? g_strndup(text, strlen(text)) : NULL;
}

char *g_strdup_vprintf(const char *format, va_list args)
{
	char *text = NULL;

	if (vasprintf(&text, format, args) < 0)
		abort();
	return text;
}

char *g_strdup_printf(const char *format, ...)
{
	va_list args;
	char *text;

	va_start(args, format);
	text = g_strdup_vprintf(format, args);
	va_end(args);
	return text;
}

int g_snprintf(char *to, unsigned long size, const char *format, ...)
{
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(to, size, format, args);
	va_end(args);
	return len;
}

/* --- growing --- */

GString *g_string_sized_new(gsize reserved)
{
	GString *string = g_new0(GString, 1);

	string->allocated_len = MAX(reserved + 1, 16);
	string->str = g_malloc(string->allocated_len);
	string->str[0] = '\0';
	return string;
}

/* What it gets more is for the caller to fill. */
GString *g_string_set_size(GString *string, gsize len)
{
	if (len + 1 > string->allocated_len) {
		string->allocated_len = MAX(len + 1, 2 * string->allocated_len);
		string->str = g_realloc(string->str, string->allocated_len);
	}
	string->len = len;
	string->str[len] = '\0';
	return string;
}

GString *g_string_append_len(GString *string, const char *text, gssize length)
{
	gsize len = length < 0 ? strlen(text) : (gsize)length, at = string->len;

	g_string_set_size(string, at + len);
	memcpy(string->str + at, text, len);
	return string;
}

GString *g_string_append(GString *string, const char *text)
{
	return g_string_append_len(string, text, -1);
}

GString *g_string_append_c(GString *string, char c)
{
	return g_string_append_len(string, &c, 1);
}

GString *g_string_new(const char *text)
{
	GString *string = g_string_sized_new(text ? strlen(text) : 0);

	return text ? g_string_append(string, text) : string;
}

GString *g_string_truncate(GString *string, gsize len)
{
	string->len = MIN(len, string->len);
	string->str[string->len] = '\0';
	return string;
}

GString *g_string_assign(GString *string, const char *text)
{
	return g_string_append(g_string_truncate(string, 0), text);
}

GString *g_string_erase(GString *string, gssize from, gssize length)
{
	gsize at = (gsize)from, len = length < 0 ? string->len - at : (gsize)length;

	memmove(string->str + at, string->str + at + len, string->len - at - len + 1);
	string->len -= len;
	return string;
}

GString *g_string_prepend(GString *string, const char *text)
{
	gsize len = strlen(text);

	g_string_append_len(string, text, (gssize)len); /* for the room */
	memmove(string->str + len, string->str, string->len - len);
	memcpy(string->str, text, len);
	return string;
}

void g_string_append_vprintf(GString *string, const char *format, va_list args)
{
	char *text = g_strdup_vprintf(format, args);

	g_string_append(string, text);
	g_free(text);
}

void g_string_append_printf(GString *string, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	g_string_append_vprintf(string, format, args);
	va_end(args);
}

void g_string_printf(GString *string, const char *format, ...)
{
	va_list args;

	g_string_truncate(string, 0);
	va_start(args, format);
	g_string_append_vprintf(string, format, args);
	va_end(args);
}

char *g_string_free(GString *string, gboolean and_text)
{
	char *text = string->str;

	if (and_text)
		g_clear_pointer(&text, g_free);
	g_free(string);
	return text;
}

/* --- joining --- */

static char *join(const char *between, const char *first, va_list args)
{
	GString *all = g_string_new(first);
	const char *next;

	while (first && (next = va_arg(args, const char *))) {
		g_string_append(all, between);
		g_string_append(all, next);
	}
	return g_string_free(all, FALSE);
}

char *g_strconcat(const char *first, ...)
{
	va_list args;
	char *all;

	va_start(args, first);
	all = first ? join("", first, args) : NULL;
	va_end(args);
	return all;
}

char *g_strjoin(const char *between, ...)
{
	va_list args;
	const char *first;
	char *all;

	va_start(args, between);
	first = va_arg(args, const char *);
	all = join(between ? between : "", first, args);
	va_end(args);
	return all;
}

char *g_strjoinv(const char *between, char **parts)
{
	GString *all = g_string_new(NULL);

	for (guint i = 0; parts[i]; i++) {
		if (i && between)
			g_string_append(all, between);
		g_string_append(all, parts[i]);
	}
	return g_string_free(all, FALSE);
}

char *g_build_filename(const char *first, ...)
{
	va_list args;
	char *all;

	va_start(args, first);
	all = join("/", first, args);
	va_end(args);
	return all;
}

/* --- parts --- */

/* `skip` bytes of each separator; the text behind the last one is a part, too. */
static char **split(const char *text, gint most, gsize skip,
	const char *(*find)(const char *text, const char *what), const char *what)
{
	GPtrArray *parts = g_ptr_array_new();
	const char *at = *text ? text : NULL, *end;

	while (at && (most < 1 || parts->len + 1 < (guint)most) && (end = find(at, what))) {
		g_ptr_array_add(parts, g_strndup(at, (gsize)(end - at)));
		at = end + skip;
	}
	if (at)
		g_ptr_array_add(parts, g_strdup(at));
	g_ptr_array_add(parts, NULL);
	return (char **)g_ptr_array_free(parts, FALSE);
}

static const char *find_text(const char *text, const char *what)
{
	return strstr(text, what);
}

static const char *find_any(const char *text, const char *what)
{
	return strpbrk(text, what);
}

char **g_strsplit(const char *text, const char *between, gint most)
{
	return split(text, most, strlen(between), find_text, between);
}

char **g_strsplit_set(const char *text, const char *any_of, gint most)
{
	return split(text, most, 1, find_any, any_of);
}

void g_strfreev(char **parts)
{
	for (guint i = 0; parts && parts[i]; i++)
		g_free(parts[i]);
	g_free(parts);
}

guint g_strv_length(char **parts)
{
	guint n = 0;

	while (parts[n])
		n++;
	return n;
}

gboolean g_strv_contains(const char *const *parts, const char *text)
{
	for (guint i = 0; parts[i]; i++)
		if (strcmp(parts[i], text) == 0)
			return TRUE;
	return FALSE;
}

/* --- in place --- */

char *g_strchug(char *text)
{
	char *begin = text;

	while (g_ascii_isspace(*begin))
		begin++;
	memmove(text, begin, strlen(begin) + 1);
	return text;
}

char *g_strchomp(char *text)
{
	gsize len = strlen(text);

	while (len && g_ascii_isspace(text[len - 1]))
		text[--len] = '\0';
	return text;
}

char *g_strdelimit(char *text, const char *any_of, char by)
{
	for (char *c = text; *c; c++)
		if (strchr(any_of, *c))
			*c = by;
	return text;
}

char *g_stpcpy(char *to, const char *from)
{
	gsize len = strlen(from);

	memcpy(to, from, len + 1);
	return to + len;
}

gsize g_strlcpy(char *to, const char *from, gsize size)
{
	gsize len = strlen(from), kept = size ? MIN(len, size - 1) : 0;

	if (size) {
		memcpy(to, from, kept);
		to[kept] = '\0';
	}
	return len;
}
