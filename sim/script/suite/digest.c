/* What a script is made of, in one number: its own text, and that of the files it names. */
#include "script/suite/digest.h"

#include "script/shell/files.h"
#include <errno.h>
#include <string.h>

#define MOST_FILES 64 /* of one script: what names more is told apart by these */

struct digest {
	GChecksum *sum;
	GRegex *name;
	struct script_files *files;
	GHashTable *seen; /* names that were looked at */
	unsigned n;
};

static void add_files_of(struct digest *d, const char *text, gssize len);

/* A name may be a word like any other: what cannot be read is none. */
static void add_named(struct digest *d, char *name)
{
	GString *complaint, *text;

	if (d->n == MOST_FILES || !g_hash_table_add(d->seen, name))
		return;
	complaint = g_string_new(NULL);
	text = script_files_read(d->files, name, complaint);
	g_string_free(complaint, TRUE);
	if (!text)
		return;
	d->n++;
	g_checksum_update(d->sum, (const guchar *)name, (gssize)strlen(name) + 1);
	g_checksum_update(d->sum, (const guchar *)text->str, (gssize)text->len);
	add_files_of(d, text->str, (gssize)text->len);
	g_string_free(text, TRUE);
}

static void add_files_of(struct digest *d, const char *text, gssize len)
{
	GMatchInfo *match;

	g_regex_match_full(d->name, text, len, 0, 0, &match, NULL);
	while (g_match_info_matches(match)) {
		add_named(d, g_match_info_fetch(match, 0));
		g_match_info_next(match, NULL);
	}
	g_match_info_free(match);
}

static char *digest_of(const struct suite_script *script, const char *text, gsize len)
{
	struct digest d = {.sum = g_checksum_new(G_CHECKSUM_MD5), /* it keeps no secret */
		.name = g_regex_new("[\\w./+-]*\\w\\.[A-Za-z]\\w*", G_REGEX_RAW, 0, NULL),
		.files = script_files_new(script->path, script->root),
		.seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL)};
	char *digest;

	g_checksum_update(d.sum, (const guchar *)text, (gssize)len);
	add_files_of(&d, text, (gssize)len);
	digest = g_strdup(g_checksum_get_string(d.sum));
	g_hash_table_unref(d.seen);
	script_files_free(d.files);
	g_regex_unref(d.name);
	g_checksum_free(d.sum);
	return digest;
}

char *suite_digest(const struct suite_script *script)
{
	char *text, *digest;
	gsize len;

	if (!g_file_get_contents(script->path, &text, &len, NULL))
		return NULL;
	digest = digest_of(script, text, len);
	g_free(text);
	return digest;
}
