/* A world's file: its form. See file.h. */
#include "worldfile/file.h"
#include "worldfile/inner.h"
#include "worldfile/keys.h"

#include <errno.h>
#include <string.h>
#include <tcpsim/seq.h>

#include "base/near.h"
#include "world/world.h"

#define MOST_TEXT (64 << 20) /* a world of 100,000 hosts has about 10 MB */

const char *const file_section[] = {"world", "host", "router", "switch", "link", "program", NULL};
static const guint NAMES[] = {0, 1, 1, 1, 2, 1}; /* how many names follow in the title */
static const char *const NAMED[] = {"", " NAME", " NAME", " NAME", " A B", " NAME"};

/* --- reading --- */

void file_complain(char **error, const char *path, guint line, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	char *text = g_strdup_vprintf(format, args);
	va_end(args);
	if (*error)
		g_free(text);
	else if (!path)
		*error = text;
	else {
		*error = g_strdup_printf("%s:%u: %s", path, line, text);
		g_free(text);
	}
}

const char *file_near(const char *typed, const char *const *names, char **made)
{
	char *near = near_names(typed, names, 3);

	*made = near ? g_strdup_printf("did you mean %s?", near)
		     : g_strdup("'tcpsim simulate --keys' lists what there is");
	g_free(near);
	return *made;
}

static void free_part(struct part *part)
{
	for (guint i = 0; i < part->entries->len; i++) {
		struct entry *e = &g_array_index(part->entries, struct entry, i);

		g_free(e->key);
		g_free(e->value);
	}
	g_array_free(part->entries, TRUE);
	g_hash_table_destroy(part->keys);
	g_free(part->name[0]);
	g_free(part->name[1]);
	g_free(part);
}

void world_file_free(struct world_file *file)
{
	if (!file)
		return;
	for (guint i = 0; i < file->parts->len; i++)
		free_part(file->parts->pdata[i]);
	g_ptr_array_free(file->parts, TRUE);
	g_free(file->path);
	g_free(file);
}

/* "[link a b]" without the brackets. */
static void read_title(struct world_file *file, guint line, char *title, char **error)
{
	char **word = g_strsplit_set(title, " \t", -1), *made;
	guint n = 0, section = 0;

	for (guint i = 0; word[i]; i++) {
		if (*word[i])
			word[n++] = word[i];
		else
			g_free(word[i]);
	}
	word[n] = NULL;
	while (n && file_section[section] && strcmp(file_section[section], word[0]) != 0)
		section++;
	if (!n || !file_section[section]) {
		file_complain(error, file->path, line, "unknown section [%s]: %s", title,
			file_near(n ? word[0] : "", file_section, &made));
		g_free(made);
	} else if (n - 1 != NAMES[section]) {
		file_complain(error, file->path, line,
			"[%s]: %u name%s behind '%s' and not %u: write [%s%s]", title, n - 1,
			n == 2 ? "" : "s", word[0], NAMES[section], word[0], NAMED[section]);
	} else {
		struct part *part = g_new0(struct part, 1);

		part->section = (enum section)section;
		part->line = line;
		for (guint i = 0; i < NAMES[section]; i++)
			part->name[i] = g_strdup(word[1 + i]);
		part->entries = g_array_new(FALSE, FALSE, sizeof(struct entry));
		part->keys = g_hash_table_new(g_str_hash, g_str_equal);
		g_ptr_array_add(file->parts, part);
	}
	g_strfreev(word);
}

static void read_entry(struct world_file *file, guint line, char *text, char **error)
{
	char *equals = strchr(text, '=');
	struct part *part = file->parts->len ? file->parts->pdata[file->parts->len - 1] : NULL;

	if (!equals) {
		file_complain(error, file->path, line,
			"'%s' is neither a [section] nor KEY = VALUE nor a # comment", text);
		return;
	}
	if (!part) {
		file_complain(error, file->path, line, "a key before the first [section]");
		return;
	}
	*equals = '\0';
	struct entry e = {line, g_strdup(g_strstrip(text)), g_strdup(g_strstrip(equals + 1))};

	guint other = GPOINTER_TO_UINT(g_hash_table_lookup(part->keys, e.key));

	if (other)
		file_complain(
			error, file->path, line, "'%s' was set in line %u already", e.key, other);
	g_hash_table_insert(part->keys, e.key, GUINT_TO_POINTER(line));
	g_array_append_val(part->entries, e);
}

static void read_line(struct world_file *file, guint line, char *text, char **error)
{
	size_t len;

	g_strstrip(text);
	len = strlen(text);
	if (!len || text[0] == '#')
		return;
	if (text[0] != '[') {
		read_entry(file, line, text, error);
		return;
	}
	if (text[len - 1] != ']') {
		file_complain(error, file->path, line, "'%s' has no ']' at its end", text);
		return;
	}
	text[len - 1] = '\0';
	read_title(file, line, text + 1, error);
}

/* All of it, up to the limit: what never ends is no world either. */
static char *read_text(const char *path, gsize *len, char **error)
{
	FILE *in = fopen(path, "rb");
	GByteArray *text = g_byte_array_new();
	guint8 bytes[65536];
	size_t n;

	while (in && text->len <= MOST_TEXT && (n = fread(bytes, 1, sizeof(bytes), in)) > 0)
		g_byte_array_append(text, bytes, (guint)n);
	if (!in || ferror(in))
		*error = g_strdup_printf("%s: cannot be read: %s", path, g_strerror(errno));
	else if (text->len > MOST_TEXT)
		*error = g_strdup_printf(
			"%s: longer than %d MiB, so not a world's file", path, MOST_TEXT >> 20);
	if (in)
		fclose(in);
	*len = text->len;
	g_byte_array_append(text, (const guint8 *)"", 1);
	return (char *)g_byte_array_free(text, *error != NULL);
}

struct world_file *world_file_parse(const char *path, const char *text, size_t len, char **error)
{
	struct world_file *file = g_new0(struct world_file, 1);

	*error = NULL;
	file->path = g_strdup(path);
	file->parts = g_ptr_array_new();
	if (!g_utf8_validate(text, (gssize)len, NULL))
		*error = g_strdup_printf("%s:1: not text in UTF-8, so not a world's file", path);
	const char *start = g_str_has_prefix(text, "\xef\xbb\xbf") ? text + 3 : text; /* a BOM */
	char **lines = g_strsplit(*error ? "" : start, "\n", -1);
	for (guint i = 0; lines[i] && !*error; i++)
		read_line(file, i + 1, lines[i], error);
	if (!*error && !file->parts->len)
		file_complain(error, path, 1,
			"no section: a world has hosts, [host NAME], and links, [link A B]");
	g_strfreev(lines);
	if (*error) {
		world_file_free(file);
		return NULL;
	}
	return file;
}

struct world_file *world_file_read(const char *path, char **error)
{
	struct world_file *file;
	char *text;
	gsize len;

	*error = NULL;
	text = read_text(path, &len, error);
	if (!text)
		return NULL;
	file = world_file_parse(path, text, len, error);
	g_free(text);
	return file;
}

/* --- a sweep's overrides, and the table for people --- */

static bool is_called(const struct part *part, const char *title)
{
	char *own = g_strjoin(" ", file_section[part->section],
		part->name[0] ? part->name[0] : NULL, part->name[1], NULL);
	bool same = strcmp(own, title) == 0;

	g_free(own);
	return same;
}

/* Sections near a title that is not there, else keys near one that no section may have. */
static char *near_override(const struct world_file *file, const char *title, const char *key)
{
	GPtrArray *titles = g_ptr_array_new_with_free_func(g_free);
	bool is_there = !title;
	char *near;

	for (guint i = 0; title && i < file->parts->len; i++) {
		const struct part *part = file->parts->pdata[i];

		is_there |= is_called(part, title);
		g_ptr_array_add(titles, g_strjoin(" ", file_section[part->section], part->name[0],
						part->name[1], NULL));
	}
	g_ptr_array_add(titles, NULL);
	near = is_there ? file_near_key(key)
			: near_names(title, (const char *const *)titles->pdata, 3);
	g_ptr_array_free(titles, TRUE);
	return near;
}

static void set_entry(struct part *part, const char *key, const char *value)
{
	for (guint i = 0; i < part->entries->len; i++) {
		struct entry *e = &g_array_index(part->entries, struct entry, i);

		if (strcmp(e->key, key) == 0) {
			g_free(e->value);
			e->value = g_strdup(value);
			return;
		}
	}
	struct entry added = {part->line, g_strdup(key), g_strdup(value)};

	g_hash_table_insert(part->keys, added.key, GUINT_TO_POINTER(added.line));
	g_array_append_val(part->entries, added);
}

static void remove_entry(struct part *part, const char *key)
{
	for (guint i = 0; i < part->entries->len; i++) {
		struct entry *e = &g_array_index(part->entries, struct entry, i);

		if (strcmp(e->key, key) != 0)
			continue;
		g_hash_table_remove(part->keys, key);
		g_free(e->key);
		g_free(e->value);
		g_array_remove_index(part->entries, i);
		return;
	}
}

bool world_file_make_kernel(struct world_file *file, const char *host)
{
	for (guint i = 0; i < file->parts->len; i++) {
		struct part *part = file->parts->pdata[i];

		if (part->section != HOST || strcmp(part->name[0], host) != 0)
			continue;
		remove_entry(part, "profile");
		set_entry(part, "system", "kernel");
		return true;
	}
	return false;
}

bool world_file_override(struct world_file *file, const char *key, const char *value, char **error)
{
	const char *colon = strchr(key, ':');
	char *title = colon ? g_strndup(key, (gsize)(colon - key)) : NULL;
	bool found = false;

	if (colon)
		key = colon + 1;
	for (guint i = 0; i < file->parts->len; i++) {
		struct part *part = file->parts->pdata[i];

		if ((title && !is_called(part, title)) || !file_may_have(part, key))
			continue;
		set_entry(part, key, value);
		found = true;
	}
	*error = NULL;
	char *near = found ? NULL : near_override(file, title, key);

	if (near)
		*error = g_strdup_printf("%s: there is no '%s%s%s' to sweep: did you mean %s?",
			file->path, title ? title : "", title ? ":" : "", key, near);
	else if (!found)
		*error = g_strdup_printf(
			"%s: no section%s%s%s has a key '%s'; KEY, or 'link a b:KEY'", file->path,
			title ? " [" : "", title ? title : "", title ? "]" : "", key);
	g_free(near);
	g_free(title);
	return found;
}

void world_settings_clear(struct world_settings *settings)
{
	g_free(settings->title);
	g_free(settings->watch);
	g_free(settings->queues);
}
